//! A load leaves no descriptor and no thread behind. Alone in its process, to be able to count.

mod plugin_common;

use plugin_common::{c_plugin, fixture, in_process, load_path};
use prefect_secrets_core::Deadline;
use prefect_secrets_core::abi::Settings;
use prefect_secrets_providers::plugin::{Search, load};
use prefect_secrets_testing::{C, process};

#[test]
fn no_descriptor_and_no_thread() {
    let c = C::new();
    let good = fixture(&c, "knobs.c", "good.so", &[]);
    let bad = fixture(&c, "knobs.c", "bad.so", &["-DMAJOR=2"]);
    let missing = c.folder().join("missing.so");
    let directory = c_plugin(&c);
    let settings = format!("{{\"directory\":{:?}}}", c.folder().display().to_string());
    let before = (process::descriptors(), process::threads());
    for _ in 0..20 {
        let provider = load_path(&good).provider.expect("loaded");
        assert!(provider.get("NAME", &Deadline::default()).is_ok_and(|answer| answer.is_some()));
        assert!(load_path(&bad).provider.is_err());
        assert!(load_path(&missing).provider.is_err());
        let settings = Settings::from_json(settings.as_bytes()).expect("an object");
        let path = directory.to_str().expect("a UTF-8 path");
        let files =
            load("files", path, settings, &in_process(), &Search::new()).provider.expect("loaded");
        let deadline = Deadline::default();
        assert!(files.get("good.so", &deadline).is_ok_and(|answer| answer.is_some()));
        assert!(files.list(&deadline).is_ok_and(|names| names.len() >= 3));
        assert_eq!((process::descriptors(), process::threads()), before);
    }
}
