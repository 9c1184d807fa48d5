//! The layout witness: a Rust plugin tells how the compiler laid out the shapes of the ABI, and the
//! host holds that against the shapes that the plugin's minor had.
//!
//! The C shapes are checked by their sizes and by the numbers in the table; a plugin that was built
//! from shapes in which two slots had changed places passes all of that. `abi_stable` derives the
//! description of a type from its definition, so that no edit of the one can forget the other.
//! For each minor there is one frozen copy of the shapes (`v1_0` and those to come): of a plugin of an
//! earlier minor less is asked, and of a later one no more than is known here.
//!
//! It is a witness and no guard: a plugin without one (in C, say) is taken at its word, and the
//! static assertions of the header hold at its place.

mod compare;
mod v1_0;

use abi_stable::StableAbi;
use abi_stable::library::AbiHeader;
use abi_stable::type_layout::TypeLayout;

use super::layout::{MINOR, Table, size_of};

pub use compare::{Difference, compare};

/// The shapes of each minor that there was, in order.
const FROZEN: [&TypeLayout; MINOR as usize + 1] = [v1_0::Table::LAYOUT];

/// What a plugin says of its layout; it exports a function `prefect_secrets_witness_v1` that returns
/// one. Grows at its end only.
#[repr(C)]
pub struct Witness {
    /// Bytes of this struct that the plugin knows.
    pub struct_size: u32,
    /// The minor of the shapes.
    pub minor: u16,
    /// 0.
    pub reserved: u16,
    /// Which `abi_stable` made the description; it is read by a compatible one only.
    pub header: AbiHeader,
    /// The description of the table, from which every other shape is reached.
    pub layout: &'static TypeLayout,
}

impl Witness {
    /// Of the shapes in this build.
    pub const OWN: &'static Self = &Self {
        struct_size: size_of::<Self>(),
        minor: MINOR,
        reserved: 0,
        header: AbiHeader::VALUE,
        layout: Table::LAYOUT,
    };

    /// Whether the plugin behind `theirs` sees the shapes as this host does. `Ok(false)`: its
    /// description is of a kind that cannot be read here.
    ///
    /// # Safety
    /// `theirs` is null, or points at `struct_size` readable bytes (at least 4) that stay as they
    /// are for the life of the process, and what they point at is what `abi_stable` made.
    pub unsafe fn check(theirs: *const Self) -> Result<bool, Difference> {
        if theirs.is_null() {
            return Ok(false);
        }
        // SAFETY: promised by the caller; the size stands first in every version.
        if unsafe { (&raw const (*theirs).struct_size).read() } < size_of::<Self>() {
            return Ok(false);
        }
        // SAFETY: promised by the caller, and as long as this struct.
        let (header, minor) = unsafe { (&(*theirs).header, (*theirs).minor) };
        if !header.is_valid() {
            return Ok(false);
        }
        // SAFETY: as above; a layout is there, of a version of `abi_stable` that reads as ours.
        let layout = unsafe { (*theirs).layout };
        // Of a later minor, what this host knows of it.
        let known = FROZEN.get(usize::from(minor)).unwrap_or(&FROZEN[FROZEN.len() - 1]);
        compare(known, layout).map(|()| true)
    }
}
