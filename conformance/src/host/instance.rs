//! Calls into an instance.

use std::ffi::c_void;
use std::ptr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use prefect_secrets_core::abi::{self, Settings, Slice, Status, Table};

use super::creation::Creation;
use super::era::{Era, Fenced};
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
    _creation: Creation,
    /// The replies of calls that returned, if they are kept.
    kept: Option<Mutex<Vec<Reply>>>,
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

/// Replies that outlive their calls.
pub(crate) struct Replies(Vec<Reply>);

impl Replies {
    /// How often they were used after their call had returned.
    pub(crate) fn late(&self) -> usize {
        self.0.iter().map(Reply::late).sum()
    }
}

impl Got {
    pub(crate) fn is(&self, status: Status) -> bool {
        self.status == status as i32
    }

    /// The status in words, and what the plugin said of it.
    pub(crate) fn said(&self) -> String {
        said(self.status, self.failure.as_ref())
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
            return Ok(Self { table, era, pointer, _creation: creation, kept: None });
        }
        Err(Created { status, faults: left.faults, failure: left.failure })
    }

    /// From now on the replies of calls are kept, until the instance is destroyed.
    pub(crate) fn keep_replies(mut self) -> Self {
        self.kept = Some(Mutex::default());
        self
    }

    pub(crate) fn get(&self, name: &[u8], within: Option<Duration>) -> Got {
        let name = Fenced::holding(name);
        let get = self.table.get.expect("a checked table");
        let got = self.call(within, |instance, request, reply| {
            // SAFETY: the plugin's promise; every argument lives until the call returns.
            unsafe { get(instance, request, Slice::of(name.bytes()), reply) }
        });
        got.of_a_get()
    }

    /// The status of the whole, and what there is for each name.
    pub(crate) fn get_many(&self, names: &[&str]) -> (i32, Vec<Got>) {
        let get_many = self.table.get_many.expect("a rule asked whether it is there");
        let mut request = Request::new(self.era, None);
        let names: Vec<Fenced> =
            names.iter().map(|name| Fenced::holding(name.as_bytes())).collect();
        let slices: Vec<Slice> = names.iter().map(|name| Slice::of(name.bytes())).collect();
        let mut replies: Vec<Reply> = names.iter().map(|_| Reply::new(self.era)).collect();
        let raw: Vec<*mut abi::Reply> = replies.iter_mut().map(Reply::raw).collect();
        let mut statuses = vec![i32::MIN; names.len()];
        let start = Instant::now();
        // SAFETY: the plugin's promise; the arrays have as many entries as there are names.
        let status = unsafe {
            get_many(
                self.pointer,
                request.raw(),
                slices.as_ptr(),
                names.len(),
                raw.as_ptr(),
                statuses.as_mut_ptr(),
            )
        };
        let took = start.elapsed();
        let answers = replies.iter().zip(statuses).map(|(reply, status)| {
            let mut got = answered(reply, status, took);
            if status == i32::MIN {
                got.faults = vec![Fault::StatusNotSet];
            }
            got.of_a_get()
        });
        (status, answers.collect())
    }

    pub(crate) fn set(&self, name: &str, value: &Given) -> Got {
        let set = self.table.set.expect("a rule asked whether it is there");
        let name = Fenced::holding(name.as_bytes());
        let (text, json) =
            (Fenced::holding(value.text.expose()), Fenced::holding(value.json.expose()));
        let value = abi::Value {
            struct_size: size_of::<abi::Value>() as u32,
            form: value.form,
            text: Slice::of(text.bytes()),
            json: Slice::of(json.bytes()),
        };
        self.call(None, |instance, request, reply| {
            // SAFETY: as for `get`.
            unsafe { set(instance, request, Slice::of(name.bytes()), &raw const value, reply) }
        })
    }

    pub(crate) fn delete(&self, name: &str) -> Got {
        let delete = self.table.delete.expect("a rule asked whether it is there");
        let name = Fenced::holding(name.as_bytes());
        self.call(None, |instance, request, reply| {
            // SAFETY: as for `get`.
            unsafe { delete(instance, request, Slice::of(name.bytes()), reply) }
        })
    }

    /// The names; `None` stands for one that is not UTF-8 or holds a NUL.
    pub(crate) fn list(&self) -> (Got, Vec<Option<String>>) {
        let list = self.table.list.expect("a rule asked whether it is there");
        let mut listing = Listing::new(self.era);
        let raw = listing.raw();
        let got = self.call(None, |instance, request, reply| {
            // SAFETY: as for `get`.
            unsafe { list(instance, request, raw, reply) }
        });
        (got, listing.take())
    }

    pub(crate) fn refresh(&self) -> Got {
        let refresh = self.table.refresh.expect("a rule asked whether it is there");
        self.call(None, |instance, request, reply| {
            // SAFETY: as for `get`.
            unsafe { refresh(instance, request, reply) }
        })
    }

    /// Whether it has something under a name that nothing is agreed under.
    pub(crate) fn has_extension(&self, name: &str) -> bool {
        let Some(get_extension) = self.table.get_extension else { return false };
        let name = Fenced::holding(name.as_bytes());
        // SAFETY: as for `get`.
        !unsafe { get_extension(self.pointer, Slice::of(name.bytes())) }.is_null()
    }

    /// Destroys it. The replies of its calls live on if they were kept.
    pub(crate) fn destroy(self) -> Replies {
        let destroy = self.table.destroy.expect("a checked table");
        // SAFETY: every call has returned, and nobody can make another.
        unsafe { destroy(self.pointer) };
        Replies(self.kept.map(|kept| kept.into_inner().unwrap_or_default()).unwrap_or_default())
    }

    fn call(
        &self,
        within: Option<Duration>,
        call: impl FnOnce(*mut c_void, *const abi::Request, *mut abi::Reply) -> i32,
    ) -> Got {
        let mut request = Request::new(self.era, within);
        let mut reply = Reply::new(self.era);
        let start = Instant::now();
        let status = call(self.pointer, request.raw(), reply.raw());
        let got = answered(&reply, status, start.elapsed());
        if let Some(kept) = &self.kept
            && let Ok(mut kept) = kept.lock()
        {
            kept.push(reply);
        }
        got
    }
}

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
