//! `config show`.

use prefect_secrets_core::Error;
use prefect_secrets_providers::local::{Local, Node, Snapshot};
use serde_json::json;

use super::harmless;
use super::secrets::held;
use super::table::{self, Row, dotted};
use super::written::Written;
use crate::arguments::ConfigShow;
use crate::cloud::{InForce, in_force};
use crate::exit::Exit;
use crate::output::print;
use crate::style::Colours;

/// What the table of Prefect 3's settings is called: they have none of their own.
pub(super) const PREFECT_3: &str = "Prefect 3";

pub(super) fn run(show: &ConfigShow) -> Result<Exit, Error> {
    let snapshot = Local::load(None)?.snapshot();
    let mut written = Written::default();
    let mut settings = Vec::new();
    collect(snapshot.settings(), &mut Vec::new(), &mut written, &mut settings);
    let secrets = held(&snapshot, &mut written);
    let ((profile, prefect_3), fault) = match prefect_3(&snapshot) {
        Ok(said) => (said, None),
        Err(error) => ((None, Vec::new()), Some(error)),
    };
    let text = if show.json {
        let secrets: Vec<_> = secrets
            .iter()
            .map(
                |held| json!({ "name": held.name, "provider": held.provider, "place": held.place }),
            )
            .collect();
        let all = json!({
            "version": 1,
            "settings": settings.iter().map(as_json).collect::<Vec<_>>(),
            "secrets": secrets,
            "prefect_3": {
                "profile": profile,
                "settings": prefect_3.iter().map(as_json).collect::<Vec<_>>(),
            },
        });
        all.to_string() + "\n"
    } else {
        let secrets = secrets.into_iter().map(|held| Row {
            path: ["context", "secrets", &held.name].map(String::from).to_vec(),
            value: None,
            place: held.place,
        });
        settings.extend(secrets);
        // As in a file: what stands in a table comes behind its parents' own settings.
        settings.sort_by(|one, other| table::order(one).cmp(&table::order(other)));
        settings.extend(profile.map(|profile| Row {
            path: vec![PREFECT_3.into(), "active".into()],
            value: Some(profile),
            place: String::new(),
        }));
        settings.extend(prefect_3);
        table::of(&settings, Colours::of_stdout())
    };
    print(&text)?;
    match fault {
        // What is there was shown; that there is more is a failure.
        Some(error) => Err(error),
        None => Ok(Exit::Found),
    }
}

/// Every setting in `node`, which stands at `path`.
fn collect(node: &Node, path: &mut Vec<String>, written: &mut Written, rows: &mut Vec<Row>) {
    if let Some((value, origin)) = node.leaf() {
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        let shown = harmless::setting(&names, value).filter(|_| written.is_plain(&names, origin));
        rows.push(Row { path: path.clone(), value: shown, place: origin.to_string() });
    }
    for (name, member) in node.members().into_iter().flat_map(|members| members.sorted()) {
        path.push(name.into());
        collect(member, path, written, rows);
        path.pop();
    }
}

/// The active profile of Prefect 3, and its settings that are in force.
type Prefect3 = (Option<String>, Vec<Row>);

fn prefect_3(snapshot: &Snapshot) -> Result<Prefect3, Error> {
    let mut rows = Vec::new();
    let profile = in_force(snapshot, &mut |set: &InForce<'_>| {
        let value = set.value.and_then(|value| harmless::setting_of_prefect_3(&set.name, value));
        let path = vec![PREFECT_3.to_owned(), set.name.clone()];
        rows.push(Row { path, value, place: set.place.clone() });
    })?;
    Ok((profile, rows))
}

fn as_json(row: &Row) -> serde_json::Value {
    let path = row.path.strip_prefix(&[PREFECT_3.to_owned()]).unwrap_or(&row.path);
    json!({
        "name": dotted(path), "path": path, "value": row.value, "hidden": row.value.is_none(),
        "place": row.place,
    })
}
