//! The parts of a release: archives, lists of what is in them, and the looks at each file.

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use prefect_secrets_packaging::elf::Elf;
use prefect_secrets_packaging::{archive, sbom, split};
use prefect_secrets_testing::{C, Home};
use serde_json::Value;
use support::{Prefix, passes};

#[test]
fn an_archive_is_the_same_bytes_of_the_same_files() {
    let home = Home::new();
    let make = |tree: &str, backwards: bool| {
        let mut files =
            ["lib/a", "lib/b", "bin/c", "share/a long name/".repeat(8).as_str()].map(|name| {
                format!(
                    "{tree}/{}",
                    if name.ends_with('/') { format!("{name}d") } else { name.into() }
                )
            });
        if backwards {
            files.reverse();
        }
        for file in &files {
            home.write(file, file.strip_prefix(tree).unwrap());
        }
        std::os::unix::fs::symlink("a", home.path().join(tree).join("lib/l")).unwrap();
        let packed = home.path().join(format!("{tree}.tar.gz"));
        archive::pack(&home.path().join(tree), "name-1.0", &packed).unwrap();
        packed
    };
    let one = make("one", false);
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(86_400);
    let two = make("two", true);
    let file = fs::File::options().write(true).open(home.path().join("two/lib/a")).unwrap();
    file.set_modified(later).unwrap();
    archive::pack(&home.path().join("two"), "name-1.0", &two).unwrap();
    assert_eq!(fs::read(&one).unwrap(), fs::read(&two).unwrap());

    // Everybody's tar reads it, in order, and nobody owns anything.
    let list = passes(Command::new("tar").args(["--numeric-owner", "-tvzf"]).arg(&one));
    assert_eq!(list.lines().next().unwrap().split_whitespace().last(), Some("name-1.0/"));
    assert!(
        list.lines().all(|line| line.contains(" 0/0 ") && line.contains("2026-01-01")),
        "{list}"
    );
    archive::unpack(&one, &home.path().join("again")).unwrap();
    assert_eq!(fs::read(home.path().join("again/name-1.0/lib/l")).unwrap(), b"/lib/a");

    archive::sums(&[one.clone(), two], &home.path().join("SHA256SUMS")).unwrap();
    let mut check = Command::new("sha256sum");
    passes(check.args(["--check", "SHA256SUMS"]).current_dir(home.path()));
    fs::write(one, "other bytes").unwrap();
    assert!(!check.output().unwrap().status.success());
}

#[test]
fn the_list_has_what_is_linked_and_nothing_else() {
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let (list, licences) = sbom::lists(&target).unwrap();
    let list: Value = serde_json::from_str(&list).unwrap();
    let components = list["components"].as_array().unwrap();
    let names: Vec<&str> = components.iter().map(|one| one["name"].as_str().unwrap()).collect();
    for name in [
        "prefect-secrets-ffi",
        "ring",
        "rustls",
        "tokio",
        "toml",
        "landlock",
        "clap",
        "tempfile",
        "std",
    ] {
        assert!(names.contains(&name), "{name} is linked");
    }
    // Of tests, of tools, of other platforms, and what runs in the compiler only.
    for name in [
        "proptest",
        "roxmltree",
        "clap_mangen",
        "tar",
        "xtask",
        "serde_derive",
        "syn",
        "cc",
        "windows-sys",
    ] {
        assert!(!names.contains(&name), "{name} is not");
    }
    let lock = fs::read_to_string(prefect_secrets_testing::workspace().join("Cargo.lock")).unwrap();
    for component in components {
        let name = component["name"].as_str().unwrap();
        assert!(component["licenses"][0]["expression"].is_string(), "{name}");
        if name.starts_with("prefect-secrets") || name == "std" {
            continue;
        }
        let digest = component["hashes"][0]["content"].as_str().unwrap_or_else(|| panic!("{name}"));
        assert!(lock.contains(&format!("checksum = \"{digest}\"")), "{name}");
        let version = component["version"].as_str().unwrap();
        assert!(licences.contains(&format!("\n{name} {version}: ")), "{name}");
    }
    // What something is made of is on the list itself.
    let references: Vec<&Value> = components.iter().map(|one| &one["bom-ref"]).collect();
    for dependency in list["dependencies"].as_array().unwrap() {
        for on in dependency["dependsOn"].as_array().unwrap() {
            assert!(references.contains(&on), "{on}");
        }
    }
    let (again, _) = sbom::lists(&target).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&again).unwrap(), list);
}

/// A library of one function, made with these flags.
fn library(c: &C, flags: &[&str]) -> std::path::PathBuf {
    let source = c.source("one.c", "int one(void);\nint one(void) { return 1; }\n");
    c.plugin(&source, flags)
}

#[test]
fn what_a_library_must_not_be_is_seen() {
    let c = C::new();
    let good = ["-Wl,-z,relro,-z,now,-z,nodelete", "-Wl,--build-id"];
    let seen = |more: &[&str]| {
        let flags: Vec<&str> = good.iter().chain(more).copied().collect();
        let (to, debug) = (c.folder().join("stripped.so"), c.folder().join("one.so.debug"));
        split::split(&library(&c, &flags), &to, &debug).unwrap();
        Elf::read(&to).unwrap().faults(true)
    };
    assert_eq!(seen(&[]), Vec::<&str>::new());
    for (flag, word) in [
        ("-Wl,-z,lazy", "-z now"),
        ("-Wl,-z,norelro", "-z relro"),
        ("-Wl,-rpath,/somewhere", "RPATH"),
        ("-Wl,-z,execstack", "stack"),
        ("-Wl,--build-id=none", "build id"),
    ] {
        let faults = seen(&[flag]);
        assert!(faults.iter().any(|fault| fault.contains(word)), "{flag}: {faults:?}");
    }
    let whole = Elf::read(&library(&c, &["-g"])).unwrap().faults(true);
    for word in ["not stripped", "debugger", "debug file", "unloaded"] {
        assert!(whole.iter().any(|fault| fault.contains(word)), "{word}: {whole:?}");
    }
    let program = Elf::read(Path::new("/proc/self/exe")).unwrap();
    assert!(program.newest_glibc().is_some_and(|newest| newest > (2, 2)), "{program:?}");
}

#[test]
fn a_debugger_finds_the_lines_again() {
    let c = C::new();
    let (to, debug) = (c.folder().join("stripped.so"), c.folder().join("one.so.debug"));
    let whole = library(&c, &["-g", "-Wl,--build-id"]);
    split::split(&whole, &to, &debug).unwrap();
    let id = |file: &Path| {
        let notes = passes(Command::new("readelf").arg("-n").arg(file));
        notes.lines().find(|line| line.contains("Build ID")).unwrap().trim().to_owned()
    };
    assert_eq!(id(&to), id(&debug));
    let link = passes(Command::new("readelf").arg("--debug-dump=links").arg(&to));
    assert!(link.contains("one.so.debug"), "{link}");
    let symbols = passes(Command::new("nm").args(["--defined-only", "-l"]).arg(&debug));
    assert!(symbols.contains("one.c:2"), "{symbols}");
}

#[test]
fn the_list_of_what_was_installed_is_true() {
    let prefix = Prefix::new("p");
    let installed = prefect_secrets_packaging::record::read(&prefix.path).unwrap().unwrap();
    assert!(installed.len() > 20);
    for thing in installed {
        if let prefect_secrets_packaging::record::Installed::File(path, digest) = thing {
            let found =
                prefect_secrets_packaging::record::digest(&prefix.path.join(&path)).unwrap();
            assert_eq!(found, digest, "{path}");
        }
    }
}
