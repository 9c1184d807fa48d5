//! A plugin in a process of its own, as a table: the same rules can be tried on it.

use std::sync::{Arc, OnceLock};

use prefect_secrets_core::abi::{Exported, Plugin, Settings, Slice, Table};
use prefect_secrets_core::{Answer, Capabilities, Deadline, Error, Provider, Secret};
use prefect_secrets_providers::plugin::{Entry, Running, Search, introduce, load};

/// The plugin that this process tries, and what it said of itself.
struct Tried {
    plugin: String,
    running: Running,
    table: Table,
}

static TRIED: OnceLock<Tried> = OnceLock::new();

/// An entry that gives the table of `plugin`, whose every instance has a process of its own. There is
/// one plugin in a process of the kit.
pub(crate) fn entry(plugin: &str, running: &Running) -> Result<Entry, Error> {
    let (introduced, _) = introduce(plugin, running, &Search::new());
    let (id, capabilities) = introduced?;
    let table = Table {
        capabilities: capabilities.bits(),
        id: Slice::of(id.leak().as_bytes()),
        ..*Exported::<InChild>::TABLE
    };
    TRIED.get_or_init(|| Tried { plugin: plugin.into(), running: running.clone(), table });
    Ok(table_of_the_child)
}

unsafe extern "C" fn table_of_the_child() -> *const Table {
    TRIED.get().map_or(std::ptr::null(), |tried| &raw const tried.table)
}

/// An instance.
struct InChild(Arc<dyn Provider>);

impl Plugin for InChild {
    // Both are replaced by the plugin's own.
    const ID: &'static str = "in-child";
    const CAPABILITIES: Capabilities = Capabilities::NONE;

    fn create(name: &str, settings: &Settings) -> Result<Self, Error> {
        let Some(Tried { plugin, running, .. }) = TRIED.get() else {
            return Err(Error::invalid("no plugin is tried", "report it"));
        };
        let settings = Settings::from_json(settings.as_json()).unwrap_or_else(Settings::none);
        load(name, plugin, settings, running, &Search::new()).provider.map(Self)
    }
}

impl Provider for InChild {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn get(&self, name: &str, deadline: &Deadline) -> Answer {
        self.0.get(name, deadline)
    }

    fn get_many(&self, names: &[&str], deadline: &Deadline) -> Vec<Answer> {
        self.0.get_many(names, deadline)
    }

    fn set(&self, name: &str, value: &Secret, deadline: &Deadline) -> Result<(), Error> {
        self.0.set(name, value, deadline)
    }

    fn delete(&self, name: &str, deadline: &Deadline) -> Result<bool, Error> {
        self.0.delete(name, deadline)
    }

    fn list(&self, deadline: &Deadline) -> Result<Vec<String>, Error> {
        self.0.list(deadline)
    }

    fn refresh(&self, deadline: &Deadline) -> Result<(), Error> {
        self.0.refresh(deadline)
    }
}
