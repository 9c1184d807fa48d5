//! What sends requests.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use prefect_secrets_core::abi::raised_privileges;
use prefect_secrets_core::{Deadline, Error, Kind};
use reqwest::redirect::{Attempt, Policy};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

use super::address::Address;
use super::live::Live;
use super::retry::Patience;
use super::wire::{Call, Reply};

/// As many as Prefect's own client follows (1.4.1, measured).
const MOST_REDIRECTS: usize = 30;
/// Servers of Prefect close a connection that was idle for 5 seconds (measured).
const IDLE: std::time::Duration = std::time::Duration::from_secs(4);

/// Sends requests to one place. Until the first one there is no thread, no runtime and no
/// descriptor.
pub(super) struct Client {
    secure: bool,
    loopback: bool,
    patience: Arc<Patience>,
    live: ArcSwapOption<Live>,
}

impl Client {
    pub(super) fn new(address: &Address, patience: Patience) -> Self {
        Self {
            secure: address.is_https(),
            loopback: address.is_loopback(),
            patience: Arc::new(patience),
            live: ArcSwapOption::empty(),
        }
    }

    /// Host and port of the place, for messages.
    pub(super) fn host(&self) -> &str {
        &self.patience.host
    }

    /// Sends `call`, again where that may help, until the deadline. Every reply that came is
    /// returned, whatever its status.
    pub(super) fn send(&self, call: Call, deadline: &Deadline) -> Result<Reply, Error> {
        if deadline.should_stop() {
            return Err(
                deadline.passed(&format!("Prefect Cloud at {} was to be asked", self.host()))
            );
        }
        let live = self.live()?;
        let http = live.http().clone();
        let patience = Arc::clone(&self.patience);
        let deadline = deadline.clone();
        live.run(async move { patience.send(&http, call, &deadline).await })?
    }

    /// What is alive in this process. Takes no lock: the thread that held it may be gone after a
    /// fork.
    fn live(&self) -> Result<Arc<Live>, Error> {
        let mut current = self.live.load_full();
        loop {
            if let Some(live) = current.as_ref().filter(|live| live.is_ours()) {
                return Ok(Arc::clone(live));
            }
            let made = Some(Arc::new(Live::start(self.connections()?)?));
            let previous = self.live.compare_and_swap(&current, made.clone());
            let previous = arc_swap::Guard::into_inner(previous);
            let was = |live: &Option<Arc<Live>>| live.as_ref().map(Arc::as_ptr);
            current = if was(&previous) == was(&current) { made } else { previous };
        }
    }

    fn connections(&self) -> Result<reqwest::Client, Error> {
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls(self.secure)?)
            .redirect(Policy::custom(same_place_only))
            .referer(false)
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

/// With the authorities that this machine trusts, or those in `SSL_CERT_FILE`; without any where
/// no TLS is spoken, because loading them takes milliseconds.
pub(super) fn tls(secure: bool) -> Result<ClientConfig, Error> {
    let mut roots = RootCertStore::empty();
    if secure {
        let loaded = if raised_privileges() {
            let folder = std::path::Path::new("/etc/ssl/certs");
            rustls_native_certs::load_certs_from_paths(None, Some(folder))
        } else {
            rustls_native_certs::load_native_certs()
        };
        roots.add_parsable_certificates(loaded.certs);
        if roots.is_empty() {
            return Err(Error::new(
                Kind::Unavailable,
                "no certificate authority was found on this machine",
                "install ca-certificates, or name a file of them in SSL_CERT_FILE",
            ));
        }
    }
    let versions = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions();
    let versions = versions.map_err(|error| {
        Error::new(Kind::Internal, format!("TLS cannot be set up: {error}"), "report this")
    })?;
    Ok(versions.with_root_certificates(roots).with_no_client_auth())
}
