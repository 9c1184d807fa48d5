//! What the paths took when somebody last looked, and how far they may grow from there.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::Outcome;

/// How far a path may grow: 3 %.
const GROWTH: f64 = 0.03;
/// What is no growth whatever the share: hash tables have random seeds, and a name is compared with
/// another one first now and then.
const NOISE: Count = Count { instructions: 0.5, calls: 0.1 };

const HEAD: &str = "\
# What a call takes within the library, by path, and how many calls it makes to other libraries.
# `cargo xtask bench --instructions` fails if a path takes over 3 % more than it says here;
# `--accept` writes this file, and the commit says why.
";

/// Of one call.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Count {
    /// Within the library.
    pub(super) instructions: f64,
    /// That leave the library.
    pub(super) calls: f64,
}

/// Counts by path, and what they hold for.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Baseline {
    /// Another compiler makes other instructions.
    pub(super) compiler: String,
    pub(super) architecture: String,
    pub(super) paths: BTreeMap<String, Count>,
}

/// How a run stands to a baseline.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Verdict {
    /// Why it fails.
    pub(super) faults: Vec<String>,
    /// What has become less by as much as would have been a fault if it were more.
    pub(super) gains: Vec<String>,
}

impl Baseline {
    pub(super) fn read(path: &Path) -> Outcome<Self> {
        let about = |error: &dyn std::fmt::Display| {
            format!("{}: {error}; --accept writes it anew", path.display())
        };
        let text = fs::read_to_string(path).map_err(|error| about(&error))?;
        toml::from_str(&text).map_err(|error| about(&error))
    }

    pub(super) fn write(&self, path: &Path) -> Outcome {
        // A file that is half written would be no baseline.
        let new = path.with_extension("new");
        fs::write(&new, self.text())
            .and_then(|()| fs::rename(&new, path))
            .map_err(|error| format!("{}: {error}", path.display()))
    }

    fn text(&self) -> String {
        let Self { compiler, architecture, paths } = self;
        let mut text =
            format!("{HEAD}compiler = {compiler:?}\narchitecture = {architecture:?}\n\n[paths]\n");
        for (path, Count { instructions, calls }) in paths {
            let _ = writeln!(
                text,
                "{path} = {{ instructions = {instructions:.1}, calls = {calls:.2} }}"
            );
        }
        text
    }

    /// Holds what was counted now against this.
    pub(super) fn verdict(&self, now: &Self) -> Verdict {
        let mut verdict = Verdict::default();
        if now.architecture != self.architecture {
            let (here, there) = (&now.architecture, &self.architecture);
            verdict.faults.push(format!("this is {here}, and the baseline is of {there}"));
            return verdict;
        }
        for (path, now) in &now.paths {
            let Some(before) = self.paths.get(path) else {
                verdict.faults.push(format!("{path} is counted, but is not in the baseline"));
                continue;
            };
            let figures = [
                ("instructions", before.instructions, now.instructions, NOISE.instructions),
                ("calls to other libraries", before.calls, now.calls, NOISE.calls),
            ];
            for (what, before, now, noise) in figures {
                let change = format!("{path} takes {now:.1} {what}, and took {before:.1}");
                if now > before * (1.0 + GROWTH) + noise {
                    verdict.faults.push(change);
                } else if now < before * (1.0 - GROWTH) - noise {
                    verdict.gains.push(change);
                }
            }
        }
        for path in self.paths.keys().filter(|path| !now.paths.contains_key(*path)) {
            verdict.faults.push(format!("{path} is in the baseline, but is not counted"));
        }
        if !verdict.faults.is_empty() && now.compiler != self.compiler {
            let (now, before) = (&now.compiler, &self.compiler);
            verdict.faults.push(format!("it may be the compiler: this is {now}, it was {before}"));
        }
        verdict
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn baseline(paths: &[(&str, f64, f64)]) -> Baseline {
        let count = |&(path, instructions, calls): &(&str, f64, f64)| {
            (path.to_owned(), Count { instructions, calls })
        };
        Baseline {
            compiler: "rustc 1.95.0".into(),
            architecture: "x86_64".into(),
            paths: paths.iter().map(count).collect(),
        }
    }

    fn faults(before: &[(&str, f64, f64)], now: &[(&str, f64, f64)]) -> Vec<String> {
        baseline(before).verdict(&baseline(now)).faults
    }

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("instructions.toml");
        let written = baseline(&[("get_env", 481.3, 3.01), ("open_100", 948_283.4, 10283.7)]);
        written.write(&file).unwrap();
        assert_eq!(Baseline::read(&file).unwrap(), written);
        assert_eq!(folder.path().read_dir().unwrap().count(), 1);
    }

    #[test]
    fn a_baseline_that_cannot_be_read_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("instructions.toml");
        let why = || Baseline::read(&file).unwrap_err();
        assert!(why().contains("No such file") && why().contains("--accept"), "{}", why());
        let text = baseline(&[("get_env", 481.3, 3.0)]).text().replace("calls", "cals");
        fs::write(&file, text).unwrap();
        assert!(why().contains("unknown field `cals`") && why().contains("--accept"), "{}", why());
    }

    #[test]
    fn growth_of_over_three_percent_fails() {
        let before = [("get_env", 400.0, 3.0), ("get_toml", 600.0, 5.0)];
        assert_eq!(faults(&before, &before), [] as [&str; 0]);
        assert_eq!(faults(&before, &[("get_env", 412.0, 3.0), before[1]]), [] as [&str; 0]);
        assert_eq!(
            faults(&before, &[("get_env", 413.0, 3.0), before[1]]),
            ["get_env takes 413.0 instructions, and took 400.0"]
        );
    }

    #[test]
    fn a_call_more_fails_too() {
        let before = [("get_env", 400.0, 3.0)];
        assert_eq!(
            faults(&before, &[("get_env", 401.0, 4.0)]),
            ["get_env takes 4.0 calls to other libraries, and took 3.0"]
        );
        // 3.1 %, which a random seed can make of few calls.
        assert_eq!(faults(&[("absent", 80.0, 0.064)], &[("absent", 80.0, 0.066)]), [] as [&str; 0]);
        assert_eq!(faults(&[("json", 80.0, 0.0)], &[("json", 80.0, 1.0)]).len(), 1);
    }

    #[test]
    fn a_path_less_or_more_fails() {
        let (one, two) = (("get_env", 400.0, 3.0), ("get_toml", 600.0, 5.0));
        assert_eq!(
            faults(&[one], &[one, two]),
            ["get_toml is counted, but is not in the baseline"]
        );
        assert_eq!(
            faults(&[one, two], &[one]),
            ["get_toml is in the baseline, but is not counted"]
        );
    }

    #[test]
    fn a_gain_is_told_and_does_not_fail() {
        let verdict =
            baseline(&[("get_env", 400.0, 3.0)]).verdict(&baseline(&[("get_env", 200.0, 3.0)]));
        assert_eq!(verdict.faults, [] as [&str; 0]);
        assert_eq!(verdict.gains, ["get_env takes 200.0 instructions, and took 400.0"]);
    }

    #[test]
    fn another_compiler_is_told_with_a_fault_alone_and_another_architecture_fails() {
        let (before, mut now) = (baseline(&[("a", 1e3, 0.0)]), baseline(&[("a", 1e3, 0.0)]));
        now.compiler = "rustc 1.96.0".into();
        assert_eq!(before.verdict(&now), Verdict::default());
        now.paths.insert("a".into(), Count { instructions: 2e3, calls: 0.0 });
        let faults = before.verdict(&now).faults;
        assert_eq!(faults.len(), 2);
        assert!(faults[1].contains("rustc 1.96.0"), "{faults:?}");
        now.architecture = "aarch64".into();
        assert_eq!(before.verdict(&now).faults.len(), 1);
    }
}
