//! From configuration to a chain: order, settings of links, and what is refused.

use std::sync::Arc;

use prefect_secrets_core::{Answer, Chain, Deadline, Error, Kind, Provider};
use prefect_secrets_providers::Opener;
use prefect_secrets_testing::Home;

fn open(toml: &str) -> Result<Chain, Error> {
    let home = Home::new();
    Opener::new().config_path(home.config(toml)).open()
}

fn order(chain: &Chain) -> Vec<&str> {
    chain.links().iter().map(|link| link.provider().name()).collect()
}

struct Own(&'static str);

impl Provider for Own {
    fn name(&self) -> &str {
        self.0
    }
    fn get(&self, _: &str, _: &Deadline) -> Answer {
        Ok(None)
    }
}

#[test]
fn nothing_configured_is_env_then_toml_then_cloud() {
    assert_eq!(order(&open("").unwrap()), ["env", "toml", "cloud"]);
    let explanation = open("").unwrap().explain("NOPE", &Deadline::default()).unwrap();
    assert!(explanation.links.iter().all(|link| link.configured == "the default chain"));
}

#[test]
fn the_secrets_table_reorders_and_says_where() {
    let home = Home::new();
    let file = home.config("[context.secrets]\nX = 'x'\n[secrets]\nchain = ['cloud', 'toml']\n");
    let chain = Opener::new().config_path(&file).open().unwrap();
    assert_eq!(order(&chain), ["cloud", "toml"]);
    let explanation = chain.explain("X", &Deadline::default()).unwrap();
    assert_eq!(explanation.provider.as_deref(), Some("toml"));
    let wanted = format!("[secrets] chain in {}", file.display());
    assert!(explanation.links.iter().all(|link| link.configured == wanted));
    // The first link that can reload does so for all, whichever it is.
    home.config("[context.secrets]\nX = 'other'\n[secrets]\nchain = ['cloud', 'toml']\n");
    chain.refresh(&Deadline::default()).unwrap();
    let text = chain.get("X", &Deadline::default()).unwrap().unwrap().expose_text().to_vec();
    assert_eq!(text, b"other");
}

#[test]
fn the_hosts_own_providers_come_first_unless_they_are_placed() {
    let opener = || Opener::new().provider(Arc::new(Own("a"))).provider(Arc::new(Own("b")));
    let home = Home::new();
    let chain = opener().config_path(home.config("")).open().unwrap();
    assert_eq!(order(&chain), ["a", "b", "env", "toml", "cloud"]);
    let file = home.config("[secrets]\nchain = ['env', 'b']\n");
    assert_eq!(order(&opener().config_path(file).open().unwrap()), ["a", "env", "b"]);
    let taken = opener().provider(Arc::new(Own("a"))).config_path(home.config("")).open();
    assert_eq!(taken.err().unwrap().kind(), Kind::Invalid);
    let taken = Opener::new().provider(Arc::new(Own("env"))).config_path(home.config("")).open();
    assert_eq!(taken.err().unwrap().kind(), Kind::Invalid);
}

#[test]
fn what_is_wrong_is_refused_by_name() {
    for (toml, said) in [
        ("[secrets]\nchain = ['env', 'vualt']", "names \"vualt\", but no provider has that name"),
        ("[secrets]\nchain = ['env', 'env']", "secrets.chain"),
        ("[secrets]\nchain = []", "secrets.chain"),
        ("[secrets]\nchain = 'env'", "secrets.chain"),
        ("[secrets]\nchian = ['env']", "unknown member \"chian\""),
        ("secrets = 1", "secrets in "),
        ("[secrets.providers.toml]\non_error = 'ignore'", "secrets.providers.toml.on_error"),
        ("[secrets.providers.toml]\ntimeout_ms = 0", "secrets.providers.toml.timeout_ms"),
        ("[secrets.providers.toml]\ntimeout_ms = 'soon'", "secrets.providers.toml.timeout_ms"),
        ("[secrets.providers.toml]\ntimeout = 5", "unknown member \"timeout\""),
        ("[secrets.providers.env]\nplugin = '/x.so'", "unknown member \"plugin\""),
        ("[secrets.providers.cloud]\nconfig.a = 1", "unknown member \"config\""),
        ("[secrets.providers.items]\nplugin = '/x.so'", "a member named \"items\""),
        ("[secrets.providers.v]\nplugin = '/x.so'\nconfig.values = 1", "a member named \"values\""),
        ("[secrets.providers.v]\nplugin = '/x.so'\nconfig = 1", "secrets.providers.v.config"),
    ] {
        let error = open(toml).err().unwrap_or_else(|| panic!("this is wrong: {toml}"));
        assert_eq!(error.kind(), Kind::Invalid, "{toml}");
        assert!(error.what().contains(said), "{toml}: {error}");
        assert!(error.what().contains("config.toml"), "it names the file: {error}");
    }
}

#[test]
fn what_messages_show_may_not_refer_to_a_secret() {
    let secret = "[context]\nhere = 'x-${context.secrets.X}'\n[context.secrets]\nX = '/marker'\n";
    for (toml, at) in [
        ("[secrets]\nchain = '${context.secrets.X}'", "secrets.chain"),
        ("[secrets]\nplugin_host = '${context.secrets.X}/x'", "secrets.plugin_host"),
        // By way of another setting.
        ("[secrets.providers.v]\nplugin = '${context.here}'", "secrets.providers.v.plugin"),
        ("[secrets.providers.'v.config']\nplugin = '${context.here}'", "v.config.plugin"),
        ("[secrets.providers.v]\nplugin = '${context.secrets}'", "secrets.providers.v.plugin"),
    ] {
        let error = open(&format!("{secret}{toml}")).err().unwrap_or_else(|| panic!("{toml}"));
        assert_eq!(error.kind(), Kind::Invalid, "{toml}");
        assert!(error.what().contains(&format!("{at} refers to a secret")), "{toml}");
        assert!(!format!("{error} {error:?} {}", error.next_step()).contains("marker"), "{toml}");
    }
    // What goes to the plugin alone may, and so may what refers to no secret.
    let chain = open(
        "[context]\nfolder = '/nowhere'\n[context.secrets]\nX = 'x'\n\
         [secrets]\nchain = ['toml', 'v']\n[secrets.providers.v]\n\
         plugin = '${context.folder}/gone.so'\nconfig.token = '${context.secrets.X}'\n",
    );
    let error = chain.unwrap().get("Y", &Deadline::default()).unwrap_err();
    assert!(error.what().contains("/nowhere/gone.so"), "{error}");
}

#[test]
fn a_plugin_that_cannot_be_loaded_fails_when_it_is_asked() {
    let chain = open(
        "[context.secrets]\nX = 'x'\nY = 'weaker'\n\
         [secrets]\nchain = ['env', 'gone', 'toml']\n\
         [secrets.providers.gone]\nplugin = '/nowhere/gone.so'\n",
    )
    .unwrap();
    let error = chain.get("Y", &Deadline::default()).unwrap_err();
    assert_eq!((error.kind(), error.provider()), (Kind::Invalid, Some("gone")));
    assert!(error.what().contains("/nowhere/gone.so"), "{error}");
    let trace = chain.load_trace("gone").unwrap();
    assert!(trace.contains("refused") && trace.contains("/nowhere/gone.so"), "{trace}");
    assert!(chain.load_trace("toml").is_none());
}

#[test]
fn a_configuration_that_others_can_write_chooses_no_plugin() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    let file = home.config(
        "[context.secrets]\nX = 'x'\n[secrets]\nchain = ['toml', 'p']\n\
         [secrets.providers.p]\nplugin = '/usr/lib/p.so'\n",
    );
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).unwrap();
    let chain = Opener::new().config_path(&file).open().unwrap();
    let deadline = Deadline::default();
    assert!(chain.get("X", &deadline).unwrap().is_some(), "what is no code is still read");
    let error = chain.get("NOPE", &deadline).unwrap_err();
    assert_eq!((error.kind(), error.provider()), (Kind::Denied, Some("p")));
    assert!(error.next_step().contains("chmod go-w"), "{error}");
}

/// The whole promise, with real places: a Cloud that is down, and a file behind it.
#[cfg(feature = "cloud")]
#[test]
fn an_outage_in_the_middle_of_the_chain() {
    let with = |on_error: &str| {
        open(&format!(
            "[context.secrets]\nX = 'weaker'\n\
             [cloud]\napi = 'http://127.0.0.1:1'\napi_key = 'k'\n\
             [secrets]\nchain = ['env', 'cloud', 'toml']\n\
             [secrets.providers.cloud]\nretry_waits_ms = []\non_error = '{on_error}'\n"
        ))
        .unwrap()
    };
    let deadline = Deadline::default();
    let error = with("stop").get("X", &deadline).unwrap_err();
    assert_eq!((error.kind(), error.provider()), (Kind::Unavailable, Some("cloud")));
    let explanation = with("stop").explain("X", &deadline).unwrap();
    assert_eq!(explanation.links[2].outcome, "not reached");

    let went_on = with("continue");
    assert_eq!(went_on.get("X", &deadline).unwrap().unwrap().provider(), "toml");
    let explanation = went_on.explain("X", &deadline).unwrap();
    assert_eq!(explanation.links[1].outcome, "unavailable");
    let reason = explanation.links[1].reason.as_deref().unwrap();
    assert!(reason.contains("went on"), "{reason}");
}

#[test]
fn a_link_can_answer_with_plain_variables() {
    use prefect_secrets_providers::local::Environment;
    let home = Home::new();
    home.config(
        "[secrets]\nchain = ['env', 'plain', 'cast']\n\
         [secrets.providers.plain]\nprovider = 'env'\nprefix = ''\nverbatim = true\n\
         [secrets.providers.cast]\nprovider = 'env'\nprefix = 'APP_'\n",
    );
    let variables = [("TOKEN", "0000"), ("A__B", "$TOKEN"), ("APP_N", "0x10")];
    let variables = variables.map(|(name, value)| (name.into(), value.into()));
    let environment = Environment::of(variables.into_iter(), Some(home.path().into()), false);
    let chain = Opener::new().environment(environment).open().unwrap();
    let get = |name: &str| {
        let secret = chain.get(name, &Deadline::default()).unwrap()?;
        let text = String::from_utf8(secret.expose_text().to_vec()).unwrap();
        Some((secret.provider().to_owned(), text, secret.expose_json().unwrap().to_owned()))
    };
    let is =
        |provider: &str, text: &str, json: &str| Some((provider.into(), text.into(), json.into()));
    assert_eq!(get("TOKEN"), is("plain", "0000", "\"0000\""));
    assert_eq!(get("A__B"), is("plain", "$TOKEN", "\"$TOKEN\""), "nothing nests, nothing expands");
    assert_eq!(get("N"), is("cast", "0x10", "16"));
    assert_eq!(get("NOPE"), None);
    for wrong in ["provider = 'toml'", "verbatim = 'maybe'"] {
        let error = open(&format!("[secrets.providers.plain]\n{wrong}")).err().unwrap();
        assert_eq!(error.kind(), Kind::Invalid, "{wrong}");
    }
}

#[test]
fn a_verbatim_provider_does_not_read_its_values() {
    use prefect_secrets_core::{Buffer, Form, Secret};
    struct Json;
    impl Provider for Json {
        fn name(&self) -> &str {
            "own"
        }
        fn get(&self, name: &str, _: &Deadline) -> Answer {
            let form = if name == "TYPED" { Form::Json } else { Form::Text };
            Ok(Some(Secret::new(&"own".into(), Buffer::copy_of(b"42"), form)))
        }
    }
    let home = Home::new();
    let chain = |said: &str| {
        let file = home.config(&format!("[secrets.providers.own]\n{said}\n"));
        Opener::new().provider(Arc::new(Json)).config_path(file).open().unwrap()
    };
    for (said, json) in [("verbatim = true", "\"42\""), ("verbatim = false", "42")] {
        for name in ["TEXT", "TYPED"] {
            let secret = chain(said).get(name, &Deadline::default()).unwrap().unwrap();
            assert_eq!((secret.expose_text(), secret.expose_json().unwrap()), (&b"42"[..], json));
        }
    }
}
