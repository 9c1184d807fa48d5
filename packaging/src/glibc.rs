//! What to link against so that a library runs with an old C library.
//!
//! Zig knows which symbol came with which glibc, and makes libraries of nothing but these symbols. Its
//! own linking is not used: it takes no `--icf`, without which the library is larger than its budget.
//! The linker that `rustc` brings takes these libraries instead of the machine's.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use prefect_secrets_testing::native::ZIG_PACKAGE;

use crate::elf::Glibc;
use crate::{Outcome, about};

/// The C library that releases are linked against: that of Debian 11 and Ubuntu 20.04.
pub const GLIBC: Glibc = (2, 31);

/// Libraries that `-l` finds, and what it finds.
const LINKED: [(&str, &str); 6] = [
    ("libm.so", "libm.so.6"),
    ("libpthread.so", "libpthread.so.0"),
    ("libdl.so", "libdl.so.2"),
    ("librt.so", "librt.so.1"),
    ("libutil.so", "libutil.so.1"),
    ("libresolv.so", "libresolv.so.2"),
];

/// Makes the folder to link against, with the compiler `zig`; `work` is a folder of its own for that.
pub fn folder(zig: &Path, work: &Path) -> Outcome<PathBuf> {
    let folder = work.join("lib");
    let target = format!("{}-linux-gnu.{}.{}", std::env::consts::ARCH, GLIBC.0, GLIBC.1);
    // Made once, and anew when what it is made of changes.
    let (stamp, wanted) = (work.join("made-of.txt"), format!("{ZIG_PACKAGE} {target}"));
    if fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
        return Ok(folder);
    }
    let _ = fs::remove_dir_all(work);
    fs::create_dir_all(&folder).map_err(about(&folder))?;
    let source = work.join("empty.c");
    fs::write(&source, "int main(void) { return 0; }\n").map_err(about(&source))?;
    let mut build = Command::new(zig);
    build.args(["build-exe", "-lc", "-fPIE", "-target", &target]).arg(&source);
    build.arg(format!("-femit-bin={}", work.join("empty").display()));
    for variable in ["ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR"] {
        build.env(variable, work.join("cache"));
    }
    let output = build.output().map_err(about(zig))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("zig cannot make glibc's libraries: {said}"));
    }
    take(&work.join("cache/o"), &folder)?;
    for (name, to) in LINKED {
        symlink(to, folder.join(name)).map_err(about(&folder))?;
    }
    let put = |name: &str, text: &[u8]| fs::write(folder.join(name), text).map_err(about(&folder));
    // The same group that glibc's own libc.so is.
    put("libc.so", b"GROUP ( libc.so.6 libc_nonshared.a AS_NEEDED ( libld.so.2 ) )\n")?;
    for name in ["libc.so.6", "libld.so.2", "libc_nonshared.a", "Scrt1.o"] {
        if !folder.join(name).is_file() {
            return Err(format!("zig made no {name}"));
        }
    }
    // What the machine's would do at the start and the end is done by Scrt1.o.
    for name in ["crti.o", "crtn.o"] {
        empty_object(&folder.join(name))?;
    }
    fs::write(&stamp, wanted).map_err(about(&stamp))?;
    Ok(folder)
}

/// Copies the libraries out of the compiler's cache, whose folders are named by digests.
fn take(cache: &Path, to: &Path) -> Outcome {
    for folder in fs::read_dir(cache).map_err(about(cache))?.flatten() {
        for file in fs::read_dir(folder.path()).into_iter().flatten().flatten() {
            let name = file.file_name().to_string_lossy().into_owned();
            if name.contains(".so.") || name == "libc_nonshared.a" || name == "Scrt1.o" {
                fs::copy(file.path(), to.join(name)).map_err(about(to))?;
            }
        }
    }
    Ok(())
}

fn empty_object(to: &Path) -> Outcome {
    let mut cc = Command::new("cc");
    cc.args(["-x", "c", "-c", "/dev/null", "-o"]).arg(to);
    match cc.status() {
        Ok(status) if status.success() => Ok(()),
        _ => Err("cc cannot make an object".to_owned()),
    }
}

/// The flags for `rustc` that link against `folder`.
pub fn rustflags(folder: &Path) -> Vec<String> {
    let folder = folder.display();
    [
        // Where the start of a program is, and then libraries.
        format!("-B{folder}"),
        format!("-L{folder}"),
        // The machine's libgcc_s asks for what only its own C library has; the one that is there at
        // run time asks for what is there.
        "-Wl,--allow-shlib-undefined".to_owned(),
        // The debug file is found by it.
        "-Wl,--build-id=sha1".to_owned(),
    ]
    .map(|argument| format!("-Clink-arg={argument}"))
    .to_vec()
}
