//! For programs.

use serde_json::{Value, json};

use crate::Report;
use crate::finding::{Finding, Verdict};
use crate::rule::Weight;

pub(super) fn written(report: &Report) -> Value {
    let rules: Vec<Value> = report.findings.iter().map(rule).collect();
    json!({
        "version": 1, "plugin": report.plugin, "conforms": report.conforms(), "rules": rules,
    })
}

fn rule(finding: &Finding) -> Value {
    let weight = match finding.rule.weight {
        Weight::Must => "must",
        Weight::Should => "should",
    };
    let (verdict, reason) = match &finding.verdict {
        Verdict::Passed => ("passed", None),
        Verdict::Broken(how) => ("broken", Some(how)),
        Verdict::Skipped(why) => ("skipped", Some(why)),
        Verdict::NotReached(on) => ("not-reached", Some(on)),
    };
    json!({
        "name": finding.rule.name, "weight": weight, "verdict": verdict, "reason": reason,
        "explanation": finding.rule.explanation,
    })
}
