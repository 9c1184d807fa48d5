//! Random values that are hard to quote. The same ones each time.

/// What a value is made of: what some reader of some format takes for its own.
const PIECES: [&str; 40] = [
    "'",
    "\"",
    "$",
    "`",
    "\\",
    "\n",
    "\r",
    "\r\n",
    "\t",
    " ",
    "#",
    "=",
    ":",
    "{",
    "}",
    "-",
    "!",
    "~",
    "&",
    ";",
    "|",
    "<",
    ">",
    "*",
    "(",
    ")",
    "%",
    ",",
    "a",
    "Z",
    "0",
    "é",
    "😀",
    "\u{2028}",
    "\u{feff}",
    "\u{1b}",
    "${HOME}",
    "$HOME",
    "$(exit 3)",
    "export A=1",
];

/// A generator of numbers (xorshift).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }

    /// A text without a NUL.
    pub(crate) fn text(&mut self) -> String {
        let len = self.below(9);
        (0..len).map(|_| PIECES[self.below(PIECES.len())]).collect()
    }
}

/// So many texts, by their names `N0`, `N1`, ...
pub(crate) fn texts(count: usize) -> Vec<(String, String)> {
    let mut random = Random::new();
    (0..count).map(|i| (format!("N{i}"), random.text())).collect()
}
