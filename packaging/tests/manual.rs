//! The manual pages say what the program's help says.

use std::process::Command;

use prefect_secrets_packaging::manual;
use prefect_secrets_testing::{Home, built, find};

/// What a reader of a page sees of it, as one line.
fn plain(page: &str) -> String {
    let text = page.replace("\\-", "-").replace("\\fB", "").replace("\\fI", "");
    let text = text.replace("\\fR", "").replace("\\*(Aq", "'").replace("\\|", "");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn each_option_and_each_subcommand_is_on_its_page() {
    let pages = manual::pages().unwrap();
    let mut options = 0;
    for (name, page) in &pages {
        let words: Vec<&str> = name.strip_suffix(".1").unwrap().split('-').skip(2).collect();
        let help = Command::new(built().cli()).args(&words).arg("--help").output().unwrap();
        let help = String::from_utf8(help.stdout).unwrap();
        let page = plain(page);
        assert!(page.contains(&format!(".TH {} 1", name.strip_suffix(".1").unwrap())), "{page}");
        for option in
            help.split_whitespace().filter(|word| word.starts_with("--") && word.len() > 2)
        {
            let option = option.trim_end_matches([',', '.', '`', '\'']);
            assert!(page.contains(option), "{name} has no {option}");
            options += 1;
        }
    }
    assert!(options > 40, "{options}");
    let (first, text) = &pages[0];
    assert_eq!(first, "prefect-secrets.1");
    let text = plain(text);
    for (name, _) in &pages[1..] {
        let words: Vec<&str> = name.strip_suffix(".1").unwrap().split('-').collect();
        let there =
            words.len() > 3 || text.contains(&format!("{}(1)", name.strip_suffix(".1").unwrap()));
        assert!(there, "{name} is not on the first page");
    }
    for section in [".SH NAME", ".SH FILES", ".SH ENVIRONMENT", ".SH EXAMPLES"] {
        assert!(text.contains(section), "{section}");
    }
    for variable in ["PREFECT__CONTEXT__SECRETS__NAME", "PREFECT_API_URL", "NO_COLOR"] {
        assert!(text.contains(variable), "{variable}");
    }
    for (name, page) in &pages {
        for (section, often) in
            [("\"EXIT STATUS\"", 1), ("EXAMPLES", 1), ("EXTRA", 0), ("OPTIONS", 1)]
        {
            let heads = page.lines().filter(|line| *line == format!(".SH {section}")).count();
            assert_eq!(heads, often, "{section} on {name}");
        }
        let found = plain(page).contains(".SH \"SEE ALSO\" prefect-secrets(1)");
        assert_eq!(found, name != first, "{name} leads to the first page");
        // What groff says of itself stands at the beginning of a page, and there alone.
        assert_eq!(page.matches(".ie \\n(.g").count(), 1, "{name}");
    }
    assert!(!pages.iter().any(|(name, _)| name.contains("check-rule")), "that one is hidden");
}

/// Who types what the synopsis says is understood.
#[test]
fn a_synopsis_says_what_stands_behind_two_dashes_and_what_may_be_given_again() {
    let pages = manual::pages().unwrap();
    for (name, end) in [("run", "<--secret|--all> -- <CMD>..."), ("bench", "[NAME]...")] {
        let name = format!("prefect-secrets-{name}.1");
        let (_, page) = pages.iter().find(|(page, _)| *page == name).unwrap();
        let synopsis = page.split(".SH SYNOPSIS\n").nth(1).unwrap().lines().next().unwrap();
        assert!(plain(synopsis).ends_with(end), "{synopsis}");
    }
}

/// groff, which `man` calls, is a Debian package, so this runs when `PREFECT_SECRETS_INSTRUMENTS` is set.
#[test]
fn groff_has_nothing_to_say_about_a_page() {
    if std::env::var_os("PREFECT_SECRETS_INSTRUMENTS").is_none() {
        return;
    }
    let Some(groff) = find("groff") else { return };
    let home = Home::new();
    for (name, page) in manual::pages().unwrap() {
        let file = home.write(&name, page);
        let mut command = Command::new(&groff);
        let output = command.args(["-man", "-ww", "-Tutf8", "-z"]).arg(file).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{name}: {said}");
    }
}
