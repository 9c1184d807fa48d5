//! The C shapes, member for member as `include/prefect_secrets_provider.h` declares them. A C
//! compiler proves the agreement in the tests of `ffi`. Structs grow at their end only.
//!
//! Types of functions are written out where they stand: [`super::witness`] reads them there.

use std::ffi::c_void;

/// The major that the name of the entry function carries.
pub const MAJOR: u16 = 1;
/// The minor of these shapes.
pub const MINOR: u16 = 0;

/// [`Commit::form`]: text.
pub const FORM_TEXT: u32 = 1;
/// [`Commit::form`]: one compact JSON document.
pub const FORM_JSON: u32 = 2;
/// [`Commit::form`]: text, and right behind it its JSON view.
pub const FORM_TEXT_WITH_JSON: u32 = 3;

/// Bytes with a length. Borrowed for the call that they are passed to.
#[derive(Clone, Copy)]
#[repr(C)]
#[cfg_attr(feature = "witness", derive(abi_stable::StableAbi))]
pub struct Slice {
    /// The first byte; may be null if `len` is 0.
    pub data: *const u8,
    /// How many bytes.
    pub len: usize,
}

// SAFETY: a slice is an address and a number; who reads through it promises that the bytes are there.
unsafe impl Send for Slice {}
// SAFETY: as above.
unsafe impl Sync for Slice {}

impl Slice {
    /// The slice of nothing.
    pub const EMPTY: Self = Self { data: std::ptr::null(), len: 0 };

    /// A borrowed view of `bytes`; the caller keeps them alive for as long as it is used.
    pub const fn of(bytes: &[u8]) -> Self {
        Self { data: bytes.as_ptr(), len: bytes.len() }
    }

    /// The bytes; `None` if there is a length without a pointer, or a length no memory can have.
    ///
    /// # Safety
    /// If `data` is not null, `len` bytes must be readable there for `'a`.
    pub unsafe fn bytes<'a>(self) -> Option<&'a [u8]> {
        match (self.data.is_null(), self.len) {
            (_, 0) => Some(&[]),
            (true, _) => None,
            (false, len) if len > isize::MAX as usize => None,
            // SAFETY: the caller promises the bytes, and the length is one that memory can have.
            (false, len) => Some(unsafe { std::slice::from_raw_parts(self.data, len) }),
        }
    }

    /// The bytes as text; `None` if they are not UTF-8 either.
    ///
    /// # Safety
    /// As for [`Slice::bytes`].
    pub unsafe fn text<'a>(self) -> Option<&'a str> {
        // SAFETY: passed on.
        std::str::from_utf8(unsafe { self.bytes() }?).ok()
    }
}

/// What a provider is told about the call: until when.
#[repr(C)]
#[cfg_attr(feature = "witness", derive(abi_stable::StableAbi))]
pub struct Request {
    /// Bytes of this struct that the host knows.
    pub struct_size: u32,
    /// 0.
    pub reserved: u32,
    /// The host's own.
    pub host: *mut c_void,
    /// Nanoseconds that are left; `u64::MAX` without a deadline.
    pub remaining_ns: Option<unsafe extern "C" fn(request: *const Request) -> u64>,
    /// 1 if the caller has no use for an answer any more, else 0.
    pub should_stop: Option<unsafe extern "C" fn(request: *const Request) -> i32>,
}

/// What a value is, said when it is committed.
#[repr(C)]
#[cfg_attr(feature = "witness", derive(abi_stable::StableAbi))]
pub struct Commit {
    /// Bytes of this struct that the provider knows.
    pub struct_size: u32,
    /// One of the `FORM_` numbers.
    pub form: u32,
    /// Bytes of text (or of JSON, if that is the form).
    pub text_len: usize,
    /// Bytes of the JSON view behind the text; 0 but for [`FORM_TEXT_WITH_JSON`].
    pub json_len: usize,
    /// When the value ends, in seconds since 1970-01-01T00:00:00Z; 0 if that is not known.
    pub expires_at: i64,
    /// Which one in a row of values it is, as UTF-8; empty if that is not known.
    pub revision: Slice,
}

/// Where a provider writes its answer.
#[repr(C)]
#[cfg_attr(feature = "witness", derive(abi_stable::StableAbi))]
pub struct Reply {
    /// Bytes of this struct that the host knows.
    pub struct_size: u32,
    /// 0.
    pub reserved: u32,
    /// The host's own.
    pub host: *mut c_void,
    /// Memory of `len` bytes, which the host owns and will wipe; null if there is none.
    pub reserve: Option<unsafe extern "C" fn(reply: *mut Reply, len: usize) -> *mut u8>,
    /// Makes what was written the answer.
    pub commit: Option<unsafe extern "C" fn(reply: *mut Reply, commit: *const Commit) -> i32>,
    /// Says what failed and what to do next, for the error of the call.
    pub fail: Option<unsafe extern "C" fn(reply: *mut Reply, what: Slice, next_step: Slice)>,
}

/// Where a provider lists its names.
#[repr(C)]
#[cfg_attr(feature = "witness", derive(abi_stable::StableAbi))]
pub struct Listing {
    /// Bytes of this struct that the host knows.
    pub struct_size: u32,
    /// 0.
    pub reserved: u32,
    /// The host's own.
    pub host: *mut c_void,
    /// Adds a name.
    pub add: Option<unsafe extern "C" fn(listing: *mut Listing, name: Slice) -> i32>,
}

/// A value to be written.
#[repr(C)]
#[cfg_attr(feature = "witness", derive(abi_stable::StableAbi))]
pub struct Value {
    /// Bytes of this struct that the host knows.
    pub struct_size: u32,
    /// One of the `FORM_` numbers.
    pub form: u32,
    /// The text (or the JSON, if that is the form).
    pub text: Slice,
    /// The JSON view, for [`FORM_TEXT_WITH_JSON`].
    pub json: Slice,
}

/// What an instance is created from.
#[repr(C)]
#[cfg_attr(feature = "witness", derive(abi_stable::StableAbi))]
pub struct Create {
    /// Bytes of this struct that the host knows.
    pub struct_size: u32,
    /// The major of the host.
    pub major: u16,
    /// The minor of the host.
    pub minor: u16,
    /// The host's own.
    pub host: *mut c_void,
    /// What configuration and errors call this instance.
    pub name: Slice,
    /// The settings, one JSON object; `{}` if there are none.
    pub settings: Slice,
    /// Looks one setting up: a string as its text, anything else as JSON. 0, or 1 if it is absent.
    pub setting:
        Option<unsafe extern "C" fn(create: *const Create, key: Slice, value: *mut Slice) -> i32>,
    /// Hands a line to the host's log; level 1 error, 2 warning, 3 information, 4 detail.
    pub log: Option<unsafe extern "C" fn(create: *const Create, level: u32, message: Slice)>,
}

/// The provider: `prefect_secrets_provider` in C.
#[derive(Clone, Copy)]
#[repr(C)]
#[cfg_attr(feature = "witness", derive(abi_stable::StableAbi))]
pub struct Table {
    /// Bytes of this struct that the provider knows.
    pub struct_size: u32,
    /// The major it was built for.
    pub major: u16,
    /// The minor it was built for.
    pub minor: u16,
    /// [`crate::Capabilities`].
    pub capabilities: u64,
    /// What the provider is: lower-case letters, digits and dashes. Lives as long as the library.
    pub id: Slice,
    /// Required.
    pub create: Option<
        unsafe extern "C" fn(
            create: *const Create,
            instance: *mut *mut c_void,
            reply: *mut Reply,
        ) -> i32,
    >,
    /// Required.
    pub destroy: Option<unsafe extern "C" fn(instance: *mut c_void)>,
    /// Required.
    pub get: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            request: *const Request,
            name: Slice,
            reply: *mut Reply,
        ) -> i32,
    >,
    /// With [`crate::Capabilities::GET_MANY`].
    pub get_many: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            request: *const Request,
            names: *const Slice,
            count: usize,
            replies: *const *mut Reply,
            statuses: *mut i32,
        ) -> i32,
    >,
    /// With [`crate::Capabilities::SET`].
    pub set: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            request: *const Request,
            name: Slice,
            value: *const Value,
            reply: *mut Reply,
        ) -> i32,
    >,
    /// With [`crate::Capabilities::DELETE`].
    pub delete: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            request: *const Request,
            name: Slice,
            reply: *mut Reply,
        ) -> i32,
    >,
    /// With [`crate::Capabilities::LIST`].
    pub list: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            request: *const Request,
            listing: *mut Listing,
            reply: *mut Reply,
        ) -> i32,
    >,
    /// With [`crate::Capabilities::REFRESH`].
    pub refresh: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            request: *const Request,
            reply: *mut Reply,
        ) -> i32,
    >,
    /// Abilities beyond this table, by a name like `"watch/1"`; optional.
    pub get_extension:
        Option<unsafe extern "C" fn(instance: *mut c_void, name: Slice) -> *const c_void>,
}

/// How many bytes of a struct a program built for this version knows.
pub(super) const fn size_of<T>() -> u32 {
    std::mem::size_of::<T>() as u32
}
