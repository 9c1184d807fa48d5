//! `cargo xtask bench --instructions`: how many instructions a call takes within the library, path by
//! path, held against `benches/instructions.toml`.
//!
//! Unlike a time it is the same at every run and on every machine, so that growth of a few percent
//! fails a run. Only the library's own instructions are counted, and how often it calls another one:
//! what `memcpy` takes is another number with another C library, and on another processor.

mod baseline;
mod callgrind;
mod program;

use std::path::{Path, PathBuf};

use baseline::{Baseline, Count};
use clap::Args;
use prefect_secrets_testing::{Built, workspace};
use program::Path as Counted;

use super::machine::said;
use crate::stage::Stages;
use crate::{Outcome, debian, dist};

/// How the counts are used.
#[derive(Args)]
pub(crate) struct How {
    /// With --instructions: of the library in this folder [default: the one that is packed, built
    /// as `cargo xtask dist` builds it]
    #[arg(long, requires = "instructions")]
    built: Option<PathBuf>,
    /// With --instructions: the counts to hold them against [default: benches/instructions.toml]
    #[arg(long, requires = "instructions")]
    baseline: Option<PathBuf>,
    /// With --instructions: from now on these are the counts to hold others against
    #[arg(long, requires = "instructions")]
    accept: bool,
    /// With --instructions: which functions they are in, and which of other libraries are called
    #[arg(long, requires = "instructions")]
    functions: bool,
}

pub(crate) fn run(how: &How) -> Outcome {
    let default = workspace().join("benches/instructions.toml");
    let file = how.baseline.as_deref().unwrap_or(&default);
    // The first one has nothing before it.
    let before = match Baseline::read(file) {
        Err(why) if !how.accept => return Err(why),
        read => read.ok(),
    };
    let mut stages = Stages::default();
    let (mut built, mut paths) = (None, Vec::new());
    let outcome = stages
        .run("Debian packages", || debian::require(&["valgrind"], &["valgrind"]))
        .and_then(|()| {
            stages.run("the library as it is packed", || {
                library(how).map(|found| built = Some(found))
            })
        })
        .and_then(|()| {
            stages.run("count", || {
                paths = program::count(built.as_ref().ok_or("no library")?)?;
                Ok(())
            })
        });
    stages.report();
    outcome?;
    judge(how, &paths, before.as_ref(), file)
}

/// Where the library is that is counted. The one that is packed, and no other: which of several
/// copies of a generic function a library gets is another one in every profile.
fn library(how: &How) -> Outcome<Built> {
    let folder = match &how.built {
        Some(folder) => {
            folder.canonicalize().map_err(|error| format!("{}: {error}", folder.display()))?
        }
        None => dist::library()?,
    };
    Ok(Built { folder })
}

fn judge(how: &How, paths: &[Counted], before: Option<&Baseline>, file: &Path) -> Outcome {
    print!("{}", table(paths, before));
    if how.functions {
        paths.iter().for_each(|path| print!("\n{}", path.functions()));
    }
    let now = Baseline {
        compiler: said("rustc", &["--version"]),
        architecture: std::env::consts::ARCH.to_owned(),
        paths: paths.iter().map(|path| (path.name.clone(), path.count())).collect(),
    };
    let verdict = before.map(|before| before.verdict(&now)).unwrap_or_default();
    for gain in &verdict.gains {
        println!("   less: {gain}");
    }
    if how.accept {
        for fault in &verdict.faults {
            println!("   accepted: {fault}");
        }
        now.write(file)?;
        println!("   written: {}; say in the commit why", file.display());
        return Ok(());
    }
    if !verdict.gains.is_empty() {
        println!("   What was gained is lost unnoticed unless it is accepted: --accept");
    }
    if verdict.faults.is_empty() {
        return Ok(());
    }
    // Where they are, without another run.
    let grown = |path: &&Counted| {
        verdict.faults.iter().any(|fault| fault.starts_with(&format!("{} takes", path.name)))
    };
    paths.iter().filter(grown).for_each(|path| print!("\n{}", path.functions()));
    Err(format!(
        "a path may grow by 3 %, and not without being asked for:\n  {}\nMend it. Or, if what was got for \
         it is worth it: `cargo xtask bench --instructions --accept`, and the commit says what that is.",
        verdict.faults.join("\n  ")
    ))
}

/// A line for each path.
fn table(paths: &[Counted], before: Option<&Baseline>) -> String {
    let mut text = format!(
        "   {:16} {:>13} {:>10} {:>8} {:>8} {:>10}\n",
        "of one call", "instructions", "baseline", "change", "calls", "in those"
    );
    for path in paths {
        let Count { instructions, calls } = path.count();
        let before = before.and_then(|before| before.paths.get(&path.name));
        let change = |before: &Count| (instructions / before.instructions - 1.0) * 100.0;
        let before_text = before.map(|before| format!("{:.1}", before.instructions));
        let change = before.map(|before| format!("{:+.1} %", change(before)));
        text += &format!(
            "   {:16} {instructions:>13.1} {:>10} {:>8} {calls:>8.2} {:>10.1}\n",
            path.name,
            before_text.unwrap_or_default(),
            change.unwrap_or_default(),
            path.elsewhere()
        );
    }
    text
}
