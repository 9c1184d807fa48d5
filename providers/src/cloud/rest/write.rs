//! Writing and deleting.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use prefect_secrets_core::{Buffer, Error, Kind};
use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde_json::value::RawValue;

use super::answer;
use super::session::{AnyOf, Session};
use crate::cloud::http::Reply;

/// How often a block may come and go under a writer before it gives up.
const ROUNDS: usize = 3;
/// A request without a body.
const NO_BODY: Option<&()> = None;

/// What a new block has to name: the ids of the type of Secret blocks and of its newest schema.
pub(super) struct Schema {
    block_type_id: String,
    block_schema_id: String,
}

#[derive(Serialize)]
struct Create<'a> {
    name: &'a str,
    data: Data<'a>,
    block_type_id: &'a str,
    block_schema_id: &'a str,
    is_anonymous: bool,
}

#[derive(Serialize)]
struct Update<'a> {
    data: Data<'a>,
    block_schema_id: &'a str,
    merge_existing_data: bool,
}

#[derive(Serialize)]
struct Data<'a> {
    value: &'a RawValue,
}

/// Writes `json` into the block called `name`: a new one, or the one that is there.
pub(super) async fn set(
    session: &Session,
    known: &ArcSwapOption<Schema>,
    name: &str,
    json: &Buffer,
) -> Result<(), Error> {
    let text = std::str::from_utf8(json.expose()).expect("JSON is UTF-8");
    let value: &RawValue = serde_json::from_str(text).expect("it was checked");
    for _ in 0..ROUNDS {
        let (schema, is_known) = match known.load_full() {
            Some(schema) => (schema, true),
            None => (Arc::new(schema(session).await?), false),
        };
        let create = Create {
            name,
            data: Data { value },
            block_type_id: &schema.block_type_id,
            block_schema_id: &schema.block_schema_id,
            is_anonymous: false,
        };
        let url = session.api.at(&["block_documents", ""]);
        let reply = session.write(Method::POST, url, Some(&create)).await?;
        match reply.status {
            StatusCode::CREATED => {
                known.store(Some(schema));
                return Ok(());
            }
            // There is one already, or another writer was quicker, or an id is gone.
            StatusCode::CONFLICT => known.store(None),
            _ if is_known && may_be_outdated(&reply) => {
                known.store(None);
                continue;
            }
            _ => return Err(answer::refusal(&reply, session.peer())),
        }
        let Some(id) = id_of(session, name).await? else { continue };
        let update = Update {
            data: Data { value },
            block_schema_id: &schema.block_schema_id,
            merge_existing_data: false,
        };
        let url = session.api.at(&["block_documents", &id]);
        let reply = session.write(Method::PATCH, url, Some(&update)).await?;
        match reply.status {
            StatusCode::NO_CONTENT => {
                known.store(Some(schema));
                return Ok(());
            }
            // Somebody deleted it meanwhile.
            StatusCode::NOT_FOUND if answer::is_absence(&reply) => {}
            StatusCode::CONFLICT => {}
            _ if is_known && may_be_outdated(&reply) => {}
            _ => return Err(answer::refusal(&reply, session.peer())),
        }
    }
    Err(Error::new(
        Kind::Unavailable,
        format!("{} says again and again that others write this secret", session.peer().called),
        "look at who writes it, and try later",
    ))
}

/// Whether a refusal may be about an id that is known from before: a server whose database is
/// another one now answers 500 to one that it does not know (3.8.8, measured).
fn may_be_outdated(reply: &Reply) -> bool {
    matches!(reply.status.as_u16(), 400 | 404 | 422 | 500)
}

/// Deletes the block called `name`; `false` if there was none.
pub(super) async fn delete(session: &Session, name: &str) -> Result<bool, Error> {
    let Some(id) = id_of(session, name).await? else { return Ok(false) };
    let url = session.api.at(&["block_documents", &id]);
    let reply = session.write(Method::DELETE, url, NO_BODY).await?;
    match reply.status {
        StatusCode::NO_CONTENT => Ok(true),
        StatusCode::NOT_FOUND if answer::is_absence(&reply) => Ok(false),
        _ => Err(answer::refusal(&reply, session.peer())),
    }
}

/// The id of the block called `name`, asked for without its value.
async fn id_of(session: &Session, name: &str) -> Result<Option<String>, Error> {
    let reply = session.read(session.api.by_name(name, false)).await?;
    Ok(session.document(&reply)?.map(|document| document.id.into_owned()))
}

/// The type and the schema of Secret blocks. A server that has none yet is asked to install its own
/// types.
async fn schema(session: &Session) -> Result<Schema, Error> {
    let block_type_id = match type_id(session).await? {
        Some(id) => id,
        None => {
            let url = session.api.at(&["block_types", "install_system_block_types"]);
            let reply = session.write(Method::POST, url, NO_BODY).await?;
            if !reply.status.is_success() {
                return Err(answer::refusal(&reply, session.peer()));
            }
            type_id(session).await?.ok_or_else(|| answer::incomplete(session.peer()))?
        }
    };
    let filter =
        SchemaFilter { block_schemas: OfType { block_type_id: AnyOf { any_: &[&block_type_id] } } };
    let url = session.api.at(&["block_schemas", "filter"]);
    let reply = session.whole(session.write(Method::POST, url, Some(&filter)).await?)?;
    let newest = answer::newest(&reply, session.peer())?;
    let block_schema_id = newest.ok_or_else(|| answer::incomplete(session.peer()))?;
    Ok(Schema { block_type_id, block_schema_id })
}

async fn type_id(session: &Session) -> Result<Option<String>, Error> {
    let url = session.api.at(&["block_types", "slug", "secret"]);
    answer::id(&session.read(url).await?, session.peer())
}

#[derive(Serialize)]
struct SchemaFilter<'a> {
    block_schemas: OfType<'a>,
}

#[derive(Serialize)]
struct OfType<'a> {
    block_type_id: AnyOf<'a>,
}
