//! Text from elsewhere, as it may be shown on a terminal.

/// Whether a terminal obeys it: a control character, or one that turns the text behind it around.
pub(crate) fn is_obeyed(c: char) -> bool {
    let turns = matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    c.is_control() || turns
}

/// `text` without what a terminal would take as a command, or for a line's end: that is spelt.
pub(crate) fn plain(text: &str) -> String {
    match text.contains(is_obeyed) {
        true => text.chars().flat_map(spelt).collect(),
        false => text.into(),
    }
}

fn spelt(c: char) -> Vec<char> {
    if is_obeyed(c) { c.escape_default().collect() } else { vec![c] }
}
