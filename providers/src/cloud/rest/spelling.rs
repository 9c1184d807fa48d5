//! The names that Prefect 3 allows.

use std::borrow::Cow;

use prefect_secrets_core::Error;

/// How a name is spelled on a server of Prefect 3, which allows lower-case letters of ASCII, digits
/// and dashes only (3.8.8, measured).
#[derive(Debug, PartialEq)]
pub(super) enum Spelling<'n> {
    /// It is allowed.
    AsItIs(&'n str),
    /// It is not, but this is: in lower case, with dashes for `_` and `.`.
    Mapped(String),
    /// No such name can exist there, for this reason.
    Impossible(&'static str),
}

impl<'n> Spelling<'n> {
    /// `mapping` says whether names may be changed.
    pub(super) fn of(name: &'n str, mapping: bool) -> Self {
        // The server's pattern allows the empty name, but no address asks for it.
        if name.is_empty() {
            return Self::Impossible("Prefect 3 cannot be asked for the empty name");
        }
        if is_allowed(name) {
            return Self::AsItIs(name);
        }
        if !mapping {
            return Self::Impossible(
                "Prefect 3 allows a to z, 0 to 9 and dashes only, and map_names is false",
            );
        }
        // Lower case of ASCII: other letters have no place there, and must not turn into some.
        let mapped = name.to_ascii_lowercase().replace(['_', '.'], "-");
        match is_allowed(&mapped) {
            true => Self::Mapped(mapped),
            false => Self::Impossible("Prefect 3 allows a to z, 0 to 9 and dashes only"),
        }
    }

    /// The name to ask for, if there is one.
    pub(super) fn spelled(self) -> Option<String> {
        match self {
            Self::AsItIs(name) => Some(name.into()),
            Self::Mapped(name) => Some(name),
            Self::Impossible(_) => None,
        }
    }

    /// The name to write under.
    pub(super) fn required(self) -> Result<String, Error> {
        match self {
            Self::Impossible(why) => Err(Error::invalid(Cow::Borrowed(why), "choose another name")),
            other => Ok(other.spelled().expect("every other spelling is one")),
        }
    }
}

fn is_allowed(name: &str) -> bool {
    name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_mapped_or_impossible() {
        assert_eq!(Spelling::of("db-password-2", true), Spelling::AsItIs("db-password-2"));
        for (name, mapped) in
            [("AWS_CREDENTIALS", "aws-credentials"), ("a.b_c", "a-b-c"), ("_x", "-x"), ("X", "x")]
        {
            assert_eq!(Spelling::of(name, true), Spelling::Mapped(mapped.into()));
            assert!(matches!(Spelling::of(name, false), Spelling::Impossible(_)), "{name}");
        }
        // The Kelvin sign is a k in lower case; it is not one here.
        for name in ["", "a b", "a/b", "päss", "\u{212a}ey", "a\n", "%61"] {
            assert!(matches!(Spelling::of(name, true), Spelling::Impossible(_)), "{name}");
        }
    }
}
