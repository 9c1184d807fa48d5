//! Reading a foreign table: nothing in it is trusted before it was checked.

use std::mem::{offset_of, size_of};
use std::ptr;

use super::layout::{MAJOR, Table};
use crate::error::Error;
use crate::provider::Capabilities;

/// No table of any minor is as large as this; a larger one is not a table.
const ABSURD: usize = 64 << 10;
/// The longest id, in bytes.
const LONGEST_ID: usize = 64;

/// Why a table is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The entry function returned null.
    #[error("the entry function returned no table")]
    NoTable,
    /// The size cannot be that of a table.
    #[error("the table says that it has {0} bytes, which no version of it has")]
    Size(u32),
    /// The table was built for another major.
    #[error("the table is of major {0}, this host speaks major {MAJOR}")]
    Major(u16),
    /// A slot that every provider fills is null.
    #[error("the required slot `{0}` is empty")]
    MissingSlot(&'static str),
    /// A capability is claimed whose slot is null.
    #[error("the capability `{0}` is claimed, but its slot is empty")]
    ClaimedSlot(&'static str),
    /// The id is not lower-case ASCII letters, digits and dashes, 1 to 64 of them.
    #[error("the id is not 1 to 64 lower-case letters, digits and dashes")]
    Id,
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let next_step = match refusal {
            Refusal::Major(_) => "install the provider in a version built for this host",
            _ => "report it to the provider's author: the table breaks the provider ABI",
        };
        Self::invalid(refusal.to_string(), next_step)
    }
}

/// The part of a foreign table that both sides know, checked.
#[derive(Clone, Copy)]
pub(super) struct Checked {
    pub(super) table: Table,
    pub(super) id: &'static str,
}

impl Checked {
    /// # Safety
    /// `theirs` is null, or points at `struct_size` readable bytes that stay as they are for the
    /// life of the process.
    pub(super) unsafe fn copy(theirs: *const Table) -> Result<Self, Refusal> {
        if theirs.is_null() {
            return Err(Refusal::NoTable);
        }
        // The header first: only it is promised before the size is known.
        // SAFETY: the caller promises a table, which starts with these members in every version.
        let (size, major) = unsafe {
            ((&raw const (*theirs).struct_size).read(), (&raw const (*theirs).major).read())
        };
        if major != MAJOR {
            return Err(Refusal::Major(major));
        }
        let known = size as usize;
        if !(offset_of!(Table, get_many)..=ABSURD).contains(&known) {
            return Err(Refusal::Size(size));
        }
        // SAFETY: every member of a table may be zero.
        let mut table: Table = unsafe { std::mem::zeroed() };
        // SAFETY: the caller promises `known` readable bytes, and no more than ours has are copied.
        // A slot that is half inside `known` stays null, see below.
        unsafe {
            ptr::copy_nonoverlapping(
                theirs.cast::<u8>(),
                (&raw mut table).cast::<u8>(),
                whole_slots(known),
            );
        }
        table.required()?;
        // Its length first: no byte is read of an id that is longer than one may be.
        if !(1..=LONGEST_ID).contains(&table.id.len) {
            return Err(Refusal::Id);
        }
        // SAFETY: the id lives as long as the library, as the header demands.
        let id = unsafe { table.id.text::<'static>() }.filter(|id| is_id(id));
        Ok(Self { table, id: id.ok_or(Refusal::Id)? })
    }
}

/// `known` bytes of a table, without a slot that only begins in them.
fn whole_slots(known: usize) -> usize {
    known.min(size_of::<Table>()) / size_of::<usize>() * size_of::<usize>()
}

fn is_id(id: &str) -> bool {
    id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

impl Table {
    /// The slots that must be there.
    fn required(&self) -> Result<(), Refusal> {
        for (there, slot) in [
            (self.create.is_some(), "create"),
            (self.destroy.is_some(), "destroy"),
            (self.get.is_some(), "get"),
        ] {
            if !there {
                return Err(Refusal::MissingSlot(slot));
            }
        }
        for (there, capability, slot) in [
            (self.get_many.is_some(), Capabilities::GET_MANY, "get_many"),
            (self.set.is_some(), Capabilities::SET, "set"),
            (self.delete.is_some(), Capabilities::DELETE, "delete"),
            (self.list.is_some(), Capabilities::LIST, "list"),
            (self.refresh.is_some(), Capabilities::REFRESH, "refresh"),
        ] {
            if !there && Capabilities::from_bits(self.capabilities).has(capability) {
                return Err(Refusal::ClaimedSlot(slot));
            }
        }
        Ok(())
    }
}
