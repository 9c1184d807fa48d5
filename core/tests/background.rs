//! Calls that go on without their caller: one outcome, once, in time.

use std::future::Future;
use std::mem::MaybeUninit;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use prefect_secrets_core::{
    Answer, Buffer, Cancellation, Chain, Deadline, Error, Form, Kind, LateName, Link, Memory, Name,
    OnError, Provider, Secret, Take,
};

/// Has `HERE` in memory. `SLOW` comes when the gate is opened, whatever the deadline is; `POLITE`
/// stops when nobody wants it any more; `PANIC` panics.
#[derive(Default)]
struct Place {
    gate: Mutex<bool>,
    opened: Condvar,
    inside: AtomicUsize,
    stopped: AtomicUsize,
}

impl Place {
    fn open(&self) {
        *self.gate.lock().unwrap() = true;
        self.opened.notify_all();
    }

    fn until(&self, done: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !done(self) {
            assert!(start.elapsed() < Duration::from_secs(30), "it never came to this");
            thread::sleep(Duration::from_millis(1));
        }
    }
}

fn secret(text: &str) -> Secret {
    Secret::new(&"place".into(), Buffer::copy_of(text.as_bytes()), Form::Text)
}

impl Provider for Place {
    fn name(&self) -> &str {
        "place"
    }

    fn get(&self, name: &str, deadline: &Deadline) -> Answer {
        self.inside.fetch_add(1, Ordering::SeqCst);
        let answer = match name {
            "HERE" => Ok(Some(secret("here"))),
            "SLOW" => {
                let gate = self.gate.lock().unwrap();
                drop(self.opened.wait_while(gate, |open| !*open).unwrap());
                Ok(Some(secret("slow")))
            }
            "POLITE" => {
                while !deadline.should_stop() {
                    thread::sleep(Duration::from_millis(1));
                }
                self.stopped.fetch_add(1, Ordering::SeqCst);
                Err(deadline.passed("the place was polite"))
            }
            "PANIC" => panic!("planted"),
            _ => Ok(None),
        };
        self.inside.fetch_sub(1, Ordering::SeqCst);
        answer
    }

    fn in_memory(&self, name: &[u8], take: &mut Take<'_>) -> Memory {
        if name != b"HERE" {
            return Memory::Waits;
        }
        take.take(&secret("here"));
        Memory::Found
    }
}

fn chain() -> (Arc<Chain>, Arc<Place>) {
    let place = Arc::new(Place::default());
    let link = Link::new(Arc::clone(&place) as Arc<dyn Provider>, "this test");
    (Arc::new(Chain::new(vec![link])), place)
}

fn text(answer: Answer) -> String {
    let secret = answer.unwrap().expect("it is there");
    String::from_utf8(secret.expose_text().to_vec()).unwrap()
}

/// The simplest runtime there is.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(outcome) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return outcome;
        }
        thread::park();
    }
}

#[test]
fn a_caller_who_cancels_leaves_at_once_whatever_the_provider_does() {
    let (chain, place) = chain();
    let cancellation = Cancellation::new();
    let deadline = Deadline::none().or(&cancellation);
    thread::scope(|scope| {
        let caller = scope.spawn(|| chain.get_cancellable("SLOW", &deadline));
        place.until(|place| place.inside.load(Ordering::SeqCst) == 1);
        cancellation.cancel();
        let error = caller.join().unwrap().unwrap_err();
        assert_eq!((error.kind(), error.name()), (Kind::Cancelled, Some("SLOW")));
    });
    // It was left, not stopped: nobody waits for what it brings.
    assert_eq!(place.inside.load(Ordering::SeqCst), 1);
    place.open();
    place.until(|place| place.inside.load(Ordering::SeqCst) == 0);
    // What was cancelled stays so, also for what is in memory.
    let again = chain.get_cancellable("HERE", &deadline).unwrap_err();
    assert_eq!(again.kind(), Kind::Cancelled);
    let other = Deadline::default().or(&Cancellation::new());
    assert_eq!(text(chain.get_cancellable("SLOW", &other)), "slow");
}

#[test]
fn a_caller_leaves_at_the_deadline_and_a_polite_provider_tells_why() {
    let (chain, place) = chain();
    let cancellation = Cancellation::new();
    let within = |ms| Deadline::within(Duration::from_millis(ms)).or(&cancellation);
    let late = chain.get_cancellable("SLOW", &within(50)).unwrap_err();
    assert_eq!((late.kind(), late.provider()), (Kind::TimedOut, None));
    let polite = chain.get_cancellable("POLITE", &within(50)).unwrap_err();
    assert_eq!((polite.kind(), polite.provider()), (Kind::TimedOut, Some("place")));
    let answers = chain.get_many_cancellable(&["SLOW", "HERE"], &within(50));
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap_err().kind() == Kind::TimedOut));
    place.open();
}

#[test]
fn a_provider_hears_of_a_cancellation() {
    let (chain, place) = chain();
    let cancellation = Cancellation::new();
    let deadline = Deadline::none().or(&cancellation);
    let (sender, outcomes) = mpsc::channel();
    let get = |chain: &Chain, deadline: &Deadline| chain.get("POLITE", deadline);
    for _ in 0..3 {
        let sender = sender.clone();
        chain.start(&deadline, get, move |answer| sender.send(answer).unwrap()).unwrap();
    }
    place.until(|place| place.inside.load(Ordering::SeqCst) == 3);
    cancellation.cancel();
    for _ in 0..3 {
        assert_eq!(outcomes.recv().unwrap().unwrap_err().kind(), Kind::Cancelled);
    }
    place.until(|place| place.stopped.load(Ordering::SeqCst) == 3);
    drop(sender);
    assert!(outcomes.recv().is_err(), "each outcome comes once");
}

#[test]
fn what_is_started_ends_once_also_where_more_wait_than_are_worked_on() {
    let (chain, place) = chain();
    let (sender, outcomes) = mpsc::channel();
    let deadline = Deadline::within(Duration::from_millis(100));
    for _ in 0..400 {
        let sender = sender.clone();
        let get = |chain: &Chain, deadline: &Deadline| chain.get("SLOW", deadline);
        chain.start(&deadline, get, move |answer| sender.send(answer).unwrap()).unwrap();
    }
    for _ in 0..400 {
        assert_eq!(outcomes.recv().unwrap().unwrap_err().kind(), Kind::TimedOut);
    }
    // Not all of them got their turn, and the others do not get it later.
    assert!(place.inside.load(Ordering::SeqCst) < 400);
    place.open();
    place.until(|place| place.inside.load(Ordering::SeqCst) == 0);
    drop(sender);
    assert!(outcomes.recv().is_err(), "each outcome comes once");
    let (sender, outcomes) = mpsc::channel();
    for _ in 0..400 {
        let sender = sender.clone();
        let get = |chain: &Chain, deadline: &Deadline| chain.get("SLOW", deadline);
        chain.start(&Deadline::default(), get, move |a| sender.send(a).unwrap()).unwrap();
    }
    for _ in 0..400 {
        assert_eq!(text(outcomes.recv().unwrap()), "slow");
    }
}

#[test]
fn calls_that_were_left_do_not_keep_others_from_their_turn() {
    let ((stuck, place), (chain, _)) = (chain(), chain());
    let cancellation = Cancellation::new();
    let deadline = Deadline::none().or(&cancellation);
    let get = |chain: &Chain, deadline: &Deadline| chain.get("SLOW", deadline);
    for _ in 0..70 {
        stuck.start(&deadline, get, |_| {}).unwrap();
    }
    place.until(|place| place.inside.load(Ordering::SeqCst) >= 60);
    let within = Deadline::within(Duration::from_secs(20)).or(&Cancellation::new());
    cancellation.cancel();
    assert!(chain.get_cancellable("NOWHERE", &within).unwrap().is_none());
    place.open();
}

#[test]
fn who_is_told_may_ask_again_and_wait() {
    let (chain, _) = chain();
    let (sender, outcomes) = mpsc::channel();
    for _ in 0..100 {
        let (sender, again) = (sender.clone(), Arc::clone(&chain));
        let get = |chain: &Chain, deadline: &Deadline| chain.get("HERE", deadline);
        let done = move |_| {
            let deadline = Deadline::within(Duration::from_secs(20)).or(&Cancellation::new());
            sender.send(again.get_cancellable("NOWHERE", &deadline)).unwrap();
        };
        chain.start(&Deadline::default(), get, done).unwrap();
    }
    for _ in 0..100 {
        assert!(outcomes.recv().unwrap().unwrap().is_none());
    }
}

#[test]
fn a_slow_listener_holds_up_no_other_deadline() {
    let (chain, place) = chain();
    let get = |chain: &Chain, deadline: &Deadline| chain.get("SLOW", deadline);
    let (sender, outcomes) = mpsc::channel();
    let (hold, held) = mpsc::channel::<()>();
    let within = |ms| Deadline::within(Duration::from_millis(ms));
    let slow = move |_| {
        let _ = held.recv();
    };
    chain.start(&within(20), get, slow).unwrap();
    chain.start(&within(200), get, move |answer| sender.send(answer).unwrap()).unwrap();
    assert_eq!(outcomes.recv().unwrap().unwrap_err().kind(), Kind::TimedOut);
    drop(hold);
    place.open();
}

#[test]
fn a_chain_is_let_go_before_its_outcome_is_told() {
    struct Told(Chain, mpsc::Sender<&'static str>);
    impl Provider for Told {
        fn name(&self) -> &str {
            "told"
        }
        fn get(&self, name: &str, deadline: &Deadline) -> Answer {
            self.0.get(name, deadline)
        }
    }
    impl Drop for Told {
        fn drop(&mut self) {
            self.1.send("gone").unwrap();
        }
    }
    for _ in 0..100 {
        let (sender, told) = mpsc::channel();
        let provider = Told(Chain::new(Vec::new()), sender);
        let chain = Arc::new(Chain::new(vec![Link::new(Arc::new(provider), "this test")]));
        let (done, outcome) = mpsc::channel();
        let get = |chain: &Chain, deadline: &Deadline| chain.get("X", deadline);
        chain.start(&Deadline::default(), get, move |answer| done.send(answer).unwrap()).unwrap();
        outcome.recv().unwrap().unwrap();
        drop(chain);
        assert_eq!(told.try_recv(), Ok("gone"), "the last handle ends it");
    }
}

#[test]
fn a_panic_is_an_outcome() {
    let (chain, _) = chain();
    let deadline = Deadline::default().or(&Cancellation::new());
    let error = chain.get_cancellable("PANIC", &deadline).unwrap_err();
    assert_eq!(error.kind(), Kind::Panicked);
    let error = block_on(chain.get_async("PANIC", &Deadline::none())).unwrap_err();
    assert_eq!(error.kind(), Kind::Panicked);
}

#[test]
fn a_future_is_there_at_once_or_later_and_dropping_it_cancels() {
    let (chain, place) = chain();
    let mut at_once = pin!(chain.get_async("HERE", &Deadline::default()));
    let Poll::Ready(answer) = at_once.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("what is in memory is there at once");
    };
    assert_eq!(text(answer), "here");
    assert!(block_on(chain.get_async("NOWHERE", &Deadline::default())).unwrap().is_none());

    let mut slow = Box::pin(chain.get_async("SLOW", &Deadline::default()));
    assert!(slow.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    place.until(|place| place.inside.load(Ordering::SeqCst) == 1);
    place.open();
    assert_eq!(text(block_on(slow)), "slow");

    let polite = chain.get_async("POLITE", &Deadline::none());
    place.until(|place| place.inside.load(Ordering::SeqCst) == 1);
    drop(polite);
    place.until(|place| place.stopped.load(Ordering::SeqCst) == 1);
    let late = block_on(chain.get_async("POLITE", &Deadline::within(Duration::from_millis(20))));
    assert_eq!(late.unwrap_err().kind(), Kind::TimedOut);
}

#[test]
fn a_deadline_of_no_time_answers_from_memory_alone() {
    let (chain, place) = chain();
    let at_once = Deadline::within(Duration::ZERO);
    assert_eq!(text(chain.get("HERE", &at_once)), "here");
    assert!(chain.exists("HERE", &at_once).unwrap());
    let mut room = [MaybeUninit::uninit(); 64];
    assert_eq!(chain.get_into("HERE", &at_once, &mut room).unwrap(), Some("here".len()));
    assert_eq!(chain.get("SLOW", &at_once).unwrap_err().kind(), Kind::TimedOut);
    assert_eq!(chain.exists("SLOW", &at_once).unwrap_err().kind(), Kind::TimedOut);
    assert_eq!(place.inside.load(Ordering::SeqCst), 0, "it was not asked");
}

#[test]
fn memory_behind_a_place_that_has_to_be_waited_for_is_not_asked_first() {
    let (_, slow) = chain();
    let (_, here) = chain();
    let links = |on_error| {
        let first = Link::new(Arc::clone(&slow) as Arc<dyn Provider>, "this test");
        let second = Link::new(Arc::clone(&here) as Arc<dyn Provider>, "this test");
        Chain::new(vec![first.on_error(on_error), second])
    };
    assert!(links(OnError::Stop).get_now("SLOW").is_none());
    assert_eq!(text(links(OnError::Stop).get_now("HERE").unwrap()), "here");

    struct Broken;
    impl Provider for Broken {
        fn name(&self) -> &str {
            "broken"
        }
        fn get(&self, _: &str, _: &Deadline) -> Answer {
            Err(Error::invalid("it is broken", "mend it"))
        }
        fn in_memory(&self, _: &[u8], _: &mut Take<'_>) -> Memory {
            Memory::Failed
        }
    }
    let broken = |on_error| {
        let first = Link::new(Arc::new(Broken), "this test").on_error(on_error);
        Chain::new(vec![first, Link::new(Arc::clone(&here) as Arc<dyn Provider>, "this test")])
    };
    let error = broken(OnError::Stop).get_now("HERE").unwrap().unwrap_err();
    assert_eq!((error.provider(), error.name()), (Some("broken"), Some("HERE")));
    assert!(broken(OnError::Continue).get_now("HERE").is_none(), "the whole way says more");
}

#[test]
fn a_late_name_is_the_given_one_or_the_known_one() {
    let (chain, _) = chain();
    let (here, nowhere) = (Name::new("HERE").unwrap(), Name::new("NOWHERE").unwrap());
    let late = LateName::from(nowhere);
    let deadline = Deadline::default();
    assert_eq!(text(late.resolve(Some(&here), &chain, &deadline)), "here");
    assert!(late.resolve(None, &chain, &deadline).unwrap().is_none());
    assert_eq!(text(block_on(late.resolve_async(Some(&here), &chain, &deadline))), "here");
    let unnamed = block_on(LateName::default().resolve_async(None, &chain, &deadline));
    assert_eq!(unnamed.unwrap_err().kind(), Kind::Invalid);
}
