//! `bench`: a real chain is measured, and what is said of it fits together.

use std::collections::BTreeSet;
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use prefect_secrets_stand_in::{Secrets, StandIn};
use prefect_secrets_testing::{C, Home, workspace};
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_prefect-secrets");
/// In every secret, and in no output.
const VALUE: &str = "hunter2-4711";
const KEY: &str = "the-key-0815";
const DELAY: Duration = Duration::from_millis(5);

/// `bench` with X in the environment and, if there is one, the Cloud.
fn bench(home: &Home, cloud: Option<&str>) -> Command {
    let mut command = home.command(PROGRAM);
    command.arg("bench").env("PREFECT__CONTEXT__SECRETS__X", VALUE);
    if let Some(address) = cloud {
        command.env("PREFECT__CLOUD__API", address).env("PREFECT__CLOUD__API_KEY", KEY);
    }
    command
}

fn cloud(names: &[&str], delay: Duration) -> StandIn {
    let empty = Secrets::new().requiring_key(KEY).delayed(delay);
    let add = |all: Secrets, name: &&str| all.with(*name, format!("{VALUE:?}"));
    StandIn::start(names.iter().fold(empty, add)).expect("a free port")
}

/// What it said on stdout; no value and no key, wherever one looks.
fn said(output: &Output) -> String {
    let [stdout, stderr] = [&output.stdout, &output.stderr].map(|b| String::from_utf8_lossy(b));
    for hidden in [VALUE, KEY] {
        assert!(!stdout.contains(hidden) && !stderr.contains(hidden), "{stdout}\n{stderr}");
    }
    stdout.into_owned()
}

fn json(output: &Output) -> Value {
    serde_json::from_str(&said(output)).unwrap_or_else(|error| {
        panic!("{error}: {}{}", said(output), String::from_utf8_lossy(&output.stderr))
    })
}

fn number(of: &Value, member: &str) -> u64 {
    of[member].as_u64().unwrap_or_else(|| panic!("no whole number {member} in {of}"))
}

fn rows<'j>(json: &'j Value, member: &str) -> &'j [Value] {
    json[member].as_array().expect("rows")
}

/// The row of this asked, provider and outcome.
fn row<'j>(json: &'j Value, member: &str, key: (&str, Option<&str>, &str)) -> &'j Value {
    let is = |row: &&Value| {
        (row["asked"].as_str(), row["provider"].as_str(), row["outcome"].as_str())
            == (Some(key.0), key.1, Some(key.2))
    };
    rows(json, member).iter().find(is).unwrap_or_else(|| panic!("no {key:?} in {member}: {json}"))
}

/// What is true of all figures, however busy the machine is.
fn fits_together(figures: &Value, most: u64) {
    let [min, p50, p90, p99, max] =
        ["min_ns", "p50_ns", "p90_ns", "p99_ns", "max_ns"].map(|name| number(figures, name));
    assert!(min <= p50 && p50 <= p90 && p90 <= p99 && p99 <= max, "{figures}");
    let [calls, samples, batch, total] =
        ["calls", "samples", "batch", "total_ns"].map(|name| number(figures, name));
    assert!(0 < calls && calls <= most, "{figures}");
    assert!(samples <= calls && calls <= samples * batch, "{figures}");
    // Recorded times are exact to a thousandth, and rounded.
    assert!(min.saturating_sub(1) * calls <= total + total / 500, "{figures}");
    assert!(total <= (max + 1) * calls, "{figures}");
    let histogram = rows(figures, "histogram");
    let seen: u64 = histogram.iter().map(|bucket| number(bucket, "samples")).sum();
    assert_eq!(seen, samples, "{figures}");
    assert!(histogram.is_sorted_by(|a, b| number(a, "to_ns") <= number(b, "from_ns")), "{figures}");
}

/// Each member as docs/bench.md writes it.
fn paths(json: &Value, path: &str, all: &mut BTreeSet<String>) {
    match json {
        Value::Object(members) => {
            for (name, member) in members {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                paths(member, &path, all);
            }
        }
        Value::Array(entries) if entries.iter().any(Value::is_object) => {
            for entry in entries {
                paths(entry, &format!("{path}[]"), all);
            }
        }
        _ => {
            all.insert(path.into());
        }
    }
}

#[test]
fn a_chain_of_four_places_is_measured_and_told_apart() {
    let home = Home::new();
    let c = C::new();
    let plugin = c.plugin(&workspace().join("include/frozen/v1_0/plugin.c"), &["-O1"]);
    // The compiler's folder goes away, and others can write to it.
    let plugin = home.write("greeter.so", std::fs::read(plugin).unwrap());
    let config = home.config(&format!(
        "[context.secrets]\nIN_FILE = {VALUE:?}\n[secrets]\nchain = ['env', 'toml', 'greeter', 'cloud']\n\
         [secrets.providers.greeter]\nplugin = {plugin:?}\nisolation = 'in-process'\nconfig.greeting = {VALUE:?}\n"
    ));
    let cloud = cloud(&["IN_CLOUD", "X"], DELAY);
    let output = bench(&home, Some(&cloud.address()))
        .args(["--json", "--count", "40", "X", "IN_FILE", "GREETING", "IN_CLOUD", "NOPE", "X"])
        .output()
        .unwrap();
    let json = json(&output);
    assert_eq!(output.status.code(), Some(3), "nobody has NOPE: {json}");
    assert_eq!(output.stderr, b"", "it is no terminal");
    assert_eq!((&json["version"], &json["ended"]), (&1.into(), &"complete".into()));
    assert_eq!(json["failures"], Value::Array(Vec::new()));
    assert_eq!(json["environment"]["files"][0], config.display().to_string());
    assert_eq!(json["environment"]["chain"][2]["is_plugin"], true);

    let names: Vec<_> = rows(&json, "names")
        .iter()
        .map(|who| (who["name"].as_str().unwrap(), who["provider"].as_str()))
        .collect();
    let expected = [
        ("X", Some("env")),
        ("IN_FILE", Some("toml")),
        ("GREETING", Some("greeter")),
        ("IN_CLOUD", Some("cloud")),
        ("NOPE", None),
    ];
    assert_eq!(names, expected);
    assert_eq!(json["names"][0]["links"][3]["outcome"], "found", "the Cloud has X, too");

    for member in ["warm", "cold"] {
        for row in rows(&json, member) {
            fits_together(row, 40);
        }
        for (_, provider) in expected {
            let outcome = if provider.is_some() { "found" } else { "absent" };
            let row = row(&json, member, ("chain", provider, outcome));
            assert_eq!(row["names"], 1);
        }
    }
    let mut slow = Vec::new();
    for (place, provider) in ["env", "toml", "greeter", "cloud"].into_iter().enumerate() {
        let outcomes = ["found", "absent"];
        let [found, absent] =
            outcomes.map(|outcome| row(&json, "warm", ("provider", Some(provider), outcome)));
        assert_eq!(number(found, "names") + number(absent, "names"), 5);
        assert_eq!(number(found, "names"), [1, 1, 1, 2][place]);
        slow.push(number(found, "min_ns"));
        let memory = ["env", "toml"].contains(&provider);
        assert_eq!(found["place"] == "memory", memory, "{provider}");
    }
    // The Cloud waits that long before it answers: in its own rows, and in nobody else's.
    let delay = DELAY.as_nanos() as u64;
    assert!(slow[3] >= delay && slow[..3].iter().all(|quick| *quick < delay), "{slow:?}");
    assert!(number(row(&json, "warm", ("chain", Some("cloud"), "found")), "min_ns") >= delay);
    assert!(number(row(&json, "warm", ("chain", None, "absent")), "min_ns") >= delay);
    assert!(number(row(&json, "warm", ("chain", Some("toml"), "found")), "min_ns") < delay);
    fits_together(&json["open"], 1_000);
    let many = &json["many"];
    assert_eq!(many["names"], 5);
    fits_together(&many["at_once"], 40);
    fits_together(&many["one_at_a_time"], 8);
    // Two names of the Cloud's go in one request at once, and in two one at a time.
    assert!(number(&many["at_once"], "min_ns") >= delay);
    assert!(number(&many["one_at_a_time"], "min_ns") >= 2 * delay);

    let requests = cloud.requests();
    let writes = |body: &[u8]| String::from_utf8_lossy(body).contains("mutation");
    assert!(!requests.iter().any(|request| writes(&request.body)), "nothing is written");
    let opened = ["provider", "chain"]
        .map(|asked| number(row(&json, "cold", (asked, Some("cloud"), "found")), "calls"));
    assert!(cloud.connections() as u64 > opened.iter().sum(), "each cold get has its connection");
    let home_holds = std::fs::read_to_string(&config).unwrap();
    assert!(home_holds.contains(VALUE), "the values that no output held were there");
}

#[test]
fn json_has_the_members_that_the_page_tells_of() {
    let home = Home::new();
    let output = bench(&home, Some("http://127.0.0.1:1"))
        .args(["--json", "--count", "2", "--timeout", "0.3", "X", "NOPE"])
        .output()
        .unwrap();
    let json = json(&output);
    let mut there = BTreeSet::new();
    paths(&json, "", &mut there);
    // The same shape in other places is told once.
    for figures in ["open", "cold[]", "many.at_once", "many.one_at_a_time"] {
        let inner: Vec<_> = there.iter().filter_map(|p| p.strip_prefix(figures)).collect();
        let missing: Vec<_> = inner
            .iter()
            .filter_map(|rest| rest.strip_prefix('.'))
            .filter(|rest| !there.contains(&format!("warm[].{rest}")))
            .collect();
        assert!(missing.is_empty(), "{figures}: {missing:?}");
        let filled = inner.iter().any(|rest| !rest.is_empty());
        // All names together fail with the Cloud.
        assert_eq!(filled, !figures.starts_with("many"), "{figures}");
        there.retain(|path| !path.starts_with(figures));
        there.insert(figures.into());
    }
    let page = std::fs::read_to_string(workspace().join("docs/bench.md")).unwrap();
    let (_, table) = page.split_once("| member |").expect("the table");
    let told: BTreeSet<String> = table
        .lines()
        .filter_map(|line| Some(line.strip_prefix("| `")?.split_once('`')?.0.to_owned()))
        .collect();
    assert_eq!(there, told);
}

#[test]
fn a_server_is_asked_a_few_times_only() {
    let home = Home::new();
    let names: Vec<String> = (0..30).map(|number| format!("N{number:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let cloud = cloud(&names, Duration::ZERO);
    let output = bench(&home, Some(&cloud.address())).arg("--json").output().unwrap();
    let json = json(&output);
    assert_eq!(output.status.code(), Some(0), "{json}");
    assert_eq!(rows(&json, "names").len(), 20);
    assert_eq!(
        json["names_left_out"], 11,
        "X of the environment is among those that are asked for"
    );
    let [found, absent, through] = [
        ("provider", Some("cloud"), "found"),
        ("provider", Some("cloud"), "absent"),
        ("chain", Some("cloud"), "found"),
    ]
    .map(|key| number(row(&json, "warm", key), "calls"));
    assert_eq!((found, absent, through), (20, 20, 20));
    // What is in memory is asked as often as the time allows.
    assert!(number(row(&json, "warm", ("provider", Some("env"), "found")), "calls") > 20);
    // Its names, who has which; three rows, ten first gets; five times at once, once one by one.
    let asked = cloud.requests().len();
    assert!(asked <= 1 + 1 + 60 + 10 + 5 + 20, "{asked}");
}

#[test]
fn a_provider_that_fails_is_named_and_sets_the_exit_code() {
    let home = Home::new();
    let nobody = "http://127.0.0.1:1";
    let output =
        bench(&home, Some(nobody)).args(["--count", "50", "--timeout", "0.3"]).output().unwrap();
    let text = said(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("  cloud: unavailable, "), "{text}");
    assert!(text.contains("check cloud.api, the network"), "the next step: {text}");
    let line = |words: &[&str]| {
        let mut lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        lines.any(|line| line.starts_with(words))
    };
    assert!(line(&["cloud", "failed"]) && line(&["env", "found"]), "{text}");
    assert!(line(&["chain:", "env", "found"]), "the chain answers what env has: {text}");

    // One that never answers takes no time from the others.
    let hangs = cloud(&["IN_CLOUD"], Duration::from_secs(60));
    let output = bench(&home, Some(&hangs.address()))
        .args(["--json", "--seconds", "1", "--timeout", "60", "X", "IN_CLOUD"])
        .output()
        .unwrap();
    let json = json(&output);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(json["ended"], "out of time");
    assert_eq!(json["failures"][0]["provider"], "cloud");
    assert_eq!(json["failures"][0]["kind"], "timed out");
    fits_together(row(&json, "warm", ("provider", Some("env"), "found")), u64::MAX);

    let empty = Home::new();
    let output = empty.command(PROGRAM).arg("bench").output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("no provider lists a name"), "{said}");
}

#[test]
fn the_table_is_in_the_letters_of_the_locale() {
    let home = Home::new();
    for (locale, unicode) in [("C", false), ("C.UTF-8", true)] {
        let output = bench(&home, None).args(["--count", "20"]).env("LC_ALL", locale).output();
        let text = said(&output.unwrap());
        assert!(text.contains("(debug) on Linux") || text.contains("(release) on Linux"), "{text}");
        assert_eq!(text.contains('█'), unicode, "{text}");
        assert_eq!(text.is_ascii(), !unicode, "{text}");
        assert!(text.contains("1 names\n  X  env\n"), "{text}");
        assert!(!text.contains('\u{1b}'), "no colours");
    }
}

#[test]
fn the_picture_is_xml_and_takes_the_place_of_files_only() {
    let home = Home::new();
    let picture = home.write("pictures/mine.svg", "an older one");
    let folder = picture.parent().unwrap();
    let draw = |file: &std::path::Path| {
        bench(&home, None).args(["--count", "20", "X", "--svg"]).arg(file).output().unwrap()
    };
    let output = draw(&picture);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    said(&output);
    let text = std::fs::read_to_string(&picture).unwrap();
    assert!(!text.contains(VALUE));
    let svg = roxmltree::Document::parse(&text).expect("well-formed XML");
    assert!(svg.root_element().has_tag_name(("http://www.w3.org/2000/svg", "svg")));
    let words: String = svg.descendants().filter_map(|node| node.text()).collect();
    for line in ["env found", "toml absent", "cloud absent", "chain: env found"] {
        assert!(words.contains(line), "{line}: {words}");
    }
    assert_eq!(folder.read_dir().unwrap().count(), 1, "nothing is left beside it");

    let link = folder.join("link.svg");
    symlink(&picture, &link).unwrap();
    for refused in [link.as_path(), folder, "/dev/null".as_ref(), "/nowhere/a.svg".as_ref()] {
        let output = draw(refused);
        assert_eq!(output.status.code(), Some(1), "{}", refused.display());
        assert_eq!(output.stdout, b"", "it says so before it measures");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(&*refused.display().to_string()), "{said}");
    }
    assert!(link.is_symlink());
    assert_eq!(std::fs::read_to_string(&picture).unwrap(), text);
}

/// Sends a real SIGINT once the Cloud was asked so often, and waits for the end.
fn interrupted(command: &mut Command, cloud: &StandIn, requests: usize) -> Output {
    let mut child: Child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while cloud.requests().len() < requests {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::sleep(Duration::from_millis(5));
    }
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(kill.unwrap().success());
    child.wait_with_output().unwrap()
}

#[test]
fn after_ctrl_c_there_is_what_was_measured() {
    let home = Home::new();
    let slow = cloud(&["IN_CLOUD"], Duration::from_millis(20));
    let mut command = bench(&home, Some(&slow.address()));
    command.args(["--json", "--seconds", "300", "--count", "100000", "X", "IN_CLOUD"]);
    let output = interrupted(&mut command, &slow, 8);
    assert_eq!(output.status.signal(), Some(2), "as the signal ends a program");
    let json = json(&output);
    assert_eq!(json["ended"], "interrupted");
    assert_eq!(json["failures"], Value::Array(Vec::new()), "the person's wish is no failure");
    fits_together(row(&json, "warm", ("provider", Some("env"), "found")), u64::MAX);
    fits_together(row(&json, "warm", ("provider", Some("cloud"), "found")), u64::MAX);

    // A call that would not come back for long is left.
    let hangs = cloud(&["IN_CLOUD"], Duration::from_secs(600));
    let mut command = bench(&home, Some(&hangs.address()));
    command.args(["--json", "--seconds", "600", "--timeout", "600", "IN_CLOUD"]);
    let output = interrupted(&mut command, &hangs, 1);
    assert_eq!(output.status.signal(), Some(2));
    assert_eq!(self::json(&output)["ended"], "interrupted");
}

/// Whoever waits for long is told what for. Python makes the terminal.
#[test]
fn on_a_terminal_progress_is_shown_and_taken_away() {
    let Some(python) = prefect_secrets_testing::find("python3") else { return };
    let home = Home::new();
    let hangs = cloud(&["IN_CLOUD"], Duration::from_secs(60));
    let spawn = format!(
        "import pty, sys; sys.exit(pty.spawn([{PROGRAM:?}, 'bench', '--seconds', '2.5', '--timeout', '1.2', '--count', '9', 'X']))"
    );
    let mut python = home.command(python);
    python.env("PREFECT__CLOUD__API", hangs.address()).env("PREFECT__CLOUD__API_KEY", KEY);
    let output = python.args(["-c", &spawn]).output().unwrap();
    let text = said(&output);
    assert!(text.contains("\r\u{1b}[Kasking cloud which names it has"), "{text:?}");
    let (_, after) = text.rsplit_once("\r\u{1b}[K").unwrap();
    assert!(after.starts_with("prefect-secrets "), "the line is taken away: {text:?}");
}
