//! Tables that a host takes, and tables that it refuses.
#![allow(unsafe_code, reason = "these tests speak C")]

mod abi_foreign;

use abi_foreign::table;
use prefect_secrets_core::abi::{Exported, Imported, Plugin, Refusal, Settings, Slice, Table};
use prefect_secrets_core::{
    Answer, Buffer, Capabilities, Deadline, Error, Form, Kind, Provider, Secret,
};

/// Has one secret, called `text`; its table has every slot but the extensions.
struct Sample;

impl Provider for Sample {
    fn name(&self) -> &str {
        "sample"
    }

    fn get(&self, name: &str, _: &Deadline) -> Answer {
        let here = name == "text";
        Ok(here.then(|| Secret::new(&"sample".into(), Buffer::copy_of(b"a text"), Form::Text)))
    }
}

impl Plugin for Sample {
    const ID: &'static str = "sample";
    const CAPABILITIES: Capabilities = Capabilities::HONORS_DEADLINES;

    fn create(_: &str, _: &Settings) -> Result<Self, Error> {
        Ok(Self)
    }
}

fn check(table: &'static Table) -> Result<&'static str, Refusal> {
    // SAFETY: these tables are never shorter than they say, and live for ever.
    unsafe { Imported::check(table) }.map(|(id, _)| id)
}

fn changed(change: impl FnOnce(&mut Table)) -> &'static Table {
    let mut table = table();
    change(&mut table);
    Box::leak(Box::new(table))
}

#[test]
fn tables_that_cannot_be_used_are_refused() {
    // SAFETY: null is what this is about.
    assert_eq!(unsafe { Imported::check(std::ptr::null()) }.map(|_| ()), Err(Refusal::NoTable));
    assert_eq!(check(changed(|_| {})), Ok("foreign"));
    for size in [0, 1, 4, 8, 32, 55, (64 << 10) + 1, u32::MAX] {
        assert_eq!(check(changed(|table| table.struct_size = size)), Err(Refusal::Size(size)));
    }
    for major in [0, 2, u16::MAX] {
        assert_eq!(check(changed(|table| table.major = major)), Err(Refusal::Major(major)));
    }
    assert_eq!(check(changed(|table| table.create = None)), Err(Refusal::MissingSlot("create")));
    assert_eq!(check(changed(|table| table.destroy = None)), Err(Refusal::MissingSlot("destroy")));
    assert_eq!(check(changed(|table| table.get = None)), Err(Refusal::MissingSlot("get")));
    for (capability, slot) in [
        (Capabilities::GET_MANY, "get_many"),
        (Capabilities::SET, "set"),
        (Capabilities::DELETE, "delete"),
        (Capabilities::LIST, "list"),
        (Capabilities::REFRESH, "refresh"),
    ] {
        let claimed = changed(|table| table.capabilities |= capability.bits());
        assert_eq!(check(claimed), Err(Refusal::ClaimedSlot(slot)));
    }
    for id in ["", "A", "a_b", "a b", "\u{fc}", &"a".repeat(65)] {
        let id: &'static str = id.to_owned().leak();
        assert_eq!(check(changed(|table| table.id = Slice::of(id.as_bytes()))), Err(Refusal::Id));
    }
    let absurd = Slice { data: c"id".as_ptr().cast(), len: usize::MAX };
    assert_eq!(check(changed(|table| table.id = absurd)), Err(Refusal::Id));
    let nowhere = Slice { data: std::ptr::null(), len: 3 };
    assert_eq!(check(changed(|table| table.id = nowhere)), Err(Refusal::Id));
    let longest: &'static str = "a".repeat(64).leak();
    assert_eq!(check(changed(|table| table.id = Slice::of(longest.as_bytes()))), Ok(longest));

    let error = Error::from(Refusal::Major(2));
    assert_eq!(error.kind(), Kind::Invalid);
    // SAFETY: as in `check`; the table is refused before anything in it is called.
    let error =
        unsafe { Imported::create(changed(|table| table.major = 2), "named", Settings::none()) };
    assert_eq!(error.expect_err("a refusal").provider(), Some("named"));
}

#[test]
fn a_half_slot_is_none() {
    let many = std::mem::offset_of!(Table, get_many) as u32;
    let half = |size, capabilities: Capabilities| {
        changed(|table| {
            *table = *Exported::<Sample>::TABLE;
            table.struct_size = size;
            table.capabilities = capabilities.bits();
        })
    };
    for size in many..many + 8 {
        assert_eq!(check(half(size, Capabilities::NONE)), Ok("sample"));
        let claimed = check(half(size, Capabilities::GET_MANY));
        assert_eq!(claimed, Err(Refusal::ClaimedSlot("get_many")), "{size}");
    }
    assert_eq!(check(half(many + 8, Capabilities::GET_MANY)), Ok("sample"));
}

#[test]
fn tables_of_other_minors_are_taken() {
    /// What a later minor might look like.
    #[repr(C)]
    struct Later {
        table: Table,
        more: [usize; 5],
    }
    let mut table = *Exported::<Sample>::TABLE;
    table.struct_size = size_of::<Later>() as u32;
    table.minor = 7;
    table.capabilities |= 1 << 40 | 1 << 5; // that nobody knows yet
    let later: &'static Later = Box::leak(Box::new(Later { table, more: [usize::MAX; 5] }));
    // SAFETY: a table of `Exported`, with more behind it that this host does not look at.
    let provider =
        unsafe { Imported::create((&raw const *later).cast(), "later", Settings::none()) };
    let provider = provider.expect("a later minor");
    assert!(provider.get("text", &Deadline::default()).is_ok_and(|found| found.is_some()));
    assert_eq!(provider.capabilities().bits() >> 5, 0, "what it does not know it does not pass on");

    // An earlier one, that ends with `get`: memory of that size and no more.
    let size = std::mem::offset_of!(Table, get_many);
    let mut table = *Exported::<Sample>::TABLE;
    table.struct_size = size as u32;
    table.capabilities = (Capabilities::THREAD_SAFE.and(Capabilities::HONORS_DEADLINES)).bits();
    let words: &'static mut [usize] = vec![0; size / size_of::<usize>()].leak();
    // SAFETY: `size` bytes of a table into as many of aligned memory; and as above.
    let provider = unsafe {
        std::ptr::copy_nonoverlapping(
            (&raw const table).cast::<u8>(),
            words.as_mut_ptr().cast(),
            size,
        );
        Imported::create(words.as_ptr().cast(), "earlier", Settings::none())
    };
    let provider = provider.expect("an earlier minor");
    let deadline = Deadline::default();
    assert!(provider.get("text", &deadline).is_ok_and(|found| found.is_some()));
    assert_eq!(provider.get_many(&["text", "absent"], &deadline).len(), 2);
    assert!(provider.refresh(&deadline).is_ok());
    for outcome in [
        provider.set("text", &Secret::to_set(Buffer::zeroed(0), Form::Text), &deadline),
        provider.delete("text", &deadline).map(|_| ()),
        provider.list(&deadline).map(|_| ()),
    ] {
        assert_eq!(outcome.expect_err("it cannot").kind(), Kind::Unsupported);
    }
}
