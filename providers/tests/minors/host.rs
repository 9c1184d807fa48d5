//! A host that loads one plugin and asks it for one name: `host PLUGIN FOLDER NAME`.

use prefect_secrets_core::abi::Settings;
use prefect_secrets_core::{Deadline, Provider};
use prefect_secrets_providers::plugin::{Isolation, Running, Search, load};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [plugin, folder, name] = &arguments[..] else { panic!("host PLUGIN FOLDER NAME") };
    let settings = format!("{{\"directory\": {folder:?}}}");
    let settings = Settings::from_json(settings.as_bytes()).expect("a JSON object");
    let running = Running { isolation: Some(Isolation::InProcess), ..Running::default() };
    let loaded = load("matrix", plugin, settings, &running, &Search::new());
    println!("host of minor {}\n{}", prefect_secrets_core::abi::MINOR, loaded.trace);
    let Ok(provider) = loaded.provider else { return };
    match provider.get(name, &Deadline::none()) {
        Ok(Some(secret)) if secret.expose_text() == b"a value of the matrix" => println!("get: right"),
        Ok(Some(_)) => println!("get: another value"),
        Ok(None) => println!("get: absent"),
        Err(error) => println!("get: {error}"),
    }
}
