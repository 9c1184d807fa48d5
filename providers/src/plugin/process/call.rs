//! A call that waits for its answer.

use std::sync::{Arc, Condvar};
use std::time::{Duration, Instant};

use prefect_secrets_wire::{Broken, Fields, Frame, Kind, MOST_NAMES};
use rustix::event::Timespec;

/// The most bytes of values in the answers to one call: 256 MiB.
const MOST_PAYLOAD: usize = 256 << 20;
/// The most bytes of names in the answers to one `list`: 64 MiB.
const MOST_FIELDS: usize = 64 << 20;

/// What answers a call may have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// The steps of loading, and `hello`.
    Hello,
    /// A value, or `done`.
    Value,
    /// One answer for each name, and `done`.
    Values(usize),
    /// `done`.
    Done,
    /// Names, and `done`.
    Names,
}

/// A call whose last answer has not come, or has not been looked at.
pub(super) struct Waiting {
    expected: Expected,
    pub(super) frames: Vec<Frame>,
    payload: usize,
    fields: usize,
    names: usize,
    pub(super) closed: bool,
    /// When its caller stopped waiting.
    pub(super) given_up: Option<Instant>,
    /// What its caller waits at, while another thread reads.
    pub(super) turn: Option<Arc<Condvar>>,
}

impl Waiting {
    pub(super) fn new(expected: Expected) -> Self {
        Self {
            expected,
            frames: Vec::new(),
            payload: 0,
            fields: 0,
            names: 0,
            closed: false,
            given_up: None,
            turn: None,
        }
    }

    /// Takes an answer in, if it is one that this call may have.
    pub(super) fn take(&mut self, kind: Kind, frame: Frame) -> Result<(), Broken> {
        let fields = Fields::read(&frame.fields)?;
        let closes = match (self.expected, kind, fields.index) {
            (Expected::Hello, Kind::Step, _) => false,
            (Expected::Hello, Kind::HelloBack, _) => true,
            (Expected::Values(count), Kind::Found | Kind::Done, Some(index)) => {
                if index as usize >= count {
                    return Err(Broken("an answer has an index that no name has"));
                }
                false
            }
            (Expected::Value, Kind::Found, None) => true,
            (Expected::Names, Kind::Names, _) => false,
            (_, Kind::Done, None) => true,
            _ => return Err(Broken("an answer does not fit its call")),
        };
        if kind == Kind::Found && fields.form.is_none() {
            return Err(Broken("a value has no form"));
        }
        let text = fields.text_len.map(|len| len as usize);
        if kind == Kind::Found && text.is_none_or(|len| len > frame.payload.len()) {
            return Err(Broken("a value has no text_len, or one that is past the payload"));
        }
        if matches!(kind, Kind::Done | Kind::Step) && fields.status.is_none() {
            return Err(Broken("the end of a call has no status"));
        }
        self.payload += frame.payload.len();
        self.fields += frame.fields.len();
        self.names += fields.names.len();
        let most = match self.expected {
            Expected::Values(count) => count + 1,
            Expected::Names => MOST_NAMES,
            _ => 64,
        };
        if self.payload > MOST_PAYLOAD
            || self.fields > MOST_FIELDS
            || self.names > MOST_NAMES
            || self.frames.len() >= most
        {
            return Err(Broken("the answer to a call is larger than one may be"));
        }
        self.closed = closes;
        if self.given_up.is_none() {
            self.frames.push(frame);
        }
        Ok(())
    }
}

/// A time span for `poll`. The longest that it can be is a day: whoever waits longer polls again.
pub(super) fn timespec(span: Duration) -> Timespec {
    let span = span.min(Duration::from_secs(86_400));
    Timespec { tv_sec: span.as_secs() as i64, tv_nsec: span.subsec_nanos().into() }
}
