//! What the API's answers mean. No error holds any of a body.

use std::borrow::Cow;

use prefect_secrets_core::{Error, Kind};
use reqwest::StatusCode;
use serde_json::value::RawValue;

use crate::cloud::http::{Peer, Reply};
use crate::cloud::json::{self, Members, items};

/// A block, as the API wrote it.
pub(super) struct Document<'r> {
    pub(super) id: Cow<'r, str>,
    pub(super) name: Cow<'r, str>,
    /// As JSON; `None` if the block has none.
    pub(super) value: Option<&'r str>,
    /// When it was written last.
    pub(super) updated: Option<Cow<'r, str>>,
}

impl<'r> Document<'r> {
    fn read(document: &'r str) -> Option<Self> {
        let members = Members::read(document)?;
        let text = |name: &str| json::text(members.get(name)?);
        let value = members.get("data").and_then(Members::read).and_then(|data| data.get("value"));
        Some(Self { id: text("id")?, name: text("name")?, value, updated: text("updated") })
    }

    /// The one block that `reply` is about; `None` if the API has no such block.
    pub(super) fn one(reply: &'r Reply, peer: &Peer) -> Result<Option<Self>, Error> {
        match reply.status {
            StatusCode::OK => {
                let text = text(reply, peer)?;
                Self::read(text).map(Some).ok_or_else(|| incomplete(peer))
            }
            StatusCode::NOT_FOUND if is_absence(reply) => Ok(None),
            _ => Err(refusal(reply, peer)),
        }
    }

    /// The blocks that `reply` lists.
    pub(super) fn many(reply: &'r Reply, peer: &Peer) -> Result<Vec<Self>, Error> {
        if reply.status != StatusCode::OK {
            return Err(refusal(reply, peer));
        }
        let items = items(text(reply, peer)?).ok_or_else(|| incomplete(peer))?;
        let documents = items.iter().map(|item| Self::read(item.get()));
        documents.collect::<Option<_>>().ok_or_else(|| incomplete(peer))
    }
}

/// The one id that `reply` is about; `None` if the API has no such thing.
pub(super) fn id(reply: &Reply, peer: &Peer) -> Result<Option<String>, Error> {
    if reply.status == StatusCode::NOT_FOUND && is_absence(reply) {
        return Ok(None);
    }
    if reply.status != StatusCode::OK {
        return Err(refusal(reply, peer));
    }
    id_in(text(reply, peer)?).map(Some).ok_or_else(|| incomplete(peer))
}

/// The id of what was made last among what `reply` lists; `None` if it lists nothing.
pub(super) fn newest(reply: &Reply, peer: &Peer) -> Result<Option<String>, Error> {
    if reply.status != StatusCode::OK {
        return Err(refusal(reply, peer));
    }
    let items = items(text(reply, peer)?).ok_or_else(|| incomplete(peer))?;
    let made = |item: &RawValue| {
        let members = Members::read(item.get())?;
        json::text(members.get("created")?).map(Cow::into_owned)
    };
    // Dates in one form and one zone sort as text.
    let newest = items.iter().max_by_key(|item| made(item));
    newest.map(|item| id_in(item.get()).ok_or_else(|| incomplete(peer))).transpose()
}

fn id_in(document: &str) -> Option<String> {
    json::text(Members::read(document)?.get("id")?).map(Cow::into_owned)
}

/// The body as JSON text. A web page that a proxy sent is none, whatever its status.
pub(super) fn text<'r>(reply: &'r Reply, peer: &Peer) -> Result<&'r str, Error> {
    let text = reply.is_json().then(|| reply.text()).flatten();
    text.ok_or_else(|| {
        let Peer { called, address, .. } = peer;
        Error::new(
            Kind::Unavailable,
            format!("{called} answered with {}", reply.instead_of_json()),
            format!(
                "check that {address} is the address of its API (a server's ends in /api), and that \
                 no proxy answers in its stead"
            ),
        )
    })
}

/// Whether a reply is one that Prefect tries again: 408, 429, 502 and 503 (3.8.8, measured).
pub(super) fn passes(reply: &Reply) -> bool {
    matches!(reply.status.as_u16(), 408 | 429 | 502 | 503)
}

/// Whether a 404 is the API's word that it has no such block or type. Whatever else says 404, a
/// wrong address or a proxy, says another word.
pub(super) fn is_absence(reply: &Reply) -> bool {
    let words = ["Block document not found", "Block type not found"];
    reply.is_json() && detail(reply).is_some_and(|detail| words.contains(&&*detail))
}

/// The most that the API gives in one answer, if that is what `reply` refuses: less was set up there
/// than the usual 200.
pub(super) fn largest_page(reply: &Reply) -> Option<usize> {
    if reply.status != StatusCode::UNPROCESSABLE_ENTITY {
        return None;
    }
    let detail = detail(reply)?;
    let number = detail.strip_prefix("Invalid limit: must be less than or equal to ")?;
    number.trim_end_matches('.').parse().ok().filter(|page| *page > 0)
}

/// Whether the request was refused for want of a token against forged requests.
pub(super) fn wants_token(reply: &Reply) -> bool {
    reply.status == StatusCode::FORBIDDEN
        && detail(reply).is_some_and(|detail| {
            matches!(
                &*detail,
                "Missing CSRF token."
                    | "Missing client identifier."
                    | "Invalid CSRF token or client identifier."
            )
        })
}

fn detail(reply: &Reply) -> Option<Cow<'_, str>> {
    json::text(Members::read(reply.text()?)?.get("detail")?)
}

/// The failure of an answer that lacks what was asked for.
pub(super) fn incomplete(peer: &Peer) -> Error {
    let Peer { called, address, .. } = peer;
    Error::new(
        Kind::Unavailable,
        format!("{called} answered without the data asked for"),
        format!("check that {address} is the address of a Prefect 3 API"),
    )
}

/// The failure of a reply that is not what was asked for.
pub(super) fn refusal(reply: &Reply, peer: &Peer) -> Error {
    let Peer { called, address, .. } = peer;
    let status = reply.status.as_u16();
    let said = format!("{called} answered {status}");
    match status {
        403 if wants_token(reply) => Error::new(
            Kind::Denied,
            format!("{called} wants a token against forged requests, and took none that it gave"),
            "see that PREFECT_CLIENT_CSRF_SUPPORT_ENABLED is not false; else try later",
        ),
        401 | 403 => Error::new(
            Kind::Denied,
            format!("{called} does not accept the credentials, or got none ({status})"),
            "check PREFECT_API_KEY for Prefect Cloud, PREFECT_API_AUTH_STRING for a server of your \
             own, and what they may do",
        ),
        404 => Error::invalid(
            format!("{said}: there is no Prefect 3 API at this address"),
            format!("check {address}: a server's ends in /api, Prefect Cloud's in its workspace"),
        ),
        300..=399 => Error::invalid(
            format!("{said}: it sends the request to another host, or in a circle"),
            format!("set {address} to the address that is meant; no credential goes elsewhere"),
        ),
        // It shows the whole request, value and all.
        422 => Error::invalid(
            format!("{said}: it does not take this request"),
            "check the name and the value, and whether the server is one of Prefect 3",
        ),
        200..=299 => match text(reply, peer) {
            Err(error) => error,
            Ok(_) => incomplete(peer),
        },
        408 | 425 | 429 | 500..=599 => {
            Error::new(Kind::Unavailable, said, "try later, or allow more time for another try")
        }
        _ => {
            Error::invalid(said, format!("check that {address} is the address of a Prefect 3 API"))
        }
    }
}
