//! The chain as it is configured, and the time that asking it may take.

use prefect_secrets_core::{Chain, Deadline, Error, Link};
use prefect_secrets_providers::{Env, Opener, Toml};

use crate::arguments::Within;
use crate::progress::Progress;

impl Within {
    /// Opens the chain. The time runs from here on.
    pub(crate) fn open(&self) -> Result<(Chain, Deadline), Error> {
        let deadline = Deadline::within(self.timeout);
        Ok((Opener::new().open()?, deadline))
    }
}

/// Does what may take a while; a person is told after a second what that is, and for which name. Where
/// no link of the chain waits for anybody no thread is started for that.
pub(crate) fn waiting<T>(chain: &Chain, what: &str, name: &str, task: impl FnOnce() -> T) -> T {
    let mut waiting: Vec<&str> = Vec::new();
    waiting.extend(chain.links().iter().filter(|link| waits(link)).map(|l| l.provider().name()));
    if waiting.is_empty() {
        return task();
    }
    let progress = Progress::begin();
    progress.tell(|| {
        let name = if name.is_empty() { String::new() } else { format!(" {name:?}") };
        format!("{what}{name}: waiting for {}", waiting.join(", "))
    });
    task()
}

/// Whether a link may have to be waited for.
fn waits(link: &Link) -> bool {
    let provider = link.provider();
    ![Env::NAME, Toml::NAME].contains(&provider.name()) && provider.skipped().is_none()
}
