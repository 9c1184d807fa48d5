//! Trying again, under the caller's deadline.

use std::time::{Duration, SystemTime};

use prefect_secrets_core::{Deadline, Error, Kind};
use reqwest::Client;
use reqwest::header::HeaderValue;

use super::wire::{Call, Reply, exchange};

/// What it takes to try again.
pub(super) struct Patience {
    /// Host and port, for messages.
    pub(super) host: String,
    /// How long one request may take.
    pub(super) request_timeout: Duration,
    /// How long to wait before each further try.
    pub(super) waits: Vec<Duration>,
    /// Whether another try may bring a better reply. It decides for its dialect.
    pub(super) passes: fn(&Reply) -> bool,
}

impl Patience {
    /// Sends `call` until there is a reply that stays, or the waits are used up, or the next wait
    /// would pass the deadline: then the last reply or failure is returned at once.
    pub(super) async fn send(
        &self,
        http: &Client,
        call: Call,
        deadline: &Deadline,
    ) -> Result<Reply, Error> {
        look_after_connections().await;
        let mut waits = self.waits.iter();
        loop {
            let (outcome, asked) = match self.attempt(http, call.clone(), deadline).await? {
                Ok(reply) if !(self.passes)(&reply) => return Ok(reply),
                Ok(reply) => {
                    let asked = reply.retry_after().map(|value| self.asked(value)).transpose()?;
                    (Ok(reply), asked)
                }
                Err(error) => (Err(error), None),
            };
            let Some(&scheduled) = waits.next() else { return outcome };
            let wait = asked.unwrap_or(scheduled);
            if wait >= deadline.remaining() {
                return outcome;
            }
            let status = outcome.as_ref().map_or(0, |reply| reply.status.as_u16());
            let wait_ms = wait.as_millis() as u64;
            tracing::debug!(host = self.host, status, wait_ms, "no lasting answer; trying again");
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
            Ok(Ok(reply)) => return Ok(Ok(reply)),
            Ok(Err(fault)) => fault,
            Err(_) if deadline.should_stop() => {
                return Err(deadline.passed(&format!("Prefect Cloud at {} was asked", self.host)));
            }
            Err(_) => super::fault::Fault::Slow,
        };
        let passes = fault.passes();
        let error = fault.into_error(&self.host);
        if passes { Ok(Err(error)) } else { Err(error) }
    }

    /// The wait that the other side asks for. Prefect 1.4.1 fails on one that it cannot read
    /// (measured): how long is long enough would be a guess.
    fn asked(&self, value: &HeaderValue) -> Result<Duration, Error> {
        retry_after(value, SystemTime::now()).ok_or_else(|| {
            Error::new(
                Kind::Unavailable,
                format!("Prefect Cloud at {} asks for a pause of unreadable length", self.host),
                "try later",
            )
        })
    }
}

/// Nobody drove the runtime since the last call. Twice around it: first it hears which connections
/// the other side has closed meanwhile, then their tasks take them out of the pool.
async fn look_after_connections() {
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
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
