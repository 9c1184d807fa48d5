//! What failed.

use prefect_secrets_core::Error;
use serde::Serialize;

/// A failure that was met, and how often.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Failure {
    pub(crate) provider: Option<String>,
    pub(crate) kind: &'static str,
    pub(crate) what: String,
    pub(crate) next_step: String,
    pub(crate) calls: u64,
}

/// All that were met, in their order.
#[derive(Default)]
pub(crate) struct Failures(Vec<Failure>);

impl Failures {
    pub(crate) fn add(&mut self, error: &Error) {
        let kind = error.kind().as_str();
        let known = self.0.iter_mut().find(|failure| {
            failure.provider.as_deref() == error.provider()
                && failure.kind == kind
                && failure.what == error.what()
        });
        match known {
            Some(failure) => failure.calls += 1,
            None => self.0.push(Failure {
                provider: error.provider().map(Into::into),
                kind,
                what: error.what().into(),
                next_step: error.next_step().into(),
                calls: 1,
            }),
        }
    }

    pub(crate) fn into_vec(self) -> Vec<Failure> {
        self.0
    }
}
