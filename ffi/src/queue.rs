//! `prefect_secrets_queue`: the outcomes of gets that were started, for event loops.

use std::collections::VecDeque;
use std::ffi::c_void;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};

use prefect_secrets_core::abi::{Status, fork};
use prefect_secrets_core::{Answer, Cancellation, Deadline, Error, Kind};

use crate::argument::{Out, Output, boxed};
use crate::chain::{Handle, Outcome};
use crate::started::UserData;

/// A queue of one process.
pub(crate) struct Queue {
    generation: u64,
    shared: Arc<Shared>,
    /// Ends what is under way when the queue is freed.
    cancellation: Cancellation,
}

struct Shared {
    waiting: Mutex<VecDeque<(UserData, Answer)>>,
    /// Readable while an outcome waits.
    event: OwnedFd,
}

boxed!(Queue, "prefect_secrets_queue");

impl Queue {
    fn new() -> Result<Self, Error> {
        // SAFETY: plain numbers.
        let event = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if event < 0 {
            let error = std::io::Error::last_os_error();
            return Err(Error::new(
                Kind::Unavailable,
                format!("no descriptor for the queue: {error}"),
                "raise the limit of open files of this process",
            ));
        }
        // SAFETY: it was made above, and nobody else has it.
        let event = unsafe { OwnedFd::from_raw_fd(event) };
        let shared = Arc::new(Shared { waiting: Mutex::default(), event });
        Ok(Self { generation: fork::generation(), shared, cancellation: Cancellation::new() })
    }

    /// What only the process that made the queue may use.
    fn ours(&self) -> Result<&Arc<Shared>, Error> {
        if self.is_ours() {
            return Ok(&self.shared);
        }
        Err(Error::invalid(
            "this queue belongs to the process that this one was forked from",
            "make a queue of its own in the child, and free this one",
        ))
    }

    fn is_ours(&self) -> bool {
        self.generation == fork::generation()
    }
}

impl Shared {
    fn push(&self, user_data: UserData, answer: Answer) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push_back((user_data, answer));
        if waiting.len() == 1 {
            let one = 1_u64.to_ne_bytes();
            // SAFETY: eight readable bytes. It cannot fail: the count was 0.
            unsafe { libc::write(self.event.as_raw_fd(), one.as_ptr().cast(), one.len()) };
        }
    }

    fn next(&self) -> Option<(UserData, Answer)> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let next = waiting.pop_front()?;
        if waiting.is_empty() {
            let mut count = [0_u8; 8];
            // SAFETY: eight writable bytes. It does not block: the count was 1.
            unsafe { libc::read(self.event.as_raw_fd(), count.as_mut_ptr().cast(), count.len()) };
        }
        Some(next)
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        if self.is_ours() {
            self.cancellation.cancel();
            let mut waiting = self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let waiting = std::mem::take(&mut *waiting);
            drop(waiting); // and wiped
        } else if Arc::strong_count(&self.shared) > 1 || self.shared.waiting.try_lock().is_err() {
            // The rest of the counts, or the lock, are those of threads that this child has not got:
            // what they were in the middle of stays as it is.
            std::mem::forget(Arc::clone(&self.shared));
            // SAFETY: nobody else here has this copy of the descriptor.
            unsafe { libc::close(self.shared.event.as_raw_fd()) };
        }
    }
}

impl Output for UserData {
    type C = *mut c_void;
    const POINTER: &'static str = "void **";

    fn give(self) -> *mut c_void {
        self.0
    }
}

impl Output for Answer {
    type C = Outcome;
    const POINTER: &'static str = "prefect_secrets_result *";

    fn give(self) -> Outcome {
        Outcome::of(self)
    }
}

export! {
    fallible fn prefect_secrets_queue_new(queue: Out<'_, Box<Queue>>) {
        queue.write(Box::new(Queue::new()?));
        Ok(Status::Ok)
    }

    plain fn prefect_secrets_queue_descriptor(queue: &Queue) -> i32 {
        queue.shared.event.as_raw_fd()
    }

    fallible fn prefect_secrets_queue_start_get(
        queue: &Queue,
        chain: Handle<'_>,
        name: &str,
        call: Deadline,
        user_data: *mut c_void,
    ) {
        let user_data = UserData(user_data);
        let shared = queue.ours()?;
        if !call.is_cancelled()
            && let Some(answer) = chain.get_now(name)
        {
            shared.push(user_data, answer);
            return Ok(Status::Ok);
        }
        let parents = [Some(&queue.cancellation), call.cancellation()];
        let parents = parents.into_iter().flatten().cloned().collect();
        let call = call.or(&Cancellation::with(parents));
        let shared = Arc::clone(shared);
        let done = move |answer| shared.push(user_data, answer);
        chain.shared().start_get(name, &call, Box::new(done))?;
        Ok(Status::Ok)
    }

    fallible fn prefect_secrets_queue_next(
        queue: &Queue,
        user_data: Out<'_, UserData>,
        result: Out<'_, Answer>,
    ) {
        let Some((theirs, answer)) = queue.ours()?.next() else { return Ok(Status::Absent) };
        user_data.write(theirs);
        result.write(answer);
        Ok(Status::Ok)
    }

    plain fn prefect_secrets_queue_free(queue: Option<Box<Queue>>) {
        drop(queue)
    }
}
