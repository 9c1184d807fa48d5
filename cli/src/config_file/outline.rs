//! Where each piece of a TOML text stands.

use std::borrow::Cow;
use std::ops::Range;

use toml_parser::Source;
use toml_parser::parser::{Event, EventKind, parse_document};

/// The headers and the keys of a TOML text, in its order. What stands within an array is no part of it:
/// nothing there has a path of its own.
#[derive(Default)]
pub(super) struct Outline {
    pub(super) headers: Vec<Header>,
    pub(super) pairs: Vec<Pair>,
}

/// `[path]` or `[[path]]`.
pub(super) struct Header {
    pub(super) path: Vec<String>,
    pub(super) is_array: bool,
    pub(super) span: Range<usize>,
}

/// A key and its value.
pub(super) struct Pair {
    /// From the outermost table inwards.
    pub(super) path: Vec<String>,
    /// Which header it stands under; none before the first one.
    pub(super) header: Option<usize>,
    /// Which pair's inline table it stands in.
    pub(super) within: Option<usize>,
    /// The parts of its key. Of `path` they are the last ones.
    pub(super) key: Vec<Range<usize>>,
    pub(super) value: Range<usize>,
    pub(super) is_inline_table: bool,
    /// The commas before and behind it; outside of inline tables there are none.
    pub(super) commas: (Option<usize>, Option<usize>),
}

impl Pair {
    /// How many parts of its path are not in its key.
    pub(super) fn depth(&self) -> usize {
        self.path.len() - self.key.len()
    }
}

impl Outline {
    /// Of `text`, which is TOML: the parser of the whole has said so, and that nothing in it nests
    /// deeply.
    pub(super) fn of(text: &str) -> Self {
        let source = Source::new(text);
        let tokens = source.lex().into_vec();
        let mut events: Vec<Event> = Vec::with_capacity(tokens.len());
        parse_document(&tokens, &mut events, &mut ());
        let mut reader = Reader { source, ..Reader::default() };
        for event in events {
            reader.take(event);
        }
        reader.outline
    }
}

struct Reader<'s> {
    source: Source<'s>,
    outline: Outline,
    /// The parts of the key or the header that is being read, and where that begins.
    names: Vec<String>,
    spans: Vec<Range<usize>>,
    header: usize,
    /// The pairs whose values are being read, each within the one before.
    values: Vec<usize>,
    /// The inline tables that are being read, each within the one before.
    tables: Vec<InlineTable>,
    /// In how many arrays this is.
    arrays: usize,
}

/// An inline table so far.
struct InlineTable {
    /// The pair whose value it is.
    of: usize,
    last_pair: Option<usize>,
    last_comma: Option<usize>,
}

impl Default for Reader<'_> {
    fn default() -> Self {
        Self {
            source: Source::new(""),
            outline: Outline::default(),
            names: Vec::new(),
            spans: Vec::new(),
            header: 0,
            values: Vec::new(),
            tables: Vec::new(),
            arrays: 0,
        }
    }
}

impl Reader<'_> {
    fn take(&mut self, event: Event) {
        let span = event.span().start()..event.span().end();
        match event.kind() {
            EventKind::ArrayOpen => {
                if self.arrays == 0 {
                    self.begin_value(span.start);
                }
                self.arrays += 1;
            }
            EventKind::ArrayClose => {
                self.arrays -= 1;
                if self.arrays == 0 {
                    self.end_value(span.end);
                }
            }
            _ if self.arrays > 0 => {}
            EventKind::StdTableOpen | EventKind::ArrayTableOpen => self.header = span.start,
            EventKind::StdTableClose | EventKind::ArrayTableClose => {
                let is_array = event.kind() == EventKind::ArrayTableClose;
                let path = std::mem::take(&mut self.names);
                self.spans.clear();
                self.outline.headers.push(Header { path, is_array, span: self.header..span.end });
            }
            EventKind::SimpleKey => {
                let mut name = Cow::Borrowed("");
                if let Some(raw) = self.source.get(event) {
                    raw.decode_key(&mut name, &mut ());
                }
                self.names.push(name.into_owned());
                self.spans.push(span);
            }
            EventKind::KeyValSep => self.begin_pair(),
            EventKind::InlineTableOpen => {
                if let Some(of) = self.begin_value(span.start) {
                    self.outline.pairs[of].is_inline_table = true;
                    self.tables.push(InlineTable { of, last_pair: None, last_comma: None });
                }
            }
            EventKind::InlineTableClose => {
                self.tables.pop();
                self.end_value(span.end);
            }
            EventKind::ValueSep => {
                if let Some(table) = self.tables.last_mut() {
                    table.last_comma = Some(span.start);
                    if let Some(pair) = table.last_pair {
                        self.outline.pairs[pair].commas.1 = Some(span.start);
                    }
                }
            }
            EventKind::Scalar => {
                self.begin_value(span.start);
                self.end_value(span.end);
            }
            _ => {}
        }
    }

    fn begin_pair(&mut self) {
        let pair = self.outline.pairs.len();
        let (within, comma) = match self.tables.last_mut() {
            Some(table) => {
                table.last_pair = Some(pair);
                (Some(table.of), table.last_comma)
            }
            None => (None, None),
        };
        let header = self.outline.headers.len().checked_sub(1);
        let mut path = match (within, header) {
            (Some(within), _) => self.outline.pairs[within].path.clone(),
            (None, Some(header)) => self.outline.headers[header].path.clone(),
            (None, None) => Vec::new(),
        };
        path.append(&mut self.names);
        self.values.push(pair);
        self.outline.pairs.push(Pair {
            path,
            header,
            within,
            key: std::mem::take(&mut self.spans),
            value: 0..0,
            is_inline_table: false,
            commas: (comma, None),
        });
    }

    fn begin_value(&mut self, at: usize) -> Option<usize> {
        let pair = *self.values.last()?;
        self.outline.pairs[pair].value.start = at;
        Some(pair)
    }

    fn end_value(&mut self, at: usize) {
        if let Some(pair) = self.values.pop() {
            self.outline.pairs[pair].value.end = at;
        }
    }
}
