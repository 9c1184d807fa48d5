//! The headers as they were first, against the headers as they are: whatever was compiled with the
//! old ones goes on working. A struct may grow at its end; nothing else changes.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use prefect_secrets_testing::{C, Home, workspace};
use support::passes;

const HEADERS: [&str; 2] = ["prefect_secrets_provider.h", "prefect_secrets.h"];

/// The headers, a plugin and a host of the first minor; never edited.
fn first() -> PathBuf {
    workspace().join("include/frozen/v1_0")
}

/// What a header promises, as C source to be compared with another one.
#[derive(Default)]
struct Promises {
    /// Name and number of each constant.
    constants: Vec<(String, String)>,
    /// Each struct: its name, and its members as (name, declaration).
    structs: Vec<(String, Vec<(String, String)>)>,
    /// The declaration of each function.
    functions: Vec<String>,
}

impl Promises {
    fn read(folder: &Path) -> Self {
        let mut promises = Self::default();
        for header in HEADERS {
            let text = std::fs::read_to_string(folder.join(header)).unwrap();
            promises.read_text(&without_comments(&text));
        }
        promises
    }

    fn read_text(&mut self, text: &str) {
        for line in text.lines() {
            let mut words = line.split_whitespace();
            if words.next() != Some("#define") {
                continue;
            }
            let (Some(name), value) = (words.next(), words.collect::<String>()) else { continue };
            let number = value.starts_with(|c: char| c.is_ascii_digit() || c == '(');
            if number && !name.contains('(') {
                self.constants.push((name.into(), value));
            }
        }
        let mut rest = text;
        while let Some(at) = rest.find("struct ") {
            rest = &rest[at + "struct ".len()..];
            let name: String =
                rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let Some(body) = rest[name.len()..].trim_start().strip_prefix('{') else { continue };
            let (body, after) = body.split_once('}').expect("a struct ends");
            self.structs.push((name, body.split(';').filter_map(member).collect()));
            rest = after;
        }
        for declaration in text.split("\nPREFECT_SECRETS_API").skip(1) {
            let (declaration, _) = declaration.split_once(';').expect("a declaration ends");
            self.functions.push(declaration.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }

    /// A program that compiles if the header that is included keeps all of these promises.
    fn as_c(&self) -> String {
        let mut c = String::from("#include <stddef.h>\n#include <prefect_secrets.h>\n");
        for (name, value) in &self.constants {
            c += &format!("_Static_assert({name} == {value}, \"{name}\");\n");
        }
        for (name, members) in &self.structs {
            let all: String = members.iter().map(|(_, member)| format!("{member}; ")).collect();
            c += &format!("struct old_{name} {{ {all}}};\n");
            let grows = members.iter().any(|(member, _)| member == "struct_size");
            let same = if grows { ">=" } else { "==" };
            c += &format!(
                "_Static_assert(sizeof(struct {name}) {same} sizeof(struct old_{name}), \"{name}\");\n"
            );
            for (member, _) in members {
                let (old, new) = (format!("struct old_{name}"), format!("struct {name}"));
                c += &format!(
                    "_Static_assert(offsetof({new}, {member}) == offsetof({old}, {member}), \
                     \"{name}.{member}\");\n\
                     _Static_assert(__builtin_types_compatible_p(__typeof__((({new} *)0)->{member}), \
                     __typeof__((({old} *)0)->{member})), \"{name}.{member}\");\n"
                );
            }
        }
        // Declared once more: a compiler accepts that only if nothing has changed.
        for function in &self.functions {
            c += &format!("{function};\n");
        }
        c + "int main(void) { return 0; }\n"
    }
}

/// The name and the declaration of a member of a struct.
fn member(text: &str) -> Option<(String, String)> {
    let declaration = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let name = match declaration.split_once("(*") {
        Some((_, rest)) => rest.split(')').next()?.to_owned(),
        None => declaration.rsplit([' ', '*']).next()?.to_owned(),
    };
    (!name.is_empty()).then_some((name, declaration))
}

fn without_comments(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("/*") {
        kept += before;
        rest = comment.split_once("*/").expect("a comment ends").1;
    }
    kept + rest
}

/// Whether the headers in `folder` keep `promises`.
fn keeps(c: &C, promises: &Promises, folder: &Path) -> bool {
    let source = c.source("promises.c", &promises.as_c());
    let mut compiler = Command::new("cc");
    compiler.args([
        "-std=gnu11",
        "-Wall",
        "-Werror",
        "-Wno-unused-function",
        "-fsyntax-only",
        "-I",
    ]);
    compiler.arg(folder).arg(source).output().expect("a C compiler").status.success()
}

#[test]
fn the_headers_keep_what_the_first_ones_promised() {
    let promises = Promises::read(&first());
    let counts = (promises.constants.len(), promises.structs.len(), promises.functions.len());
    // As many as there were; a reader that finds fewer checks nothing.
    assert_eq!(counts, (22, 12, 38));
    let members: usize = promises.structs.iter().map(|(_, members)| members.len()).sum();
    assert_eq!(members, 66);
    let c = C::new();
    assert!(keeps(&c, &promises, &workspace().join("include")), "an incompatible change");
}

/// The check is one that fails: each change that would break somebody, and none that would not.
#[test]
fn growth_passes_and_every_other_change_is_found() {
    let promises = Promises::read(&first());
    let (c, folder) = (C::new(), C::new());
    let options_end = "    size_t provider_count;\n} prefect_secrets_options;";
    for (header, before, after, kept) in [
        ("prefect_secrets.h", "timeout_ms;\n", "timeout_ms;\n    uint64_t new_one;\n", true),
        (
            "prefect_secrets.h",
            options_end,
            &options_end.replace(";\n", ";\n    int new_one;\n"),
            true,
        ),
        ("prefect_secrets.h", "    uint64_t timeout_ms;", "    uint64_t odd, timeout_ms;", false),
        ("prefect_secrets.h", "    uint64_t timeout_ms;", "    uint32_t timeout_ms;", false),
        ("prefect_secrets.h", "    uint64_t timeout_ms;", "    uint64_t timeout;", false),
        ("prefect_secrets.h", "    size_t provider_count;\n", "", false),
        ("prefect_secrets.h", "size_t count,", "uint32_t count,", false),
        (
            "prefect_secrets.h",
            "const prefect_secrets_call *call,",
            "prefect_secrets_call *call,",
            false,
        ),
        (
            "prefect_secrets.h",
            "} prefect_secrets_result;",
            "int more; } prefect_secrets_result;",
            false,
        ),
        ("prefect_secrets_provider.h", "size_t len;\n", "size_t len;\n    size_t more;\n", false),
        (
            "prefect_secrets_provider.h",
            "int32_t (*get)(void *instance,",
            "int32_t (*get)(int i,",
            false,
        ),
        (
            "prefect_secrets_provider.h",
            "PREFECT_SECRETS_DENIED 2",
            "PREFECT_SECRETS_DENIED 12",
            false,
        ),
        ("prefect_secrets_provider.h", "(UINT64_C(1) << 3)", "(UINT64_C(1) << 5)", false),
        (
            "prefect_secrets_provider.h",
            "#define PREFECT_SECRETS_INTERNAL 8",
            "#define PREFECT_SECRETS_NEW 10\n#define PREFECT_SECRETS_INTERNAL 8",
            true,
        ),
    ] {
        for name in HEADERS {
            let mut text = std::fs::read_to_string(workspace().join("include").join(name)).unwrap();
            if name == header {
                assert!(text.contains(before), "{before}");
                text = text.replacen(before, after, 1);
            }
            // Their own assertions would be changed with them.
            let own = |line: &&str| !line.starts_with("PREFECT_SECRETS_A") || line.contains("API");
            let text: Vec<_> = text.lines().filter(own).collect();
            folder.source(name, &(text.join("\n") + "\n"));
        }
        assert_eq!(keeps(&c, &promises, folder.folder()), kept, "{before} -> {after}");
    }
}

#[test]
fn a_host_and_a_plugin_of_the_first_minor_go_on_working() {
    let (c, home) = (C::new(), Home::new());
    // Each finds the headers that stand beside it.
    let plugin = c.plugin(&first().join("plugin.c"), &["-O2"]);
    let plugin = home.write("old.so", std::fs::read(plugin).unwrap());
    let host = c.program(&first().join("host.c"), &["-std=c11"]);
    for isolation in ["", "isolation = 'in-process'"] {
        home.config(&format!(
            "[secrets]\nchain = ['env', 'old']\n[secrets.providers.old]\nplugin = {plugin:?}\n\
             {isolation}\nconfig.greeting = 'hello'\n"
        ));
        passes(&mut home.command(&host));
    }
}
