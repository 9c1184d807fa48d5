//! `run`: a program that is started with secrets in its environment.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output, Stdio};

use prefect_secrets_stand_in::{Secrets, StandIn};
use prefect_secrets_testing::{Home, built};

mod values;

const PROGRAM: &str = env!("CARGO_BIN_EXE_prefect-secrets");
const VALUE: &str = "hunter2 with \"quotes\", 'more', ü, $HOME\nand lines\n\n";
const PREFIX: &str = "PREFECT__CONTEXT__SECRETS__";

/// A home with the secret X, as it stands.
fn home() -> Home {
    let home = Home::new();
    let value = VALUE.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    home.config(&format!(
        "[context.secrets]\nX = \"{value}\"\n'a=b' = 'odd'\nNUL = \"a\\u0000b\"\n\
         [secrets.providers.toml]\nverbatim = true\n"
    ));
    home
}

fn command(home: &Home, arguments: &[&str]) -> Command {
    let mut command = home.command(PROGRAM);
    command.args(arguments);
    command
}

fn run(home: &Home, arguments: &[&str]) -> Output {
    command(home, arguments).output().expect("the program runs")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("messages are UTF-8")
}

#[test]
fn the_child_has_the_secrets_in_its_environment_and_all_else_unchanged() {
    let home = home();
    let mut command = command(
        &home,
        &["run", "--secret", "X", "--secret", "X=OTHER", "--secret", "a=b=ODD", "--", "env", "-0"],
    );
    command.env("KEPT", "a b").env("ODD", "before").env(format!("{PREFIX}MINE"), "stays");
    let output = command.output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    let variables = text(&output.stdout).split_terminator('\0');
    let mut variables: BTreeMap<_, _> = variables.map(|v| v.split_once('=').unwrap()).collect();
    assert!(variables.remove("X") == Some(VALUE) && variables.remove("OTHER") == Some(VALUE));
    assert_eq!(variables.remove("ODD"), Some("odd"), "ours takes the place of the one before");
    assert_eq!(variables.remove("KEPT"), Some("a b"));
    assert_eq!(variables.remove("PREFECT__CONTEXT__SECRETS__MINE"), Some("stays"));
    let rest: Vec<_> = variables.into_keys().collect();
    assert_eq!(rest, ["HOME", "PATH"]);
}

#[test]
fn the_code_of_the_child_is_ours() {
    let home = home();
    let shell =
        |script: &str| run(&home, &["run", "--secret", "X", "--", "sh", "-c", script]).status;
    assert_eq!(shell("exit 0").code(), Some(0));
    assert_eq!(shell("exit 77").code(), Some(77));
    assert_eq!(shell("kill -KILL $$").signal(), Some(9));
    let file = home.write("no-program", "not a program");
    for (program, code) in [
        ("/nowhere/at/all", 127),
        ("no-such-program", 127),
        (file.to_str().unwrap(), 126),
        ("/", 126),
    ] {
        let output = run(&home, &["run", "--secret", "X", "--", program]);
        assert_eq!(output.status.code(), Some(code), "{program}");
        assert!(text(&output.stderr).contains("cannot be started"), "{}", text(&output.stderr));
        assert!(!text(&output.stderr).contains("hunter2"));
    }
}

#[test]
fn the_child_takes_our_place_so_signals_reach_it_and_nobody_sees_the_value() {
    let home = home();
    // It says that it is there, and waits.
    let script = "trap 'echo caught; exit 9' TERM; echo there; while :; do sleep 0.05; done";
    let mut command = command(&home, &["run", "--secret", "X", "--", "sh", "-c", script]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    std::io::BufRead::read_line(&mut out, &mut line).unwrap();
    assert_eq!(line, "there\n");
    let words = std::fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
    assert!(words.starts_with(b"sh\0-c\0"), "the same process is the program now");
    assert!(!text(&words).contains("hunter2"), "the process list shows a value");
    let kill = format!("kill {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    std::io::Read::read_to_string(&mut out, &mut line).unwrap();
    assert_eq!((line.as_str(), child.wait().unwrap().code()), ("there\ncaught\n", Some(9)));
}

/// The same shell line with us in between and without: signals that are ignored or blocked, open
/// files, children that nobody waits for.
#[test]
fn the_child_inherits_what_we_did() {
    let home = home();
    let cloud = StandIn::start(Secrets::new().with("IN_CLOUD", "\"v\"")).unwrap();
    // A plugin in a process of its own, which is to be gone.
    let plugin = built().rust_plugin();
    let folder = home.path().join("kept");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("IN_PLUGIN"), "v").unwrap();
    home.config(&format!(
        "[context.secrets]\nX = 'v'\n[secrets]\nchain = ['toml', 'directory', 'cloud']\n\
         plugin_host = {:?}\n[secrets.providers.directory]\nplugin = {plugin:?}\n\
         [secrets.providers.directory.config]\ndirectory = {folder:?}\n",
        built().plugin_host(),
    ));
    let look = "grep -E '^Sig(Blk|Ign)' /proc/self/status; \
                cd /proc/$$/fd; echo *; read -r children </proc/$$/task/$$/children; echo \"$children\"";
    let shell = |before: &str, between: &str| {
        let script = format!("{before} exec {between} sh -c \"$0\"");
        let mut shell = home.command("sh");
        shell.args(["-c", &script, look]).env("PREFECT__CLOUD__API", cloud.address());
        let output = shell.stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout).to_owned()
    };
    let ours = format!("{PROGRAM} run --secret X --secret IN_CLOUD --secret IN_PLUGIN --");
    for before in ["", "trap '' PIPE;", "trap '' PIPE INT HUP;", "trap '' USR1; exec 7</dev/null;"]
    {
        let without = shell(before, "");
        assert!(without.contains("SigBlk") && without.contains("SigIgn"), "{without}");
        assert_eq!(shell(before, &ours), without, "{before}");
    }
    // The control: a signal that is ignored does show.
    assert_ne!(shell("", ""), shell("trap '' PIPE;", ""));
}

#[test]
fn what_cannot_be_had_ends_it_before_the_child_starts() {
    let home = home();
    let made = home.path().join("made");
    let touch = ["--", "touch", made.to_str().unwrap()];
    let attempt = |arguments: &[&str], cloud: &str| {
        let mut command = command(&home, &[&["run", "--timeout", "5"], arguments, &touch].concat());
        let output = command.env("PREFECT__CLOUD__API", cloud).output().unwrap();
        let said = text(&output.stderr).to_owned();
        assert!(!said.contains("hunter2"), "{said}");
        (output.status.code(), said)
    };
    let cloud = StandIn::start(Secrets::new()).unwrap();
    let nobody = "http://127.0.0.1:1";
    let (code, said) =
        attempt(&["--secret", "X", "--secret", "NOPE", "--secret", "NO"], &cloud.address());
    assert_eq!(code, Some(3));
    assert!(said.lines().count() == 2 && said.contains("no secret \"NOPE\""), "{said}");
    assert!(said.contains("`prefect-secrets explain NO`"), "{said}");
    let (code, said) = attempt(&["--secret", "NOPE", "--secret", "X"], nobody);
    assert_eq!(code, Some(1), "an outage is no absence: {said}");
    assert!(said.contains("(secret \"NOPE\")"), "{said}");
    for (arguments, said_is) in [
        (&["--secret", "NUL"][..], "holds a NUL"),
        (&["--secret", "a=b=", "--secret", "X"], "no variable behind"),
        (&["--secret", "X", "--secret", "X"], "\"X\" is given twice"),
        (&["--secret", "X", "--secret", "NUL=X"], "\"X\" is given twice"),
        (&[], "--secret"),
    ] {
        let (code, said) = attempt(arguments, &cloud.address());
        let usage = !said_is.contains("NUL");
        assert_eq!(code, Some(if usage { 2 } else { 1 }), "{said}");
        assert!(said.contains(said_is), "{said}");
    }
    // A name that no variable can have, which only --all gives without a variable.
    let (code, said) = attempt(&["--all", "--secret", "NUL=X"], &cloud.address());
    assert_eq!(code, Some(2), "{said}");
    assert!(!made.exists(), "something was started");
    assert_eq!(attempt(&["--secret", "X"], &cloud.address()).0, Some(0));
    assert!(made.exists(), "the control");
}

#[test]
fn all_are_those_that_are_listed_and_one_can_have_another_variable() {
    let home = Home::new();
    home.config("[context.secrets]\nA = 'a'\nB = 'b'\n'c=d' = 'c'\n");
    let script = "echo $A-$B-$C-$OTHER";
    let output = run(
        &home,
        &["run", "--all", "--secret", "c=d=C", "--secret", "B=OTHER", "--", "sh", "-c", script],
    );
    assert_eq!(text(&output.stdout), "a--c-b\n", "{}", text(&output.stderr));
    let output = run(&home, &["run", "--all", "--", "sh", "-c", script]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""));
    assert!(text(&output.stderr).contains("(secret \"c=d\")"), "{}", text(&output.stderr));
}

#[test]
fn too_much_for_a_program_is_said_by_name() {
    let home = Home::new();
    home.config(&format!("[context.secrets]\nBIG = '{}'\nS = 's'\n", "m".repeat(200 << 10)));
    for ignored in ["", "trap '' PIPE;"] {
        let mut shell = home.command("sh");
        let script = format!("{ignored} exec {PROGRAM} run --secret S --secret BIG -- true");
        let output = shell.args(["-c", &script]).output().unwrap();
        assert_eq!(output.status.code(), Some(126));
        let said = text(&output.stderr);
        assert!(said.contains("(secret \"BIG\")") && said.contains("128 KiB"), "{said}");
        assert!(!said.contains("mmm"));
    }
}

/// 200 random values, some of which Prefect would read otherwise: exactly those are refused.
#[test]
fn prefects_variables_give_back_what_was_handed_over() {
    let (home, child) = (Home::new(), Home::new());
    home.config(
        "[secrets]\nchain = ['plain']\n[secrets.providers.plain]\nprovider = 'env'\n\
         prefix = 'S_'\nverbatim = true\n",
    );
    let values = values::texts(200);
    let plain = values.iter().map(|(name, value)| (format!("S_{name}"), value));
    // What comes back from the variables, whatever we think of it.
    let read = |mut command: Command| -> BTreeMap<String, String> {
        let output = command.args(["export", "--format", "json", "--all"]).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let mut direct = child.command(PROGRAM);
    let handed = values.iter().map(|(name, value)| (format!("{PREFIX}{name}"), value));
    let back = read({
        direct.envs(handed);
        direct
    });
    let (same, different): (Vec<_>, Vec<_>) = values
        .iter()
        .partition(|(name, value)| back.get(name) == Some(value) && !value.starts_with('~'));
    assert!(same.len() > 50 && different.len() > 10, "{} and {}", same.len(), different.len());

    // `env` gives the child the home in which nothing is configured.
    let elsewhere = format!("HOME={}", child.path().display());
    let attempt = |names: &[&(String, String)], program: &[&str]| {
        let mut command = home.command(PROGRAM);
        command.envs(plain.clone()).args(["run", "--prefect", "--text-only"]);
        command.args(names.iter().flat_map(|(name, _)| ["--secret", name]));
        command.args(["--", "env", &elsewhere]).args(program).output().unwrap()
    };
    // The home is part of the rules, so what is read back there is what counts here.
    let output = attempt(&same, &[PROGRAM, "export", "--format", "json", "--all"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let read: BTreeMap<String, String> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(read.len(), same.len());
    assert!(same.iter().all(|(name, value)| read.get(name) == Some(value)));
    for (name, value) in same.iter().take(5) {
        assert!(attempt(&same, &[PROGRAM, "get", name]).stdout == value.as_bytes());
    }
    let output = attempt(&values.iter().collect::<Vec<_>>(), &["true"]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert_eq!(said.lines().count(), different.len());
    for (name, _) in different {
        assert!(said.contains(&format!("(secret \"{name}\")")), "{name} is not refused");
    }
}

#[test]
fn what_prefect_would_read_otherwise_is_refused_by_name_and_says_why() {
    let home = Home::new();
    home.config(
        "[context.secrets]\nDOLLAR = '$HOME'\nTILDE = '~/x'\nREFERENCE = '${backend}'\nA__B = 'v'\n\
         ZEROS = '0000'\nYES = 'TRUE'\nQUOTED = \"'42'\"\nFINE = 'pa$$word$NOPE'\n\n\
         [secrets.providers.toml]\nverbatim = true\n",
    );
    for (name, why, text_only) in [
        ("DOLLAR", "another text", false),
        ("TILDE", "another text", false),
        ("REFERENCE", "another text", false),
        ("A__B", "`__` in a name", false),
        ("ZEROS", "--text-only", true),
        ("YES", "--text-only", true),
        ("QUOTED", "--text-only", true),
    ] {
        let words =
            ["run", "--prefect", "--secret", name, "--secret", "FINE", "--", "echo", "started"];
        let output = run(&home, &words);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""), "{name}");
        let said = text(&output.stderr);
        assert!(said.contains(&format!("(secret {name:?})")) && said.contains(why), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        let words = ["run", "--prefect", "--text-only", "--secret", name, "--", "echo", "started"];
        let output = run(&home, &words);
        assert_eq!(output.status.code(), Some(if text_only { 0 } else { 1 }), "{name}");
        // As a plain variable all can be had.
        let plain = format!("{name}=PLAIN");
        let output = run(&home, &["run", "--prefect", "--secret", &plain, "--", "echo", "started"]);
        assert_eq!(text(&output.stdout), "started\n", "{name}: {}", text(&output.stderr));
    }
}

#[test]
fn a_setting_of_prefect_is_read_back_too() {
    let home = Home::new();
    home.config(
        "[context.secrets]\nDOLLAR = 'marker$HOME'\nZEROS = '0000'\nNUMBER = '1234'\nYES = 'True'\nKEY = 'pnu_aB$'\nNOBODY = '~nobody-here'\n\
         [secrets.providers.toml]\nverbatim = true\n",
    );
    for (name, is_read_right) in
        [("DOLLAR", false), ("ZEROS", false), ("NUMBER", true), ("YES", true), ("KEY", true)]
    {
        let secret = format!("{name}=PREFECT__CLOUD__API_KEY");
        let output = run(&home, &["run", "--secret", &secret, "--", "echo", "started"]);
        let said = text(&output.stderr);
        assert_eq!(text(&output.stdout) == "started\n", is_read_right, "{name}: {said}");
        assert_eq!(said.contains("PREFECT__CLOUD__API_KEY"), !is_read_right, "{name}: {said}");
        assert!(!said.contains("marker"));
    }
    // Nobody has that name today.
    for command in [
        &["run", "--secret", "NOBODY=PREFECT__CLOUD__API_KEY", "--", "true"][..],
        &["run", "--prefect", "--secret", "NOBODY", "--", "true"],
        &["export", "--format", "json", "NOBODY=PREFECT__CLOUD__API_KEY"],
    ] {
        assert_eq!(run(&home, command).status.code(), Some(1), "{command:?}");
    }
}

#[test]
fn every_problem_is_told_at_once() {
    let home = home();
    let words = [
        "run",
        "--prefect",
        "--secret",
        "NUL",
        "--secret",
        "a=b=ODD",
        "--secret",
        "X",
        "--",
        "true",
    ];
    let output = run(&home, &words);
    let said = text(&output.stderr);
    assert_eq!((output.status.code(), said.lines().count()), (Some(1), 2), "{said}");
    assert!(said.contains("(secret \"NUL\")") && said.contains("(secret \"X\")"), "{said}");
}

/// What is structured is the same again, in both views.
#[test]
fn a_table_comes_back_as_it_was() {
    let (home, child) = (Home::new(), Home::new());
    home.config("[context.secrets.T]\nz = 1.50\na = ['x', true, 100000000000000000000000001.0]\nb = {c = 'ü'}\n");
    let expected = run(&home, &["get", "--json", "T"]).stdout;
    assert!(text(&expected).starts_with("{\"a\":[\"x\""));
    let elsewhere = format!("HOME={}", child.path().display());
    for view in [&["get", "T"][..], &["get", "--json", "T"]] {
        let words = ["run", "--prefect", "--secret", "T", "--", "env", &elsewhere, PROGRAM];
        let output = run(&home, &[&words, view].concat());
        assert_eq!(text(&output.stdout), text(&expected), "{}", text(&output.stderr));
    }
}

/// Whatever the caller set of a secret is merged with what is handed over, as Prefect does it.
#[test]
fn what_the_caller_set_beside_it_counts() {
    let home = home();
    let words =
        ["run", "--prefect", "--secret", "a=b=PREFECT__CONTEXT__SECRETS__ODD", "--", "true"];
    let mut command = command(&home, &words);
    assert_eq!(command.output().unwrap().status.code(), Some(0));
    let output = command.env(format!("{PREFIX}ODD__MEMBER"), "m").output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("merges members"), "{}", text(&output.stderr));
}
