//! What a host and a plugin in a process of its own say to each other, as `docs/wire.md` has it.
//!
//! A **frame** is a kind, the number of a call, fields and a payload. A secret stands in payloads
//! only: they are read into memory that is wiped, and written from where the secret is. Nothing
//! here waits or opens anything but [`serve`], the plugin's side of the talk.

mod fields;
mod frame;
#[cfg(any(test, feature = "fuzz"))]
pub mod fuzz;
mod kind;
mod outgoing;
mod reader;
pub mod serve;
mod tag;
mod time;
mod value;

pub use fields::Fields;
pub use frame::{Broken, Frame, HEADER, LARGEST_FIELDS, LARGEST_NAME, LARGEST_PAYLOAD, MOST_NAMES};
pub use kind::Kind;
pub use outgoing::{Outgoing, Stopped};
pub use reader::Reader;
pub use tag::Tag;
pub use time::{absolute, deadline_at};
pub use value::{found, parts, value, with_value};

/// The version of `docs/wire.md` that is spoken here: the major in the upper 16 bits.
pub const VERSION: u32 = 1 << 16;

/// Whether two versions have the same major.
pub fn same_major(one: u32, other: u32) -> bool {
    one >> 16 == other >> 16
}
