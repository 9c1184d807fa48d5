//! How the process of a rule is bound to the one that started it.

use std::io;

use rustix::process::{
    Resource, Rlimit, Signal, getppid, set_parent_process_death_signal, setrlimit,
};

/// Ends this process, and runs nothing more in it.
pub(crate) fn end() -> ! {
    // SAFETY: nothing is handed over.
    unsafe { libc::_exit(0) }
}

/// Keeps this process from leaving an image of its memory, and from living longer than its parent.
pub(crate) fn bind() -> io::Result<()> {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    setrlimit(Resource::Core, none)?;
    set_parent_process_death_signal(Some(Signal::KILL))?;
    Ok(())
}

/// Whether this process still has the parent with this number.
pub(crate) fn is_child_of(parent: u32) -> bool {
    let now = getppid();
    now.is_some_and(|now| now.as_raw_nonzero().get().unsigned_abs() == parent)
}
