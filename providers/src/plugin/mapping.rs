//! Which file the memory at an address was mapped from.

use std::ffi::c_void;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek};
use std::os::unix::fs::MetadataExt;
use std::ptr;

use rustix::fs::{major, minor};
use rustix::ioctl::{Updater, ioctl, opcode};
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

/// For each address, whether it lies in executable memory that was mapped from `file`.
pub(super) fn of<const N: usize>(
    file: &File,
    addresses: [*const c_void; N],
) -> io::Result<[bool; N]> {
    let maps = File::open("/proc/self/maps")?;
    let wanted = addresses.map(|address| address as usize);
    let found = look(&maps, &wanted)?;
    let metadata = file.metadata()?;
    let shown = Mapped {
        major: major(metadata.dev()),
        minor: minor(metadata.dev()),
        inode: metadata.ino(),
    };
    let is = |it: &Option<Mapping>, file: &Mapped| it.as_ref().is_some_and(|it| it.file == *file);
    // No two numbers of devices are the same. But on btrfs and overlayfs the kernel shows another one
    // for mappings than for files: there a mapping of our own has to be compared.
    let own = if found.iter().all(|it| is(it, &shown)) { shown } else { mapped(file, &maps)? };
    Ok(std::array::from_fn(|i| {
        is(&found[i], &own) && found[i].as_ref().is_some_and(|it| it.executable)
    }))
}

/// What the kernel shows for a mapping of `file`.
fn mapped(file: &File, maps: &File) -> io::Result<Mapped> {
    // SAFETY: a mapping of one page at a place of the kernel's choice, which is not read.
    let own = unsafe { mmap(ptr::null_mut(), 1, ProtFlags::READ, MapFlags::PRIVATE, file, 0) }?;
    let found = look(maps, &[own as usize]);
    // SAFETY: our own mapping, which nothing points into.
    unsafe { munmap(own, 1) }?;
    let found = found?.pop().flatten();
    found.map(|it| it.file).ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// What is mapped at an address.
struct Mapping {
    file: Mapped,
    executable: bool,
}

/// Device and inode, as the kernel shows them for mappings.
#[derive(PartialEq, Eq)]
struct Mapped {
    major: u32,
    minor: u32,
    inode: u64,
}

/// What is mapped at each address.
fn look(maps: &File, addresses: &[usize]) -> io::Result<Vec<Option<Mapping>>> {
    match addresses.iter().map(|&address| query(maps, address)).collect() {
        Ok(found) => Ok(found),
        // Linux before 6.11 tells everything or nothing.
        Err(rustix::io::Errno::NOTTY | rustix::io::Errno::INVAL) => read(maps, addresses),
        Err(error) => Err(error.into()),
    }
}

/// `struct procmap_query` of `<linux/fs.h>`.
#[repr(C)]
#[derive(Default)]
struct Query {
    size: u64,
    query_flags: u64,
    query_addr: u64,
    vma_start: u64,
    vma_end: u64,
    vma_flags: u64,
    vma_page_size: u64,
    vma_offset: u64,
    inode: u64,
    dev_major: u32,
    dev_minor: u32,
    vma_name_size: u32,
    build_id_size: u32,
    vma_name_addr: u64,
    build_id_addr: u64,
}

/// `PROCMAP_QUERY_VMA_EXECUTABLE`
const EXECUTABLE: u64 = 4;

/// Asks for one mapping: a process may have thousands, and each is a line to be made and read.
fn query(maps: &File, address: usize) -> rustix::io::Result<Option<Mapping>> {
    let mut query =
        Query { size: size_of::<Query>() as u64, query_addr: address as u64, ..Query::default() };
    // SAFETY: `PROCMAP_QUERY` reads and writes one `struct procmap_query`, and asks for no name.
    let asked = unsafe {
        ioctl(maps, Updater::<{ opcode::read_write::<Query>(b'f', 17) }, Query>::new(&mut query))
    };
    match asked {
        Ok(()) => {
            let Query { dev_major: major, dev_minor: minor, inode, vma_flags, .. } = query;
            let file = Mapped { major, minor, inode };
            Ok(Some(Mapping { file, executable: vma_flags & EXECUTABLE != 0 }))
        }
        Err(rustix::io::Errno::NOENT) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The same from the text, which every Linux has.
fn read(mut maps: &File, addresses: &[usize]) -> io::Result<Vec<Option<Mapping>>> {
    maps.rewind()?;
    let mut found: Vec<Option<Mapping>> = addresses.iter().map(|_| None).collect();
    for line in BufReader::new(maps).split(b'\n') {
        // start-end permissions offset device inode path, where the path may be any bytes.
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        let mut words = line.split_ascii_whitespace();
        let Some((start, end)) = words.next().and_then(|range| range.split_once('-')) else {
            continue;
        };
        let (Ok(start), Ok(end)) =
            (usize::from_str_radix(start, 16), usize::from_str_radix(end, 16))
        else {
            continue;
        };
        for (address, found) in addresses.iter().zip(&mut found) {
            if (start..end).contains(address) {
                *found = mapping(words.clone());
            }
        }
        if found.iter().all(Option::is_some) {
            break;
        }
    }
    Ok(found)
}

/// What a line says behind the addresses.
fn mapping<'a>(mut words: impl Iterator<Item = &'a str>) -> Option<Mapping> {
    let (permissions, _offset) = (words.next()?, words.next()?);
    let (major, minor) = words.next()?.split_once(':')?;
    let inode = words.next()?.parse().ok()?;
    let number = |text| u32::from_str_radix(text, 16).ok();
    let file = Mapped { major: number(major)?, minor: number(minor)?, inode };
    Some(Mapping { file, executable: permissions.contains('x') })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both ways of asking, on this very function and on data.
    #[test]
    fn the_text_and_the_query_tell_the_same() {
        let maps = File::open("/proc/self/maps").unwrap();
        let code = look as *const () as usize;
        let data = (&raw const maps) as usize;
        let texts = read(&maps, &[code, data, 8]).unwrap();
        let what = |mapping: &Option<Mapping>| {
            let it = mapping.as_ref()?;
            Some((it.file.major, it.file.minor, it.file.inode, it.executable))
        };
        assert!(what(&texts[0]).is_some_and(|it| it.2 != 0 && it.3), "code is executable");
        assert!(what(&texts[1]).is_some_and(|it| !it.3), "data is not");
        assert!(what(&texts[2]).is_none(), "nothing is mapped there");
        for (address, text) in [code, data, 8].into_iter().zip(&texts) {
            match query(&maps, address) {
                Ok(found) => assert!(what(&found) == what(text), "{address:x}"),
                Err(error) => assert_eq!(error, rustix::io::Errno::NOTTY, "an older kernel"),
            }
        }
    }

    #[test]
    fn memory_of_another_file_is_not_of_this_one() {
        let own = File::open("/proc/self/exe").unwrap();
        let code = look as *const c_void;
        let data = (&raw const own).cast::<c_void>();
        assert_eq!(of(&own, [code, data]).unwrap(), [true, false]);
        assert_eq!(of(&own, [code]).unwrap(), [true]);
        let other = File::open("/etc/passwd").unwrap();
        assert_eq!(of(&other, [code]).unwrap(), [false]);
    }
}
