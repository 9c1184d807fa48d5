//! Why there is no reply.

use std::error::Error as _;
use std::io;

use prefect_secrets_core::{Error, Kind};

/// Why there is no reply.
#[derive(Debug)]
pub(super) enum Fault {
    /// No connection, for this reason of the operating system's.
    Unreachable(Option<String>),
    /// The connection broke, or what came was not HTTP.
    Broken,
    /// No reply in the time for one request.
    Slow,
    /// The other side's certificate is not trusted, for this reason.
    Untrusted(String),
    /// The body is over [`super::wire::LARGEST`].
    TooLarge,
}

impl Fault {
    /// What `error` comes down to. Its own text is not used: it holds the whole address.
    pub(super) fn of(error: &reqwest::Error) -> Self {
        let mut reason = None;
        let mut source = error.source();
        while let Some(cause) = source {
            if let Some(cause) = cause.downcast_ref::<io::Error>() {
                if let Some(tls) = untrusted(cause) {
                    return Self::Untrusted(tls.to_string());
                }
                reason = Some(cause.to_string());
            }
            source = cause.source();
        }
        if error.is_connect() { Self::Unreachable(reason) } else { Self::Broken }
    }

    /// Whether another try may do better.
    pub(super) fn passes(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Broken | Self::Slow)
    }

    /// The failure of a call to `host`.
    pub(super) fn into_error(self, host: &str) -> Error {
        let unavailable = |what: String, next: &'static str| {
            Error::new(Kind::Unavailable, format!("Prefect Cloud at {host} {what}"), next)
        };
        match self {
            Self::Unreachable(reason) => unavailable(
                format!("cannot be reached{}", reason.map_or(String::new(), |r| format!(": {r}"))),
                "check cloud.api, the network and the proxy settings, or try later",
            ),
            Self::Broken => unavailable(
                "broke the connection before its answer was whole, or does not speak HTTP".into(),
                "try later; if it stays so, check cloud.api and what is in front of the Cloud",
            ),
            Self::Slow => unavailable(
                "did not answer in the time for one request (cloud.request_timeout)".into(),
                "try later, or allow more time",
            ),
            Self::Untrusted(reason) => unavailable(
                format!("is not trusted: {reason}"),
                "install the certificate of its authority, or name it in SSL_CERT_FILE",
            ),
            Self::TooLarge => Error::invalid(
                format!("Prefect Cloud at {host} sent more than 16 MiB"),
                "check that cloud.api is the address of its API; keep a value that large elsewhere",
            ),
        }
    }
}

/// The refusal of a certificate, however often it was wrapped. The source of such a wrapper is
/// not what it wraps, but that one's source.
fn untrusted(error: &io::Error) -> Option<&rustls::Error> {
    let inner = error.get_ref()?;
    match inner.downcast_ref() {
        Some(tls @ rustls::Error::InvalidCertificate(_)) => Some(tls),
        Some(_) => None,
        None => untrusted(inner.downcast_ref()?),
    }
}
