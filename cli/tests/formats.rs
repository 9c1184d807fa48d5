//! The formats of `export`, read back by the programs that they are for.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use prefect_secrets_stand_in::{Response, StandIn};
use prefect_secrets_testing::{Home, find, readers};

mod values;

const PROGRAM: &str = env!("CARGO_BIN_EXE_prefect-secrets");
const PREFIX: &str = "PREFECT__CONTEXT__SECRETS__";
/// The link `plain` answers a name with the variable `S_NAME`, as it stands.
const PLAIN: &str = "[secrets]\nchain = ['plain']\n[secrets.providers.plain]\nprovider = 'env'\n\
    prefix = 'S_'\nverbatim = true\n";

/// Values by their names.
type Values = BTreeMap<String, Vec<u8>>;

/// A home in which `values` are secrets.
struct Case {
    home: Home,
    values: Values,
}

impl Case {
    fn new<V: AsRef<[u8]>>(values: impl IntoIterator<Item = (String, V)>) -> Self {
        let home = Home::new();
        home.config(PLAIN);
        let values = values.into_iter().map(|(name, value)| (name, value.as_ref().to_vec()));
        Self { home, values: values.collect() }
    }

    /// Those that a format can hold: what is refused is taken out, which has to be told of each by
    /// name, and nothing be written.
    fn export(&mut self, format: &str, refused: impl Fn(&[u8]) -> bool) -> Vec<u8> {
        let all: Vec<String> = self.values.keys().cloned().collect();
        let output = self.run(format, &all);
        let (expected, held): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|name| refused(&self.values[name]));
        assert_eq!(output.status.code(), Some(i32::from(!expected.is_empty())), "{format}");
        if expected.is_empty() {
            return output.stdout;
        }
        assert!(output.stdout.is_empty());
        let said = text(&output.stderr);
        assert_eq!(said.lines().count(), expected.len(), "{}", said.lines().last().unwrap());
        for name in &expected {
            assert!(said.contains(&format!("(secret {name:?})")), "{name} is not refused");
            self.values.remove(name);
        }
        let output = self.run(format, &held);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        output.stdout
    }

    fn run(&self, format: &str, names: &[String]) -> Output {
        let mut command = self.home.command(PROGRAM);
        for (name, value) in &self.values {
            command.env(format!("S_{name}"), std::ffi::OsStr::from_bytes(value));
        }
        command.args(["export", "--text-only", "--format", format]).args(names);
        command.output().expect("the program runs")
    }

    /// Whether `read` has the values, one by one. Shows none.
    fn assert_read(&self, read: &Values, who: &str) {
        for (name, value) in &self.values {
            assert!(read.get(name) == Some(value), "{who} reads {name} otherwise");
        }
        assert!(!self.values.is_empty());
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("messages are UTF-8")
}

/// 1,000 random texts.
fn texts() -> Case {
    Case::new(values::texts(1000))
}

/// 1,000 random values, half of them any bytes.
fn bytes() -> Case {
    let mut random = values::Random::new();
    let mut any = || (0..random.below(40)).map(|_| 1 + random.below(255) as u8).collect::<Vec<_>>();
    let texts = values::texts(500).into_iter().map(|(name, text)| (name, text.into_bytes()));
    let bytes: Vec<_> = (0..500).map(|i| (format!("B{i}"), any())).collect();
    Case::new(texts.chain(bytes))
}

/// What `command` prints about `file`: names and values, each with a NUL behind it.
fn pairs(command: &mut Command) -> Values {
    let output = command.output().expect("the reader runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut words = output.stdout.split(|byte| *byte == 0);
    let mut values = Values::new();
    while let (Some(name), Some(value)) = (words.next(), words.next()) {
        values.insert(text(name).to_owned(), value.to_vec());
    }
    values
}

/// What a reader has as a JSON object of texts.
fn object(command: &mut Command, input: &Path) -> Values {
    let file = std::fs::File::open(input).unwrap();
    let output = command.stdin(file).output().expect("the reader runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read: BTreeMap<String, String> = serde_json::from_slice(&output.stdout).expect("JSON");
    read.into_iter().map(|(name, value)| (name, value.into_bytes())).collect()
}

/// The shell that each machine has, and those of two others that this one has, too.
fn shells() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let others = ["dash", "bash"].map(|shell| {
        std::env::split_paths(&path).map(|folder| folder.join(shell)).find(|shell| shell.is_file())
    });
    find("sh").into_iter().chain(others.into_iter().flatten()).collect()
}

/// The environment that a shell has after `file`, as `env` shows it to others.
fn sourced(home: &Home, shell: &Path, before: &str, file: &Path) -> Values {
    let script = format!("{before} . \"$0\"; exec env -0");
    let output = home.command(shell).args(["-c", &script]).arg(file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let variables = output.stdout.split(|byte| *byte == 0).filter(|word| !word.is_empty());
    let pairs = variables.map(|variable| {
        let at = variable.iter().position(|byte| *byte == b'=').unwrap();
        (text(&variable[..at]).to_owned(), variable[at + 1..].to_vec())
    });
    pairs.collect()
}

#[test]
fn shells_read_every_byte_back() {
    let mut case = bytes();
    let written = case.export("shell", |_| false);
    assert_eq!(case.values.len(), 1000);
    let file = case.home.write("shell", written);
    for shell in shells() {
        let read = sourced(&case.home, &shell, "", &file);
        case.assert_read(&read, &shell.display().to_string());
    }
}

#[test]
fn json_is_read_back_by_python_and_jq() {
    let mut case = bytes();
    let written = case.export("json", |value| std::str::from_utf8(value).is_err());
    assert!(case.values.len() > 500);
    let file = case.home.write("json", written);
    let Some(python) = readers::python(readers::PYTHON) else { return };
    for (who, load) in [
        ("Python", "json.load(open(sys.argv[1], encoding='utf-8'))"),
        ("jq", "jq.compile('.').input_text(open(sys.argv[1], encoding='utf-8').read()).first()"),
    ] {
        let script = format!(
            "import jq, json, sys\nfor pair in {load}.items():\n    \
             for word in pair: sys.stdout.buffer.write(word.encode() + b'\\0')"
        );
        let read = pairs(case.home.command(&python).args(["-c", &script]).arg(&file));
        case.assert_read(&read, who);
    }
}

/// How python-dotenv reads a file.
fn python_dotenv(
    home: &Home,
    file: &Path,
    environment: readers::Environment<'_>,
) -> Option<Values> {
    let python = readers::python(environment)?;
    let script = "import dotenv, sys\nfor pair in dotenv.dotenv_values(sys.argv[1], encoding='utf-8').items():\n    \
                  for word in pair: sys.stdout.buffer.write(word.encode() + b'\\0')";
    Some(pairs(home.command(python).args(["-c", script]).arg(file)))
}

/// What a dotenv file cannot be given so that no shell runs a part of it.
fn is_no_dotenv(value: &[u8]) -> bool {
    let has = |byte| value.contains(&byte);
    has(b'`') && (has(b'\'') || has(b'\r'))
}

#[test]
fn python_dotenv_reads_back_what_is_not_refused() {
    let mut case = texts();
    let written = case.export("dotenv", is_no_dotenv);
    assert!(case.values.len() > 900, "{}", case.values.len());
    let file = case.home.write("dotenv", written);
    for environment in [readers::PYTHON, readers::PYTHON_BEFORE] {
        let Some(read) = python_dotenv(&case.home, &file, environment) else { return };
        case.assert_read(&read, environment.1[0]);
    }
}

/// What others read alike is what is not told of on stderr.
#[test]
fn others_read_a_dotenv_file_as_it_is_told() {
    let mut case = texts();
    case.export("dotenv", is_no_dotenv);
    let all: Vec<String> = case.values.keys().cloned().collect();
    let told = case.run("dotenv", &all).stderr;
    let told = |who: &str| -> Vec<String> {
        let mut lines = text(&told).lines();
        let line = lines.find_map(|line| line.split_once(who)).expect("some are told").1;
        line.split(", ").map(String::from).collect()
    };
    let (no_node, no_shell) =
        (told("by python-dotenv and sh, not Node: "), told("by python-dotenv, not sh and Node: "));
    let without = |left_out: &[&Vec<String>]| {
        let names = all.iter().filter(|name| left_out.iter().all(|out| !out.contains(name)));
        let values = names.map(|name| (name.clone(), case.values[name].clone()));
        let mut held = Case::new(values);
        assert!(held.values.len() > 300, "{}", held.values.len());
        let written = held.export("dotenv", |_| false);
        (held.home.write("dotenv", written), held)
    };
    let (file, held) = without(&[&no_shell]);
    for shell in shells() {
        let read = sourced(&held.home, &shell, "set -a;", &file);
        held.assert_read(&read, &shell.display().to_string());
    }
    let (file, held) = without(&[&no_shell, &no_node]);
    let Some(node) = readers::node() else { return };
    let script = "process.stdout.write(JSON.stringify(require('util').parseEnv(\
                  require('fs').readFileSync(0, 'utf8'))))";
    held.assert_read(&object(held.home.command(node).args(["-e", script]), &file), "Node");
}

/// Also of what a shell reads otherwise it runs nothing.
#[test]
fn no_shell_runs_a_part_of_a_value() {
    let home = Home::new();
    let run =
        ["$(touch made)", "`touch made`", "; touch made;", "\n touch made\n", "| touch made #"];
    let around = ["'", "\"", "\\", "''", "\\'", "\r", "$", "${", "${x}'", " "];
    let mut random = values::Random::new();
    let values = (0..300).map(|i| {
        let mut pick = |from: &[&'static str]| from[random.below(from.len())];
        let pieces = [pick(&around), pick(&around), pick(&run), pick(&around), pick(&around)];
        (format!("N{i}"), pieces.concat())
    });
    let mut case = Case::new(values);
    case.export("dotenv", is_no_dotenv);
    assert!(case.values.len() > 100);
    // One at a time: a shell may stop at what it cannot read.
    let all: Vec<String> = case.values.keys().cloned().collect();
    let written = case.run("dotenv", &all).stdout;
    for (i, line) in text(&written).split_inclusive("\nN").enumerate() {
        let line = line.strip_suffix('N').unwrap_or(line);
        home.write(&format!("lines/{i}"), format!("{}{line}", if i == 0 { "" } else { "N" }));
    }
    let script = "for file in lines/*; do $0 -c \". ./$file\"; done 2>/dev/null; exit 0";
    for shell in shells() {
        let mut command = home.command(&shell);
        command.current_dir(home.path()).args(["-c", script]).arg(&shell);
        assert!(command.status().unwrap().success());
        assert!(!home.path().join("made").exists(), "{} ran something", shell.display());
    }
    // The control.
    home.write("lines/last", "X='it\\'s `touch made`\n");
    let mut command = home.command("sh");
    command.current_dir(home.path()).args(["-c", script, "sh"]);
    assert!(command.status().unwrap().success() && home.path().join("made").exists());
}

#[test]
fn kubernetes_reads_every_byte_back() {
    let mut case = bytes();
    let written = case.export("k8s", |_| false);
    let file = case.home.write("secret.yaml", written);
    let Some(python) = readers::python(readers::PYTHON) else { return };
    let script = "import base64, sys, yaml\nsecret = yaml.safe_load(open(sys.argv[1]))\n\
        data = secret.pop('data')\n\
        assert secret == {'apiVersion': 'v1', 'kind': 'Secret', 'type': 'Opaque', \
        'metadata': {'name': 'prefect-secrets'}}, secret\n\
        for name, value in data.items():\n    \
        sys.stdout.buffer.write(name.encode() + b'\\0' + base64.b64decode(value, validate=True) + b'\\0')";
    let read = pairs(case.home.command(python).args(["-c", script]).arg(&file));
    assert_eq!(read.len(), 1000);
    case.assert_read(&read, "PyYAML");
}

/// Docker's rules, as its reader has them (docker/cli, `pkg/kvfile`).
fn docker_reads(file: &[u8]) -> Values {
    let mut values = Values::new();
    for line in text(file).split_terminator('\n') {
        assert!(line.len() < 64 << 10);
        let line = line.strip_suffix('\r').unwrap_or(line).trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, value) = line.split_once('=').expect("a value");
        assert!(!name.contains([' ', '\t']));
        values.insert(name.strip_prefix(PREFIX).unwrap_or(name).into(), value.into());
    }
    values
}

/// What Prefect reads from a variable as it stands, wherever that is, is another test's affair: here
/// the variables have names of their own.
fn docker_case() -> (Case, Vec<u8>) {
    let mut case = texts();
    // The longest line there may be.
    case.values.insert("LONGEST".into(), vec![b'm'; (64 << 10) - "LONGEST=".len() - 1]);
    case.values.insert("TOO_LONG".into(), vec![b'm'; (64 << 10) - "TOO_LONG=".len()]);
    let no_line = |name: &str, value: &[u8]| {
        name == "TOO_LONG" || value.contains(&b'\n') || value.ends_with(b"\r")
    };
    let named = |case: &Case| -> Vec<String> {
        case.values.keys().map(|name| format!("{name}={name}")).collect()
    };
    let output = case.run("docker-env", &named(&case));
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    let said = text(&output.stderr);
    for (name, value) in &case.values {
        let is_refused = said.contains(&format!("(secret {name:?})"));
        assert_eq!(is_refused, no_line(name, value), "{name}");
    }
    case.values.retain(|name, value| !no_line(name, value));
    assert!(case.values.len() > 600, "{}", case.values.len());
    let output = case.run("docker-env", &named(&case));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    (case, output.stdout)
}

#[test]
fn dockers_rules_read_back_what_is_not_refused() {
    let (case, written) = docker_case();
    case.assert_read(&docker_reads(&written), "Docker");
}

/// Docker's own program reads the file, and sends what it read to a daemon, which is us. When
/// `PREFECT_SECRETS_INSTRUMENTS` is set: the program is a Debian package.
#[test]
fn docker_itself_reads_back_what_is_not_refused() {
    if std::env::var_os("PREFECT_SECRETS_INSTRUMENTS").is_none() {
        return;
    }
    let Some(docker) = find("docker") else { return };
    let (case, written) = docker_case();
    let file = case.home.write("docker.env", written);
    let pong = Response::body("").header("Api-Version", "1.41").header("Ostype", "linux");
    let created = Response::json(r#"{"Id":"abc","Warnings":[]}"#).status(201);
    let daemon = StandIn::start(vec![pong, created]).unwrap();
    let mut command = case.home.command(docker);
    let host = format!("tcp://127.0.0.1:{}", daemon.port());
    command.args(["--host", &host, "create", "--env-file"]).arg(&file).arg("image");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let requests = daemon.take_requests();
    let create = requests.iter().find(|r| r.path.ends_with("/containers/create")).expect("asked");
    let body: serde_json::Value = serde_json::from_slice(&create.body).unwrap();
    let read = body["Env"].as_array().expect("variables").iter().map(|variable| {
        let (name, value) = variable.as_str().unwrap().split_once('=').unwrap();
        (name.to_owned(), value.as_bytes().to_vec())
    });
    case.assert_read(&read.collect(), "Docker");
}

#[test]
fn for_docker_the_variables_are_prefects_and_read_the_same_anywhere() {
    let case = Case::new([
        ("FINE".to_owned(), "p@ss w'rd $5 # 0"),
        ("FOO".into(), "a$FOO"),
        ("TILDE".into(), "~me/x"),
        ("BRACES".into(), "a${backend}b"),
        ("OTHER".into(), "a$PREFECT__CONTEXT__SECRETS__NOT_HERE"),
        ("ITSELF".into(), "a$PREFECT__CONTEXT__SECRETS__ITSELF"),
        ("A__B".into(), "v"),
    ]);
    let export = |name: &str| {
        let mut command = case.home.command(PROGRAM);
        command.envs(case.values.iter().map(|(name, value)| (format!("S_{name}"), text(value))));
        command.args(["export", "--format", "docker-env", name]).output().unwrap()
    };
    let fine = export("FINE");
    assert!(fine.stdout == format!("{PREFIX}FINE=p@ss w'rd $5 # 0\n").as_bytes());
    for (name, said) in [
        ("FOO", "another text"),
        ("TILDE", "another text"),
        ("BRACES", "another text"),
        ("OTHER", "another text"),
        ("ITSELF", "another text"),
        ("A__B", "`__` in a name"),
    ] {
        let output = export(name);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{name}");
        assert!(text(&output.stderr).contains(said), "{name}: {}", text(&output.stderr));
        let plain = export(&format!("{name}=PLAIN"));
        assert!(plain.stdout.starts_with(b"PLAIN="), "{name}: {}", text(&plain.stderr));
    }
}
