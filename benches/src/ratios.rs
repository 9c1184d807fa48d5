//! Each path beside its floor, from what criterion measured in this run.

use std::fs;
use std::time::SystemTime;

use prefect_secrets_testing::workspace;

/// Collects pairs of paths and floors, and prints them when the benches are through.
pub struct Ratios {
    started: SystemTime,
    rows: Vec<Row>,
    limits: Vec<(&'static str, f64)>,
}

struct Row {
    ours: &'static str,
    floor: &'static str,
    times: f64,
    aims: Option<(f64, f64)>,
}

impl Default for Ratios {
    fn default() -> Self {
        Self { started: SystemTime::now(), rows: Vec::new(), limits: Vec::new() }
    }
}

impl Ratios {
    /// `ours` beside `times` x `floor`, both named `group/bench`; `aims` are the aim and the limit
    /// of that ratio, where there are any.
    #[must_use]
    pub fn row(
        mut self,
        ours: &'static str,
        floor: &'static str,
        times: f64,
        aims: Option<(f64, f64)>,
    ) -> Self {
        self.rows.push(Row { ours, floor, times, aims });
        self
    }

    /// `ours` beside a time in nanoseconds that it should not take: for what has no floor.
    #[must_use]
    pub fn below(mut self, ours: &'static str, limit_ns: f64) -> Self {
        self.limits.push((ours, limit_ns));
        self
    }

    /// Prints a line for each pair. A pair that this run did not measure (a filter on the command
    /// line, say) is left out; one past its limit is marked.
    pub fn print(&self) {
        println!(
            "\n{:30} {:>14}   {:30} {:>14}   {:>6}",
            "ours", "median", "floor", "median", "ratio"
        );
        for Row { ours, floor, times, aims } in &self.rows {
            let (Some(a), Some(b)) = (self.median(ours), self.median(floor)) else { continue };
            let (b, ratio) = (b * times, a / (b * times));
            let factor = if *times == 1.0 { String::new() } else { format!(" x {times}") };
            let verdict = match aims {
                Some((_, limit)) if ratio > *limit => format!("PAST THE LIMIT of {limit}"),
                Some((aim, limit)) => format!("aim {aim}, limit {limit}"),
                None => String::new(),
            };
            let floor = format!("{floor}{factor}");
            println!("{ours:30} {a:>11.1} ns   {floor:30} {b:>11.1} ns   {ratio:>6.2}   {verdict}");
        }
        for (ours, limit) in &self.limits {
            let Some(taken) = self.median(ours) else { continue };
            let verdict = if taken > *limit { "PAST THE LIMIT" } else { "within the limit" };
            println!("{ours:30} {taken:>11.1} ns   {verdict} of {limit} ns");
        }
    }

    /// The median of a bench in nanoseconds, if it ran since this was made.
    fn median(&self, bench: &str) -> Option<f64> {
        let target = std::env::var("CARGO_TARGET_DIR")
            .map_or_else(|_| workspace().join("target"), Into::into);
        let file = target.join("criterion").join(bench).join("new/estimates.json");
        if fs::metadata(&file).ok()?.modified().ok()? < self.started {
            return None;
        }
        let estimates: serde_json::Value = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
        estimates["median"]["point_estimate"].as_f64()
    }
}
