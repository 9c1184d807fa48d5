//! A talk that its caller may cancel.

use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use prefect_secrets_core::{Cancellation, Watch};
use tokio::sync::Notify;

use super::live::Task;

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

    /// Has `talk` done, unless there is a cancellation that comes first.
    pub(super) async fn or(this: Option<Self>, mut talk: Task) {
        let Some(Self { notify, _watch }) = this else { return talk.await };
        let mut cancelled = pin!(notify.notified());
        poll_fn(|context| {
            if talk.as_mut().poll(context).is_ready() {
                return Poll::Ready(());
            }
            cancelled.as_mut().poll(context)
        })
        .await;
    }
}
