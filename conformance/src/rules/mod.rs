//! Every rule, in the order in which they are tried.

mod artifact;
mod batch;
mod calls;
mod deadline;
mod fork;
mod leak;
mod lifecycle;
pub(crate) mod manners;
mod minors;
mod reply;
mod residue;
mod table;
mod threads;
mod values;
mod writing;

use crate::rule::Rule;

const GROUPS: [&[Rule]; 16] = [
    artifact::RULES,
    table::RULES,
    lifecycle::RULES,
    calls::RULES,
    table::USED,
    reply::RULES,
    values::RULES,
    lifecycle::TWO,
    batch::RULES,
    minors::RULES,
    writing::RULES,
    deadline::RULES,
    threads::RULES,
    manners::RULES,
    fork::RULES,
    residue::RULES,
];

/// Every rule, in the order in which they are tried: none rests on a later one.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    GROUPS.iter().flat_map(|group| group.iter())
}

/// Rules that most others rest on.
const LOADS: Option<&str> = Some("table/loads");
const TABLE: Option<&str> = Some("table/slots");
const CREATED: Option<&str> = Some("lifecycle/create");
const ANSWERS: Option<&str> = Some("calls/return");
const REPLIES: Option<&str> = Some("calls/not-after-return");
const REPEATED: Option<&str> = Some("values/repeated");

#[cfg(test)]
mod tests {
    use super::all;

    #[test]
    fn names_are_one_each_and_rest_on_earlier_ones() {
        let mut seen = Vec::new();
        for rule in all() {
            assert!(!seen.contains(&rule.name), "{rule:?} is there twice");
            assert!(rule.rests_on.is_none_or(|on| seen.contains(&on)), "{rule:?}");
            assert!(rule.explanation.ends_with('.') && rule.explanation.len() > 30, "{rule:?}");
            seen.push(rule.name);
        }
        assert!(seen.len() > 30);
    }
}
