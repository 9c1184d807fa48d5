//! A talk that its caller may cancel.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use prefect_secrets_core::{Cancellation, Watch};
use tokio::sync::Notify;

/// The cancellation of a call, as something to await.
pub(super) struct Cancelled {
    notify: Arc<Notify>,
    _watch: Watch,
}

impl Cancelled {
    pub(super) fn watched(cancellation: &Cancellation) -> Self {
        let notify = Arc::new(Notify::new());
        let theirs = Arc::clone(&notify);
        Self { notify, _watch: cancellation.watch(move || theirs.notify_one()) }
    }

    /// What `talk` comes to; `None` if it is cancelled first.
    pub(super) async fn or<T>(self, talk: impl Future<Output = T>) -> Option<T> {
        let (mut talk, mut cancelled) = (pin!(talk), pin!(self.notify.notified()));
        poll_fn(|context| {
            if let Poll::Ready(outcome) = talk.as_mut().poll(context) {
                return Poll::Ready(Some(outcome));
            }
            cancelled.as_mut().poll(context).map(|()| None)
        })
        .await
    }
}
