//! What stands behind the help of a command: examples, exit codes, and more.

use clap::Command;

/// Its parts, of which each has a place of its own on a page.
pub(crate) struct Behind {
    /// Lines for a shell.
    pub(crate) examples: Vec<String>,
    /// `0 found or done, 3 not found, ...`
    pub(crate) exit_codes: Option<String>,
    /// Paragraphs.
    pub(crate) more: Vec<String>,
}

impl Behind {
    /// Parts it at its empty lines.
    pub(crate) fn of(command: &Command) -> Self {
        let text = command.get_after_long_help().or(command.get_after_help());
        let text = text.map(ToString::to_string).unwrap_or_default();
        let mut parts = Self { examples: Vec::new(), exit_codes: None, more: Vec::new() };
        for part in text.split("\n\n").map(str::trim_end).filter(|part| !part.is_empty()) {
            match part.split_once(':') {
                // More of them, behind an empty line.
                _ if part.starts_with("  ") && !parts.examples.is_empty() => {
                    let lines = part.lines().map(|line| line.strip_prefix("  ").unwrap_or(line));
                    parts.examples.extend([""].into_iter().chain(lines).map(str::to_owned));
                }
                Some(("Example" | "Examples", lines)) => {
                    let lines = lines.lines().map(|line| line.strip_prefix("  ").unwrap_or(line));
                    parts.examples.extend(lines.filter(|line| !line.is_empty()).map(str::to_owned));
                }
                Some(("Exit codes", codes)) => parts.exit_codes = Some(unbroken(codes)),
                _ => parts.more.push(unbroken(part)),
            }
        }
        parts
    }
}

fn unbroken(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::Behind;

    #[test]
    fn each_part_is_found() {
        let text = "Examples:\n  a 'x: y'\n    b\n\n  c\n\nExit codes: 0 done,\n1 not.\n\nA note: more.\n\nX";
        let behind = Behind::of(&clap::Command::new("x").after_help(text));
        assert_eq!(behind.examples, ["a 'x: y'", "  b", "", "c"]);
        assert_eq!(behind.exit_codes.as_deref(), Some("0 done, 1 not."));
        assert_eq!(behind.more, ["A note: more.", "X"]);
        let nothing = Behind::of(&clap::Command::new("x"));
        assert!(nothing.examples.is_empty() && nothing.exit_codes.is_none());
    }
}
