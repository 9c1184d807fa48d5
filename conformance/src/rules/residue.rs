//! What is left of a value.

use std::collections::BTreeMap;

use prefect_secrets_core::abi::Settings;
use serde_json::value::RawValue;

use super::REPEATED;
use crate::finding::{Outcome, Stop, broken, skipped};
use crate::process::{Needle, SHORTEST, Search};
use crate::rule::Rule;
use crate::trial::Trial;

/// How many values are looked for.
const MOST: usize = 4;

pub(super) const RULES: &[Rule] = &[Rule::must(
    "residue/values",
    REPEATED,
    values,
    "When a value was released and the instance destroyed, no copy is in the memory of the process: not \
     in a buffer that was freed, not in one that was kept.",
)];

fn unseen(error: std::io::Error) -> Stop {
    Stop::Skipped(format!("the memory cannot be looked at: {error}; make /proc available"))
}

fn values(trial: &Trial<'_>) -> Outcome {
    let (plugin, instance) = trial.instance()?;
    let known = trial.known(&plugin, &instance)?;
    let mut needles = Vec::new();
    for known in &known {
        // What it was given in another way is still there, and rightly so.
        let needle = Needle::new(known.value.text.expose());
        if let Some(needle) = needle.filter(|needle| !was_given(needle, &trial.subject.settings)) {
            needles.push((known.name.clone(), needle));
        }
    }
    needles.truncate(MOST);
    if needles.is_empty() {
        return skipped(format!(
            "no value is known that has {SHORTEST} bytes and is in no setting and no variable"
        ));
    }
    let mut search = Search::new().map_err(unseen)?;
    for (name, needle) in &needles {
        // The kit holds the value itself at this moment; a search that does not find it is none.
        if search.count(needle).map_err(unseen)? == 0 {
            return skipped(format!("the kit cannot find the value of {name:?} that it holds"));
        }
    }
    // What get leaves comes last: memory that is free is used again.
    drop(trial.everything(&plugin, &instance));
    for known in known {
        instance.get(known.name.as_bytes());
    }
    instance.destroy();
    for (name, needle) in &needles {
        let found = search.count(needle).map_err(unseen)?;
        if found > 0 {
            return broken(format!("{found} copies of the value of {name:?} are left in memory"));
        }
    }
    Ok(())
}

/// Whether a value stands in the settings, the environment or the command line.
fn was_given(needle: &Needle, settings: &Settings) -> bool {
    let keys = serde_json::from_slice::<BTreeMap<String, &RawValue>>(settings.as_json());
    let mut values = keys.iter().flat_map(BTreeMap::keys).filter_map(|key| settings.get(key));
    let variables = || std::env::vars_os().map(|(_, value)| value);
    needle.is_in(settings.as_json())
        || values.any(|value| needle.is_in(value.expose()))
        || variables().chain(std::env::args_os()).any(|text| needle.is_in(text.as_encoded_bytes()))
}
