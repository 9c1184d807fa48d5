//! Recorded situations of Prefect 1.4.1, and whether an outcome is the recorded one.
//!
//! The recordings themselves lie in `providers/tests/parity`, with a page about their shape.

use std::fmt;
use std::path::PathBuf;

use prefect_secrets_core::value::{self, Object};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::{Home, workspace};

/// The lines of one recorded set.
///
/// # Panics
/// If it is not there.
pub fn lines(set: &str) -> Vec<String> {
    let path = workspace().join("providers/tests/parity").join(set);
    let text = std::fs::read_to_string(&path).expect("the recordings are in the project");
    text.lines().map(str::to_owned).collect()
}

/// Names and texts in the order of the recording.
#[derive(Clone, Debug, Default)]
pub struct Pairs(pub Vec<(String, String)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Vec<(String, String)>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of strings")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(pairs)
            }
        }
        deserializer.deserialize_map(Read).map(Self)
    }
}

/// One whole situation, and what came of it.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// The situation.
    pub case: Case,
    /// What came of it.
    pub expected: Expected,
}

/// One whole situation.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What a failing line is called.
    pub id: String,
    /// Cases of one kind share it.
    pub group: String,
    /// What it is about.
    pub desc: String,
    /// The environment, in its order.
    #[serde(default)]
    pub env: Pairs,
    config_toml: Option<String>,
    backend_toml: Option<String>,
    auth_toml: Option<String>,
    #[serde(default)]
    files: Pairs,
    /// `get` or `exists`.
    pub op: String,
    /// The secret that is asked for.
    pub name: String,
    /// What the server does, as JSON; `None` if there is no server.
    pub cloud: Option<Box<RawValue>>,
}

/// What came of a situation.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    outcome: String,
    // Without `present` a null would read as no member at all.
    #[serde(default, deserialize_with = "present")]
    value: Option<Box<RawValue>>,
    requests: Option<Vec<Sent>>,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::deserialize(deserializer).map(Some)
}

/// A request, as recorded or as it arrived.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// The method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The body.
    pub body: String,
    /// The headers that count, and no others of their names.
    pub headers: Vec<(String, String)>,
}

/// The headers that a recording looks at.
const HEADERS: [&str; 3] = ["Authorization", "Content-Type", "X-PREFECT-TENANT-ID"];

/// What the marks in a recording stand for.
pub struct Place {
    /// The server's address, if there is one.
    pub api: String,
    /// The home directory.
    pub home: PathBuf,
}

impl Place {
    /// `text` with what its marks stand for.
    pub fn filled(&self, text: &str) -> String {
        let host_port = self.api.trim_start_matches("http://");
        let (host, port) = host_port.split_once(':').unwrap_or((host_port, ""));
        text.replace("{{API}}", &self.api)
            .replace("{{HOST}}", host)
            .replace("{{PORT}}", port)
            .replace("{{SLUG}}", &host_port.replace(':', "-"))
            // A port that only the superuser could listen on, and nobody does.
            .replace("{{DEAD}}", "http://127.0.0.1:1")
            .replace("{{HOME}}", &self.home.to_string_lossy())
    }
}

impl Case {
    /// Writes the files of this case.
    pub fn write(&self, home: &Home, place: &Place) {
        let named = [
            (".prefect/config.toml", &self.config_toml),
            (".prefect/backend.toml", &self.backend_toml),
            (".prefect/auth.toml", &self.auth_toml),
        ];
        for (file, text) in named {
            if let Some(text) = text {
                home.write(file, place.filled(text));
            }
        }
        for (file, text) in &self.files.0 {
            home.write(file, place.filled(text));
        }
    }

    /// What the server does, without the pauses that the recording did not make either.
    pub fn behaviour(&self, place: &Place) -> Option<String> {
        let text = place.filled(self.cloud.as_ref()?.get());
        Some(text.replace("\"Retry-After\": \"7\"", "\"Retry-After\": \"0\""))
    }

    /// The environment, with a short schedule for another try.
    pub fn environment(&self, place: &Place) -> Vec<(String, String)> {
        let mut pairs = self.env.0.clone();
        pairs.iter_mut().for_each(|(_, value)| *value = place.filled(value));
        if !pairs.iter().any(|(name, _)| name == "HOME") {
            pairs.push(("HOME".into(), place.home.to_string_lossy().into_owned()));
        }
        let waits = "PREFECT__SECRETS__PROVIDERS__CLOUD__RETRY_WAITS_MS";
        pairs.push((waits.into(), "[0, 1, 1, 1, 1, 1]".into()));
        pairs
    }
}

/// What an implementation made of a situation.
pub enum Outcome {
    /// The JSON view of the value.
    Found(String),
    /// There is no such secret.
    NotFound,
    /// Whether there is one.
    Answer(bool),
    /// Any failure.
    Failed(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Found(json) => write!(f, "found {json}"),
            Self::NotFound => f.write_str("not found"),
            Self::Answer(yes) => write!(f, "the answer {yes}"),
            Self::Failed(why) => write!(f, "the failure {why}"),
        }
    }
}

impl Expected {
    /// What is wrong with `outcome` and the requests that were made; `None` if nothing is.
    pub fn complaint(&self, outcome: &Outcome, sent: &[Sent], place: &Place) -> Option<String> {
        let value = self.value.as_ref().map_or_else(String::new, |v| place.filled(v.get()));
        let right = match (self.outcome.as_str(), outcome) {
            ("found", Outcome::Found(json)) => same(&value, json),
            ("not_found", Outcome::NotFound) | ("error", Outcome::Failed(_)) => true,
            ("answer", Outcome::Answer(yes)) => value == yes.to_string(),
            _ => false,
        };
        if !right {
            return Some(format!("wanted {} {value}, came {outcome}", self.outcome));
        }
        let first = self.requests.as_ref()?;
        match (first.first(), sent.first()) {
            (None, None) => None,
            (Some(wanted), Some(came)) if wanted.canonical() == came.canonical() => None,
            (wanted, came) => Some(format!("wanted the request {wanted:?}, came {came:?}")),
        }
    }
}

impl Sent {
    /// What counts of a request: the body parsed, its query without white space, its variables
    /// parsed once more.
    fn canonical(&self) -> (String, String, String, Vec<(String, String)>) {
        #[derive(serde::Deserialize)]
        struct Body {
            query: String,
            variables: String,
        }
        let body = match serde_json::from_str::<Body>(&self.body) {
            Ok(body) => {
                let query: String = body.query.split_whitespace().collect();
                format!("{query} {}", canonical(&body.variables))
            }
            Err(_) => self.body.clone(),
        };
        let names = HEADERS.iter().filter_map(|name| {
            let mut headers = self.headers.iter();
            let (_, value) = headers.find(|(found, _)| found.eq_ignore_ascii_case(name))?;
            Some(((*name).to_owned(), value.trim_end().to_owned()))
        });
        (self.method.clone(), self.path.clone(), body, names.collect())
    }
}

/// Whether two JSON documents say the same to Python: members in any order, numbers by type and
/// value.
pub fn same(wanted: &str, came: &str) -> bool {
    canonical(wanted) == canonical(came)
}

fn canonical(json: &str) -> String {
    match value::json(json) {
        Some(value) if serde_json::from_str::<serde::de::IgnoredAny>(json).is_ok() => write(&value),
        _ => format!("no JSON: {json}"),
    }
}

fn write(value: &Object) -> String {
    let all = |items: &[Object]| items.iter().map(write).collect::<Vec<_>>().join(",");
    match value {
        Object::None => "null".into(),
        Object::Bool(yes) => yes.to_string(),
        Object::Int(digits) => digits.to_string(),
        Object::Float(digits) => format!("{:?}", digits.parse::<f64>()),
        Object::Str(text) => format!("{:?}", text.as_str()),
        Object::List(items) => format!("[{}]", all(items)),
        Object::Dict(members) => {
            let pair = |(key, value): &(Object, Object)| format!("{}:{}", write(key), write(value));
            let mut members: Vec<_> = members.iter().map(pair).collect();
            members.sort();
            format!("{{{}}}", members.join(","))
        }
        _ => "no JSON".into(),
    }
}

/// Runs `check` on every line, on a few threads, and fails with what it complains of.
///
/// # Panics
/// If it complains of any line.
pub fn check_all(lines: &[String], threads: usize, check: impl Fn(&str) -> Option<String> + Sync) {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || {
        let mut complaints = Vec::new();
        while let Some(line) = lines.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
            complaints.extend(check(line));
        }
        complaints
    };
    let complaints: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("it ends")).collect()
    });
    assert!(!lines.is_empty(), "there are recordings");
    assert!(
        complaints.is_empty(),
        "{} of {} differ:\n{}",
        complaints.len(),
        lines.len(),
        complaints.join("\n")
    );
}
