//! A foreign table as a provider.

use std::ffi::c_void;
use std::fmt;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use super::detour;
use super::instance::{Entered, Instance};
use super::layout::{Slice, Table};
use super::left::Back;
use super::settings::Settings;
use super::table::{Checked, Refusal};
use crate::deadline::Deadline;
use crate::error::Error;
use crate::outcome::Value;
use crate::provider::{Answer, Capabilities, Provider};
use crate::secret::Secret;
use crate::take::copy;

/// The capabilities that stand for a slot of the table.
const SLOTS: u64 = Capabilities::GET_MANY
    .and(Capabilities::SET)
    .and(Capabilities::DELETE)
    .and(Capabilities::LIST)
    .and(Capabilities::REFRESH)
    .bits();

/// How far a call on a thread of the library has come.
const WAITING: u8 = 0;
const INSIDE: u8 = 1;
const GIVEN_UP: u8 = 2;

/// A call into an instance, whatever it brings.
type Call = Box<dyn FnOnce(&Entered<'_>, &Deadline) -> Result<(), Error> + Send>;

/// A provider behind a foreign table: a plugin, or one that a host wrote in its own language.
pub struct Imported {
    instance: Arc<Instance>,
    /// Whether calls stay on the caller's thread whatever their deadline is.
    stays: bool,
}

impl fmt::Debug for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Imported({} as {:?})", self.instance.checked.id, self.instance.name)
    }
}

impl Imported {
    /// Checks a table without creating anything from it, and gives its id and what it can do.
    ///
    /// # Safety
    /// `table` is null, or points at `struct_size` readable bytes (at least 8) that stay as they
    /// are for the life of the process.
    pub unsafe fn check(table: *const Table) -> Result<(&'static str, Capabilities), Refusal> {
        // SAFETY: passed on.
        let checked = unsafe { Checked::copy(table) }?;
        Ok((checked.id, Capabilities::from_bits(checked.table.capabilities)))
    }

    /// Creates an instance of the provider behind `table`, called `name` from now on.
    ///
    /// # Safety
    /// As for [`Imported::check`]; and the functions in the table are what the header says, for
    /// the life of the process.
    pub unsafe fn create(
        table: *const Table,
        name: &str,
        settings: Settings,
    ) -> Result<Self, Error> {
        let named = |error: Error| error.by(name);
        // SAFETY: passed on.
        let checked = unsafe { Checked::copy(table) }.map_err(|refusal| named(refusal.into()))?;
        // SAFETY: the caller promises the functions.
        let instance = unsafe { Instance::create(checked, name, settings) }.map_err(named)?;
        Ok(Self { instance: Arc::new(instance), stays: false })
    }

    /// Keeps every call on its caller's thread, also of a provider that does not promise to honour
    /// deadlines: for a process that somebody else ends when a call does not come back.
    #[must_use]
    pub fn in_place(mut self) -> Self {
        self.stays = true;
        self
    }

    /// What the provider says that it is.
    pub fn id(&self) -> &str {
        self.instance.checked.id
    }

    /// An ability beyond the table, by a name like `"watch/1"`; null if the provider has not got
    /// it. What the pointer points at is agreed under that name, and lives as long as this.
    pub fn extension(&self, name: &str) -> *const c_void {
        let Some(function) = self.instance.checked.table.get_extension else { return ptr::null() };
        // SAFETY: the table's promise; the instance lives, and the name outlives the call.
        unsafe { function(self.instance.pointer, Slice::of(name.as_bytes())) }
    }

    #[inline]
    fn promises(&self, capability: Capabilities) -> bool {
        Capabilities::from_bits(self.instance.checked.table.capabilities).has(capability)
    }

    /// Whether a call may stay on the caller's thread. Its time runs from here, before foreign code
    /// does.
    #[inline]
    fn stays(&self, deadline: &Deadline) -> bool {
        if self.promises(Capabilities::HONORS_DEADLINES) {
            deadline.begin();
            return true;
        }
        deadline.at().is_none() || self.stays
    }

    /// Calls on a thread of the library, and gives the instance up if it does not come back.
    fn away<T: Send + 'static>(
        &self,
        deadline: &Deadline,
        call: impl FnOnce(&Entered<'_>, &Deadline) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let value = Value::new();
        let theirs = value.clone();
        let call =
            move |entered: &Entered<'_>, deadline: &Deadline| theirs.keep(call(entered, deadline));
        value.after(self.leave(deadline, Box::new(call)))
    }

    fn leave(&self, deadline: &Deadline, call: Call) -> Result<(), Error> {
        self.instance.usable()?;
        let instance = Arc::clone(&self.instance);
        let progress = Arc::new(AtomicU8::new(WAITING));
        let theirs = Arc::clone(&progress);
        let back = Back::default();
        let is_back = Arc::clone(&back);
        let busy = |deadline: &Deadline| deadline.passed("another call was inside this provider");
        let work = move |deadline: &Deadline| {
            let entered = instance.enter(deadline)?;
            let goes_on =
                theirs.compare_exchange(WAITING, INSIDE, Ordering::Relaxed, Ordering::Relaxed);
            let outcome =
                goes_on.map_err(|_| busy(deadline)).and_then(|_| call(&entered, deadline));
            is_back.store(true, Ordering::Release);
            outcome
        };
        let outcome = detour::run(deadline, Box::new(work))?;
        outcome.unwrap_or_else(|| match progress.swap(GIVEN_UP, Ordering::Relaxed) {
            // The caller left before the time was up: nothing is wrong with the instance yet.
            INSIDE if deadline.is_cancelled() => {
                if let Some(at) = deadline.at() {
                    self.instance.left.add(back, at);
                }
                Err(deadline.passed("this provider was working"))
            }
            INSIDE => {
                self.instance.poisoned.store(true, Ordering::Relaxed);
                Err(deadline.passed("this provider was working; it is not asked again"))
            }
            // It never got its turn: nothing is wrong with the instance.
            _ => Err(busy(deadline)),
        })
    }

    fn able(&self, capability: Capabilities, what: &str) -> Result<(), Error> {
        if self.promises(capability) { Ok(()) } else { Err(self.cannot(what)) }
    }
}

impl Provider for Imported {
    fn name(&self) -> &str {
        &self.instance.name
    }

    fn get(&self, name: &str, deadline: &Deadline) -> Answer {
        if self.stays(deadline) {
            return self.instance.enter(deadline)?.get(name, deadline);
        }
        let name = name.to_owned();
        self.away(deadline, move |entered, deadline| entered.get(&name, deadline))
    }

    fn get_into(
        &self,
        name: &str,
        deadline: &Deadline,
        to: &mut [MaybeUninit<u8>],
    ) -> Result<Option<usize>, Error> {
        if self.stays(deadline) {
            return self.instance.enter(deadline)?.get_into(name, deadline, to);
        }
        Ok(self.get(name, deadline)?.map(|secret| copy(secret.expose_text(), to)))
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::from_bits(self.instance.checked.table.capabilities & SLOTS)
    }

    fn get_many(&self, names: &[&str], deadline: &Deadline) -> Vec<Answer> {
        if names.is_empty() {
            return Vec::new(); // a failure of the whole call would have no reply to stand in
        }
        if !self.promises(Capabilities::GET_MANY) {
            return names.iter().map(|name| self.get(name, deadline)).collect();
        }
        let answers = if self.stays(deadline) {
            self.instance.enter(deadline).and_then(|entered| entered.get_many(names, deadline))
        } else {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            self.away(deadline, move |entered, deadline| {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                entered.get_many(&names, deadline)
            })
        };
        answers.unwrap_or_else(|error| names.iter().map(|_| Err(error.clone())).collect())
    }

    fn set(&self, name: &str, value: &Secret, deadline: &Deadline) -> Result<(), Error> {
        self.able(Capabilities::SET, "set a secret")?;
        if self.stays(deadline) {
            return self.instance.enter(deadline)?.set(name, value, deadline);
        }
        let (name, value) = (name.to_owned(), value.clone());
        self.away(deadline, move |entered, deadline| entered.set(&name, &value, deadline))
    }

    fn delete(&self, name: &str, deadline: &Deadline) -> Result<bool, Error> {
        self.able(Capabilities::DELETE, "delete a secret")?;
        if self.stays(deadline) {
            return self.instance.enter(deadline)?.delete(name, deadline);
        }
        let name = name.to_owned();
        self.away(deadline, move |entered, deadline| entered.delete(&name, deadline))
    }

    fn list(&self, deadline: &Deadline) -> Result<Vec<String>, Error> {
        self.able(Capabilities::LIST, "list its names")?;
        if self.stays(deadline) {
            return self.instance.enter(deadline)?.list(deadline);
        }
        self.away(deadline, |entered, deadline| entered.list(deadline))
    }

    fn refresh(&self, deadline: &Deadline) -> Result<(), Error> {
        if !self.promises(Capabilities::REFRESH) {
            return Ok(());
        }
        if self.stays(deadline) {
            return self.instance.enter(deadline)?.refresh(deadline);
        }
        self.away(deadline, |entered, deadline| entered.refresh(deadline))
    }
}
