//! For test runners: the Test Anything Protocol, version 14 (testanything.org).

use crate::Report;
use crate::finding::Verdict;
use crate::rule::Weight;

pub(super) fn written(report: &Report) -> String {
    let mut text = format!("TAP version 14\n1..{}\n", report.findings.len());
    for (i, finding) in report.findings.iter().enumerate() {
        let (number, name) = (i + 1, finding.rule.name);
        text += &match (&finding.verdict, finding.rule.weight) {
            (Verdict::Passed, _) => format!("ok {number} - {name}\n"),
            (Verdict::Broken(how), Weight::Must) => {
                let (how, why) = (quoted(how), quoted(finding.rule.explanation));
                format!("not ok {number} - {name}\n  ---\n  message: {how}\n  rule: {why}\n  ...\n")
            }
            (Verdict::Broken(how), Weight::Should) => {
                format!("not ok {number} - {name} # TODO {}\n", one_line(how))
            }
            (Verdict::Skipped(why), _) => {
                format!("ok {number} - {name} # SKIP {}\n", one_line(why))
            }
            (Verdict::NotReached(on), _) => {
                format!("ok {number} - {name} # SKIP not reached: it rests on {on}\n")
            }
        };
    }
    text
}

/// As YAML writes a text: a JSON string is one.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}
