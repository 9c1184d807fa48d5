//! The content of a file, read as it is wanted.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::os::unix::fs::FileExt;

use object::read::{ReadCache, ReadRef};

/// A file of this size is read at once. 20 KiB: most plugins in C.
const SMALL: usize = 20 << 10;
/// What is read at once of a larger one: there stands what is wanted first. 8 KiB.
const HEAD: u64 = 8 << 10;

/// Where the head of a file is read to. On the stack: a piece of memory that large is dear to get and
/// to give back.
pub(super) type Room = [u8; SMALL];

/// An empty one.
#[inline]
pub(super) fn room() -> Room {
    [0; SMALL]
}

/// Read, not mapped: should the file shrink meanwhile, a mapping would end this process.
pub(super) struct Pieces<'a> {
    head: &'a [u8],
    len: u64,
    rest: ReadCache<Place<'a>>,
}

impl<'a> Pieces<'a> {
    pub(super) fn of(file: &'a File, room: &'a mut Room) -> io::Result<Self> {
        let len = file.metadata()?.len();
        let head = &mut room[..if len <= SMALL as u64 { len } else { HEAD } as usize];
        file.read_exact_at(head, 0)?;
        let rest = ReadCache::new(Place { file, at: 0, len });
        Ok(Self { head, len, rest })
    }

    /// The part of the head in this range, if it has all of it.
    fn in_head(&self, range: Range<u64>) -> Option<&[u8]> {
        self.head.get(usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?)
    }
}

impl<'a> ReadRef<'a> for &'a Pieces<'_> {
    fn len(self) -> Result<u64, ()> {
        Ok(self.len)
    }

    fn read_bytes_at(self, offset: u64, size: u64) -> Result<&'a [u8], ()> {
        match self.in_head(offset..offset.checked_add(size).ok_or(())?) {
            Some(bytes) => Ok(bytes),
            None => self.rest.read_bytes_at(offset, size),
        }
    }

    fn read_bytes_at_until(self, range: Range<u64>, delimiter: u8) -> Result<&'a [u8], ()> {
        match self.in_head(range.clone()) {
            Some(bytes) => bytes.read_bytes_at_until(0..bytes.len() as u64, delimiter),
            None => self.rest.read_bytes_at_until(range, delimiter),
        }
    }
}

/// A place in a file. To move it is no call to the system.
struct Place<'a> {
    file: &'a File,
    at: u64,
    len: u64,
}

impl Read for Place<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(into, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Place<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that is read at once, and one that is not, tell what they hold in the same way.
    #[test]
    fn what_is_wanted_is_what_stands_there() {
        for len in [0, 5, 5000, SMALL, SMALL + 1, 200_000] {
            let content: Vec<u8> = (0..len).map(|i| (i % 251) as u8).collect();
            let mut file = tempfile::tempfile().unwrap();
            io::Write::write_all(&mut file, &content).unwrap();
            let mut room = [0; SMALL];
            let pieces = &Pieces::of(&file, &mut room).unwrap();
            for start in [0, 3, 8190, 8192, 20_478, 60_000, 199_990] {
                for size in [0, 1, 4, 40] {
                    let told = pieces.read_bytes_at(start as u64, size as u64).ok();
                    let there = content.get(start..start + size).or((size == 0).then_some(&[]));
                    assert_eq!(told, there, "{size} bytes at {start} of {len}");
                }
                let told = pieces.read_bytes_at_until(start as u64..len as u64, 250).ok();
                let there = content
                    .get(start..)
                    .and_then(|rest| Some(&rest[..rest.iter().position(|&byte| byte == 250)?]));
                assert_eq!(told, there, "until, at {start} of {len}");
            }
            assert!(pieces.read_bytes_at(u64::MAX - 1, 4).is_err());
        }
    }
}
