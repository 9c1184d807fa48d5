//! What a file is, before any of its code runs.

use std::fs::File;

use object::NativeEndian;
use object::elf::{self, FileHeader64};
use object::read::{ReadCache, ReadRef};
use object::read::elf::{Dyn, FileHeader, ProgramHeader, Sym};
use prefect_secrets_core::Error;
use prefect_secrets_core::abi::MAJOR;

/// The entry without the number of its major.
const ENTRY: &str = "prefect_secrets_provider_v";

#[cfg(target_arch = "x86_64")]
const MACHINE: elf::Machine = elf::EM_X86_64;
#[cfg(target_arch = "aarch64")]
const MACHINE: elf::Machine = elf::EM_AARCH64;

type Header = FileHeader64<NativeEndian>;

/// Accepts a shared library for this machine that defines the entry of this major itself.
pub(super) fn check(file: &File) -> Result<(), Error> {
    // Read, not mapped: should the file shrink meanwhile, a mapping would end this process.
    let data = &ReadCache::new(file);
    match data.read_bytes_at(0, 5) {
        Ok([magic @ .., class]) if *magic == elf::ELFMAG => {
            if *class != elf::ELFCLASS64.0 {
                return Err(foreign("it is not a 64-bit library"));
            }
        }
        _ => {
            return Err(Error::invalid(
                "the file is not a shared library (ELF)",
                "give the path of the plugin's .so file",
            ));
        }
    }
    scan(data).unwrap_or_else(|_| {
        Err(Error::invalid("the file is a damaged library", "install the plugin again"))
    })
}

/// The outer error: the file does not hold together.
fn scan(data: &ReadCache<&File>) -> object::read::Result<Result<(), Error>> {
    let header = Header::parse(data)?;
    let Ok(endian) = header.endian() else {
        return Ok(Err(foreign("its byte order is another one")));
    };
    if header.e_machine(endian) != MACHINE {
        return Ok(Err(foreign("it was built for another processor")));
    }
    if header.e_type(endian) != elf::ET_DYN {
        return Ok(Err(not_shared()));
    }
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
            if tag == elf::DT_TEXTREL || tag == elf::DT_FLAGS && value & elf::DF_TEXTREL.0 != 0 {
                return Ok(Err(Error::invalid(
                    "the library wants its code made writable (text relocations)",
                    "build it with -fPIC",
                )));
            }
            if tag == elf::DT_FLAGS_1 && value & elf::DF_1_PIE.0 != 0 {
                return Ok(Err(not_shared()));
            }
        }
    }
    // Without the mark the dynamic linker takes it that the stack has to be executable.
    if !stack_is_marked {
        return Ok(Err(Error::invalid(
            "the library wants an executable stack",
            "build it with -z noexecstack",
        )));
    }
    entry(header, endian, data)
}

/// Looks for the entry among the symbols that the library gives to others.
fn entry(
    header: &Header,
    endian: NativeEndian,
    data: &ReadCache<&File>,
) -> object::read::Result<Result<(), Error>> {
    let sections = header.sections(endian, data)?;
    let symbols = sections.symbols(endian, data, elf::SHT_DYNSYM)?;
    let mut other = None;
    for symbol in symbols.iter() {
        // Undefined, it is somebody else's, and would be looked up in the libraries it depends on.
        let is_function = matches!(symbol.st_type(), elf::STT_FUNC | elf::STT_NOTYPE);
        if symbol.is_undefined(endian) || symbol.is_local() || !is_function {
            continue;
        }
        let name = symbols.symbol_name(endian, symbol)?;
        let Some(major) = name.strip_prefix(ENTRY.as_bytes()) else { continue };
        match std::str::from_utf8(major).ok().and_then(|major| major.parse::<u16>().ok()) {
            Some(MAJOR) => return Ok(Ok(())),
            major => other = other.or(major),
        }
    }
    Ok(Err(match other {
        Some(major) => Error::invalid(
            format!("the plugin is of the wrong major {major}, this host speaks major {MAJOR}"),
            "install the plugin in a version built for this host",
        ),
        None => Error::invalid(
            format!("the library is no plugin: it does not define {ENTRY}{MAJOR}"),
            "give the path of a plugin; see prefect_secrets_provider.h for how to write one",
        ),
    }))
}

fn foreign(why: &str) -> Error {
    Error::invalid(
        format!("the library is for another machine: {why}"),
        "install the plugin in a build for this machine",
    )
}

fn not_shared() -> Error {
    Error::invalid(
        "the file is ELF, but not a shared library",
        "give the path of the plugin's .so file",
    )
}
