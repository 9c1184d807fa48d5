//! Hosts and plugins of two minors: old and new host, old and new plugin, honest about their shapes or
//! not. All are built from the sources of this project; the later minor is made by the edits that
//! somebody would make who adds a slot.

mod plugin_common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use prefect_secrets_testing::{Home, cargo, workspace};

/// An edit: in which file, what, and what stands there afterwards.
type Edit<'a> = (&'a str, &'a str, &'a str);

const LAYOUT: &str = "core/src/abi/layout.rs";
const EXPORT: &str = "core/src/abi/export.rs";
const WITNESS: &str = "core/src/abi/witness/mod.rs";
const FROZEN: &str = "core/src/abi/witness/v1_1.rs";

const MINOR_1: Edit<'_> = (LAYOUT, "pub const MINOR: u16 = 0;", "pub const MINOR: u16 = 1;");
const EMPTY_SLOT: Edit<'_> = (EXPORT, "get_extension: None,", "get_extension: None,\nwatch: None,");

/// Minor 1 has one more slot, at the end of the table.
const NEW: &[Edit<'_>] = &[
    MINOR_1,
    EMPTY_SLOT,
    (
        LAYOUT,
        "-> *const c_void>,\n}",
        "-> *const c_void>,\n/// New.\npub watch: Option<unsafe extern \"C\" fn(instance: *mut c_void) -> i32>,\n}",
    ),
    (
        FROZEN,
        "-> *const c_void>,\n}",
        "-> *const c_void>,\nwatch: Option<unsafe extern \"C\" fn(instance: *mut c_void) -> i32>,\n}",
    ),
    (WITNESS, "[v1_0::Table::LAYOUT]", "[v1_0::Table::LAYOUT, v1_1::Table::LAYOUT]"),
    (WITNESS, "mod v1_0;", "mod v1_0;\nmod v1_1;"),
];

/// Two slots whose functions are of one type have changed places, and nothing else says so.
const SWAPPED: &[Edit<'_>] = &[
    (LAYOUT, "    pub get: Option<", "    pub was_get: Option<"),
    (LAYOUT, "    pub delete: Option<", "    pub get: Option<"),
    (LAYOUT, "    pub was_get: Option<", "    pub delete: Option<"),
];

/// The new slot of minor 1 is not at the end.
const MISPLACED: &[Edit<'_>] = &[
    MINOR_1,
    EMPTY_SLOT,
    (
        LAYOUT,
        "    pub get_extension:",
        "    /// New.\npub watch: Option<unsafe extern \"C\" fn(instance: *mut c_void) -> i32>,\n    /// As it was.\n    pub get_extension:",
    ),
    (WITNESS, "[v1_0::Table::LAYOUT]", "[v1_0::Table::LAYOUT, v1_0::Table::LAYOUT]"),
];

/// No witness is exported.
const SILENT: Edit<'_> =
    ("Cargo.toml", "{ path = \"core\" }", "{ path = \"core\", default-features = false }");

/// The project as it was once, or will be: a workspace of its own.
struct Edition {
    folder: PathBuf,
}

impl Edition {
    fn new(name: &str, edits: &[Edit<'_>]) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("minors").join(name);
        let _ = fs::remove_dir_all(&folder);
        for part in ["core", "lookup", "wire", "providers"] {
            for part in [format!("{part}/Cargo.toml"), format!("{part}/src")] {
                copy(&workspace().join(&part), &folder.join(&part));
            }
        }
        copy(&workspace().join("examples/plugin_rust"), &folder.join("plugin"));
        let host = workspace().join("providers/tests/minors/host.rs");
        copy(&host, &folder.join("host/src/main.rs"));
        let frozen = folder.join("core/src/abi/witness");
        copy(&frozen.join("v1_0.rs"), &frozen.join("v1_1.rs"));
        copy(&workspace().join("Cargo.lock"), &folder.join("Cargo.lock"));
        let manifests = [
            ("core/Cargo.toml", without_tests(&folder.join("core/Cargo.toml"))),
            ("wire/Cargo.toml", without_tests(&folder.join("wire/Cargo.toml"))),
            ("providers/Cargo.toml", without_tests(&folder.join("providers/Cargo.toml"))),
            ("host/Cargo.toml", HOST.into()),
            ("Cargo.toml", members()),
        ];
        for (file, text) in manifests {
            fs::write(folder.join(file), text).expect("a manifest");
        }
        // Its id says in the trace which one was loaded.
        let id = format!("\"directory-{name}\"");
        let named = ("plugin/src/lib.rs", "\"directory-rust\"", id.as_str());
        for (file, before, after) in edits.iter().chain([&named]) {
            let path = folder.join(file);
            let text = fs::read_to_string(&path).expect("a source");
            assert_eq!(text.matches(before).count(), 1, "{file} has {before:?} once");
            fs::write(&path, text.replacen(before, after, 1)).expect("a source");
        }
        Self { folder }
    }

    /// Builds one crate of this edition, and keeps the file that came out under a name of its own.
    fn build(&self, package: &str, file: &str) -> PathBuf {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("minors/target");
        let output = cargo()
            .args(["build", "--quiet", "--offline", "--package", package])
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", &target)
            .env_remove("RUSTFLAGS")
            .output()
            .expect("cargo runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        plugin_common::copy(
            &target.join("debug").join(file),
            self.folder.join(format!("built-{file}")),
        )
    }

    fn plugin(&self) -> PathBuf {
        self.build("prefect-secrets-plugin-directory", "libdirectory_plugin.so")
    }

    fn host(&self) -> PathBuf {
        self.build("host", "host")
    }
}

const HOST: &str = "[package]\nname = 'host'\nedition = '2024'\n[dependencies]\n\
    prefect-secrets-core.workspace = true\n\
    prefect-secrets-providers = { workspace = true, default-features = false }\n";

/// The workspace's manifest, with the crates of an edition.
fn members() -> String {
    let whole = fs::read_to_string(workspace().join("Cargo.toml")).expect("the manifest");
    let (_, rest) = whole.split_once("[workspace.package]").expect("the part behind the members");
    let rest: Vec<_> = rest.lines().filter(|line| !is_elsewhere(line)).collect();
    let rest = rest.join("\n");
    let (rest, _) = rest.split_once("[profile.release]").expect("the profiles");
    format!(
        "[workspace]\nresolver = '3'\nmembers = ['core', 'lookup', 'wire', 'providers', 'plugin', 'host']\n\
         [workspace.package]{rest}"
    )
}

/// A crate that no edition has.
fn is_elsewhere(line: &str) -> bool {
    ["testing", "stand-in", "plugin-directory"]
        .iter()
        .any(|name| line.starts_with(&format!("prefect-secrets-{name} =")))
}

fn without_tests(manifest: &Path) -> String {
    let text = fs::read_to_string(manifest).expect("a manifest");
    let (before, after) = text.split_once("[dev-dependencies]").expect("what the tests need");
    let (_, lints) = after.split_once("[lints]").expect("the part behind it");
    format!("{before}[lints]{lints}")
}

/// A file, or a folder with all that is in it.
fn copy(from: &Path, to: &Path) {
    if !from.is_dir() {
        fs::create_dir_all(to.parent().expect("a folder")).expect("the folder");
        fs::copy(from, to).expect("a copy");
        return;
    }
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}

/// What the host said: its minor, the trace, and what became of the get and of the secret.
fn outcome(host: &Path, plugin: &Path, home: &Home) -> String {
    let plugin = home.write("plugin.so", fs::read(plugin).expect("the plugin"));
    let secret = home.write("secrets/GREETING", "a value of the matrix");
    let mut host = Command::new(host);
    host.arg(plugin).arg(secret.parent().expect("a folder")).arg("GREETING");
    let output = host.output().expect("the host runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    if secret.exists() { said } else { said + "and the secret is gone" }
}

#[test]
fn old_and_new_hosts_and_plugins_honest_and_lying() {
    let home = Home::new();
    let old = Edition::new("old", &[]);
    let (old_host, old_plugin) = (old.host(), old.plugin());
    // Not before: to cargo these are one workspace whose sources change between two builds.
    let new = Edition::new("new", NEW);
    let (new_host, new_plugin) = (new.host(), new.plugin());
    let swapped = Edition::new("swapped", SWAPPED).plugin();
    let misplaced = Edition::new("misplaced", MISPLACED).plugin();
    let silent = Edition::new("silent", &[SWAPPED, &[SILENT]].concat()).plugin();
    let refused = "the plugin was built from other shapes than its version of the ABI has: ";
    for (name, plugin, accepted, said) in [
        ("old", old_plugin, true, "get: right"),
        ("new", new_plugin, true, "get: right"),
        ("swapped", swapped, false, "`Table.get` is not there, but `delete` is"),
        ("misplaced", misplaced, false, "`Table.get_extension` is not there, but `watch` is"),
        // What the witness is for: every other check lets it through, and a get deletes.
        ("silent", silent, true, "and the secret is gone"),
    ] {
        for (minor, host) in [(0, &old_host), (1, &new_host)] {
            let said_all = outcome(host, &plugin, &home);
            let place = format!("host of minor {minor}, plugin {name}:\n{said_all}");
            assert!(said_all.contains(&format!("host of minor {minor}\n")), "{place}");
            let loaded = format!("id: directory-{name}: accepted");
            assert_eq!(said_all.contains(&loaded), accepted, "{place}");
            assert_eq!(said_all.contains(refused), !accepted, "{place}");
            assert!(said_all.contains(said), "{place}");
        }
    }
}
