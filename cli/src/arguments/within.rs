//! What many commands take: which secret, and how long it may take.

use std::time::Duration;

use clap::Args;

/// Which secret, and how long it may take.
#[derive(Args)]
pub(crate) struct Asked {
    /// The name of the secret; case-sensitive.
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) within: Within,
}

/// How long it may take.
#[derive(Args)]
pub(crate) struct Within {
    /// Give up after this many seconds in all.
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(crate) timeout: Duration,
}

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds")?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(timeout) if !timeout.is_zero() => Ok(timeout),
        _ => Err("not a number of seconds above zero".into()),
    }
}
