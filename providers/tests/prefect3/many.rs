//! Many names in few requests.

use prefect_secrets_core::{Deadline, Kind, Provider};
use prefect_secrets_providers::cloud::Cloud;
use prefect_secrets_testing::Relay;

use crate::{clean, client, servers, settings};

/// Keeps 500 small blocks with Prefect's own API, quicker than one save after the other.
const SEED: &str = r#"
import asyncio, prefect
from prefect.blocks.system import Secret
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import BlockDocumentCreate

async def main():
    await Secret.register_type_and_schema()
    async with get_client() as client:
        block_type = await client.read_block_type_by_slug("secret")
        schema = await client.get_most_recent_block_schema_for_block_type(block_type.id)
        for i in range(250):
            await client.create_block_document(
                BlockDocumentCreate(
                    name=f"many-{i}", data={"value": f"value-{i}"},
                    block_type_id=block_type.id, block_schema_id=schema.id,
                ),
                include_secrets=True,
            )

asyncio.run(main())
"#;

#[test]
fn five_hundred_names_take_four_requests_at_most() {
    for server in servers() {
        server.python("-c", &[SEED]);
        let relay = Relay::to(server.address());
        let cloud = Cloud::rest(settings(server, &relay.address(server.address())));
        // Every other one is missing; the order is not that of the server, and one comes twice.
        let names: Vec<String> = (0..250)
            .rev()
            .flat_map(|i| [format!("missing-{i}"), format!("many-{i}")])
            .chain(["MANY_7".into()])
            .collect();
        let asked: Vec<&str> = names.iter().map(String::as_str).collect();
        let answers = cloud.get_many(&asked, &Deadline::default());
        let requests = relay.requests();
        assert!(requests <= 4, "{requests} requests");
        for (name, answer) in names.iter().zip(&answers) {
            let found = answer.as_ref().unwrap().as_ref();
            let text = found.map(|secret| String::from_utf8_lossy(secret.expose_text()));
            let wanted = match name.strip_prefix("many-") {
                Some(i) => Some(format!("value-{i}")),
                None => (name == "MANY_7").then(|| "value-7".into()),
            };
            assert!(text.as_deref() == wanted.as_deref(), "{name}");
        }
        assert!(cloud.get_many(&[], &Deadline::default()).is_empty());
        assert_eq!(relay.requests(), 0);
        // More than one page of names.
        let listed = cloud.list(&Deadline::default()).unwrap();
        assert!((0..250).all(|i| listed.contains(&format!("many-{i}"))));
        assert!(relay.requests() >= 2);
    }
}

#[test]
fn values_that_are_too_large_together_are_asked_for_in_halves() {
    let Some(server) = servers().first() else { return };
    // Eight times 3 MiB are over the 16 MiB that one answer may have.
    let large = r#"
from prefect.blocks.system import Secret
for i in range(8):
    Secret(value=str(i) * (3 << 20)).save(f"large-{i}")
"#;
    server.python("-c", &[large]);
    let relay = Relay::to(server.address());
    let cloud = Cloud::rest(settings(server, &relay.address(server.address())));
    let names: Vec<String> = (0..8).map(|i| format!("large-{i}")).collect();
    let asked: Vec<&str> = names.iter().map(String::as_str).collect();
    let answers = cloud.get_many(&asked, &Deadline::default());
    for (i, answer) in answers.iter().enumerate() {
        let secret = answer.as_ref().unwrap().as_ref().unwrap();
        let digit = b'0' + i as u8;
        assert!(secret.expose_text().len() == 3 << 20);
        assert!(secret.expose_text().iter().all(|byte| *byte == digit));
    }
    let requests = relay.requests();
    assert!((4..=8).contains(&requests), "{requests} requests");
}

#[test]
fn one_failure_is_every_names_failure_and_is_not_multiplied() {
    let Some(server) = servers().get(1) else { return };
    let relay = Relay::to(server.address());
    let address = relay.address(server.address());
    let wrong = prefect_secrets_providers::cloud::rest::Settings::at(&address).unwrap();
    let cloud = Cloud::rest(wrong);
    let names: Vec<String> = (0..500).map(|i| format!("n-{i}")).collect();
    let asked: Vec<&str> = names.iter().map(String::as_str).collect();
    let answers = cloud.get_many(&asked, &Deadline::default());
    for (name, answer) in names.iter().zip(answers) {
        let error = clean(answer.unwrap_err());
        assert_eq!((error.kind(), error.name()), (Kind::Denied, Some(name.as_str())));
    }
    assert!(relay.requests() <= 4);
    assert!(client(server).get_many(&["n-1"], &Deadline::default())[0].as_ref().unwrap().is_none());
}
