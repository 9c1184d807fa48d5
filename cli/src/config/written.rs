//! What was written, before anything in it was put in the place of something else.

use std::collections::HashMap;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use prefect_secrets_providers::local::{self, Document, Origin};

/// The files of the configuration, as they were written.
#[derive(Default)]
pub(super) struct Written(HashMap<Box<Path>, Option<Document>>);

impl Written {
    /// Whether the setting at `path`, set at `origin`, says what it was written as. If not it may hold a secret,
    /// whatever it is called: a reference like `${context.secrets.X}` puts one there, `$X` a variable.
    pub(super) fn is_plain(&mut self, path: &[&str], origin: &Origin) -> bool {
        // A backslash may hide the dollar from us, and not from whoever reads the text as Python does.
        let plain = |text: &[u8]| {
            let text = within_home(text);
            !text.contains(&b'$') && !text.contains(&b'\\')
        };
        match origin {
            Origin::Variable(name) => {
                std::env::var_os(&**name).is_some_and(|said| plain(said.as_bytes()))
            }
            Origin::File(file) => {
                let document = self.document(file);
                document
                    .and_then(|document| document.text(path))
                    .is_some_and(|(text, _)| plain(text))
            }
            Origin::Default => true,
        }
    }

    /// What `file` says.
    pub(super) fn document(&mut self, file: &Path) -> Option<&Document> {
        let read = || local::read(file).ok().flatten();
        self.0.entry(file.into()).or_insert_with(read).as_ref()
    }
}

/// What stands behind `$HOME/`: that variable is known to be no secret.
fn within_home(text: &[u8]) -> &[u8] {
    let rest = text.strip_prefix(b"$HOME").filter(|rest| rest.first().is_none_or(|c| *c == b'/'));
    rest.unwrap_or(text)
}
