//! CMake's `find_package`, from a fresh prefix.

mod support;

use std::process::Command;

use prefect_secrets_testing::native;
use support::{Prefix, consumer, found, needed, passes};

/// Configures, builds and runs `tests/consumer`: C and C++, each with both libraries.
fn every_way(prefix: &Prefix) {
    let (Some(cmake), Some(ninja)) = (native::cmake(), native::ninja()) else { return };
    let build = prefix.home.path().join("build");
    let mut configure = Command::new(&cmake);
    configure.arg("-S").arg(consumer()).arg("-B").arg(&build).args(["-G", "Ninja"]);
    configure.arg(format!("-DCMAKE_MAKE_PROGRAM={}", ninja.display()));
    passes(configure.arg(format!("-DCMAKE_PREFIX_PATH={}", prefix.path.display())));
    passes(Command::new(&cmake).arg("--build").arg(&build));
    for kind in ["shared", "static"] {
        for language in ["c", "cpp11", "cpp17", "cpp20"] {
            let program = build.join(format!("{language}_{kind}"));
            let asks = needed(&program).contains("[libprefect_secrets.so.0]");
            assert_eq!(asks, kind == "shared", "{language}");
            found(&prefix.run(&program));
        }
    }
    // Without any variable: CMake tells the program where the library is.
    let mut command = prefix.home.command(build.join("c_shared"));
    found(&command.env("PREFECT__CONTEXT__SECRETS__DB_PASSWORD", "hunter2").output().unwrap());
}

#[test]
fn shared_and_static_in_c_and_cpp() {
    every_way(&Prefix::new("p"));
}

#[test]
fn from_a_prefix_with_a_space_that_was_moved() {
    every_way(&Prefix::with_libdir("first", "lib/x86_64-linux-gnu").moved("else where/second"));
}

#[test]
fn a_tree_with_a_file_missing_is_not_found() {
    let Some(cmake) = native::cmake() else { return };
    let prefix = Prefix::new("p");
    let script = prefix.home.write("find.cmake", "find_package(prefect_secrets REQUIRED)\n");
    let find = |more: &str| {
        let mut command = Command::new(&cmake);
        command.arg(format!("-DCMAKE_PREFIX_PATH={}", prefix.path.display()));
        let output = command.arg(more).arg("-P").arg(&script).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    std::fs::remove_file(prefix.path.join("lib/libprefect_secrets.a")).unwrap();
    let (success, said) = find("-DX=1");
    assert!(!success && said.contains("libprefect_secrets.a is missing"), "{said}");
}
