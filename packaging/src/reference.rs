//! `docs/cli.md`: every command, from what the program itself takes.

use std::fmt::Write as _;

use clap::{Arg, ArgAction, Command};

use crate::behind::Behind;
use crate::command;
use crate::manual::exit_codes;

/// Where it stands in the project.
pub const FILE: &str = "docs/cli.md";
/// The command that writes it.
pub const WRITTEN_BY: &str = "cargo xtask docs";

const TEMPLATE: &str = include_str!("../templates/cli.md");

/// The page, as GitHub shows it.
pub fn page() -> String {
    let command = command();
    let behind = Behind::of(&command);
    let codes = behind.exit_codes.as_deref().unwrap_or_default();
    let (mut list, mut reference) = (String::from("| command | |\n|---|---|\n"), String::new());
    for sub in visible(&command) {
        add(sub, 2, codes, &mut list, &mut reference);
    }
    TEMPLATE
        .replace("@COMMANDS@", list.trim_end())
        .replace("@CODES@", table(["code", ""], exit_codes(codes)).trim_end())
        .replace(
            "@MORE@",
            &behind.more.iter().map(|part| prose(part)).collect::<Vec<_>>().join("\n\n"),
        )
        .replace("@REFERENCE@", reference.trim_end())
}

fn visible(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|sub| !sub.is_hide_set())
}

/// A command and those below it, with a line in the list of all.
fn add(command: &Command, level: usize, codes: &str, list: &mut String, page: &mut String) {
    let name = command.get_bin_name().unwrap_or(command.get_name());
    let short = command.get_about().map(ToString::to_string).unwrap_or_default();
    let anchor = name.to_lowercase().replace(' ', "-");
    let _ = writeln!(list, "| [`{name}`](#{anchor}) | {} |", in_table(&short));
    let _ = writeln!(page, "{} {name}\n", "#".repeat(level));
    let long = command.get_long_about().map_or(short, ToString::to_string);
    for part in long.split("\n\n") {
        let _ = writeln!(page, "{}\n", wrapped(&sentence(part)));
    }
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").lines().map(str::trim);
    let usage = usage.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    let _ = writeln!(page, "```text\n{usage}\n```\n");
    let arguments = |is_positional: bool| {
        let all = command.get_arguments().filter(move |argument| {
            // The two that every command has say nothing of this one.
            let everywhere = ["help", "version"].contains(&argument.get_id().as_str());
            argument.is_positional() == is_positional && !argument.is_hide_set() && !everywhere
        });
        all.map(|argument| (signature(argument), meaning(argument)))
    };
    for (title, is_positional) in [("argument", true), ("option", false)] {
        page.push_str(&table([title, ""], arguments(is_positional)));
    }
    let behind = Behind::of(command);
    if !behind.examples.is_empty() {
        let examples = if behind.examples.len() == 1 { "Example" } else { "Examples" };
        let _ = writeln!(page, "{examples}:\n```sh\n{}\n```\n", behind.examples.join("\n"));
    }
    for part in &behind.more {
        let _ = writeln!(page, "{}\n", wrapped(&prose(part)));
    }
    let subs: Vec<&Command> = visible(command).collect();
    if subs.is_empty() {
        let codes = behind.exit_codes.as_deref().unwrap_or(codes);
        let codes = exit_codes(codes).into_iter().map(|(code, meaning)| match code.is_empty() {
            true => prose(&meaning),
            false => format!("**{code}** {}", prose(&meaning)),
        });
        let codes = codes.collect::<Vec<_>>().join(", ");
        let _ = writeln!(page, "{}\n", wrapped(&format!("Exit codes: {codes}.")));
    }
    for sub in subs {
        add(sub, level + 1, codes, list, page);
    }
}

/// Nothing, if there are no rows.
fn table(head: [&str; 2], rows: impl IntoIterator<Item = (String, String)>) -> String {
    let mut text = String::new();
    for (first, second) in rows {
        if text.is_empty() {
            let _ = writeln!(text, "| {} | {} |\n|---|---|", head[0], head[1]);
        }
        let _ = writeln!(text, "| `{}` | {} |", first.replace('|', "\\|"), in_table(&second));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// How an argument is written.
fn signature(argument: &Arg) -> String {
    let takes_values = argument.get_action().takes_values();
    let values = argument.get_value_names().unwrap_or_default().iter().map(ToString::to_string);
    let values = values.collect::<Vec<_>>().join(" ");
    let most = argument.get_num_args().map_or(1, |range| range.max_values());
    let dots = if takes_values && most > 1 { "..." } else { "" };
    if argument.is_positional() {
        return format!("{values}{dots}");
    }
    let short = argument.get_short().map(|short| format!("-{short}"));
    let long = argument.get_long().map(|long| format!("--{long}"));
    let names = short.into_iter().chain(long).collect::<Vec<_>>().join(", ");
    if takes_values { format!("{names} {values}{dots}") } else { names }
}

/// What an argument means, which values it takes, and what it is if nobody says.
fn meaning(argument: &Arg) -> String {
    let help = argument.get_long_help().or(argument.get_help());
    let help = help.map(ToString::to_string).unwrap_or_default();
    let mut text = help.split("\n\n").map(sentence).collect::<Vec<_>>().join(" ");
    if !argument.get_action().takes_values() {
        return text;
    }
    if matches!(argument.get_action(), ArgAction::Append) && !argument.is_positional() {
        text += " May be given several times.";
    }
    let values = argument.get_possible_values();
    let values: Vec<_> = values.iter().filter(|value| !value.is_hide_set()).collect();
    if !values.is_empty() && !argument.is_hide_possible_values_set() {
        let values = values.iter().map(|value| match value.get_help() {
            Some(help) => format!("`{}` ({})", value.get_name(), prose(&help.to_string())),
            None => format!("`{}`", value.get_name()),
        });
        text += &format!(" One of {}.", values.collect::<Vec<_>>().join(", "));
    }
    let defaults: Vec<_> =
        argument.get_default_values().iter().map(|v| v.to_string_lossy()).collect();
    if !defaults.is_empty() {
        text += &format!(" Unsaid: `{}`.", defaults.join(" "));
    }
    text
}

/// `text` as it stands in Markdown, with a full stop.
fn sentence(text: &str) -> String {
    let text = prose(text.trim());
    match text.ends_with(|c: char| c.is_alphanumeric() || ")`\"'".contains(c)) {
        true => text + ".",
        false => text,
    }
}

/// What has a meaning in Markdown has none, but for what is quoted as code.
fn prose(text: &str) -> String {
    let parts = text.split('`').enumerate().map(|(place, part)| match place % 2 {
        0 => ["\\", "<", "*", "[", "]"]
            .iter()
            .fold(part.to_owned(), |part, sign| part.replace(sign, &format!("\\{sign}"))),
        _ => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("`")
}

fn in_table(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// In lines that a person can compare.
fn wrapped(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= 120 => {
                *line += &format!(" {word}");
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}
