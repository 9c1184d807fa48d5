//! Threads, and callers with a runtime of their own.

use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use prefect_secrets_core::{Deadline, Provider};
use prefect_secrets_stand_in::Secrets;

use crate::{client, start, text, timed};

#[test]
fn gets_from_eight_threads_overlap() {
    let delay = Duration::from_millis(400);
    let cloud = start(Secrets::new().with("X", "\"v\"").delayed(delay));
    let provider = client(&cloud);
    let barrier = Barrier::new(8);
    let ((), elapsed) = timed(|| {
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    barrier.wait();
                    assert_eq!(text(&provider, "X"), "v");
                });
            }
        });
    });
    assert_eq!(cloud.most_at_once(), 8);
    assert!(elapsed < 4 * delay, "{elapsed:?}");
}

#[test]
fn callers_may_have_a_runtime_of_any_kind() {
    let delay = Duration::from_millis(300);
    let cloud = start(Secrets::new().with("X", "\"v\"").delayed(delay));
    let provider = Arc::new(client(&cloud));

    let single = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(single.block_on(async { text(&provider, "X") }), "v");
    let _entered = single.enter();
    assert_eq!(text(&provider, "X"), "v");

    let several = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    let ((), elapsed) = timed(|| {
        several.block_on(async {
            let get = |_| {
                let provider = Arc::clone(&provider);
                tokio::spawn(async move { text(&provider, "X") })
            };
            for get in (0..4).map(get).collect::<Vec<_>>() {
                assert_eq!(get.await.unwrap(), "v");
            }
        });
    });
    assert!(cloud.most_at_once() >= 2 && elapsed < 4 * delay, "{elapsed:?}");

    // Inside and outside at the same time; and the provider may go away inside.
    thread::scope(|scope| {
        scope.spawn(|| assert_eq!(text(&provider, "X"), "v"));
        let provider = Arc::clone(&provider);
        several.block_on(async move { assert_eq!(text(&provider, "X"), "v") });
    });
    single.block_on(async move { drop(provider) });
}

#[test]
fn many_threads_and_broken_connections_lose_nothing() {
    let cloud = start(Secrets::new().with("X", "\"v\""));
    let provider = client(&cloud);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..50 {
                    let found = provider.get("X", &Deadline::default()).unwrap().unwrap();
                    assert_eq!(found.expose_text(), b"v");
                }
            });
        }
        for _ in 0..20 {
            thread::sleep(Duration::from_millis(5));
            cloud.break_connections();
        }
    });
}
