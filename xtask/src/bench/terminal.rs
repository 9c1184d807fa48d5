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

#[cfg(test)]
mod tests {
    use crate::bench::fixture::row;
    use crate::bench::row::Aim;

    #[test]
    fn a_row_past_its_limit_is_marked() {
        let aim = Aim::below(1.0, 1.3);
        let rows = [row("a", Ok(1.0), aim), row("long", Ok(1.5), aim), row("c", Err("no Go"), aim)];
        assert_eq!(
            super::table(&rows),
            "path              ours    floor  figure       aim     limit\n\
             the path a     25.0 ns  25.0 ns  1.00 ×  ≤ 1.00 ×  ≤ 1.30 ×  reached\n\
             the path long  37.5 ns  25.0 ns  1.50 ×  ≤ 1.00 ×  ≤ 1.30 ×  PAST THE LIMIT\n\
             the path c                               ≤ 1.00 ×  ≤ 1.30 ×  not measured: no Go\n"
        );
    }
}
