//! The manual pages of `prefect-secrets`, from what the program itself takes.

use std::path::Path;

use clap::Command;
use clap_mangen::Man;
use roff::{Roff, bold, italic, roman};

use crate::behind::Behind;
use crate::{Outcome, VERSION, about, command};

/// Files and variables, on the first page.
const MORE: &str = include_str!("../templates/manual.roff");

/// Each page's name, `prefect-secrets.1` and one for each subcommand, and its text.
pub fn pages() -> Outcome<Vec<(String, String)>> {
    let command = command();
    let codes = Behind::of(&command).exit_codes.unwrap_or_default();
    let mut pages = Vec::new();
    add(&command, &codes, &[], &mut pages)?;
    Ok(pages)
}

/// The page of `command`, which stands below the pages `above`, and those below it. `codes` are the exit
/// codes of a command that says none of its own.
fn add(
    command: &Command,
    codes: &str,
    above: &[String],
    pages: &mut Vec<(String, String)>,
) -> Outcome {
    let failed = about(Path::new("a manual page"));
    let page = Man::new(command.clone())
        .source(format!("prefect-secrets {VERSION}"))
        .manual("libprefect_secrets");
    let subs: Vec<&Command> = command.get_subcommands().filter(|sub| !sub.is_hide_set()).collect();
    let behind = Behind::of(command);
    let mut more = Roff::new();
    for part in &behind.more {
        more.control("PP", []).text([roman(part)]);
    }
    let mut text = Vec::new();
    page.render_title(&mut text)
        .and_then(|()| page.render_name_section(&mut text))
        .and_then(|()| synopsis(&page, command, &mut text))
        .and_then(|()| page.render_description_section(&mut text))
        .and_then(|()| more.to_writer(&mut text))
        .and_then(|()| page.render_options_section(&mut text))
        .and_then(|()| match subs.is_empty() {
            true => Ok(()),
            false => page.render_subcommands_section(&mut text),
        })
        .map_err(failed)?;
    let mut text = String::from_utf8(text).map_err(|error| error.to_string())?;
    let mut roff = Roff::new();
    roff.control("SH", ["EXIT STATUS"]);
    for (code, meaning) in exit_codes(behind.exit_codes.as_deref().unwrap_or(codes)) {
        match code.is_empty() {
            true => roff.control("PP", []).text([roman(meaning)]),
            false => roff.control("TP", []).text([bold(code)]).text([roman(meaning)]),
        };
    }
    text += &roff.render();
    if above.is_empty() {
        text += MORE;
    }
    let mut roff = Roff::new();
    if !behind.examples.is_empty() {
        roff.control("SH", ["EXAMPLES"]).control("RS", ["4"]).control("nf", []);
        for example in &behind.examples {
            roff.text([roman(example)]);
        }
        roff.control("fi", []).control("RE", []);
    }
    let name = page.get_filename();
    if !above.is_empty() {
        roff.control("SH", ["SEE ALSO"]);
        let all = above.iter().map(|name| vec![italic(name), roman("(1)")]);
        let all: Vec<_> = all.collect::<Vec<_>>().join(&roman(", "));
        roff.text(all);
    }
    text += &roff.render();
    let title = name.trim_end_matches(".1").to_owned();
    // Each section brings what a page begins with.
    let beginning = Roff::new().render();
    let text = beginning.clone() + &text.replace(&beginning, "");
    pages.push((name, text));
    let above = [above, &[title]].concat();
    for sub in subs {
        add(sub, codes, &above, pages)?;
    }
    Ok(())
}

/// How the command is written. `clap_mangen` says neither that an argument stands behind `--` nor that it may be
/// given again.
fn synopsis(page: &Man, command: &Command, text: &mut Vec<u8>) -> std::io::Result<()> {
    let mut section = Vec::new();
    page.render_synopsis_section(&mut section)?;
    let mut section = String::from_utf8(section).map_err(std::io::Error::other)?;
    for argument in command.get_positionals() {
        let Some([name]) = argument.get_value_names() else { continue };
        let dashes = if argument.is_last_set() { "\\-\\- " } else { "" };
        let many = argument.get_num_args().is_some_and(|range| range.max_values() > 1);
        let dots = if many { "..." } else { "" };
        for (open, close) in [("<", ">"), ("[", "]")] {
            let said = format!("{open}\\fI{name}\\fR{close}");
            section = section.replace(&said, &format!("{dashes}{said}{dots}"));
        }
    }
    text.extend(section.into_bytes());
    Ok(())
}

/// Each code and what it says, of `0 found, 3 not found.`; no code for what comes before the first.
pub(crate) fn exit_codes(codes: &str) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    for part in codes.trim_end_matches('.').split(", ") {
        match part.split_once(' ') {
            Some((code, meaning)) if code.bytes().all(|byte| byte.is_ascii_digit()) => {
                all.push((code.into(), meaning.into()));
            }
            // The comma was one of a sentence.
            _ => match all.last_mut() {
                Some((_, meaning)) => *meaning += &format!(", {part}"),
                None => all.push((String::new(), part.into())),
            },
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::exit_codes;

    #[test]
    fn a_comma_may_be_one_of_a_sentence() {
        let pairs =
            |codes| exit_codes(codes).into_iter().map(|(c, m)| c + ": " + &m).collect::<Vec<_>>();
        assert_eq!(pairs("0 found, or done, 3 not found."), ["0: found, or done", "3: not found"]);
        assert_eq!(pairs("those of CMD, 127 no CMD."), [": those of CMD", "127: no CMD"]);
    }
}
