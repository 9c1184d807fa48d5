//! `cargo xtask dist`: the release artefact of this machine's architecture, in `target/dist`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use prefect_secrets_packaging::elf::{Elf, Glibc};
use prefect_secrets_packaging::{
    Built, MAJOR, PRIVATE, Places, VERSION, archive, glibc, install_with, sbom, split,
};
use prefect_secrets_testing::{Home, workspace};

use crate::install::ONE_BY_ONE;
use crate::stage::{Stages, cargo, finish};
use crate::{Outcome, demo, python};

/// How large the shared library may be: 3.2 MiB, as the design has it.
const BUDGET: u64 = 3_355_443;
/// Within a prefix, and whether it is a library.
const CHECKED: [(&str, bool); 4] = [
    ("lib/libprefect_secrets.so", true),
    ("bin/prefect-secrets", false),
    ("libexec/prefect-secrets/prefect-secrets-plugin-host", false),
    ("libexec/prefect-secrets/prefect-secrets-secretspec", false),
];

pub(crate) fn run() -> Outcome {
    let mut stages = Stages::default();
    let dist = Dist::new();
    let outcome = stages
        .run("an old C library to link against", || dist.prepare())
        .and_then(|()| stages.run("build", || dist.build()))
        .and_then(|()| stages.run("pack", || dist.pack()))
        .and_then(|()| stages.run("look at what was packed", || dist.check()))
        .and_then(|()| stages.run("a program that holds the library", || dist.link()))
        .and_then(|()| {
            stages.run("the demo, with what was packed", || demo::run_installed(&dist.fresh()))
        });
    stages.report();
    outcome
}

/// Builds the shared library that is packed, and returns the folder that it is in as cargo made it:
/// nothing is taken out, so functions have names.
pub(crate) fn library() -> Outcome<PathBuf> {
    let dist = Dist::new();
    dist.prepare()?;
    dist.build_library()?;
    Ok(dist.made())
}

struct Dist {
    folder: PathBuf,
    target: String,
    name: String,
}

impl Dist {
    fn new() -> Self {
        let arch = std::env::consts::ARCH;
        Self {
            folder: workspace().join("target/dist"),
            target: format!("{arch}-unknown-linux-gnu"),
            name: format!("libprefect_secrets-{VERSION}-{arch}-linux"),
        }
    }

    fn made(&self) -> PathBuf {
        self.folder.join("build").join(&self.target).join("dist")
    }

    fn glibc(&self) -> PathBuf {
        self.folder.join("glibc")
    }

    /// Where the archive is unpacked again, to look at it as somebody does who got it.
    fn fresh(&self) -> PathBuf {
        self.folder.join("unpacked").join(&self.name)
    }

    fn native_libraries(&self) -> PathBuf {
        self.folder.join("build/native-static-libs.txt")
    }

    fn archive(&self, what: &str) -> PathBuf {
        self.folder.join(format!("{}{what}.tar.gz", self.name))
    }

    fn prepare(&self) -> Outcome {
        let zig = python::zig()?;
        glibc::folder(&zig, &self.glibc()).map(drop)
    }

    fn build(&self) -> Outcome {
        self.build_library()?;
        finish(self.cargo("build").args(ONE_BY_ONE[1]).args(self.wanted()))
    }

    fn build_library(&self) -> Outcome {
        fs::create_dir_all(self.folder.join("build")).map_err(|error| error.to_string())?;
        let mut rustc = self.cargo("rustc");
        rustc.args(ONE_BY_ONE[0]).args(self.wanted()).arg("--");
        rustc.arg(format!("--print=native-static-libs={}", self.native_libraries().display()));
        finish(&mut rustc)
    }

    fn wanted(&self) -> [&str; 4] {
        ["--profile", "dist", "--target", &self.target]
    }

    /// Builds in a folder of its own, against the old C library, and without this machine's paths.
    fn cargo(&self, command: &str) -> Command {
        let mut flags = glibc::rustflags(&self.glibc().join("lib"));
        let home = std::env::home_dir().unwrap_or_default().join(".cargo");
        let home = std::env::var_os("CARGO_HOME").map_or(home, PathBuf::from);
        let crates = home.join("registry/src");
        flags.push(format!("--remap-path-prefix={}=crates", crates.display()));
        flags.push(format!("--remap-path-prefix={}=.", workspace().display()));
        let mut cargo = cargo(&[command]);
        cargo
            .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"))
            .env("CARGO_TARGET_DIR", self.folder.join("build"))
            .env("CFLAGS", format!("-ffile-prefix-map={}=crates", crates.display()));
        cargo
    }

    fn pack(&self) -> Outcome {
        let made = Built(self.made());
        let (tree, debug) = (self.folder.join("tree"), self.folder.join("debug"));
        let stripped = Built(self.folder.join("stripped"));
        for folder in [&tree, &debug, &stripped.0] {
            let _ = fs::remove_dir_all(folder);
            fs::create_dir_all(folder).map_err(|error| error.to_string())?;
        }
        split::strip_archive(&made.static_library(), &stripped.static_library())?;
        let shared = format!("lib/libprefect_secrets.so.{VERSION}");
        let files = [shared.as_str(), CHECKED[1].0, CHECKED[2].0, CHECKED[3].0];
        let programs = [made.shared_library(), made.cli()].into_iter().chain(made.helpers());
        for (inside, from) in files.iter().zip(programs) {
            let to = stripped.0.join(from.file_name().unwrap_or_default());
            // A debugger looks for it beside the file that names it.
            let debug = debug.join(format!("{inside}.debug"));
            fs::create_dir_all(debug.parent().unwrap_or(&debug)).map_err(|e| e.to_string())?;
            split::split(&from, &to, &debug)?;
        }
        let (list, licences) = sbom::lists(&self.target)?;
        let doc = |name: &str| format!("share/doc/prefect-secrets/{name}");
        let more = vec![(doc("sbom.cdx.json"), list.clone()), (doc("LICENSES.txt"), licences)];
        let places = Places::new(&tree, None, "lib")?;
        install_with(&stripped, &places, more)?;

        let bill = self.folder.join(format!("{}.cdx.json", self.name));
        fs::write(&bill, list).map_err(|error| error.to_string())?;
        let archives = [self.archive(""), self.archive("-debug")];
        archive::pack(&tree, &self.name, &archives[0])?;
        archive::pack(&debug, &self.name, &archives[1])?;
        let [whole, debug] = archives;
        archive::sums(&[whole, debug, bill], &self.folder.join("SHA256SUMS"))
    }

    /// Unpacks what was packed, and looks whether it is as promised.
    fn check(&self) -> Outcome {
        let _ = fs::remove_dir_all(self.folder.join("unpacked"));
        archive::unpack(&self.archive(""), &self.folder.join("unpacked"))?;
        finish(
            Command::new("sha256sum").args(["--check", "SHA256SUMS"]).current_dir(&self.folder),
        )?;
        let mut faults = Vec::new();
        for (path, library) in CHECKED {
            let file = self.fresh().join(path);
            let size = size(&file)?;
            let elf = Elf::read(&file)?;
            let newest = elf.newest_glibc();
            println!("   {size:>9} bytes, glibc {}: {path}", shown(newest));
            faults.extend(elf.faults(library).into_iter().map(|fault| format!("{path}: {fault}")));
            if newest.is_none_or(|newest| newest > glibc::GLIBC) {
                faults.push(format!("{path} needs glibc {}", shown(newest)));
            }
            if library && elf.soname() != Some(&format!("libprefect_secrets.so.{MAJOR}")) {
                faults.push(format!("{path} has another soname"));
            }
            if library && size > BUDGET {
                faults.push(format!("{path} is larger than its budget of {BUDGET} bytes"));
            }
        }
        for file in [
            self.fresh().join("lib/libprefect_secrets.a"),
            self.archive(""),
            self.archive("-debug"),
        ] {
            println!(
                "   {:>9} bytes: {}",
                size(&file)?,
                file.file_name().unwrap_or_default().display()
            );
        }
        faults.extend(self.private_libraries()?);
        if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
    }

    /// Links the static library into a program, as pkg-config says, and runs that.
    fn link(&self) -> Outcome {
        let program = self.folder.join("static-program");
        let mut cc = Command::new("cc");
        cc.arg(workspace().join("examples/resolve.c")).arg("-I").arg(self.fresh().join("include"));
        cc.arg(self.fresh().join("lib/libprefect_secrets.a")).args(PRIVATE);
        finish(cc.arg("-o").arg(&program))?;
        let home = Home::new();
        let mut run = home.command(&program);
        run.env("PREFECT__CONTEXT__SECRETS__DB_PASSWORD", "hunter2").arg("DB_PASSWORD");
        let output = run.output().map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&output.stdout);
        if output.status.success() && said.contains("env") { Ok(()) } else { Err(said.into()) }
    }

    /// Whether `Libs.private` is what the compiler says, but for what `cc` links with anyway.
    fn private_libraries(&self) -> Outcome<Option<String>> {
        let path = self.native_libraries();
        let text =
            fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let sorted = |words: Vec<&str>| {
            let mut words = words;
            words.sort_unstable();
            words.dedup();
            words.join(" ")
        };
        let said = text.split_whitespace().filter(|word| !["-lc", "-lgcc_s"].contains(word));
        let (said, ours) = (sorted(said.collect()), sorted(PRIVATE.to_vec()));
        Ok((said != ours).then(|| format!("the compiler wants {said}, the .pc file says {ours}")))
    }
}

fn size(file: &Path) -> Outcome<u64> {
    let metadata = file.metadata().map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(metadata.len())
}

fn shown(version: Option<Glibc>) -> String {
    version.map_or("unknown".into(), |(major, minor)| format!("{major}.{minor}"))
}
