//! A provider as a foreign library would write it: a table of C functions over closures.
#![allow(dead_code, reason = "no test needs all of it")]

use std::ffi::c_void;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use prefect_secrets_core::abi::{
    Commit, Create, FORM_TEXT, Imported, MAJOR, MINOR, Reply, Request, Settings, Slice, Status,
    Table,
};
use prefect_secrets_core::{Capabilities, Error};

/// The request, as a provider reads it.
pub(crate) struct Asked(*const Request);

impl Asked {
    pub(crate) fn remaining_ns(&self) -> u64 {
        // SAFETY: the request of a call that has not returned.
        unsafe { (*self.0).remaining_ns.expect("remaining_ns")(self.0) }
    }

    pub(crate) fn should_stop(&self) -> bool {
        // SAFETY: as above.
        unsafe { (*self.0).should_stop.expect("should_stop")(self.0) == 1 }
    }
}

type Get = Arc<dyn Fn(&str, &Asked, *mut Reply) -> i32 + Send + Sync>;

/// A `get` written in Rust.
pub(crate) fn get_of(get: impl Fn(&str, &Asked, *mut Reply) -> i32 + Send + Sync + 'static) -> Get {
    Arc::new(get)
}

/// Answers with `text`, and returns what the commit returned.
pub(crate) fn answer(reply: *mut Reply, text: &[u8]) -> i32 {
    let commit = Commit {
        struct_size: size_of::<Commit>() as u32,
        form: FORM_TEXT,
        text_len: text.len(),
        json_len: 0,
        expires_at: 0,
        revision: Slice::EMPTY,
    };
    // SAFETY: the reply of a call that has not returned, and memory that it gave for the text.
    unsafe {
        let place = (*reply).reserve.expect("reserve")(reply, text.len());
        std::ptr::copy_nonoverlapping(text.as_ptr(), place, text.len());
        (*reply).commit.expect("commit")(reply, &raw const commit)
    }
}

/// A table that has what is required: thread-safe, in time, id `foreign`.
pub(crate) fn table() -> Table {
    Table {
        struct_size: size_of::<Table>() as u32,
        major: MAJOR,
        minor: MINOR,
        capabilities: Capabilities::THREAD_SAFE.and(Capabilities::HONORS_DEADLINES).bits(),
        id: Slice::of(b"foreign"),
        create: Some(create),
        destroy: Some(destroy),
        get: Some(get),
        get_many: None,
        set: None,
        delete: None,
        list: None,
        refresh: None,
        get_extension: None,
    }
}

/// A foreign provider before it is imported.
pub(crate) struct Foreign {
    pub(crate) table: Table,
    pub(crate) destroyed: Arc<AtomicUsize>,
    pub(crate) create_status: i32,
    get: Get,
}

/// What its instance points at.
struct State {
    get: Get,
    destroyed: Arc<AtomicUsize>,
    create_status: i32,
    created_from: AtomicPtr<Create>,
}

/// An import that remembers what its provider was created from.
pub(crate) struct Import {
    pub(crate) imported: Imported,
    state: &'static State,
}

impl Deref for Import {
    type Target = Imported;
    fn deref(&self) -> &Imported {
        &self.imported
    }
}

impl Import {
    /// Looks a setting up as the provider does.
    pub(crate) fn lookup(&self, key: &str) -> Option<String> {
        let create = self.state.created_from.load(Ordering::SeqCst).cast_const();
        let mut value = Slice::EMPTY;
        // SAFETY: what an instance was created from lives until it is destroyed.
        let status = unsafe {
            (*create).setting.expect("setting")(create, Slice::of(key.as_bytes()), &mut value)
        };
        if status == Status::Absent as i32 {
            return None;
        }
        assert_eq!(status, Status::Ok as i32);
        // SAFETY: as above.
        Some(unsafe { value.text() }.expect("text").to_owned())
    }
}

impl Foreign {
    pub(crate) fn new(get: Get) -> Self {
        Self { table: table(), destroyed: Arc::default(), create_status: 0, get }
    }

    pub(crate) fn import(self) -> Import {
        self.import_with(Settings::none())
    }

    pub(crate) fn import_with(self, settings: Settings) -> Import {
        self.into_import(settings).expect("an instance")
    }

    pub(crate) fn try_import(self) -> Result<Import, Error> {
        self.into_import(Settings::none())
    }

    /// Creates it. A table has no room for state, so `create` finds it beside the call.
    fn into_import(self, settings: Settings) -> Result<Import, Error> {
        let state: &'static State = Box::leak(Box::new(State {
            get: self.get,
            destroyed: self.destroyed,
            create_status: self.create_status,
            created_from: AtomicPtr::default(),
        }));
        NEXT.set(Some(state));
        let table: &'static Table = Box::leak(Box::new(self.table));
        // SAFETY: the table and the functions in it live for ever and keep the header's promises.
        let imported = unsafe { Imported::create(table, "foreign", settings) }?;
        Ok(Import { imported, state })
    }
}

thread_local! {
    static NEXT: std::cell::Cell<Option<&'static State>> = const { std::cell::Cell::new(None) };
}

unsafe extern "C" fn create(
    create: *const Create,
    instance: *mut *mut c_void,
    _reply: *mut Reply,
) -> i32 {
    let state = NEXT.take().expect("an import on this thread");
    state.created_from.store(create.cast_mut(), Ordering::SeqCst);
    // SAFETY: the host gives a place for the instance.
    unsafe { instance.write((&raw const *state).cast_mut().cast()) };
    state.create_status
}

fn state(instance: *mut c_void) -> &'static State {
    // SAFETY: `create` made it, and it is never freed.
    unsafe { &*instance.cast::<State>() }
}

unsafe extern "C" fn destroy(instance: *mut c_void) {
    state(instance).destroyed.fetch_add(1, Ordering::SeqCst);
}

unsafe extern "C" fn get(
    instance: *mut c_void,
    request: *const Request,
    name: Slice,
    reply: *mut Reply,
) -> i32 {
    // SAFETY: the host's name is readable during the call.
    let name = unsafe { name.text() }.expect("UTF-8");
    (state(instance).get)(name, &Asked(request), reply)
}

/// Forgets the status of the last name; fails as a whole if the first name is `all fail`.
pub(crate) unsafe extern "C" fn get_many_but_the_last(
    instance: *mut c_void,
    request: *const Request,
    names: *const Slice,
    count: usize,
    replies: *const *mut Reply,
    statuses: *mut i32,
) -> i32 {
    // SAFETY: the host gives `count` of each, readable (the statuses writable) during the call.
    unsafe {
        if (*names).text() == Some("all fail") {
            let reply = *replies;
            (*reply).fail.expect("fail")(reply, Slice::of(b"all of it"), Slice::of(b"ask singly"));
            return Status::Denied as i32;
        }
        for i in 0..count - 1 {
            statuses.add(i).write(get(instance, request, *names.add(i), *replies.add(i)));
        }
    }
    Status::Ok as i32
}

pub(crate) unsafe extern "C" fn extension(_instance: *mut c_void, name: Slice) -> *const c_void {
    // SAFETY: the host's name is readable during the call.
    match unsafe { name.text() } {
        Some("sample/1") => (&raw const EXTENSION).cast(),
        _ => std::ptr::null(),
    }
}

static EXTENSION: u8 = 1;
