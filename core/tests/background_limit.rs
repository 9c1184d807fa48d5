//! How many calls are worked on at once. In a process of its own: the limit is the process's.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use prefect_secrets_core::{Answer, Cancellation, Chain, Deadline, Link, Provider};

/// `SLOW` waits for the gate; every other name is absent.
#[derive(Default)]
struct Place {
    gate: Mutex<bool>,
    opened: Condvar,
    inside: AtomicUsize,
}

impl Provider for Place {
    fn name(&self) -> &str {
        "place"
    }

    fn get(&self, name: &str, _: &Deadline) -> Answer {
        if name == "SLOW" {
            self.inside.fetch_add(1, Ordering::SeqCst);
            let gate = self.gate.lock().unwrap();
            drop(self.opened.wait_while(gate, |open| !*open).unwrap());
            self.inside.fetch_sub(1, Ordering::SeqCst);
        }
        Ok(None)
    }
}

#[test]
fn sixty_four_that_somebody_waits_for_and_those_that_were_left_beside_them() {
    let place = Arc::new(Place::default());
    let link = Link::new(Arc::clone(&place) as Arc<dyn Provider>, "this test");
    let chain = Arc::new(Chain::new(vec![link]));
    let until = |count| {
        let start = Instant::now();
        while place.inside.load(Ordering::SeqCst) != count {
            assert!(start.elapsed() < Duration::from_secs(30), "{count} were to be inside");
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(Duration::from_millis(50));
        assert_eq!(place.inside.load(Ordering::SeqCst), count, "and no more");
    };
    let start = |name: &'static str, deadline: &Deadline, count| {
        let (sender, outcomes) = mpsc::channel();
        for _ in 0..count {
            let sender = sender.clone();
            let get = move |chain: &Chain, deadline: &Deadline| chain.get(name, deadline);
            let done = move |_| {
                let _ = sender.send(());
            };
            chain.start(deadline, get, done).unwrap();
        }
        outcomes
    };
    // Calls that are over, whichever way, leave no mark.
    let usual = Deadline::default();
    assert_eq!(start("QUICK", &usual, 3000).iter().take(3000).count(), 3000);
    for _ in 0..300 {
        let deadline = Deadline::default().or(&Cancellation::new());
        assert!(chain.get_cancellable("QUICK", &deadline).unwrap().is_none());
    }
    let cancellation = Cancellation::new();
    let cancelled = start("SLOW", &Deadline::default().or(&cancellation), 100);
    until(64);
    cancellation.cancel();
    assert_eq!(cancelled.iter().count(), 100);
    // The 64 are still inside, and 64 more that are wanted; 36 never began.
    let wanted = start("SLOW", &usual, 100);
    until(128);
    *place.gate.lock().unwrap() = true;
    place.opened.notify_all();
    assert_eq!(wanted.iter().count(), 100);
    until(0);
}
