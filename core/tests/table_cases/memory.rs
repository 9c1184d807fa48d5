//! Memory in which a table ends where nothing can be read any more.

use std::ptr;

use prefect_secrets_core::abi::Table;

use super::{Case, ID_DATA, ID_LEN, Outcome};

/// Room for the largest table and one page more, and behind it what nobody may read.
const ROOM: usize = (64 << 10) + PAGE;
const PAGE: usize = 4096 * 16; // of the largest kind there is on the machines of this project

/// Two places, each of which ends at unreadable memory: one for the table, one for its id.
pub(crate) struct Memory {
    table: *mut u8,
    id: *mut u8,
}

impl Memory {
    pub(crate) fn new() -> Self {
        Self { table: guarded(), id: guarded() }
    }

    /// Runs `check` on the table of `case` in a child, with `behind` in the bytes between the end
    /// of the table and the end of its last word.
    pub(crate) fn run(&self, case: &Case, behind: u8, check: fn(*const Table) -> bool) -> Outcome {
        let table = self.place(case, behind);
        // SAFETY: the child calls the check, which takes no lock and no memory, and ends.
        let child = unsafe { libc::fork() };
        assert!(child >= 0, "fork: {}", std::io::Error::last_os_error());
        if child == 0 {
            let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
            // SAFETY: no core file, and an end without anything of the parent's being run.
            unsafe {
                libc::setrlimit(libc::RLIMIT_CORE, &raw const none);
                libc::signal(libc::SIGSEGV, libc::SIG_DFL);
                libc::_exit(if check(table) { 0 } else { 1 });
            }
        }
        let mut status = 0;
        // SAFETY: our own child, waited for once.
        let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
        assert_eq!(waited, child, "waitpid: {}", std::io::Error::last_os_error());
        match libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status)) {
            Some(0) => Outcome::Accepted,
            Some(1) => Outcome::Refused,
            _ => Outcome::Crashed,
        }
    }

    /// Writes the table so that exactly what is promised of it can be read: as many bytes as it
    /// says, but 8 if it says fewer, or more than any table has.
    fn place(&self, case: &Case, behind: u8) -> *const Table {
        let readable = match case.size() {
            size @ 8..=0x10000 => size,
            _ => 8,
        };
        let mut image = case.bytes(readable);
        let id = self.place_id(case);
        if let Some(place) = image.get_mut(ID_DATA * 8..ID_DATA * 8 + 8)
            && place.iter().any(|&byte| byte != 0)
        {
            place.copy_from_slice(&(id as u64).to_le_bytes());
        }
        let room = readable.next_multiple_of(8);
        image.resize(room, behind);
        // SAFETY: `guarded` gives `ROOM` bytes in front of the place, and a table is no larger.
        unsafe {
            let start = self.table.sub(room);
            ptr::copy_nonoverlapping(image.as_ptr(), start, room);
            start.cast()
        }
    }

    /// Writes the id so that it ends where reading does; none of an id that is too long is there.
    fn place_id(&self, case: &Case) -> *const u8 {
        let len = match case.word(ID_LEN) {
            len @ 1..=64 => len as usize,
            _ => 0,
        };
        let id = case.id_of(len);
        // SAFETY: as above.
        unsafe {
            let start = self.id.sub(len);
            ptr::copy_nonoverlapping(id.as_ptr(), start, len);
            start
        }
    }
}

/// The end of `ROOM` writable bytes, behind which a page cannot be read.
fn guarded() -> *mut u8 {
    // SAFETY: a mapping of our own, which stays for the life of the process.
    unsafe {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        let start = libc::mmap(ptr::null_mut(), ROOM + PAGE, protection, flags, -1, 0);
        assert_ne!(start, libc::MAP_FAILED, "mmap: {}", std::io::Error::last_os_error());
        let end = start.cast::<u8>().add(ROOM);
        assert_eq!(libc::mprotect(end.cast(), PAGE, libc::PROT_NONE), 0);
        end
    }
}
