//! Each refusal of a plugin is a clear error and a line of the trace, and the host lives on.

mod plugin_common;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use plugin_common::{copy, fixture, in_process, load_path, mode};
use prefect_secrets_core::abi::Settings;
use prefect_secrets_core::{Chain, Deadline, Kind, Link};
use prefect_secrets_providers::plugin::{Loaded, Search, Step, check_trusted, inspect, load};
use prefect_secrets_testing::{C, built, example};

/// A good plugin whose value is its id, `id`.
fn good(c: &C, id: &str) -> PathBuf {
    fixture(c, "knobs.c", &format!("{id}.so"), &[&format!("-DID=\"{id}\"")])
}

fn value(loaded: &Loaded, name: &str) -> Vec<u8> {
    let provider = loaded.provider.as_ref().expect("a plugin that is loaded");
    let answer = provider.get(name, &Deadline::none()).expect("an answer");
    answer.expect("a value").expose_text().to_vec()
}

/// Loaded, and it answers with its own id.
fn assert_loaded(loaded: &Loaded, id: &str) {
    assert!(loaded.provider.is_ok(), "{}", loaded.trace);
    assert!(loaded.trace.refusal().is_none());
    assert_eq!(loaded.trace.lines().last().expect("lines").step, Step::Create);
    assert!(value(loaded, "NAME") == id.as_bytes(), "another plugin answered");
}

/// Refused at `step` for a reason that holds every one of `words`.
fn assert_refused(loaded: &Loaded, step: Step, kind: Kind, words: &[&str]) {
    let trace = loaded.trace.to_string();
    let error = loaded.provider.as_ref().err().expect("a refusal");
    assert_eq!(error.kind(), kind, "{trace}");
    assert_eq!(error.provider(), Some("test"), "{error}");
    let last = loaded.trace.lines().last().expect("lines");
    assert_eq!(last.step, step, "{trace}");
    let line = last.to_string();
    assert!(line.contains("refused"), "{line}");
    for word in words {
        assert!(line.contains(word), "{word:?} is not in {line:?}");
        assert!(error.to_string().contains(word), "{word:?} is not in {error}");
    }
    assert!(!error.next_step().is_empty() && !error.next_step().ends_with('.'), "{error}");
}

/// A folder of manifests, one of which is `test.toml`.
fn manifest(c: &C, text: &str) -> PathBuf {
    let folder = c.folder().join("providers.d");
    fs::create_dir_all(&folder).expect("the folder");
    mode(&folder, 0o755);
    let file = folder.join("test.toml");
    fs::write(&file, text).expect("the manifest");
    mode(&file, 0o644);
    folder
}

fn load_manifest(c: &C, text: &str) -> Loaded {
    let search = Search::new().folder(manifest(c, text));
    load("test", "test", Settings::none(), &in_process(), &search)
}

#[test]
fn a_path_and_a_manifest_lead_to_the_plugin() {
    let c = C::new();
    let plugin = good(&c, "first");
    assert_loaded(&load_path(&plugin), "first");

    let said = "manifest_version = 1\nid = \"first\"\nlibrary = \"../first.so\"\n";
    assert_loaded(&load_manifest(&c, said), "first");
    assert_loaded(&load_path(&c.folder().join("providers.d/test.toml")), "first");

    let by_platform = format!(
        "manifest_version = 1\nid = \"first\"\nlanguage = \"c\"\nisolation = \"in-process\"\n\
         library.{}-linux = \"{}\"\nlibrary.vax-vms = \"x\"\n",
        std::env::consts::ARCH,
        plugin.display()
    );
    assert_loaded(&load_manifest(&c, &by_platform), "first");
}

#[test]
fn what_is_no_name_and_no_absolute_path_is_refused() {
    for relative in ["./first.so", "folder/first.so", "../first.so"] {
        let loaded = load("test", relative, Settings::none(), &in_process(), &Search::new());
        assert_refused(&loaded, Step::Search, Kind::Invalid, &["relative path", "absolute path"]);
    }
    for odd in ["", ".", "..", ".hidden", "a b", "a\nb", "\u{fc}"] {
        let loaded = load("test", odd, Settings::none(), &in_process(), &Search::new());
        assert_refused(&loaded, Step::Search, Kind::Invalid, &["no name of a manifest"]);
    }
    // A bare soname is the name of a manifest that is not there.
    let loaded = load("test", "libc.so.6", Settings::none(), &in_process(), &Search::new());
    assert_refused(&loaded, Step::Search, Kind::Invalid, &["no folder of plugins has"]);
    let loaded =
        load("test", "test", Settings::none(), &in_process(), &Search::new().folder("providers.d"));
    assert_refused(&loaded, Step::Search, Kind::Invalid, &["not an absolute path"]);
}

#[test]
fn folders_are_asked_in_order() {
    let c = C::new();
    let (empty, missing) = (c.folder().join("empty"), c.folder().join("missing"));
    fs::create_dir(&empty).expect("a folder");
    let search = Search::new().folder(&empty).folder(&missing);
    assert_eq!(
        search.folders()[..3],
        [empty.clone(), missing, "/etc/prefect-secrets/providers.d".into()]
    );
    let loaded = load("test", "nowhere", Settings::none(), &in_process(), &search);
    assert_refused(&loaded, Step::Search, Kind::Invalid, &["nowhere.toml", "install the plugin"]);
    let looked = format!("search: {}: not there", empty.join("nowhere.toml").display());
    assert!(loaded.trace.to_string().contains(&looked), "{}", loaded.trace);

    good(&c, "first");
    let folder = manifest(&c, "manifest_version = 1\nid = \"first\"\nlibrary = \"../first.so\"");
    let search = Search::new().folder(&empty).folder(folder);
    assert_loaded(&load("test", "test", Settings::none(), &in_process(), &search), "first");

    let home = std::env::home_dir().expect("a home directory");
    let user = home.join(".config/prefect-secrets/providers.d");
    assert!(!Search::new().folders().contains(&user), "the user's folder has to be allowed");
    assert_eq!(Search::new().user_folder(true).folders().last(), Some(&user));
}

#[test]
fn a_broken_manifest_is_refused_with_its_place_and_without_its_text() {
    let c = C::new();
    good(&c, "first");
    let rest = "manifest_version = 1\nid = \"first\"\nlibrary = \"../first.so\"\n";
    for (text, kind, words) in [
        (
            "manifest_version = 1\n  hunter2 == 3\n",
            Kind::Invalid,
            &["line 2, column 12", "not TOML"][..],
        ),
        (
            &format!("{rest}hunter2 = 1"),
            Kind::Invalid,
            &["line 4, column 1", "\"hunter2\"", "sha256"],
        ),
        (
            &format!("{rest}isolation = \"hunter2\""),
            Kind::Invalid,
            &["line 4, column 13", "isolation"],
        ),
        (&format!("{rest}isolation = \"exec\""), Kind::Invalid, &["program"]),
        (&format!("{rest}sha256 = \"hunter2\""), Kind::Invalid, &["line 4, column 10", "sha256"]),
        (
            &format!("{rest}sha256 = [\"hunter2\"]"),
            Kind::Invalid,
            &["line 4, column 10", "not text"],
        ),
        ("id = \"first\"\nlibrary = \"x\"", Kind::Invalid, &["no `manifest_version`"]),
        ("manifest_version = 2", Kind::Invalid, &["line 1, column 20", "newer"]),
        ("manifest_version = \"1\"", Kind::Invalid, &["line 1, column 20", "number"]),
        ("manifest_version = 1\nid = \"first\"", Kind::Invalid, &["no `library`"]),
        ("manifest_version = 1\nlibrary = \"x\"", Kind::Invalid, &["no `id`"]),
        ("manifest_version = 1\nid = 5\nlibrary = \"x\"", Kind::Invalid, &["line 2, column 6"]),
        (
            "manifest_version = 1\nid = \"first\"\nlibrary.vax-vms = \"hunter2\"",
            Kind::Unsupported,
            &["library."],
        ),
    ] {
        let loaded = load_manifest(&c, text);
        assert_refused(&loaded, Step::Manifest, kind, words);
        assert!(loaded.trace.to_string().contains("test.toml"), "{}", loaded.trace);
        // The name of an unknown key is told; nothing else that stands in the file is.
        if !words.contains(&"\"hunter2\"") {
            assert!(!loaded.trace.to_string().contains("hunter2"), "{}", loaded.trace);
        }
    }
    let file = manifest(&c, "").join("test.toml");
    for bytes in [&b"id = \"\xff\""[..], &[b'#'; 70_000]] {
        fs::write(&file, bytes).expect("the manifest");
        assert_refused(
            &load_path(&file),
            Step::Manifest,
            Kind::Invalid,
            &["write the manifest anew"],
        );
    }
    fs::write(&file, rest).expect("the manifest");
    mode(&file, 0o666);
    assert_refused(&load_path(&file), Step::Trust, Kind::Denied, &["chmod go-w"]);
}

#[test]
fn the_id_and_the_digest_of_the_manifest_are_kept() {
    let c = C::new();
    let plugin = good(&c, "first");
    let said = |id: &str, digest: &str| {
        format!("manifest_version = 1\nid = {id:?}\nlibrary = \"../first.so\"\nsha256 = {digest:?}")
    };
    let output = Command::new("sha256sum").arg(&plugin).output().expect("sha256sum runs");
    let digest = String::from_utf8(output.stdout).expect("digits")[..64].to_owned();
    assert_loaded(&load_manifest(&c, &said("first", &digest)), "first");
    assert_loaded(&load_manifest(&c, &said("first", &digest.to_uppercase())), "first");
    let loaded = load_manifest(&c, &said("second", &digest));
    assert_refused(&loaded, Step::Id, Kind::Invalid, &["\"first\"", "\"second\""]);
    let loaded = load_manifest(&c, &said("first", &"0".repeat(64)));
    assert_refused(&loaded, Step::Digest, Kind::Invalid, &["SHA-256", "sha256sum"]);
}

#[test]
fn what_others_could_have_written_is_refused_with_the_command_that_mends_it() {
    let c = C::new();
    let plugin = good(&c, "first");
    for open in [0o757, 0o775, 0o777] {
        mode(&plugin, open);
        let command = format!("chmod go-w {}", plugin.display());
        assert_refused(&load_path(&plugin), Step::Trust, Kind::Denied, &["other users", &command]);
        assert_eq!(
            check_trusted(&plugin, identity(&plugin)).expect_err("a refusal").kind(),
            Kind::Denied
        );
    }
    mode(&plugin, 0o755);
    let read = identity(&plugin);
    check_trusted(&plugin, read).expect("trusted");
    let replaced = check_trusted(&plugin, (read.0, read.1 + 1)).expect_err("another file");
    assert!(replaced.kind() == Kind::Denied && replaced.what().contains("replaced"), "{replaced}");
    assert_loaded(&load_path(&plugin), "first");

    let folder = c.folder().join("open");
    fs::create_dir_all(folder.join("below")).expect("folders");
    mode(&folder.join("below"), 0o755);
    let below = copy(&plugin, folder.join("below/first.so"));
    mode(&folder, 0o777);
    let command = format!("chmod go-w {}", folder.display());
    assert_refused(&load_path(&below), Step::Trust, Kind::Denied, &[&command]);

    // A link is judged by where it leads.
    let (fine, poor) = (c.folder().join("fine.so"), c.folder().join("poor.so"));
    symlink(&plugin, &fine).expect("a link");
    symlink(&below, &poor).expect("a link");
    assert_loaded(&load_path(&fine), "first");
    assert_refused(&load_path(&poor), Step::Trust, Kind::Denied, &[&command]);
    let linked = c.folder().join("linked");
    symlink(&folder, &linked).expect("a link");
    assert_refused(
        &load_path(&linked.join("below/first.so")),
        Step::Trust,
        Kind::Denied,
        &[&command],
    );

    if rustix::process::geteuid().is_root() {
        let theirs = copy(&plugin, c.folder().join("theirs.so"));
        std::os::unix::fs::chown(&theirs, Some(12345), None).expect("an owner");
        let loaded = load_path(&theirs);
        assert_refused(&loaded, Step::Trust, Kind::Denied, &["user 12345", "chown root"]);
    }
}

#[test]
fn what_is_no_file_is_refused() {
    let c = C::new();
    let missing = c.folder().join("missing.so");
    assert_refused(&load_path(&missing), Step::Trust, Kind::Invalid, &["cannot be opened"]);
    assert_refused(&load_path(c.folder()), Step::Trust, Kind::Invalid, &["not a regular file"]);
    let pipe = c.folder().join("pipe.so");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
    mode(&pipe, 0o600);
    assert_refused(&load_path(&pipe), Step::Trust, Kind::Invalid, &["not a regular file"]);
}

#[test]
fn what_is_no_plugin_is_refused_before_any_of_its_code_runs() {
    let c = C::new();
    let marker = c.folder().join("marker");
    let marked = format!("-DMARKER=\"{}\"", marker.display());
    let plugin = fixture(&c, "knobs.c", "good.so", &[&marked]);
    let image = fs::read(&plugin).expect("the plugin");
    let patched = |name: &str, at: usize, bytes: &[u8]| {
        let file = copy(&plugin, c.folder().join(name));
        let mut image = image.clone();
        image[at..at + bytes.len()].copy_from_slice(bytes);
        fs::write(&file, image).expect("the patched plugin");
        file
    };
    let text = copy(&plugin, c.folder().join("text.so"));
    fs::write(&text, "INPUT(libc.so.6)\n").expect("a text file");
    let empty = copy(&plugin, c.folder().join("empty.so"));
    fs::write(&empty, "").expect("an empty file");
    let short = copy(&plugin, c.folder().join("short.so"));
    fs::write(&short, &image[..image.len() / 2]).expect("half a file");
    let program = c.source("program.c", "int main(void) { return 0; }");
    let other = if cfg!(target_arch = "x86_64") { 183u16 } else { 62 };
    let knob = |to: &str, more: &[&str]| {
        let arguments: Vec<&str> = [&[marked.as_str()], more].concat();
        fixture(&c, "knobs.c", to, &arguments)
    };
    for (file, words) in [
        (text, &["not a shared library (ELF)"][..]),
        (empty, &["not a shared library (ELF)"]),
        (short, &["damaged"]),
        (patched("class.so", 4, &[1]), &["another machine", "64-bit"]),
        (patched("order.so", 5, &[2]), &["another machine", "byte order"]),
        (patched("machine.so", 18, &other.to_le_bytes()), &["another machine", "processor"]),
        (patched("type.so", 16, &1u16.to_le_bytes()), &["not a shared library"]),
        (patched("headers.so", 32, &[0xff; 8]), &["damaged"]),
        (patched("sections.so", 40, &[0xff; 8]), &["damaged"]),
        (fixture_program(&c, &program), &["not a shared library"]),
        (
            fixture(&c, "no_entry.c", "no_entry.so", &[]),
            &["does not define prefect_secrets_provider_v1"],
        ),
        (knob("v2.so", &["-DENTRY=prefect_secrets_provider_v2"]), &["wrong major 2"]),
        (knob("near.so", &["-DENTRY=prefect_secrets_provider_v1x"]), &["does not define"]),
        (knob("stack.so", &["-Wl,-z,execstack"]), &["executable stack"]),
        (
            fixture(&c, "text_relocation.c", "text_relocation.so", &["-Wl,-z,notext"]),
            &["text relocations", "-fPIC"],
        ),
    ] {
        assert_refused(&load_path(&file), Step::File, Kind::Invalid, words);
    }
    // Defined in a library that it depends on, not in the file itself.
    let dependent = fixture(
        &c,
        "no_entry.c",
        "dependent.so",
        &["-Wl,--no-as-needed", plugin.to_str().expect("a UTF-8 path")],
    );
    assert_refused(&load_path(&dependent), Step::File, Kind::Invalid, &["does not define"]);
    let wrong = "manifest_version = 1\nid = \"knobs\"\nlibrary = \"../good.so\"\nsha256 = \"";
    let loaded = load_manifest(&c, &format!("{wrong}{}\"", "0".repeat(64)));
    assert_refused(&loaded, Step::Digest, Kind::Invalid, &[]);
    mode(&plugin, 0o777);
    assert_refused(&load_path(&plugin), Step::Trust, Kind::Denied, &[]);

    assert!(!marker.exists(), "code of a refused plugin ran");
    mode(&plugin, 0o755);
    assert_loaded(&load_path(&plugin), "knobs");
    assert!(marker.exists(), "the control: a constructor leaves its marker");
}

fn fixture_program(c: &C, source: &Path) -> PathBuf {
    let program = c.folder().join("program.so");
    let mut command = c.compiler(source);
    command.arg(source).args(["-fPIE", "-pie", "-o"]).arg(&program);
    assert!(command.status().expect("a C compiler").success());
    mode(&program, 0o755);
    program
}

#[test]
fn what_only_the_dynamic_linker_can_tell_is_refused_then() {
    let c = C::new();
    let elsewhere = fixture(&c, "entry_elsewhere.c", "elsewhere.so", &[]);
    let words = ["no function of this library"];
    assert_refused(&load_path(&elsewhere), Step::Open, Kind::Invalid, &words);
    let source = c.source(
        "unresolved.c",
        "extern int nobody_has_this(void);\nvoid *prefect_secrets_provider_v1(void);\n\
         void *prefect_secrets_provider_v1(void) { return (void *)0 + nobody_has_this(); }\n",
    );
    let mut command = Command::new("cc");
    let unresolved = c.folder().join("unresolved.so");
    command.args(["-shared", "-fPIC", "-o"]).arg(&unresolved).arg(source);
    assert!(command.status().expect("a C compiler").success());
    mode(&unresolved, 0o755);
    let words = ["dynamic linker refused", "unresolved.so: undefined symbol: nobody_has_this"];
    assert_refused(&load_path(&unresolved), Step::Open, Kind::Invalid, &words);
}

/// What a library that it depends on says of its own layout is not this one's.
#[test]
fn a_plugin_that_depends_on_a_plugin_in_rust_is_its_own() {
    let c = C::new();
    let other = built().rust_plugin();
    let other = other.to_str().expect("a UTF-8 path");
    let arguments = ["-DID=\"first\"", "-Wl,--no-as-needed", other];
    assert_loaded(&load_path(&fixture(&c, "knobs.c", "first.so", &arguments)), "first");
}

#[test]
fn a_bad_table_is_refused() {
    let c = C::new();
    for (knob, words) in [
        ("-DMAJOR=2", &["major 2", "major 1", "version built for this host"][..]),
        ("-DWITHOUT_GET", &["`get` is empty"]),
        ("-DNO_TABLE", &["no table"]),
        ("-DID=\"Knobs\"", &["id"]),
    ] {
        let plugin = fixture(&c, "knobs.c", "bad.so", &[knob]);
        assert_refused(&load_path(&plugin), Step::Table, Kind::Invalid, words);
    }
}

#[test]
fn a_create_that_fails_says_why() {
    let c = C::new();
    let plugin = good(&c, "first");
    let settings = Settings::from_json(br#"{"fail": true}"#).expect("an object");
    let loaded = load(
        "test",
        plugin.to_str().expect("a UTF-8 path"),
        settings,
        &in_process(),
        &Search::new(),
    );
    assert_refused(&loaded, Step::Create, Kind::Denied, &["told to fail", "take the setting out"]);
    let words = ["`directory` is missing"];
    let loaded = load_path(&plugin_common::c_plugin(&c));
    assert_refused(&loaded, Step::Create, Kind::Invalid, &words);
}

#[test]
fn two_plugins_are_two_and_one_loaded_twice_is_two_instances() {
    let c = C::new();
    let (first, second) = (good(&c, "first"), good(&c, "second"));
    for _ in 0..3 {
        // Both get the descriptor that the other one had: the lowest that is free.
        assert_loaded(&load_path(&first), "first");
        assert_loaded(&load_path(&second), "second");
    }
    let (a, b) = (load_path(&first), load_path(&first));
    let numbers = (value(&a, "INSTANCE"), value(&b, "INSTANCE"));
    assert_eq!(numbers, (b"4".to_vec(), b"5".to_vec()), "one library, an instance for each load");

    // Another file in the first one's place is another library.
    fs::remove_file(&first).expect("gone");
    fs::rename(&second, &first).expect("another one");
    assert_loaded(&load_path(&first), "second");
    assert!(value(&a, "NAME") == b"first", "the old one goes on");
}

#[test]
fn a_plugin_that_commits_more_than_it_reserved_fails_that_call_alone() {
    let c = C::new();
    let loaded = load_path(&good(&c, "first"));
    let provider = loaded.provider.as_ref().expect("loaded");
    let error = provider.get("OVERCOMMIT", &Deadline::none()).expect_err("a failure");
    assert_eq!(error.kind(), Kind::Internal);
    assert!(error.what().contains("more than it had reserved"), "{error}");
    assert_loaded(&loaded, "first");
}

#[test]
fn a_plugin_that_panics_answers_no_more_and_the_host_lives_on() {
    let built = example("prefect-secrets-plugin-directory", "panics");
    let c = C::new();
    let plugin = copy(&built, c.folder().join("panics.so"));
    let load = |settings: Settings| {
        load(
            "test",
            plugin.to_str().expect("a UTF-8 path"),
            settings,
            &in_process(),
            &Search::new(),
        )
    };
    for name in ["PANIC", "TWICE"] {
        let provider = load(Settings::none()).provider.expect("loaded");
        assert!(provider.get("CALM", &Deadline::none()).is_ok_and(|answer| answer.is_some()));
        let error = provider.get(name, &Deadline::none()).expect_err("a panic");
        assert_eq!(error.kind(), Kind::Panicked, "{error}");
        let error = provider.get("CALM", &Deadline::none()).expect_err("poisoned");
        assert_eq!(error.kind(), Kind::Panicked, "{error}");
    }
    let loaded = load(Settings::from_json(br#"{"panic": true}"#).expect("an object"));
    assert_refused(&loaded, Step::Create, Kind::Panicked, &["panicked"]);
    let fresh = load(Settings::none()).provider.expect("loaded");
    assert!(fresh.get("CALM", &Deadline::none()).is_ok_and(|answer| answer.is_some()));
}

#[test]
fn a_refused_plugin_is_a_link_that_fails() {
    let c = C::new();
    let weaker = good(&c, "weaker");
    let refused = load_path(&c.folder().join("missing.so"));
    let (refused, trace) = refused.into_link();
    assert!(trace.to_string().contains("test: trust: "), "{trace}");
    let (weaker, _) = load_path(&weaker).into_link();
    let links = vec![Link::new(refused, "here"), Link::new(weaker, "there")];
    let chain = Chain::new(links);
    let deadline = Deadline::default();
    let error = chain.get("NAME", &deadline).expect_err("no weaker place answers in its stead");
    assert_eq!((error.kind(), error.provider()), (Kind::Invalid, Some("test")));
    assert!(error.what().contains("missing.so"), "{error}");
    for outcome in [
        chain.exists("NAME", &deadline).map(|_| ()),
        chain.delete(None, "NAME", &deadline).map(|_| ()),
        chain.list(&deadline).map(|_| ()),
        chain.refresh(&deadline),
    ] {
        assert_eq!(outcome.expect_err("a failure").provider(), Some("test"));
    }
    let explained = chain.explain("NAME", &deadline).expect("an explanation");
    assert_eq!(explained.links[1].outcome, "not reached");
    let reason = explained.links[0].reason.as_deref().expect("a reason");
    assert!(reason.contains("missing.so"), "{reason}");
}

#[test]
fn loading_from_many_threads_gives_each_what_it_asked_for() {
    let c = C::new();
    let plugins = [("a", good(&c, "a")), ("b", good(&c, "b"))];
    std::thread::scope(|scope| {
        for i in 0..8 {
            let (id, plugin) = &plugins[i % 2];
            scope.spawn(move || {
                for _ in 0..20 {
                    assert_loaded(&load_path(plugin), id);
                }
            });
        }
    });
}

/// Which file stands at `path`.
fn identity(path: &Path) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    let metadata = path.metadata().unwrap();
    (metadata.dev(), metadata.ino())
}

#[test]
fn manifests_are_listed_folder_by_folder_and_inspected_without_loading() {
    let c = C::new();
    // A constructor that would end this process.
    let source = "#include <stdlib.h>\n__attribute__((constructor)) static void at_load(void) \
                  { abort(); }\n#include \"knobs.c\"\n";
    let knobs = format!("-I{}/tests/fixtures", env!("CARGO_MANIFEST_DIR"));
    let library = c.plugin(&c.source("aborts.c", source), &[&knobs, "-DID=\"test\""]);
    mode(&library, 0o755);
    let text = format!("manifest_version = 1\nid = \"test\"\nlibrary = {library:?}\n");
    let first = manifest(&c, &text);
    let second = c.folder().join("more.d");
    fs::create_dir_all(&second).unwrap();
    for (file, text) in [("test.toml", "other"), ("a.toml", &*text), (".x.toml", ""), ("b.txt", "")]
    {
        fs::write(second.join(file), text).unwrap();
        mode(&second.join(file), 0o644);
    }
    let search = Search::new().folder(&first).folder(&second).folder("/nowhere/at/all");
    let installed = search.installed().unwrap();
    let ours: Vec<_> = installed
        .iter()
        .filter(|plugin| plugin.manifest.starts_with(c.folder()))
        .map(|plugin| (&*plugin.name, plugin.manifest.parent().unwrap() == first, plugin.shadowed))
        .collect();
    assert_eq!(ours, [("test", true, false), ("a", false, false), ("test", false, true)]);
    let inspected = inspect("test", &search);
    assert_eq!(inspected.library.unwrap(), library.canonicalize().unwrap());
    assert_eq!(inspected.trace.lines().last().unwrap().step, Step::File);
    let broken = inspect(&second.join("test.toml").display().to_string(), &search);
    assert_eq!(broken.library.unwrap_err().kind(), Kind::Invalid);
}
