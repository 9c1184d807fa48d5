//! Where names are listed.

use std::ffi::c_void;
use std::sync::{Mutex, PoisonError};

use prefect_secrets_core::abi::{self, Slice, Status};

use super::era::{Era, Placed};
use super::handle::Handle;

#[derive(Clone, Copy)]
#[repr(C)]
struct Raw {
    struct_size: u32,
    reserved: u32,
    host: *mut c_void,
    add: unsafe extern "C" fn(*mut abi::Listing, Slice) -> i32,
}

const _: () = assert!(size_of::<Raw>() == size_of::<abi::Listing>());

/// A listing of one call.
pub(super) struct Listing {
    placed: Placed<Raw>,
    names: Handle<Mutex<Vec<Option<String>>>>,
}

impl Listing {
    pub(super) fn new(era: Era) -> Self {
        let names = Handle::new(Mutex::default());
        let raw = Raw {
            struct_size: era.size_of::<abi::Listing>(),
            reserved: 0,
            host: names.address(),
            add,
        };
        Self { placed: Placed::new(era, raw), names }
    }

    pub(super) fn raw(&mut self) -> *mut abi::Listing {
        self.placed.as_mut_ptr().cast()
    }

    /// What was added; `None` stands for a name that is not UTF-8 or holds a NUL.
    pub(super) fn take(self) -> Vec<Option<String>> {
        std::mem::take(&mut *self.names.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

unsafe extern "C" fn add(listing: *mut abi::Listing, name: Slice) -> i32 {
    // SAFETY: a plugin passes the listing that it was given, during its call.
    let names = unsafe { &*(*listing).host.cast::<Mutex<Vec<Option<String>>>>() };
    // SAFETY: the plugin promises that the name is readable during the call.
    let text = unsafe { name.text() }.filter(|name| !name.contains('\0'));
    names.lock().unwrap_or_else(PoisonError::into_inner).push(text.map(str::to_owned));
    match text {
        Some(_) => Status::Ok as i32,
        None => Status::Invalid as i32,
    }
}
