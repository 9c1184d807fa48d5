//! The plugin's end, fed with frames that are almost right.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread;

use prefect_secrets_core::{Answer, Buffer, Capabilities, Deadline, Error, Form, Provider, Secret};

use super::*;
use crate::fuzz::{Random, frames, mutated};
use crate::kind::Kind;
use crate::outgoing::Outgoing;
use crate::reader::Reader;
use crate::tag::Tag;

struct Fixed;

impl Provider for Fixed {
    fn name(&self) -> &str {
        "fixed"
    }
    fn get(&self, name: &str, _: &Deadline) -> Answer {
        let value = || Secret::new(&Arc::from("fixed"), Buffer::copy_of(b"value"), Form::Text);
        Ok((name == "ALPHA").then(value))
    }
    fn set(&self, _: &str, _: &Secret, _: &Deadline) -> Result<(), Error> {
        Ok(())
    }
    fn list(&self, _: &Deadline) -> Result<Vec<String>, Error> {
        Ok(vec!["ALPHA".into()])
    }
}

impl Served for Fixed {
    type Provider = Self;
    fn introduce(&mut self, _: &Sender) -> Result<Introduction, Error> {
        Ok(Introduction { id: "fixed".into(), capabilities: Capabilities::NONE })
    }
    fn create(&mut self, _: &str, _: Settings) -> Result<Self, Error> {
        Ok(Self)
    }
}

/// As [`serve`], but that the process does not end with the talk.
fn talk(socket: UnixStream) -> End {
    let sender = Sender::new(socket.into());
    match talk::until_created(&sender, &mut Fixed) {
        Ok((provider, reader)) => threads::work(&sender, reader, provider),
        Err(end) => end,
    }
}

const CALLS: [Kind; 10] = [
    Kind::Get,
    Kind::GetMany,
    Kind::Set,
    Kind::Delete,
    Kind::List,
    Kind::Refresh,
    Kind::Get,
    Kind::Set,
    Kind::Close,
    Kind::Hello,
];

#[test]
fn no_frame_hurts_the_plugins_end() {
    let (mut random, mut sent) = (Random::new(1), 0);
    let mut ends = [0; 3];
    let wanted = frames();
    while sent < wanted {
        let (mut host, theirs) = UnixStream::pair().expect("a pair of sockets");
        let mut answers = host.try_clone().expect("a socket");
        let served = thread::spawn(move || talk(theirs));
        // Answers are read, and must be frames.
        let read = thread::spawn(move || {
            let (mut bytes, mut reader, mut whole) = (Vec::new(), Reader::of_a_host(), 0);
            let _ = answers.read_to_end(&mut bytes);
            let mut rest = &bytes[..];
            loop {
                while reader.next().expect("a frame").is_some() {
                    whole += 1;
                }
                let room = &mut reader.room()[..];
                let len = rest.read_vectored(room).expect("memory");
                if len == 0 {
                    return whole;
                }
                reader.filled(len);
            }
        });
        let mut begin = Outgoing::new(Kind::Hello, 0).u32(Tag::Version, crate::VERSION);
        let mut create = Outgoing::new(Kind::Create, 1).text(Tag::Name, "fuzzed");
        let mut bytes = [begin.head(0), create.head(2), b"{}"].concat();
        if random.below(20) == 0 {
            bytes = mutated(&mut random, &[Kind::Hello, Kind::Create], 3);
        }
        for _ in 0..25 {
            bytes.extend_from_slice(&mutated(&mut random, &CALLS, 4));
            sent += 1;
        }
        // It ends at the first broken frame, and does not read what comes after.
        let _ = host.write_all(&bytes);
        let _ = host.shutdown(Shutdown::Write);
        let end = served.join().expect("it did not panic");
        // Where a call was running at the end, its thread keeps the socket.
        let _ = host.shutdown(Shutdown::Both);
        assert!(read.join().expect("it did not panic") <= 1000);
        ends[match end {
            End::Closed => 0,
            End::Gone => 1,
            End::Broken(_) => 2,
        }] += 1;
    }
    assert!(ends.iter().all(|&end| end > 0), "{ends:?}: closed, gone, broken");
}
