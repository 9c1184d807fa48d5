//! `plugin list`.

use prefect_secrets_core::Error;
use prefect_secrets_providers::plugin::{Search, inspect};
use serde_json::json;

use crate::arguments::PluginList;
use crate::exit::Exit;
use crate::output::print;

pub(crate) fn run(list: &PluginList) -> Result<Exit, Error> {
    let search = Search::new();
    let mut text = String::new();
    let mut rows = Vec::new();
    for plugin in search.installed()? {
        let manifest = plugin.manifest.display().to_string();
        let trace = inspect(&manifest, &search).trace;
        let refusal = trace.refusal().map(|error| format!("{}: {}", error.kind(), error.what()));
        let verdict = refusal.as_deref().unwrap_or("accepted");
        let mark = if plugin.shadowed { "\tshadowed" } else { "" };
        text += &format!("{}\t{manifest}\t{verdict}{mark}\n", plugin.name);
        rows.push(json!({
            "name": plugin.name,
            "manifest": manifest,
            "shadowed": plugin.shadowed,
            "accepted": refusal.is_none(),
            "reason": refusal,
        }));
    }
    if list.json {
        text = serde_json::Value::from(rows).to_string() + "\n";
    }
    print(&text)?;
    Ok(Exit::Found)
}
