//! The memory of this process, as the kernel shows it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

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

    /// How often it stands in writable memory.
    pub(crate) fn count(&self) -> io::Result<usize> {
        let mut memory = File::open("/proc/self/mem")?;
        let mut buffer = vec![0; 1 << 20];
        let own = buffer.as_ptr_range();
        let own = own.start as u64..own.end as u64;
        let mut found = 0;
        for mapping in mappings()?.into_iter().filter(|mapping| mapping.writable) {
            let mut from = mapping.start;
            while from < mapping.end {
                let len = (mapping.end - from).min(buffer.len() as u64) as usize;
                memory.seek(SeekFrom::Start(from))?;
                // Some mappings cannot be read, of a device, say.
                let Ok(()) = memory.read_exact(&mut buffer[..len]) else { break };
                found += (0..len)
                    .filter(|&at| self.is_at(&buffer[at..len], from + at as u64, &own))
                    .count();
                // What begins at the end of this part is found in the next.
                let last = from + len as u64 == mapping.end;
                from += if last { len } else { len - (LONGEST - 1) } as u64;
            }
            buffer.as_mut_slice().zeroize();
        }
        Ok(found)
    }

    fn is_at(&self, bytes: &[u8], address: u64, own: &std::ops::Range<u64>) -> bool {
        bytes.first().is_some_and(|&first| first ^ MASK == self.0[0])
            && bytes.len() >= self.0.len()
            && !own.contains(&address)
            && self.0.iter().zip(bytes).all(|(masked, byte)| masked ^ MASK == *byte)
    }
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
    let mut mappings = Vec::new();
    for line in BufReader::new(File::open("/proc/self/maps")?).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        let mut words = line.split_ascii_whitespace();
        let (Some(range), Some(permissions)) = (words.next(), words.next()) else { continue };
        let Some((start, end)) = range.split_once('-') else { continue };
        let (Ok(start), Ok(end)) = (u64::from_str_radix(start, 16), u64::from_str_radix(end, 16))
        else {
            continue;
        };
        let writable = permissions.starts_with("rw");
        let executable = permissions.contains('x');
        mappings.push(Mapping { start, end, writable, executable });
    }
    Ok(mappings)
}
