//! What a provider does with its reply: what breaks a rule fails that call, and nothing else.
#![allow(unsafe_code, reason = "these tests speak C")]

mod abi_foreign;

use abi_foreign::{Foreign, Import, answer, get_of};
use prefect_secrets_core::abi::{
    Commit, FORM_JSON, FORM_TEXT, FORM_TEXT_WITH_JSON, Reply, Slice, Status,
};
use prefect_secrets_core::{
    Buffer, Capabilities, Chain, Deadline, Error, Form, Kind, Link, Provider, Secret,
};
use std::mem::MaybeUninit;
use std::sync::Arc;

/// What a provider in C would do with its reply.
struct Pen(*mut Reply);

impl Pen {
    fn reserve(&self, len: usize) -> *mut u8 {
        // SAFETY: the reply of a call that has not returned.
        unsafe { (*self.0).reserve.expect("reserve")(self.0, len) }
    }

    fn commit(&self, form: u32, text_len: usize, json_len: usize) -> i32 {
        let commit = Commit {
            struct_size: size_of::<Commit>() as u32,
            form,
            text_len,
            json_len,
            expires_at: 0,
            revision: Slice::EMPTY,
        };
        self.commit_raw(&commit)
    }

    fn commit_raw(&self, commit: *const Commit) -> i32 {
        // SAFETY: the reply of a call that has not returned; `commit` is null or as long as it says.
        unsafe { (*self.0).commit.expect("commit")(self.0, commit) }
    }

    fn fail(&self, what: &[u8], next_step: &[u8]) {
        // SAFETY: the reply of a call that has not returned.
        unsafe { (*self.0).fail.expect("fail")(self.0, Slice::of(what), Slice::of(next_step)) }
    }

    /// Reserves, and writes `bytes`, of which `len` were reserved.
    fn write(&self, len: usize, bytes: &[u8]) {
        let place = self.reserve(len);
        // SAFETY: the host keeps a canary behind what is reserved; an overrun here stays in it.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), place, bytes.len()) };
    }
}

/// Breaks the rule that `name` says, or keeps it.
fn scribble(name: &str, pen: &Pen) -> i32 {
    const OK: i32 = Status::Ok as i32;
    const ABSENT: i32 = Status::Absent as i32;
    match name {
        "good" => {
            pen.write(4, b"good");
            pen.commit(FORM_TEXT, 4, 0)
        }
        "good, shorter" => {
            pen.write(400, b"good");
            pen.commit(FORM_TEXT, 4, 0)
        }
        "good, second reserve" => {
            pen.write(2, b"no");
            pen.write(4, b"good");
            pen.commit(FORM_TEXT, 4, 0)
        }
        "good, short commit" => {
            // A commit of a version without dates: nothing is read past its size.
            pen.write(4, b"good");
            let head: [usize; 3] = [std::mem::offset_of!(Commit, expires_at) | 1 << 32, 4, 0];
            let words: Box<[usize]> = Box::new(head);
            pen.commit_raw(words.as_ptr().cast())
        }
        "good, absent after a reserve" => {
            pen.write(4, b"none");
            ABSENT
        }
        "commits twice" => {
            pen.write(4, b"once");
            pen.commit(FORM_TEXT, 4, 0);
            pen.commit(FORM_TEXT, 4, 0);
            OK
        }
        "commits too much" => {
            pen.write(4, b"four");
            pen.commit(FORM_TEXT, 5, 0);
            OK
        }
        "commits too much in two parts" => {
            pen.write(4, b"four");
            pen.commit(FORM_TEXT_WITH_JSON, 3, usize::MAX - 1);
            OK
        }
        "commits without a reserve" => {
            pen.commit(FORM_TEXT, 0, 0);
            OK
        }
        "overruns by one" => {
            pen.write(4, b"fours");
            pen.commit(FORM_TEXT, 4, 0);
            OK
        }
        "overruns by two" => {
            pen.write(4, b"four\0s");
            pen.commit(FORM_TEXT, 4, 0);
            OK
        }
        "overruns after the commit" => {
            let place = pen.reserve(4);
            pen.commit(FORM_TEXT, 4, 0);
            // SAFETY: in the canary, as above.
            unsafe { place.add(6).write(0) };
            OK
        }
        "overruns and fails" => {
            pen.write(4, b"four and");
            Status::Denied as i32
        }
        "reserves after the commit" => {
            pen.write(4, b"four");
            pen.commit(FORM_TEXT, 4, 0);
            assert!(pen.reserve(4).is_null());
            OK
        }
        "commits null" => {
            pen.write(4, b"four");
            pen.commit_raw(std::ptr::null());
            OK
        }
        "commits a short struct" => {
            pen.write(4, b"four");
            pen.commit_raw([16usize, 4].as_ptr().cast());
            OK
        }
        "commits no form" => {
            pen.write(4, b"four");
            pen.commit(0, 4, 0);
            OK
        }
        "commits a form of the future" => {
            pen.write(4, b"four");
            pen.commit(4, 4, 0);
            OK
        }
        "commits text with a length of JSON" => {
            pen.write(4, b"four");
            pen.commit(FORM_TEXT, 2, 2);
            OK
        }
        "commits JSON that is none" => {
            pen.write(4, b"{fou");
            pen.commit(FORM_JSON, 4, 0);
            OK
        }
        "commits a JSON view that is none" => {
            pen.write(4, b"four");
            pen.commit(FORM_TEXT_WITH_JSON, 2, 2);
            OK
        }
        "found without a commit" => OK,
        "found, reserved, without a commit" => {
            pen.write(4, b"four");
            OK
        }
        "absent with a commit" => {
            pen.write(4, b"four");
            pen.commit(FORM_TEXT, 4, 0);
            ABSENT
        }
        "unknown status" => 77,
        "negative status" => -1,
        "a status that does not fit" => Status::BufferTooSmall as i32,
        "reserves too much" => {
            assert!(pen.reserve((64 << 20) + 1).is_null());
            Status::Invalid as i32
        }
        "reserves more than there is" => {
            assert!(pen.reserve(usize::MAX).is_null());
            Status::Invalid as i32
        }
        "says nothing" => Status::Denied as i32,
        "says a lot" => {
            pen.fail(&[b'w'; 5000], b"\xff\xfe");
            Status::Unavailable as i32
        }
        _ => ABSENT,
    }
}

/// The text that is got, that is looked at, and that comes with others.
fn every_way(provider: &Import, name: &str) -> [Result<Option<Vec<u8>>, Error>; 3] {
    let deadline = Deadline::default();
    let text = |found: Option<Secret>| found.map(|secret| secret.expose_text().to_vec());
    let mut place = [MaybeUninit::new(b'.'); 8192];
    let copied = provider.get_into(name, &deadline, &mut place);
    // SAFETY: every byte had a value from the beginning.
    let place = place.map(|byte| unsafe { byte.assume_init() });
    let mut together = provider.get_many(&[name, "the last"], &deadline);
    [
        provider.get(name, &deadline).map(text),
        copied.map(|length| {
            length.map(|length| {
                assert_eq!(place[length], 0, "a NUL follows");
                place[..length].to_vec()
            })
        }),
        together.swap_remove(0).map(text),
    ]
}

#[test]
fn a_broken_rule_fails_that_call_and_no_other() {
    let mut foreign = Foreign::new(get_of(|name, _, reply| scribble(name, &Pen(reply))));
    foreign.table.capabilities |= Capabilities::GET_MANY.bits();
    foreign.table.get_many = Some(abi_foreign::get_many_but_the_last);
    let provider = foreign.import();
    let deadline = Deadline::default();
    for good in ["good", "good, shorter", "good, second reserve", "good, short commit"] {
        for answer in every_way(&provider, good) {
            let found = answer.unwrap_or_else(|error| panic!("{good}: {error}"));
            assert_eq!(found.as_deref(), Some(&b"good"[..]), "{good}");
        }
    }
    for absent in ["good, absent after a reserve", "anything else"] {
        for answer in every_way(&provider, absent) {
            assert!(answer.is_ok_and(|found| found.is_none()), "{absent}");
        }
    }
    for (rule, what) in [
        ("commits twice", "committed twice"),
        ("commits too much", "more than it had reserved"),
        ("commits too much in two parts", "more than it had reserved"),
        ("commits without a reserve", "without a reserve"),
        ("overruns by one", "past the end"),
        ("overruns by two", "past the end"),
        ("overruns after the commit", "past the end"),
        ("overruns and fails", "past the end"),
        ("reserves after the commit", "reserved after"),
        ("commits null", "null or too short"),
        ("commits a short struct", "null or too short"),
        ("commits no form", "form that does not exist"),
        ("commits a form of the future", "form that does not exist"),
        ("commits text with a length of JSON", "form that does not exist"),
        ("commits JSON that is none", "not one JSON document"),
        ("commits a JSON view that is none", "not one JSON document"),
        ("found without a commit", "without committing"),
        ("found, reserved, without a commit", "without committing"),
        ("absent with a commit", "answered \"absent\""),
        ("unknown status", "status that does not exist"),
        ("negative status", "status that does not exist"),
    ] {
        for error in every_way(&provider, rule).map(|answer| answer.expect_err(rule)) {
            assert_eq!(error.kind(), Kind::Internal, "{rule}: {error}");
            assert!(error.what().contains(what), "{rule}: {error}");
        }
        assert!(provider.get("good", &deadline).is_ok_and(|found| found.is_some()), "after {rule}");
    }
    let error = provider.get("a status that does not fit", &deadline).expect_err("a failure");
    assert_eq!(error.kind(), Kind::Internal);
    for name in ["reserves too much", "reserves more than there is"] {
        let error = provider.get(name, &deadline).expect_err("a failure");
        assert_eq!(error.kind(), Kind::Invalid, "{error}");
        assert!(error.what().contains("more than the"), "{error}");
    }
    let error = provider.get("says nothing", &deadline).expect_err("a failure");
    assert_eq!((error.kind(), error.what()), (Kind::Denied, "the provider gave no reason"));
    let error = provider.get("says a lot", &deadline).expect_err("a failure");
    assert_eq!((error.kind(), error.what().len()), (Kind::Unavailable, 1024));
    assert_eq!(error.next_step(), "\u{fffd}\u{fffd}");
}

#[test]
fn a_value_of_any_length_arrives_whatever_memory_it_was_written_into() {
    let mut foreign = Foreign::new(get_of(|name, _, reply| {
        let text: Vec<u8> = (0..name.parse().unwrap_or(0)).map(|i| b"0123456789"[i % 10]).collect();
        let pen = Pen(reply);
        pen.write(300, &[b'x'; 300]);
        pen.write(200, &[b'y'; 200]);
        pen.write(text.len(), &text);
        pen.commit(FORM_TEXT, text.len(), 0)
    }));
    foreign.table.capabilities |= Capabilities::GET_MANY.bits();
    foreign.table.get_many = Some(abi_foreign::get_many_but_the_last);
    let provider = foreign.import();
    // Those at which the memory changes, and some.
    for len in [0, 1, 32, 55, 56, 68, 69, 70, 247, 248, 300, 5000] {
        for answer in every_way(&provider, &len.to_string()) {
            let text = answer.unwrap().unwrap();
            assert!((0..len).all(|i| text[i] == b"0123456789"[i % 10]) && text.len() == len);
        }
        let secret = provider.get(&len.to_string(), &Deadline::default()).unwrap().unwrap();
        // SAFETY: a NUL follows the last byte of every secret.
        assert_eq!(unsafe { *secret.expose_text().as_ptr().add(len) }, 0);
        assert_eq!(secret.provider(), provider.name());
        let shared = secret.clone().verbatim();
        assert_eq!(shared.expose_text(), secret.expose_text());
        drop(secret);
        let alone = shared.verbatim();
        assert_eq!(alone.expose_text().len(), len);
        assert_eq!(alone.expose_json().unwrap().len(), len + 2);
    }
}

#[test]
fn a_batch_that_leaves_a_status_unset_fails_for_that_name() {
    let mut foreign = Foreign::new(get_of(|name, _, reply| scribble(name, &Pen(reply))));
    foreign.table.capabilities |= Capabilities::GET_MANY.bits();
    foreign.table.get_many = Some(abi_foreign::get_many_but_the_last);
    let provider = foreign.import();
    let names = ["good", "absent", "commits twice", "good"];
    let answers = provider.get_many(&names, &Deadline::default());
    assert_eq!(answers.len(), 4);
    assert!(answers[0].as_ref().is_ok_and(|found| found.is_some()));
    assert!(answers[1].as_ref().is_ok_and(|found| found.is_none()));
    for answer in &answers[2..] {
        assert_eq!(answer.as_ref().expect_err("a failure").kind(), Kind::Internal);
    }
    // A failure of the whole call is told through the first reply, and is everybody's.
    let answers = provider.get_many(&["all fail", "good"], &Deadline::default());
    for answer in &answers {
        let error = answer.as_ref().expect_err("a failure");
        assert_eq!((error.kind(), error.what()), (Kind::Denied, "all of it"));
    }
}

/// An import of a provider whose `get` is `get`, and whose other calls all answer *absent*.
fn always_absent(get: impl Fn(&str, *mut Reply) -> i32 + Send + Sync + 'static) -> Import {
    use prefect_secrets_core::abi::{Listing, Request, Value};
    use std::ffi::c_void;
    const ABSENT: i32 = Status::Absent as i32;
    extern "C" fn set(
        _: *mut c_void,
        _: *const Request,
        _: Slice,
        _: *const Value,
        _: *mut Reply,
    ) -> i32 {
        ABSENT
    }
    extern "C" fn list(_: *mut c_void, _: *const Request, _: *mut Listing, _: *mut Reply) -> i32 {
        ABSENT
    }
    extern "C" fn refresh(_: *mut c_void, _: *const Request, _: *mut Reply) -> i32 {
        ABSENT
    }
    let mut foreign = Foreign::new(get_of(move |name, _, reply| get(name, reply)));
    let able = Capabilities::SET.and(Capabilities::LIST).and(Capabilities::REFRESH);
    foreign.table.capabilities |= able.bits();
    foreign.table.set = Some(set);
    foreign.table.list = Some(list);
    foreign.table.refresh = Some(refresh);
    foreign.import()
}

#[test]
fn absent_is_no_answer_to_a_call_that_changes_or_lists() {
    let provider = always_absent(|_, _| Status::Absent as i32);
    let deadline = Deadline::default();
    let value = Secret::to_set(Buffer::copy_of(b"v"), Form::Text);
    for outcome in [
        provider.set("X", &value, &deadline),
        provider.list(&deadline).map(|_| ()),
        provider.refresh(&deadline),
    ] {
        let error = outcome.expect_err("nothing was done");
        assert!(error.kind() == Kind::Internal && error.what().contains("absent"), "{error}");
    }
}

#[test]
fn json_is_made_compact_and_words_stay_on_one_line() {
    let provider = always_absent(|name, reply| {
        let pen = Pen(reply);
        match name {
            "json" => {
                pen.write(11, b"{ \"a\" :\n1 }");
                pen.commit(FORM_JSON, 11, 0)
            }
            "both" => {
                pen.write(8, b"text[ 1]");
                pen.commit(FORM_TEXT_WITH_JSON, 4, 4)
            }
            "not UTF-8" => {
                pen.write(3, b"\"\xff\"");
                pen.commit(FORM_JSON, 3, 0)
            }
            _ => {
                pen.fail(b"first\nforged: second\x1b[31m", b"next");
                Status::Denied as i32
            }
        }
    });
    let deadline = Deadline::default();
    let view = |name: &str| {
        let secret = provider.get(name, &deadline).unwrap().unwrap();
        (secret.expose_text().to_vec(), secret.expose_json().unwrap().to_owned())
    };
    assert_eq!(view("json"), (b"{\"a\":1}".to_vec(), "{\"a\":1}".into()));
    assert_eq!(view("both"), (b"text".to_vec(), "[1]".into()));
    assert_eq!(provider.get("not UTF-8", &deadline).unwrap_err().kind(), Kind::Internal);
    let error = provider.get("fail", &deadline).unwrap_err();
    assert_eq!(error.what(), "first forged: second [31m");
}

#[test]
fn the_time_of_a_call_runs_before_foreign_code_does() {
    use std::time::Duration;
    for budget in [Duration::from_millis(500), Duration::from_millis(2000)] {
        let most = (budget - Duration::from_millis(50)).as_nanos() as u64;
        let foreign = Foreign::new(get_of(move |_, asked, _| {
            std::thread::sleep(Duration::from_millis(60));
            if asked.remaining_ns() > most {
                return Status::Internal as i32; // told of more time than there is
            }
            Status::Absent as i32
        }));
        let provider = foreign.import();
        let deadline = Deadline::within(budget);
        assert!(provider.get("X", &deadline).unwrap().is_none());
        let link = Link::new(Arc::new(provider.imported) as Arc<dyn Provider>, "this test");
        let chain = Chain::new(vec![link.timeout(Some(budget))]);
        assert!(chain.get("X", &Deadline::none()).unwrap().is_none());
    }
}

#[test]
fn time_that_a_provider_took_without_a_look_at_it_is_gone_for_the_next_one() {
    use std::time::Duration;
    let slow = Foreign::new(get_of(|_, _, _| {
        std::thread::sleep(Duration::from_millis(1050));
        Status::Absent as i32
    }));
    let next = Foreign::new(get_of(|_, _, reply| answer(reply, b"too late")));
    let link = |foreign: Foreign| {
        Link::new(Arc::new(foreign.import().imported) as Arc<dyn Provider>, "this test")
    };
    let chain = Chain::new(vec![link(slow), link(next)]);
    let error = chain.get("X", &Deadline::within(Duration::from_secs(1))).unwrap_err();
    assert_eq!((error.kind(), error.provider()), (Kind::TimedOut, None));
}
