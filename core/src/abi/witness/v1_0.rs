//! The shapes of minor 0. Never edited: plugins of that minor are held against them for ever.
#![allow(dead_code, reason = "nothing is made of these types; only their layout is read")]

use std::ffi::c_void;

use abi_stable::StableAbi;

#[repr(C)]
#[derive(StableAbi)]
pub(super) struct Slice {
    data: *const u8,
    len: usize,
}

#[repr(C)]
#[derive(StableAbi)]
pub(super) struct Request {
    struct_size: u32,
    reserved: u32,
    host: *mut c_void,
    remaining_ns: Option<unsafe extern "C" fn(request: *const Request) -> u64>,
    should_stop: Option<unsafe extern "C" fn(request: *const Request) -> i32>,
}

#[repr(C)]
#[derive(StableAbi)]
pub(super) struct Commit {
    struct_size: u32,
    form: u32,
    text_len: usize,
    json_len: usize,
    expires_at: i64,
    revision: Slice,
}

#[repr(C)]
#[derive(StableAbi)]
pub(super) struct Reply {
    struct_size: u32,
    reserved: u32,
    host: *mut c_void,
    reserve: Option<unsafe extern "C" fn(reply: *mut Reply, len: usize) -> *mut u8>,
    commit: Option<unsafe extern "C" fn(reply: *mut Reply, commit: *const Commit) -> i32>,
    fail: Option<unsafe extern "C" fn(reply: *mut Reply, what: Slice, next_step: Slice)>,
}

#[repr(C)]
#[derive(StableAbi)]
pub(super) struct Listing {
    struct_size: u32,
    reserved: u32,
    host: *mut c_void,
    add: Option<unsafe extern "C" fn(listing: *mut Listing, name: Slice) -> i32>,
}

#[repr(C)]
#[derive(StableAbi)]
pub(super) struct Value {
    struct_size: u32,
    form: u32,
    text: Slice,
    json: Slice,
}

#[repr(C)]
#[derive(StableAbi)]
pub(super) struct Create {
    struct_size: u32,
    major: u16,
    minor: u16,
    host: *mut c_void,
    name: Slice,
    settings: Slice,
    setting:
        Option<unsafe extern "C" fn(create: *const Create, key: Slice, value: *mut Slice) -> i32>,
    log: Option<unsafe extern "C" fn(create: *const Create, level: u32, message: Slice)>,
}

#[repr(C)]
#[derive(StableAbi)]
pub(super) struct Table {
    struct_size: u32,
    major: u16,
    minor: u16,
    capabilities: u64,
    id: Slice,
    create: Option<
        unsafe extern "C" fn(
            create: *const Create,
            instance: *mut *mut c_void,
            reply: *mut Reply,
        ) -> i32,
    >,
    destroy: Option<unsafe extern "C" fn(instance: *mut c_void)>,
    get: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            request: *const Request,
            name: Slice,
            reply: *mut Reply,
        ) -> i32,
    >,
    get_many: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            request: *const Request,
            names: *const Slice,
            count: usize,
            replies: *const *mut Reply,
            statuses: *mut i32,
        ) -> i32,
    >,
    set: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            request: *const Request,
            name: Slice,
            value: *const Value,
            reply: *mut Reply,
        ) -> i32,
    >,
    delete: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            request: *const Request,
            name: Slice,
            reply: *mut Reply,
        ) -> i32,
    >,
    list: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            request: *const Request,
            listing: *mut Listing,
            reply: *mut Reply,
        ) -> i32,
    >,
    refresh: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            request: *const Request,
            reply: *mut Reply,
        ) -> i32,
    >,
    get_extension:
        Option<unsafe extern "C" fn(instance: *mut c_void, name: Slice) -> *const c_void>,
}
