//! `list`.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};

use anstyle::Style;
use prefect_secrets_core::{Capabilities, Chain, Error, Listed};

use crate::arguments::List;
use crate::columns::{Cell, Columns};
use crate::exit::Exit;
use crate::output::print;
use crate::plain::plain;
use crate::style::{Colours, FAINT};
use crate::within::waiting;

pub(crate) fn run(list: &List) -> Result<Exit, Error> {
    let (chain, deadline) = list.within.open()?;
    let mut left_out = Vec::new();
    let listed = waiting(&chain, "asking for names", "", || {
        chain.list_telling(&deadline, &mut |error| left_out.push(error))
    })?;
    for error in &left_out {
        say(&format!(
            "{} is left out, and may have more: {error}",
            error.provider().unwrap_or("a provider")
        ));
    }
    if list.json {
        print(&(serde_json::to_string(&listed).expect("names are JSON") + "\n"))?;
    } else if std::io::stdout().is_terminal() {
        if !listed.is_empty() {
            print(&table(&listed, Colours::of_stdout()))?;
        }
        tell(&chain, &listed);
    } else {
        print(&lines(&listed))?;
    }
    Ok(Exit::Found)
}

/// For a program: a line each.
fn lines(listed: &[Listed]) -> String {
    let mut text = String::new();
    for Listed { name, provider, shadowed } in listed {
        // A tab or a line end would be read as one of ours.
        let mark = if *shadowed { "\tshadowed" } else { "" };
        let _ = writeln!(text, "{}\t{}{mark}", plain(name), plain(provider));
    }
    text
}

/// For a person.
fn table(listed: &[Listed], colours: Colours) -> String {
    let mut columns = Columns::new(["NAME", "PROVIDER", ""]);
    let answering: HashMap<&str, &str> =
        listed.iter().filter(|l| !l.shadowed).map(|l| (&*l.name, &*l.provider)).collect();
    for Listed { name, provider, shadowed } in listed {
        let by = answering.get(&**name).filter(|_| *shadowed);
        let mark = by.map_or_else(String::new, |by| format!("shadowed by {by}"));
        let style = if *shadowed { FAINT } else { Style::new() };
        columns.row([&**name, &**provider, &*mark].map(|text| Cell::new(text).style(style)));
    }
    columns.show(colours, "", None)
}

fn say(what: &str) {
    let _ = writeln!(std::io::stderr(), "prefect-secrets: {}", plain(what));
}

/// Says who is not in the list, which a person may take for all that there is.
fn tell(chain: &Chain, listed: &[Listed]) {
    if listed.is_empty() {
        say("no provider lists a secret");
    }
    for link in chain.links() {
        let provider = link.provider();
        if let Some(why) = provider.skipped() {
            say(&format!("{} was not asked: {why}", provider.name()));
        } else if !provider.capabilities().has(Capabilities::LIST) {
            say(&format!("{} may have more: it cannot list its names", provider.name()));
        }
    }
}
