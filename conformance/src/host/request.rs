//! Until when a call may take.

use std::ffi::c_void;
use std::time::{Duration, Instant};

use prefect_secrets_core::abi;

use super::era::{Era, Placed};
use super::handle::Handle;

/// The request of one call.
pub(super) struct Request {
    placed: Placed<Raw>,
    _until: Handle<Option<Instant>>,
}

/// `abi::Request` is not `Copy`; this is the same, as a kit that copies it needs it.
#[derive(Clone, Copy)]
#[repr(C)]
struct Raw {
    struct_size: u32,
    reserved: u32,
    host: *mut c_void,
    remaining_ns: unsafe extern "C" fn(*const abi::Request) -> u64,
    should_stop: unsafe extern "C" fn(*const abi::Request) -> i32,
}

const _: () = assert!(size_of::<Raw>() == size_of::<abi::Request>());

impl Request {
    pub(super) fn new(era: Era, within: Option<Duration>) -> Self {
        let until = Handle::new(within.map(|within| Instant::now() + within));
        let raw = Raw {
            struct_size: era.size_of::<abi::Request>(),
            reserved: 0,
            host: until.address(),
            remaining_ns,
            should_stop,
        };
        Self { placed: Placed::new(era, raw), _until: until }
    }

    pub(super) fn raw(&mut self) -> *const abi::Request {
        self.placed.as_mut_ptr().cast()
    }
}

/// # Safety
/// `request` is one of [`Request::raw`] whose call has not returned.
unsafe fn remaining(request: *const abi::Request) -> Duration {
    // SAFETY: promised by the caller.
    match unsafe { *(*request).host.cast::<Option<Instant>>() } {
        Some(until) => until.saturating_duration_since(Instant::now()),
        None => Duration::MAX,
    }
}

unsafe extern "C" fn remaining_ns(request: *const abi::Request) -> u64 {
    // SAFETY: a plugin passes the request that it was given, during its call.
    u64::try_from(unsafe { remaining(request) }.as_nanos()).unwrap_or(u64::MAX)
}

unsafe extern "C" fn should_stop(request: *const abi::Request) -> i32 {
    // SAFETY: as above.
    unsafe { remaining(request) }.is_zero().into()
}
