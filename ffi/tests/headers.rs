//! The headers are read by every compiler, and by people.

use std::fs;
use std::path::Path;

use prefect_secrets_testing::{C, Home, find, workspace};

const HEADERS: [&str; 2] = ["prefect_secrets.h", "prefect_secrets_provider.h"];

/// Alone, twice, and with the other one, in both orders.
fn uses() -> Vec<String> {
    let mut uses = Vec::new();
    for one in HEADERS {
        uses.push(format!("#include \"{one}\"\n"));
        for other in HEADERS {
            uses.push(format!("#include \"{one}\"\n#include \"{other}\"\n"));
        }
    }
    uses
}

fn compiles(c: &C, source: &Path, standard: &str) {
    let mut compiler = c.compiler(source);
    // More than any project asks for, and still an error each.
    compiler.args(["-Wshadow", "-Wcast-qual", "-Wundef", "-Wconversion", "-fsyntax-only"]);
    let output = compiler.arg(format!("-std={standard}")).arg(source).output().expect("a compiler");
    let text = fs::read_to_string(source).unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{standard}\n{text}\n{said}");
}

#[test]
fn they_compile_in_every_c() {
    let c = C::new();
    for (i, text) in uses().iter().enumerate() {
        let source =
            c.source(&format!("use_{i}.c"), &format!("{text}int main(void) {{ return 0; }}\n"));
        for standard in ["c99", "c11", "c17", "c2x"] {
            compiles(&c, &source, standard);
        }
    }
}

#[test]
fn they_compile_in_every_cpp() {
    if find("g++").is_none() {
        return;
    }
    let c = C::new();
    for (i, text) in uses().iter().enumerate() {
        let source =
            c.source(&format!("use_{i}.cc"), &format!("{text}int main() {{ return 0; }}\n"));
        for standard in ["c++11", "c++14", "c++17", "c++20", "c++23"] {
            compiles(&c, &source, standard);
        }
    }
}

/// A C program that uses everything is a C++ program but for the casts that C does without.
#[test]
fn the_library_links_into_cpp() {
    if find("g++").is_none() {
        return;
    }
    let c = C::new();
    let source = c.source(
        "link.cc",
        r#"
        #include "prefect_secrets.h"
        int main()
        {
            prefect_secrets_secret *secret = nullptr;
            int32_t status = prefect_secrets_get(prefect_secrets_str("NOWHERE"), &secret, nullptr);
            prefect_secrets_secret_release(secret);
            return status == PREFECT_SECRETS_ABSENT ? 0 : 1;
        }
        "#,
    );
    let program = c.program(&source, &["-std=c++11"]);
    assert!(Home::new().command(program).status().unwrap().success());
}

#[test]
fn no_line_is_longer_than_a_screen() {
    for header in HEADERS {
        let text = fs::read_to_string(workspace().join("include").join(header)).unwrap();
        for (i, line) in text.lines().enumerate() {
            assert!(line.chars().count() <= 100, "{header}:{}", i + 1);
        }
    }
}

#[test]
fn the_program_that_the_header_opens_with_works() {
    let header = fs::read_to_string(workspace().join("include/prefect_secrets.h")).unwrap();
    let program: String = header
        .lines()
        .map(|line| line.strip_prefix(" *").unwrap_or_default())
        .skip_while(|line| !line.contains("#include <stdio.h>"))
        .take_while(|line| !line.contains("cc -I"))
        .map(|line| line.strip_prefix("     ").unwrap_or(line).to_owned() + "\n")
        .collect();
    let c = C::new();
    let program = c.program(&c.source("password.c", &program), &["-std=c99"]);

    let home = Home::new();
    let run = |variable: Option<(&str, &str)>| {
        let output = home.command(&program).envs(variable).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let found = run(Some(("PREFECT__CONTEXT__SECRETS__DB_PASSWORD", "0000")));
    assert_eq!(found, (Some(0), "a password of 4 bytes\n".into()));
    assert_eq!(run(None), (Some(1), "no provider has it\n".into()));
    home.config("= broken");
    let (code, said) = run(None);
    assert_eq!(code, Some(1));
    assert!(said.contains("invalid") && said.contains("config.toml"), "{said}");
}
