//! The chain: three answers, and what each of them leads to.

use std::mem::MaybeUninit;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use prefect_secrets_core::{
    Answer, Buffer, Capabilities, Chain, Deadline, Error, Form, Kind, Link, Name, OnError,
    Provider, Secret,
};

/// Has some secrets, or fails, or takes its time; counts how often it was asked.
struct Place {
    name: Arc<str>,
    has: &'static str,
    fails: Option<Kind>,
    takes: Duration,
    asked: AtomicUsize,
}

fn place(name: &str, has: &'static str) -> Place {
    Place { name: name.into(), has, fails: None, takes: Duration::ZERO, asked: AtomicUsize::new(0) }
}

fn broken(name: &str, kind: Kind) -> Place {
    Place { fails: Some(kind), ..place(name, "") }
}

impl Place {
    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Provider for Place {
    fn name(&self) -> &str {
        &self.name
    }

    fn get(&self, name: &str, deadline: &Deadline) -> Answer {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if !self.takes.is_zero() {
            std::thread::sleep(deadline.remaining().min(self.takes));
            deadline.check("it took its time")?;
        }
        match self.fails {
            Some(kind) => Err(Error::new(kind, "the place is broken", "mend it")),
            None if self.has.split(' ').any(|has| has == name) => {
                let text = Buffer::copy_of(self.name.as_bytes());
                Ok(Some(Secret::new(&self.name, text, Form::Text)))
            }
            None => Ok(None),
        }
    }

    fn capabilities(&self) -> Capabilities {
        if self.has.is_empty() { Capabilities::NONE } else { Capabilities::LIST }
    }

    fn list(&self, _: &Deadline) -> Result<Vec<String>, Error> {
        Ok(self.has.split(' ').map(String::from).collect())
    }
}

fn chain(places: &[&Arc<Place>], on_error: OnError) -> Chain {
    let link = |&place: &&Arc<Place>| {
        Link::new(Arc::clone(place) as Arc<dyn Provider>, "this test").on_error(on_error)
    };
    Chain::new(places.iter().map(link).collect())
}

fn by(answer: Answer) -> Option<String> {
    answer.unwrap().map(|secret| secret.provider().to_owned())
}

#[test]
fn the_first_hit_wins_and_only_absence_moves_on() {
    let (a, b, c) = (place("a", "A"), place("b", "B AB"), place("c", "C AB"));
    let (a, b, c) = (Arc::new(a), Arc::new(b), Arc::new(c));
    let chain = chain(&[&a, &b, &c], OnError::Stop);
    let deadline = Deadline::default();
    assert_eq!(by(chain.get("A", &deadline)).as_deref(), Some("a"));
    assert_eq!(by(chain.get("AB", &deadline)).as_deref(), Some("b"));
    assert_eq!(by(chain.get("C", &deadline)).as_deref(), Some("c"));
    assert_eq!(by(chain.get("NOPE", &deadline)), None);
    assert_eq!((a.asked(), b.asked(), c.asked()), (4, 3, 2));
    assert!(chain.exists("C", &deadline).unwrap() && !chain.exists("NOPE", &deadline).unwrap());
}

#[test]
fn a_get_into_a_place_answers_as_a_get_does() {
    let (a, down, b) = (place("a", "A"), broken("down", Kind::Denied), place("b", "B"));
    let chain = chain(&[&Arc::new(a), &Arc::new(b), &Arc::new(down)], OnError::Stop);
    let deadline = Deadline::default();
    let mut place = [MaybeUninit::uninit(); 64];
    for name in ["A", "B"] {
        let text = chain.get(name, &deadline).unwrap().map(|secret| secret.expose_text().len());
        assert_eq!(chain.get_into(name, &deadline, &mut place).unwrap(), text);
        assert_eq!(chain.get_into(name, &deadline, &mut []).unwrap(), text, "it does not fit");
    }
    let error = chain.get_into("NOPE", &deadline, &mut place).unwrap_err();
    assert_eq!((error.kind(), error.provider()), (Kind::Denied, Some("down")));
    assert!(chain.get_into("A\0", &deadline, &mut place).is_err());
}

#[test]
fn an_outage_never_makes_a_weaker_place_answer() {
    for kind in [Kind::Denied, Kind::Unavailable, Kind::TimedOut, Kind::Invalid, Kind::Internal] {
        let (outage, weaker) = (Arc::new(broken("outage", kind)), Arc::new(place("weaker", "X")));
        let chain = chain(&[&outage, &weaker], OnError::Stop);
        let deadline = Deadline::default();
        let error = chain.get("X", &deadline).unwrap_err();
        assert_eq!(error.kind(), kind);
        assert_eq!((error.provider(), error.name()), (Some("outage"), Some("X")));
        let said = error.to_string();
        for part in ["outage", "\"X\"", kind.as_str(), "the place is broken", "mend it"] {
            assert!(said.contains(part), "{said}");
        }
        let many = chain.get_many(&["X", "Y"], &deadline);
        assert!(many.iter().all(|answer| answer.as_ref().is_err_and(|e| e.kind() == kind)));
        let explanation = chain.explain("X", &deadline).unwrap();
        assert_eq!(explanation.outcome, kind.as_str());
        assert_eq!(explanation.links[1].outcome, "not reached");
        assert_eq!(weaker.asked(), 0);
    }
}

#[test]
fn on_error_continue_goes_on_and_explain_says_so() {
    let outage = Arc::new(broken("outage", Kind::Unavailable));
    let weaker = Arc::new(place("weaker", "X"));
    let chain = chain(&[&outage, &weaker], OnError::Continue);
    let deadline = Deadline::default();
    assert_eq!(by(chain.get("X", &deadline)).as_deref(), Some("weaker"));
    let explanation = chain.explain("X", &deadline).unwrap();
    assert_eq!((explanation.outcome, explanation.provider.as_deref()), ("found", Some("weaker")));
    assert_eq!(explanation.links[0].outcome, "unavailable");
    let reason = explanation.links[0].reason.as_deref().unwrap();
    assert!(reason.contains("the place is broken") && reason.contains("went on"), "{reason}");

    // Nobody has it, but the one that failed might: that is no absence.
    let error = chain.get("NOPE", &deadline).unwrap_err();
    assert_eq!((error.kind(), error.provider()), (Kind::Unavailable, Some("outage")));
    let many = chain.get_many(&["NOPE", "X"], &deadline);
    assert_eq!(many[0].as_ref().unwrap_err().kind(), Kind::Unavailable);
    assert_eq!(many[1].as_ref().unwrap().as_ref().unwrap().provider(), "weaker");
    assert_eq!(chain.explain("NOPE", &deadline).unwrap().outcome, "unavailable");
}

#[test]
fn get_many_answers_in_order_and_asks_each_link_for_what_is_open() {
    let (a, b) = (Arc::new(place("a", "A BOTH")), Arc::new(place("b", "B BOTH")));
    let chain = chain(&[&a, &b], OnError::Stop);
    let answers = chain.get_many(&["B", "NOPE", "A", "BOTH", "B", "bad\0"], &Deadline::default());
    let by: Vec<_> = answers[..5]
        .iter()
        .map(|answer| answer.as_ref().unwrap().as_ref().map(Secret::provider))
        .collect();
    assert_eq!(by, [Some("b"), None, Some("a"), Some("a"), Some("b")]);
    assert_eq!(answers[5].as_ref().unwrap_err().kind(), Kind::Invalid);
    assert_eq!((a.asked(), b.asked()), (5, 3));
    assert!(chain.get_many(&[], &Deadline::default()).is_empty());
}

#[test]
fn the_deadline_is_one_for_the_whole_chain() {
    let slow = |name| Arc::new(Place { takes: Duration::from_millis(80), ..place(name, "") });
    let (a, b, c) = (slow("a"), slow("b"), Arc::new(place("c", "X")));
    let chain = chain(&[&a, &b, &c], OnError::Continue);
    let start = Instant::now();
    let error = chain.get("X", &Deadline::within(Duration::from_millis(120))).unwrap_err();
    assert_eq!((error.kind(), error.provider()), (Kind::TimedOut, Some("b")));
    assert_eq!(c.asked(), 0, "no time is left for the last one");
    assert!(start.elapsed() < Duration::from_secs(5));
    let many = chain.get_many(&["X"], &Deadline::within(Duration::from_millis(120)));
    let error = many[0].as_ref().unwrap_err();
    assert_eq!((error.kind(), error.provider()), (Kind::TimedOut, Some("b")));
    let explanation = chain.explain("X", &Deadline::within(Duration::from_millis(120))).unwrap();
    assert_eq!((explanation.outcome, explanation.provider.as_deref()), ("timed out", Some("b")));
    assert!(!explanation.links[2].asked && explanation.links[2].outcome == "timed out");
    let none_left = chain.get("X", &Deadline::within(Duration::ZERO)).unwrap_err();
    assert_eq!((none_left.kind(), c.asked()), (Kind::TimedOut, 0));
    assert_eq!(none_left.provider(), None, "nobody was asked: {none_left}");
}

#[test]
fn a_link_can_be_given_less_time() {
    let slow = Arc::new(Place { takes: Duration::from_secs(60), ..place("slow", "") });
    let links = vec![
        Link::new(slow as Arc<dyn Provider>, "this test")
            .timeout(Some(Duration::from_millis(30)))
            .on_error(OnError::Continue),
        Link::new(Arc::new(place("next", "X")), "this test"),
    ];
    let answer = Chain::new(links).get("X", &Deadline::default());
    assert_eq!(by(answer).as_deref(), Some("next"));
}

#[test]
fn names_are_checked_once_at_the_door() {
    let a = Arc::new(place("a", "A"));
    let chain = chain(&[&a], OnError::Stop);
    let error = chain.get("A\0", &Deadline::default()).unwrap_err();
    assert_eq!((error.kind(), a.asked()), (Kind::Invalid, 0));
    assert_eq!(Name::new("A\0").unwrap_err().kind(), Kind::Invalid);

    #[derive(serde::Deserialize)]
    struct Configuration {
        access_token_secret: Name,
    }
    let configuration: Configuration =
        serde_json::from_str("{\"access_token_secret\": \"A\"}").unwrap();
    let found = configuration.access_token_secret.resolve(&chain, &Deadline::default());
    assert_eq!(by(found).as_deref(), Some("a"));
    assert!(serde_json::from_str::<Name>("\"A\\u0000\"").is_err());
}

#[test]
fn lists_mark_what_is_shadowed_and_writes_go_where_they_can() {
    let (a, b) = (Arc::new(place("a", "X A")), Arc::new(place("b", "X B")));
    let chain = chain(&[&a, &b], OnError::Stop);
    let deadline = Deadline::default();
    let listed = chain.list(&deadline).unwrap();
    let listed: Vec<_> = listed.iter().map(|l| (&*l.provider, &*l.name, l.shadowed)).collect();
    assert_eq!(listed, [("a", "A", false), ("a", "X", false), ("b", "B", false), ("b", "X", true)]);
    let value = Secret::to_set(Buffer::copy_of(b"v"), Form::Text);
    let error = chain.set(None, "X", &value, &deadline).unwrap_err();
    assert_eq!(error.kind(), Kind::Unsupported);
    let error = chain.set(Some("a"), "X", &value, &deadline).unwrap_err();
    assert_eq!((error.kind(), error.provider()), (Kind::Unsupported, Some("a")));
    let error = chain.delete(Some("z"), "X", &deadline).unwrap_err();
    assert!(error.kind() == Kind::Invalid && error.next_step().contains("a, b"), "{error}");
}

#[test]
fn chains_nest_and_threads_share_them() {
    let inner = chain(&[&Arc::new(place("inner", "X"))], OnError::Stop);
    let outer = Chain::new(vec![Link::new(Arc::new(inner), "this test")]);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..1000 {
                    let found = outer.get("X", &Deadline::default());
                    assert_eq!(by(found).as_deref(), Some("inner"));
                }
            });
        }
    });
}

#[test]
fn nothing_prints_a_value() {
    let name = Arc::from("place");
    let secret = Secret::new(&name, Buffer::copy_of(b"hunter2"), Form::Text);
    let form = Form::TextWithJson(Buffer::copy_of(b"\"hunter2\""));
    for said in [
        format!("{secret:?}"),
        format!("{:?}", Buffer::copy_of(b"hunter2")),
        format!("{form:?}"),
        format!("{:?}", secret.form()),
    ] {
        assert!(!said.contains("hunter2"), "a Debug shows the value");
    }
}

#[test]
fn an_answer_that_a_provider_owes_is_no_absence() {
    struct Short;
    impl Provider for Short {
        fn name(&self) -> &str {
            "short"
        }
        fn get(&self, _: &str, _: &Deadline) -> Answer {
            Ok(None)
        }
        fn get_many(&self, _: &[&str], _: &Deadline) -> Vec<Answer> {
            vec![Ok(None)]
        }
    }
    let chain = Chain::new(vec![Link::new(Arc::new(Short), "this test")]);
    let answers = chain.get_many(&["A", "B"], &Deadline::default());
    assert!(answers[0].as_ref().unwrap().is_none());
    let error = answers[1].as_ref().unwrap_err();
    assert_eq!((error.kind(), error.provider()), (Kind::Internal, Some("short")));
}
