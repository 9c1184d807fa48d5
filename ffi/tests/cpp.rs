//! The C++ headers: every compiler and standard reads them, and what they promise holds. What each
//! program checks is written in it.

mod support;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use prefect_secrets_testing::{C, Home, built, find, workspace};
use support::{cpp_command, cpp_program, passes};

/// More than any project asks for, and an error each.
const WARNINGS: [&str; 8] = [
    "-Wconversion",
    "-Wsign-conversion",
    "-Wshadow",
    "-Wold-style-cast",
    "-Wcast-qual",
    "-Wundef",
    "-Wnon-virtual-dtor",
    "-Woverloaded-virtual",
];
const STANDARDS: [&str; 3] = ["-std=c++17", "-std=c++20", "-std=c++2b"];
const WITHOUT: [&str; 2] = ["-fno-exceptions", "-fno-rtti"];

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cpp").join(name)
}

fn header(name: &str) -> String {
    fs::read_to_string(workspace().join("include").join(name)).unwrap()
}

fn compiles(command: &mut Command) {
    let output = command.output().expect("a compiler");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}\n{said}");
}

/// Each header alone, twice, and with the headers of C before and after it.
#[test]
fn they_compile_alone_and_together() {
    if find("c++").is_none() {
        return;
    }
    let c = C::new();
    for (i, names) in [
        &["prefect_secrets.hpp", "prefect_secrets.hpp"][..],
        &["prefect_secrets_provider.hpp", "prefect_secrets.hpp", "prefect_secrets.h"],
        &["prefect_secrets.h", "prefect_secrets_provider.hpp", "prefect_secrets_provider.h"],
    ]
    .iter()
    .enumerate()
    {
        let text: String = names.iter().map(|name| format!("#include \"{name}\"\n")).collect();
        let one = c.source(&format!("use_{i}.cpp"), &format!("{text}int main() {{ return 0; }}\n"));
        let mut compiler = c.compiler(&one);
        // The header of C has casts of C, which its own users see.
        let warnings = WARNINGS.iter().filter(|warning| **warning != "-Wold-style-cast");
        compiles(compiler.args(warnings).args(["-fsyntax-only", STANDARDS[0]]).arg(&one));
    }
}

/// Everything that they have, in every standard, by every compiler of this machine.
#[test]
fn they_compile_in_every_standard() {
    if find("c++").is_none() {
        return;
    }
    let c = C::new();
    for compiler in C::cpp_compilers() {
        for standard in STANDARDS {
            let read = |name: &str, more: &[&str]| {
                let mut command = c.compiler_called(&compiler);
                command.args(WARNINGS).args(["-fsyntax-only", standard]).args(more);
                compiles(command.arg(source(name)));
            };
            read("values.cpp", &WITHOUT);
            for name in ["values.cpp", "exceptions.cpp", "later.cpp"] {
                read(name, &[]);
            }
        }
    }
}

fn runs(name: &str, arguments: &[&str]) {
    let program = cpp_program(name, arguments);
    passes(&mut cpp_command(&Home::new(), program.path()));
}

#[test]
fn everything_by_value() {
    if find("c++").is_none() {
        return;
    }
    runs("values", &WARNINGS);
}

#[test]
fn everything_without_exceptions() {
    if find("c++").is_none() {
        return;
    }
    runs("values", &[&WITHOUT[..], &["-O2", "-DNDEBUG"]].concat());
    runs("later", &WITHOUT);
}

#[test]
fn everything_by_exception() {
    if find("c++").is_none() {
        return;
    }
    runs("exceptions", &WARNINGS);
}

#[test]
fn deadlines_cancellation_and_gets_without_waiting() {
    if find("c++").is_none() {
        return;
    }
    runs("later", &WARNINGS);
}

#[test]
fn programs_of_every_compiler_run() {
    if find("c++").is_none() {
        return;
    }
    // One sanitizer's library serves one compiler.
    if std::env::var_os("PREFECT_SECRETS_SANITIZE").is_some() {
        return;
    }
    for compiler in C::cpp_compilers().iter().skip(1) {
        for name in ["values.cpp", "exceptions.cpp", "later.cpp"] {
            let c = C::new();
            let program = c.program_by(compiler, &source(name), &["-std=c++20"]);
            passes(&mut cpp_command(&Home::new(), program));
        }
    }
}

/// Two parts of one program that differ in all that a compiler can be told about exceptions and
/// standards.
#[test]
fn two_parts_of_a_program_may_differ() {
    if find("c++").is_none() {
        return;
    }
    let c = C::new();
    let two = c.folder().join("two.o");
    let mut compiler = c.compiler(&source("two.cpp"));
    compiler.args(WITHOUT).args(["-std=c++20", "-c"]).arg(source("two.cpp")).arg("-o").arg(&two);
    compiles(&mut compiler);
    // The other one's code comes first where both have it.
    let two = two.to_str().expect("a UTF-8 path");
    let program = c.program(&source("one.cpp"), &["-std=c++17", two]);
    passes(&mut cpp_command(&Home::new(), program));
}

#[test]
fn what_is_no_answer_does_not_compile() {
    if find("c++").is_none() {
        return;
    }
    let c = C::new();
    let refused = |body: &str, because: &str| {
        let text =
            format!("#include <prefect_secrets.hpp>\nnamespace ps = prefect_secrets;\n{body}\n");
        let wrong = c.source("wrong.cpp", &text);
        let mut compiler = c.compiler(&wrong);
        let output =
            compiler.args(["-std=c++17", "-fsyntax-only"]).arg(&wrong).output().expect("c++");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(because), "{body}\n{said}");
    };
    let get = |body: &str| format!("int f() {{ auto got = ps::get(\"A\"); {body} }}");
    refused(&get("return got ? 0 : 1;"), "convert");
    refused(&get("auto copy = *got; return copy ? 0 : 1;"), "deleted");
    refused("void f(ps::chain &c) { c.get(\"A\"); }", "unused");
    refused("void f(ps::chain &c) { c.set(\"A\", \"text\"); }", "unused");
    // What would be gone before the call.
    refused("auto f() { return ps::call().cancelled_by(ps::cancellation()); }", "deleted");
    let anew = "struct anew { struct at { std::string operator*() const; at &operator++(); \
                bool operator!=(at) const; }; at begin() const; at end() const; }; \
                auto f(ps::chain &c) { return c.get_many(anew()); }";
    refused(anew, "keep the names");
    // A function of a provider that would never be called.
    let provider = "struct p { ps::status get(const ps::request &, std::string_view, ps::reply &); \
                    ps::status set(std::string_view, std::string_view); }; \
                    auto f() { return ps::plugin<p>(\"p\"); }";
    refused(provider, "takes or returns something else");
}

#[test]
fn no_line_is_longer_than_a_screen() {
    for name in ["prefect_secrets.hpp", "prefect_secrets_provider.hpp"] {
        for (i, line) in header(name).lines().enumerate() {
            assert!(line.chars().count() <= 100, "{name}:{}", i + 1);
        }
    }
}

/// The lines of code in the comment that a header opens with, from one to the one before another.
fn shown(name: &str, from: &str, to: &str) -> String {
    header(name)
        .lines()
        .skip_while(|line| !line.contains(from))
        .take_while(|line| !line.contains(to))
        .map(|line| line.strip_prefix(" *     ").unwrap_or_default().to_owned() + "\n")
        .collect()
}

#[test]
fn the_program_that_the_header_opens_with_works() {
    if find("c++").is_none() {
        return;
    }
    let c = C::new();
    let text = shown("prefect_secrets.hpp", "#include <iostream>", "c++ -std");
    let program = c.program(&c.source("password.cpp", &text), &["-std=c++17"]);
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

#[test]
fn what_the_header_shows_of_exceptions_works() {
    if find("c++").is_none() {
        return;
    }
    let c = C::new();
    let lines = shown("prefect_secrets.hpp", "prefect_secrets::chain chain =", "What prefect_");
    let text = format!(
        "#include <prefect_secrets.hpp>\nint main()\n{{\n{lines}    \
         return password.text() == \"0000\" && !token ? 0 : 1;\n}}\n"
    );
    let program = c.program(&c.source("throwing.cpp", &text), &["-std=c++17"]);
    let home = Home::new();
    passes(home.command(program).env("PREFECT__CONTEXT__SECRETS__DB_PASSWORD", "0000"));
}

/// The plugin that the provider's header opens with keeps every rule of a provider.
#[test]
fn the_plugin_that_the_header_opens_with_keeps_the_rules() {
    if find("c++").is_none() {
        return;
    }
    // A plugin with a sanitizer is for a host with one.
    if std::env::var_os("PREFECT_SECRETS_SANITIZE").is_some() {
        return;
    }
    let c = C::new();
    let text = shown("prefect_secrets_provider.hpp", "#include \"prefect_", "c++ -std");
    let home = Home::new();
    let plugin = home.path().join("greeting.so");
    let source = c.source("greeting.cpp", &text);
    let mut compiler = c.compiler(&source);
    compiler.args(["-std=c++17", "-shared", "-fPIC", "-fvisibility=hidden"]);
    compiles(compiler.arg(&source).arg("-o").arg(&plugin));
    let cli = |arguments: &[&OsStr]| home.command(built().cli()).args(arguments).output().unwrap();

    let report = cli(&["plugin".as_ref(), "check".as_ref(), plugin.as_ref()]);
    let said = String::from_utf8_lossy(&report.stdout).into_owned();
    assert!(report.status.success(), "{said}");
    home.config(&format!(
        "[secrets]\nchain = ['greeting']\n[secrets.providers.greeting]\nplugin = {plugin:?}\n"
    ));
    assert_eq!(cli(&["get".as_ref(), "GREETING".as_ref()]).stdout, b"hello");
    assert_eq!(cli(&["get".as_ref(), "OTHER".as_ref()]).status.code(), Some(3));
}

/// Under valgrind, when `PREFECT_SECRETS_INSTRUMENTS` is set: no error, nothing lost.
#[test]
fn nothing_is_lost() {
    if find("c++").is_none() {
        return;
    }
    if std::env::var_os("PREFECT_SECRETS_INSTRUMENTS").is_none() {
        return;
    }
    let Some(valgrind) = find("valgrind") else { return };
    for name in ["values", "exceptions", "later"] {
        let program = cpp_program(name, &[]);
        let home = Home::new();
        let mut command = cpp_command(&home, &valgrind);
        // The stacks of threads that still run at the end may be lost, says valgrind.
        command
            .args(["--quiet", "--error-exitcode=9", "--leak-check=full", "--fair-sched=yes"])
            .args(["--show-leak-kinds=definite,indirect"])
            .args(["--errors-for-leak-kinds=definite,indirect"]);
        passes(command.arg(program.path()));
    }
}
