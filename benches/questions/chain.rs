//! What does the chain cost over the lookup that it makes?
//!
//! All in Rust and in one thread. The floor is a lock-free snapshot, a fast hash and a shared
//! count, written down here by hand. `opened` is what `c/host.c` asks through the header.

use std::hint::black_box;
use std::rc::Rc;
use std::sync::Arc;

use arc_swap::ArcSwap;
use hashbrown::HashMap;
use prefect_secrets_benches::VALUE;
use prefect_secrets_core::{Buffer, Chain, Deadline, Form, Link, Provider, Secret};
use prefect_secrets_providers::local::{Environment, Local};
use prefect_secrets_providers::{Opener, Toml};
use prefect_secrets_testing::Home;

use crate::measure::{Loop, check};

const SECRETS: usize = 100;

fn toml_of(home: &Home, prefix: &str) -> Arc<dyn Provider> {
    let secrets: String = (0..SECRETS).map(|i| format!("{prefix}_{i} = '{VALUE}'\n")).collect();
    let file = home.write(&format!("{prefix}.toml"), format!("[context.secrets]\n{secrets}"));
    Arc::new(Toml::new(Arc::new(Local::load(Some(file)).unwrap()), false))
}

/// As many files, the last of which has what is asked for.
fn files(home: &Home, count: usize) -> Chain {
    let last = |i| i + 1 == count;
    let prefix = |i| if last(i) { "C".into() } else { format!("BEFORE_{i}") };
    Chain::new((0..count).map(|i| Link::new(toml_of(home, &prefix(i)), "this bench")).collect())
}

/// One secret in the environment, as `c/host.c` has it.
fn opened(home: &Home) -> Chain {
    let variable = ("PREFECT__CONTEXT__SECRETS__IN_ENV".into(), VALUE.into());
    let environment = Environment::of([variable].into_iter(), Some(home.path().into()), false);
    Opener::new().environment(environment).open().unwrap()
}

fn get(chain: &Chain, name: &str) {
    let secret = chain.get(black_box(name), &Deadline::default()).unwrap().unwrap();
    check(secret.expose_text());
}

pub(crate) fn loops() -> Vec<Loop> {
    let home = Home::new();
    let provider: Arc<str> = "floor".into();
    let value = || Buffer::copy_of(VALUE.as_bytes());
    let secrets: HashMap<Box<str>, Secret, foldhash::fast::RandomState> = (0..SECRETS)
        .map(|i| (format!("C_{i}").into(), Secret::new(&provider, value(), Form::Text)))
        .collect();
    let floor = ArcSwap::from_pointee(secrets);
    let mut loops = vec![Loop::cpu("floor", move || {
        let secret = floor.load().get(black_box("C_7")).cloned().unwrap();
        check(secret.expose_text());
    })];
    let opened = opened(&home);
    loops.push(Loop::cpu("opened", move || get(&opened, "IN_ENV")));
    let one = Rc::new(files(&home, 1));
    let names: Vec<String> = (0..50).map(|i| format!("C_{i}")).collect();
    for (name, chain) in [
        ("one_provider", one.clone()),
        ("last_of_three", Rc::new(files(&home, 3))),
        ("last_of_32", Rc::new(files(&home, 32))),
    ] {
        loops.push(Loop::cpu(name, move || get(&chain, "C_7")));
    }
    loops.push(Loop::cpu("get_many_50", move || {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for answer in one.get_many(black_box(&names), &Deadline::default()) {
            check(answer.unwrap().unwrap().expose_text());
        }
    }));
    loops
}
