//! What is in a release: the crates that were linked into it, as CycloneDX lists them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use prefect_secrets_testing::workspace;
use serde_json::{Value, json};

use crate::{Outcome, VERSION, about};

/// The packages that are shipped.
pub const SHIPPED: [&str; 4] = [
    "prefect-secrets-ffi",
    "prefect-secrets-cli",
    "prefect-secrets-plugin-host",
    "prefect-secrets-secretspec",
];

/// A crate, by name and version.
type Crate = (String, String);

/// The list as CycloneDX JSON, and the licences of everything on it as a text for people.
pub fn lists(target: &str) -> Outcome<(String, String)> {
    let linked = linked(target)?;
    let described = described()?;
    let checksums = checksums()?;
    let mut components = Vec::new();
    let mut licences = String::new();
    for (name, version) in linked.keys() {
        let key = (name.clone(), version.clone());
        let package = described.get(&key).ok_or_else(|| format!("cargo does not know {name}"))?;
        components.push(component(&key, package, checksums.get(&key)));
        if package["source"].is_string() {
            licences += &notice(&key, package)?;
        }
    }
    let rustc = rustc_version()?;
    components.push(json!({
        "type": "library",
        "bom-ref": "rust-std",
        "name": "std",
        "version": rustc,
        "description": "The standard library of Rust, with what it is made of",
        "licenses": [{ "expression": "MIT OR Apache-2.0" }],
        "purl": format!("pkg:generic/rust-std@{rustc}"),
    }));
    let dependencies: Vec<Value> = linked
        .iter()
        .map(|(key, on)| {
            let on: Vec<String> = on.iter().map(reference).collect();
            json!({ "ref": reference(key), "dependsOn": on })
        })
        .collect();
    let shipped: Vec<String> =
        SHIPPED.iter().map(|name| reference(&((*name).into(), VERSION.into()))).collect();
    let root = "prefect-secrets";
    let mut dependencies = dependencies;
    dependencies.push(json!({ "ref": root, "dependsOn": shipped }));
    let list = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "library",
                "bom-ref": root,
                "name": "libprefect_secrets",
                "version": VERSION,
                "licenses": [{ "expression": "Apache-2.0" }],
            },
            "properties": [{ "name": "target", "value": target }],
        },
        "components": components,
        "dependencies": dependencies,
    });
    let list = serde_json::to_string_pretty(&list).map_err(|error| error.to_string())? + "\n";
    Ok((list, licences))
}

/// The crates whose code is in what is shipped, each with those that it is made of: with the features
/// that are really on, without build scripts, tests and what runs in the compiler only.
fn linked(target: &str) -> Outcome<BTreeMap<Crate, BTreeSet<Crate>>> {
    let mut linked: BTreeMap<Crate, BTreeSet<Crate>> = BTreeMap::new();
    for package in SHIPPED {
        let arguments =
            ["tree", "--edges", "normal,no-proc-macro", "--prefix", "depth", "--no-dedupe"];
        let mut tree = Command::new(env!("CARGO"));
        tree.args(arguments).args(["--target", target, "--package", package, "--format", " {p}"]);
        let text = said(&mut tree)?;
        // The crates on the way to the line that is read.
        let mut way: Vec<Crate> = Vec::new();
        for line in text.lines() {
            let mut words = line.split_whitespace();
            let (Some(depth), Some(name), Some(version)) =
                (words.next(), words.next(), words.next())
            else {
                return Err(format!("cargo tree says {line:?}"));
            };
            let depth: usize = depth.parse().map_err(|_| format!("cargo tree says {line:?}"))?;
            let this = (name.to_owned(), version.trim_start_matches('v').to_owned());
            way.truncate(depth);
            if let Some(above) = way.last() {
                linked.entry(above.clone()).or_default().insert(this.clone());
            }
            linked.entry(this.clone()).or_default();
            way.push(this);
        }
    }
    Ok(linked)
}

fn component(key: &Crate, package: &Value, checksum: Option<&String>) -> Value {
    let (name, version) = key;
    let mut component = json!({
        "type": "library",
        "bom-ref": reference(key),
        "name": name,
        "version": version,
        "purl": reference(key),
    });
    if let Some(text) = package["description"].as_str() {
        component["description"] = text.trim().into();
    }
    if let Some(licence) = package["license"].as_str() {
        // An old way to write OR.
        let licence = licence.replace('/', " OR ").replace("  ", " ");
        component["licenses"] = json!([{ "expression": licence }]);
    }
    if let Some(url) = package["repository"].as_str() {
        component["externalReferences"] = json!([{ "type": "vcs", "url": url }]);
    }
    if let Some(checksum) = checksum {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
    }
    component
}

/// What the author of a crate wants to be said with it.
fn notice(key: &Crate, package: &Value) -> Outcome<String> {
    let manifest = PathBuf::from(package["manifest_path"].as_str().unwrap_or_default());
    let folder = manifest.parent().unwrap_or(&manifest).to_owned();
    let wanted = ["LICEN", "COPYING", "NOTICE", "COPYRIGHT", "UNLICENSE"];
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .map_err(about(&folder))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_file())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
            wanted.iter().any(|word| name.starts_with(word))
        })
        .collect();
    files.sort();
    let licence = package["license"].as_str().unwrap_or("see below");
    let mut text = format!("{}\n{} {}: {licence}\n", "=".repeat(80), key.0, key.1);
    for file in files {
        let words = fs::read(&file).map_err(about(&file))?;
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        text += &format!("\n--- {name}\n\n{}\n", String::from_utf8_lossy(&words).trim());
    }
    Ok(text + "\n")
}

/// What cargo knows of every crate.
fn described() -> Outcome<BTreeMap<Crate, Value>> {
    let mut metadata = Command::new(env!("CARGO"));
    let text = said(metadata.args(["metadata", "--format-version", "1", "--locked"]))?;
    let value: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let packages = value["packages"].as_array().cloned().unwrap_or_default();
    let key = |package: &Value| {
        let text = |name: &str| package[name].as_str().unwrap_or_default().to_owned();
        (text("name"), text("version"))
    };
    Ok(packages.into_iter().map(|package| (key(&package), package)).collect())
}

/// The digests of the packages that `Cargo.lock` holds.
fn checksums() -> Outcome<BTreeMap<Crate, String>> {
    let path = workspace().join("Cargo.lock");
    let text = fs::read_to_string(&path).map_err(about(&path))?;
    let mut checksums = BTreeMap::new();
    for package in text.split("[[package]]").skip(1) {
        let value = |key: &str| {
            let mut lines = package.lines();
            let found = lines.find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \""));
            found.and_then(|rest| rest.strip_suffix('"')).map(str::to_owned)
        };
        if let (Some(name), Some(version), Some(checksum)) =
            (value("name"), value("version"), value("checksum"))
        {
            checksums.insert((name, version), checksum);
        }
    }
    Ok(checksums)
}

fn rustc_version() -> Outcome<String> {
    let text = said(Command::new("rustc").arg("--version"))?;
    Ok(text.split_whitespace().nth(1).unwrap_or("unknown").to_owned())
}

fn reference((name, version): &Crate) -> String {
    format!("pkg:cargo/{name}@{version}")
}

fn said(command: &mut Command) -> Outcome<String> {
    let output = command.current_dir(workspace()).output();
    let output = output.map_err(|error| format!("{command:?}: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}
