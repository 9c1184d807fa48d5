//! What `tracing` is told: names, providers, outcomes and reasons, and no value.
#![cfg(feature = "cloud")]

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use prefect_secrets_core::{Buffer, Deadline, Form, Secret};
use prefect_secrets_providers::Opener;
use prefect_secrets_providers::local::Environment;
use prefect_secrets_stand_in::{Secrets, StandIn};
use prefect_secrets_testing::Home;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Stands in every value.
const VALUE: &str = "seeded-value-41c7";

/// Keeps every event as a line.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Subscriber for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn event(&self, event: &Event<'_>) {
        struct Line(String);
        impl Visit for Line {
            fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
                write!(self.0, " {}={value:?}", field.name()).unwrap();
            }
        }
        let mut line = Line(format!("{} {}", event.metadata().level(), event.metadata().target()));
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        struct Nothing;
        impl Visit for Nothing {
            fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
                assert!(!format!("{value:?}").contains("seeded"), "{}", field.name());
            }
        }
        attributes.record(&mut Nothing);
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[test]
fn every_get_is_told_and_no_value() {
    let secret = format!("{VALUE}-in-the-cloud");
    let cloud = StandIn::start(Secrets::new().with("FAR", format!("{secret:?}"))).unwrap();
    let home = Home::new();
    home.config(&format!(
        "backend = 'cloud'\n[cloud]\napi = {:?}\napi_key = '{VALUE}'\nuse_local_secrets = false\n\
         [context.secrets]\nNEAR = '{VALUE}'\n[context.secrets.PARTS]\na = '{VALUE}'\n",
        cloud.address()
    ));
    let variables = [
        ("HOME", home.path().to_str().unwrap()),
        ("PREFECT__CONTEXT__SECRETS__HERE", VALUE),
        ("PREFECT__CONTEXT__SECRETS__PARTS__B", VALUE),
    ];
    let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
    let environment = Environment::of(variables, None, false);

    let lines = Lines::default();
    tracing::subscriber::with_default(lines.clone(), || {
        let chain = Opener::new().environment(environment).open().unwrap();
        let deadline = Deadline::default();
        for name in ["HERE", "NEAR", "PARTS", "FAR", "NOWHERE"] {
            chain.get(name, &deadline).unwrap();
            chain.exists(name, &deadline).unwrap();
            chain.explain(name, &deadline).unwrap();
            let _ = chain.get_now(name);
        }
        chain.get_many(&["HERE", "FAR", "NOWHERE", "NEAR"], &deadline);
        let value = Secret::new(&"test".into(), Buffer::copy_of(VALUE.as_bytes()), Form::Text);
        chain.set(None, "NEW", &value, &deadline).unwrap();
        chain.list(&deadline).unwrap();
        chain.refresh(&deadline).unwrap();
        drop(cloud);
        assert!(chain.get("FAR", &Deadline::within(std::time::Duration::from_secs(1))).is_err());
    });
    let lines = lines.0.lock().unwrap();
    let told = lines.iter().filter(|line| line.contains("seeded")).count();
    assert_eq!(told, 0, "a value was traced; the lines are not shown");
    for wanted in [
        r#"name="HERE" provider="env" outcome="found""#,
        r#"name="NEAR" provider="toml" outcome="found""#,
        r#"name="FAR" provider="cloud" outcome="found""#,
        r#"name="FAR" provider="cloud" outcome="unavailable""#,
        r#"name="NOWHERE" provider="" outcome="absent""#,
    ] {
        assert!(lines.iter().any(|line| line.contains(wanted)), "{wanted} in {lines:#?}");
    }
}
