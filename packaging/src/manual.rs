//! The manual pages of `prefect-secrets`, from what the program itself takes.

use std::path::Path;

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::{Outcome, VERSION, about};

#[path = "../../cli/src/arguments/mod.rs"]
#[allow(dead_code, unused_imports, reason = "only its shape is asked for")]
mod arguments;

/// What the first page says beside what the program's help says.
const MORE: &str = include_str!("../templates/manual.roff");

/// Each page's name, `prefect-secrets.1` and one for each subcommand, and its text.
pub fn pages() -> Outcome<Vec<(String, String)>> {
    let mut command = arguments::Arguments::command().disable_help_subcommand(true);
    command.build();
    let mut pages = Vec::new();
    add(&command, &mut pages)?;
    Ok(pages)
}

fn add(command: &Command, pages: &mut Vec<(String, String)>) -> Outcome {
    let source = format!("prefect-secrets {VERSION}");
    let page = Man::new(command.clone()).source(source);
    let mut text = Vec::new();
    page.render(&mut text).map_err(about(Path::new("a manual page")))?;
    let text = String::from_utf8(text).map_err(|error| error.to_string())?;
    // What stands behind the program's help, under the name that manuals have for it.
    let text = if pages.is_empty() {
        text.replace(".SH EXTRA\n", ".SH EXIT STATUS\n") + MORE
    } else {
        text.replace(".SH EXTRA\n", ".SH EXAMPLES\n")
    };
    pages.push((page.get_filename(), text));
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        add(sub, pages)?;
    }
    Ok(())
}
