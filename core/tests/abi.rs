//! A provider that is exported and imported again answers as it did before: the provider ABI in
//! both directions.
#![allow(unsafe_code, reason = "these tests speak C")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use prefect_secrets_core::abi::{Exported, Imported, Plugin, Settings};
use prefect_secrets_core::{
    Answer, Buffer, Capabilities, Deadline, Error, Form, Kind, Provider, Secret,
};

const KINDS: [Kind; 7] = [
    Kind::Denied,
    Kind::Unavailable,
    Kind::TimedOut,
    Kind::Invalid,
    Kind::Unsupported,
    Kind::Panicked,
    Kind::Internal,
];

/// Answers by the name that it is asked for.
struct Sample {
    name: Arc<str>,
    refreshed: AtomicBool,
}

/// Panics when it is dropped.
struct Payload;

impl Drop for Payload {
    fn drop(&mut self) {
        panic!("the payload panics");
    }
}

impl Sample {
    fn fail(&self, name: &str) -> Result<(), Error> {
        match name.strip_prefix("fail ").map(|kind| KINDS.into_iter().find(|k| k.as_str() == kind))
        {
            Some(Some(kind)) => Err(Error::new(kind, "it was told to", "tell it otherwise")),
            _ => Ok(()),
        }
    }
}

impl Provider for Sample {
    fn name(&self) -> &str {
        &self.name
    }

    fn get(&self, name: &str, deadline: &Deadline) -> Answer {
        self.fail(name)?;
        let secret = |text: &[u8], form| Secret::new(&self.name, Buffer::copy_of(text), form);
        let at = |seconds| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        Ok(Some(match name {
            "text" => secret(b"a text", Form::Text),
            "empty" | "" => secret(b"", Form::Text),
            "bytes" => secret(b"\0\xff\0", Form::Text),
            "large" => secret(&vec![7; 1 << 20], Form::Text),
            "verbatim" => secret(b"42", Form::Verbatim),
            "json" => secret(b"{\"a\":[1,2.50]}", Form::Json),
            "both" => secret(b"3", Form::TextWithJson(Buffer::copy_of(b"[3]"))),
            "dated" => secret(b"x", Form::Text).dated(at(1_900_000_000), Some("r7".into())),
            "dated json" => secret(b"1", Form::Json).dated(at(1), None),
            "na\u{ef}ve \u{1f511}" => secret(b"yes", Form::Text),
            "refreshed" if self.refreshed.load(Ordering::Relaxed) => secret(b"yes", Form::Text),
            "in time" if !deadline.should_stop() => {
                secret(deadline.remaining().as_secs().to_string().as_bytes(), Form::Text)
            }
            "late" if deadline.should_stop() => secret(b"yes", Form::Text),
            "panic" => panic!("it was told to"),
            "panic twice" => std::panic::panic_any(Payload),
            _ => return Ok(None),
        }))
    }

    fn set(&self, name: &str, value: &Secret, _: &Deadline) -> Result<(), Error> {
        self.fail(name)?;
        let form = match value.form() {
            Form::Text => "text",
            Form::Verbatim => "verbatim",
            Form::Cast(_) => "cast",
            Form::Json => "json",
            Form::TextWithJson(_) => "both",
        };
        // What arrived, as a failure: an answer of set has no other words.
        Err(Error::invalid(
            format!("{form} {:?} {:?}", value.expose_text(), value.expose_json().ok()),
            format!("under {name:?}"),
        ))
    }

    fn delete(&self, name: &str, _: &Deadline) -> Result<bool, Error> {
        self.fail(name)?;
        Ok(name == "text")
    }

    fn list(&self, _: &Deadline) -> Result<Vec<String>, Error> {
        Ok(vec!["text".into(), String::new(), "na\u{ef}ve \u{1f511}".into()])
    }

    fn refresh(&self, _: &Deadline) -> Result<(), Error> {
        match self.refreshed.swap(true, Ordering::Relaxed) {
            false => Ok(()),
            true => Err(Error::new(Kind::Unavailable, "once is enough", "do not refresh again")),
        }
    }
}

impl Plugin for Sample {
    const ID: &'static str = "sample";
    const CAPABILITIES: Capabilities = Capabilities::GET_MANY
        .and(Capabilities::SET)
        .and(Capabilities::DELETE)
        .and(Capabilities::LIST)
        .and(Capabilities::REFRESH)
        .and(Capabilities::HONORS_DEADLINES);

    fn create(name: &str, settings: &Settings) -> Result<Self, Error> {
        match settings.get("create").as_ref().map(|how| how.expose().to_vec()) {
            Some(how) if how == b"panic" => panic!("it was told to"),
            Some(how) => {
                let kind = KINDS.into_iter().find(|kind| kind.as_str().as_bytes() == how);
                Err(Error::new(kind.expect("a kind"), "it was told to", "tell it otherwise"))
            }
            None => Ok(Self { name: name.into(), refreshed: false.into() }),
        }
    }
}

fn settings(json: &str) -> Settings {
    Settings::from_json(json.as_bytes()).expect("an object")
}

fn native() -> Sample {
    Sample::create("sample", &Settings::none()).expect("an instance")
}

fn imported_with(settings: Settings) -> Result<Imported, Error> {
    // SAFETY: a table made by `Exported` keeps the header's promises.
    unsafe { Imported::create(Exported::<Sample>::TABLE, "sample", settings) }
}

fn imported() -> Imported {
    imported_with(Settings::none()).expect("an instance")
}

fn failure(error: &Error) -> (Kind, String, String) {
    (error.kind(), error.what().into(), error.next_step().into())
}

/// All that a caller can see of an answer.
type Seen = Result<
    Option<(Vec<u8>, Option<String>, String, Option<SystemTime>, Option<String>)>,
    (Kind, String, String),
>;

fn seen(answer: Answer) -> Seen {
    answer.map_err(|error| failure(&error)).map(|found| {
        found.map(|secret| {
            (
                secret.expose_text().to_vec(),
                secret.expose_json().ok().map(String::from),
                secret.provider().into(),
                secret.expires_at(),
                secret.revision().map(String::from),
            )
        })
    })
}

const NAMES: [&str; 16] = [
    "text",
    "empty",
    "",
    "bytes",
    "large",
    "verbatim",
    "json",
    "both",
    "dated",
    "dated json",
    "na\u{ef}ve \u{1f511}",
    "absent",
    "fail denied",
    "fail unavailable",
    "fail timed out",
    "fail internal",
];

#[test]
fn an_imported_export_answers_as_the_provider_itself() {
    let (native, imported) = (native(), imported());
    assert_eq!((imported.id(), imported.name()), ("sample", "sample"));
    for name in NAMES {
        let deadline = Deadline::default();
        let (ours, theirs) =
            (seen(native.get(name, &deadline)), seen(imported.get(name, &deadline)));
        assert!(ours == theirs, "{name:?} answers otherwise through the ABI");
        let exists = |p: &dyn Provider| p.exists(name, &deadline).map_err(|error| failure(&error));
        assert_eq!(exists(&native), exists(&imported), "{name:?}");
        let delete = |p: &dyn Provider| p.delete(name, &deadline).map_err(|error| failure(&error));
        assert_eq!(delete(&native), delete(&imported), "{name:?}");
    }
    let many = |p: &dyn Provider| -> Vec<Seen> {
        p.get_many(&NAMES, &Deadline::default()).into_iter().map(seen).collect()
    };
    assert!(many(&native) == many(&imported), "get_many answers otherwise through the ABI");
    assert_eq!(imported.get_many(&[], &Deadline::default()).len(), 0);

    let list = |p: &dyn Provider| p.list(&Deadline::default()).map_err(|error| failure(&error));
    assert_eq!(list(&native), list(&imported));
    for _ in 0..2 {
        let refresh =
            |p: &dyn Provider| p.refresh(&Deadline::default()).map_err(|error| failure(&error));
        assert_eq!(refresh(&native), refresh(&imported));
        assert!(imported.get("refreshed", &Deadline::default()).is_ok_and(|found| found.is_some()));
    }
    for capability in [Capabilities::GET_MANY, Capabilities::SET, Capabilities::REFRESH] {
        assert!(imported.capabilities().has(capability));
    }
    assert!(imported.extension("watch/1").is_null());
}

#[test]
fn a_value_that_is_set_arrives_as_it_was() {
    let (native, imported) = (native(), imported());
    let value = |text: &[u8], form| Secret::to_set(Buffer::copy_of(text), form);
    for value in [
        value(b"", Form::Text),
        value(b"42", Form::Text),
        value(b"\0\xff", Form::Text),
        value(b"{\"a\":1}", Form::Json),
        value(b"42", Form::TextWithJson(Buffer::copy_of(b"[42]"))),
    ] {
        for name in ["name", "", "fail denied"] {
            let set = |p: &dyn Provider| {
                p.set(name, &value, &Deadline::default()).map_err(|error| failure(&error))
            };
            assert!(set(&native) == set(&imported), "{name:?} {value:?}");
        }
    }
    // The ABI knows three forms: verbatim text arrives as text with a string for its JSON view.
    let error = imported.set("n", &value(b"42", Form::Verbatim), &Deadline::default());
    let error = error.expect_err("what arrived");
    assert!(error.what().starts_with("both ") && error.what().ends_with(r#"Some("\"42\"")"#));
}

#[test]
fn every_kind_of_failure_crosses() {
    for kind in KINDS {
        let name = format!("fail {kind}");
        // A new instance for each: one that panicked answers no more.
        let (native, imported) = (native(), imported());
        let ours = native.get(&name, &Deadline::default()).expect_err("a failure");
        let theirs = imported.get(&name, &Deadline::default()).expect_err("a failure");
        assert_eq!((failure(&ours), ours.kind()), (failure(&theirs), kind));
        let error = imported_with(settings(&format!("{{\"create\": {:?}}}", kind.as_str())));
        let error = error.expect_err("a failure");
        assert_eq!(failure(&error), failure(&ours));
        assert_eq!(error.provider(), Some("sample"));
    }
}

#[test]
fn a_panic_is_a_failure_and_the_instance_answers_no_more() {
    for name in ["panic", "panic twice"] {
        let imported = imported();
        let error = imported.get(name, &Deadline::default()).expect_err("a panic");
        assert_eq!(error.kind(), Kind::Panicked);
        for outcome in [
            imported.get("text", &Deadline::default()).map(|_| ()),
            imported.delete("text", &Deadline::default()).map(|_| ()),
            imported.list(&Deadline::default()).map(|_| ()),
            imported.refresh(&Deadline::default()),
        ] {
            assert_eq!(outcome.expect_err("poisoned").kind(), Kind::Panicked);
        }
        let many = imported.get_many(&["text", "absent"], &Deadline::default());
        assert!(many.iter().all(|a| a.as_ref().is_err_and(|e| e.kind() == Kind::Panicked)));
    }
    let one_of_many = imported();
    let many = one_of_many.get_many(&["text", "panic"], &Deadline::default());
    assert!(many.iter().all(|a| a.as_ref().is_err_and(|e| e.kind() == Kind::Panicked)));
    let error = imported_with(settings(r#"{"create": "panic"}"#)).expect_err("a panic");
    assert_eq!(error.kind(), Kind::Panicked);
    assert!(imported().get("text", &Deadline::default()).is_ok(), "a new instance answers");
}

#[test]
fn the_deadline_crosses() {
    let imported = imported();
    let found = imported.get("in time", &Deadline::within(Duration::from_secs(3600)));
    let found = found.expect("an answer").expect("a value");
    let seconds: u64 =
        str::from_utf8(found.expose_text()).expect("digits").parse().expect("digits");
    assert!((3500..3600).contains(&seconds), "{seconds} seconds remain");
    let found = imported.get("in time", &Deadline::none()).expect("an answer").expect("a value");
    assert!(found.expose_text() == Duration::MAX.as_secs().to_string().as_bytes());
    assert!(imported.get("late", &Deadline::default()).is_ok_and(|found| found.is_none()));
    let late = imported.get("late", &Deadline::within(Duration::ZERO));
    assert!(late.is_ok_and(|found| found.is_some()));
}
