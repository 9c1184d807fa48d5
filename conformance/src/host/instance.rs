//! Calls into an instance.

use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use prefect_secrets_core::abi::{self, Settings, Slice, Status, Table};

use super::creation::Creation;
use super::era::{Era, Fenced, Placed};
use super::fault::Fault;
use super::listing::Listing;
use super::reply::Reply;
use super::request::Request;
use super::value::Given;

/// An instance of the plugin's provider.
pub(crate) struct Instance {
    table: Table,
    era: Era,
    pointer: *mut c_void,
    creation: Creation,
    /// How long a call may take, in nanoseconds.
    within: AtomicU64,
    /// What was wrong with the reply of create.
    created: Vec<Fault>,
}

// SAFETY: the header allows calls from any thread; whether they may overlap is for the rule to know.
unsafe impl Send for Instance {}
// SAFETY: as above.
unsafe impl Sync for Instance {}

/// A create that did not make an instance.
pub(crate) struct Created {
    pub(crate) status: i32,
    pub(crate) faults: Vec<Fault>,
    pub(crate) failure: Option<(String, String)>,
}

/// What a call gave.
pub(crate) struct Got {
    pub(crate) status: i32,
    pub(crate) value: Option<Given>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) failure: Option<(String, String)>,
    pub(crate) took: Duration,
}

impl Got {
    pub(crate) fn is(&self, status: Status) -> bool {
        self.status == status as i32
    }

    /// The status in words, and what the plugin said of it.
    pub(crate) fn said(&self) -> String {
        said(self.status, self.failure.as_ref())
    }

    /// Whether its message of a failure holds these bytes.
    pub(crate) fn tells(&self, bytes: &[u8]) -> bool {
        let holds = |text: &String| text.as_bytes().windows(bytes.len()).any(|part| part == bytes);
        self.failure.as_ref().is_some_and(|(what, next_step)| holds(what) || holds(next_step))
    }

    /// Only a get has a value to be found.
    fn of_a_get(mut self) -> Self {
        if self.is(Status::Ok) && self.value.is_none() && self.faults.is_empty() {
            self.faults.push(Fault::FoundWithoutCommit);
        }
        self
    }
}

impl Created {
    pub(crate) fn said(&self) -> String {
        said(self.status, self.failure.as_ref())
    }
}

fn said(status: i32, failure: Option<&(String, String)>) -> String {
    let status = match Status::from_raw(status) {
        Some(status) => format!("{status:?}").to_lowercase(),
        None => format!("the status {status}, which does not exist"),
    };
    match failure {
        Some((what, next_step)) => format!("{status} ({what}; {next_step})"),
        None => status,
    }
}

impl Instance {
    pub(super) fn create(table: Table, era: Era, settings: &Settings) -> Result<Self, Created> {
        let mut creation = Creation::new(era, settings);
        let mut pointer = ptr::null_mut();
        let mut reply = Reply::new(era);
        let create = table.create.expect("a checked table");
        // SAFETY: the plugin's promise; what is handed over lives as long as it must.
        let status = unsafe { create(creation.raw(), &raw mut pointer, reply.raw()) };
        let left = reply.close();
        if status == Status::Ok as i32 {
            let (within, created) = (AtomicU64::new(u64::MAX), left.faults);
            return Ok(Self { table, era, pointer, creation, within, created });
        }
        Err(Created { status, faults: left.faults, failure: left.failure })
    }

    /// From now on every call gets this time.
    pub(crate) fn within(&self, within: Option<Duration>) {
        let nanoseconds = within.map_or(u64::MAX, |within| within.as_nanos() as u64);
        self.within.store(nanoseconds, Ordering::Relaxed);
    }

    /// What was wrong with the reply of create, which has no value to give.
    pub(crate) fn faults_of_create(&self) -> &[Fault] {
        &self.created
    }

    /// From now on the lines of its log are kept.
    pub(crate) fn keep_log(&self) {
        self.creation.keep_log();
    }

    /// Whether a line of its log, as far as it was kept, holds these bytes.
    pub(crate) fn logged(&self, bytes: &[u8]) -> bool {
        self.creation.logged(bytes)
    }

    fn request(&self) -> Request {
        let within = self.within.load(Ordering::Relaxed);
        Request::new(self.era, (within != u64::MAX).then(|| Duration::from_nanos(within)))
    }

    pub(crate) fn get(&self, name: &[u8]) -> Got {
        let name = Fenced::of(self.era, name);
        let get = self.table.get.expect("a checked table");
        let got = self.call(|instance, request, reply| {
            // SAFETY: the plugin's promise; every argument lives until the call returns.
            unsafe { get(instance, request, Slice::of(name.bytes()), reply) }
        });
        got.of_a_get()
    }

    /// What became of the whole, and what there is for each name.
    pub(crate) fn get_many(&self, names: &[&str]) -> (Got, Vec<Got>) {
        let get_many = self.table.get_many.expect("a rule asked whether it is there");
        let mut request = self.request();
        let names: Vec<Fenced> =
            names.iter().map(|name| Fenced::of(self.era, name.as_bytes())).collect();
        let slices: Vec<Slice> = names.iter().map(|name| Slice::of(name.bytes())).collect();
        let mut replies: Vec<Reply> = names.iter().map(|_| Reply::new(self.era)).collect();
        let raw: Vec<*mut abi::Reply> = replies.iter_mut().map(Reply::raw).collect();
        // Each array ends where memory ends.
        let mut slices = Fenced::of(self.era, as_bytes(&slices));
        let mut raw = Fenced::of(self.era, as_bytes(&raw));
        // One more, which is nobody's.
        let mut statuses = Fenced::of(self.era, as_bytes(&vec![i32::MIN; names.len() + 1]));
        let start = Instant::now();
        // SAFETY: the plugin's promise; the arrays have as many entries as there are names.
        let status = unsafe {
            get_many(
                self.pointer,
                request.raw(),
                slices.as_mut_ptr().cast(),
                names.len(),
                raw.as_mut_ptr().cast(),
                statuses.as_mut_ptr().cast(),
            )
        };
        let took = start.elapsed();
        if status != Status::Ok as i32 {
            let whole = match replies.first() {
                Some(reply) => answered(reply, status, took),
                None => Got { status, value: None, faults: Vec::new(), failure: None, took },
            };
            return (whole, Vec::new());
        }
        let statuses = statuses.bytes().as_chunks().0;
        let beyond = statuses.last().is_some_and(|status| i32::from_ne_bytes(*status) != i32::MIN);
        let faults = if beyond { vec![Fault::StatusBeyondTheLast] } else { Vec::new() };
        let whole = Got { status, value: None, faults, failure: None, took };
        let answers = replies.iter().zip(statuses).map(|(reply, status)| {
            let status = i32::from_ne_bytes(*status);
            let mut got = answered(reply, status, took);
            if status == i32::MIN {
                got.faults = vec![Fault::StatusNotSet];
            }
            got.of_a_get()
        });
        (whole, answers.collect())
    }

    pub(crate) fn set(&self, name: &str, value: &Given) -> Got {
        let set = self.table.set.expect("a rule asked whether it is there");
        let name = Fenced::of(self.era, name.as_bytes());
        let (text, json) =
            (Fenced::of(self.era, value.text.expose()), Fenced::of(self.era, value.json.expose()));
        let value = RawValue {
            struct_size: self.era.size_of::<abi::Value>(),
            form: value.form,
            text: Slice::of(text.bytes()),
            json: Slice::of(json.bytes()),
        };
        let mut value = Placed::new(self.era, value);
        let raw = value.as_mut_ptr().cast_const().cast::<abi::Value>();
        self.call(|instance, request, reply| {
            // SAFETY: as for `get`.
            unsafe { set(instance, request, Slice::of(name.bytes()), raw, reply) }
        })
    }

    pub(crate) fn delete(&self, name: &str) -> Got {
        let delete = self.table.delete.expect("a rule asked whether it is there");
        let name = Fenced::of(self.era, name.as_bytes());
        self.call(|instance, request, reply| {
            // SAFETY: as for `get`.
            unsafe { delete(instance, request, Slice::of(name.bytes()), reply) }
        })
    }

    /// The names; `None` stands for one that is not UTF-8 or holds a NUL.
    pub(crate) fn list(&self) -> (Got, Vec<Option<String>>) {
        let list = self.table.list.expect("a rule asked whether it is there");
        let mut listing = Listing::new(self.era);
        let raw = listing.raw();
        let got = self.call(|instance, request, reply| {
            // SAFETY: as for `get`.
            unsafe { list(instance, request, raw, reply) }
        });
        (got, listing.take())
    }

    pub(crate) fn refresh(&self) -> Got {
        let refresh = self.table.refresh.expect("a rule asked whether it is there");
        self.call(|instance, request, reply| {
            // SAFETY: as for `get`.
            unsafe { refresh(instance, request, reply) }
        })
    }

    /// Whether it has something under a name that nothing is agreed under.
    pub(crate) fn has_extension(&self, name: &str) -> bool {
        let Some(get_extension) = self.table.get_extension else { return false };
        let name = Fenced::of(self.era, name.as_bytes());
        // SAFETY: as for `get`.
        !unsafe { get_extension(self.pointer, Slice::of(name.bytes())) }.is_null()
    }

    /// Destroys it, which happens anyway when it is dropped.
    pub(crate) fn destroy(self) {
        drop(self);
    }

    fn call(
        &self,
        call: impl FnOnce(*mut c_void, *const abi::Request, *mut abi::Reply) -> i32,
    ) -> Got {
        let mut request = self.request();
        let mut reply = Reply::new(self.era);
        let start = Instant::now();
        let status = call(self.pointer, request.raw(), reply.raw());
        answered(&reply, status, start.elapsed())
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let destroy = self.table.destroy.expect("a checked table");
        // SAFETY: every call has returned, and nobody can make another. What it was created from
        // lives until this has returned.
        unsafe { destroy(self.pointer) };
    }
}

/// `abi::Value`, as a kit that copies it needs it.
#[derive(Clone, Copy)]
#[repr(C)]
struct RawValue {
    struct_size: u32,
    form: u32,
    text: Slice,
    json: Slice,
}

const _: () = assert!(size_of::<RawValue>() == size_of::<abi::Value>());

/// What a call left, with the faults that its status makes.
fn answered(reply: &Reply, status: i32, took: Duration) -> Got {
    let left = reply.close();
    let mut faults = left.faults;
    let (known, committed) = (Status::from_raw(status), left.value.is_some());
    match known {
        None | Some(Status::BufferTooSmall) => faults.push(Fault::NoSuchStatus),
        Some(Status::Ok) => {}
        Some(_) if committed => faults.push(Fault::CommittedAndNotFound),
        Some(_) => {}
    }
    Got { status, value: left.value, faults, failure: left.failure, took }
}

/// The memory of an array of plain data.
fn as_bytes<T: Copy>(array: &[T]) -> &[u8] {
    // SAFETY: as many bytes as the array has; read as bytes only, and none of them is padding.
    unsafe { std::slice::from_raw_parts(array.as_ptr().cast(), size_of_val(array)) }
}
