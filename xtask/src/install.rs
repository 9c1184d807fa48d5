//! `cargo xtask install` and `uninstall`.

use std::path::{Path, PathBuf};

use clap::Args;
use prefect_secrets_packaging::{Built, Places, install, uninstall};
use prefect_secrets_testing::workspace;

use crate::Outcome;
use crate::stage::{cargo, finish};

/// Where it goes.
#[derive(Args)]
pub(crate) struct Where {
    /// The folder that bin, include, lib and the others are in: /usr/local, /opt/x, ~/.local
    #[arg(long)]
    prefix: PathBuf,
    /// Write below this folder, as if it were the root: for who makes a package
    #[arg(long)]
    destdir: Option<PathBuf>,
    /// Where libraries go, within the prefix: lib, lib64, lib/x86_64-linux-gnu
    #[arg(long, default_value = "lib")]
    libdir: String,
}

impl Where {
    fn places(&self) -> Outcome<Places> {
        Places::new(&self.prefix, self.destdir.as_deref(), &self.libdir)
    }
}

/// Builds what is installed, and installs it.
pub(crate) fn install_into(to: &Where, debug: bool) -> Outcome {
    let places = to.places()?;
    let profile = if debug { "dev" } else { "release" };
    // The unoptimised ones are those of the tests.
    let all: [&[&str]; 1] = [&["--workspace", "--lib", "--bins"]];
    for packages in if debug { &all[..] } else { &ONE_BY_ONE[..] } {
        finish(cargo(&["build", "--profile", profile]).args(packages.iter().copied()))?;
    }
    let folder = if debug { "debug" } else { "release" };
    install(&Built(target().join(folder)), &places)?;
    println!("installed in {}", places.root().display());
    Ok(())
}

/// Takes away what was installed.
pub(crate) fn uninstall_from(from: &Where) -> Outcome {
    let places = from.places()?;
    for kept in uninstall(&places)? {
        println!("   left: {kept}");
    }
    println!("uninstalled from {}", places.root().display());
    Ok(())
}

/// What cargo builds, and in which steps: features that the programs want of a dependency would make
/// the library larger if it were built together with them.
pub(crate) const ONE_BY_ONE: [&[&str]; 2] = [
    &["--package=prefect-secrets-ffi", "--lib"],
    &[
        "--package=prefect-secrets-cli",
        "--package=prefect-secrets-plugin-host",
        "--package=prefect-secrets-secretspec",
        "--bins",
    ],
];

fn target() -> PathBuf {
    let set = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    workspace().join(set.as_deref().unwrap_or(Path::new("target")))
}
