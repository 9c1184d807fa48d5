//! The calls of many threads over one socket.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use prefect_secrets_core::abi::one_line;
use prefect_secrets_core::{Deadline, Error};
use prefect_secrets_wire::{Broken, Fields, Frame, Kind, Outgoing, Reader, Stopped};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::net::{RecvAncillaryBuffer, RecvFlags, recvmsg};

use super::call::{Expected, Waiting, timespec};
use super::child::Child;
use super::ending::{ENDING, broke, hung, shortly, unread};

/// How long a call may be without an answer after its caller gave it up.
const GRACE: Duration = Duration::from_secs(1);
/// How often the socket is read before the clock is looked at.
const MOST_READS: usize = 1024;

/// One life of the process, and the calls that run in it.
pub(super) struct Connection {
    pub(super) child: Child,
    pub(super) provider: Box<str>,
    pub(super) born: Instant,
    /// A frame is not begun before another has ended.
    sending: Mutex<Turns>,
    sent: Condvar,
    reader: Mutex<Reader>,
    pub(super) calls: Mutex<Calls>,
    pub(super) dead: AtomicBool,
}

pub(super) struct Calls {
    last: u32,
    pub(super) waiting: HashMap<u32, Waiting>,
    /// Whether a thread is reading.
    read: bool,
    /// Why the process is not asked any more.
    pub(super) dead: Option<Error>,
}

/// Who sends, and how many wait for that.
#[derive(Default)]
struct Turns {
    taken: bool,
    waiting: usize,
}

/// Why a call has no answers.
pub(super) enum Lost {
    /// The process was gone before the call reached it: it may be made again.
    Before(Error),
    /// What became of the call is not known.
    Failed(Error),
}

impl Lost {
    pub(super) fn into_error(self) -> Error {
        match self {
            Self::Before(error) | Self::Failed(error) => error,
        }
    }
}

impl Connection {
    pub(super) fn new(child: Child, provider: &str) -> Self {
        let calls = Calls { last: 0, waiting: HashMap::new(), read: false, dead: None };
        Self {
            child,
            provider: provider.into(),
            born: Instant::now(),
            sending: Mutex::default(),
            sent: Condvar::new(),
            reader: Mutex::new(Reader::of_a_host()),
            calls: Mutex::new(calls),
            dead: AtomicBool::new(false),
        }
    }

    /// Whether the process may be asked, as far as is known.
    pub(super) fn is_alive(&self) -> bool {
        !self.dead.load(Ordering::Acquire)
    }

    /// The number of the process.
    pub(super) fn pid(&self) -> i32 {
        self.child.pid()
    }

    /// Sends a call, and waits for its answers. `make` makes the frame, from the number of the call.
    pub(super) fn call(
        &self,
        expected: Expected,
        deadline: &Deadline,
        payload: [&[u8]; 2],
        make: impl FnOnce(u32) -> Outgoing,
    ) -> Result<Vec<Frame>, Lost> {
        self.catch_up();
        let number = self.begin(expected).map_err(Lost::Before)?;
        self.send(make(number), payload, deadline).inspect_err(|_| {
            lock(&self.calls).waiting.remove(&number);
        })?;
        self.wait(number, deadline).map_err(Lost::Failed)
    }

    /// A number for a call; 0 for `hello`.
    fn begin(&self, expected: Expected) -> Result<u32, Error> {
        let mut calls = lock(&self.calls);
        if let Some(why) = &calls.dead {
            return Err(why.clone());
        }
        let mut number = 0;
        if expected != Expected::Hello {
            loop {
                number = calls.last.wrapping_add(1);
                calls.last = number;
                if number != 0 && !calls.waiting.contains_key(&number) {
                    break;
                }
            }
        }
        calls.waiting.insert(number, Waiting::new(expected));
        Ok(number)
    }

    fn send(&self, frame: Outgoing, payload: [&[u8]; 2], deadline: &Deadline) -> Result<(), Lost> {
        let _sending = self.turn_to_send(deadline).map_err(Lost::Failed)?;
        // Half a frame would end the process: who cancels does not wait here, and nobody else is hurt.
        let whole = deadline.cancellation().is_some().then(|| deadline.uncancellable());
        let deadline = whole.as_ref().unwrap_or(deadline);
        let sent = frame.send(self.child.socket(), payload, || {
            if self.is_overdue() {
                self.read_meanwhile();
            }
            let left = self.patience(deadline)?;
            let socket = self.child.socket();
            // It may be writing itself, and not read before it is read from.
            let mut ends = vec![PollFd::new(&socket, PollFlags::IN | PollFlags::OUT)];
            ends.extend(self.child.lines.to_poll());
            let polled = poll(&mut ends, Some(&timespec(left)));
            let readable = polled.is_ok() && ends[0].revents().contains(PollFlags::IN);
            if readable && !self.read_meanwhile() {
                // Whoever reads does it; do not spin until then.
                std::thread::yield_now();
            }
            if ends.get(1).is_some_and(|lines| !lines.revents().is_empty()) {
                self.child.lines.drain();
            }
            // Somebody else may hold its end of the socket: a process that it started.
            if polled == Ok(0) && self.child.is_gone() {
                return Err(self.ended(shortly(deadline)));
            }
            Ok(())
        });
        match sent {
            Ok(()) => Ok(()),
            Err(Stopped::Gone) => Err(Lost::Before(self.ended(shortly(deadline)))),
            Err(Stopped::GivenUp(why, begun)) => {
                if begun {
                    // Half a frame stands in the socket: nothing can follow it.
                    self.die(unread());
                }
                Err(Lost::Failed(why))
            }
        }
    }

    /// Waits until no other thread is sending.
    fn turn_to_send(&self, deadline: &Deadline) -> Result<Sending<'_>, Error> {
        let mut turns = lock(&self.sending);
        while turns.taken {
            let left = self.patience(deadline)?;
            turns.waiting += 1;
            turns = self.sent.wait_timeout(turns, left).unwrap_or_else(PoisonError::into_inner).0;
            turns.waiting -= 1;
        }
        turns.taken = true;
        Ok(Sending(self))
    }

    /// How long to wait for anything; or that it was long enough.
    fn patience(&self, deadline: &Deadline) -> Result<Duration, Error> {
        let left = deadline.remaining();
        if left.is_zero() {
            return Err(deadline.passed("this provider was working in its own process"));
        }
        let calls = lock(&self.calls);
        if let Some(why) = &calls.dead {
            return Err(why.clone());
        }
        let overdue = calls.waiting.values().filter_map(|call| call.given_up).min();
        drop(calls);
        // Another thread may give a call up meanwhile, and cannot tell whoever is reading.
        let left = left.min(GRACE / 2).min(deadline.patience());
        let Some(since) = overdue else { return Ok(left) };
        let grace = GRACE.saturating_sub(since.elapsed());
        if grace.is_zero() {
            let why = hung();
            self.die(why.clone());
            return Err(why);
        }
        Ok(left.min(grace))
    }

    /// Reads what is there, unless another thread reads. `false`: one does.
    fn read_meanwhile(&self) -> bool {
        let mut calls = lock(&self.calls);
        if calls.read {
            return false;
        }
        calls.read = true;
        drop(calls);
        let _reading = Reading(self);
        self.read_what_is_there(None, ENDING);
        true
    }

    /// Takes the answers in that came after their callers had gone, when nobody was there to read. If
    /// one has still not come, and should have, this process is not asked any more.
    pub(super) fn catch_up(&self) {
        let late = |calls: &Calls| calls.waiting.values().any(|call| call.given_up.is_some());
        if late(&lock(&self.calls)) && self.read_meanwhile() && self.is_overdue() {
            self.die(hung());
        }
    }

    /// Whether a call has no answer long after its caller gave it up.
    fn is_overdue(&self) -> bool {
        let calls = lock(&self.calls);
        let overdue = |call: &Waiting| call.given_up.is_some_and(|at| at.elapsed() >= GRACE);
        calls.waiting.values().any(overdue)
    }

    /// Waits until the call has its last answer.
    fn wait(&self, number: u32, deadline: &Deadline) -> Result<Vec<Frame>, Error> {
        loop {
            let mut calls = lock(&self.calls);
            if let Some(call) = calls.waiting.get(&number)
                && call.closed
            {
                return Ok(calls
                    .waiting
                    .remove(&number)
                    .map(|call| call.frames)
                    .unwrap_or_default());
            }
            if let Some(why) = calls.dead.clone() {
                calls.waiting.remove(&number);
                return Err(why);
            }
            if calls.read {
                self.follow(calls, number, deadline)?;
                continue;
            }
            calls.read = true;
            drop(calls);
            let reading = Reading(self);
            self.read_until_closed(number, deadline)?;
            drop(reading);
        }
    }

    /// Waits while another thread reads.
    fn follow(
        &self,
        mut calls: MutexGuard<'_, Calls>,
        number: u32,
        deadline: &Deadline,
    ) -> Result<(), Error> {
        let Some(call) = calls.waiting.get_mut(&number) else { return Ok(()) };
        let turn = std::sync::Arc::clone(call.turn.get_or_insert_with(Default::default));
        if deadline.remaining().is_zero() {
            drop(calls);
            return Err(self.give_up(number, deadline));
        }
        drop(turn.wait_timeout(calls, deadline.patience()));
        Ok(())
    }

    /// Lets another thread read.
    fn stop_reading(&self) {
        let mut calls = lock(&self.calls);
        calls.read = false;
        let next = calls
            .waiting
            .values()
            .find(|call| call.turn.is_some() && !call.closed && call.given_up.is_none());
        let turn = next.and_then(|call| call.turn.clone());
        // Whoever is woken would find it locked, and sleep again.
        drop(calls);
        if let Some(turn) = turn {
            turn.notify_one();
        }
    }

    /// Reads answers, its own and those of others, until the last of its own.
    fn read_until_closed(&self, number: u32, deadline: &Deadline) -> Result<(), Error> {
        loop {
            if self.is_overdue() {
                // The answer may be there already, and nobody has read it.
                self.read_what_is_there(Some(number), ENDING);
                if self.is_over(Some(number)) {
                    return Ok(());
                }
            }
            let left = match self.patience(deadline) {
                Ok(left) => left,
                Err(why) if self.is_alive() => {
                    drop(why);
                    return Err(self.give_up(number, deadline));
                }
                Err(why) => return Err(why),
            };
            let socket = self.child.socket();
            let lines = self.child.lines.to_poll();
            let count = 1 + usize::from(lines.is_some());
            let socket = || PollFd::new(&socket, PollFlags::IN);
            let mut ends = [socket(), lines.unwrap_or_else(socket)];
            let Ok(ready) = poll(&mut ends[..count], Some(&timespec(left))) else {
                continue; // a signal came
            };
            if count == 2 && !ends[1].revents().is_empty() {
                self.child.lines.drain();
            }
            // Looked at when nothing comes: somebody else may hold its end of the socket, a process
            // that it started.
            let gone = ready == 0 && self.child.is_gone();
            if gone || !ends[0].revents().is_empty() {
                self.read_what_is_there(Some(number), shortly(deadline));
            }
            if self.is_over(Some(number)) {
                return Ok(());
            }
            if gone {
                self.ended(shortly(deadline));
            }
        }
    }

    /// Whether there is nothing to read for: this call has its last answer, or no call waits.
    fn is_over(&self, number: Option<u32>) -> bool {
        let calls = lock(&self.calls);
        let closed = |call: Option<&Waiting>| call.is_none_or(|call| call.closed);
        match number {
            _ if calls.dead.is_some() => true,
            Some(number) => closed(calls.waiting.get(&number)),
            None => calls.waiting.is_empty(),
        }
    }

    /// Reads until nothing more is there, or there is nothing to read for. A process that closed the
    /// socket has `patience` to end.
    fn read_what_is_there(&self, number: Option<u32>, patience: Duration) {
        let mut reader = lock(&self.reader);
        // So much, and no more at once: who writes without end must not keep a caller here.
        for _ in 0..MOST_READS {
            let flags = RecvFlags::DONTWAIT;
            let mut none = RecvAncillaryBuffer::default();
            let received = recvmsg(self.child.socket(), &mut reader.room(), &mut none, flags);
            match received.map(|received| received.bytes) {
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return,
                Ok(0) | Err(_) => {
                    self.ended(patience);
                    return;
                }
                Ok(len) => {
                    reader.filled(len);
                    if let Err(broken) = self.take_all(&mut reader) {
                        self.die(broke(broken));
                        return;
                    }
                    if self.is_over(number) {
                        return;
                    }
                }
            }
        }
    }

    /// Puts every frame that is whole where it belongs.
    fn take_all(&self, reader: &mut Reader) -> Result<(), Broken> {
        while let Some(frame) = reader.next()? {
            self.take(frame)?;
        }
        Ok(())
    }

    /// Puts a frame where it belongs.
    fn take(&self, frame: Frame) -> Result<(), Broken> {
        let Some(kind) = Kind::from_raw(frame.kind) else { return Ok(()) };
        match kind {
            Kind::Log => {
                let fields = Fields::read(&frame.fields)?;
                let message = one_line(fields.message.unwrap_or_default().as_bytes());
                let provider = &*self.provider;
                match fields.level {
                    Some(1) => tracing::error!(provider, "{message}"),
                    Some(2) => tracing::warn!(provider, "{message}"),
                    Some(3) => tracing::info!(provider, "{message}"),
                    _ => tracing::debug!(provider, "{message}"),
                }
                return Ok(());
            }
            Kind::HelloBack | Kind::Found | Kind::Done | Kind::Names | Kind::Step => {}
            _ => return Err(Broken("a plugin sent a frame that only a host sends")),
        }
        let mut calls = lock(&self.calls);
        let number = frame.call;
        let Some(call) = calls.waiting.get_mut(&number).filter(|call| !call.closed) else {
            return Err(Broken("an answer came to a call that nobody made"));
        };
        call.take(kind, frame)?;
        let mut turn = None;
        if call.closed {
            if call.given_up.is_some() {
                calls.waiting.remove(&number);
            } else {
                turn = call.turn.clone();
            }
        }
        // Whoever is woken would find it locked, and sleep again.
        drop(calls);
        if let Some(turn) = turn {
            turn.notify_one();
        }
        Ok(())
    }

    /// Stops waiting for a call. Its answers are thrown away if they come after all. One that was
    /// cancelled has the time that it was given, or else the usual time: the process does not know that
    /// nobody waits.
    fn give_up(&self, number: u32, deadline: &Deadline) -> Error {
        if let Some(call) = lock(&self.calls).waiting.get_mut(&number) {
            let now = Instant::now();
            let due = deadline.at().unwrap_or(now + Deadline::DEFAULT).max(now);
            call.given_up = Some(due);
            call.frames.clear();
        }
        deadline.passed("this provider was working in its own process")
    }
}

/// The right to read, until it is dropped: then another thread may.
struct Reading<'a>(&'a Connection);

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.0.stop_reading();
    }
}

/// The right to send, until it is dropped.
struct Sending<'a>(&'a Connection);

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        let mut turns = lock(&self.0.sending);
        turns.taken = false;
        let waiting = turns.waiting;
        drop(turns);
        // Telling nobody is a system call all the same.
        if waiting > 0 {
            self.0.sent.notify_one();
        }
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
