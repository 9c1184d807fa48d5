//! From configuration to a chain.

use std::path::PathBuf;
use std::sync::Arc;

use prefect_secrets_core::abi::Settings;
use prefect_secrets_core::{Chain, Error, Link, Provider};

use crate::env::Env;
use crate::local::{Environment, Local};
use crate::plugin::{self, Refused, Running, Search, check_trusted};
use crate::settings::{ChainSettings, LinkSettings};
use crate::toml::Toml;
use crate::variables::Variables;
use crate::verbatim::Verbatim;

/// What is asked when nothing is configured.
const DEFAULT_ORDER: [&str; 3] = [Env::NAME, Toml::NAME, CLOUD];
const CLOUD: &str = "cloud";

/// Opens a chain: reads the configuration, and makes the providers that it names.
///
/// ```no_run
/// use prefect_secrets_providers::Opener;
/// use prefect_secrets_core::Deadline;
///
/// let chain = Opener::new().open()?;
/// match chain.get("DB_PASSWORD", &Deadline::default())? {
///     Some(secret) => println!("{} bytes from {}", secret.expose_text().len(), secret.provider()),
///     None => println!("{}", chain.explain("DB_PASSWORD", &Deadline::default())?.to_json()),
/// }
/// # Ok::<(), prefect_secrets_core::Error>(())
/// ```
#[derive(Default)]
pub struct Opener {
    config_path: Option<PathBuf>,
    environment: Option<Environment>,
    providers: Vec<Arc<dyn Provider>>,
    search: Search,
}

impl Opener {
    /// The configuration where Prefect keeps it, and no providers beside those it names.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the configuration from this file instead of the one that Prefect would read.
    #[must_use]
    pub fn config_path(mut self, path: impl Into<PathBuf>) -> Self {
        self.config_path = Some(path.into());
        self
    }

    /// Takes the variables and the home directory from here, not from this process; a refresh takes
    /// them from here again.
    #[must_use]
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = Some(environment);
        self
    }

    /// Adds a provider of the host's own. The configuration can place it by its name; if it does
    /// not, it is asked before all others.
    #[must_use]
    pub fn provider(mut self, provider: Arc<dyn Provider>) -> Self {
        self.providers.push(provider);
        self
    }

    /// Where the manifests of plugins are looked for, instead of the folders of the system.
    #[must_use]
    pub fn search(mut self, search: Search) -> Self {
        self.search = search;
        self
    }

    /// Reads the configuration and opens the chain.
    ///
    /// *Invalid* if a file is broken, or the `[secrets]` table is. A plugin that cannot be loaded
    /// is no such failure: its link fails when it is asked, so that no weaker place answers in
    /// its stead, and says why.
    pub fn open(self) -> Result<Chain, Error> {
        let local = Arc::new(Local::load_in(self.environment, self.config_path)?);
        let mut settings = ChainSettings::read(&local.snapshot())?;
        let (mut order, configured) = match settings.order.take() {
            Some((order, origin)) => (order, origin),
            None => (DEFAULT_ORDER.map(String::from).to_vec(), "the default chain".into()),
        };
        let placed: Vec<_> = order.clone();
        let mut front = Vec::new();
        for provider in &self.providers {
            let name = provider.name();
            if DEFAULT_ORDER.contains(&name) || front.iter().any(|n| n == name) {
                return Err(Error::invalid(
                    format!("the host adds a provider named {name:?}, but that name is taken"),
                    "give it another name",
                ));
            }
            if !placed.iter().any(|placed| placed == name) {
                front.push(name.to_owned());
            }
        }
        order.splice(0..0, front);

        let mut links = Vec::with_capacity(order.len());
        // One view loads the configuration anew on a refresh: the first in the order, so that
        // whoever comes after it finds it fresh.
        let mut reloads = true;
        for name in order {
            let said = settings.links.iter().position(|(link, _)| *link == name);
            let said = said.map_or_else(Default::default, |place| settings.links.remove(place).1);
            let (on_error, timeout, verbatim) = (said.on_error, said.timeout, said.verbatim);
            let mut load_trace = None;
            let own = self.providers.iter().find(|provider| provider.name() == name);
            if own.is_some() && (said.plugin.is_some() || said.config.is_some()) {
                return Err(Error::invalid(
                    format!(
                        "[secrets.providers.{name}] has `plugin` or `config`, but the host brings {name:?} itself"
                    ),
                    "take them out: the host gives its provider its settings",
                ));
            }
            let provider: Arc<dyn Provider> = match (own, name.as_str()) {
                (Some(own), _) => Arc::clone(own),
                (None, Env::NAME) => {
                    Arc::new(Env::new(Arc::clone(&local), std::mem::take(&mut reloads)))
                }
                (None, Toml::NAME) => {
                    Arc::new(Toml::new(Arc::clone(&local), std::mem::take(&mut reloads)))
                }
                (None, CLOUD) => cloud(&local, &mut reloads),
                (None, _) if said.plain => Arc::new(Variables::new(&name, Arc::clone(&local))),
                (None, _) => {
                    let host = settings.plugin_host.as_deref();
                    let loaded = plugin(&name, said, &configured, &local, &self.search, host)?;
                    load_trace = loaded.1;
                    loaded.0
                }
            };
            // The local providers take their texts as they were written in the first place.
            let provider = match name.as_str() {
                Env::NAME | Toml::NAME => provider,
                _ if verbatim => Arc::new(Verbatim(provider)),
                _ => provider,
            };
            let configured = match own {
                Some(_) if !placed.contains(&name) => "added by the host",
                _ => &*configured,
            };
            let link = Link::new(provider, configured).on_error(on_error).timeout(timeout);
            links.push(link.load_trace(load_trace));
        }
        for (name, _) in &settings.links {
            tracing::warn!(provider = name, "configured, but not in the chain: it is not asked");
        }
        Ok(Chain::new(links))
    }
}

#[cfg(feature = "cloud")]
fn cloud(local: &Arc<Local>, reloads: &mut bool) -> Arc<dyn Provider> {
    Arc::new(crate::cloud::Cloud::new(Arc::clone(local), std::mem::take(reloads)))
}

/// A library without the network still has the default chain: its Cloud is skipped.
#[cfg(not(feature = "cloud"))]
fn cloud(_local: &Arc<Local>, _reloads: &mut bool) -> Arc<dyn Provider> {
    struct NoCloud;
    impl Provider for NoCloud {
        fn name(&self) -> &str {
            CLOUD
        }
        fn get(&self, _: &str, _: &prefect_secrets_core::Deadline) -> prefect_secrets_core::Answer {
            Ok(None)
        }
        fn in_memory(
            &self,
            _: &[u8],
            _: &mut prefect_secrets_core::Take<'_>,
        ) -> prefect_secrets_core::Memory {
            prefect_secrets_core::Memory::Absent
        }
        fn skipped(&self) -> Option<String> {
            Some("this library was built without Prefect Cloud (feature \"cloud\")".into())
        }
    }
    Arc::new(NoCloud)
}

/// The provider behind a plugin, or the link that says why there is none; and how it was loaded.
fn plugin(
    name: &str,
    said: LinkSettings,
    chain: &str,
    local: &Local,
    search: &Search,
    plugin_host: Option<&str>,
) -> Result<(Arc<dyn Provider>, Option<String>), Error> {
    let Some(plugin) = said.plugin else {
        return Err(Error::invalid(
            format!("{chain} names {name:?}, but no provider has that name"),
            format!("add [secrets.providers.{name}] with its plugin, or correct the name"),
        ));
    };
    // Who can write the file that names a plugin chooses the code that runs here.
    if let Some(error) =
        local.snapshot().files().iter().find_map(|(file, read)| check_trusted(file, *read).err())
    {
        let trace = format!("{name}: configuration: refused, {}", error.what());
        return Ok((Arc::new(Refused::new(name, error)), Some(trace)));
    }
    let settings = said.config.unwrap_or_else(Settings::none);
    let running = Running {
        plugin_host: plugin_host.map(PathBuf::from),
        ..said.running.environment(&said.environment, |name| local.variable(name))
    };
    let (provider, trace) = plugin::load(name, &plugin, settings, &running, search).into_link();
    Ok((provider, Some(trace.to_string())))
}
