//! Which Cloud the local configuration means, and whether it is to be asked.

use std::time::Duration;

use prefect_secrets_core::Error;

use super::dialect::Dialect;
use super::graphql::{self, GraphQl};
use super::rest::{self, Mentioned, Rest, Sources};
use crate::local::{Setting, Snapshot};

/// What the local configuration says of the Cloud.
pub(super) enum Configured {
    /// It is to be asked in this dialect, for this reason.
    Ready(Box<dyn Dialect>, String),
    /// It is not to be asked, for this reason.
    Skipped(String),
}

/// The same, before there is anything that asks.
pub(super) enum Chosen {
    /// A Prefect 1 Cloud, for this reason.
    GraphQl(graphql::Settings, String),
    /// A Prefect 3 API, for this reason.
    Rest(rest::Settings, String),
    /// None, for this reason.
    Nobody(String),
}

const DIALECT: &str = "secrets.providers.cloud.dialect";
const MAP_NAMES: &str = "secrets.providers.cloud.map_names";
const RETRY_WAITS: &str = "secrets.providers.cloud.retry_waits_ms";

impl Configured {
    /// *Invalid* if a setting is wrong; the error names it, and where it was set.
    pub(super) fn read(snapshot: &Snapshot) -> Result<Self, Error> {
        let (dialect, why): (Box<dyn Dialect>, _) = match Chosen::read(snapshot)? {
            Chosen::GraphQl(settings, why) => (Box::new(GraphQl::new(settings)), why),
            Chosen::Rest(settings, why) => (Box::new(Rest::new(settings)), why),
            Chosen::Nobody(why) => return Ok(Self::Skipped(why)),
        };
        let why = format!("{}, {why}", dialect.called());
        Ok(Self::Ready(dialect, why))
    }
}

impl Chosen {
    /// Prefect 3's settings win over those of Prefect 1; `dialect` decides otherwise. *Invalid* if
    /// a setting is wrong; the error names it, and where it was set.
    pub(super) fn read(snapshot: &Snapshot) -> Result<Self, Error> {
        let said = snapshot.setting(DIALECT);
        let place = |set: &Setting<'_>| format!("{DIALECT} says so ({})", set.origin);
        match &said {
            None => Self::unsaid(snapshot),
            Some(set) if set.text == b"graphql" => Self::graphql(snapshot, Some(&place(set))),
            Some(set) if set.text == b"rest" => {
                Self::rest(snapshot, &Sources::of(snapshot)?, Some(&place(set)))
            }
            Some(set) => Err(Error::invalid(
                format!("{DIALECT} ({}) is not \"rest\" or \"graphql\"", set.origin),
                "write \"rest\" for Prefect 3, \"graphql\" for Prefect 1, or remove it",
            )),
        }
    }

    fn unsaid(snapshot: &Snapshot) -> Result<Self, Error> {
        let sources = Sources::of(snapshot)?;
        match sources.mentioned() {
            Mentioned::Nothing => Self::graphql(snapshot, None),
            // A credential without an address is a failure only if nobody else is to be asked.
            Mentioned::Credential => match Self::graphql(snapshot, None)? {
                Self::Nobody(_) => Self::rest(snapshot, &sources, None),
                chosen => Ok(chosen),
            },
            Mentioned::Address => {
                let mut chosen = Self::rest(snapshot, &sources, None)?;
                if let Self::Rest(_, why) = &mut chosen
                    && let Ok(graphql::Configured::Ready(_, place)) =
                        graphql::Configured::read(snapshot)
                {
                    *why += &format!("; Prefect 1 is left aside, though {place} is set");
                }
                Ok(chosen)
            }
        }
    }

    fn graphql(snapshot: &Snapshot, said: Option<&str>) -> Result<Self, Error> {
        Ok(match graphql::Configured::read(snapshot)? {
            graphql::Configured::Ready(settings, place) => {
                Self::GraphQl(settings, why("GraphQL", said, &place))
            }
            graphql::Configured::Skipped(why) => Self::Nobody(why),
        })
    }

    fn rest(snapshot: &Snapshot, sources: &Sources<'_>, said: Option<&str>) -> Result<Self, Error> {
        let rest::Configured { mut settings, place, warning } = rest::Configured::read(sources)?;
        if let Some(waits) = retry_waits(snapshot)? {
            settings.retry_waits = waits;
        }
        if let Some(set) = snapshot.setting(MAP_NAMES) {
            settings.map_names = yes_or_no(&set)?;
        }
        let mut why = why("REST", said, &place);
        if let Some(warning) = warning {
            why += &format!("; {warning}");
        }
        Ok(Self::Rest(settings, why))
    }
}

/// For explain: in which dialect it is asked, and why.
fn why(dialect: &str, said: Option<&str>, place: &str) -> String {
    match said {
        Some(said) => format!("in {dialect} because {said}"),
        None => format!("in {dialect} because {place} is set"),
    }
}

/// The waits before another try, where they are set.
pub(super) fn retry_waits(snapshot: &Snapshot) -> Result<Option<Vec<Duration>>, Error> {
    let Some(set) = snapshot.setting(RETRY_WAITS) else { return Ok(None) };
    let said: Result<Vec<u64>, _> = serde_json::from_slice(set.text);
    let waits = said.map_err(|_| {
        Error::invalid(
            format!("{RETRY_WAITS} ({}) is no list of milliseconds", set.origin),
            "write a list of whole numbers, [0, 2000, 4000] say",
        )
    })?;
    Ok(Some(waits.into_iter().map(Duration::from_millis).collect()))
}

/// A number of seconds. `place` names the setting, and where it was set.
pub(super) fn seconds(text: &[u8], place: &str) -> Result<Duration, Error> {
    let said = std::str::from_utf8(text).ok().and_then(|text| text.trim().parse().ok());
    let timeout = said.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    timeout.filter(|timeout| !timeout.is_zero()).ok_or_else(|| {
        Error::invalid(format!("{place} is no number of seconds above 0"), "write a number, 15 say")
    })
}

fn yes_or_no(set: &Setting<'_>) -> Result<bool, Error> {
    match set.text {
        b"true" => Ok(true),
        b"false" => Ok(false),
        _ => Err(Error::invalid(
            format!("{MAP_NAMES} ({}) is not true or false", set.origin),
            "mend that setting",
        )),
    }
}
