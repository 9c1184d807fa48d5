//! The configuration as a person reads it: tables as in a file, and behind each setting where it was set.

use std::fmt::Write as _;

use crate::plain::plain;
use crate::style::{Colours, FAINT, HEAD};

/// What stands for a value that is not shown.
const HIDDEN: &str = "hidden";

/// A setting.
pub(super) struct Row {
    /// Its table's name, part by part, and its own.
    pub(super) path: Vec<String>,
    /// `None` if it is hidden.
    pub(super) value: Option<String>,
    /// Where it was set.
    pub(super) place: String,
}

/// The table that a setting stands in, and what it is called there.
pub(super) fn order(row: &Row) -> (&[String], &str) {
    match row.path.split_last() {
        Some((name, table)) => (table, name),
        None => (&[], ""),
    }
}

/// `rows`, which are in the order of their tables.
pub(super) fn of(rows: &[Row], colours: Colours) -> String {
    if rows.is_empty() {
        return "Nothing is set. `prefect-secrets config path` tells which file is looked for.\n"
            .into();
    }
    let value = |row: &Row| match row.value.as_deref() {
        None => HIDDEN.into(),
        Some("") => "\"\"".into(),
        Some(value) => plain(value),
    };
    let width = |text: &dyn Fn(&Row) -> String| {
        rows.iter().map(|row| text(row).chars().count()).max().unwrap_or(0)
    };
    let names = width(&|row| key(order(row).1));
    let values = width(&value).min(60);
    let mut text = String::new();
    let mut within: Option<&[String]> = None;
    for row in rows {
        let (table, name) = order(row);
        if within != Some(table) {
            let gap = if within.is_some() { "\n" } else { "" };
            // The settings in no table are the first.
            if !table.is_empty() {
                let head = format!("[{}]", dotted(table));
                let _ = writeln!(text, "{gap}{}", colours.paint(HEAD, head));
            }
            within = Some(table);
        }
        let shown = format!("{:values$}", value(row));
        let style = if row.value.is_some() { anstyle::Style::new() } else { FAINT };
        let (shown, place) = (colours.paint(style, shown), plain(&row.place));
        let _ = match place.is_empty() {
            true => writeln!(text, "{:names$}  {}", key(name), value(row)),
            false => writeln!(text, "{:names$}  {shown}  {place}", key(name)),
        };
    }
    text
}

/// The name of a table or a setting, as TOML writes it.
pub(super) fn dotted(path: &[String]) -> String {
    match path {
        [prefect_3] if prefect_3 == super::show::PREFECT_3 => prefect_3.clone(),
        path => path.iter().map(|part| key(part)).collect::<Vec<_>>().join("."),
    }
}

fn key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.is_empty() && name.chars().all(bare) { name.into() } else { format!("{name:?}") }
}
