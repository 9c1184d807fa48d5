//! What does a C program pay for a secret, beside doing it by hand?
//!
//! Every loop runs in `c/host.c`; a bench here only asks for one and takes the time that it reports.
//! The default chain has env, toml, a plugin written in C, and a Cloud that is not configured.

use std::rc::Rc;
use std::time::Duration;

use prefect_secrets_benches::{Program, VALUE};
use prefect_secrets_testing::{Built, C, Home, library, workspace};

use crate::measure::Loop;

/// `c/host.c`, running in a home of its own.
pub(crate) struct Host {
    program: Program,
    pub(crate) c: C,
    pub(crate) home: Home,
}

impl Host {
    pub(crate) fn start() -> Self {
        let (c, home) = (C::new(), Home::new());
        let shared = library("prefect-secrets-ffi", "libprefect_secrets.so", true);
        let built = Built { folder: shared.parent().unwrap().into() };
        let source = workspace().join("benches/c/host.c");
        let program = c.program_with(&source, &["-O2"], &built);
        let plugin = c.plugin(&workspace().join("benches/c/fixed.c"), &["-O2"]);
        let plugin = home.write("fixed.so", std::fs::read(plugin).unwrap());
        let secrets: String = (0..50).map(|i| format!("IN_FILE_{i} = '{VALUE}'\n")).collect();
        home.config(&format!(
            "[context.secrets]\n{secrets}\n[secrets]\nchain = ['env', 'toml', 'plugin', 'cloud']\n\
             [secrets.providers.plugin]\nplugin = {plugin:?}\nisolation = 'in-process'\n"
        ));
        let mut command = home.command(program);
        command.env("PREFECT__CONTEXT__SECRETS__IN_ENV", VALUE);
        Self { program: Program::start(&mut command).unwrap(), c, home }
    }

    pub(crate) fn time(&self, command: &str) -> Duration {
        Duration::from_nanos(self.program.number(command).unwrap() as u64)
    }
}

pub(crate) fn loops() -> Vec<Loop> {
    let host = Rc::new(Host::start());
    let names = [
        "floor_a",
        "floor_b",
        "crossing",
        "get_env",
        "get_into_env",
        "get_file",
        "get_into_file",
        "get_plugin",
        "get_into_plugin",
        "get_many",
        "get_each",
    ];
    let one = |name| {
        let host = host.clone();
        Loop::new(name, move |count| host.time(&format!("{name} {count}")))
    };
    names.map(one).into()
}
