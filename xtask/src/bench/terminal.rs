//! The rows for a terminal.

use super::markdown::bounds;
use super::row::Row;

/// Each row in a line.
pub(crate) fn table<'a>(rows: impl IntoIterator<Item = &'a Row>) -> String {
    let mut lines = vec![["path", "ours", "floor", "figure", "aim", "limit", ""].map(String::from)];
    for row in rows {
        let (aim, limit) = bounds(row);
        let verdict = row.verdict().words();
        let unit = row.unit.of_the_parts();
        lines.push(match &row.measured {
            Ok(measured) => [
                row.path.clone(),
                unit.show(measured.ours),
                measured.floor.map(|floor| unit.show(floor)).unwrap_or_default(),
                row.unit.show(measured.figure.median),
                aim,
                limit,
                verdict.into(),
            ],
            Err(why) => {
                let (none, verdict) = (String::new(), format!("{verdict}: {why}"));
                [row.path.clone(), none.clone(), none.clone(), none, aim, limit, verdict]
            }
        });
    }
    let widths: [usize; 7] = std::array::from_fn(|column| {
        lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0)
    });
    let mut text = String::new();
    for line in lines {
        for (place, (cell, width)) in line.iter().zip(widths).enumerate() {
            match place {
                0 => text += &format!("{cell:width$}"),
                6 => text += &format!("  {cell}"),
                _ => text += &format!("  {cell:>width$}"),
            }
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}
