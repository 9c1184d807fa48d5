//! The memory of this process, as the kernel shows it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

use rustix::param::page_size;
use zeroize::Zeroize;

/// Bytes to look for. They are kept masked, so that they are not found in themselves.
pub(crate) struct Needle(Vec<u8>);

const MASK: u8 = 0x5a;
/// The shortest that is worth looking for: shorter ones are anywhere by chance.
pub(crate) const SHORTEST: usize = 8;
/// The longest part of a value that is looked for.
const LONGEST: usize = 64;

impl Needle {
    /// The beginning of a value; `None` if that is too short, or too dull to be nowhere else.
    pub(crate) fn new(value: &[u8]) -> Option<Self> {
        let part = &value[..value.len().min(LONGEST)];
        let dull = part.iter().all(|byte| Some(byte) == part.first());
        let masked = || Self(part.iter().map(|byte| byte ^ MASK).collect());
        (part.len() >= SHORTEST && !dull).then(masked)
    }

    /// Whether it stands in these bytes.
    pub(crate) fn is_in(&self, bytes: &[u8]) -> bool {
        self.places(bytes).next().is_some()
    }

    fn places<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
        memchr::memchr_iter(self.0[0] ^ MASK, bytes).filter(|&at| {
            let rest = &bytes[at..];
            rest.len() >= self.0.len()
                && self.0.iter().zip(rest).all(|(masked, byte)| masked ^ MASK == *byte)
        })
    }
}

/// A search through the memory of this process. It has what it needs before the search begins: memory
/// that it asked for meanwhile could be the one where something was left.
pub(crate) struct Search {
    memory: File,
    pages: File,
    maps: File,
    part: Vec<u8>,
    entries: Vec<u8>,
    text: Vec<u8>,
}

/// How much is looked at in one go. So large that the allocator has it mapped.
const PART: usize = 1 << 20;

impl Search {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            memory: File::open("/proc/self/mem")?,
            pages: File::open("/proc/self/pagemap")?,
            maps: File::open("/proc/self/maps")?,
            part: vec![0; PART],
            entries: vec![0; PART],
            text: vec![0; 4 * PART],
        })
    }

    /// How often it stands in writable memory.
    pub(crate) fn count(&mut self, needle: &Needle) -> io::Result<usize> {
        let own = self.part.as_ptr_range();
        let own = own.start as u64..own.end as u64;
        self.maps.rewind()?;
        let mut len = 0;
        while let read @ 1.. = self.maps.read(&mut self.text[len..])? {
            len += read;
        }
        let mut found = 0;
        for line in self.text[..len].split(|&byte| byte == b'\n') {
            let Some(mapping) = mapping(line).filter(|mapping| mapping.writable) else { continue };
            let mut from = mapping.start;
            while from < mapping.end {
                let len = (mapping.end - from).min(PART as u64) as usize;
                let part = &mut self.part[..len];
                // A page that nobody has written to is not there, and stays so.
                if is_there(&mut self.pages, &mut self.entries, from, len).unwrap_or(true) {
                    self.memory.seek(SeekFrom::Start(from))?;
                    // Some mappings cannot be read, of a device, say.
                    let Ok(()) = self.memory.read_exact(part) else { break };
                    let is_foreign = |at: &usize| !own.contains(&(from + *at as u64));
                    found += needle.places(part).filter(is_foreign).count();
                    part.zeroize();
                }
                // What begins at the end of this part is found in the next.
                let last = from + len as u64 == mapping.end;
                from += if last { len } else { len - page_size() } as u64;
            }
        }
        Ok(found)
    }
}

/// Whether any page of a part of memory is in memory or was swapped out. `from` is the start of one.
fn is_there(pages: &mut File, entries: &mut [u8], from: u64, len: usize) -> io::Result<bool> {
    const PRESENT_OR_SWAPPED: u64 = 0b11 << 62;
    let page = page_size();
    let entries = &mut entries[..len.div_ceil(page) * size_of::<u64>()];
    pages.seek(SeekFrom::Start(from / page as u64 * size_of::<u64>() as u64))?;
    pages.read_exact(entries)?;
    let any = |entry: &[u8; 8]| u64::from_ne_bytes(*entry) & PRESENT_OR_SWAPPED != 0;
    Ok(entries.as_chunks().0.iter().any(any))
}

/// Whether there is executable memory at an address.
pub(crate) fn is_executable(address: usize) -> io::Result<bool> {
    let address = address as u64;
    let holds = |mapping: &Mapping| (mapping.start..mapping.end).contains(&address);
    Ok(mappings()?.iter().find(|mapping| holds(mapping)).is_some_and(|mapping| mapping.executable))
}

struct Mapping {
    start: u64,
    end: u64,
    writable: bool,
    executable: bool,
}

fn mappings() -> io::Result<Vec<Mapping>> {
    let lines = BufReader::new(File::open("/proc/self/maps")?).split(b'\n');
    lines.filter_map(|line| line.map(|line| mapping(&line)).transpose()).collect()
}

/// A line of `/proc/self/maps`, whose path may be any bytes. Asks for no memory.
fn mapping(line: &[u8]) -> Option<Mapping> {
    let mut words = line.split(|&byte| byte == b' ');
    let (range, permissions) = (std::str::from_utf8(words.next()?).ok()?, words.next()?);
    let (start, end) = range.split_once('-')?;
    Some(Mapping {
        start: u64::from_str_radix(start, 16).ok()?,
        end: u64::from_str_radix(end, 16).ok()?,
        writable: permissions.starts_with(b"rw"),
        executable: permissions.contains(&b'x'),
    })
}
