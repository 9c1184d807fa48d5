//! **expand**: `$VAR`, `${VAR}`, a leading `~` and `~user`.
//!
//! Measured (Prefect 1.4.1, `interpolate_env_vars`; Python's `expandvars` and `expanduser`): a name
//! is ASCII word characters, or anything in braces; an unknown one stays; then a leading `~`.
//! Repeated until nothing changes. What still changes in the tenth round is `None`.

use crate::buffer::Buffer;

/// Rounds at most.
const ROUNDS: u8 = 10;
/// The longest text that is made: 16 MiB. A few variables that name each other could ask for more
/// than any machine has.
pub(super) const LONGEST: usize = 16 << 20;

/// Where names and homes are looked up.
pub trait Surroundings {
    /// The value of a variable.
    fn variable(&self, name: &[u8]) -> Option<&[u8]>;
    /// The home directory of `user`, or of whoever runs this process.
    fn home(&self, user: Option<&[u8]>) -> Option<Vec<u8>>;
}

/// What became of a text.
pub enum Expanded {
    /// Nothing in it was to be expanded.
    Unchanged,
    /// This, after so many rounds that changed something.
    Changed(Buffer, u8),
    /// It does not come to an end. Prefect has `None` for it.
    Endless,
}

/// Expands `text`.
pub fn expand(text: &[u8], around: &dyn Surroundings) -> Expanded {
    let mut current: Option<Buffer> = None;
    for changes in 0..ROUNDS {
        let before = current.as_ref().map_or(text, Buffer::expose);
        if !before.contains(&b'$') && before.first() != Some(&b'~') {
            return end(current, changes);
        }
        let Some(after) = round(before, around) else { return Expanded::Endless };
        if after.expose() == before {
            return end(current, changes);
        }
        current = Some(after);
    }
    Expanded::Endless
}

fn end(current: Option<Buffer>, changes: u8) -> Expanded {
    current.map_or(Expanded::Unchanged, |text| Expanded::Changed(text, changes))
}

/// One round; `None` if the text gets too long.
fn round(text: &[u8], around: &dyn Surroundings) -> Option<Buffer> {
    let variables = joined(|put| pieces(text, around, put))?;
    let expanded = variables.expose();
    if expanded.first() != Some(&b'~') {
        return Some(variables);
    }
    let end = expanded.iter().position(|byte| *byte == b'/').unwrap_or(expanded.len());
    let user = &expanded[1..end];
    let Some(home) = around.home(Some(user).filter(|user| !user.is_empty())) else {
        return Some(variables);
    };
    let slashes = home.iter().rev().take_while(|byte| **byte == b'/').count();
    let home = &home[..home.len() - slashes];
    if home.is_empty() && end == expanded.len() {
        return Some(Buffer::copy_of(b"/"));
    }
    joined(|put| {
        put(home);
        put(&expanded[end..]);
    })
}

/// Gives the text in pieces, values in the place of variables that there are.
fn pieces(text: &[u8], around: &dyn Surroundings, put: &mut dyn FnMut(&[u8])) {
    let mut done = 0;
    let mut at = 0;
    while let Some(dollar) = text[at..].iter().position(|byte| *byte == b'$') {
        let start = at + dollar;
        let rest = &text[start + 1..];
        let (name, len) = match rest.first() {
            Some(b'{') => match rest.iter().position(|byte| *byte == b'}') {
                Some(end) => (&rest[1..end], end + 1),
                None => (&rest[..0], 0),
            },
            _ => {
                let word = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
                let len = rest.iter().take_while(word).count();
                (&rest[..len], len)
            }
        };
        at = start + 1 + len;
        if let Some(value) = around.variable(name) {
            put(&text[done..start]);
            put(value);
            done = at;
        }
    }
    put(&text[done..]);
}

/// The pieces as one text; `None` if that is too long.
fn joined(pieces: impl Fn(&mut dyn FnMut(&[u8]))) -> Option<Buffer> {
    let mut len = 0_usize;
    pieces(&mut |piece| len = len.saturating_add(piece.len()));
    if len > LONGEST {
        return None;
    }
    let written = Buffer::written(|out| {
        let mut outcome = Ok(());
        pieces(&mut |piece| {
            if outcome.is_ok() {
                outcome = out.write_all(piece);
            }
        });
        outcome
    });
    written.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Around(&'static [(&'static str, &'static str)]);

    impl Surroundings for Around {
        fn variable(&self, name: &[u8]) -> Option<&[u8]> {
            let found = self.0.iter().find(|(known, _)| known.as_bytes() == name);
            found.map(|(_, value)| value.as_bytes())
        }
        fn home(&self, user: Option<&[u8]>) -> Option<Vec<u8>> {
            match user {
                None => Some(b"/home/me/".to_vec()),
                Some(b"you") => Some(b"/".to_vec()),
                Some(_) => None,
            }
        }
    }

    const VARIABLES: Around = Around(&[
        ("A", "1"),
        ("TWO", "$A$A"),
        ("dotted.name", "d"),
        ("LOOP", "x$LOOP"),
        ("EIGHTFOLD", "$EIGHTFOLD$EIGHTFOLD$EIGHTFOLD$EIGHTFOLD$EIGHTFOLD$EIGHTFOLD"),
        ("TILDE", "~"),
        ("EMPTY", ""),
    ]);

    fn expanded(text: &str) -> Option<String> {
        match expand(text.as_bytes(), &VARIABLES) {
            Expanded::Unchanged => Some(text.to_owned()),
            Expanded::Changed(text, _) => Some(String::from_utf8_lossy(text.expose()).into_owned()),
            Expanded::Endless => None,
        }
    }

    #[test]
    fn variables_and_homes_are_put_in() {
        for (text, wanted) in [
            ("", ""),
            ("plain", "plain"),
            ("$A", "1"),
            ("a${A}b", "a1b"),
            ("$TWO.$A", "11.1"),
            ("$Aé$", "1é$"),
            ("$AB ${AB} ${A", "$AB ${AB} ${A"),
            ("${dotted.name}${}", "d${}"),
            ("$EMPTY", ""),
            ("~", "/home/me"),
            ("~/x", "/home/me/x"),
            ("a~", "a~"),
            ("~you", "/"),
            ("~you/x", "/x"),
            ("~nobody/x", "~nobody/x"),
            ("$TILDE/x", "/home/me/x"),
            ("$$A", "$1"),
        ] {
            assert_eq!(expanded(text).as_deref(), Some(wanted), "{text}");
        }
    }

    #[test]
    fn what_does_not_end_is_none() {
        assert_eq!(expanded("$LOOP"), None);
        assert_eq!(expanded("$EIGHTFOLD"), None);
    }
}
