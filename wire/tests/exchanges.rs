//! The recorded talks, played against the plugin's side in Rust, Go and Python.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use prefect_secrets_testing::{built, find, go, program, workspace};
use prefect_secrets_wire::{Fields, Frame, HEADER, Kind, Outgoing, Reader, Tag, VERSION};

/// A frame of the host, what it is about, and how many answers it has; `own` if their words are the
/// implementation's.
struct Step {
    about: &'static str,
    frame: Vec<u8>,
    answers: usize,
    own: bool,
}

fn step(about: &'static str, answers: usize, mut frame: Outgoing, payload: &[u8]) -> Step {
    let frame = [frame.head(payload.len()), payload].concat();
    Step { about, frame, answers, own: false }
}

/// So far away that it does not pass while somebody plays a talk.
const DEADLINE: u64 = 1 << 62;

fn call(kind: Kind, number: u32) -> Outgoing {
    Outgoing::new(kind, number).u64(Tag::Deadline, DEADLINE)
}

fn named(kind: Kind, number: u32, name: &str) -> Outgoing {
    call(kind, number).text(Tag::Name, name)
}

fn hello(version: u32) -> Step {
    step("hello", 1, Outgoing::new(Kind::Hello, 0).u32(Tag::Version, version), &[])
}

fn create(settings: &str) -> Step {
    let frame = Outgoing::new(Kind::Create, 1).text(Tag::Name, "recorded");
    step("create", 1, frame, settings.as_bytes())
}

fn close(number: u32) -> Step {
    step("close", 1, Outgoing::new(Kind::Close, number), &[])
}

fn own(mut step: Step) -> Step {
    step.own = true;
    step
}

fn talks() -> Vec<(&'static str, Vec<Step>)> {
    let get = |about, number, name| step(about, 1, named(Kind::Get, number, name), &[]);
    let set = |number, name, form, text: &[u8], json: &[u8]| {
        let frame = named(Kind::Set, number, name).u32(Tag::Form, form);
        let frame = frame.u32(Tag::TextLen, text.len() as u32);
        step("set", 1, frame, &[text, json].concat())
    };
    let many = ["ALPHA", "NOBODY", "DENIED", "NUMBER"];
    let many = many.iter().fold(call(Kind::GetMany, 2), |frame, name| frame.text(Tag::Name, name));
    let mut reserved = get("a name, in a frame whose unused bytes are used", 6, "ALPHA");
    reserved.frame[2..4].copy_from_slice(&[0xa5, 0x5a]);
    vec![
        (
            "values",
            vec![
                hello(VERSION),
                create("{}"),
                get("text", 2, "ALPHA"),
                get("JSON", 3, "NUMBER"),
                get("text with its JSON view", 4, "BOTH"),
                get("a value that ends", 5, "DATED"),
                get("bytes that are no text", 6, "BYTES"),
                get("absent", 7, "NOBODY"),
                close(8),
            ],
        ),
        (
            "failures",
            vec![
                hello(VERSION),
                create("{}"),
                get("denied", 2, "DENIED"),
                get("unavailable", 3, "DOWN"),
                get("and it goes on", 4, "ALPHA"),
                close(5),
            ],
        ),
        (
            "many",
            vec![
                hello(VERSION),
                create("{}"),
                step("found, absent, denied, found, and the end", 5, many, &[]),
                close(3),
            ],
        ),
        (
            "writing",
            vec![
                hello(VERSION),
                create("{}"),
                set(2, "NEW", 1, b"a new value", b""),
                get("what was set", 3, "NEW"),
                set(4, "ALPHA", 3, b"1", b"\"one\""),
                get("what is there now", 5, "ALPHA"),
                step("the names", 2, call(Kind::List, 6), &[]),
                step("delete", 1, named(Kind::Delete, 7, "NEW"), &[]),
                step("delete, and it is not there", 1, named(Kind::Delete, 8, "NEW"), &[]),
                get("it is not there", 9, "NEW"),
                step("refresh", 1, call(Kind::Refresh, 10), &[]),
                get("as at first", 11, "ALPHA"),
                close(12),
            ],
        ),
        (
            "grease",
            vec![
                step(
                    "hello, with a field that nobody knows",
                    1,
                    Outgoing::new(Kind::Hello, 0)
                        .raw_field(0x2a2a, b"grease")
                        .u32(Tag::Version, VERSION),
                    &[],
                ),
                create("{}"),
                step("a frame that nobody knows, of no call", 0, Outgoing::raw(0x4a4a, 0), b"x"),
                own(step(
                    "a frame that nobody knows, of a call",
                    1,
                    Outgoing::raw(0x7a7a, 2).text(Tag::Name, "ALPHA"),
                    &[],
                )),
                step(
                    "a name, among fields that nobody knows",
                    1,
                    call(Kind::Get, 3)
                        .raw_field(0x0a0a, &[])
                        .text(Tag::Name, "ALPHA")
                        .raw_field(0xfafa, &[0xff; 40]),
                    &[],
                ),
                step(
                    "a name, and a payload that nobody asked for",
                    1,
                    named(Kind::Get, 4, "ALPHA"),
                    b"payload",
                ),
                reserved,
                close(7),
            ],
        ),
        ("later-minor", vec![hello(VERSION + 7), create("{}"), close(2)]),
        ("other-major", vec![own(hello(2 << 16))]),
        ("unwanted", vec![hello(VERSION), close(1)]),
        ("refused", vec![hello(VERSION), create("{\"refuse\":true}")]),
    ]
}

/// A plugin's side that was started.
struct Side {
    child: Child,
    socket: UnixStream,
    reader: Reader,
}

impl Side {
    /// Started as a host starts it.
    fn start(program: &[PathBuf]) -> Self {
        let (socket, theirs) = UnixStream::pair().expect("a pair of sockets");
        socket.set_read_timeout(Some(Duration::from_secs(60))).expect("a limit");
        let mut command = Command::new(built().plugin_host());
        command.arg("program").args(program).stdin(Stdio::from(OwnedFd::from(theirs)));
        let child = command.stdout(Stdio::null()).spawn().expect("the program that plugins run in");
        Self { child, socket, reader: Reader::of_a_host() }
    }

    fn answer(&mut self) -> Frame {
        loop {
            while let Some(frame) = self.reader.next().expect("a frame") {
                if frame.kind != Kind::Log as u16 {
                    return frame;
                }
            }
            let len = self.socket.read_vectored(&mut self.reader.room()).expect("an answer");
            assert!(len > 0, "the talk ended");
            self.reader.filled(len);
        }
    }

    fn play(&mut self, step: &Step) -> Vec<Frame> {
        self.socket.write_all(&step.frame).expect("it is read");
        let mut answers: Vec<Frame> = (0..step.answers).map(|_| self.answer()).collect();
        // The end of a call is the last; what comes before may come in any order.
        answers.sort_by_key(|frame| read(frame).index.unwrap_or(u32::MAX));
        answers
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(frame: &Frame) -> Fields<'_> {
    Fields::read(&frame.fields).expect("fields")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn line(sign: char, header: &[u8], fields: &[u8], payload: &[u8]) -> String {
    format!("{sign} {} | {} | {}", hex(header), hex(fields), hex(payload)).trim_end().to_owned()
        + "\n"
}

/// A talk as it is written down.
fn written(steps: &[Step], side: &mut Side) -> String {
    let mut text = String::new();
    for step in steps {
        let fields = u32::from_le_bytes(step.frame[8..12].try_into().expect("four bytes")) as usize;
        let (header, rest) = step.frame.split_at(HEADER);
        let (fields, payload) = rest.split_at(fields);
        text += &format!("# {}\n", step.about);
        text += &line('>', header, fields, payload);
        for answer in side.play(step) {
            let mut header = [0; HEADER];
            header[..2].copy_from_slice(&answer.kind.to_le_bytes());
            header[4..8].copy_from_slice(&answer.call.to_le_bytes());
            header[8..12].copy_from_slice(&(answer.fields.len() as u32).to_le_bytes());
            header[12..].copy_from_slice(&(answer.payload.len() as u32).to_le_bytes());
            let sign = if step.own { '~' } else { '<' };
            text += &line(sign, &header, &answer.fields, answer.payload.expose());
        }
    }
    text
}

fn folder() -> PathBuf {
    workspace().join("wire/exchanges")
}

fn bytes(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.chunks(2).map(|digits| pair(digits).expect("digits")).collect()
}

/// A talk as it was recorded: the frames, each with the answers that it had.
fn recorded(file: &Path) -> Vec<(Step, Vec<(char, Frame)>)> {
    let mut talk: Vec<(Step, Vec<(char, Frame)>)> = Vec::new();
    for line in fs::read_to_string(file).expect("a talk").lines() {
        let Some((sign, digits)) = line.split_once(' ') else { continue };
        match sign {
            ">" => {
                let step = Step { about: "", frame: bytes(digits), answers: 0, own: false };
                talk.push((step, Vec::new()));
            }
            "<" | "~" => {
                let (step, answers) = talk.last_mut().expect("a frame of the host comes first");
                let mut reader = Reader::of_a_host();
                let bytes = bytes(digits);
                let mut rest = &bytes[..];
                let frame = loop {
                    if let Some(frame) = reader.next().expect("a frame") {
                        break frame;
                    }
                    let len = rest.read_vectored(&mut reader.room()).expect("memory");
                    assert!(len > 0, "{line} is no whole frame");
                    reader.filled(len);
                };
                step.answers += 1;
                answers.push((sign.chars().next().expect("a sign"), frame));
            }
            _ => {}
        }
    }
    talk
}

fn plays(side: &[PathBuf]) {
    let mut files: Vec<_> = fs::read_dir(folder()).expect("the talks").flatten().collect();
    files.retain(|file| file.path().extension().is_some_and(|ending| ending == "txt"));
    assert_eq!(files.len(), talks().len());
    for file in files {
        let mut played = Side::start(side);
        for (step, expected) in recorded(&file.path()) {
            let answers = played.play(&step);
            for (answer, (sign, expected)) in answers.iter().zip(&expected) {
                let (mut said, mut was) = (read(answer), read(expected));
                if *sign == '~' {
                    (said.what, said.next_step, was.what, was.next_step) = (None, None, None, None);
                }
                let place = format!("{side:?}, {:?}: {}", file.path(), hex(&step.frame));
                assert_eq!((answer.kind, answer.call), (expected.kind, expected.call), "{place}");
                assert_eq!(said, was, "{place}");
                assert_eq!(answer.payload.expose(), expected.payload.expose(), "{place}");
            }
        }
    }
}

fn in_rust() -> Vec<PathBuf> {
    vec![program("prefect-secrets-wire", "--example", "fixture")]
}

/// What is recorded is what the side in Rust says, so that the files are true.
#[test]
fn the_talks_are_recorded() {
    for (name, steps) in talks() {
        let text = written(&steps, &mut Side::start(&in_rust()));
        let file = folder().join(format!("{name}.txt"));
        if std::env::var_os("PREFECT_SECRETS_RECORD").is_some() {
            fs::write(&file, &text).expect("the talk");
        }
        let there = fs::read_to_string(&file).expect("the talk");
        assert_eq!(there, text, "{name}: PREFECT_SECRETS_RECORD=1 records it anew");
    }
}

#[test]
fn the_side_in_rust() {
    plays(&in_rust());
}

#[test]
fn the_side_in_go() {
    let Some(go) = go::find() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let fixture = folder.path().join("fixture");
    go::build(&go, &workspace().join("bindings/go/internal/fixture"), &fixture);
    plays(&[fixture]);
}

#[test]
fn the_side_in_python() {
    let Some(python) = find("python3") else { return };
    plays(&[python, "-B".into(), workspace().join("bindings/python/tests/fixture.py")]);
}
