//! What sends requests.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prefect_secrets_core::abi::raised_privileges;
use prefect_secrets_core::{Deadline, Error, Kind};
use reqwest::redirect::{Attempt, Policy};

use super::cancelled::Cancelled;
use super::live::{Live, Task};
use super::names::System;
use super::peer::Peer;
use super::retry::Patience;
use super::tls::Trust;
use super::wire::{Call, Reply};
use crate::cloud::address::Address;
use crate::own::PerProcess;

/// As many as Prefect's own client follows (1.4.1, measured).
const MOST_REDIRECTS: usize = 30;
/// Servers of Prefect close a connection that was idle for 5 seconds (measured).
const IDLE: Duration = Duration::from_secs(4);

/// Sends requests to one place. Until the first one there is no thread, no runtime and no
/// descriptor.
pub(in crate::cloud) struct Client {
    secure: bool,
    loopback: bool,
    trust: Trust,
    patience: Arc<Patience>,
    live: PerProcess<Live>,
}

impl Client {
    pub(in crate::cloud) fn new(address: &Address, trust: Trust, patience: Patience) -> Self {
        Self {
            secure: address.is_https(),
            loopback: address.is_loopback(),
            trust,
            patience: Arc::new(patience),
            live: PerProcess::empty(),
        }
    }

    /// The other side.
    pub(in crate::cloud) fn peer(&self) -> &Peer {
        &self.patience.peer
    }

    /// Sends `call`, again where that may help, until the deadline. Every reply that came is
    /// returned, whatever its status.
    pub(in crate::cloud) fn send(&self, call: Call, deadline: &Deadline) -> Result<Reply, Error> {
        let until = deadline.clone();
        self.run(deadline, |line| async move { line.send(call, &until).await })
    }

    /// Runs `talk`, which may send many requests, to its end. It keeps the deadline itself.
    pub(in crate::cloud) fn run<T, F>(
        &self,
        deadline: &Deadline,
        talk: impl FnOnce(Line) -> F,
    ) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        if deadline.should_stop() {
            return Err(deadline.passed(&format!("{} was to be asked", self.peer().called)));
        }
        let live = self.live.get(|| Live::start(self.connections()?))?;
        let talk = talk(Line { http: live.http().clone(), patience: Arc::clone(&self.patience) });
        let place = Arc::new(Mutex::new(None));
        let theirs = Arc::clone(&place);
        let talk = Box::pin(async move {
            let outcome = talk.await;
            *theirs.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
        });
        self.drive(&live, deadline, talk)?;
        let outcome = place.lock().unwrap_or_else(PoisonError::into_inner).take();
        outcome.unwrap_or_else(|| Err(self.unfinished(deadline)))
    }

    /// Runs `talk` to its end, or until `deadline` is cancelled.
    fn drive(&self, live: &Live, deadline: &Deadline, talk: Task) -> Result<(), Error> {
        let cancelled = deadline.cancellation().map(Cancelled::watched);
        live.run(Box::pin(async move {
            look_after_connections().await;
            Cancelled::or(cancelled, talk).await;
        }))
    }

    /// Why there is no outcome.
    fn unfinished(&self, deadline: &Deadline) -> Error {
        if deadline.should_stop() {
            return deadline.passed(&format!("{} was asked", self.peer().called));
        }
        Error::new(Kind::Internal, "the request ended without an outcome", "report this")
    }

    fn connections(&self) -> Result<reqwest::Client, Error> {
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(self.trust.client(self.secure)?)
            .redirect(Policy::custom(same_place_only))
            .referer(false)
            .dns_resolver(Arc::new(System))
            .retry(reqwest::retry::never())
            .pool_idle_timeout(IDLE);
        // In a set-uid program the caller chose the environment, and may not choose the proxy.
        if self.loopback || raised_privileges() {
            builder = builder.no_proxy();
        }
        builder.build().map_err(|error| {
            // The text of this one is about the proxy's address, which may hold a password.
            let _ = error;
            Error::invalid(
                "the HTTP client cannot be set up",
                "check HTTP_PROXY, HTTPS_PROXY and ALL_PROXY",
            )
        })
    }
}

/// A way to the other side, while a call lasts.
#[derive(Clone)]
pub(in crate::cloud) struct Line {
    http: reqwest::Client,
    patience: Arc<Patience>,
}

impl Line {
    /// Sends `call`, again where that may help, until the deadline. A reply that is too large is
    /// a failure.
    pub(in crate::cloud) async fn send(
        &self,
        call: Call,
        deadline: &Deadline,
    ) -> Result<Reply, Error> {
        let reply = self.send_for_any_size(call, deadline).await?;
        if reply.too_large { Err(self.too_large()) } else { Ok(reply) }
    }

    /// The same for a caller that can do something about a reply that is [`Reply::too_large`].
    pub(in crate::cloud) async fn send_for_any_size(
        &self,
        call: Call,
        deadline: &Deadline,
    ) -> Result<Reply, Error> {
        self.patience.send(&self.http, call, deadline).await
    }

    /// The failure of a reply that is too large.
    pub(in crate::cloud) fn too_large(&self) -> Error {
        let Peer { called, address, .. } = self.peer();
        Error::invalid(
            format!("{called} sent more than 16 MiB"),
            format!(
                "check that {address} is the address of its API; keep a value that large elsewhere"
            ),
        )
    }

    /// The other side.
    pub(in crate::cloud) fn peer(&self) -> &Peer {
        &self.patience.peer
    }
}

/// Nobody drove the runtime since the last call: it hears which connections the other side has closed
/// meanwhile. If the request is handed to one of those, its task looks at that first, and hands the
/// request back unsent, for another connection.
async fn look_after_connections() {
    tokio::task::yield_now().await;
}

/// Follows on the same scheme, host and port only, so that the key goes nowhere else. A redirect
/// that is not followed is returned as the reply.
fn same_place_only(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let here = attempt.previous().first().map(reqwest::Url::origin);
    let stays = here == Some(attempt.url().origin());
    if stays && attempt.previous().len() <= MOST_REDIRECTS {
        attempt.follow()
    } else {
        attempt.stop()
    }
}
