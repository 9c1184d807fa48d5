//! The deadline on its way through the ABI.

use std::ffi::c_void;
use std::ptr;
use std::time::Duration;

use super::layout::{Request, size_of};
use crate::deadline::{Deadline, Upstream};

/// The request that tells a foreign provider about `deadline`. It points at the deadline, so it
/// is used for the call that the deadline was given to, and no longer.
pub(super) fn request(deadline: &Deadline) -> Request {
    Request {
        struct_size: size_of::<Request>(),
        reserved: 0,
        host: ptr::from_ref(deadline).cast_mut().cast::<c_void>(),
        remaining_ns: Some(remaining_ns),
        should_stop: Some(should_stop),
    }
}

/// # Safety
/// `request` comes from [`request`], and its deadline still lives.
unsafe fn deadline<'a>(request: *const Request) -> &'a Deadline {
    // SAFETY: promised by the caller; a request made here always points at a deadline.
    unsafe { &*(*request).host.cast::<Deadline>() }
}

unsafe extern "C" fn remaining_ns(request: *const Request) -> u64 {
    // SAFETY: a provider passes the request that it was given, during its call.
    let remaining = unsafe { deadline(request) }.remaining();
    u64::try_from(remaining.as_nanos()).unwrap_or(u64::MAX)
}

unsafe extern "C" fn should_stop(request: *const Request) -> i32 {
    // SAFETY: as above.
    unsafe { deadline(request) }.should_stop().into()
}

/// The deadline that a foreign host keeps. Asked of the host when somebody first wants to know.
///
/// # Safety
/// `request` is null or a host's request that lives as long as the deadline that is returned.
pub(super) unsafe fn deadline_of(request: *const Request) -> Deadline {
    if request.is_null() {
        return Deadline::none();
    }
    let handle = request as usize;
    Deadline::kept_by(Upstream { remaining: ask_the_host, should_stop: ask_to_stop, handle })
}

fn ask_to_stop(handle: usize) -> bool {
    let request = handle as *const Request;
    // SAFETY: as for `ask_the_host`.
    unsafe { (*request).should_stop.is_some_and(|should_stop| should_stop(request) != 0) }
}

fn ask_the_host(handle: usize) -> Duration {
    let request = handle as *const Request;
    // SAFETY: `deadline_of` was promised that the request outlives the deadline that asks.
    let nanoseconds = unsafe {
        match (*request).remaining_ns {
            Some(remaining_ns) => remaining_ns(request),
            None => u64::MAX,
        }
    };
    if nanoseconds == u64::MAX { Duration::MAX } else { Duration::from_nanos(nanoseconds) }
}
