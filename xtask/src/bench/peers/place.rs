//! Where the secrets are, and who gets them from there.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use prefect_secrets_testing::Prefect3;

use super::secrets;
use super::set_up::Installed;
use super::stand_in::StandIn;
use super::subject::Launch;
use crate::Outcome;

/// A place that all of them know, each in its way.
pub(super) enum Place {
    /// Variables.
    Environment,
    /// A file: `config.toml` for ours and Prefect 1, a dotenv file for the others.
    File,
    /// A real server of Prefect 3.
    Prefect3(Outcome<Prefect3>),
    /// An answerer on loopback: of Prefect Cloud 1; of Vault for SecretSpec, which knows no Prefect.
    Loopback { vault: SocketAddr },
}

/// How ours is used: the word that `ours.c` is told, and what a reader is.
pub(super) const WAYS: [(&str, &str); 2] = [("open", "kept open"), ("anew", "opened anew")];

/// Somebody, and how the program is started that gets the secrets in that way.
pub(super) type Contestant = (&'static str, Outcome<Launch>);

/// Everybody at a place.
pub(super) struct Field {
    /// One for each of [`WAYS`].
    pub(super) ours: Vec<Launch>,
    pub(super) others: Vec<Contestant>,
    /// The server that they ask, and nobody else.
    pub(super) _server: Option<StandIn>,
}

/// The one that is compared with in short.
pub(super) const SECRETSPEC: &str = "SecretSpec (C)";
pub(super) const SECRETSPEC_SILENT: &str = "SecretSpec (C), its audit log off";
const SECRETSPEC_PYTHON: &str = "SecretSpec (Python)";
const SECRETSPEC_VAULT: &str = "SecretSpec (C), from Vault, audit log off";
pub(super) const PREFECT1: &str = "Prefect 1 (Python)";
const PREFECT3_PLAIN: &str = "Prefect 3 (Python), one after the other";
const PREFECT3_TOGETHER: &str = "Prefect 3 (Python), one client, 8 at a time";
const PYDANTIC: &str = "pydantic-settings (Python)";
const BY_HAND: &str = "no library: getenv, copy, wipe (C)";

type Variables = Vec<(String, String)>;

impl Place {
    /// For programs.
    pub(super) fn key(&self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::File => "file",
            Self::Prefect3(_) => "prefect3",
            Self::Loopback { .. } => "loopback",
        }
    }

    /// For a person.
    pub(super) fn called(&self) -> &'static str {
        match self {
            Self::Environment => "the environment",
            Self::File => "a file",
            Self::Prefect3(_) => "a Prefect 3 server",
            Self::Loopback { .. } => "a Cloud on loopback",
        }
    }

    /// Whether no network is involved.
    pub(super) fn is_local(&self) -> bool {
        matches!(self, Self::Environment | Self::File)
    }

    /// Everybody who gets `count` secrets from here; `mode` is `serve` or `once`. Fails if the
    /// place is not to be had.
    pub(super) fn field(&self, installed: &Installed, mode: &str, count: usize) -> Outcome<Field> {
        let field = Maker { installed, mode, count };
        match self {
            Self::Environment => Ok(field.environment()),
            Self::File => Ok(field.file()),
            Self::Prefect3(server) => Ok(field.prefect3(server.as_ref().map_err(Clone::clone)?)),
            Self::Loopback { vault } => field.loopback(*vault),
        }
    }
}

struct Maker<'a> {
    installed: &'a Installed,
    mode: &'a str,
    count: usize,
}

impl Maker<'_> {
    fn environment(&self) -> Field {
        let bare: Variables = secrets::first(self.count).collect();
        let prefixed: Variables = secrets::first(self.count)
            .map(|(name, value)| (format!("PREFECT__CONTEXT__SECRETS__{name}"), value))
            .collect();
        let by_hand = self.program(&self.installed.by_hand).with(&bare);
        let secretspec = || self.secretspec("env://").map(|launch| launch.with(&bare));
        let python = self.secretspec_in_python("env://");
        let prefect1 = self.script(&self.installed.prefect1, "by_prefect1.py");
        let pydantic = self.script(&self.installed.pydantic, "by_pydantic.py");
        Field {
            ours: self.ours(|launch| launch.with(&prefixed)),
            others: vec![
                (BY_HAND, Ok(by_hand)),
                (SECRETSPEC, secretspec()),
                (SECRETSPEC_SILENT, secretspec().map(silent)),
                (SECRETSPEC_PYTHON, python.map(|launch| launch.with(&bare))),
                (PREFECT1, prefect1.map(|launch| launch.with(&prefixed))),
                (PYDANTIC, pydantic.map(|launch| launch.with(&bare))),
            ],
            _server: None,
        }
    }

    fn file(&self) -> Field {
        let toml = |launch: Launch| launch.keeps(".prefect/config.toml", secrets::toml(self.count));
        let dotenv = |launch: Launch| launch.keeps("secrets.env", secrets::dotenv(self.count));
        let secretspec = || self.secretspec("dotenv://secrets.env").map(dotenv);
        let python = self.secretspec_in_python("dotenv://secrets.env");
        let prefect1 = self.script(&self.installed.prefect1, "by_prefect1.py");
        let pydantic = self.script(&self.installed.pydantic, "by_pydantic.py");
        Field {
            ours: self.ours(toml),
            others: vec![
                (SECRETSPEC, secretspec()),
                (SECRETSPEC_SILENT, secretspec().map(silent)),
                (SECRETSPEC_PYTHON, python.map(dotenv)),
                (PREFECT1, prefect1.map(toml)),
                (PYDANTIC, pydantic.map(|launch| dotenv(launch).told(&["secrets.env"]))),
            ],
            _server: None,
        }
    }

    fn prefect3(&self, server: &Prefect3) -> Field {
        let address: Variables =
            server.variables().into_iter().map(|(name, value)| (name.into(), value)).collect();
        let quiet = variables(&[
            ("DO_NOT_TRACK", "1"),
            ("PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY", "false"),
            ("PREFECT_LOGGING_LEVEL", "ERROR"),
        ]);
        let python = |way| {
            let script = self.script(&self.installed.prefect3, "by_prefect3.py");
            script.map(|launch| launch.told(&[way]).with(&address).with(&quiet))
        };
        Field {
            ours: self.ours(|launch| launch.with(&address)),
            others: vec![
                (PREFECT3_PLAIN, python("plain")),
                (PREFECT3_TOGETHER, python("together")),
            ],
            _server: None,
        }
    }

    fn loopback(&self, vault: SocketAddr) -> Outcome<Field> {
        let server = StandIn::start(&self.installed.ours.stand_in, self.count)?;
        let cloud = variables(&[
            ("PREFECT__CLOUD__API", &server.address),
            ("PREFECT__CLOUD__API_KEY", StandIn::KEY),
        ]);
        let python = variables(&[
            ("PREFECT__BACKEND", "cloud"),
            ("PREFECT__CLOUD__USE_LOCAL_SECRETS", "false"),
        ]);
        let prefect1 = self.script(&self.installed.prefect1, "by_prefect1.py");
        let secretspec = self.secretspec(&format!("vault://{vault}/secret?tls=false"));
        let token = variables(&[("VAULT_TOKEN", "token-of-the-bench")]);
        Ok(Field {
            ours: self.ours(|launch| launch.with(&cloud)),
            others: vec![
                (PREFECT1, prefect1.map(|launch| launch.with(&cloud).with(&python))),
                (SECRETSPEC_VAULT, secretspec.map(|launch| silent(launch).with(&token))),
            ],
            _server: Some(server),
        })
    }

    fn ours(&self, equip: impl Fn(Launch) -> Launch) -> Vec<Launch> {
        let program = &self.installed.ours.program;
        WAYS.map(|(way, _)| equip(self.program(program).told(&[way]))).into()
    }

    fn secretspec(&self, provider: &str) -> Outcome<Launch> {
        let program = &self.installed.secretspec.as_ref().map_err(Clone::clone)?.program;
        Ok(self.told_manifest(self.program(program), provider))
    }

    fn secretspec_in_python(&self, provider: &str) -> Outcome<Launch> {
        let launch = self.script(&self.installed.secretspec_python, "by_secretspec.py")?;
        Ok(self.told_manifest(launch, provider))
    }

    fn told_manifest(&self, launch: Launch, provider: &str) -> Launch {
        let launch = launch.keeps("secretspec.toml", secrets::manifest(self.count));
        launch.told(&["secretspec.toml", provider])
    }

    fn program(&self, program: &Path) -> Launch {
        Launch::new(program).told(&[self.mode, &self.count.to_string()])
    }

    fn script(&self, python: &Outcome<PathBuf>, script: &str) -> Outcome<Launch> {
        let script = self.installed.scripts.join(script).display().to_string();
        let launch = Launch::new(python.as_ref().map_err(Clone::clone)?);
        Ok(launch.told(&[&script, self.mode, &self.count.to_string()]))
    }
}

/// SecretSpec without its log of who asked for what, which it writes at each call.
pub(super) fn silent(launch: Launch) -> Launch {
    launch.keeps(".config/secretspec/config.toml", "[audit]\nenabled = false\n")
}

fn variables(list: &[(&str, &str)]) -> Variables {
    list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
