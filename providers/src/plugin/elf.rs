//! What a file is, before any of its code runs.

use std::fs::File;

use object::NativeEndian;
use object::elf::{self, FileHeader64};
use object::read::ReadRef;
use object::read::elf::{Dyn, FileHeader, ProgramHeader, Sym};
use prefect_secrets_core::Error;
use prefect_secrets_core::abi::MAJOR;

use super::pieces::{Pieces, room};

/// The entry without the number of its major.
const ENTRY: &str = "prefect_secrets_provider_v";
/// The names of this ABI, without the number of their major.
const OURS: [&str; 2] = [ENTRY, "prefect_secrets_witness_v"];

#[cfg(target_arch = "x86_64")]
const MACHINE: elf::Machine = elf::EM_X86_64;
#[cfg(target_arch = "aarch64")]
const MACHINE: elf::Machine = elf::EM_AARCH64;

type Header = FileHeader64<NativeEndian>;

/// What keeps a file from being loaded as a plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// No ELF file.
    NotElf,
    /// ELF that does not hold together.
    Damaged,
    /// Made for another machine, and in what it differs.
    Foreign(&'static str),
    /// ELF, but no shared library.
    NotShared,
    /// Its code would have to be made writable.
    TextRelocations,
    /// The stack would have to be made executable.
    ExecutableStack,
    /// It defines the entry of another major only.
    WrongMajor(u16),
    /// It does not define the entry.
    NoEntry,
}

impl From<Flaw> for Error {
    fn from(flaw: Flaw) -> Self {
        let give_the_path = "give the path of the plugin's .so file";
        let (what, next_step) = match flaw {
            Flaw::NotElf => ("the file is not a shared library (ELF)".into(), give_the_path),
            Flaw::Damaged => ("the file is a damaged library".into(), "install the plugin again"),
            Flaw::Foreign(why) => (
                format!("the library is for another machine: {why}"),
                "install the plugin in a build for this machine",
            ),
            Flaw::NotShared => ("the file is ELF, but not a shared library".into(), give_the_path),
            Flaw::TextRelocations => (
                "the library wants its code made writable (text relocations)".into(),
                "build it with -fPIC",
            ),
            Flaw::ExecutableStack => {
                ("the library wants an executable stack".into(), "build it with -z noexecstack")
            }
            Flaw::WrongMajor(major) => (
                format!("the plugin is of the wrong major {major}, this host speaks major {MAJOR}"),
                "install the plugin in a version built for this host",
            ),
            Flaw::NoEntry => (
                format!("the library is no plugin: it does not define {ENTRY}{MAJOR}"),
                "give the path of a plugin; see prefect_secrets_provider.h for how to write one",
            ),
        };
        Self::invalid(what, next_step)
    }
}

/// Accepts a shared library for this machine that defines the entry of this major itself.
pub(super) fn check(file: &File) -> Result<(), Error> {
    flaws(file).into_iter().next().map_or(Ok(()), |flaw| Err(flaw.into()))
}

/// Everything that is wrong with a file; the first of it is what it would be refused for.
pub(super) fn flaws(file: &File) -> Vec<Flaw> {
    let mut room = room();
    let Ok(pieces) = Pieces::of(file, &mut room) else { return vec![Flaw::Damaged] };
    let data = &pieces;
    match data.read_bytes_at(0, 5) {
        Ok([magic @ .., class]) if *magic == elf::ELFMAG => {
            if *class != elf::ELFCLASS64.0 {
                return vec![Flaw::Foreign("it is not a 64-bit library")];
            }
        }
        _ => return vec![Flaw::NotElf],
    }
    scan(data).unwrap_or_else(|_| vec![Flaw::Damaged])
}

/// The names that a library gives to others, except the entry and the witness.
pub(super) fn exports(file: &File) -> Vec<String> {
    let mut names = Vec::new();
    let mut room = room();
    let Ok(pieces) = Pieces::of(file, &mut room) else { return names };
    let data = &pieces;
    let all = Header::parse(data).and_then(|header| {
        each_export(header, header.endian()?, data, |name, _| {
            names.push(String::from_utf8_lossy(name).into_owned());
            true
        })
    });
    // What does not hold together has been found by `flaws`.
    let _ = all;
    names.retain(|name| !OURS.iter().any(|ours| name.starts_with(ours)));
    names
}

/// The error: the file does not hold together.
fn scan(data: &Pieces<'_>) -> object::read::Result<Vec<Flaw>> {
    let header = Header::parse(data)?;
    let Ok(endian) = header.endian() else {
        return Ok(vec![Flaw::Foreign("its byte order is another one")]);
    };
    if header.e_machine(endian) != MACHINE {
        return Ok(vec![Flaw::Foreign("it was built for another processor")]);
    }
    if header.e_type(endian) != elf::ET_DYN {
        return Ok(vec![Flaw::NotShared]);
    }
    let mut flaws = Vec::new();
    let mut stack_is_marked = false;
    for segment in header.program_headers(endian, data)? {
        if segment.p_type(endian) == elf::PT_GNU_STACK {
            stack_is_marked = segment.p_flags(endian).0 & elf::PF_X.0 == 0;
        }
        for entry in segment.dynamic(endian, data)?.unwrap_or_default() {
            let (tag, value) = (entry.tag(endian), entry.val(endian));
            if tag == elf::DT_NULL {
                break;
            }
            let relocates =
                tag == elf::DT_TEXTREL || tag == elf::DT_FLAGS && value & elf::DF_TEXTREL.0 != 0;
            if relocates && !flaws.contains(&Flaw::TextRelocations) {
                flaws.push(Flaw::TextRelocations);
            }
            if tag == elf::DT_FLAGS_1 && value & elf::DF_1_PIE.0 != 0 {
                return Ok(vec![Flaw::NotShared]);
            }
        }
    }
    // Without the mark the dynamic linker takes it that the stack has to be executable.
    if !stack_is_marked {
        flaws.push(Flaw::ExecutableStack);
    }
    flaws.extend(entry(header, endian, data)?);
    Ok(flaws)
}

/// Looks for the entry among the symbols that the library gives to others.
fn entry(
    header: &Header,
    endian: NativeEndian,
    data: &Pieces<'_>,
) -> object::read::Result<Option<Flaw>> {
    let (mut found, mut other) = (false, None);
    each_export(header, endian, data, |name, is_function| {
        let major = name.strip_prefix(ENTRY.as_bytes()).filter(|_| is_function);
        let major = major.and_then(|major| std::str::from_utf8(major).ok());
        match major.and_then(|major| major.parse::<u16>().ok()) {
            Some(MAJOR) => found = true,
            major => other = other.or(major),
        }
        !found
    })?;
    Ok(if found { None } else { Some(other.map_or(Flaw::NoEntry, Flaw::WrongMajor)) })
}

/// Calls `each` with every name that is given to others, and whether it is a function, until it
/// says no.
fn each_export<'data>(
    header: &Header,
    endian: NativeEndian,
    data: &'data Pieces<'_>,
    mut each: impl FnMut(&'data [u8], bool) -> bool,
) -> object::read::Result<()> {
    let sections = header.sections(endian, data)?;
    let symbols = sections.symbols(endian, data, elf::SHT_DYNSYM)?;
    for symbol in symbols.iter() {
        // Undefined, it is somebody else's, and would be looked up in the libraries it depends on.
        if symbol.is_undefined(endian) || symbol.is_local() {
            continue;
        }
        let is_function = matches!(symbol.st_type(), elf::STT_FUNC | elf::STT_NOTYPE);
        if !each(symbols.symbol_name(endian, symbol)?, is_function) {
            break;
        }
    }
    Ok(())
}
