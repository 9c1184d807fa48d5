//! A Rust provider as a table that any host can load.

use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

use super::layout::{
    Commit, Create, FORM_JSON, FORM_TEXT, FORM_TEXT_WITH_JSON, Listing, MAJOR, MINOR, Reply,
    Request, Slice, Table, Value, size_of,
};
use super::panics::caught;
use super::request::deadline_of;
use super::settings::Settings;
use super::status::Status;
use crate::deadline::Deadline;
use crate::error::{Error, Kind};
use crate::provider::{Answer, Capabilities, Provider};
use crate::secret::Form;

/// A provider that can be exported with [`export_provider!`](crate::export_provider).
pub trait Plugin: Provider + Sized + 'static {
    /// What this provider is: 1 to 64 lower-case letters, digits and dashes.
    const ID: &'static str;
    /// What it can do. Say [`Capabilities::HONORS_DEADLINES`] if every call returns by its
    /// deadline; that it is thread-safe follows from [`Provider`] and is added.
    const CAPABILITIES: Capabilities;

    /// Makes an instance that is called `name`, from its settings.
    fn create(name: &str, settings: &Settings) -> Result<Self, Error>;
}

/// Exports a [`Plugin`] from a `cdylib` under the name that hosts look for.
///
/// A panic in the provider is caught inside the plugin, and the instance that panicked answers
/// nothing more.
#[macro_export]
macro_rules! export_provider {
    ($plugin:ty) => {
        /// The entry of this plugin; the name carries the major of the ABI.
        #[unsafe(no_mangle)]
        pub extern "C" fn prefect_secrets_provider_v1() -> *const $crate::abi::Table {
            $crate::abi::silence_panics();
            &raw const *$crate::abi::Exported::<$plugin>::TABLE
        }

        $crate::export_witness!();
    };
}

/// The layout that the plugin was built with, for hosts that check it.
#[cfg(feature = "witness")]
#[doc(hidden)]
#[macro_export]
macro_rules! export_witness {
    () => {
        /// How this plugin's shapes are laid out.
        #[unsafe(no_mangle)]
        pub extern "C" fn prefect_secrets_witness_v1() -> *const $crate::abi::witness::Witness {
            &raw const *$crate::abi::witness::Witness::OWN
        }
    };
}

/// Built without the layout: nothing is exported.
#[cfg(not(feature = "witness"))]
#[doc(hidden)]
#[macro_export]
macro_rules! export_witness {
    () => {};
}

/// An instance of a plugin, as its table sees it.
pub struct Exported<P> {
    plugin: P,
    poisoned: AtomicBool,
}

impl<P: Plugin> Exported<P> {
    /// The table of the plugin.
    pub const TABLE: &'static Table = &Table {
        struct_size: size_of::<Table>(),
        major: MAJOR,
        minor: MINOR,
        capabilities: P::CAPABILITIES.and(Capabilities::THREAD_SAFE).bits(),
        id: Slice::of(P::ID.as_bytes()),
        create: Some(create::<P>),
        destroy: Some(destroy::<P>),
        get: Some(get::<P>),
        get_many: Some(get_many::<P>),
        set: Some(set::<P>),
        delete: Some(delete::<P>),
        list: Some(list::<P>),
        refresh: Some(refresh::<P>),
        get_extension: None,
    };

    /// Runs `call` on the instance, with every panic turned into a status.
    ///
    /// # Safety
    /// `instance` comes from [`create`]; `request` and `reply` are the host's, for this call.
    unsafe fn guarded(
        instance: *mut c_void,
        request: *const Request,
        reply: *mut Reply,
        call: impl FnOnce(&P, &Deadline) -> Result<Status, Error>,
    ) -> i32 {
        // SAFETY: promised by the caller; an instance lives until `destroy`.
        let Some(exported) = (unsafe { instance.cast::<Self>().as_ref() }) else {
            return Status::Invalid as i32;
        };
        if exported.poisoned.load(Ordering::Relaxed) {
            // SAFETY: the reply is the host's, for this call.
            return unsafe {
                failed(reply, &panicked("this instance panicked in an earlier call"))
            };
        }
        // SAFETY: the request lives as long as this call.
        let deadline = unsafe { deadline_of(request) };
        // SAFETY: the reply is the host's, for this call.
        let status = unsafe { guard(reply, || call(&exported.plugin, &deadline)) };
        if status == Status::Panicked as i32 {
            exported.poisoned.store(true, Ordering::Relaxed);
        }
        status
    }
}

/// # Safety
/// `reply` is null or the host's, for this call.
unsafe fn guard(reply: *mut Reply, call: impl FnOnce() -> Result<Status, Error>) -> i32 {
    match caught(call) {
        Some(Ok(status)) => status as i32,
        // SAFETY: passed on.
        Some(Err(error)) => unsafe { failed(reply, &error) },
        // SAFETY: passed on.
        None => unsafe { failed(reply, &panicked("the provider panicked")) },
    }
}

fn panicked(what: &'static str) -> Error {
    Error::new(Kind::Panicked, what, "open the chain again, and report it to the provider's author")
}

/// # Safety
/// `reply` is null or the host's, for this call.
unsafe fn failed(reply: *mut Reply, error: &Error) -> i32 {
    // SAFETY: promised by the caller; both texts outlive the call.
    unsafe {
        if let Some(fail) = reply.as_ref().and_then(|reply| reply.fail) {
            let (what, next_step) = (error.what().as_bytes(), error.next_step().as_bytes());
            fail(reply, Slice::of(what), Slice::of(next_step));
        }
    }
    Status::from(error.kind()) as i32
}

/// Writes an answer into the reply.
///
/// # Safety
/// `reply` is null or the host's, for this call.
unsafe fn give(reply: *mut Reply, answer: Answer) -> Result<Status, Error> {
    let Some(secret) = answer? else { return Ok(Status::Absent) };
    let text = secret.expose_text();
    let (form, json) = match secret.form() {
        Form::Text => (FORM_TEXT, &[][..]),
        Form::Json => (FORM_JSON, &[][..]),
        Form::Verbatim | Form::Cast(_) => (FORM_TEXT_WITH_JSON, secret.expose_json()?.as_bytes()),
        Form::TextWithJson(json) => (FORM_TEXT_WITH_JSON, json.expose()),
    };
    let since_1970 =
        secret.expires_at().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    let commit = Commit {
        struct_size: size_of::<Commit>(),
        form,
        text_len: text.len(),
        json_len: json.len(),
        expires_at: since_1970.and_then(|since| since.as_secs().try_into().ok()).unwrap_or(0),
        revision: Slice::of(secret.revision().unwrap_or_default().as_bytes()),
    };
    let unusable = || Error::new(Kind::Internal, "the host's reply takes no value", "report it");
    // SAFETY: promised by the caller.
    let host = unsafe { reply.as_ref() }.ok_or_else(unusable)?;
    let (Some(reserve), Some(commit_value)) = (host.reserve, host.commit) else {
        return Err(unusable());
    };
    let len = text.len() + json.len();
    // SAFETY: the reply is the host's, for this call; it gives `len` bytes or null, and both
    // views fit into them one behind the other.
    unsafe {
        let place = reserve(reply, len);
        if place.is_null() {
            return Err(Error::invalid(
                "the host has no memory for a value of this size",
                "store a smaller value",
            ));
        }
        ptr::copy_nonoverlapping(text.as_ptr(), place, text.len());
        ptr::copy_nonoverlapping(json.as_ptr(), place.add(text.len()), json.len());
        match commit_value(reply, &raw const commit) {
            0 => Ok(Status::Ok),
            _ => Err(unusable()),
        }
    }
}

/// # Safety
/// The host promises that `slice` is readable during the call.
unsafe fn name<'a>(slice: Slice) -> Result<&'a str, Error> {
    // SAFETY: passed on.
    unsafe { slice.text() }
        .ok_or_else(|| Error::invalid("the host's name is not UTF-8", "report it to the host"))
}

unsafe extern "C" fn create<P: Plugin>(
    create: *const Create,
    instance: *mut *mut c_void,
    reply: *mut Reply,
) -> i32 {
    let make = || {
        // SAFETY: the host promises that what it creates from is readable during the call.
        let (said, settings) = unsafe {
            let create = create.as_ref().ok_or_else(|| {
                Error::invalid("the host says nothing to create from", "report it to the host")
            })?;
            (name(create.name)?, create.settings.bytes().unwrap_or_default())
        };
        let settings = Settings::from_json(settings).ok_or_else(|| {
            Error::invalid("the host's settings are no JSON object", "report it to the host")
        })?;
        let exported = Exported { plugin: P::create(said, &settings)?, poisoned: false.into() };
        // SAFETY: the host promises a place for the instance.
        unsafe { instance.write(Box::into_raw(Box::new(exported)).cast::<c_void>()) };
        Ok(Status::Ok)
    };
    // SAFETY: the reply is the host's, for this call.
    unsafe { guard(reply, make) }
}

unsafe extern "C" fn destroy<P: Plugin>(instance: *mut c_void) {
    if instance.is_null() {
        return;
    }
    // SAFETY: the host destroys an instance once, and only after every call into it has returned.
    let exported = unsafe { Box::from_raw(instance.cast::<Exported<P>>()) };
    caught(|| drop(exported));
}

unsafe extern "C" fn get<P: Plugin>(
    instance: *mut c_void,
    request: *const Request,
    slice: Slice,
    reply: *mut Reply,
) -> i32 {
    // SAFETY: the host keeps its promises about all four arguments until this returns.
    unsafe {
        Exported::<P>::guarded(instance, request, reply, |plugin, deadline| {
            give(reply, plugin.get(name(slice)?, deadline))
        })
    }
}

unsafe extern "C" fn get_many<P: Plugin>(
    instance: *mut c_void,
    request: *const Request,
    names: *const Slice,
    count: usize,
    replies: *const *mut Reply,
    statuses: *mut i32,
) -> i32 {
    if count == 0 {
        return Status::Ok as i32;
    }
    // SAFETY: the host promises `count` entries in each array, and a reply that is its own.
    unsafe {
        let replies = std::slice::from_raw_parts(replies, count);
        Exported::<P>::guarded(instance, request, replies[0], |plugin, deadline| {
            let names = std::slice::from_raw_parts(names, count).iter().map(|&slice| name(slice));
            let names = names.collect::<Result<Vec<&str>, Error>>()?;
            let answers = plugin.get_many(&names, deadline);
            for (i, answer) in answers.into_iter().take(count).enumerate() {
                let status = guard(replies[i], || give(replies[i], answer));
                statuses.add(i).write(status);
            }
            Ok(Status::Ok)
        })
    }
}

unsafe extern "C" fn set<P: Plugin>(
    instance: *mut c_void,
    request: *const Request,
    slice: Slice,
    value: *const Value,
    reply: *mut Reply,
) -> i32 {
    // SAFETY: the host keeps its promises about all five arguments until this returns.
    unsafe {
        Exported::<P>::guarded(instance, request, reply, |plugin, deadline| {
            let value = value.as_ref().ok_or_else(|| {
                Error::invalid("the host gives no value", "report it to the host")
            })?;
            plugin.set(name(slice)?, &value.to_secret()?, deadline).map(|()| Status::Ok)
        })
    }
}

unsafe extern "C" fn delete<P: Plugin>(
    instance: *mut c_void,
    request: *const Request,
    slice: Slice,
    reply: *mut Reply,
) -> i32 {
    // SAFETY: the host keeps its promises about all four arguments until this returns.
    unsafe {
        Exported::<P>::guarded(instance, request, reply, |plugin, deadline| {
            let was_there = plugin.delete(name(slice)?, deadline)?;
            Ok(if was_there { Status::Ok } else { Status::Absent })
        })
    }
}

unsafe extern "C" fn list<P: Plugin>(
    instance: *mut c_void,
    request: *const Request,
    listing: *mut Listing,
    reply: *mut Reply,
) -> i32 {
    // SAFETY: the host keeps its promises about all four arguments until this returns.
    unsafe {
        Exported::<P>::guarded(instance, request, reply, |plugin, deadline| {
            let refused = || Error::new(Kind::Internal, "the host takes no names", "report it");
            let add = listing.as_ref().and_then(|listing| listing.add).ok_or_else(refused)?;
            for name in plugin.list(deadline)? {
                if add(listing, Slice::of(name.as_bytes())) != Status::Ok as i32 {
                    return Err(refused());
                }
            }
            Ok(Status::Ok)
        })
    }
}

unsafe extern "C" fn refresh<P: Plugin>(
    instance: *mut c_void,
    request: *const Request,
    reply: *mut Reply,
) -> i32 {
    // SAFETY: the host keeps its promises about all three arguments until this returns.
    unsafe {
        Exported::<P>::guarded(instance, request, reply, |plugin, deadline| {
            plugin.refresh(deadline).map(|()| Status::Ok)
        })
    }
}
