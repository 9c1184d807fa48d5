//! `list`.

use std::fmt::Write as _;

use prefect_secrets_core::{Error, Listed};

use crate::arguments::List;
use crate::exit::Exit;
use crate::output::print;

pub(crate) fn run(list: &List) -> Result<Exit, Error> {
    let (chain, deadline) = list.within.open()?;
    let listed = chain.list(&deadline)?;
    let text = if list.json {
        serde_json::to_string(&listed).expect("names are JSON") + "\n"
    } else {
        lines(&listed)
    };
    print(&text)?;
    Ok(Exit::Found)
}

fn lines(listed: &[Listed]) -> String {
    let mut text = String::new();
    for Listed { name, provider, shadowed } in listed {
        // A tab or a line end would be read as one of ours.
        let name = match name.chars().any(char::is_control) {
            true => name.escape_debug().to_string(),
            false => name.clone(),
        };
        let mark = if *shadowed { "\tshadowed" } else { "" };
        let _ = writeln!(text, "{name}\t{provider}{mark}");
    }
    text
}
