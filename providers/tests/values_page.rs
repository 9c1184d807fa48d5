//! Every row of the table in `docs/values.md` is true.
#![cfg(feature = "cloud")]

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use prefect_secrets_core::Deadline;
use prefect_secrets_providers::Opener;
use prefect_secrets_providers::local::Environment;
use prefect_secrets_stand_in::{Secrets, StandIn};
use prefect_secrets_testing::{Home, workspace};

/// What stands in backquotes in a cell.
fn spans(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// Text and JSON view of `X`, where it is found.
fn views(place: &str, wrote: &str) -> Option<(Vec<u8>, Option<String>)> {
    let home = Home::new();
    let config = home.config("");
    let mut variables: Vec<(OsString, OsString)> =
        vec![("FOO".into(), "bar".into()), ("HOME".into(), "/home/me".into())];
    let secret = |name: &str| OsString::from(format!("PREFECT__CONTEXT__SECRETS__{name}"));
    let mut cloud = None;
    match place {
        "variable" if wrote.starts_with("the byte") => {
            variables.push((secret("X"), OsString::from_vec(vec![0xff])));
        }
        "variable" => {
            for span in spans(wrote) {
                let (name, value) = span.split_once('=').expect("NAME=VALUE");
                variables.push((secret(name), value.into()));
            }
        }
        "TOML" => {
            home.config(&format!("[context.secrets]\n{}\n", spans(wrote).join("\n")));
        }
        "Cloud" => {
            let started = StandIn::start(Secrets::new().with("X", spans(wrote)[0])).unwrap();
            variables.push(("PREFECT__CLOUD__API".into(), started.address().into()));
            cloud = Some(started);
        }
        other => panic!("nobody keeps secrets in {other}"),
    }
    let environment = Environment::of(variables.into_iter(), None, false);
    let chain = Opener::new().environment(environment).config_path(config).open().unwrap();
    let secret = chain.get("X", &Deadline::default()).unwrap();
    drop(cloud);
    let secret = secret?;
    Some((secret.expose_text().to_vec(), secret.expose_json().ok().map(str::to_owned)))
}

#[test]
fn the_table_of_values_is_true() {
    let page = std::fs::read_to_string(workspace().join("docs/values.md")).unwrap();
    let rows = page.lines().skip_while(|line| !line.starts_with("| where")).skip(2);
    let rows: Vec<_> = rows.take_while(|line| line.starts_with('|')).collect();
    assert!(rows.len() > 40, "the table is there");
    for row in rows {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [place, wrote, text, json] = cells[..] else { panic!("four cells: {row}") };
        let wanted = match text {
            "*absent*" => None,
            "*empty*" => Some(Vec::new()),
            "the byte" => Some(vec![0xff]),
            text => Some(spans(text)[0].as_bytes().to_vec()),
        };
        let wanted = wanted.map(|text| (text, spans(json).first().map(|json| (*json).to_owned())));
        assert_eq!(views(place, wrote), wanted, "{row}");
    }
}
