//! Many blocks in few requests.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::Ordering;

use prefect_secrets_core::{Answer as Found, Error, Kind};
use reqwest::Method;
use serde::Serialize;
use tokio::task::JoinSet;

use super::answer::{self, Document};
use super::session::{AnyOf, Session};
use crate::cloud::http::Reply;

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

impl<'a> Filter<'a> {
    fn new(limit: usize, offset: usize, names: Option<&'a [&'a str]>) -> Self {
        Self {
            limit,
            offset,
            include_secrets: names.is_some(),
            sort: "NAME_ASC",
            block_types: Slugs { slug: AnyOf { any_: &["secret"] } },
            block_documents: names.map(|any_| Names { name: AnyOf { any_ } }),
        }
    }

    /// The reply, or how many blocks are asked for better: the whole is too large, or more than the
    /// API gives at once.
    async fn ask(&self, session: &Session) -> Result<Result<Reply, usize>, Error> {
        let url = session.api.at(&["block_documents", "filter"]);
        let reply = session.write(Method::POST, url, Some(self)).await?;
        if reply.too_large && self.limit > 1 {
            return Ok(Err(self.limit / 2));
        }
        match answer::largest_page(&reply).filter(|page| *page < self.limit) {
            Some(page) => {
                session.api.page.store(page, Ordering::Relaxed);
                Ok(Err(page))
            }
            None => Ok(Ok(session.whole(reply)?)),
        }
    }
}

/// What became of one page of names.
enum Page {
    /// An answer for each name that is there.
    Answered(HashMap<String, Found>),
    /// Not more than so many names at once.
    Fewer(usize),
    Failed(Error),
}

/// What became of `names`; one that is not in it is not there. A page that fails is the failure of
/// each of its names, and of those that were not asked for yet.
pub(super) async fn get(session: &Session, names: HashSet<String>) -> HashMap<String, Found> {
    let names: Vec<String> = names.into_iter().collect();
    let mut open = VecDeque::from(pages(&names, session.api.page.load(Ordering::Relaxed)));
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
        let (page, names) = joined.expect("a page is not cancelled, and its panic is ours");
        match page {
            Page::Answered(answers) => found.extend(answers),
            Page::Fewer(most) => open.extend(pages(&names, most)),
            // A name that is too large alone says nothing of the others.
            Page::Failed(error) if names.len() == 1 && error.kind() == Kind::Invalid => {
                found.extend(names.into_iter().map(|name| (name, Err(error.clone()))));
            }
            Page::Failed(error) => {
                let names = names.into_iter().chain(open.drain(..).flatten());
                found.extend(names.map(|name| (name, Err(error.clone()))));
            }
        }
    }
}

fn pages(names: &[String], most: usize) -> Vec<Vec<String>> {
    names.chunks(most).map(<[_]>::to_vec).collect()
}

async fn page(session: &Session, names: &[String]) -> Page {
    let any: Vec<&str> = names.iter().map(String::as_str).collect();
    let answered = async {
        let reply = match Filter::new(any.len(), 0, Some(&any)).ask(session).await? {
            Ok(reply) => reply,
            Err(fewer) => return Ok(Page::Fewer(fewer)),
        };
        let documents = Document::many(&reply, session.peer())?;
        let secrets = documents.iter().map(|document| {
            let secret = session.secret(document);
            (document.name.clone().into_owned(), secret.map(Some))
        });
        Ok(Page::Answered(secrets.collect()))
    };
    answered.await.unwrap_or_else(Page::Failed)
}

/// The names of all Secret blocks, page by page: what is written meanwhile may be missed. Texts
/// stay behind; objects come all the same, so a page may be too large.
pub(super) async fn list(session: &Session) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    let mut limit = session.api.page.load(Ordering::Relaxed);
    loop {
        session.until.check("the names were listed")?;
        let reply = match Filter::new(limit, names.len(), None).ask(session).await? {
            Ok(reply) => reply,
            Err(fewer) => {
                limit = fewer;
                continue;
            }
        };
        let page = Document::many(&reply, session.peer())?;
        names.extend(page.iter().map(|document| document.name.clone().into_owned()));
        if page.len() < limit {
            return Ok(names);
        }
    }
}
