//! A plugin that was opened: its table.

use std::mem::offset_of;
use std::ptr;

use prefect_secrets_core::Capabilities;
use prefect_secrets_core::abi::{Imported, Refusal, Settings, Table};
use prefect_secrets_providers::plugin::Entry;

use super::era::Era;
use super::instance::{Created, Instance};

/// An opened plugin.
pub(crate) struct Plugin {
    entry: Entry,
    promised_id: Option<String>,
    table: *const Table,
}

// SAFETY: a table is read-only data of a library that is never unloaded.
unsafe impl Send for Plugin {}
// SAFETY: as above.
unsafe impl Sync for Plugin {}

impl Plugin {
    /// Calls the entry once. The manifest promises the id, if there is one.
    pub(crate) fn new(entry: Entry, promised_id: Option<String>) -> Self {
        // SAFETY: the entry of a library that was checked to define it, or our own.
        let table = unsafe { entry() };
        Self { entry, promised_id, table }
    }

    /// What a host of this minor makes of the table: its id, or why it is refused.
    pub(crate) fn checked(&self) -> Result<&'static str, Refusal> {
        // SAFETY: the header demands of the table what this does.
        unsafe { Imported::check(self.table) }.map(|(id, _)| id)
    }

    /// The id that its manifest promises.
    pub(crate) fn promised_id(&self) -> Option<&str> {
        self.promised_id.as_deref()
    }

    /// The address of the table, and a copy of its bytes, from another call of the entry.
    pub(crate) fn once_more(&self) -> (usize, Vec<u8>) {
        // SAFETY: the header allows the entry to be called at any time.
        let table = unsafe { (self.entry)() };
        (table as usize, bytes(table))
    }

    /// The address of the table, and a copy of its bytes as they are now.
    pub(crate) fn now(&self) -> (usize, Vec<u8>) {
        (self.table as usize, bytes(self.table))
    }

    /// The part of the table that is known here. The table must have been checked.
    pub(super) fn known(&self) -> Table {
        let bytes = bytes(self.table);
        // SAFETY: every member of a table may be zero.
        let mut table: Table = unsafe { std::mem::zeroed() };
        let whole_slots = bytes.len().min(size_of::<Table>()) / 8 * 8;
        // SAFETY: no more bytes than both have.
        unsafe {
            ptr::copy_nonoverlapping(bytes.as_ptr(), (&raw mut table).cast::<u8>(), whole_slots);
        }
        table
    }

    pub(crate) fn can(&self, capability: Capabilities) -> bool {
        Capabilities::from_bits(self.known().capabilities).has(capability)
    }

    /// The addresses in the slots that are not empty, with their names.
    pub(crate) fn slots(&self) -> Vec<(&'static str, usize)> {
        let table = self.known();
        let words = ptr::from_ref(&table).cast::<usize>();
        [
            ("create", offset_of!(Table, create)),
            ("destroy", offset_of!(Table, destroy)),
            ("get", offset_of!(Table, get)),
            ("get_many", offset_of!(Table, get_many)),
            ("set", offset_of!(Table, set)),
            ("delete", offset_of!(Table, delete)),
            ("list", offset_of!(Table, list)),
            ("refresh", offset_of!(Table, refresh)),
            ("get_extension", offset_of!(Table, get_extension)),
        ]
        .into_iter()
        // SAFETY: a slot is as large as an address, and lies in the table.
        .map(|(name, at)| (name, unsafe { words.byte_add(at).read() }))
        .filter(|&(_, address)| address != 0)
        .collect()
    }

    /// Calls `create`.
    pub(crate) fn create(&self, era: Era, settings: &Settings) -> Result<Instance, Created> {
        Instance::create(self.known(), era, settings)
    }
}

/// The bytes that a table says it has; at most as many as one can have.
fn bytes(table: *const Table) -> Vec<u8> {
    if table.is_null() {
        return Vec::new();
    }
    // SAFETY: a table starts with its size.
    let len = unsafe { (&raw const (*table).struct_size).read() } as usize;
    // SAFETY: the plugin promises as many bytes as it says.
    unsafe { std::slice::from_raw_parts(table.cast::<u8>(), len.min(64 << 10)) }.to_vec()
}
