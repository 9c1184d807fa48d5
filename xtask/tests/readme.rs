//! What the README and the provider header show is compiled and run. The README's Rust is a
//! documentation test of `providers`, the host header's program a test of `ffi`.

use prefect_secrets_testing::{C, Home, find, go, workspace};

/// The first block of this language in a file of the project.
fn block(file: &str, language: &str) -> String {
    let text = std::fs::read_to_string(workspace().join(file)).unwrap();
    let (_, rest) = text.split_once(&format!("```{language}\n")).expect("there is such a block");
    rest.split_once("\n```").expect("it ends").0.into()
}

/// The program in the comment that a header opens with.
fn program(header: &str) -> String {
    let text = std::fs::read_to_string(workspace().join("include").join(header)).unwrap();
    let lines = text.lines().skip_while(|line| !line.contains("#include"));
    let lines =
        lines.take_while(|line| !line.trim_start_matches(" *").trim_start().starts_with("cc "));
    let program: Vec<&str> =
        lines.map(|line| line.strip_prefix(" *     ").unwrap_or_default()).collect();
    program.join("\n")
}

#[test]
fn the_c_program_of_the_readme_finds_a_secret() {
    let source = block("README.md", "c");
    assert!(source.lines().count() <= 14, "about ten lines, the README says");
    let c = C::new();
    let program = c.program(&c.source("readme.c", &source), &["-std=c11"]);
    let home = Home::new();
    home.config("[context.secrets]\nDB_PASSWORD = 'hunter2'\n");
    let output = home.command(&program).output().unwrap();
    assert!(output.status.success());
    assert_eq!(output.stdout, b"a password of 7 bytes\n");
    assert_eq!(Home::new().command(&program).output().unwrap().status.code(), Some(1));
}

/// Runs a program in Go that says how long `DB_PASSWORD` is.
fn says_how_long_the_password_is(host: &go::Host, source: &str, flags: &[&str]) {
    let home = Home::new();
    home.config("[context.secrets]\nDB_PASSWORD = 'hunter2'\n");
    home.write("go.mod", format!(
        "module readme\n\ngo 1.21\n\nrequire prefectsecrets v0.0.0\n\nreplace prefectsecrets => {}\n",
        workspace().join("bindings/go").display()
    ));
    home.write("main.go", source);
    let program = home.path().join("program");
    let output =
        host.command(home.path()).arg("build").args(flags).arg("-o").arg(&program).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut run = home.command(&program);
    if flags.is_empty() {
        run.env("LD_LIBRARY_PATH", host.library());
    }
    let output = run.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.stdout, b"a password of 7 bytes\n");
}

#[test]
fn the_go_program_of_the_readme_finds_a_secret() {
    let Some(host) = go::Host::find() else { return };
    says_how_long_the_password_is(&host, &block("README.md", "go"), &[]);
    // One that holds the library, too.
    let flags = ["-tags", "prefect_secrets_static"];
    says_how_long_the_password_is(&host, &block("README.md", "go"), &flags);
}

#[test]
fn the_go_program_of_the_package_finds_a_secret() {
    let Some(host) = go::Host::find() else { return };
    let page = std::fs::read_to_string(workspace().join("bindings/go/doc.go")).unwrap();
    let program = page.lines().skip_while(|line| *line != "//\tpackage main");
    let program: Vec<&str> = program
        .take_while(|line| *line != "// # Three answers")
        .map(|line| line.strip_prefix("//\t").unwrap_or_default())
        .collect();
    says_how_long_the_password_is(&host, &program.join("\n"), &[]);
}

#[test]
fn the_cpp_program_of_the_readme_finds_a_secret() {
    if find("c++").is_none() {
        return;
    }
    let source = block("README.md", "cpp");
    assert!(source.lines().count() <= 14, "about ten lines");
    let c = C::new();
    let program = c.program(&c.source("readme.cpp", &source), &["-std=c++17"]);
    let home = Home::new();
    home.config("[context.secrets]\nDB_PASSWORD = 'hunter2'\n");
    let output = home.command(&program).output().unwrap();
    assert!(output.status.success());
    assert_eq!(output.stdout, b"a password of 7 bytes\n");
    assert_eq!(Home::new().command(&program).output().unwrap().status.code(), Some(1));
}

#[test]
fn the_program_of_the_provider_header_is_a_plugin() {
    let c = C::new();
    let source = c.source("greeting.c", &program("prefect_secrets_provider.h"));
    let home = Home::new();
    let plugin = home.write("greeting.so", std::fs::read(c.plugin(&source, &[])).unwrap());
    home.config(&format!(
        "[secrets]\nchain = ['greeting']\n[secrets.providers.greeting]\nplugin = {plugin:?}\n"
    ));
    let get = |name: &str| {
        home.command(prefect_secrets_testing::built().cli()).args(["get", name]).output().unwrap()
    };
    assert_eq!(get("GREETING").stdout, b"hello");
    assert_eq!(get("OTHER").status.code(), Some(3));
}
