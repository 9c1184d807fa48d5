//! Rows whose cells stand below each other, as a person reads them.

use std::fmt::Write as _;

use anstyle::Style;
use textwrap::core::display_width;

use crate::plain::plain;
use crate::style::{Colours, HEAD};

/// One place of a row. Nothing in it moves a terminal's cursor.
pub(crate) struct Cell {
    text: String,
    style: Style,
    is_number: bool,
}

impl Cell {
    pub(crate) fn new(text: &str) -> Self {
        Self { text: plain(text), style: Style::new(), is_number: false }
    }

    pub(crate) fn style(self, style: Style) -> Self {
        Self { style, ..self }
    }

    /// A number stands at the right.
    pub(crate) fn number(text: &str) -> Self {
        Self { is_number: true, ..Self::new(text) }
    }
}

/// A head, rows, and what is to be said below a row.
pub(crate) struct Columns<const N: usize> {
    rows: Vec<([Cell; N], Option<String>)>,
}

impl<const N: usize> Columns<N> {
    pub(crate) fn new(head: [&str; N]) -> Self {
        Self { rows: vec![(head.map(|title| Cell::new(title).style(HEAD)), None)] }
    }

    pub(crate) fn row(&mut self, cells: [Cell; N]) {
        self.rows.push((cells, None));
    }

    /// The same, with a sentence below it.
    pub(crate) fn row_with(&mut self, cells: [Cell; N], below: Option<&str>) {
        self.rows.push((cells, below.map(plain)));
    }

    /// All of it, with `before` at the beginning of each line. A sentence stands from the second
    /// column on, and goes on below itself where a terminal of `width` columns ends.
    pub(crate) fn show(&self, colours: Colours, before: &str, width: Option<usize>) -> String {
        let widest = |column: usize| {
            let widths = self.rows.iter().map(|(cells, _)| display_width(&cells[column].text));
            widths.max().unwrap_or(0)
        };
        let widths: [usize; N] = std::array::from_fn(widest);
        // The title of a column of numbers stands at the right as they do.
        let numbers: [bool; N] = std::array::from_fn(|column| {
            self.rows.last().is_some_and(|(row, _)| row[column].is_number)
        });
        let mut text = String::new();
        for (cells, below) in &self.rows {
            let mut line = before.to_owned();
            let last = cells.iter().rposition(|cell| !cell.text.is_empty()).unwrap_or(0);
            for (column, cell) in cells.iter().enumerate().take(last + 1) {
                let padding = " ".repeat(widths[column] - display_width(&cell.text));
                let style = if cell.text.is_empty() { Style::new() } else { cell.style };
                let painted = colours.paint(style, &cell.text);
                let _ = match (numbers[column], column == last) {
                    (true, true) => write!(line, "{padding}{painted}"),
                    (true, false) => write!(line, "{padding}{painted}  "),
                    (false, true) => write!(line, "{painted}"),
                    (false, false) => write!(line, "{painted}{padding}  "),
                };
            }
            text += &line;
            text.push('\n');
            let Some(below) = below else { continue };
            let indent = format!("{before}{:1$}  ", "", widths[0]);
            let width = width.unwrap_or(usize::MAX).max(display_width(&indent) + 20);
            let options = textwrap::Options::new(width)
                .initial_indent(&indent)
                .subsequent_indent(&indent)
                // An address or a path is to be copied.
                .break_words(false)
                .word_splitter(textwrap::WordSplitter::NoHyphenation);
            for line in textwrap::wrap(below, options) {
                text += &line;
                text.push('\n');
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, Columns};
    use crate::style::Colours;

    #[test]
    fn cells_stand_below_each_other_whatever_they_hold() {
        let mut columns = Columns::new(["NAME", "TIME", "WHERE"]);
        columns.row([Cell::new("ü"), Cell::number("5"), Cell::new("here")]);
        let why = Some("it says \x1b[2J a thing of many words");
        columns.row_with([Cell::new("日本語"), Cell::number("1000"), Cell::new("")], why);
        assert_eq!(
            columns.show(Colours::NONE, " ", Some(30)),
            " NAME    TIME  WHERE\n ü          5  here\n 日本語  1000\n         it says \\u{1b}[2J a\n         \
             thing of many words\n"
        );
        let wide = columns.show(Colours::NONE, " ", None);
        assert!(wide.ends_with("\n         it says \\u{1b}[2J a thing of many words\n"), "{wide}");
    }
}
