//! Go, with the library of a prefix.

mod support;

use std::fs;
use std::path::Path;

use prefect_secrets_packaging::{install, uninstall};
use prefect_secrets_testing::{Home, find, go, native, workspace};
use support::{built_files, found, passes, places};

/// Runs `go` with the library of this prefix. Its cache is one of its own: it remembers what pkg-config
/// said of a package, and not where.
fn go_in(prefix: &Path, go: &Path, folder: &Path, arguments: &[&str]) -> String {
    let mut command = go::command(go, folder);
    command.env("CGO_ENABLED", "1").env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig"));
    command.env("GOCACHE", workspace().join("target/go/cache-of-prefix"));
    command.env("PKG_CONFIG", native::pkg_config().expect("it was looked for"));
    command.env("LD_LIBRARY_PATH", prefix.join("lib"));
    passes(command.args(arguments))
}

#[test]
fn a_go_program_builds_with_an_installed_library() {
    let (Some(go), Some(_), Some(_)) = (go::find(), native::pkg_config(), find("cc")) else {
        return;
    };
    // The same prefix each time, for the sake of that cache.
    let prefix = workspace().join("target/go/prefix");
    let _ = fs::remove_dir_all(&prefix);
    install(&built_files(), &places(&prefix, "lib")).unwrap();

    let home = Home::new();
    home.write("go.mod", format!(
        "module consumer\n\ngo 1.21\n\nrequire prefectsecrets v0.0.0\n\nreplace prefectsecrets => {}\n",
        workspace().join("bindings/go").display()
    ));
    home.write("main.go", include_str!("consumer/main.go"));
    home.write("main_test.go", include_str!("consumer/main_test.go"));
    home.config("[context.secrets]\nFROM_FILE = 'hunter2!'\n");
    for tags in ["", "prefect_secrets_static"] {
        let program = home.path().join("program");
        let to = program.to_str().unwrap();
        go_in(&prefix, &go, home.path(), &["build", "-tags", tags, "-o", to, "."]);
        let mut run = home.command(&program);
        if tags.is_empty() {
            run.env("LD_LIBRARY_PATH", prefix.join("lib"));
        }
        run.env("PREFECT__CONTEXT__SECRETS__DB_PASSWORD", "hunter2");
        found(&run.output().unwrap());
    }
    go_in(&prefix, &go, home.path(), &["vet", "."]);
    let said = go_in(&prefix, &go, home.path(), &["test", "-race", "-count=1", "-v", "."]);
    assert!(said.contains("--- PASS: TestFromFile"), "{said}");

    assert_eq!(uninstall(&places(&prefix, "lib")).unwrap(), Vec::<String>::new());
}
