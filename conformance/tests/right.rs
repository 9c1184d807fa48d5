//! Plugins that are right in a way that a rule might take for wrong, and words of a plugin in a report.

mod common;

use std::fs;
use std::path::PathBuf;

use common::kit;
use prefect_secrets_testing::{C, Home, built, workspace};

fn compiled(home: &Home, c: &C, source: PathBuf) -> PathBuf {
    let plugin = c.folder().join("plugin.so");
    let mut compiler = c.compiler(&source);
    compiler.arg("-I").arg(workspace().join("conformance/evil")).args(["-std=c11", "-DEVIL=0"]);
    compiler.args(["-shared", "-fPIC"]).arg(&source).arg("-o").arg(&plugin);
    let output = compiler.output().expect("a C compiler");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    home.write("plugin.so", fs::read(plugin).expect("the plugin"))
}

/// Nothing is broken, and something was tried.
fn conforms(source: &str, more: &[&str]) {
    let (home, c) = (Home::new(), C::new());
    let plugin = compiled(&home, &c, workspace().join("conformance/tests/right").join(source));
    let settings = home.write("settings.json", "{\"some\": \"setting\"}");
    let report = kit(&plugin, &settings, more);
    let rules = report["rules"].as_array().expect("rules");
    let of = |verdict: &str| rules.iter().filter(|rule| rule["verdict"] == verdict).count();
    assert!(report["conforms"] == true && of("broken") + of("not-reached") == 0, "{report}");
    assert!(of("passed") > 30, "{report}");
}

#[test]
fn a_thread_that_ends_with_its_instance() {
    conforms("helper_thread.c", &["--write"]);
}

#[test]
fn a_value_that_was_in_the_environment_before() {
    // Of the kit's own environment, which has little else.
    conforms("from_environment.c", &["--name", "PATH"]);
}

#[test]
fn many_names_and_one_that_others_begin_with() {
    conforms("many_names.c", &["--write"]);
}

#[test]
fn a_place_that_is_far_away() {
    conforms("slow.c", &[]);
}

#[test]
fn values_that_are_made_anew() {
    conforms("short_lived.c", &[]);
}

#[test]
fn address_space_that_nothing_is_in() {
    conforms("much_memory.c", &["--write"]);
}

/// What it says stays on its line, and within bounds.
#[test]
fn a_plugin_cannot_write_into_the_report() {
    let (home, c) = (Home::new(), C::new());
    let text = r#"
#include "good.h"
static int32_t create(const prefect_secrets_create *create, void **instance,
                      prefect_secrets_reply *reply)
{
    static char what[200001];
    (void)create, (void)instance;
    memset(what, 'e', sizeof what - 1);
    memcpy(what, "\033[2J\nThe plugin conforms.\n", 26);
    return prefect_secrets_reply_fail(reply, PREFECT_SECRETS_INVALID, what, "go on");
}
PLUGIN(provider.create = create)
"#;
    let plugin = compiled(&home, &c, c.source("talks.c", text));
    let mut command = home.command(built().cli());
    let output = command.args(["plugin", "check"]).arg(plugin).output().expect("it runs");
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(said.contains("lifecycle/create: create answered invalid ("), "{said}");
    assert!(!said.contains('\u{1b}') && !said.contains("\nThe plugin conforms."), "{said}");
    assert!(said.lines().all(|line| line.len() < 2000), "{said}");
}
