//! Whether a library or a program is as it should be, from what `readelf` says.

use std::path::Path;
use std::process::Command;

use crate::Outcome;

/// A version of the C library.
pub type Glibc = (u32, u32);

/// What a file needs and is.
#[derive(Debug)]
pub struct Elf {
    dynamic: String,
    segments: String,
    sections: String,
    versions: String,
}

impl Elf {
    /// Reads the file at `path`.
    pub fn read(path: &Path) -> Outcome<Self> {
        let said = |argument: &str| {
            let output = Command::new("readelf").args(["-W", argument]).arg(path).output();
            let output = output.map_err(|error| format!("readelf: {error}; install binutils"))?;
            if !output.status.success() {
                return Err(format!("readelf cannot read {}", path.display()));
            }
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        };
        Ok(Self {
            dynamic: said("-d")?,
            segments: said("-l")?,
            sections: said("-S")?,
            versions: said("-V")?,
        })
    }

    /// The name that programs ask for.
    pub fn soname(&self) -> Option<&str> {
        let line = self.dynamic.lines().find(|line| line.contains("(SONAME)"))?;
        line.split_once('[')?.1.strip_suffix(']')
    }

    /// The newest version of the C library that a symbol asks for.
    pub fn newest_glibc(&self) -> Option<Glibc> {
        let names = self.versions.split("Name: GLIBC_").skip(1);
        names.filter_map(|rest| version(rest.split_whitespace().next()?)).max()
    }

    /// What is not as it should be, as sentences. `library`: whether it is one, and no program.
    pub fn faults(&self, library: bool) -> Vec<&'static str> {
        let flags = |name: &str| {
            let line = self.dynamic.lines().find(|line| line.contains(name));
            line.map_or(Vec::new(), |line| line.split_whitespace().skip(2).collect())
        };
        let (flags, flags_1) = (flags("(FLAGS)"), flags("(FLAGS_1)"));
        let has = |text: &str, word: &str| text.contains(word);
        let stack = self.segments.lines().find(|line| has(line, "GNU_STACK"));
        let checks = [
            (!has(&self.segments, "GNU_RELRO"), "no segment is made read-only (-z relro)"),
            (!flags.contains(&"BIND_NOW"), "it is not bound at once (-z now)"),
            (!flags_1.contains(&"NOW"), "it is not marked as bound at once (-z now)"),
            (library && !flags_1.contains(&"NODELETE"), "it can be unloaded (-z nodelete)"),
            (!library && !flags_1.contains(&"PIE"), "it is no position-independent program"),
            (has(&self.dynamic, "PATH)"), "it says where libraries are (RPATH, RUNPATH)"),
            (
                has(&self.dynamic, "(TEXTREL)") || flags.contains(&"TEXTREL"),
                "its code is changed when it is loaded (text relocations)",
            ),
            (
                stack.is_none_or(|line| line.split_whitespace().nth(6) != Some("RW")),
                "its stack can be executed",
            ),
            (has(&self.sections, ".symtab"), "it is not stripped"),
            // Not `.debug_gdb_scripts`, the name of a script that Rust has in memory.
            (
                [".debug_info", ".debug_line"].iter().any(|name| has(&self.sections, name)),
                "what a debugger reads is still in it",
            ),
            (!has(&self.sections, ".gnu_debuglink"), "it does not say which its debug file is"),
            (!has(&self.sections, ".note.gnu.build-id"), "it has no build id"),
        ];
        checks.iter().filter(|(faulty, _)| *faulty).map(|(_, fault)| *fault).collect()
    }
}

fn version(text: &str) -> Option<Glibc> {
    let mut numbers = text.split('.').map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next().flatten()?))
}
