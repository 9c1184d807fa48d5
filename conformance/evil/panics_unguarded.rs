//! Its get panics, and nothing catches it: its table was written by hand.
#![allow(unsafe_code, reason = "this is what one gets without `export_provider!`")]

use std::ffi::c_void;

use prefect_secrets_core::abi::{
    Exported, Plugin, Reply, Request, Settings, Slice, Table, silence_panics,
};
use prefect_secrets_core::{Answer, Buffer, Capabilities, Deadline, Error, Form, Provider, Secret};

struct Zoo {
    evil: bool,
}

impl Provider for Zoo {
    fn name(&self) -> &str {
        "zoo"
    }

    fn get(&self, name: &str, _deadline: &Deadline) -> Answer {
        let here = name == "ALPHA";
        // Found or not, the unguarded function learns here whether it is to panic.
        if self.evil {
            return Err(Error::invalid("evil", "panic"));
        }
        Ok(here
            .then(|| Secret::new(&"zoo".into(), Buffer::copy_of(b"a value in Rust"), Form::Text)))
    }
}

impl Plugin for Zoo {
    const ID: &'static str = "zoo";
    const CAPABILITIES: Capabilities = Capabilities::HONORS_DEADLINES;

    fn create(_name: &str, settings: &Settings) -> Result<Self, Error> {
        Ok(Self { evil: settings.get("good").is_none() })
    }
}

unsafe extern "C" fn get(
    instance: *mut c_void,
    request: *const Request,
    name: Slice,
    reply: *mut Reply,
) -> i32 {
    let guarded = Exported::<Zoo>::TABLE.get.expect("a get");
    // SAFETY: passed on.
    let status = unsafe { guarded(instance, request, name, reply) };
    assert!(matches!(status, 0 | 1), "as it does");
    status
}

/// The entry.
#[unsafe(no_mangle)]
pub extern "C" fn prefect_secrets_provider_v1() -> *const Table {
    static TABLE: Table = Table { get: Some(get), ..*Exported::<Zoo>::TABLE };
    silence_panics();
    &raw const TABLE
}
