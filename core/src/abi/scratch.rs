//! Room for a short value on the stack of the call that it is given to.

use std::mem::MaybeUninit;
use std::slice;

/// Stands behind every reserve; changed bytes there are an overrun. The first is the NUL that
/// follows every value, so that an overrun of one byte is seen.
pub(super) const CANARY: [u8; 9] = [0, 0xa7, 0x1c, 0xe3, 0x5b, 0xd9, 0x42, 0x8f, 0x36];

/// More than is ever handed out: an overrun should meet nothing but room.
const ROOM: usize = 1024;
/// What is zeroed and wiped of it for most values: so much is a few stores, and no call.
const MOST: usize = 64;
/// And for all that are not too long.
const ALL: usize = 256;

/// Aligned as memory of an allocator would be.
#[repr(align(16))]
#[cfg_attr(test, derive(Clone, Copy))]
struct Room(#[allow(dead_code, reason = "it is written through a pointer")] [u8; ROOM]);

/// Memory for a value of up to [`Scratch::LONGEST`] bytes, which most are: asking an allocator for it
/// would take as long as the rest of the call. What was handed out is wiped when this is dropped.
pub(super) struct Scratch {
    room: MaybeUninit<Room>,
    /// What was handed out last.
    len: usize,
    /// How much of the room was handed out, and is to be wiped: nothing, most or all of it.
    used: usize,
}

impl Scratch {
    pub(super) const LONGEST: usize = ALL - CANARY.len();

    /// Nothing handed out yet.
    #[inline]
    pub(super) fn new() -> Self {
        let mut scratch = Self { room: MaybeUninit::uninit(), len: 0, used: 0 };
        // Here and not when it is handed out: the provider writes there at once, and a processor would
        // have the zeros still under way.
        scratch.zero_most();
        scratch
    }

    #[inline(always)]
    fn zero_most(&mut self) {
        // SAFETY: the room has so many bytes.
        unsafe { self.room.as_mut_ptr().cast::<[u8; MOST]>().write([0; MOST]) };
    }

    /// `len` zero bytes, at most [`Self::LONGEST`], and the canary behind them.
    #[inline]
    pub(super) fn hand_out(&mut self, len: usize) -> *mut u8 {
        let len = len.min(Self::LONGEST);
        let place = self.room.as_mut_ptr().cast::<u8>();
        if self.used != 0 {
            self.zero_most();
        }
        if len + CANARY.len() <= MOST {
            self.used = self.used.max(MOST);
        } else {
            self.zero_all();
            self.used = ALL;
        }
        // SAFETY: as above.
        unsafe { place.add(len).cast::<[u8; CANARY.len()]>().write(CANARY) };
        self.len = len;
        place
    }

    /// Apart, so that what is called for most values needs no more registers than it uses.
    #[inline(never)]
    fn zero_all(&mut self) {
        // SAFETY: the room has so many bytes.
        unsafe { self.room.as_mut_ptr().cast::<u8>().write_bytes(0, ALL) };
    }

    /// What was written into the memory that was handed out last; `None` if more was written than that.
    #[inline]
    pub(super) fn written(&mut self) -> Option<&[u8]> {
        if self.used == 0 {
            return Some(&[]);
        }
        let place = self.room.as_ptr().cast::<u8>();
        // SAFETY: handing out gave all of these bytes a value.
        let (written, canary) = unsafe {
            (
                slice::from_raw_parts(place, self.len),
                place.add(self.len).cast::<[u8; CANARY.len()]>().read(),
            )
        };
        if canary == CANARY {
            return Some(written);
        }
        self.spoil();
        None
    }

    /// Nobody knows how far an overrun went.
    #[cold]
    #[inline(never)]
    fn spoil(&mut self) {
        // SAFETY: the room has so many bytes.
        unsafe { self.room.as_mut_ptr().cast::<u8>().write_bytes(0, ROOM) };
        self.used = ROOM;
    }
}

impl Drop for Scratch {
    #[inline]
    fn drop(&mut self) {
        let place = self.room.as_mut_ptr();
        match self.used {
            0 => {}
            // SAFETY: handing out gave so many bytes a value.
            MOST => zeroize::zeroize_bytes(unsafe { &mut *place.cast::<[u8; MOST]>() }),
            // SAFETY: as above.
            ALL => zeroize::zeroize_bytes(unsafe { &mut *place.cast::<[u8; ALL]>() }),
            // SAFETY: an overrun gave all of the room a value.
            _ => zeroize::zeroize_bytes(unsafe { &mut *place.cast::<[u8; ROOM]>() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::mem::ManuallyDrop;

    use super::*;

    #[test]
    fn what_was_handed_out_is_zeroed_and_guarded() {
        let mut scratch = Scratch::new();
        assert_eq!(scratch.written(), Some(&b""[..]));
        let place = scratch.hand_out(4);
        // SAFETY: so much was handed out.
        unsafe { place.copy_from_nonoverlapping(b"four".as_ptr(), 4) };
        assert_eq!(scratch.written(), Some(&b"four"[..]));
        assert_eq!(scratch.hand_out(2), place);
        assert_eq!(scratch.written(), Some(&[0, 0][..]));
        for at in 4..4 + CANARY.len() {
            let place = scratch.hand_out(4);
            // SAFETY: in the room, and in the canary.
            unsafe { place.add(at).write(!CANARY[at - 4]) };
            assert_eq!(scratch.written(), None, "{at}");
        }
    }

    #[test]
    fn it_is_wiped_as_far_as_it_was_ever_used_and_all_of_it_after_an_overrun() {
        for (len, overrun, wiped) in [(40, 0, MOST), (40, 1, ROOM), (60, 0, ALL), (55, 0, MOST)] {
            let mut scratch = ManuallyDrop::new(Scratch::new());
            scratch.room = MaybeUninit::new(Room([7; ROOM]));
            scratch.zero_most();
            let place = scratch.hand_out(len);
            // SAFETY: so much was handed out, and there is more room behind it.
            unsafe { place.write_bytes(9, len + overrun) };
            assert_eq!(scratch.written().is_none(), overrun > 0);
            scratch.hand_out(2);
            // SAFETY: once, and what is looked at then is bytes.
            let Room(room) = unsafe {
                ManuallyDrop::drop(&mut scratch);
                scratch.room.assume_init()
            };
            assert!(room[..wiped].iter().all(|&byte| byte == 0), "{len}");
            assert!(room[wiped..].iter().all(|&byte| byte == 7), "{len}");
        }
    }
}
