//! Setting and deleting.

use prefect_secrets_core::Capabilities;
use prefect_secrets_core::abi::Status;

use super::REPEATED;
use crate::finding::{Outcome, ensure, skipped};
use crate::host::{Given, Instance, Plugin};
use crate::rule::Rule;
use crate::trial::{Trial, WRITTEN, differs};

const SETS: Option<&str> = Some("writing/round-trip");

pub(super) const RULES: &[Rule] = &[
    Rule::must(
        "writing/round-trip",
        REPEATED,
        round_trip,
        "What was set is what get gives: the empty text, a NUL, bytes that are not UTF-8, 1 MiB, JSON. \
         A value that the place cannot hold is refused as invalid or unsupported, never changed.",
    ),
    Rule::must(
        "writing/replaces",
        SETS,
        replaces,
        "A value that is set stands in the place of the one before.",
    ),
    Rule::must(
        "writing/delete",
        SETS,
        delete,
        "A name that was deleted is absent, and to delete it again answers \"absent\".",
    ),
    Rule::must(
        "writing/lists",
        SETS,
        lists,
        "A name that was set is listed, once; a name that was deleted is not.",
    ),
];

/// An instance that may be written to, and the name that is the kit's.
fn writable(trial: &Trial<'_>, needed: Capabilities) -> Outcome<(Plugin, Instance, String)> {
    let (plugin, instance) = trial.instance()?;
    if !plugin.can(Capabilities::SET) || !plugin.can(needed) {
        return skipped("it cannot do that");
    }
    if !trial.subject.may_write {
        return skipped("give --write to let the kit set and delete names of its own");
    }
    Ok((plugin, instance, WRITTEN.to_owned()))
}

/// Sets a plain value. A place may have its limits: what it refuses clearly is no fault of its own.
fn set(instance: &Instance, name: &str, value: &[u8]) -> Outcome {
    let done = instance.set(name, &Given::text(value));
    if done.is(Status::Invalid) || done.is(Status::Unsupported) {
        return skipped(format!("it refuses a name or a value of the kit: {}", done.said()));
    }
    ensure(done.is(Status::Ok), || format!("set answered {}", done.said()))
}

/// Removes what the kit has set, if the plugin can.
fn clean(plugin: &Plugin, instance: &Instance, name: &str) {
    if plugin.can(Capabilities::DELETE) {
        instance.delete(name);
    }
}

fn round_trip(trial: &Trial<'_>) -> Outcome {
    let (plugin, instance, name) = writable(trial, Capabilities::NONE)?;
    let outcome = come_back(&plugin, &instance, &name);
    instance.destroy();
    outcome
}

fn come_back(plugin: &Plugin, instance: &Instance, name: &str) -> Outcome {
    let mebibyte: Vec<u8> = (0..1 << 20).map(|i: u32| b'a' + (i % 26) as u8).collect();
    let mut kept = 0;
    for (i, (what, value)) in [
        ("a text", Given::text(b"a value of the kit")),
        ("the empty text", Given::text(b"")),
        ("a text with a NUL", Given::text(b"before\0after")),
        ("bytes that are not UTF-8", Given::text(b"\xff\xfe\x80")),
        ("lines", Given::text(b"one\r\ntwo\n\n")),
        ("1 MiB", Given::text(&mebibyte)),
        ("a JSON object", Given::json(b"{\"a\":[1,2.5,null,\"b\"]}")),
        ("a text with a JSON view", Given::text_with_json(b"5", b"\"5\"")),
    ]
    .into_iter()
    .enumerate()
    {
        // A name for each: whether a value is replaced is another rule.
        let name = &format!("{name}_{i}");
        let done = instance.set(name, &value);
        if done.is(Status::Invalid) || done.is(Status::Unsupported) {
            continue;
        }
        ensure(done.is(Status::Ok), || format!("set of {what} answered {}", done.said()))?;
        let how = differs(name, &instance.get(name.as_bytes()), &value);
        clean(plugin, instance, name);
        ensure(how.is_none(), || format!("after {what} was set, {}", how.unwrap_or_default()))?;
        kept += 1;
    }
    if kept == 0 {
        return skipped("it refuses every value that the kit sets");
    }
    Ok(())
}

fn replaces(trial: &Trial<'_>) -> Outcome {
    let (plugin, instance, name) = writable(trial, Capabilities::NONE)?;
    set(&instance, &name, b"a longer first value")?;
    set(&instance, &name, b"second")?;
    let how = differs(&name, &instance.get(name.as_bytes()), &Given::text(b"second"));
    clean(&plugin, &instance, &name);
    ensure(how.is_none(), || how.unwrap_or_default())
}

fn delete(trial: &Trial<'_>) -> Outcome {
    let (_plugin, instance, name) = writable(trial, Capabilities::DELETE)?;
    set(&instance, &name, b"a value of the kit")?;
    let done = instance.delete(&name);
    ensure(done.is(Status::Ok), || format!("delete answered {}", done.said()))?;
    let got = instance.get(name.as_bytes());
    ensure(got.is(Status::Absent), || format!("get of what was deleted answered {}", got.said()))?;
    let again = instance.delete(&name);
    ensure(again.is(Status::Absent), || format!("a second delete answered {}", again.said()))
}

fn lists(trial: &Trial<'_>) -> Outcome {
    let needed = Capabilities::LIST.and(Capabilities::DELETE);
    let (_plugin, instance, name) = writable(trial, needed)?;
    let times = || instance.list().1.iter().flatten().filter(|listed| **listed == name).count();
    set(&instance, &name, b"a value of the kit")?;
    let listed = times();
    instance.delete(&name);
    ensure(listed == 1, || format!("a name that was set is listed {listed} times"))?;
    ensure(times() == 0, || "a name that was deleted is still listed".into())
}
