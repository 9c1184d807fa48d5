//! For people.

use crate::Report;
use crate::finding::Verdict;
use crate::rule::Weight;

/// The longest line of an explanation.
const WIDTH: usize = 88;

pub(super) fn written(report: &Report) -> String {
    let mut text = String::new();
    let mut counts = [0; 5];
    for finding in &report.findings {
        let name = finding.rule.name;
        let (place, word, reason) = match (&finding.verdict, finding.rule.weight) {
            (Verdict::Passed, _) => (0, "passed", None),
            (Verdict::Broken(how), Weight::Must) => (1, "BROKEN", Some(how.clone())),
            (Verdict::Broken(how), Weight::Should) => (2, "advice", Some(how.clone())),
            (Verdict::Skipped(why), _) => (3, "skipped", Some(why.clone())),
            (Verdict::NotReached(on), _) => (4, "not reached", Some(format!("it rests on {on}"))),
        };
        counts[place] += 1;
        let reason = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
        text += &format!("{word:<12}{name}{reason}\n");
        if matches!(finding.verdict, Verdict::Broken(_)) {
            text += &wrapped(finding.rule.explanation);
        }
    }
    let [passed, broken, advice, skipped, not_reached] = counts;
    let verdict = match (report.conforms(), report.knows_a_value()) {
        (true, true) => "conforms",
        (true, false) => "conforms as far as it was tried, which is without any value of it",
        (false, _) => "does not conform",
    };
    text + &format!(
        "{} rules: {passed} passed, {broken} broken, {advice} advice, {skipped} skipped, \
         {not_reached} not reached. The plugin {verdict}.\n",
        report.findings.len(),
    )
}

fn wrapped(text: &str) -> String {
    let (mut lines, mut line) = (String::new(), String::new());
    for word in text.split(' ') {
        if line.len() + word.len() > WIDTH {
            lines += &format!("              {}\n", line.trim_end());
            line.clear();
        }
        line += word;
        line.push(' ');
    }
    lines + &format!("              {}\n", line.trim_end())
}
