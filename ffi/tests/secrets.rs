//! `examples/secrets.cpp`, the command line that is meant to be copied, in a home with one secret of
//! each kind of place.

mod support;

use std::path::Path;
use std::process::Output;
use std::thread;

use prefect_secrets_stand_in::{Secrets, StandIn};
use prefect_secrets_testing::{C, Home, find, workspace};
use support::{Program, compiled_with, env_secret, with_cloud};

struct Places {
    home: Home,
    cloud: StandIn,
    program: Program,
}

impl Places {
    /// The environment, config.toml, a plugin in a process of its own, and a Cloud.
    fn new() -> Self {
        Self::with_plugin("process")
    }

    fn with_plugin(isolation: &str) -> Self {
        let (home, c) = (Home::new(), C::new());
        let source = workspace().join("examples/plugin_c/directory.c");
        let plugin = home.write("directory.so", std::fs::read(c.plugin(&source, &[])).unwrap());
        home.write("shelf/IN_FILE", "filed");
        let shelf = home.path().join("shelf");
        home.config(&format!(
            "[context.secrets]\nIN_TOML = 'tomlish'\nIN_ENV = 'hidden'\n\
             [secrets]\nchain = ['env', 'toml', 'directory', 'cloud']\n\
             [secrets.providers.directory]\nplugin = {plugin:?}\nisolation = '{isolation}'\n\
             config.directory = {shelf:?}\n"
        ));
        let cloud = StandIn::start(Secrets::new().with("IN_CLOUD", "\"cloudy\"")).unwrap();
        let program =
            compiled_with(&workspace().join("examples/secrets.cpp"), &["-std=c++17", "-O2"]);
        Self { home, cloud, program }
    }

    fn under(&self, instrument: &[&Path], arguments: &[&str]) -> Output {
        let words: Vec<&Path> = instrument.iter().copied().chain([self.program.path()]).collect();
        let mut command = self.home.command(words[0]);
        env_secret(with_cloud(&mut command, &self.cloud), "IN_ENV", "envious");
        command.args(&words[1..]).args(arguments).output().unwrap()
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        told(self.under(&[], arguments))
    }
}

fn told(output: Output) -> (Option<i32>, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// What each command says, every time.
fn says_what_it_should(places: &Places, round: usize) {
    let names = ["IN_ENV", "IN_TOML", "IN_FILE", "IN_CLOUD"];
    let values = ["envious", "tomlish", "filed", "cloudy"];
    let which = round % names.len();
    assert_eq!(
        places.run(&["--timeout", "60", "get", names[which]]),
        (Some(0), values[which].into(), String::new())
    );
    let (code, table, said) = places.run(&["check", names[which], "NOWHERE", names[3 - which]]);
    assert_eq!((code, said.as_str()), (Some(3), ""), "{table}");
    let rows: Vec<Vec<&str>> =
        table.lines().map(|line| line.split_whitespace().collect()).collect();
    let places_of = ["env", "toml", "directory", "cloud"];
    assert_eq!(rows[0], [names[which], places_of[which]]);
    assert_eq!(rows[1], ["NOWHERE", "not", "found"]);
    assert_eq!(rows[2], [names[3 - which], places_of[3 - which]]);
    assert!(values.iter().all(|value| !table.contains(value)), "{table}");
}

#[test]
fn it_keeps_its_word_when_many_run_at_once() {
    if find("c++").is_none() {
        return;
    }
    let places = Places::new();
    thread::scope(|scope| {
        for first in 0..4 {
            let places = &places;
            scope.spawn(move || (0..8).for_each(|i| says_what_it_should(places, first + i)));
        }
    });
}

#[test]
fn it_lists_and_explains() {
    if find("c++").is_none() {
        return;
    }
    let places = Places::new();
    let (code, table, _) = places.run(&["list"]);
    assert_eq!(code, Some(0));
    let row = |name: &str| {
        let line = table.lines().find(|line| line.starts_with(name)).expect("a row");
        line.split_whitespace().collect::<Vec<_>>()[1..].join(" ")
    };
    assert_eq!([row("IN_ENV"), row("IN_TOML"), row("IN_FILE")], ["env", "toml", "directory"]);

    let (code, table, _) = places.run(&["explain", "IN_TOML"]);
    let rows: Vec<String> =
        table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(code, Some(0));
    assert_eq!(rows[..2], ["env absent", "toml found"]);
    assert!(rows[2].starts_with("directory not reached"), "{table}");
    assert_eq!(places.run(&["explain", "NOWHERE"]).0, Some(3));
}

#[test]
fn it_says_what_failed_and_what_to_do() {
    if find("c++").is_none() {
        return;
    }
    let places = Places::new();
    let (code, out, said) = places.run(&["get", "NOWHERE"]);
    assert_eq!((code, out.as_str()), (Some(3), ""));
    assert!(said.contains("NOWHERE"), "{said}");
    for wrong in [&[][..], &["get"], &["list", "A"], &["--timeout", "x", "list"], &["frob", "A"]] {
        let (code, _, said) = places.run(wrong);
        assert!(code == Some(2) && said.contains("usage"), "{wrong:?}: {said}");
    }

    // The shelf is gone: a failure, and the Cloud does not answer in its stead.
    std::fs::remove_dir_all(places.home.path().join("shelf")).unwrap();
    let (code, out, said) = places.run(&["get", "IN_CLOUD"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(said.contains("directory") && said.contains("create or mount it"), "{said}");
    let (code, out, said) = places.run(&["check", "IN_TOML", "IN_CLOUD"]);
    assert!(code == Some(1) && out.contains("failed"), "{out}{said}");
    assert!(said.contains("secrets: directory: ") && said.contains("create or mount"), "{said}");
    assert_eq!(places.run(&["explain", "IN_CLOUD"]).0, Some(1));
    places.home.config("= broken");
    let (code, _, said) = places.run(&["list"]);
    assert!(code == Some(1) && said.contains("config.toml"), "{said}");
}

/// Under valgrind, when `PREFECT_SECRETS_INSTRUMENTS` is set.
#[test]
fn nothing_is_lost() {
    if find("c++").is_none() {
        return;
    }
    if std::env::var_os("PREFECT_SECRETS_INSTRUMENTS").is_none() {
        return;
    }
    let Some(valgrind) = find("valgrind") else { return };
    // Valgrind does not know the system calls that a plugin's process needs.
    let places = Places::with_plugin("in-process");
    let leaks = ["--leak-check=full", "--errors-for-leak-kinds=definite,indirect"];
    let quiet = ["--quiet", "--error-exitcode=9"];
    let words = [&quiet[..], &leaks].concat();
    let instrument: Vec<&Path> =
        [valgrind.as_path()].into_iter().chain(words.iter().map(Path::new)).collect();
    let names = ["check", "IN_ENV", "IN_TOML", "IN_CLOUD", "NOWHERE"];
    let (code, table, said) = told(places.under(&instrument, &names));
    assert_eq!(code, Some(3), "{table}{said}");
}
