//! One secret changed in the text of a TOML file, and every other byte left as it was.

use std::ops::Range;

use prefect_secrets_core::{Buffer, Error};

use super::outline::{Outline, Pair};
use super::spelling;

/// Where the secrets stand.
pub(super) const SECRETS: [&str; 2] = ["context", "secrets"];

/// What comes of a text: these bytes of it are replaced.
pub(super) struct Splice {
    at: Range<usize>,
    by: Buffer,
}

impl Splice {
    fn new(at: Range<usize>, by: String) -> Self {
        Self { at, by: Buffer::take(&mut by.into_bytes()) }
    }

    /// `text` with it.
    pub(super) fn of(&self, text: &str) -> Buffer {
        let (before, after) = (&text[..self.at.start], &text[self.at.end..]);
        let mut whole = Buffer::zeroed(before.len() + self.by.len() + after.len());
        let bytes = whole.expose_mut();
        bytes[..before.len()].copy_from_slice(before.as_bytes());
        bytes[before.len()..before.len() + self.by.len()].copy_from_slice(self.by.expose());
        bytes[before.len() + self.by.len()..].copy_from_slice(after.as_bytes());
        whole
    }
}

/// One secret in a text.
pub(super) struct Place<'t> {
    text: &'t str,
    outline: Outline,
    name: &'t str,
}

impl<'t> Place<'t> {
    /// Of the secret `name` in `text`, which is TOML. *Invalid* where it, or the table around it,
    /// stands in a way that one splice cannot change.
    pub(super) fn of(text: &'t str, name: &'t str) -> Result<Self, Error> {
        let place = Self { text, outline: Outline::of(text), name };
        let secret = [SECRETS[0], SECRETS[1], name];
        for header in &place.outline.headers {
            let line = || place.line(header.span.start);
            if begins(&header.path, &secret) {
                return Err(is_spread(line(), "a header"));
            }
            if header.is_array && begins(&secret, &header.path) {
                return Err(Error::invalid(
                    format!("line {} makes {} an array of tables", line(), header.path.join(".")),
                    "make [context.secrets] of it, with a line for each secret",
                ));
            }
        }
        for pair in &place.outline.pairs {
            let line = || place.line(pair.value.start);
            if begins(&pair.path, &secret) && pair.path.len() > 3 && pair.depth() < 3 {
                return Err(is_spread(line(), "a dotted key"));
            }
            if begins(&SECRETS, &pair.path) && !pair.is_inline_table {
                return Err(Error::invalid(
                    format!(
                        "line {} gives {} as a value that is no table",
                        line(),
                        pair.path.join(".")
                    ),
                    "write each secret as a member of [context.secrets]",
                ));
            }
        }
        Ok(place)
    }

    /// What puts `value`, which is TOML, there.
    pub(super) fn set(&self, value: &str) -> Splice {
        match self.pair() {
            Some(pair) => Splice::new(pair.value.clone(), value.into()),
            None => self.add(value),
        }
    }

    /// Whether it is there.
    pub(super) fn is_there(&self) -> bool {
        self.pair().is_some()
    }

    /// What takes it out; `None` if it is not there.
    pub(super) fn delete(&self) -> Option<Splice> {
        let pair = self.pair()?;
        let start = pair.key.first().map_or(pair.value.start, |key| key.start);
        let cut = match (pair.within, pair.commas) {
            // The line, or the lines.
            (None, _) => self.lines(start..pair.value.end),
            (Some(_), (_, Some(comma))) => {
                let behind = &self.text[comma + 1..];
                start..comma + 1 + (behind.len() - behind.trim_start_matches([' ', '\t']).len())
            }
            // A comment between the two is about the one before: it stays, and so does its comma.
            (Some(_), (Some(comma), None)) => match self.text[comma + 1..start].trim().is_empty() {
                true => comma..pair.value.end,
                false => start..pair.value.end,
            },
            (Some(_), (None, None)) => start..pair.value.end,
        };
        Some(Splice::new(cut, String::new()))
    }

    fn pair(&self) -> Option<&Pair> {
        let secret = [SECRETS[0], SECRETS[1], self.name];
        self.outline.pairs.iter().find(|pair| pair.path == secret)
    }

    /// What adds the secret where the file has others: in the inline table, under the header, beside
    /// dotted keys; else in a table of its own at the end.
    fn add(&self, value: &str) -> Splice {
        let Outline { headers, pairs } = &self.outline;
        let key = spelling::key(self.name);
        // The last one is the innermost.
        let around = pairs.iter().rposition(|pair| begins(&SECRETS, &pair.path));
        let is_dotted =
            |pair: &&Pair| begins(&pair.path, &SECRETS) && pair.path.len() > 2 && pair.depth() < 2;
        if let Some(beside) = pairs.iter().rfind(is_dotted) {
            // As it is written there, up to the name.
            let before = &beside.key[..=2 - beside.depth()];
            let prefix = match before {
                [first, .., name] => &self.text[first.start..name.start],
                _ => "",
            };
            let pair = format!("{prefix}{key} = {value}");
            return match beside.within {
                Some(_) => Self::behind(beside, &pair),
                None => self.line_behind(beside.value.end, self.indent(before[0].start), &pair),
            };
        }
        if let Some(around) = around {
            let pair = match pairs[around].path.len() {
                1 => format!("secrets = {{ {key} = {value} }}"),
                _ => format!("{key} = {value}"),
            };
            if let Some(last) = pairs.iter().rfind(|pair| pair.within == Some(around)) {
                return Self::behind(last, &pair);
            }
            let open = pairs[around].value.start + 1;
            let is_bare = self.text[open..].starts_with('}');
            return Splice::new(open..open, format!(" {pair}{}", if is_bare { " " } else { "" }));
        }
        let pair = format!("{key} = {value}");
        if let Some(header) = headers.iter().position(|header| header.path == SECRETS) {
            let last = pairs.iter().rfind(|p| p.header == Some(header) && p.within.is_none());
            let (start, end) = match last {
                Some(last) => (last.key[0].start, last.value.end),
                None => (headers[header].span.start, headers[header].span.end),
            };
            return self.line_behind(end, self.indent(start), &pair);
        }
        let newline = self.last_newline();
        let content = self.text.trim_start_matches('\u{feff}');
        let gap = match content {
            "" => String::new(),
            _ if content.ends_with('\n') => newline.into(),
            _ => newline.repeat(2),
        };
        let end = self.text.len();
        Splice::new(end..end, format!("{gap}[context.secrets]{newline}{pair}{newline}"))
    }

    /// Behind `last` of an inline table; where a comma ends that, one ends it afterwards.
    fn behind(last: &Pair, pair: &str) -> Splice {
        match last.commas.1 {
            Some(comma) => Splice::new(comma + 1..comma + 1, format!(" {pair},")),
            None => Splice::new(last.value.end..last.value.end, format!(", {pair}")),
        }
    }

    /// On a line of its own behind the one on which `end` stands.
    fn line_behind(&self, end: usize, indent: &str, pair: &str) -> Splice {
        let (content, line) = self.line_end(end);
        let newline = match &self.text[content..line] {
            "" => self.last_newline(),
            newline => newline,
        };
        Splice::new(content..content, format!("{newline}{indent}{pair}"))
    }

    /// The white space in front of what starts at `at`.
    fn indent(&self, at: usize) -> &'t str {
        &self.text[self.line_start(at)..at]
    }

    /// The lines on which something stands. Where a file ends without a newline, it does so without its
    /// last line, too.
    fn lines(&self, of: Range<usize>) -> Range<usize> {
        let (start, end) = (self.line_start(of.start), self.line_end(of.end).1);
        let before = &self.text[..start];
        match before.strip_suffix('\n') {
            Some(before) if !self.text[..end].ends_with('\n') => {
                before.strip_suffix('\r').unwrap_or(before).len()..end
            }
            _ => start..end,
        }
    }

    /// Where the line begins on which `at` stands; the mark of byte order is no part of it.
    fn line_start(&self, at: usize) -> usize {
        let mark = self.text.len() - self.text.trim_start_matches('\u{feff}').len();
        self.text[..at].rfind('\n').map_or(mark, |newline| newline + 1)
    }

    /// Where what is on the line of `at` ends, and where the next line begins.
    fn line_end(&self, at: usize) -> (usize, usize) {
        match self.text[at..].find('\n') {
            Some(newline) => {
                let content = self.text[..at + newline].strip_suffix('\r');
                (content.map_or(at + newline, str::len), at + newline + 1)
            }
            None => (self.text.len(), self.text.len()),
        }
    }

    fn last_newline(&self) -> &'static str {
        match self.text.rfind('\n') {
            Some(at) if self.text[..at].ends_with('\r') => "\r\n",
            _ => "\n",
        }
    }

    fn line(&self, at: usize) -> usize {
        self.text[..at].matches('\n').count() + 1
    }
}

fn is_spread(line: usize, how: &str) -> Error {
    Error::invalid(
        format!("the secret is a table that {how} on line {line} gives a part of"),
        "change it in the file by hand, or write it there as one value: X = {...}",
    )
}

/// Whether `path` begins with all of `start`.
fn begins<A: AsRef<str>, B: AsRef<str>>(path: &[A], start: &[B]) -> bool {
    path.len() >= start.len() && path.iter().zip(start).all(|(a, b)| a.as_ref() == b.as_ref())
}
