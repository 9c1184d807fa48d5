//! The zoo: plugins that are wrong in one way each. What the kit says of them, what becomes of a host
//! that loads them, and that their good twins keep the rule. `conformance/evil/README.md` is the table
//! that they are held against.

mod common;

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use common::kit;
use prefect_secrets_testing::{C, Home, built, example, workspace};

/// How long a host may take before it counts as hanging: far longer than the plugin's time limit.
const PATIENCE: Duration = Duration::from_secs(8);

/// A row of the table.
#[derive(Clone, PartialEq, Eq)]
struct Row {
    plugin: String,
    wrong: String,
    rule: String,
    host: String,
    child: String,
}

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { plugin, wrong, rule, host, child } = self;
        write!(f, "| `{plugin}` | {wrong} | `{rule}` | {host} | {child} |")
    }
}

/// The rules that were broken, in order.
fn broken(report: &serde_json::Value) -> Vec<String> {
    let rules = report["rules"].as_array().expect("rules");
    let broken = rules.iter().filter(|rule| rule["verdict"] == "broken");
    broken.map(|rule| rule["name"].as_str().expect("a name").to_owned()).collect()
}

fn evil() -> PathBuf {
    workspace().join("conformance/evil")
}

fn table() -> Vec<Row> {
    let page = fs::read_to_string(evil().join("README.md")).expect("the table");
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    rows.map(|line| {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [plugin, wrong, rule, host, child] = cells[..] else { panic!("{line}") };
        let plain = |cell: &str| cell.trim_matches('`').to_owned();
        Row {
            plugin: plain(plugin),
            wrong: wrong.into(),
            rule: plain(rule),
            host: host.into(),
            child: child.into(),
        }
    })
    .collect()
}

/// The sources, by name.
fn sources() -> Vec<PathBuf> {
    let is_source = |path: &PathBuf| {
        let ending = path.extension().and_then(|ending| ending.to_str());
        ending.is_some_and(|ending| ["c", "cc", "rs"].contains(&ending))
    };
    let entries = fs::read_dir(evil()).expect("the zoo");
    let mut sources: Vec<_> =
        entries.map(|entry| entry.expect("an entry").path()).filter(is_source).collect();
    sources.sort();
    sources
}

fn name_of(source: &Path) -> String {
    source.file_stem().expect("a name").to_str().expect("ASCII").into()
}

/// What the first line of a source says.
fn said_to_be_wrong(source: &Path) -> String {
    let text = fs::read_to_string(source).expect("a source");
    let line = text.lines().next().expect("a line");
    line.trim_start_matches("/* ").trim_start_matches("//! ").trim_end_matches(" */").into()
}

/// The plugin or its twin as it would be installed: its manifest.
fn install(home: &Home, c: &C, source: &Path, evil: bool) -> PathBuf {
    let name = name_of(source);
    let built = match source.extension().and_then(|ending| ending.to_str()) {
        Some("rs") => example("prefect-secrets-conformance", &format!("evil_{name}")),
        _ => compile(c, source, evil),
    };
    let library = home.write("zoo.so", fs::read(built).expect("the library"));
    if evil && name == "writable" {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&library, fs::Permissions::from_mode(0o666)).expect("its mode");
    }
    home.write(
        "zoo.toml",
        "manifest_version = 1\nid = 'zoo'\nlanguage = 'c'\nlibrary = 'zoo.so'\n\
         isolation = 'in-process'\n",
    )
}

fn compile(c: &C, source: &Path, evil: bool) -> PathBuf {
    let name = name_of(source);
    let plugin = c.folder().join(format!("{name}-{evil}.so"));
    let mut compiler = c.compiler(source);
    let is_c = source.extension().is_some_and(|ending| ending == "c");
    compiler.arg(if is_c { "-std=c11" } else { "-std=c++17" });
    compiler.arg(format!("-DEVIL={}", u8::from(evil))).arg(source).arg("-o").arg(&plugin);
    match (name.as_str(), evil) {
        ("program", true) => compiler.args(["-fPIE", "-pie", "-rdynamic"]),
        _ => compiler.args(["-shared", "-fPIC"]),
    };
    match (name.as_str(), evil) {
        ("executable_stack", true) => drop(compiler.arg("-Wl,-z,execstack")),
        ("text_relocations", true) => drop(compiler.args(["-Wl,-z,notext", "-Wl,--no-warnings"])),
        ("borrowed_entry", true) => {
            let lender = compile(c, source, false);
            compiler.arg("-Wl,--no-as-needed").arg(lender);
        }
        _ => {}
    }
    let output = compiler.output().expect("a C compiler");
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    plugin
}

/// The settings of the plugin or its twin; those in C take no notice.
fn settings(evil: bool) -> &'static str {
    if evil { "{\"needed\": \"yes\"}" } else { "{\"needed\": \"yes\", \"good\": \"yes\"}" }
}

/// What the host is configured with. `more` is said of the plugin.
fn configure(home: &Home, manifest: &Path, evil: bool, more: &str) {
    let good = if evil { "" } else { "config.good = 'yes'\n" };
    home.config(&format!(
        "[context.secrets]\nOTHER = 'of another provider'\n[secrets]\nchain = ['toml', 'zoo']\n\
         plugin_host = {:?}\n[secrets.providers.zoo]\nplugin = {manifest:?}\n{more}\n\
         config.needed = 'yes'\n{good}",
        built().plugin_host()
    ));
}

/// What becomes of a host that asks the plugin, and then another provider.
fn in_a_host(home: &Home, host: &Path, manifest: &Path, evil: bool) -> String {
    configure(home, manifest, evil, "timeout_ms = 300");
    let (said, status) = run(home, host, &[], PATIENCE);
    outcome(&said, status)
}

/// What a program prints and how it ends, if it does within `patience`.
fn run(
    home: &Home,
    host: &Path,
    arguments: &[&str],
    patience: Duration,
) -> (String, Option<ExitStatus>) {
    let output = home.path().join("output");
    let into = fs::File::create(&output).expect("a file");
    let mut command = home.command(host);
    command.args(arguments).stdin(Stdio::null()).stdout(into).stderr(Stdio::null());
    let mut child = command.spawn().expect("the host starts");
    let start = Instant::now();
    let status = loop {
        match child.try_wait().expect("a status") {
            Some(status) => break Some(status),
            None if start.elapsed() > patience => {
                child.kill().and_then(|()| child.wait()).expect("it is gone");
                break None;
            }
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    (fs::read_to_string(output).expect("UTF-8"), status)
}

fn outcome(said: &str, status: Option<ExitStatus>) -> String {
    let after = |name: &str| {
        said.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned))
    };
    let refused = said.lines().find_map(|line| {
        let step = line.strip_prefix("zoo: ")?;
        line.contains(": refused, ").then(|| step.split(':').next().unwrap_or_default())
    });
    let own =
        |line: &&str| ["zoo: ", "ALPHA: ", "OTHER: "].iter().any(|start| line.starts_with(start));
    let foreign = if said.lines().all(|line| own(&line)) { "" } else { ", after bytes of its own" };
    let end = match status {
        None => return "hangs".into(),
        Some(status) => match (status.code(), status.signal()) {
            (Some(0), _) => None,
            (Some(code), _) => Some(format!("is ended with code {code}")),
            (None, signal) => Some(format!("dies of signal {}", signal.unwrap_or_default())),
        },
    };
    let answer = match (refused, after("ALPHA"), after("OTHER")) {
        (Some(step), Some(_), Some(other)) if other == "found" => format!("refused at {step}"),
        (None, Some(alpha), Some(other)) if other == "found" => match alpha.as_str() {
            "found" => "answers".into(),
            "absent" => "answers \"absent\"".into(),
            // Who, what kind, about which secret, why.
            failure => {
                let kind = failure.split(": ").nth(1).and_then(|kind| kind.split(" (").next());
                format!("fails: {}", kind.unwrap_or_default())
            }
        },
        // It ended before it was asked everything.
        _ => return end.unwrap_or_else(|| format!("says {said:?}")),
    };
    match end {
        Some(end) => format!("{answer}{foreign}, then {end}"),
        None => format!("{answer}{foreign}"),
    }
}

/// What is measured of one plugin.
fn measured(source: &Path, host: &Path, table: &[Row]) -> Row {
    let (home, c) = (Home::new(), C::new());
    let manifest = install(&home, &c, source, true);
    let file = home.write("settings.json", settings(true));
    // What is told first is the fault; later ones may follow from it.
    let found = broken(&kit(&manifest, &file, &["--name", "ALPHA", "--write"]));
    let first = found.first().cloned().unwrap_or_else(|| "nothing".into());
    let host_said = in_a_host(&home, host, &manifest, true);
    let plugin = name_of(source);
    // The last column is another test's.
    let child = table.iter().find(|row| row.plugin == plugin).map(|row| row.child.clone());
    let child = child.unwrap_or_default();
    Row { plugin, wrong: said_to_be_wrong(source), rule: first, host: host_said, child }
}

/// Each on one of a few threads: much of the time they wait.
fn each<T: Send>(sources: &[PathBuf], work: impl Fn(&Path) -> T + Sync) -> Vec<T> {
    let (next, done) = (Mutex::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let at = {
                        let mut next = next.lock().expect("a number");
                        *next += 1;
                        *next - 1
                    };
                    let Some(source) = sources.get(at) else { return };
                    let outcome = work(source);
                    done.lock().expect("the outcomes").push((at, outcome));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("the outcomes");
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, outcome)| outcome).collect()
}

fn host(c: &C) -> PathBuf {
    c.program(&workspace().join("conformance/tests/host.c"), &["-std=c11"])
}

#[test]
fn each_fault_is_named_by_its_rule_and_every_host_that_can_lives_on() {
    let c = C::new();
    let host = host(&c);
    let table = table();
    let rows = each(&sources(), |source| measured(source, &host, &table));
    let differing: Vec<_> = rows.iter().filter(|row| !table.contains(row)).collect();
    let shown = |rows: &[Row]| rows.iter().map(|row| format!("{row}\n")).collect::<String>();
    let listed: String = differing.iter().map(|row| format!("{row}\n")).collect();
    assert!(
        differing.is_empty() && rows.len() == table.len(),
        "these are not in the table so:\n{listed}\nall:\n{}",
        shown(&rows)
    );
}

#[test]
fn each_good_twin_keeps_the_rule_and_answers() {
    let c = C::new();
    let host = host(&c);
    let table = table();
    let wrong = each(&sources(), |source| {
        let (home, c) = (Home::new(), C::new());
        let name = name_of(source);
        let row = table.iter().find(|row| row.plugin == name).expect("a row");
        let manifest = install(&home, &c, source, false);
        let file = home.write("settings.json", settings(false));
        let more = ["--name", "ALPHA", "--write", "--rule", &row.rule];
        let report = kit(&manifest, &file, &more);
        let rules = report["rules"].as_array().expect("rules");
        let rule = rules.iter().find(|rule| rule["name"] == row.rule).expect("the rule");
        let kept = rule["verdict"] == "passed" && report["conforms"] == true;
        let said = in_a_host(&home, &host, &manifest, false);
        (!kept || said != "answers").then(|| format!("{name}: {report}, in a host: {said}\n"))
    });
    let wrong: String = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{wrong}");
}

/// A rule that no plugin here breaks might be one that nobody can break.
#[test]
fn each_rule_is_broken_by_somebody() {
    let table = table();
    let output = Command::new(built().cli()).args(["plugin", "rules"]).output().expect("it runs");
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    let rules: Vec<_> = said.lines().filter(|line| !line.starts_with(' ')).collect();
    assert!(rules.len() > 50, "{said}");
    let unbroken: Vec<_> =
        rules.iter().filter(|rule| !table.iter().any(|row| row.rule == **rule)).collect();
    assert!(unbroken.is_empty(), "nobody breaks {unbroken:?}");
}

/// How often each plugin is started in a process of its own: 5 times, in the long version 100 times.
fn rounds() -> usize {
    if std::env::var_os("PREFECT_SECRETS_FULL").is_some() { 100 } else { 5 }
}

/// What a host says in whose child the plugin runs, in all rounds the same; `waits`: it waits for any
/// child of its own meanwhile.
fn in_a_child(home: &Home, host: &Path, manifest: &Path, evil: bool, waits: bool) -> String {
    let name = home.path().join("hangs");
    let timeout = if name.exists() { "timeout_ms = 50" } else { "timeout_ms = 5000" };
    configure(home, manifest, evil, &format!("isolation = 'process'\n{timeout}"));
    let rounds = rounds().to_string();
    let arguments = [rounds.as_str(), "waits"];
    let arguments = if waits { &arguments[..] } else { &arguments[..1] };
    let (said, status) = run(home, host, arguments, Duration::from_secs(300));
    if status.is_none_or(|status| !status.success()) {
        return format!("the host: {status:?} {said:?}");
    }
    let each: Vec<String> = said.split("round\n").skip(1).map(one_round).collect();
    assert_eq!(each.len().to_string(), rounds, "{said}");
    match each.iter().find(|one| **one != each[0]) {
        None => each[0].clone(),
        Some(other) => format!("{}, and in another round: {other}", each[0]),
    }
}

fn one_round(said: &str) -> String {
    let (own, other): (Vec<&str>, Vec<&str>) =
        said.lines().partition(|line| !line.starts_with("left: ") && !line.starts_with("end: "));
    // A failure says why, too: the part of it that no other failure has.
    let alpha = own.iter().find_map(|line| line.strip_prefix("ALPHA: ")).unwrap_or_default();
    let why = ["was ended by signal", "exited with status"].iter().find_map(|start| {
        let at = alpha.find(start)?;
        alpha[at..].split(';').next().map(|why| format!(" ({why})"))
    });
    let own = own.join("\n") + "\n";
    let mut outcome = outcome(&own, Some(ExitStatus::from_raw(0))) + &why.unwrap_or_default();
    for line in other {
        outcome += &format!(", {line}");
    }
    outcome
}

fn tells_taken_statuses() -> bool {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").expect("the kernel's version");
    let mut numbers = release.split(['.', '-']).map(|number| number.parse::<u32>().unwrap_or(0));
    (numbers.next(), numbers.next()) >= (Some(6), Some(15))
}

#[test]
fn in_a_process_of_its_own_none_hurts_the_host() {
    let c = C::new();
    let host = c.program(&workspace().join("conformance/tests/children.c"), &["-std=c11"]);
    let table = table();
    let found = each(&sources(), |source| {
        let (home, c) = (Home::new(), C::new());
        let name = name_of(source);
        if name.starts_with("hangs") {
            home.write("hangs", "");
        }
        let manifest = install(&home, &c, source, true);
        let alone = in_a_child(&home, &host, &manifest, true, false);
        let waiting = in_a_child(&home, &host, &manifest, true, true);
        let expected = table.iter().find(|row| row.plugin == name).map(|row| row.child.as_str());
        // Before Linux 6.15 nobody can tell how a process ended whose status the host took.
        let told = !tells_taken_statuses() && waiting.starts_with("fails: unavailable");
        (expected != Some(&alone) || waiting != alone && !told)
            .then(|| format!("| `{name}` | {alone} | {waiting}\n"))
    });
    let wrong: String = found.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "these are not in the table so (alone | while it waits):\n{wrong}");
}
