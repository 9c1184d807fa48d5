//! Copying a text to a place of the caller's.
#![allow(unsafe_code, reason = "the place is looked at afterwards, whatever was written")]

use std::mem::MaybeUninit;

use prefect_secrets_core::copy;

#[test]
fn a_text_of_any_length_is_copied_with_a_nul_and_nothing_else_is_touched() {
    for len in 0..200_usize {
        let text: Vec<u8> = (0..len).map(|i| i as u8 | 1).collect();
        for room in [0, len.saturating_sub(1), len, len + 1, len + 3] {
            let mut place = vec![MaybeUninit::new(0xee); room];
            assert_eq!(copy(&text, &mut place), len);
            let mut wanted = vec![0xee; room];
            if room > len {
                wanted[..len].copy_from_slice(&text);
                wanted[len] = 0;
            }
            // SAFETY: every byte had a value from the beginning.
            let place = place.iter().map(|byte| unsafe { byte.assume_init() });
            assert!(place.eq(wanted), "{len} bytes into {room}");
        }
    }
}
