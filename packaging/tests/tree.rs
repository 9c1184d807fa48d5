//! What is installed, and that nothing of it is left by `uninstall`.

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use prefect_secrets_packaging::{MAJOR, Places, VERSION, elf::Elf, install, uninstall};
use prefect_secrets_testing::Home;
use support::{Prefix, built_files, places};

/// Every path below a folder, the deepest last.
fn paths(folder: &Path) -> Vec<String> {
    fn walk(root: &Path, folder: &Path, paths: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            paths.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            if path.symlink_metadata().unwrap().is_dir() {
                walk(root, &path, paths);
            }
        }
    }
    let mut paths = Vec::new();
    walk(folder, folder, &mut paths);
    paths.sort();
    paths
}

fn mode(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().permissions().mode() & 0o7777
}

#[test]
fn everything_is_in_its_place() {
    let prefix = Prefix::new("p");
    let there = paths(&prefix.path);
    let shared = format!("lib/libprefect_secrets.so.{VERSION}");
    for path in [
        "bin/prefect-secrets",
        "include/prefect_secrets.h",
        "include/prefect_secrets.hpp",
        "include/prefect_secrets_provider.h",
        "include/prefect_secrets_provider.hpp",
        "lib/cmake/prefect_secrets/prefect_secrets-config-version.cmake",
        "lib/cmake/prefect_secrets/prefect_secrets-config.cmake",
        "lib/libprefect_secrets.a",
        "lib/libprefect_secrets.so",
        &shared,
        "lib/pkgconfig/prefect_secrets-static.pc",
        "lib/pkgconfig/prefect_secrets.pc",
        "lib/prefect-secrets/providers.d",
        "libexec/prefect-secrets/prefect-secrets-plugin-host",
        "libexec/prefect-secrets/prefect-secrets-secretspec",
        "share/bash-completion/completions/prefect-secrets",
        "share/doc/prefect-secrets/LICENSE",
        "share/fish/vendor_completions.d/prefect-secrets.fish",
        "share/man/man1/prefect-secrets.1",
        "share/man/man1/prefect-secrets-plugin-check.1",
        "share/prefect-secrets/installed.txt",
        "share/zsh/site-functions/_prefect-secrets",
    ] {
        assert!(there.iter().any(|there| there == path), "{path} is missing: {there:?}");
    }
    assert!(!there.iter().any(|path| path.contains("frozen") || path.contains(".new")));
    let program = |path: &str| {
        let folders = ["bin/", "libexec/", "lib/libprefect_secrets.so."];
        folders.iter().any(|folder| path.starts_with(folder))
    };
    for path in &there {
        let file = prefix.path.join(path);
        if file.is_symlink() {
            continue;
        }
        let wanted = if file.is_dir() || program(path) { 0o755 } else { 0o644 };
        assert_eq!(mode(&file), wanted, "{path}");
    }
    // The name that programs ask for is a link to the file, and the one that they are linked with
    // to that.
    let soname = format!("libprefect_secrets.so.{MAJOR}");
    let link = |name: &str| fs::read_link(prefix.path.join("lib").join(name)).unwrap();
    assert_eq!(link(&soname), PathBuf::from(format!("libprefect_secrets.so.{VERSION}")));
    assert_eq!(link("libprefect_secrets.so"), PathBuf::from(&soname));
    let elf = Elf::read(&prefix.path.join(&shared)).unwrap();
    assert_eq!(elf.soname(), Some(soname.as_str()));
}

#[test]
fn no_file_says_where_it_was_installed() {
    let prefix = Prefix::new("a-name-that-is-nowhere-else");
    for path in paths(&prefix.path) {
        let file = prefix.path.join(&path);
        if file.is_file() {
            let bytes = fs::read(&file).unwrap();
            let needle = b"a-name-that-is-nowhere-else";
            assert!(!bytes.windows(needle.len()).any(|window| window == needle), "{path}");
        }
    }
}

#[test]
fn uninstall_leaves_nothing() {
    let prefix = Prefix::new("p");
    assert_eq!(prefix.uninstall(), Vec::<String>::new());
    assert_eq!(paths(prefix.home.path()), Vec::<String>::new());
    let again = uninstall(&places(&prefix.path, "lib")).unwrap_err();
    assert!(again.contains("nothing is installed"), "{again}");
}

#[test]
fn what_was_there_before_stays() {
    let home = Home::new();
    let prefix = home.path().join("p");
    for file in ["p/lib/libother.so", "p/share/man/man1/other.1", "p/bin/other"] {
        home.write(file, "not ours");
    }
    let before = paths(home.path());
    install(&built_files(), &places(&prefix, "lib")).unwrap();
    assert_eq!(uninstall(&places(&prefix, "lib")).unwrap(), Vec::<String>::new());
    assert_eq!(paths(home.path()), before);
}

#[test]
fn a_destdir_stands_before_the_prefix() {
    let home = Home::new();
    let staged = Places::new(Path::new("/opt/x"), Some(home.path()), "lib").unwrap();
    install(&built_files(), &staged).unwrap();
    assert!(home.path().join("opt/x/bin/prefect-secrets").is_file());
    assert!(!Path::new("/opt/x").exists(), "nothing is written outside");
    uninstall(&staged).unwrap();
    assert_eq!(paths(home.path()), ["opt"]);
}

#[test]
fn what_is_not_ours_is_neither_replaced_nor_removed() {
    let home = Home::new();
    let prefix = home.path().join("p");
    let header = home.write("p/include/prefect_secrets.h", "of somebody else");
    let refused = install(&built_files(), &places(&prefix, "lib")).unwrap_err();
    assert!(refused.contains("prefect_secrets.h"), "{refused}");
    assert_eq!(paths(&prefix), ["include", "include/prefect_secrets.h"], "nothing was written");
    fs::remove_file(header).unwrap();

    install(&built_files(), &places(&prefix, "lib")).unwrap();
    let plugin = home.write("p/lib/prefect-secrets/providers.d/vault.toml", "a plugin of somebody");
    let page = home.write("p/share/man/man1/prefect-secrets.1", "written anew");
    let kept = uninstall(&places(&prefix, "lib")).unwrap();
    assert!(plugin.is_file() && page.is_file());
    assert!(kept.iter().any(|kept| kept.contains("prefect-secrets.1 was changed")), "{kept:?}");
    assert!(kept.iter().any(|kept| kept.contains("providers.d is not empty")), "{kept:?}");
    assert!(
        !prefix.join("bin").exists() && prefix.join("include").is_dir(),
        "that was there before"
    );
}

#[test]
fn an_installation_replaces_the_one_before() {
    let prefix = Prefix::with_libdir("p", "lib64");
    let library = prefix.libraries().join(format!("libprefect_secrets.so.{VERSION}"));
    let open = fs::File::open(&library).unwrap();
    install(&built_files(), &places(&prefix.path, "lib64")).unwrap();
    // Who has the old file open keeps it: a program that runs is not written into.
    let inode = |metadata: fs::Metadata| std::os::unix::fs::MetadataExt::ino(&metadata);
    assert_ne!(inode(open.metadata().unwrap()), inode(library.metadata().unwrap()));
    // What is elsewhere now is taken away there.
    install(&built_files(), &places(&prefix.path, "lib")).unwrap();
    assert!(!library.exists() && prefix.path.join("lib/libprefect_secrets.a").is_file());
    uninstall(&places(&prefix.path, "lib")).unwrap();
    assert_eq!(paths(prefix.home.path()), Vec::<String>::new());
}

#[test]
fn senseless_places_are_refused() {
    for prefix in ["", "usr", "./usr", "/opt/../etc"] {
        assert!(Places::new(Path::new(prefix), None, "lib").is_err(), "{prefix}");
    }
    for libdir in ["", "/usr/lib", "../lib", "lib/..", ".", "a/b/c"] {
        assert!(Places::new(Path::new("/usr"), None, libdir).is_err(), "{libdir}");
    }
}

#[test]
fn a_record_that_leads_out_of_the_prefix_removes_nothing() {
    let home = Home::new();
    let outside = home.write("outside", "");
    let digest = prefect_secrets_packaging::record::digest(&outside).unwrap();
    for line in [
        format!("file ../outside {digest}"),
        format!("file {} {digest}", outside.display()),
        "folder ..".to_owned(),
        "surprise bin".to_owned(),
    ] {
        home.write("p/share/prefect-secrets/installed.txt", line);
        let refused = uninstall(&places(&home.path().join("p"), "lib")).unwrap_err();
        assert!(refused.contains("no line of a record"), "{refused}");
        assert!(outside.is_file());
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let home = Home::new();
    let file = home.write("a-file", "");
    let refused = install(&built_files(), &places(&file.join("p"), "lib")).unwrap_err();
    assert!(refused.contains("a-file"), "{refused}");
}
