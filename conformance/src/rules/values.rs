//! Which value a name has.

use prefect_secrets_core::Capabilities;
use prefect_secrets_core::abi::Status;

use super::REPLIES;
use crate::finding::{Outcome, ensure, faultless, skipped};
use crate::process::SHORTEST;
use crate::rule::Rule;
use crate::trial::{ABSENT, Known, Trial, differs, listing};

pub(super) const RULES: &[Rule] = &[
    Rule::must(
        "values/absent",
        REPLIES,
        absent,
        "A name that the place has not got is \"absent\", so that the next provider is asked; it is no \
         failure and no empty value.",
    ),
    Rule::must(
        "values/known",
        REPLIES,
        known,
        "Names that it lists, and those that --name gives, are found.",
    ),
    Rule::must(
        "values/repeated",
        REPLIES,
        repeated,
        "Asked twice for a name, it gives the same value twice.",
    ),
    Rule::must(
        "values/whole-names",
        REPLIES,
        whole_names,
        "A name has a length and no NUL at its end. A name that only begins like one that is there, or \
         goes on after it, is another name.",
    ),
    Rule::must(
        "values/odd-names",
        REPLIES,
        odd_names,
        "Whatever a name is (empty, 64 KiB long, a path, not ASCII), the call returns: absent, or a \
         failure.",
    ),
    Rule::must(
        "values/not-told",
        REPLIES,
        silent,
        "A value is in no line of the log, and in no message of a failure: both are shown to people and \
         kept in files.",
    ),
    Rule::must(
        "values/listed",
        REPLIES,
        listed,
        "The names that it lists are UTF-8 without a NUL, and each is there once.",
    ),
];

fn absent(trial: &Trial<'_>) -> Outcome {
    let (_plugin, instance) = trial.instance()?;
    let got = instance.get(ABSENT.as_bytes());
    ensure(got.is(Status::Absent), || {
        format!("get of a name that nobody has answered {}", got.said())
    })
}

fn known(trial: &Trial<'_>) -> Outcome {
    let (plugin, instance) = trial.instance()?;
    let names = trial.names(&plugin, &instance);
    if names.is_empty() {
        return skipped("no secret of it is known: give --name NAME of one that it has");
    }
    for name in names {
        let got = instance.get(name.as_bytes());
        ensure(got.is(Status::Ok), || format!("get of {name:?} answered {}", got.said()))?;
    }
    Ok(())
}

fn repeated(trial: &Trial<'_>) -> Outcome {
    let (plugin, instance) = trial.instance()?;
    for known in trial.known(&plugin, &instance)? {
        for _ in 0..3 {
            let got = instance.get(known.name.as_bytes());
            let how = differs(&known.name, &got, &known.value);
            ensure(how.is_none(), || format!("the next time {}", how.unwrap_or_default()))?;
        }
    }
    Ok(())
}

fn whole_names(trial: &Trial<'_>) -> Outcome {
    let (plugin, instance) = trial.instance()?;
    let known = trial.known(&plugin, &instance)?;
    for Known { name, value } in &known {
        let shorter = name.char_indices().last().map_or("", |(last, _)| &name[..last]);
        for other in [shorter.to_owned(), format!("{name}_4d1f")] {
            // It may be there; but hardly with the same value.
            let got = instance.get(other.as_bytes());
            let same = got.value.is_some_and(|got| got.same(value));
            let is_there = trial.subject.names.contains(&other)
                || listing(&plugin, &instance).contains(&other);
            ensure(is_there || !same, || {
                format!("get of {other:?} gave the value of {name:?}, which is another name")
            })?;
        }
    }
    Ok(())
}

fn silent(trial: &Trial<'_>) -> Outcome {
    let (plugin, instance) = trial.instance()?;
    let known = trial.known(&plugin, &instance)?;
    let known: Vec<_> = known.iter().filter(|known| known.value.text.len() >= SHORTEST).collect();
    if known.is_empty() {
        return skipped(format!("no value is known that has {SHORTEST} bytes"));
    }
    instance.keep_log();
    let done = trial.everything(&plugin, &instance);
    for Known { name, value } in known {
        let value = value.text.expose();
        ensure(!instance.logged(value), || format!("the value of {name:?} is in its log"))?;
        let told = done.iter().find(|(_, got)| got.tells(value));
        ensure(told.is_none(), || {
            let call = told.map(|(call, _)| call.as_str()).unwrap_or_default();
            format!("the value of {name:?} is in the message of a failure ({call})")
        })?;
    }
    Ok(())
}

fn odd_names(trial: &Trial<'_>) -> Outcome {
    let (_plugin, instance) = trial.instance()?;
    let long = |len: usize| "N".repeat(len);
    for name in [
        String::new(),
        " ".into(),
        "\n".into(),
        ".".into(),
        "..".into(),
        "/".into(),
        "../../../../../../etc/passwd".into(),
        "/etc/passwd".into(),
        "%s%n%s%n".into(),
        "N\u{e4}me\u{1f511}".into(),
        "NAME=VALUE".into(),
        long(255),
        long(256),
        long(4096),
        long(64 << 10),
    ] {
        let got = instance.get(name.as_bytes());
        let shown: String = name.chars().take(40).collect();
        ensure(!got.is(Status::Ok), || format!("get of {shown:?} gave a value"))?;
        ensure(!got.is(Status::Panicked), || format!("get of {shown:?} answered {}", got.said()))?;
        faultless(&format!("get of {shown:?}"), &got.faults)?;
    }
    instance.destroy();
    Ok(())
}

fn listed(trial: &Trial<'_>) -> Outcome {
    let (plugin, instance) = trial.instance()?;
    if !plugin.can(Capabilities::LIST) {
        return skipped("it cannot list");
    }
    let (got, names) = instance.list();
    ensure(got.is(Status::Ok), || format!("list answered {}", got.said()))?;
    let mut seen = std::collections::BTreeSet::new();
    for name in names {
        let Some(name) = name else {
            return crate::finding::broken("it listed a name that is not UTF-8 or holds a NUL");
        };
        ensure(!seen.contains(&name), || format!("it listed {name:?} twice"))?;
        seen.insert(name);
    }
    Ok(())
}
