//! Many blocks in few requests.

use std::collections::{HashMap, HashSet, VecDeque};

use prefect_secrets_core::{Answer as Found, Error};
use reqwest::Method;
use serde::Serialize;
use tokio::task::JoinSet;

use super::answer::Document;
use super::session::Session;
use crate::cloud::http::Reply;

/// The most blocks that the API gives in one answer (3.8.8, measured).
const PAGE: usize = 200;
/// How many requests of one call are under way at once. A server of one's own answers one after
/// the other; more would only wait there.
const AT_ONCE: usize = 4;

/// The question for Secret blocks.
#[derive(Serialize)]
struct Filter<'a> {
    limit: usize,
    offset: usize,
    include_secrets: bool,
    sort: &'static str,
    block_types: Slugs,
    #[serde(skip_serializing_if = "Option::is_none")]
    block_documents: Option<Names<'a>>,
}

#[derive(Serialize)]
struct Slugs {
    slug: AnyOf<'static>,
}

#[derive(Serialize)]
struct Names<'a> {
    name: AnyOf<'a>,
}

#[derive(Serialize)]
struct AnyOf<'a> {
    any_: &'a [&'a str],
}

impl<'a> Filter<'a> {
    fn new(offset: usize, names: Option<&'a [&'a str]>) -> Self {
        Self {
            limit: PAGE,
            offset,
            include_secrets: names.is_some(),
            sort: "NAME_ASC",
            block_types: Slugs { slug: AnyOf { any_: &["secret"] } },
            block_documents: names.map(|any_| Names { name: AnyOf { any_ } }),
        }
    }

    async fn ask(&self, session: &Session) -> Result<Reply, Error> {
        let url = session.api.at(&["block_documents", "filter"]);
        session.write(Method::POST, url, Some(self)).await
    }
}

/// What became of one page of names.
enum Page {
    /// An answer for each name that is there.
    Answered(HashMap<String, Found>),
    /// Its values together are over the limit of one answer.
    TooLarge,
    Failed(Error),
}

/// What became of `names`; one that is not in it is not there. A page that fails is the failure of
/// each of its names, and of those that were not asked for yet.
pub(super) async fn get(session: &Session, names: HashSet<String>) -> HashMap<String, Found> {
    let names: Vec<String> = names.into_iter().collect();
    let mut open: VecDeque<Vec<String>> = names.chunks(PAGE).map(<[_]>::to_vec).collect();
    let mut found = HashMap::with_capacity(names.len());
    let mut under_way = JoinSet::new();
    loop {
        while under_way.len() < AT_ONCE
            && let Some(names) = open.pop_front()
        {
            let session = session.clone();
            under_way.spawn(async move { (page(&session, &names).await, names) });
        }
        let Some(joined) = under_way.join_next().await else { return found };
        let (page, mut names) = joined.expect("a page is not cancelled, and its panic is ours");
        match page {
            Page::Answered(answers) => found.extend(answers),
            Page::TooLarge if names.len() > 1 => {
                let half = names.split_off(names.len() / 2);
                open.extend([names, half]);
            }
            Page::TooLarge => {
                let error = session.line.too_large();
                found.extend(names.into_iter().map(|name| (name, Err(error.clone()))));
            }
            Page::Failed(error) => {
                let names = names.into_iter().chain(open.drain(..).flatten());
                found.extend(names.map(|name| (name, Err(error.clone()))));
            }
        }
    }
}

async fn page(session: &Session, names: &[String]) -> Page {
    let any: Vec<&str> = names.iter().map(String::as_str).collect();
    let answers = async {
        let reply = Filter::new(0, Some(&any)).ask(session).await?;
        if reply.too_large {
            return Ok(None);
        }
        let documents = Document::many(&reply, session.peer())?;
        let secrets = documents.iter().map(|document| {
            let secret = session.secret(document);
            (document.name.clone().into_owned(), secret.map(Some))
        });
        Ok(Some(secrets.collect()))
    };
    match answers.await {
        Ok(Some(answers)) => Page::Answered(answers),
        Ok(None) => Page::TooLarge,
        Err(error) => Page::Failed(error),
    }
}

/// The names of all Secret blocks, page by page: what is written meanwhile may be missed.
pub(super) async fn list(session: &Session) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    loop {
        session.until.check("the names were listed")?;
        let reply = session.whole(Filter::new(names.len(), None).ask(session).await?)?;
        let page = Document::many(&reply, session.peer())?;
        names.extend(page.iter().map(|document| document.name.clone().into_owned()));
        if page.len() < PAGE {
            return Ok(names);
        }
    }
}
