//! Gets that do not block their caller, and gets that are cancelled.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use prefect_secrets_core::{Cancellation, Chain, Deadline, Kind, Link, Provider};
use prefect_secrets_stand_in::Secrets;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use crate::{client, start, timed};

fn chain(provider: impl Provider + 'static) -> Arc<Chain> {
    Arc::new(Chain::new(vec![Link::new(Arc::new(provider), "this test")]))
}

fn runtimes() -> [Runtime; 2] {
    let single = Builder::new_current_thread().build().unwrap();
    [single, Builder::new_multi_thread().worker_threads(2).build().unwrap()]
}

#[test]
fn futures_overlap_on_a_thread_that_goes_on() {
    let delay = Duration::from_millis(300);
    let cloud = start(Secrets::new().with("X", "\"v\"").delayed(delay));
    let chain = chain(client(&cloud));
    for theirs in runtimes() {
        let (lost, elapsed) = timed(|| {
            theirs.block_on(async {
                let mut gets = JoinSet::new();
                for _ in 0..20 {
                    let chain = Arc::clone(&chain);
                    gets.spawn(async move { chain.get_async("X", &Deadline::default()).await });
                }
                let answers = gets.join_all().await;
                answers.into_iter().filter(|a| !matches!(a, Ok(Some(_)))).count()
            })
        });
        assert_eq!(lost, 0);
        assert!(elapsed < 10 * delay, "they came one after the other: {elapsed:?}");
    }
    assert!(cloud.most_at_once() >= 10, "{}", cloud.most_at_once());
}

#[test]
fn a_future_may_be_dropped_or_outlive_its_chain() {
    let cloud = start(Secrets::new().with("X", "\"v\"").delayed(Duration::from_millis(200)));
    let chain = chain(client(&cloud));
    let [single, several] = runtimes();
    drop(chain.get_async("X", &Deadline::default()));
    let late = chain.get_async("X", &Deadline::default());
    drop(chain);
    assert!(single.block_on(late).unwrap().is_some());
    several.block_on(async {}); // and nothing is left that stops a runtime from ending
}

#[test]
fn a_get_that_is_cancelled_ends_for_its_caller_and_for_the_library() {
    let delay = Duration::from_secs(60);
    let cloud = start(Secrets::new().with("X", "\"v\"").delayed(delay));
    let chain = chain(client(&cloud));
    let cancellation = Cancellation::new();
    let deadline = Deadline::none().or(&cancellation);
    // More than the library works on at once: if those that were cancelled went on, the next ones
    // would not get their turn.
    for round in 1..=3 {
        let cancellation = cancellation.child();
        let deadline = deadline.clone().or(&cancellation);
        thread::scope(|scope| {
            let callers: Vec<_> = (0..40)
                .map(|_| scope.spawn(|| chain.get_cancellable("X", &deadline).unwrap_err()))
                .collect();
            let start = Instant::now();
            while cloud.requests().len() < 40 * round {
                assert!(start.elapsed() < Duration::from_secs(30), "round {round}");
                thread::sleep(Duration::from_millis(5));
            }
            cancellation.cancel();
            for caller in callers {
                assert_eq!(caller.join().unwrap().kind(), Kind::Cancelled);
            }
        });
    }
    cancellation.cancel();
    let error = chain.get_cancellable("X", &deadline).unwrap_err();
    assert_eq!((error.kind(), error.name()), (Kind::Cancelled, Some("X")));
}
