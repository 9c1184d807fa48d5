//! What `--help` says of each command, and that its examples are commands.

use std::process::{Command, Output, Stdio};

use clap::{CommandFactory, Parser};
use prefect_secrets_testing::Home;

#[path = "../src/arguments/mod.rs"]
#[allow(dead_code, unused_imports, reason = "only its shape is asked for")]
mod arguments;

use arguments::Arguments;

/// The words of each command that a person sees, `prefect-secrets` itself the first.
fn commands() -> Vec<(Vec<String>, clap::Command)> {
    fn walk(
        words: &[String],
        command: &clap::Command,
        all: &mut Vec<(Vec<String>, clap::Command)>,
    ) {
        all.push((words.to_vec(), command.clone()));
        for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
            walk(&[words, &[sub.get_name().to_owned()]].concat(), sub, all);
        }
    }
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    let mut all = Vec::new();
    walk(&[], &command, &mut all);
    assert!(all.len() > 10, "{} commands", all.len());
    all
}

fn run(words: &[String], help: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_prefect-secrets"));
    command.args(words).arg(help).stdin(Stdio::null()).env_clear().output().unwrap()
}

/// The lines below `Example:` or `Examples:`; one that ends with a backslash goes on in the next.
fn examples(command: &clap::Command) -> Vec<String> {
    let behind = command.get_after_long_help().or(command.get_after_help());
    let text = behind.map(ToString::to_string).unwrap_or_default();
    let lines = text.lines().skip_while(|line| !["Example:", "Examples:"].contains(line)).skip(1);
    let lines = lines.take_while(|line| line.is_empty() || line.starts_with("  "));
    let text = lines.map(str::trim).collect::<Vec<_>>().join("\n").replace("\\\n", "");
    text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[test]
fn every_command_has_a_first_sentence_and_an_example() {
    for (words, command) in commands() {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        let is_sentence = !about.is_empty() && about.len() <= 72 && !about.contains(". ");
        assert!(
            is_sentence,
            "{words:?}: {about:?} is no first sentence: begin its doc comment with one of at most 72 \
             characters, and leave a line free behind it"
        );
        assert!(!examples(&command).is_empty(), "{words:?} has no example");
        for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
            assert!(argument.get_help().is_some(), "{words:?}: {} has no help", argument.get_id());
        }
    }
}

#[test]
fn help_is_no_failure_and_fits_into_a_page() {
    for (words, _) in commands() {
        for help in ["-h", "--help"] {
            let output = run(&words, help);
            assert_eq!(output.status.code(), Some(0), "{words:?} {help}");
            assert_eq!(output.stderr, b"", "{words:?} {help}");
            let text = String::from_utf8(output.stdout).unwrap();
            assert!(text.contains("Example"), "{words:?} {help} has no example");
            assert!(!text.contains('\x1b'), "{words:?} {help} has colours");
            for line in text.lines() {
                assert!(line.chars().count() <= 100, "{words:?} {help}: {line:?}");
            }
        }
    }
}

#[test]
fn every_example_is_a_command() {
    let mut calls = 0;
    for (words, command) in commands() {
        for example in examples(&command) {
            let ours = ours(&example);
            assert!(!ours.is_empty(), "{words:?}: {example} does not call prefect-secrets");
            for words in ours {
                calls += 1;
                if let Err(error) = Arguments::try_parse_from(&words) {
                    let asks = error.kind() == clap::error::ErrorKind::DisplayHelp;
                    assert!(asks, "{example}: {words:?}: {error}");
                }
            }
        }
    }
    assert!(calls > 20, "{calls}");
}

/// The words of each call of this program in a line for a shell.
fn ours(line: &str) -> Vec<Vec<String>> {
    const NAME: &str = "prefect-secrets";
    let begins = |at: usize| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|c| " (`\"".contains(c))
            && line[at + NAME.len()..].starts_with([' ', ')'])
    };
    let places = line.match_indices(NAME).map(|(at, _)| at).filter(|at| begins(*at));
    places.map(|at| words(&line[at..])).collect()
}

/// The words of the first command of `line`, as a shell takes them.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quote) = (None::<String>, None);
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(q), c) if q == c => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(chars.next()),
            (None, ' ') => words.extend(word.take()),
            (None, '#') if word.is_none() => break,
            (None, '|' | '&' | ';' | '<' | '>' | ')' | '`') => break,
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[test]
fn a_line_is_taken_apart_as_a_shell_does() {
    let said = |line: &str| ours(line).into_iter().map(|words| words.join("|")).collect::<Vec<_>>();
    assert_eq!(said("prefect-secrets get 'a b' | jq .x"), ["prefect-secrets|get|a b"]);
    assert_eq!(said("eval \"$(prefect-secrets list)\""), ["prefect-secrets|list"]);
    assert_eq!(
        said("X=1 prefect-secrets get A && prefect-secrets get B > share/prefect-secrets"),
        ["prefect-secrets|get|A", "prefect-secrets|get|B"]
    );
    assert_eq!(
        said("printf %s \"$X\" | prefect-secrets set -- '' < x"),
        ["prefect-secrets|set|--|"]
    );
    assert_eq!(said("prefect-secrets get A#b  # why"), ["prefect-secrets|get|A#b"]);
    assert_eq!(said("ls prefect-secrets-x"), Vec::<String>::new());
}

/// Someone who types something wrong is told what would be right, and by exit code 2.
#[test]
fn wrong_usage_says_what_to_do() {
    let home = Home::new();
    let said = |arguments: &[&str]| {
        let mut command = home.command(env!("CARGO_BIN_EXE_prefect-secrets"));
        let output = command.args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(output.stdout, b"", "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    for (arguments, words) in [
        (&[][..], "Usage: prefect-secrets <COMMAND>"),
        (&["plugin"], "Usage: prefect-secrets plugin <COMMAND>"),
        (&["exsts", "X"], "similar subcommands exist: 'export', 'exists'"),
        (&["get", "--jsn", "X"], "a similar argument exists: '--json'"),
        (&["get", "X", "Y"], "'get' takes one name"),
        (&["exists", "X", "Y"], "'exists' takes one name"),
        (&["get"], "<NAME>"),
        (&["run", "--secret", "X", "env"], "the program comes behind '--'"),
        (&["run", "X", "--", "env"], "a secret is named with '--secret'"),
        (&["set", "X", "Y"], "the value is no argument"),
    ] {
        let text = said(arguments);
        assert!(text.contains(words), "{arguments:?}: {text}");
    }
    // Only what there is may be advised.
    let has = |name: &str| Arguments::command().find_subcommand(name).is_some();
    let text = said(&["get", "X", "Y"]);
    for several in ["run", "export"] {
        assert_eq!(text.contains(&format!("'prefect-secrets {several}'")), has(several), "{text}");
    }
}

/// What cannot be printed is a failure with a reason, whatever it was.
#[test]
fn a_full_or_closed_output_is_a_failure() {
    let home = Home::new();
    home.config("[context.secrets]\nX = 'hunter2'\n");
    for arguments in [
        &["--help"][..],
        &["get", "--help"],
        &["--version"],
        &["get", "X"],
        &["export", "--format", "json", "X"],
        &["list"],
        &["list", "--json"],
        &["explain", "X"],
        &["plugin", "rules"],
        &["completion", "bash"],
    ] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let (reader, closed) = std::io::pipe().unwrap();
        drop(reader);
        for (how, stdout, script) in [
            ("full", Stdio::from(full), "exec \"$@\""),
            ("closed", Stdio::from(closed), "exec \"$@\""),
            ("none", Stdio::null(), "exec \"$@\" >&-"),
        ] {
            let mut command = home.command("sh");
            command.args(["-c", script, "sh", env!("CARGO_BIN_EXE_prefect-secrets")]);
            command.args(arguments).stdout(stdout).stderr(Stdio::piped());
            let output = command.spawn().unwrap().wait_with_output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(1), "{arguments:?}, {how}: {said}");
            assert!(
                said.contains("could not be written to stdout"),
                "{arguments:?}, {how}: {said}"
            );
            assert!(
                !said.contains("hunter2") && !said.contains("panicked"),
                "{arguments:?}, {how}"
            );
        }
    }
}
