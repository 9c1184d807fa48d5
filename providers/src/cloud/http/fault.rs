//! Why there is no reply.

use std::error::Error as _;
use std::io;

use prefect_secrets_core::{Error, Kind};

use super::peer::Peer;

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

    /// The failure of a call to `peer`.
    pub(super) fn into_error(self, peer: &Peer) -> Error {
        let Peer { called, address, timeout, authorities } = peer;
        let unavailable = |what: String, next: String| {
            Error::new(Kind::Unavailable, format!("{called} {what}"), next)
        };
        match self {
            Self::Unreachable(reason) => unavailable(
                format!("cannot be reached{}", reason.map_or(String::new(), |r| format!(": {r}"))),
                format!("check {address}, the network and the proxy settings, or try later"),
            ),
            Self::Broken => unavailable(
                "broke the connection before its answer was whole, or does not speak HTTP".into(),
                format!("try later; if it stays so, check {address} and what is in front of it"),
            ),
            Self::Slow => unavailable(
                format!("did not answer in the time for one request ({timeout})"),
                "try later, or allow more time".into(),
            ),
            Self::Untrusted(reason) => unavailable(
                format!("is not trusted: {reason}"),
                format!("install the certificate of its authority, or name it in {authorities}"),
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
