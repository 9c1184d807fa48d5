//! The token that shows that a request was not forged, where a server wants one.

use std::sync::Arc;

use prefect_secrets_core::{Buffer, Error};
use reqwest::StatusCode;
use reqwest::header::HeaderValue;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::answer;
use super::session::Session;
use crate::cloud::http::{Call, cryptography, wiped};
use crate::cloud::json::{Members, unquote};

/// A server's token for this process. Asking for one voids the one before, so one thread asks at a
/// time; how long a token is good for is the server's to say, by refusing it.
pub(super) struct Csrf {
    /// Whom the token is for: a random UUID.
    client: String,
    state: Mutex<State>,
}

#[derive(Clone, PartialEq)]
pub(super) enum Token {
    /// The server has none.
    Unused,
    /// To be sent beside the client.
    Use(HeaderValue),
}

/// `None` until a server was asked.
type State = Option<Token>;

impl Csrf {
    pub(super) fn new() -> Result<Self, Error> {
        let mut random = [0; 16];
        cryptography().secure_random.fill(&mut random).map_err(|_| {
            Error::new(
                prefect_secrets_core::Kind::Unavailable,
                "the system gives no random numbers",
                "try later",
            )
        })?;
        // Version 4, variant 1 (RFC 9562, 5.4).
        random[6] = random[6] & 0x0f | 0x40;
        random[8] = random[8] & 0x3f | 0x80;
        let hex: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
        Ok(Self { client: parts.join("-"), state: Mutex::new(None) })
    }

    /// The token to send. `refused` is the one that the server did not take: if nobody has asked
    /// for another one meanwhile, one is asked for.
    pub(super) async fn token(
        &self,
        session: &Session,
        refused: Option<Token>,
    ) -> Result<Token, Error> {
        let lock = timeout(session.until.remaining(), self.state.lock());
        let Ok(mut state) = lock.await else {
            return Err(session.until.passed("another call asked the server for a token"));
        };
        if let Some(token) = &*state
            && Some(token) != refused.as_ref()
        {
            return Ok(token.clone());
        }
        let token = self.ask(session).await?;
        *state = Some(token.clone());
        Ok(token)
    }

    async fn ask(&self, session: &Session) -> Result<Token, Error> {
        let mut url = session.api.at(&["csrf-token"]);
        url.set_query(Some(&format!("client={}", self.client)));
        let reply = session.read(url).await?;
        match reply.status {
            StatusCode::OK => {
                let peer = session.peer();
                let members = Members::read(answer::text(&reply, peer)?);
                let token = members.and_then(|members| unquote(members.get("token")?));
                let header = token
                    .and_then(|token: Buffer| HeaderValue::from_maybe_shared(wiped(token)).ok());
                let mut header = header.ok_or_else(|| answer::incomplete(peer))?;
                header.set_sensitive(true);
                Ok(Token::Use(header))
            }
            // Older servers do not know the question; those that could ask for tokens and do not
            // call it wrong.
            StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY => Ok(Token::Unused),
            _ => Err(answer::refusal(&reply, session.peer())),
        }
    }

    /// Puts `token` into `call`.
    pub(super) fn guard(&self, call: &mut Call, token: &Token) {
        if let Token::Use(token) = token {
            let client = HeaderValue::from_str(&self.client).expect("digits and dashes");
            let headers = Arc::make_mut(&mut call.headers);
            headers.insert("prefect-csrf-token", token.clone());
            headers.insert("prefect-csrf-client", client);
        }
    }
}
