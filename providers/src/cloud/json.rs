//! JSON out of a reply, without copies of what is in it.

use std::borrow::Cow;
use std::fmt;

use prefect_secrets_core::Buffer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A text that stays where it stands, unless it is written with escapes: by itself serde copies each one
/// that it reads into a `Cow`.
#[derive(serde::Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The text in `json`; `None` if it is none.
pub(super) fn text(json: &str) -> Option<Cow<'_, str>> {
    serde_json::from_str::<Text<'_>>(json).ok().map(|text| text.0)
}

/// The members of an object as they were written. Of two with one name the later one counts, as in
/// Python (measured).
pub(super) struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Members<'a> {
    /// `None` if `json` is not an object.
    pub(super) fn read(json: &'a str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// Every member, in the order of writing.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.0.iter().map(|(name, value)| (&**name, value.get()))
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        let mut members = self.0.iter().rev();
        members.find(|(found, _)| found == name).map(|(_, value)| value.get())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Vec<(Cow<'de, str>, &'de RawValue)>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((Text(name), value)) = map.next_entry()? {
                    members.push((name, value));
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Read).map(Self)
    }
}

/// The items of an array as they were written; `None` if `json` is not one.
pub(super) fn items(json: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str(json).ok()
}

/// The text of a JSON string; `None` if `json` is not one, or is no Unicode text: half of a pair
/// of surrogates, say.
///
/// serde_json would decode into memory of its own that nobody wipes.
pub(super) fn unquote(json: &str) -> Option<Buffer> {
    let quoted = json.strip_prefix('"')?.strip_suffix('"')?;
    let mut text = Buffer::zeroed(quoted.len());
    let mut len = 0;
    let mut put = |bytes: &[u8]| {
        text.expose_mut()[len..len + bytes.len()].copy_from_slice(bytes);
        len += bytes.len();
    };
    let mut rest = quoted;
    while let Some(at) = rest.find('\\') {
        put(&rest.as_bytes()[..at]);
        let (c, used) = escape(&rest[at + 1..])?;
        put(c.encode_utf8(&mut [0; 4]).as_bytes());
        rest = &rest[at + 1 + used..];
    }
    put(rest.as_bytes());
    text.truncate(len);
    Some(text)
}

/// The character that an escape stands for, and how long the escape is behind its backslash.
fn escape(text: &str) -> Option<(char, usize)> {
    let plain = match text.as_bytes().first()? {
        b'u' => {
            let unit = |at: usize| u16::from_str_radix(text.get(at..at + 4)?, 16).ok();
            let first = unit(1)?;
            if let Some(Ok(c)) = char::decode_utf16([first]).next() {
                return Some((c, 5));
            }
            text.get(5..7).filter(|next| *next == "\\u")?;
            let c = char::decode_utf16([first, unit(7)?]).next()?.ok()?;
            return Some((c, 11));
        }
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        same @ (b'"' | b'\\' | b'/') => char::from(*same),
        _ => return None,
    };
    Some((plain, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_member_counts() {
        let members = Members::read(r#" {"a": 1, "b" : [ 2 ], "a": "3"} "#).unwrap();
        assert_eq!(members.get("a"), Some("\"3\""));
        assert_eq!(members.get("b"), Some("[ 2 ]"));
        assert_eq!(members.get("c"), None);
        assert!(Members::read("[]").is_none() && Members::read("{} x").is_none());
    }

    #[test]
    fn strings_decode_as_serde_json_decodes_them() {
        for json in [
            r#""""#,
            r#""plain p\u00e4ss ☃""#,
            r#""\"\\\/\b\f\n\r\t\u0000""#,
            r#""\ud83d\ude00x\uD83D\uDE00""#,
            r#""a\u005cb\\u0041""#,
        ] {
            let wanted: String = serde_json::from_str(json).unwrap();
            assert_eq!(unquote(json).unwrap().expose(), wanted.as_bytes(), "{json}");
        }
        for json in ["42", r#""\ud83d""#, r#""\ud83dxx""#, r#""\ude00""#, r#""\ud83d\u0041""#] {
            assert!(unquote(json).is_none(), "{json}");
        }
    }

    #[test]
    fn depth_is_no_danger() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(Members::read(&deep).unwrap().get("a").unwrap().len(), 200_000);
    }
}
