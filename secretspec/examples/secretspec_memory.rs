//! A plugin of SecretSpec, made with their own kit: it keeps its secrets in memory. For the tests of
//! the program that stands between it and us.
//!
//! What it has at first, and how it fails, is in its names: `DATED` has an end and a revision, `FAILS:x`
//! fails with the kind `x`, `PID` is its process, `LONG` does not fit into a message with another.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use secretspec_ipc::protocol::provider::{
    Address, Coordinates, GetManyParams, GetManyResult, GetResult, InitializeApplication, Metadata,
    NamedGetResult, Persistence, ResolveAddressResult, method,
};
use secretspec_ipc::provider::{ProvidedSecret, ProviderHandler, SecretValue, serve_provider};
use secretspec_ipc::server::{RequestContext, RpcResult, ServerConfig};
use secretspec_ipc::{ErrorKind, Revision, RpcError};

#[derive(Default)]
struct Memory(Mutex<HashMap<String, String>>);

fn key(address: Address) -> String {
    match address {
        Address::Convention { project, profile, key } => format!("{project}/{profile}/{key}"),
        Address::Native { coordinates } => coordinates.item,
    }
}

impl Memory {
    fn find(&self, address: Address) -> RpcResult<Option<ProvidedSecret>> {
        let key = key(address);
        let name = key.rsplit('/').next().unwrap_or_default();
        if let Some(kind) = name.strip_prefix("FAILS:") {
            return Err(RpcError::new(ErrorKind::from_wire(kind)));
        }
        let secret = |value: &str| ProvidedSecret::new(value.into(), None);
        Ok(match name {
            "PID" => Some(secret(&std::process::id().to_string())),
            "VARIABLES" => {
                let mut names: Vec<_> = std::env::vars().map(|(name, _)| name).collect();
                names.sort();
                Some(secret(&names.join(" ")))
            }
            "LONG" => Some(secret(&"long ".repeat(120_000))),
            "DATED" => {
                let revision = Revision::new("version:7".into()).ok();
                let ends = Some(1_900_000_000_500);
                Some(ProvidedSecret::new("dated".into(), ends).with_revision(revision))
            }
            _ => self.0.lock().unwrap().get(&key).map(|value| secret(value)),
        })
    }
}

#[async_trait]
impl ProviderHandler for Memory {
    fn capabilities(&self) -> Vec<String> {
        [method::RESOLVE_ADDRESS, method::GET, method::GET_MANY, method::SET, method::DELETE]
            .map(String::from)
            .to_vec()
    }

    async fn initialize(
        &self,
        _: &RequestContext,
        application: InitializeApplication,
    ) -> RpcResult<Metadata> {
        let uri = "memory://".to_owned();
        let context = application.context;
        let place = (context.project.unwrap_or_default(), context.profile.unwrap_or_default());
        let first = format!("{}/{}/DB", place.0, place.1);
        self.0.lock().unwrap().insert(first, "s3cr3t-é\n\0end".into());
        Ok(Metadata {
            name: "memory".into(),
            display_uri: uri.clone(),
            supported_coordinates: Vec::new(),
            generated_value_persistence: Persistence::Ephemeral,
            prompted_value_persistence: Persistence::Ephemeral,
            storage_identity: uri.clone(),
            entry_container_identity: uri,
            physical_store_path: None,
        })
    }

    async fn resolve_address(
        &self,
        _: RequestContext,
        address: Address,
    ) -> RpcResult<ResolveAddressResult> {
        let (field, vault, section, version) = (None, None, None, None);
        let coordinates = Coordinates { item: key(address), field, vault, section, version };
        Ok(ResolveAddressResult { coordinates })
    }

    async fn get(&self, _: RequestContext, address: Address) -> RpcResult<Option<ProvidedSecret>> {
        self.find(address)
    }

    async fn get_many(&self, _: RequestContext, params: GetManyParams) -> RpcResult<GetManyResult> {
        let mut results = Vec::new();
        for request in params.requests {
            let outcome = match self.find(request.address)? {
                Some(secret) => GetResult::Found {
                    value: secret.value().into(),
                    expires_at_unix_ms: secret.expires_at_unix_ms(),
                    revision: secret.revision().cloned(),
                },
                None => GetResult::Missing,
            };
            results.push(NamedGetResult { name: request.name, outcome });
        }
        Ok(GetManyResult { results })
    }

    async fn set(&self, _: RequestContext, address: Address, value: SecretValue) -> RpcResult<()> {
        self.0.lock().unwrap().insert(key(address), value.expose().into());
        Ok(())
    }

    async fn delete(&self, _: RequestContext, address: Address) -> RpcResult<bool> {
        Ok(self.0.lock().unwrap().remove(&key(address)).is_some())
    }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (input, output) = (tokio::io::stdin(), tokio::io::stdout());
    let config = ServerConfig::default();
    let served = runtime.block_on(serve_provider(input, output, Memory::default(), config));
    // Reading standard input is a thread of its own, which nothing ends.
    std::process::exit(i32::from(served.is_err()));
}
