//! What is left of a value.

use super::REPEATED;
use crate::finding::{Outcome, Stop, broken, skipped};
use crate::process::{Needle, SHORTEST};
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
    let settings = trial.subject.settings.as_json();
    let mut needles = Vec::new();
    for known in &known {
        let value = known.value.text.expose();
        // Its own settings are still in memory, and rightly so.
        let is_a_setting =
            value.len() >= SHORTEST && settings.windows(value.len()).any(|window| window == value);
        if let Some(needle) = Needle::new(value).filter(|_| !is_a_setting) {
            needles.push((known.name.clone(), needle));
        }
    }
    needles.truncate(MOST);
    if needles.is_empty() {
        return skipped(format!(
            "no value is known that has {SHORTEST} bytes and is not one of the settings"
        ));
    }
    for (name, needle) in &needles {
        // The kit holds the value itself at this moment; a search that does not find it is none.
        if needle.count().map_err(unseen)? == 0 {
            return broken(format!("the kit cannot find the value of {name:?} that it holds"));
        }
    }
    drop(known);
    instance.destroy();
    for (name, needle) in &needles {
        let found = needle.count().map_err(unseen)?;
        if found > 0 {
            return broken(format!("{found} copies of the value of {name:?} are left in memory"));
        }
    }
    Ok(())
}
