//! How an answer came about.

use std::time::Instant;

use serde::Serialize;

use crate::chain::Chain;
use crate::deadline::Deadline;
use crate::error::Error;
use crate::link::OnError;
use crate::name;

/// What [`crate::Chain::explain`] found out about one name: every link, in order. It never holds
/// a value. As JSON it has this shape everywhere, in C, Go and on the command line; `version`
/// grows when a member changes its meaning.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The version of this shape: 1.
    pub version: u32,
    /// The name that was asked for.
    pub name: String,
    /// `found`, `absent`, or the word of the failure (`denied`, `unavailable`, `timed out`, ...).
    pub outcome: &'static str,
    /// Who found it, or failed.
    pub provider: Option<String>,
    /// Every link of the chain, in the order of asking.
    pub links: Vec<LinkReport>,
}

/// What happened at one link.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LinkReport {
    /// The provider's name.
    pub provider: String,
    /// Whether it was asked.
    pub asked: bool,
    /// As in [`Explanation::outcome`], or `skipped`, or `not reached`.
    pub outcome: &'static str,
    /// Why: what failed, why it was skipped, as which name it was asked.
    pub reason: Option<String>,
    /// Nanoseconds that asking took.
    pub elapsed_ns: u64,
    /// Where the link was configured.
    pub configured: String,
}

impl Explanation {
    /// The one JSON document that every interface gives out.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("names and numbers are JSON")
    }
}

impl Chain {
    /// Asks until the first hit, and tells what happened at every link.
    pub fn explain(&self, name: &str, deadline: &Deadline) -> Result<Explanation, Error> {
        name::check(name)?;
        let mut end: Option<(&'static str, &str)> = None;
        let mut passed_over = None;
        let mut links = Vec::new();
        for link in self.links() {
            let provider = link.provider.name();
            let mut report = LinkReport {
                provider: provider.into(),
                asked: false,
                outcome: "not reached",
                reason: None,
                elapsed_ns: 0,
                configured: link.configured.clone(),
            };
            if end.is_none() {
                if let Some(why) = link.provider.skipped() {
                    report.outcome = "skipped";
                    report.reason = Some(why);
                } else {
                    let start = Instant::now();
                    let answer =
                        link.ask(deadline, |provider, deadline| provider.get(name, deadline));
                    report.elapsed_ns = start.elapsed().as_nanos() as u64;
                    // Without a provider to blame, no time was left to ask it.
                    report.asked = !answer.as_ref().is_err_and(|error| error.provider().is_none());
                    report.reason = link.provider.remark(name);
                    match answer {
                        Ok(None) => report.outcome = "absent",
                        Ok(Some(_)) => {
                            report.outcome = "found";
                            end = Some(("found", provider));
                        }
                        Err(error) => {
                            report.outcome = error.kind().as_str();
                            let next = match link.on_error {
                                OnError::Continue => " (on_error = \"continue\": went on)",
                                OnError::Stop => "",
                            };
                            let failed = format!("{}; {}{next}", error.what(), error.next_step());
                            report.reason = Some(match report.reason {
                                Some(remark) => format!("{failed}; {remark}"),
                                None => failed,
                            });
                            let outcome = (report.outcome, provider);
                            match link.on_error {
                                OnError::Stop => end = Some(outcome),
                                OnError::Continue => {
                                    passed_over.get_or_insert(outcome);
                                }
                            }
                        }
                    }
                }
            }
            links.push(report);
        }
        let (outcome, provider) = match end.or(passed_over) {
            Some((outcome, provider)) => (outcome, Some(provider.into())),
            None => ("absent", None),
        };
        Ok(Explanation { version: 1, name: name.into(), outcome, provider, links })
    }
}
