//! What does the chain cost over the lookup that it makes?
//!
//! All in Rust and in one thread. The floor is a lock-free snapshot, a fast hash and a shared
//! count, written down here by hand.

use std::hint::black_box;
use std::sync::Arc;

use arc_swap::ArcSwap;
use criterion::Criterion;
use hashbrown::HashMap;
use prefect_secrets_benches::Ratios;
use prefect_secrets_core::{Buffer, Chain, Deadline, Form, Link, Provider, Secret};
use prefect_secrets_providers::Toml;
use prefect_secrets_providers::local::Local;
use prefect_secrets_testing::Home;

const SECRETS: usize = 100;

fn toml_of(home: &Home, prefix: &str) -> Arc<dyn Provider> {
    let secrets: String = (0..SECRETS)
        .map(|i| format!("{prefix}_{i} = '0123456789abcdef0123456789ABCDEF'\n"))
        .collect();
    let file = home.write(&format!("{prefix}.toml"), format!("[context.secrets]\n{secrets}"));
    Arc::new(Toml::new(Arc::new(Local::load(Some(file)).unwrap()), false))
}

fn main() {
    let ratios = Ratios::default()
        .row("chain/one_provider", "chain/floor", 1.0, None)
        .row("chain/last_of_three", "chain/one_provider", 1.0, Some((2.0, 3.0)))
        .row("chain/get_many_50", "chain/one_provider", 50.0, Some((1.0, 1.3)));
    let home = Home::new();
    let link = |prefix| Link::new(toml_of(&home, prefix), "this bench");
    let one = Chain::new(vec![link("C")]);
    let three = Chain::new(vec![link("A"), link("B"), link("C")]);
    let names: Vec<String> = (0..50).map(|i| format!("C_{i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();

    let provider: Arc<str> = "floor".into();
    let value = || Buffer::copy_of(b"0123456789abcdef0123456789ABCDEF");
    let secrets: HashMap<Box<str>, Secret, foldhash::fast::RandomState> = (0..SECRETS)
        .map(|i| (format!("C_{i}").into(), Secret::new(&provider, value(), Form::Text)))
        .collect();
    let floor = ArcSwap::from_pointee(secrets);

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("chain");
    group.bench_function("floor", |bencher| {
        bencher.iter(|| {
            let secret = floor.load().get(black_box("C_7")).cloned().unwrap();
            assert_eq!(secret.expose_text().len(), 32);
        });
    });
    for (name, chain) in [("one_provider", &one), ("last_of_three", &three)] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let secret = chain.get(black_box("C_7"), &Deadline::default()).unwrap().unwrap();
                assert_eq!(secret.expose_text().len(), 32);
            });
        });
    }
    group.bench_function("get_many_50", |bencher| {
        bencher.iter(|| {
            for answer in one.get_many(black_box(&names), &Deadline::default()) {
                assert_eq!(answer.unwrap().unwrap().expose_text().len(), 32);
            }
        });
    });
    group.finish();
    criterion.final_summary();
    ratios.print();
}
