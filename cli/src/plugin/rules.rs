//! `plugin rules`.

use prefect_secrets_conformance as conformance;
use prefect_secrets_core::Error;
use serde_json::json;

use crate::arguments::PluginRules;
use crate::exit::Exit;
use crate::output::print;

pub(crate) fn run(rules: &PluginRules) -> Result<Exit, Error> {
    let all = conformance::all();
    let text = if rules.json {
        let rule = |rule: &conformance::Rule| json!({ "name": rule.name, "explanation": rule.explanation });
        let rules: Vec<_> = all.map(rule).collect();
        json!({ "version": 1, "rules": rules }).to_string() + "\n"
    } else {
        all.map(|rule| format!("{}\n    {}\n", rule.name, rule.explanation)).collect()
    };
    print(&text)?;
    Ok(Exit::Found)
}
