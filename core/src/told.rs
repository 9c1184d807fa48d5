//! Who answered a name, and how, as a trace event. Never what.

use crate::provider::Provider;

/// Traces who answered a name, and how; nobody if all links are without it.
#[inline]
pub(crate) fn tell(name: &str, provider: &str, outcome: &str) {
    #[cold]
    fn told(name: &str, provider: &str, outcome: &str) {
        tracing::trace!(name, provider, outcome, "asked");
    }
    if tracing::level_enabled!(tracing::Level::TRACE) {
        told(name, provider, outcome);
    }
}

/// Traces that `provider` has `name`.
#[inline]
pub(crate) fn tell_found(name: &[u8], provider: &dyn Provider) {
    #[cold]
    fn told(name: &[u8], provider: &dyn Provider) {
        tell(&String::from_utf8_lossy(name), provider.name(), "found");
    }
    if tracing::level_enabled!(tracing::Level::TRACE) {
        told(name, provider);
    }
}
