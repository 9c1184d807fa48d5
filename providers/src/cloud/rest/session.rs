//! One call's talk with the API: as many requests as it takes, under one deadline.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use prefect_secrets_core::{Buffer, Deadline, Error, Form, Kind, Secret, value};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};
use reqwest::{Method, Url};
use serde::Serialize;

use super::answer;
use super::csrf::Csrf;
use super::{Document, Settings};
use crate::cloud::Cloud;
use crate::cloud::address::Address;
use crate::cloud::http::{Call, Line, Peer, Reply, wiped};
use crate::cloud::json;
use crate::own::Own;

/// What the server shows instead of a secret to those who may not see it.
pub(super) const OBFUSCATED: &str = "********";

/// The most blocks in one answer, as servers come.
const PAGE: usize = 200;

/// One API, and what every request to it carries.
pub(super) struct Api {
    provider: Arc<str>,
    base: Url,
    /// Above the Secret blocks, which are called by their names.
    secrets: Url,
    headers: Arc<HeaderMap>,
    /// Whether it is a workspace of Prefect Cloud.
    pub(super) workspace: bool,
    /// Whether tokens against forged requests are asked for. Prefect Cloud has none.
    pub(super) csrf: bool,
    /// The most blocks that it gives in one answer: 200, unless it was set up for less (3.8.8,
    /// measured).
    pub(super) page: AtomicUsize,
}

impl Api {
    pub(super) fn of(settings: &Settings) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(authorization) = &settings.authorization {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
        for (name, value) in &settings.headers {
            headers.insert(name, value.clone());
        }
        let agent = concat!("prefect-secrets/", env!("CARGO_PKG_VERSION"));
        headers.insert(USER_AGENT, HeaderValue::from_static(agent));
        let base = settings.address.url().clone();
        let workspace = is_workspace(&base);
        let csrf = settings.csrf && !workspace;
        let page = AtomicUsize::new(PAGE);
        let secrets = below(&base, &["block_types", "slug", "secret", "block_documents", "name"]);
        let (provider, headers) = (Cloud::NAME.into(), Arc::new(headers));
        Self { provider, base, secrets, headers, workspace, csrf, page }
    }

    /// What messages call it.
    pub(super) fn peer(&self, address: &Address) -> Peer {
        let who = if self.workspace { "Prefect Cloud" } else { "the Prefect server" };
        Peer {
            called: format!("{who} at {}", address.host()),
            address: "PREFECT_API_URL",
            timeout: "PREFECT_API_REQUEST_TIMEOUT",
            authorities: "PREFECT_API_SSL_CERT_FILE",
        }
    }

    /// The address of what stands at `path` below the API; an empty last part ends it with a slash.
    pub(super) fn at(&self, path: &[&str]) -> Url {
        below(&self.base, path)
    }

    /// The address of the Secret block called `name`, with its value or without it.
    pub(super) fn by_name(&self, name: &str, include_secrets: bool) -> Url {
        let mut url = below(&self.secrets, &[name]);
        // Without this, texts are hidden but objects are not (3.8.8, measured).
        url.set_query(include_secrets.then_some("include_secrets=true"));
        url
    }
}

/// The address of what stands at `path` below `base`.
fn below(base: &Url, path: &[&str]) -> Url {
    let mut url = base.clone();
    url.path_segments_mut().expect("an http address has a path").pop_if_empty().extend(path);
    url
}

/// Whether `url` is that of a workspace: `.../accounts/UUID/workspaces/UUID`.
fn is_workspace(url: &Url) -> bool {
    let parts: Vec<_> = url.path_segments().into_iter().flatten().collect();
    let id = |text: &str| {
        text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
    };
    parts.windows(4).any(|p| p[0] == "accounts" && id(p[1]) && p[2] == "workspaces" && id(p[3]))
}

/// One call's talk with the API.
#[derive(Clone)]
pub(super) struct Session {
    pub(super) line: Line,
    pub(super) api: Arc<Api>,
    pub(super) csrf: Option<Arc<Own<Csrf>>>,
    pub(super) until: Arc<Deadline>,
}

impl Session {
    /// A GET. Every reply that came is returned, whatever its status.
    pub(super) async fn read(&self, url: Url) -> Result<Reply, Error> {
        self.line.send(self.call(Method::GET, url), &self.until).await
    }

    /// A request that the server guards against being forged: everything but a GET, also one that
    /// changes nothing. Every reply that came is returned, also one that is too large: whoever only
    /// wants to know whether it was done looks at the status.
    pub(super) async fn write(
        &self,
        method: Method,
        url: Url,
        body: Option<&impl Serialize>,
    ) -> Result<Reply, Error> {
        let mut call = self.call(method, url);
        if let Some(body) = body {
            let body = Buffer::json(body)
                .map_err(|_| Error::new(Kind::Internal, "the request is no JSON", "report this"))?;
            call.body = Some(wiped(body));
            Arc::make_mut(&mut call.headers)
                .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let Some(csrf) = &self.csrf else {
            return self.line.send_for_any_size(call, &self.until).await;
        };
        let mut token = csrf.token(self, None).await?;
        csrf.guard(&mut call, &token);
        let reply = self.line.send_for_any_size(call.clone(), &self.until).await?;
        if !answer::wants_token(&reply) {
            return Ok(reply);
        }
        // It has run out, was voided, or is wanted only now.
        token = csrf.token(self, Some(token)).await?;
        csrf.guard(&mut call, &token);
        self.line.send_for_any_size(call, &self.until).await
    }

    fn call(&self, method: Method, url: Url) -> Call {
        Call { method, url, headers: Arc::clone(&self.api.headers), body: None }
    }

    /// The other side.
    pub(super) fn peer(&self) -> &Peer {
        self.line.peer()
    }

    /// The one block that `reply` is about; `None` if the server has no such block.
    pub(super) fn document<'r>(&self, reply: &'r Reply) -> Result<Option<Document<'r>>, Error> {
        Document::one(reply, self.peer())
    }

    /// The secret in a block.
    pub(super) fn secret(&self, document: &Document<'_>) -> Result<Secret, Error> {
        let Some(json) = document.value else {
            return Err(answer::incomplete(self.peer()));
        };
        let provider = &self.api.provider;
        let secret = if json.starts_with('"') {
            let text = json::unquote(json).ok_or_else(|| {
                Error::invalid(
                    format!("the value in {} is no Unicode text", self.peer().called),
                    "store it again; bytes can be stored in Base64",
                )
            })?;
            if self.api.workspace && text.expose() == OBFUSCATED.as_bytes() {
                return Err(Error::new(
                    Kind::Denied,
                    format!("{} hides the value from this API key", self.peer().called),
                    "use a key whose role may see the secrets of blocks",
                ));
            }
            Secret::new(provider, text, Form::Text)
        } else {
            Secret::new(provider, value::read(json), Form::Json)
        };
        Ok(secret.dated(None, document.updated.as_deref().map(Into::into)))
    }

    /// `reply`, if all of it is here.
    pub(super) fn whole(&self, reply: Reply) -> Result<Reply, Error> {
        if reply.too_large { Err(self.line.too_large()) } else { Ok(reply) }
    }
}

/// A condition of a filter: any of these.
#[derive(Serialize)]
pub(super) struct AnyOf<'a> {
    pub(super) any_: &'a [&'a str],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_is_known_by_its_path() {
        let id = "11111111-2222-3333-4444-555555555555";
        let is = |text: &str| is_workspace(&Url::parse(text).unwrap());
        assert!(is(&format!("https://api.prefect.cloud/api/accounts/{id}/workspaces/{id}")));
        assert!(!is("http://127.0.0.1:4200/api"));
        assert!(!is(&format!("http://h/api/accounts/{id}")));
        assert!(!is("http://h/api/accounts/me/workspaces/mine"));
    }

    #[test]
    fn an_address_may_have_a_path_of_any_depth() {
        for (base, wanted) in [
            ("http://h/api", "http://h/api/block_documents/"),
            ("http://h", "http://h/block_documents/"),
            ("http://h/deep/er/api", "http://h/deep/er/api/block_documents/"),
        ] {
            let api = Api::of(&Settings::at(base).unwrap());
            assert_eq!(api.at(&["block_documents", ""]).as_str(), wanted);
        }
    }
}
