//! `plugin list`.

use std::io::IsTerminal;

use prefect_secrets_core::Error;
use prefect_secrets_providers::plugin::{Search, inspect};
use serde_json::json;

use crate::arguments::PluginList;
use crate::columns::{Cell, Columns};
use crate::exit::Exit;
use crate::output::print;
use crate::plain::plain;
use crate::style::{BAD, Colours, FAINT, GOOD, width};

/// A plugin that is installed.
struct Row {
    name: String,
    manifest: String,
    shadowed: bool,
    /// Why it would not be loaded.
    refusal: Option<String>,
}

pub(crate) fn run(list: &PluginList) -> Result<Exit, Error> {
    let search = Search::new();
    let row = |plugin: prefect_secrets_providers::plugin::Installed| {
        let manifest = plugin.manifest.display().to_string();
        let trace = inspect(&manifest, &search).trace;
        let refusal = trace.refusal().map(|error| format!("{}: {}", error.kind(), error.what()));
        Row { name: plugin.name, manifest, shadowed: plugin.shadowed, refusal }
    };
    let rows: Vec<Row> = search.installed()?.into_iter().map(row).collect();
    let text = match (list.json, std::io::stdout().is_terminal()) {
        (true, _) => json(&rows),
        (false, true) if rows.is_empty() => "no plugin is installed\n".into(),
        (false, true) => table(&rows),
        (false, false) => rows.iter().map(line).collect(),
    };
    print(&text)?;
    Ok(Exit::Found)
}

fn json(rows: &[Row]) -> String {
    let rows = rows.iter().map(|row| {
        json!({
            "name": row.name,
            "manifest": row.manifest,
            "shadowed": row.shadowed,
            "accepted": row.refusal.is_none(),
            "reason": row.refusal,
        })
    });
    rows.collect::<serde_json::Value>().to_string() + "\n"
}

/// For a program.
fn line(row: &Row) -> String {
    let verdict = row.refusal.as_deref().unwrap_or("accepted");
    let mark = if row.shadowed { "\tshadowed" } else { "" };
    format!("{}\t{}\t{}{mark}\n", plain(&row.name), plain(&row.manifest), plain(verdict))
}

/// For a person.
fn table(rows: &[Row]) -> String {
    let mut columns = Columns::new(["PLUGIN", "CHECKS", "MANIFEST", ""]);
    for row in rows {
        let (verdict, style) = match row.refusal {
            None => ("accepted", GOOD),
            Some(_) => ("refused", BAD),
        };
        let mark = if row.shadowed { "shadowed" } else { "" };
        let cells = [
            Cell::new(&row.name),
            Cell::new(verdict).style(style),
            Cell::new(&row.manifest),
            Cell::new(mark).style(FAINT),
        ];
        columns.row_with(cells, row.refusal.as_deref());
    }
    columns.show(Colours::of_stdout(), "", width())
}
