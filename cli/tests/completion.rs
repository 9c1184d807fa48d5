//! What a shell completes, in the shell itself. bash is everywhere; zsh and fish come as Debian packages,
//! so theirs run when `PREFECT_SECRETS_INSTRUMENTS` is set, as `cargo xtask test --instruments` does.

use std::path::Path;
use std::process::{Command, Output};

use prefect_secrets_stand_in::{Secrets, StandIn};
use prefect_secrets_testing::{Home, find};

const PROGRAM: &str = env!("CARGO_BIN_EXE_prefect-secrets");

/// A home with names of every kind.
fn home() -> Home {
    let home = Home::new();
    home.config(
        "[context.secrets]\nDB_PASSWORD = 'hunter2'\nDB_USER = 'hunter2'\n'DB a b' = 'hunter2'\n\
         'DB$(touch here)' = 'hunter2'\n'DB*' = 'hunter2'\n'DBü' = 'hunter2'\n'--DB' = 'hunter2'\n\
         [secrets]\nchain = ['env', 'toml', 'mine', 'vault', 'cloud']\n\
         [secrets.providers.mine]\nprovider = 'env'\nprefix = 'MINE_'\n\
         [secrets.providers.vault]\nplugin = '/nowhere/vault.so'\n",
    );
    home
}

/// `shell` in this home, which finds the program in its `PATH`.
fn shell(home: &Home, shell: &Path) -> Command {
    let mut command = home.command(shell);
    let folder = Path::new(PROGRAM).parent().unwrap().to_owned();
    let before = std::env::var_os("PATH").unwrap();
    let path = std::env::join_paths([folder].into_iter().chain(std::env::split_paths(&before)));
    command.env("PATH", path.unwrap()).current_dir(home.path());
    command.env("PREFECT__CONTEXT__SECRETS__IN_ENV", "hunter2").env("LANG", "C.UTF-8");
    command.env("MINE_PLAIN", "hunter2");
    command
}

fn lines(output: &Output) -> Vec<String> {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_eq!(said, "");
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(!text.contains("hunter2"), "a value is shown");
    text.lines().map(str::to_owned).collect()
}

/// What bash offers for the last of `words`.
fn bash(command: &mut Command, words: &[&str]) -> Vec<String> {
    const ASK: &str = r#"
        source <(prefect-secrets completion bash) || exit
        function=$(complete -p prefect-secrets | sed 's/.* -F \([^ ]*\) .*/\1/')
        COMP_WORDS=(prefect-secrets "$@") COMP_CWORD=$# COMP_TYPE=9
        "$function" prefect-secrets "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
        for offered in "${COMPREPLY[@]}"; do printf '%s\n' "$offered"; done
    "#;
    lines(&command.args(["--norc", "-c", ASK, "bash"]).args(words).output().unwrap())
}

#[test]
fn bash_completes_commands_options_and_names() {
    let Some(program) = find("bash") else { return };
    let home = home();
    let offers = |words: &[&str]| bash(&mut shell(&home, &program), words);
    assert_eq!(offers(&["ge"]), ["get"]);
    assert_eq!(offers(&["plugin", "che"]), ["check"]);
    assert!(!offers(&["plugin", ""]).contains(&"check-rule".to_owned()), "that one is hidden");
    assert_eq!(offers(&["get", "--j"]), ["--json"]);
    for command in ["get", "exists", "explain", "delete", "set", "bench"] {
        assert_eq!(offers(&[command, "DB"]), ["DB_PASSWORD", "DB_USER", "DBü"], "{command}");
        assert_eq!(offers(&[command, "IN"]), ["IN_ENV"], "{command}");
    }
    assert_eq!(offers(&["get", "PL"]), ["PLAIN"]);
    assert_eq!(offers(&["set", "--to", ""]), ["toml", "mine", "vault", "cloud"]);
    assert_eq!(offers(&["completion", "f"]), ["fish"]);
    // There a name is one of a plugin.
    assert!(!offers(&["plugin", "new", "IN"]).contains(&"IN_ENV".to_owned()));
    assert!(!home.path().join("here").exists(), "a name was run");
}

#[test]
fn pressing_the_key_asks_nobody() {
    let Some(program) = find("bash") else { return };
    let home = home();
    let cloud = StandIn::start(Secrets::new().with("IN_CLOUD", "\"x\"")).unwrap();
    let mut command = shell(&home, &program);
    command.env("PREFECT__CLOUD__API", cloud.address()).env("PREFECT__CLOUD__API_KEY", "k");
    assert_eq!(bash(&mut command, &["get", "IN"]), ["IN_ENV"]);
    assert!(cloud.requests().is_empty());
}

#[test]
fn a_broken_configuration_still_completes_commands() {
    let Some(program) = find("bash") else { return };
    let home = home();
    home.config("broken");
    assert_eq!(bash(&mut shell(&home, &program), &["ge"]), ["get"]);
    let names = bash(&mut shell(&home, &program), &["get", "D"]);
    assert_eq!(names, Vec::<String>::new());
}

/// A line that is typed is not disturbed, whatever stands in it.
#[test]
fn nothing_to_complete_is_no_message() {
    for words in
        [&["set", "--to", "=", "c"][..], &["nonsense", "x"], &["get", "--timeout", "x", "--"]]
    {
        let mut command = Home::new().command(PROGRAM);
        command.env("PREFECT_SECRETS_COMPLETE", "bash");
        command.env("_CLAP_COMPLETE_INDEX", words.len().to_string());
        let output = command.args(["--", "prefect-secrets"]).args(words).output().unwrap();
        assert_eq!(output.stderr, b"", "{words:?}");
    }
}

/// Somebody set the variable by hand, or a shell that we do not know did.
#[test]
fn a_shell_that_is_not_known_is_told_so() {
    let mut command = Home::new().command(PROGRAM);
    let output =
        command.env("PREFECT_SECRETS_COMPLETE", "tcsh").args(["get", "X"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("tcsh") && said.contains("unset PREFECT_SECRETS_COMPLETE"), "{said}");
}

/// The script that a shell reads, as a file.
fn script(home: &Home, shell: &str, file: &str) -> std::path::PathBuf {
    let output = home.command(PROGRAM).args(["completion", shell]).output().unwrap();
    assert!(output.status.success());
    home.write(file, output.stdout)
}

#[test]
fn zsh_completes_at_the_first_press_of_the_key() {
    if std::env::var_os("PREFECT_SECRETS_INSTRUMENTS").is_none() {
        return;
    }
    let Some(program) = find("zsh") else { return };
    let home = home();
    let script = script(&home, "zsh", "functions/_prefect-secrets");
    let syntax = shell(&home, &program).arg("-n").arg(&script).output().unwrap();
    assert!(syntax.status.success(), "{}", String::from_utf8_lossy(&syntax.stderr));
    // A zsh in a terminal of its own: its keys are typed, and Ctrl-X keeps what stands in the line then.
    const TYPE: &str = r#"
        zmodload zsh/zpty
        zpty z "zsh -f -i"
        zpty -w z 'fpath=($HOME/functions $fpath); autoload -Uz compinit; compinit -u -d $HOME/dump'
        zpty -w z 'show() { print -r -- "$BUFFER" >> $HOME/shown; BUFFER= }; zle -N show; bindkey "^X" show'
        zpty -w z 'print re""ady'
        zpty -r z said '*ready*'
        wanted=0
        for line in "$@"; do
            zpty -w -n z "$line"$'\t\x18'
            (( wanted++ ))
            until [[ -e $HOME/shown && $(wc -l < $HOME/shown) -ge $wanted ]]; do sleep 0.05; done
        done
        cat $HOME/shown
    "#;
    let lines_typed = ["prefect-secrets ge", "prefect-secrets get DB_P", "prefect-secrets get --j"];
    let mut typing = shell(&home, Path::new("timeout"));
    typing.arg("120").arg(&program).args(["-f", "-c", TYPE, "zsh"]).args(lines_typed);
    let shown = lines(&typing.env("TERM", "dumb").output().unwrap());
    let wanted =
        ["prefect-secrets get ", "prefect-secrets get DB_PASSWORD ", "prefect-secrets get --json "];
    assert_eq!(shown, wanted);
}

#[test]
fn fish_completes_with_a_word_about_each() {
    if std::env::var_os("PREFECT_SECRETS_INSTRUMENTS").is_none() {
        return;
    }
    let Some(program) = find("fish") else { return };
    let home = home();
    let script = script(&home, "fish", "prefect-secrets.fish");
    let syntax = shell(&home, &program).arg("--no-execute").arg(&script).output().unwrap();
    assert!(syntax.status.success(), "{}", String::from_utf8_lossy(&syntax.stderr));
    let offers = |line: &str| {
        let ask = format!("source {}; complete -C {line:?}", script.display());
        lines(&shell(&home, &program).args(["--no-config", "-c", &ask]).output().unwrap())
    };
    assert_eq!(offers("prefect-secrets ge"), ["get\tPrints the value of a secret"]);
    assert_eq!(offers("prefect-secrets get DB_"), ["DB_PASSWORD\ttoml", "DB_USER\ttoml"]);
}
