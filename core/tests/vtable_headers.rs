//! Random and mutated tables against the check of a foreign table: it never reads past what it was
//! promised, and accepts a table if and only if it is a good one.
//!
//! Each case runs in a forked child, with the table at the very end of the readable memory: a read
//! past it ends the child, and is a counter-example like any other. `PREFECT_SECRETS_FULL=1` runs
//! many more cases, chosen anew each time.
#![allow(unsafe_code, reason = "these tests speak C")]

mod table_cases;

use std::mem::offset_of;
use std::ptr;

use prefect_secrets_core::abi::{Imported, MAJOR, Table};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use table_cases::{Case, Outcome, corpus, memory::Memory};

/// Says whether it takes the table.
type Check = fn(*const Table) -> bool;

fn the_check(table: *const Table) -> bool {
    // SAFETY: as long as it is readable for as far as `check` is promised it is; see `Memory`.
    unsafe { Imported::check(table) }.is_ok()
}

/// Runs `check` on corpus, mutations and noise; the first case on which it is wrong, made small.
fn drive(check: Check) -> Result<(), String> {
    let full = std::env::var_os("PREFECT_SECRETS_FULL").is_some();
    let config = Config {
        cases: if full { 100_000 } else { 400 },
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = if full {
        TestRunner::new(config)
    } else {
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
    };
    let memory = Memory::new();
    let outcome = runner.run(&table_cases::cases(), |case| {
        right(check, &memory, &case).map_err(TestCaseError::fail)
    });
    match outcome {
        Ok(()) => Ok(()),
        Err(TestError::Fail(why, case)) => Err(format!("{why}: {case:?}")),
        Err(error) => Err(error.to_string()),
    }
}

/// Whether `check` is right about `case`, whatever stands behind the table's last word.
fn right(check: Check, memory: &Memory, case: &Case) -> Result<(), String> {
    let expected = if case.is_good() { Outcome::Accepted } else { Outcome::Refused };
    for behind in [0x00, 0xff] {
        let outcome = memory.run(case, behind, check);
        if outcome != expected {
            return Err(format!("{outcome:?} instead of {expected:?}"));
        }
    }
    Ok(())
}

#[test]
fn the_corpus_is_judged_as_it_says() {
    let (memory, corpus) = (Memory::new(), corpus());
    assert!(corpus.len() >= 20);
    for seed in corpus {
        let said = if seed.case.is_good() { "accepted" } else { "refused" };
        assert_eq!(said, seed.expect, "{}: the model of these tests", seed.name);
        assert_eq!(right(the_check, &memory, &seed.case), Ok(()), "{}", seed.name);
    }
}

#[test]
fn no_table_deceives_the_check() {
    assert_eq!(drive(the_check), Ok(()));
}

// ---- the control: the same driver finds bugs that were planted -------------------------------

/// The bugs, one at a time.
const NO_BUG: u8 = 0;
const TRUSTS_ITS_OWN_SIZE: u8 = 1;
const TRUSTS_ANY_SIZE: u8 = 2;
const TAKES_HALF_SLOTS: u8 = 3;
const FORGETS_THE_MAJOR: u8 = 4;
const FORGETS_WHAT_IS_CLAIMED: u8 = 5;
const FORGETS_DESTROY: u8 = 6;
const READS_THE_ID_FIRST: u8 = 7;
const TAKES_ANY_ID: u8 = 8;

/// A check that is right, but for the one bug.
fn planted<const BUG: u8>(theirs: *const Table) -> bool {
    // SAFETY: none is kept, which is the point; it runs in a child of its own.
    unsafe {
        let (size, major) = ((*theirs).struct_size as usize, (*theirs).major);
        let least = offset_of!(Table, get_many);
        let most = if BUG == TRUSTS_ANY_SIZE { usize::MAX } else { 64 << 10 };
        if size < least || size > most || (major != MAJOR && BUG != FORGETS_THE_MAJOR) {
            return false;
        }
        let mut table: Table = std::mem::zeroed();
        let known = match BUG {
            TRUSTS_ITS_OWN_SIZE => size_of::<Table>(),
            TAKES_HALF_SLOTS => size.min(size_of::<Table>()).next_multiple_of(8),
            _ => size.min(size_of::<Table>()) / 8 * 8,
        };
        ptr::copy_nonoverlapping(theirs.cast::<u8>(), (&raw mut table).cast(), known);
        let required = table.create.is_some()
            && (table.destroy.is_some() || BUG == FORGETS_DESTROY)
            && table.get.is_some();
        let slots = [
            table.get_many.is_some(),
            table.set.is_some(),
            table.delete.is_some(),
            table.list.is_some(),
            table.refresh.is_some(),
        ];
        let claimed =
            slots.iter().enumerate().all(|(i, is)| *is || table.capabilities >> i & 1 == 0);
        let fits = (1..=64).contains(&table.id.len);
        let id = match table.id.data.is_null() || (!fits && BUG != READS_THE_ID_FIRST) {
            true => None,
            false => table.id.text(),
        };
        let fine = |id: &str| {
            let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            (1..=64).contains(&id.len()) && (id.bytes().all(fits) || BUG == TAKES_ANY_ID)
        };
        required && (claimed || BUG == FORGETS_WHAT_IS_CLAIMED) && id.is_some_and(fine)
    }
}

#[test]
fn a_bug_that_is_planted_is_found() {
    assert_eq!(drive(planted::<NO_BUG>), Ok(()), "the control of the control");
    for (bug, check) in [
        ("trusts its own size", planted::<TRUSTS_ITS_OWN_SIZE> as Check),
        ("trusts any size", planted::<TRUSTS_ANY_SIZE>),
        ("takes half slots", planted::<TAKES_HALF_SLOTS>),
        ("forgets the major", planted::<FORGETS_THE_MAJOR>),
        ("forgets what is claimed", planted::<FORGETS_WHAT_IS_CLAIMED>),
        ("forgets destroy", planted::<FORGETS_DESTROY>),
        ("reads the id first", planted::<READS_THE_ID_FIRST>),
        ("takes any id", planted::<TAKES_ANY_ID>),
    ] {
        let found = drive(check).expect_err(bug);
        assert!(found.contains("instead of"), "{bug}: {found}");
    }
}
