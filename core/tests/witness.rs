//! The layout witness: what it accepts, and that it finds what sizes and numbers cannot tell.
#![cfg(feature = "witness")]
#![allow(unsafe_code, reason = "these tests speak C")]
#![allow(dead_code, reason = "only the layout of these types is read")]

use std::ffi::c_void;

use abi_stable::StableAbi;
use abi_stable::abi_stability::abi_checking::check_layout_compatibility;
use abi_stable::type_layout::TypeLayout;
use prefect_secrets_core::abi::Table;
use prefect_secrets_core::abi::witness::{Witness, compare};

/// A module with shapes of this form: `Slice`, and a `Table` that grows and reaches `Slice` and itself.
macro_rules! shapes {
    ($module:ident, slice { $($slice:tt)* } table { $($table:tt)* }) => {
        mod $module {
            use super::*;

            #[repr(C)]
            #[derive(StableAbi)]
            pub(crate) struct Slice { $($slice)* }

            #[repr(C)]
            #[derive(StableAbi)]
            pub(crate) struct Table { $($table)* }
        }
    };
}

shapes! { plain,
    slice { data: *const u8, len: usize, }
    table {
        struct_size: u32, major: u32,
        get: Option<unsafe extern "C" fn(table: *mut Table, name: Slice) -> i32>,
        set: Option<unsafe extern "C" fn(table: *mut Table, name: Slice) -> i32>,
    }
}
shapes! { grown,
    slice { data: *const u8, len: usize, }
    table {
        struct_size: u32, major: u32,
        get: Option<unsafe extern "C" fn(table: *mut Table, name: Slice) -> i32>,
        set: Option<unsafe extern "C" fn(table: *mut Table, name: Slice) -> i32>,
        watch: Option<unsafe extern "C" fn(table: *mut Table) -> i32>,
    }
}
shapes! { swapped,
    slice { data: *const u8, len: usize, }
    table {
        struct_size: u32, major: u32,
        set: Option<unsafe extern "C" fn(table: *mut Table, name: Slice) -> i32>,
        get: Option<unsafe extern "C" fn(table: *mut Table, name: Slice) -> i32>,
    }
}
shapes! { fewer,
    slice { data: *const u8, len: usize, }
    table {
        struct_size: u32, major: u32,
        get: Option<unsafe extern "C" fn(table: *mut Table, name: Slice) -> i32>,
    }
}
shapes! { halves,
    slice { data: *const u8, len: usize, }
    table {
        struct_size: u32, major: u16, minor: u16,
        get: Option<unsafe extern "C" fn(table: *mut Table, name: Slice) -> i32>,
        set: Option<unsafe extern "C" fn(table: *mut Table, name: Slice) -> i32>,
    }
}
shapes! { signed,
    slice { data: *const u8, len: usize, }
    table {
        struct_size: u32, major: i32,
        get: Option<unsafe extern "C" fn(table: *mut Table, name: Slice) -> i32>,
        set: Option<unsafe extern "C" fn(table: *mut Table, name: Slice) -> i32>,
    }
}
shapes! { more_arguments,
    slice { data: *const u8, len: usize, }
    table {
        struct_size: u32, major: u32,
        get: Option<unsafe extern "C" fn(table: *mut Table, name: Slice, more: u32) -> i32>,
        set: Option<unsafe extern "C" fn(table: *mut Table, name: Slice) -> i32>,
    }
}
shapes! { pointer_instead,
    slice { data: *const u8, len: usize, }
    table {
        struct_size: u32, major: u32,
        get: Option<unsafe extern "C" fn(table: *mut Table, name: *const Slice) -> i32>,
        set: Option<unsafe extern "C" fn(table: *mut Table, name: Slice) -> i32>,
    }
}
shapes! { pointer_to_another,
    slice { data: *const u8, len: usize, }
    table {
        struct_size: u32, major: u32,
        get: Option<unsafe extern "C" fn(table: *mut c_void, name: Slice) -> i32>,
        set: Option<unsafe extern "C" fn(table: *mut Table, name: Slice) -> i32>,
    }
}
shapes! { other_answer,
    slice { data: *const u8, len: usize, }
    table {
        struct_size: u32, major: u32,
        get: Option<unsafe extern "C" fn(table: *mut Table, name: Slice) -> i64>,
        set: Option<unsafe extern "C" fn(table: *mut Table, name: Slice) -> i32>,
    }
}
shapes! { no_answer,
    slice { data: *const u8, len: usize, }
    table {
        struct_size: u32, major: u32,
        get: Option<unsafe extern "C" fn(table: *mut Table, name: Slice) -> i32>,
        set: Option<unsafe extern "C" fn(table: *mut Table, name: Slice)>,
    }
}
shapes! { slice_reversed,
    slice { len: usize, data: *const u8, }
    table {
        struct_size: u32, major: u32,
        get: Option<unsafe extern "C" fn(table: *mut Table, name: Slice) -> i32>,
        set: Option<unsafe extern "C" fn(table: *mut Table, name: Slice) -> i32>,
    }
}
shapes! { slice_grown,
    slice { data: *const u8, len: usize, capacity: usize, }
    table {
        struct_size: u32, major: u32,
        get: Option<unsafe extern "C" fn(table: *mut Table, name: Slice) -> i32>,
        set: Option<unsafe extern "C" fn(table: *mut Table, name: Slice) -> i32>,
    }
}
shapes! { slice_of_words,
    slice { data: *const u32, len: usize, }
    table {
        struct_size: u32, major: u32,
        get: Option<unsafe extern "C" fn(table: *mut Table, name: Slice) -> i32>,
        set: Option<unsafe extern "C" fn(table: *mut Table, name: Slice) -> i32>,
    }
}
shapes! { a_number_for_a_slot,
    slice { data: *const u8, len: usize, }
    table {
        struct_size: u32, major: u32,
        get: Option<unsafe extern "C" fn(table: *mut Table, name: Slice) -> i32>,
        set: usize,
    }
}

/// Two types of one name, of which only the first is what it should be.
mod two_slices {
    use super::*;

    mod wide {
        #[repr(C)]
        #[derive(abi_stable::StableAbi)]
        pub(super) struct Slice {
            len: usize,
            data: *const u8,
        }
    }

    #[repr(C)]
    #[derive(StableAbi)]
    pub(crate) struct Table {
        struct_size: u32,
        major: u32,
        get: Option<unsafe extern "C" fn(table: *mut Table, name: plain::Slice) -> i32>,
        set: Option<unsafe extern "C" fn(table: *mut Table, name: wide::Slice) -> i32>,
    }
}

/// A struct that grows, aligned otherwise.
mod aligned {
    use super::*;

    #[repr(C, align(16))]
    #[derive(StableAbi)]
    pub(crate) struct Table {
        struct_size: u32,
        major: u32,
        get: Option<unsafe extern "C" fn(table: *mut Table, name: plain::Slice) -> i32>,
        set: Option<unsafe extern "C" fn(table: *mut Table, name: plain::Slice) -> i32>,
    }
}

#[test]
fn one_difference_is_named_by_its_place() {
    let ours = plain::Table::LAYOUT;
    assert_eq!(compare(ours, ours), Ok(()));
    for (theirs, said) in [
        (swapped::Table::LAYOUT, "`Table.get` is not there, but `set` is"),
        (fewer::Table::LAYOUT, "`Table.set` is missing"),
        (halves::Table::LAYOUT, "`Table.major` is `u16` and should be `u32`"),
        (signed::Table::LAYOUT, "`Table.major` is `i32` and should be `u32`"),
        (more_arguments::Table::LAYOUT, "`Table.get` takes 3 arguments and should take 2"),
        (
            pointer_instead::Table::LAYOUT,
            "`Table.get, argument 2` is `*const` and should be `Slice`",
        ),
        (
            pointer_to_another::Table::LAYOUT,
            "`Table.get, argument 1` is `c_void` and should be `Table`",
        ),
        (other_answer::Table::LAYOUT, "`Table.get, answer` is `i64` and should be `i32`"),
        (no_answer::Table::LAYOUT, "`Table.set` answers in one and not in the other"),
        (slice_reversed::Table::LAYOUT, "`Slice.data` is not there, but `len` is"),
        (slice_grown::Table::LAYOUT, "`Slice` has the member `capacity` too many"),
        (two_slices::Table::LAYOUT, "`Slice.data` is not there, but `len` is"),
        (
            aligned::Table::LAYOUT,
            "`Table.get, argument 1` is aligned to 16 bytes and should be to 8",
        ),
        (slice_of_words::Table::LAYOUT, "`Slice.data` is `u32` and should be `u8`"),
        (
            a_number_for_a_slot::Table::LAYOUT,
            "`Table.set` is a function in one and none in the other",
        ),
    ] {
        let difference = compare(ours, theirs).expect_err(said);
        assert_eq!(difference.to_string(), said);
        // The comparison of the crate that made the descriptions sees it, too.
        assert!(check_layout_compatibility(ours, theirs).is_err(), "{said}");
    }
}

#[test]
fn growth_at_the_end_is_none_in_one_direction() {
    let (old, new) = (plain::Table::LAYOUT, grown::Table::LAYOUT);
    assert_eq!(compare(old, new), Ok(()), "an old host takes a new plugin");
    let difference =
        compare(new, old).expect_err("a new host asks an old plugin for its own minor");
    assert_eq!(difference.to_string(), "`Table.watch` is missing");
    // Why its own comparison cannot be the check: it takes neither.
    assert!(check_layout_compatibility(old, new).is_err());
    assert!(check_layout_compatibility(new, old).is_err());
}

fn check(witness: &'static Witness) -> Result<bool, String> {
    // SAFETY: a witness of this test, of its whole size.
    unsafe { Witness::check(witness) }.map_err(|difference| difference.to_string())
}

fn witness(minor: u16, layout: &'static TypeLayout) -> &'static Witness {
    let own = Witness::OWN;
    Box::leak(Box::new(Witness { minor, layout, header: own.header, ..*own }))
}

#[test]
fn the_shapes_of_this_build_are_those_of_their_minor() {
    assert_eq!(check(Witness::OWN), Ok(true));
    // Also in the eyes of the crate that made the descriptions.
    assert!(check_layout_compatibility(Table::LAYOUT, Witness::OWN.layout).is_ok());
    // A later minor is held against the last one that is known here.
    assert_eq!(check(witness(7, Table::LAYOUT)), Ok(true));
    let lies = check(witness(7, plain::Table::LAYOUT)).expect_err("it is another table");
    assert_eq!(lies, "`Table.major` is `u32` and should be `u16`");
}

#[test]
fn a_description_that_cannot_be_read_says_nothing() {
    // SAFETY: null is what this is about.
    assert_eq!(unsafe { Witness::check(std::ptr::null()) }, Ok(false));
    let mut other = Witness { header: Witness::OWN.header, ..*Witness::OWN };
    other.header.abi_minor += 1;
    other.layout = plain::Table::LAYOUT;
    assert_eq!(check(Box::leak(Box::new(other))), Ok(false), "of another abi_stable");
    let short = Witness { struct_size: 8, header: Witness::OWN.header, ..*Witness::OWN };
    assert_eq!(check(Box::leak(Box::new(short))), Ok(false));
}
