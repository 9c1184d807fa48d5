//! The static library for musl, which one test links a program with.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use prefect_secrets_testing::{native, workspace};

use crate::stage::{cargo, finish};
use crate::{Outcome, python};

/// Builds it: Rust's part comes from rustup, the C compiler is Zig.
pub(crate) fn build() -> Outcome {
    let zig = python::zig()?;
    let target = native::musl_target();
    finish(Command::new("rustup").args(["target", "add", &target]).current_dir(workspace()))
        .map_err(|why| format!("{why}; it has Rust's standard library for musl"))?;
    // Rust and Zig call the target by different names, and build scripts say Rust's.
    let folder = workspace().join("target/musl");
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let script = folder.join("cc");
    let text = "#!/bin/sh\nfor word; do shift; case $word in --target=*) ;; *) set -- \"$@\" \"$word\" \
         ;; esac; done\nexec \"$PREFECT_SECRETS_ZIG\" cc -target \"$PREFECT_SECRETS_ZIG_TARGET\" \"$@\"\n";
    fs::write(&script, text).map_err(|error| error.to_string())?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))
        .map_err(|error| error.to_string())?;
    let mut build = cargo(&["build", "--package", "prefect-secrets-ffi", "--lib"]);
    build.args(["--target", &target, "--target-dir"]).arg(&folder);
    build.env(format!("CC_{}", target.replace('-', "_")), script);
    build.env("PREFECT_SECRETS_ZIG", zig);
    build.env("PREFECT_SECRETS_ZIG_TARGET", target.replace("-unknown", ""));
    for variable in ["ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR"] {
        build.env(variable, workspace().join("target/zig"));
    }
    finish(&mut build)
}
