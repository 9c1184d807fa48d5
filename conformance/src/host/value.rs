//! Values on their way through the kit.

use prefect_secrets_core::Buffer;
use prefect_secrets_core::abi::{FORM_JSON, FORM_TEXT, FORM_TEXT_WITH_JSON};

/// A value as a plugin gave it, or as it is given to one. Wiped when it is dropped; it never prints.
pub(crate) struct Given {
    pub(crate) form: u32,
    pub(crate) text: Buffer,
    /// Empty but for text with its JSON view.
    pub(crate) json: Buffer,
    /// It says when it ends, or which one in a row it is: the next one may be another.
    pub(crate) dated: bool,
}

impl Given {
    pub(crate) fn text(text: &[u8]) -> Self {
        let (text, json) = (Buffer::copy_of(text), Buffer::zeroed(0));
        Self { form: FORM_TEXT, text, json, dated: false }
    }

    pub(crate) fn json(json: &[u8]) -> Self {
        Self { form: FORM_JSON, ..Self::text(json) }
    }

    pub(crate) fn text_with_json(text: &[u8], json: &[u8]) -> Self {
        Self { form: FORM_TEXT_WITH_JSON, json: Buffer::copy_of(json), ..Self::text(text) }
    }

    /// Whether both are the same to a host: the text, and the JSON view, which JSON text has of itself.
    pub(crate) fn same(&self, other: &Self) -> bool {
        let same_text = self.text.expose() == other.text.expose();
        let same = |a: Option<Buffer>, b: Option<Buffer>| match (a, b) {
            (Some(a), Some(b)) => a.expose() == b.expose(),
            (None, None) => true,
            _ => false,
        };
        // The space between its tokens is no part of a JSON document.
        let is_json = self.form == FORM_JSON || other.form == FORM_JSON;
        let same_text = same_text || is_json && same(compact(&self.text), compact(&other.text));
        same_text && same(self.json_view(), other.json_view())
    }

    /// `None` if the text is not JSON, and the view a JSON string of it.
    fn json_view(&self) -> Option<Buffer> {
        compact(if self.form == FORM_TEXT_WITH_JSON { &self.json } else { &self.text })
    }
}

/// A JSON document without the space between its tokens; `None` if it is none.
fn compact(buffer: &Buffer) -> Option<Buffer> {
    let text = std::str::from_utf8(buffer.expose()).ok()?;
    serde_json::from_str::<serde::de::IgnoredAny>(text).ok()?;
    Some(prefect_secrets_core::value::read(text))
}
