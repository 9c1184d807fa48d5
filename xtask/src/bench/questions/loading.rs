//! What does opening a configuration cost, and loading a plugin?

use std::path::{Path, PathBuf};

use prefect_secrets_testing::{library, workspace};

use super::{Rows, hits};
use crate::Outcome;
use crate::bench::lab::{Lab, listening};
use crate::bench::report::Question;
use crate::bench::rounds::{Effort, Side, alone, ratio, turns};
use crate::stage::{cargo, finish};

const TITLE: &str = "What does opening a configuration cost, and loading a plugin?";
const METHOD: &str = "Thread CPU time. A plugin is a fresh copy each time, because what is loaded is not unloaded, in a process that ends \
with the round; it is loaded once by `dlopen` alone, and once by opening a chain of it, which checks, loads and creates it. Loading is \
that without what the same configuration takes if the plugin is not in its chain, measured just before. The checks are those before the plugin's own code \
runs: who owns the file and its folders, and what the file says of itself.";

pub(super) fn of_c(lab: &Lab) -> Question {
    let mut rows = Rows::of(TITLE);
    rows.add("load_plugin_c", plugin(lab, &c_plugin(lab), "load"));
    rows.question(TITLE, METHOD)
}

pub(super) fn all(lab: &Lab, rust: &Path) -> Question {
    let mut rows = Rows::of(TITLE);
    let place = lab.place("", 0);
    let measured = place.start(rust, &["--listen"]).and_then(|rust| {
        let side = |name| Side::new(&rust, format!("open/{name} #"));
        turns(&side("open_100_secrets"), &side("toml_into_strings"), lab.effort, ratio)
    });
    rows.add("open_100_toml", measured);
    let package = "prefect-secrets-plugin-directory";
    let mut build = cargo(&["build", "--release", "--package", package, "--lib"]);
    let in_rust = finish(&mut build).map(|()| library(package, "libdirectory_plugin.so", true));
    for (key, command) in [("load_plugin_c", "load"), ("open_plugin_c", "open_with")] {
        rows.add(key, plugin(lab, &c_plugin(lab), command));
    }
    for (key, command) in [("load_plugin_rust", "load"), ("open_plugin_rust", "open_with")] {
        rows.add(key, in_rust.clone().and_then(|built| plugin(lab, &built, command)));
    }
    let rust = listening(rust);
    for (key, name) in [("checks_c", "load/checks_c"), ("checks_rust", "load/checks_rust")] {
        let measured = rust
            .as_ref()
            .map_err(Clone::clone)
            .and_then(|rust| alone(&Side::new(rust, format!("{name} #")), lab.effort));
        rows.add(key, measured);
    }
    rows.question(TITLE, METHOD)
}

fn c_plugin(lab: &Lab) -> PathBuf {
    lab.c.plugin(&workspace().join("examples/plugin_c/directory.c"), &["-O2"])
}

fn plugin(lab: &Lab, plugin: &Path, command: &str) -> Outcome<crate::bench::row::Measured> {
    let place = hits::place(lab, 0);
    let plugin = place.keep(plugin);
    place.home.write("secrets/IN_PLUGIN", "x");
    let host = lab.host(&place)?;
    let (plugin, home) = (plugin.display(), place.home.path().display());
    let load = format!("{command} # {home}/plugin.toml {plugin} {home}/secrets");
    let dlopen = format!("dlopen # {plugin}");
    let effort = Effort { rounds: lab.effort.rounds.min(41), ..lab.effort };
    turns(&Side::new(&host, load).at_most(5), &Side::new(&host, dlopen).at_most(5), effort, ratio)
}
