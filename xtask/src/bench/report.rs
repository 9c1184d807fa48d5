//! Everything that was measured. `benches/results.json` holds it; the page and the pictures are
//! made from it.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use prefect_secrets_testing::workspace;
use serde::{Deserialize, Serialize};

use super::curve::Curve;
use super::machine::Machine;
use super::row::Row;
use super::{markdown, picture};
use crate::Outcome;

/// The run that the page tells of.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Report {
    /// Ours against floors.
    pub(crate) floors: Option<Run>,
}

/// What was measured on one machine, one after the other.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) machine: Machine,
    pub(crate) questions: Vec<Question>,
    pub(crate) curves: Vec<Curve>,
}

/// A table of paths and floors.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Question {
    /// Ends in a question mark.
    pub(crate) title: String,
    /// How it is measured: what a reader has to know to believe it.
    pub(crate) method: String,
    pub(crate) rows: Vec<Row>,
}

impl Report {
    /// The one that is there, so that a run can take the place of one of its kind.
    pub(crate) fn read() -> Outcome<Self> {
        let path = folder().join("results.json");
        match fs::read(&path) {
            Ok(json) => serde_json::from_slice(&json)
                .map_err(|error| format!("{}: {error}; remove it, and run again", path.display())),
            Err(_) => Ok(Self::default()),
        }
    }

    /// Writes the results, the pictures and the page.
    pub(crate) fn write(&mut self) -> Outcome {
        let remarks = remarks()?;
        if let Some(run) = &mut self.floors {
            for row in run.questions.iter_mut().flat_map(|question| &mut question.rows) {
                row.remark = remarks.get(&row.key).cloned();
            }
        }
        let json = serde_json::to_string_pretty(self).map_err(|error| error.to_string())?;
        put("results.json", &(json + "\n"))?;
        for (name, svg) in picture::all(self)? {
            put(&format!("pictures/{name}.svg"), &svg)?;
        }
        put("RESULTS.md", &markdown::page(self))
    }
}

/// What `benches/remarks.toml` says of rows: where the time goes.
fn remarks() -> Outcome<BTreeMap<String, String>> {
    let path = folder().join("remarks.toml");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

fn folder() -> PathBuf {
    workspace().join("benches")
}

/// Writes a file in `benches`.
pub(crate) fn put(name: &str, text: &str) -> Outcome {
    let path = folder().join(name);
    let parent = path.parent().unwrap_or(&path);
    fs::create_dir_all(parent)
        .and_then(|()| fs::write(&path, text))
        .map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use crate::bench::fixture;

    #[test]
    fn what_is_written_as_json_is_read_again() {
        let json = serde_json::to_string(&fixture::report()).unwrap();
        let again: super::Report = serde_json::from_str(&json).unwrap();
        assert_eq!(serde_json::to_string(&again).unwrap(), json);
    }
}
