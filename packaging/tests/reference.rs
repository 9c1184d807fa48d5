//! `docs/cli.md` says what the program's arguments say.

use std::collections::HashSet;
use std::process::Command;

use prefect_secrets_packaging::reference;
use prefect_secrets_testing::{built, workspace};

#[test]
fn the_committed_page_is_the_one_that_is_made() {
    let committed = std::fs::read_to_string(workspace().join(reference::FILE)).unwrap();
    assert!(
        committed == reference::page(),
        "{} is not what the arguments say: `{}` writes it",
        reference::FILE,
        reference::WRITTEN_BY
    );
}

/// Against the program itself, which has the arguments compiled into it.
#[test]
fn every_command_and_option_is_there_and_reads_as_prose() {
    let page = reference::page();
    let mut commands = 0;
    for part in
        page.split("\n## prefect-secrets ").chain(page.split("\n### prefect-secrets ")).skip(1)
    {
        let Some((words, text)) = part.split_once('\n') else { continue };
        if words.starts_with('<') {
            continue;
        }
        let end = text.find("\n### ").unwrap_or(text.len());
        let text = &text[..end];
        commands += 1;
        let help =
            Command::new(built().cli()).args(words.split(' ')).arg("--help").output().unwrap();
        assert!(help.status.success(), "{words}");
        let help = String::from_utf8(help.stdout).unwrap();
        let option =
            |line: &&str| line.trim_start().starts_with('-') && !line.contains("-h, --help");
        for line in help.lines().filter(option) {
            let option = line.split_whitespace().find(|word| word.starts_with("--"));
            let Some(option) = option else { continue };
            assert!(text.contains(option), "{words}: no {option}");
        }
        assert!(text.contains("```text\nprefect-secrets "), "{words} has no usage");
        assert!(
            text.contains("Exit codes: ") || help.contains("Commands:"),
            "{words}: no exit codes"
        );
    }
    assert!(commands > 10, "{commands}");
    for artefact in ["[default:", "[possible values:", "[env:", "\x1b", "@", "Usage:"] {
        assert!(!page.contains(artefact), "{artefact} is left on the page");
    }
}

/// A link leads to a heading of this page, or to a file beside it.
#[test]
fn no_link_leads_nowhere() {
    let page = reference::page();
    let heading = |line: &str| line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
    let headings = page.lines().filter(|line| line.starts_with('#'));
    let headings: HashSet<String> = headings.map(heading).collect();
    let mut links = 0;
    for (at, _) in page.match_indices("](") {
        let target = page[at + 2..].split(')').next().unwrap();
        links += 1;
        match target.strip_prefix('#') {
            Some(anchor) => assert!(headings.contains(anchor), "{target}"),
            None => assert!(workspace().join("docs").join(target).is_file(), "{target}"),
        }
    }
    assert!(links > 10, "{links}");
}
