//! Where it was measured, so that a result can be read elsewhere.

use std::time::{SystemTime, UNIX_EPOCH};

use prefect_secrets_core::{Chain, OnError};
use prefect_secrets_providers::local::Local;
use serde::Serialize;

use super::meter::Meter;
use crate::arguments::Bench;
use crate::units::PER_NANOSECOND;

#[derive(Serialize)]
pub(crate) struct Environment {
    pub(crate) program: &'static str,
    /// `release`, or `debug`, whose times say nothing.
    pub(crate) build: &'static str,
    pub(crate) system: String,
    pub(crate) machine: String,
    pub(crate) processor: Option<String>,
    pub(crate) cores: Option<usize>,
    /// How many threads wanted to run on this machine, in the last minute.
    pub(crate) load: Option<f64>,
    /// Seconds since 1970.
    pub(crate) at: u64,
    pub(crate) files: Vec<String>,
    pub(crate) chain: Vec<LinkOf>,
    pub(crate) seconds: f64,
    pub(crate) count: Option<u64>,
    pub(crate) timeout_ns: u64,
    pub(crate) clock_ns: u64,
}

#[derive(Serialize)]
pub(crate) struct LinkOf {
    pub(crate) provider: String,
    pub(crate) configured: String,
    pub(crate) is_plugin: bool,
    /// `stop`, or `continue`.
    pub(crate) on_error: &'static str,
    pub(crate) skipped: Option<String>,
}

impl Environment {
    pub(crate) fn of(bench: &Bench, chain: &Chain, meter: &Meter) -> Self {
        let system = rustix::system::uname();
        let text = |text: &std::ffi::CStr| text.to_string_lossy().into_owned();
        let files = Local::load(None).map(|local| {
            let snapshot = local.snapshot();
            snapshot.files().iter().map(|(file, _)| file.display().to_string()).collect()
        });
        let links = chain.links().iter().map(|link| {
            let provider = link.provider();
            LinkOf {
                provider: provider.name().into(),
                configured: link.configured().into(),
                is_plugin: chain.load_trace(provider.name()).is_some(),
                on_error: match link.when_it_fails() {
                    OnError::Stop => "stop",
                    OnError::Continue => "continue",
                },
                skipped: provider.skipped(),
            }
        });
        Self {
            program: env!("CARGO_PKG_VERSION"),
            build: if cfg!(debug_assertions) { "debug" } else { "release" },
            system: format!("{} {}", text(system.sysname()), text(system.release())),
            machine: text(system.machine()),
            processor: processor(),
            cores: std::thread::available_parallelism().ok().map(Into::into),
            load: load(),
            at: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            files: files.unwrap_or_default(),
            chain: links.collect(),
            seconds: bench.seconds.as_secs_f64(),
            count: bench.count,
            timeout_ns: u64::try_from(bench.timeout.as_nanos()).unwrap_or(u64::MAX),
            clock_ns: meter.clock.reading / PER_NANOSECOND,
        }
    }
}

fn processor() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().into())
}

fn load() -> Option<f64> {
    std::fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}
