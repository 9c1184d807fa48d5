//! What time the other side says it is.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use prefect_secrets_core::abi::raised_privileges;
use prefect_secrets_core::abi::sigpipe::without_sigpipe;
use reqwest::header::DATE;
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Request};
use tokio::runtime::Builder;

use super::names::System;
use super::tls::Trust;
use crate::cloud::address::Address;

/// The `Date` of an answer from the machine at `address`, and how late that may be; `None` if there is
/// no such answer within `limit`. No key is sent. Certificates are not checked: where this clock is
/// wrong none would be valid, and nothing but a message rests on the date.
pub(in crate::cloud) fn date(address: &Address, limit: Duration) -> Option<(SystemTime, Duration)> {
    let tls = Trust::Anybody.client(address.is_https()).ok()?;
    let mut builder = Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(Policy::none())
        .dns_resolver(Arc::new(System))
        .retry(reqwest::retry::never());
    if address.is_loopback() || raised_privileges() {
        builder = builder.no_proxy();
    }
    let client = builder.build().ok()?;
    let runtime = Builder::new_current_thread().enable_io().enable_time().build().ok()?;
    let request = Request::new(Method::HEAD, address.url().join("/").ok()?);
    without_sigpipe(|| {
        runtime.block_on(async {
            let asked = Instant::now();
            let answer = tokio::time::timeout(limit, client.execute(request)).await.ok()?.ok()?;
            let said = answer.headers().get(DATE)?.to_str().ok()?;
            Some((httpdate::parse_http_date(said).ok()?, asked.elapsed()))
        })
    })
}
