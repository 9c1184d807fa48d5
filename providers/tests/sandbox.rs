//! `sandbox = true`: what a plugin is kept from, what it keeps, and what is said where the kernel
//! cannot. The same plugin without a sandbox is the control: there each try comes to something else.

mod plugin_common;

use std::fs;
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::{Path, PathBuf};

use plugin_common::{copy, fixture, mode};
use prefect_secrets_core::{Chain, Deadline, Error, Kind};
use prefect_secrets_providers::Opener;
use prefect_secrets_testing::{C, Home, built, skip};

/// A chain of one link, the plugin, in a process of its own by the program `host`.
fn chain_by(host: &Path, plugin: &Path, more: &str) -> Chain {
    let home = Home::new();
    let file = home.config(&format!(
        "[secrets]\nchain = ['tries']\nplugin_host = '{}'\n\
         [secrets.providers.tries]\nplugin = '{}'\n{more}\n",
        host.display(),
        plugin.display()
    ));
    Opener::new().config_path(file).open().expect("a chain")
}

fn chain(plugin: &Path, more: &str) -> Chain {
    chain_by(&built().plugin_host(), plugin, more)
}

/// With a sandbox, in which `allowed` may be read; `None` if the kernel has none.
fn sandboxed(plugin: &Path, allowed: &[&Path]) -> Option<Chain> {
    let chain = chain(plugin, &format!("sandbox = true\nsandbox_read = {allowed:?}"));
    match chain.get("THREAD", &Deadline::default()) {
        Err(error) if error.kind() == Kind::Unsupported && error.what().contains("Landlock") => {
            skip(error.what());
            None
        }
        _ => Some(chain),
    }
}

fn outcome(chain: &Chain, name: &str) -> String {
    let answer = chain.get(name, &Deadline::default());
    let answer = answer.unwrap_or_else(|error| panic!("{name}: {error}"));
    let answer = answer.unwrap_or_else(|| panic!("the plugin knows no {name}"));
    String::from_utf8(answer.expose_text().to_vec()).expect("a word")
}

fn refusal(chain: &Chain) -> Error {
    chain.get("THREAD", &Deadline::default()).expect_err("a refusal")
}

/// Whether the kernel has this version of Landlock.
fn has_version(free: &Chain, version: u32, what: &str) -> bool {
    let has = outcome(free, &format!("LANDLOCK:{version}")) == "ok";
    if !has {
        skip(&format!("this kernel's Landlock does not limit {what} (version {version})"));
    }
    has
}

/// Files of which a sandboxed plugin may read one.
struct Files {
    home: Home,
    outside: PathBuf,
    allowed: PathBuf,
}

impl Files {
    fn new() -> Self {
        let home = Home::new();
        let outside = home.write("outside/file", "x");
        let allowed = home.write("allowed/file", "x");
        Self { home, outside, allowed }
    }

    fn allowed_folder(&self) -> PathBuf {
        self.home.path().join("allowed")
    }
}

/// Asserts that each try ends as it should without a sandbox and in it. First in it: what is done
/// without may not be possible twice.
fn assert_outcomes(free: &Chain, locked: &Chain, tries: &[(String, &str, &str)]) {
    for (name, without, within) in tries {
        assert_eq!(outcome(locked, name), *within, "{name} in the sandbox");
        assert_eq!(outcome(free, name), *without, "{name} without a sandbox");
    }
}

#[test]
fn only_the_system_and_what_is_allowed_can_be_read_and_nothing_written() {
    let (c, files) = (C::new(), Files::new());
    let plugin = fixture(&c, "tries.c", "tries.so", &[]);
    let folder = files.allowed_folder();
    let Some(locked) = sandboxed(&plugin, &[&folder]) else { return };
    let free = chain(&plugin, "");
    let outside = files.outside.display();
    let allowed = files.allowed.display();
    let (in_folder, of_plugin) = (folder.display(), c.folder().display());
    let null = |verb: &str| (format!("{verb}:/dev/null"), "ok", "ok");
    assert_outcomes(
        &free,
        &locked,
        &[
            (format!("READ:{outside}"), "ok", "EACCES"),
            (format!("LIST:{}", files.home.path().display()), "ok", "EACCES"),
            ("LIST:/".into(), "ok", "EACCES"),
            ("LIST:/proc".into(), "ok", "EACCES"),
            (format!("READ:{allowed}"), "ok", "ok"),
            (format!("LIST:{in_folder}"), "ok", "ok"),
            (format!("READ:{}", plugin.display()), "ok", "ok"),
            ("READ:/etc/passwd".into(), "ok", "ok"),
            ("LIST:/usr/lib".into(), "ok", "ok"),
            ("READ:/dev/urandom".into(), "ok", "ok"),
            ("READ:/proc/self/maps".into(), "ok", "ok"),
            ("LIST:/proc/self/fd".into(), "ok", "ok"),
            ("ENVIRONMENT_OF_PARENT".into(), "ok", "EACCES"),
            null("READ"),
            null("WRITE"),
            (format!("WRITE:{allowed}"), "ok", "EACCES"),
            (format!("WRITE:{outside}"), "ok", "EACCES"),
            (format!("MAKE:{in_folder}/new"), "ok", "EACCES"),
            (format!("FOLDER:{in_folder}/folder"), "ok", "EACCES"),
            (format!("MAKE:{of_plugin}/new"), "ok", "EACCES"),
            (format!("MODE:{allowed}"), "ok", "EPERM"),
            (format!("TOUCH:{allowed}"), "ok", "EPERM"),
            (format!("TRUNCATE:{outside}"), "ok", "EPERM"),
            (format!("REMOVE:{allowed}"), "ok", "EACCES"),
        ],
    );
}

#[test]
fn a_file_that_can_be_read_cannot_be_emptied() {
    let (c, files) = (C::new(), Files::new());
    let plugin = fixture(&c, "tries.c", "tries.so", &[]);
    let Some(locked) = sandboxed(&plugin, &[&files.allowed]) else { return };
    let free = chain(&plugin, "");
    if has_version(&free, 3, "emptying files") {
        assert_eq!(outcome(&locked, &format!("EMPTY:{}", files.allowed.display())), "EACCES");
        assert_eq!(fs::read(&files.allowed).expect("the file"), b"x");
        assert_eq!(outcome(&free, &format!("EMPTY:{}", files.allowed.display())), "ok");
        assert_eq!(fs::read(&files.allowed).expect("the file"), b"");
    }
}

#[test]
fn it_connects_and_resolves_but_is_no_server() {
    let (c, files) = (C::new(), Files::new());
    let plugin = fixture(&c, "tries.c", "tries.so", &[]);
    let Some(locked) = sandboxed(&plugin, &[]) else { return };
    let free = chain(&plugin, "");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    let path = files.home.path().join("socket");
    let _agent = UnixListener::bind(&path).expect("a socket");
    assert_outcomes(
        &free,
        &locked,
        &[
            (format!("CONNECT:{port}"), "ok", "ok"),
            ("RESOLVE:localhost".into(), "ok", "ok"),
            // An agent's, with a path: its permissions decide.
            (format!("SOCKET:{}", path.display()), "ok", "ok"),
            ("LISTEN".into(), "ok", "EPERM"),
        ],
    );
    if has_version(&free, 4, "binding TCP ports") {
        assert_outcomes(&free, &locked, &[("BIND".into(), "ok", "EACCES")]);
    }
}

#[test]
fn other_processes_are_out_of_reach() {
    let c = C::new();
    let plugin = fixture(&c, "tries.c", "tries.so", &[]);
    let Some(locked) = sandboxed(&plugin, &[]) else { return };
    let free = chain(&plugin, "");
    assert_outcomes(
        &free,
        &locked,
        &[
            ("SIGNAL_OWN".into(), "ok", "ok"),
            ("LIMITS_OWN".into(), "ok", "ok"),
            ("LIMITS_OF_PARENT".into(), "ok", "EPERM"),
        ],
    );
    if !has_version(&free, 6, "signals and abstract sockets") {
        return;
    }
    let name = format!("prefect-secrets-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).expect("an address");
    let _listener = UnixListener::bind_addr(&address).expect("an abstract socket");
    assert_outcomes(
        &free,
        &locked,
        &[("SIGNAL_PARENT".into(), "ok", "EPERM"), (format!("ABSTRACT:{name}"), "ok", "EPERM")],
    );
}

#[test]
fn the_kernel_refuses_what_no_provider_needs() {
    let c = C::new();
    let plugin = fixture(&c, "tries.c", "tries.so", &[]);
    let Some(locked) = sandboxed(&plugin, &[]) else { return };
    let free = chain(&plugin, "");
    // What a user may not do who is not root says nothing about the sandbox.
    let root = rustix::process::geteuid().is_root();
    let mut without_control = Vec::new();
    for (name, is_for_root) in [
        ("PTRACE_PARENT", true),
        ("READ_MEMORY", false),
        ("UNSHARE", false),
        ("SETNS", false),
        ("NAMESPACE", true),
        ("PERSONALITY", false),
        ("SHARED_MEMORY", false),
        ("PRIORITY_OF_PARENT", false),
        ("PROCESSORS_OF_PARENT", false),
        ("RAW", true),
        ("KEYS", false),
        ("IO_URING", false),
        ("MOUNT", true),
        ("START:/bin/true", false),
    ] {
        assert_eq!(outcome(&locked, name), "EPERM", "{name}");
        if (root || !is_for_root) && outcome(&free, name) == "EPERM" {
            without_control.push(name);
        }
    }
    // Not asked for outside of the sandbox: it would change a file of the machine.
    assert_eq!(outcome(&locked, "FILE_FLAGS"), "EPERM");
    if !without_control.is_empty() {
        skip(&format!("{without_control:?} are refused here without a sandbox, too"));
    }
    // Threads are made by the older call.
    assert_outcomes(
        &free,
        &locked,
        &[("CLONE3".into(), "errno 22", "ENOSYS"), ("THREAD".into(), "ok", "ok")],
    );
    if cfg!(target_arch = "x86_64") {
        assert_eq!(outcome(&locked, "X32_GETPID"), "ENOSYS");
    }
}

#[test]
fn a_library_brings_the_libraries_that_it_needs() {
    let c = C::new();
    let source = c.source("needed.c", "int needed(void);\nint needed(void) { return 42; }\n");
    let needed = c.plugin(&source, &["-Wl,-soname,needed.so"]);
    let rpath = format!("-Wl,-rpath,{}", c.folder().display());
    let needed = needed.to_str().expect("a UTF-8 path");
    let linked = ["-DNEEDED", needed, &rpath, "-Wl,--no-as-needed", "-lresolv"];
    let plugin = fixture(&c, "tries.c", "tries.so", &linked);
    let Some(locked) = sandboxed(&plugin, &[]) else { return };
    for part in ["/needed.so", "libresolv.so"] {
        assert_eq!(outcome(&locked, &format!("MAPPED:{part}")), "ok");
    }
    assert_eq!(outcome(&locked, "MAPPED:libnothing.so"), "ENOENT");
}

#[test]
fn a_process_that_cannot_be_cut_off_says_why() {
    let c = C::new();
    let plugin = fixture(&c, "tries.c", "tries.so", &[]);
    let script =
        format!("#!/bin/sh\nulimit -n 6\nexec {} \"$@\"\n", built().plugin_host().display());
    let host = c.source("host", &script);
    mode(&host, 0o755);
    for more in ["", "sandbox = true"] {
        let error = refusal(&chain_by(&host, &plugin, more));
        assert_eq!((error.kind(), error.provider()), (Kind::Unsupported, Some("tries")));
        assert!(error.what().contains("cannot be cut off"), "{error}");
        assert!(error.next_step().contains("limit of open files"), "{error}");
    }
}

/// The manifest of a program, and the program beside it.
fn program(c: &C, text: Option<&str>) -> PathBuf {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let built = c.folder().join("program");
    let mut compiler = c.compiler(&fixtures.join("tries_program.c"));
    compiler.arg(fixtures.join("tries_program.c")).arg("-o").arg(&built);
    assert!(compiler.status().expect("a C compiler").success());
    mode(&built, 0o755);
    if let Some(text) = text {
        mode(&c.source("script", text), 0o755);
    }
    let started = if text.is_some() { "script" } else { "program" };
    let manifest =
        format!("manifest_version = 1\nid = 'tries'\nisolation = 'exec'\nprogram = '{started}'\n");
    let manifest = c.source("tries.toml", &manifest);
    mode(&manifest, 0o644);
    manifest
}

#[test]
fn a_program_starts_and_starts_others_but_only_the_systems() {
    let (c, files) = (C::new(), Files::new());
    let script = format!("#!/bin/sh\nexec {}/program \"$@\"\n", c.folder().display());
    let plugin = program(&c, Some(&script));
    let folder = files.allowed_folder();
    let own = copy(Path::new("/bin/true"), folder.join("own"));
    let Some(locked) = sandboxed(&plugin, &[&folder]) else { return };
    let free = chain(&plugin, "");
    assert_outcomes(
        &free,
        &locked,
        &[
            ("START:/bin/true".into(), "ok", "ok"),
            (format!("START:{}", own.display()), "ok", "EACCES"),
            (format!("READ:{}", own.display()), "ok", "ok"),
            (format!("READ:{}", files.outside.display()), "ok", "EACCES"),
            ("UNSHARE".into(), "ok", "EPERM"),
        ],
    );
}

#[test]
fn a_program_that_cannot_be_started_says_why() {
    let (c, files) = (C::new(), Files::new());
    let shell = copy(Path::new("/bin/sh"), files.home.path().join("sh"));
    let plugin = program(&c, Some(&format!("#!{}\n", shell.display())));
    if sandboxed(&plugin, &[]).is_none() {
        return;
    }
    let error = refusal(&chain(&plugin, "sandbox = true"));
    assert_eq!(error.kind(), Kind::Invalid);
    assert!(error.what().contains("/script cannot be started: Permission denied"), "{error}");
    assert!(error.next_step().contains("interpreter"), "{error}");
}

#[test]
fn a_path_that_is_not_there_is_refused_by_name() {
    let c = C::new();
    let plugin = fixture(&c, "tries.c", "tries.so", &[]);
    let missing = Path::new("/nowhere/at/all");
    let Some(refused) = sandboxed(&plugin, &[c.folder(), missing]) else { return };
    let error = refusal(&refused);
    assert_eq!((error.kind(), error.provider()), (Kind::Invalid, Some("tries")));
    assert!(error.what().contains("`sandbox_read` names /nowhere/at/all"), "{error}");
}

#[test]
fn without_landlock_there_is_no_sandbox_and_the_host_hears_it() {
    let c = C::new();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let library = fixture(&c, "tries.c", "tries.so", &[]);
    let program = program(&c, None);
    let source = fixtures.join("without_landlock.c");
    for (errno, said) in [("ENOSYS", "has no Landlock"), ("EOPNOTSUPP", "is not enabled")] {
        let host = c.folder().join(errno);
        let mut compiler = c.compiler(&source);
        compiler.arg(format!("-DHOST=\"{}\"", built().plugin_host().display()));
        compiler.arg(format!("-DFAILS_WITH={errno}")).arg(&source).arg("-o").arg(&host);
        assert!(compiler.status().expect("a C compiler").success());
        mode(&host, 0o755);
        for plugin in [&library, &program] {
            let refused = chain_by(&host, plugin, "sandbox = true");
            let error = refusal(&refused);
            assert_eq!((error.kind(), error.provider()), (Kind::Unsupported, Some("tries")));
            assert!(error.what().contains(said), "{error}");
            assert!(error.next_step().contains("take `sandbox` out"), "{error}");
            let trace = refused.load_trace("tries").expect("a trace");
            assert!(trace.contains("start: ") && trace.contains(said), "{trace}");
            let explanation = refused.explain("THREAD", &Deadline::default());
            let reason = explanation.expect("an explanation").links[0].reason.clone();
            assert!(reason.is_some_and(|reason| reason.contains(said)));
            assert_eq!(outcome(&chain_by(&host, plugin, ""), "THREAD"), "ok");
        }
    }
}
