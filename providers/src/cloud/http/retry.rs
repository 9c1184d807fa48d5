//! Trying again, under the caller's deadline.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use prefect_secrets_core::{Deadline, Error, Kind};
use reqwest::Client;
use reqwest::header::HeaderValue;

use super::fault::Fault;
use super::peer::Peer;
use super::wire::{Call, Reply, exchange};

/// What it takes to try again.
pub(in crate::cloud) struct Patience {
    /// Who is asked.
    pub(in crate::cloud) peer: Peer,
    /// How long one request may take.
    pub(in crate::cloud) request_timeout: Duration,
    /// How long to wait before each further try.
    pub(in crate::cloud) waits: Vec<Duration>,
    /// How its dialect goes about it.
    pub(in crate::cloud) persistence: Persistence,
    /// Whether the other side was reached before.
    reached: AtomicBool,
}

/// What differs from dialect to dialect.
pub(in crate::cloud) struct Persistence {
    /// Whether another try may bring a better reply.
    pub(in crate::cloud) passes: fn(&Reply) -> bool,
    /// Whether a place that was never reached is tried again.
    pub(in crate::cloud) unknown_places: bool,
    /// Whether a pause of unreadable length is a failure. If not, it has the scheduled length.
    pub(in crate::cloud) exact_pauses: bool,
    /// Which part of a wait is left to chance, so that many clients do not come back at once.
    pub(in crate::cloud) jitter: f64,
}

impl Patience {
    pub(in crate::cloud) fn new(
        peer: Peer,
        request_timeout: Duration,
        waits: Vec<Duration>,
        persistence: Persistence,
    ) -> Self {
        Self { peer, request_timeout, waits, persistence, reached: AtomicBool::new(false) }
    }

    /// Sends `call` until there is a reply that stays, or the waits are used up, or the next wait
    /// would pass the deadline: then the last reply or failure is returned at once.
    pub(super) async fn send(
        &self,
        http: &Client,
        call: Call,
        deadline: &Deadline,
    ) -> Result<Reply, Error> {
        let mut waits = self.waits.iter();
        loop {
            let (outcome, asked) = match self.attempt(http, call.clone(), deadline).await? {
                Ok(reply) if !(self.persistence.passes)(&reply) => return Ok(reply),
                Ok(reply) => {
                    let asked = reply.retry_after().map(|value| self.asked(value));
                    (Ok(reply), asked.transpose()?.flatten())
                }
                Err(error) => (Err(error), None),
            };
            let Some(&scheduled) = waits.next() else { return outcome };
            let wait = match asked {
                // As long as it was asked for, at the least.
                Some(asked) => self.spread(asked, 0.0..1.0),
                None => self.spread(scheduled, -1.0..1.0),
            };
            if wait >= deadline.remaining() {
                return outcome;
            }
            let status = outcome.as_ref().map_or(0, |reply| reply.status.as_u16());
            let wait_ms = wait.as_millis() as u64;
            tracing::debug!(peer = self.peer.called, status, wait_ms, "to be tried again");
            drop(outcome);
            tokio::time::sleep(wait).await;
        }
    }

    /// One try. The outer failure is final; the inner one may pass.
    async fn attempt(
        &self,
        http: &Client,
        call: Call,
        deadline: &Deadline,
    ) -> Result<Result<Reply, Error>, Error> {
        let limit = self.request_timeout.min(deadline.remaining());
        let fault = match tokio::time::timeout(limit, exchange(http, call)).await {
            Ok(Ok(reply)) => {
                self.reached.store(true, Ordering::Relaxed);
                return Ok(Ok(reply));
            }
            Ok(Err(fault)) => fault,
            Err(_) if deadline.should_stop() => {
                return Err(deadline.passed(&format!("{} was asked", self.peer.called)));
            }
            Err(_) => Fault::Slow,
        };
        let known = self.persistence.unknown_places || self.reached.load(Ordering::Relaxed);
        let passes = fault.passes() && (known || !matches!(fault, Fault::Unreachable(_)));
        let error = fault.into_error(&self.peer);
        if passes { Ok(Err(error)) } else { Err(error) }
    }

    /// The wait that the other side asks for; `None` if nobody can read it.
    fn asked(&self, value: &HeaderValue) -> Result<Option<Duration>, Error> {
        let asked = retry_after(value, SystemTime::now());
        if asked.is_none() && self.persistence.exact_pauses {
            return Err(Error::new(
                Kind::Unavailable,
                format!("{} asks for a pause of unreadable length", self.peer.called),
                "try later",
            ));
        }
        Ok(asked)
    }

    /// `wait`, longer or shorter by some part of the jitter, drawn from `range`.
    fn spread(&self, wait: Duration, range: Range<f64>) -> Duration {
        if self.persistence.jitter == 0.0 {
            return wait;
        }
        let drawn = range.start + chance() * (range.end - range.start);
        let factor = (1.0 + self.persistence.jitter * drawn).max(0.0);
        Duration::try_from_secs_f64(wait.as_secs_f64() * factor).unwrap_or(wait)
    }
}

/// A number from 0 to 1, well enough mixed to keep clients apart.
fn chance() -> f64 {
    // A hasher of the standard library starts from a seed of its own.
    let random = RandomState::new().build_hasher().finish();
    random as f64 / u64::MAX as f64
}

/// The wait that a `Retry-After` asks for: seconds, or a date (RFC 9110, 10.2.3).
fn retry_after(value: &HeaderValue, now: SystemTime) -> Option<Duration> {
    let text = value.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are longer than anybody waits.
        return Some(text.parse().map_or(Duration::MAX, Duration::from_secs));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(now).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        let read = |text: &str| retry_after(&HeaderValue::from_str(text).unwrap(), now);
        assert_eq!(read("7"), Some(Duration::from_secs(7)));
        assert_eq!(read(" 0 "), Some(Duration::ZERO));
        assert_eq!(read("99999999999999999999999"), Some(Duration::MAX));
        assert_eq!(read("Sun, 09 Sep 2001 01:46:45 GMT"), Some(Duration::from_secs(5)));
        assert_eq!(read("Sun, 09 Sep 2001 01:46:35 GMT"), Some(Duration::ZERO));
        for text in ["", "soon", "-1", "1.5"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
