//! What hands secrets over to others: to a program that is started, or to a file of theirs.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};

use super::within::Within;

/// Runs a program with secrets in its environment, and nowhere else.
///
/// The program takes the place of this one: signals reach it, and its exit code is the one that the
/// caller sees. If a secret cannot be had nothing is started.
#[derive(Args)]
#[command(
    group = ArgGroup::new("who").args(["secrets", "all"]).required(true).multiple(true),
    after_help = "Examples:\n  \
    prefect-secrets run --secret DB_PASSWORD -- ./server --port 8080\n  \
    prefect-secrets run --secret DB_PASSWORD=PGPASSWORD -- psql -h db\n  \
    prefect-secrets run --all --prefect -- python flow.py\n\n\
    Exit codes: those of the program, and before it runs, 3 a secret was not found, 2 wrong usage, 1 any failure, \
    126 the program cannot be run, 127 there is no such program."
)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) handover: Handover,
    /// The program and its arguments.
    #[arg(last = true, required = true, value_name = "CMD")]
    pub(crate) command: Vec<OsString>,
}

/// Prints secrets in a form that other programs read.
///
/// A file of variables, JSON, a manifest. What the form cannot hold exactly is refused by name, and then
/// nothing is written. On a terminal it asks first.
#[derive(Args)]
#[command(
    group = ArgGroup::new("who").args(["names", "secrets", "all"]).required(true).multiple(true),
    after_help = "Examples:\n  \
    prefect-secrets export --format dotenv --output .env DB_PASSWORD API_KEY=TOKEN\n  \
    eval \"$(prefect-secrets export --format shell DB_PASSWORD)\"\n  \
    prefect-secrets export --format json --all | jq -r .DB_PASSWORD\n  \
    prefect-secrets export --format docker-env --output secrets.env DB_PASSWORD\n  \
    prefect-secrets export --format k8s --name app DB_PASSWORD | kubectl apply -f -"
)]
pub(crate) struct Export {
    /// The form: what reads it.
    #[arg(long, value_enum)]
    pub(crate) format: Format,
    /// The secrets, and the variables that they become; VAR unsaid is NAME.
    #[arg(value_name = "NAME[=VAR]", value_parser = Asked::parse)]
    pub(crate) names: Vec<Asked>,
    #[command(flatten)]
    pub(crate) handover: Handover,
    /// Write to this file instead: readable by its owner only, and complete or not at all.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Do not ask before values are shown on a terminal.
    #[arg(long)]
    pub(crate) yes: bool,
    /// What the manifest of `k8s` is called. Unsaid, prefect-secrets.
    #[arg(long, value_name = "K8S_NAME", value_parser = kubernetes_name)]
    pub(crate) name: Option<String>,
}

/// What reads what is exported.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A .env file, for python-dotenv and so for Prefect 3; mostly for sh and Node as well.
    Dotenv,
    /// One JSON object: a text by each name.
    Json,
    /// `export NAME='...'` for any POSIX shell.
    Shell,
    /// A file for `docker run --env-file`, or a line each for `prefect agent docker start --env`:
    /// the variables are called PREFECT__CONTEXT__SECRETS__NAME.
    DockerEnv,
    /// A Secret of Kubernetes, for `kubectl apply -f -`.
    K8s,
}

/// Which secrets are handed over, and how.
#[derive(Args)]
pub(crate) struct Handover {
    /// Hand over this secret, as the variable VAR; VAR unsaid is NAME. Can be said again.
    #[arg(long = "secret", value_name = "NAME[=VAR]", value_parser = Asked::parse)]
    pub(crate) secrets: Vec<Asked>,
    /// Hand over every secret that `list` shows.
    #[arg(long)]
    pub(crate) all: bool,
    /// Call each variable for which no VAR is said PREFECT__CONTEXT__SECRETS__NAME, where Prefect 1
    /// and this program look; what they would read otherwise is refused.
    #[arg(long)]
    pub(crate) prefect: bool,
    /// Of such variables the text alone has to be read back as it is, not its JSON view: the text
    /// 0000 is the number 0 for Prefect.
    #[arg(long)]
    pub(crate) text_only: bool,
    #[command(flatten)]
    pub(crate) within: Within,
}

/// A secret, and the variable that it is to become.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) name: String,
    pub(crate) variable: Option<String>,
}

impl Asked {
    /// Split at the last `=`: a name may hold one, and a variable cannot.
    fn parse(text: &str) -> Result<Self, String> {
        match text.rsplit_once('=') {
            None => Ok(Self { name: text.into(), variable: None }),
            Some((_, "")) => Err("no variable behind the last `=`".into()),
            Some((name, variable)) => {
                Ok(Self { name: name.into(), variable: Some(variable.into()) })
            }
        }
    }
}

/// A subdomain as in RFC 1123, which Kubernetes wants the names of its objects to be.
fn kubernetes_name(text: &str) -> Result<String, String> {
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    let label = |label: &str| {
        let bytes = label.as_bytes();
        bytes.first().copied().is_some_and(plain)
            && bytes.last().copied().is_some_and(plain)
            && bytes.iter().all(|c| plain(*c) || *c == b'-')
    };
    match text.len() <= 253 && text.split('.').all(label) {
        true => Ok(text.into()),
        false => Err("Kubernetes wants lower case letters, digits, - and . (RFC 1123)".into()),
    }
}
