//! What comes from their plugin, on its way to their crate.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};
use zeroize::Zeroize;

/// What is known of it without reading it.
#[derive(Default)]
pub(crate) struct Heard {
    bytes: AtomicU64,
    closed: AtomicBool,
}

impl Heard {
    /// How many bytes have come.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Whether the plugin has closed its output.
    pub(crate) fn closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }
}

/// The plugin's output. Their crate reads it into one buffer for the life of the session, and asks
/// for more when it has used up what was in it: the values in there are wiped then.
pub(crate) struct Output<R>(pub(crate) R, pub(crate) Arc<Heard>);

impl<R: AsyncRead + Unpin> AsyncRead for Output<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        buffer.initialize_unfilled().zeroize();
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.0).poll_read(context, buffer))?;
        match buffer.filled().len() - before {
            0 => self.1.closed.store(true, Ordering::Relaxed),
            read => drop(self.1.bytes.fetch_add(read as u64, Ordering::Relaxed)),
        }
        Poll::Ready(Ok(()))
    }
}
