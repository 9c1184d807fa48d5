//! The host's end, fed with frames that are almost right.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use prefect_secrets_core::Deadline;
use prefect_secrets_wire::fuzz::{Random, frames, mutated};
use prefect_secrets_wire::{HEADER, Kind, Outgoing};

use super::answers;
use super::call::Expected;
use super::child::Child;
use super::connection::Connection;

const ANSWERS: [Kind; 9] = [
    Kind::Found,
    Kind::Found,
    Kind::Found,
    Kind::Done,
    Kind::Done,
    Kind::Names,
    Kind::Log,
    Kind::Step,
    Kind::HelloBack,
];

#[test]
fn no_frame_hurts_the_hosts_end() {
    let (mut random, mut sent, wanted) = (Random::new(2), 0, frames());
    let provider: Arc<str> = "fuzzed".into();
    let (mut answered, mut failed) = (0, 0);
    while sent < wanted {
        let (ours, mut plugin) = UnixStream::pair().expect("a pair of sockets");
        let mut bytes = Vec::new();
        for _ in 0..25 {
            bytes.extend_from_slice(&mutated(&mut random, &ANSWERS, 5));
            sent += 1;
        }
        let connection = Connection::new(Child::of_a_test(ours.into()), "fuzzed");
        let call = |expected, kind| {
            let deadline = Deadline::within(Duration::from_secs(20));
            connection.call(expected, &deadline, [&[], &[]], |call| Outgoing::new(kind, call))
        };
        let outcomes = thread::scope(|scope| {
            let get = scope.spawn(|| match call(Expected::Value, Kind::Get) {
                Ok(frames) => answers::get(frames, &provider).map(drop),
                Err(lost) => Err(lost.into_error()),
            });
            let many = scope.spawn(|| match call(Expected::Values(3), Kind::GetMany) {
                Ok(frames) => answers::get_many(frames, 3, &provider).map(|many| {
                    assert_eq!(many.len(), 3);
                }),
                Err(lost) => Err(lost.into_error()),
            });
            let list = scope.spawn(|| match call(Expected::Names, Kind::List) {
                Ok(frames) => answers::list(&frames).map(drop),
                Err(lost) => Err(lost.into_error()),
            });
            let deleted = scope.spawn(|| match call(Expected::Done, Kind::Delete) {
                Ok(frames) => answers::outcome(&frames).map(drop),
                Err(lost) => Err(lost.into_error()),
            });
            // Each is a header and nothing else; once all have come, they can be answered.
            plugin.read_exact(&mut [0; 4 * HEADER]).expect("four calls");
            // It closes its end, so nobody waits for an answer that does not come.
            let _ = plugin.write_all(&bytes);
            drop(plugin);
            [get, many, list, deleted].map(|call| call.join().expect("it did not panic"))
        });
        for outcome in outcomes {
            match outcome {
                Ok(()) => answered += 1,
                Err(error) => {
                    // The plugin may say that something timed out; nobody may have waited for it.
                    assert!(!error.what().starts_with("the deadline passed"), "{error}");
                    failed += 1;
                }
            }
        }
    }
    assert!(answered > 0 && failed > 0, "{answered} answered, {failed} failed");
}
