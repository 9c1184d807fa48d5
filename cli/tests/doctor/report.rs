//! The report of a run, as JSON.

use std::process::Command;

use super::{code, run, text};

/// The report as JSON.
pub(crate) struct Report(pub(crate) serde_json::Value);

impl Report {
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = run(command, &["--json", "--timeout", "2"]);
        assert_eq!(text(&output.stderr), "");
        let report = Self(serde_json::from_slice(&output.stdout).expect("it is JSON"));
        assert_eq!(report.0["version"], 1);
        let broken = report.0["outcome"] == "broken";
        assert_eq!(code(&output), Some(i32::from(broken)), "{}", report.0);
        report
    }

    /// What was found about `subject`: its outcome, what, and what to do.
    pub(crate) fn all(&self, area: &str, subject: &str) -> Vec<[&str; 3]> {
        let checks = self.0["checks"].as_array().unwrap().iter();
        let fits =
            |check: &&serde_json::Value| check["area"] == area && check["subject"] == subject;
        checks
            .filter(fits)
            .map(|check| {
                ["outcome", "what", "next_step"].map(|name| check[name].as_str().unwrap_or(""))
            })
            .collect()
    }

    /// The one thing that was found.
    pub(crate) fn one(&self, area: &str, subject: &str) -> [&str; 3] {
        match self.all(area, subject)[..] {
            [one] => one,
            _ => panic!("there is not one {area}, {subject}: {}", self.0),
        }
    }
}
