//! A Prefect 1 Cloud on loopback, for the demo and the tests.
//!
//! [`StandIn::start`] opens a real HTTP/1.1 server on a free port of 127.0.0.1 and answers until it
//! is dropped. What it answers is its [`Behaviour`]:
//!
//! - [`Secrets`] is a Cloud that keeps secrets in memory. It parses and checks each GraphQL query:
//!   `secret_value`, `secret_names`, `set_secret` and `delete_secret`, several fields with aliases in
//!   one request, `variables` as an object or as JSON inside a JSON string. A malformed query gets
//!   the Cloud's 400 with `errors`.
//! - A script is a list of [`Response`]s given in turn, the last one again and again, whatever is
//!   asked: outages, broken connections, redirects, answers that are not HTTP at all.
//!
//! Both read from JSON in the shapes of the recorded cases, whose `cloud` member is a `Behaviour`.
//!
//! ```
//! use prefect_secrets_stand_in::{Secrets, StandIn};
//!
//! let cloud = StandIn::start(Secrets::new().with("PASSWORD", r#""hunter2""#))?;
//! assert!(cloud.address().starts_with("http://127.0.0.1:"));
//! assert_eq!(cloud.requests().len(), 0);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! A test then asks what happened: [`StandIn::requests`], [`StandIn::connections`],
//! [`StandIn::most_at_once`]; and makes trouble: [`StandIn::replace`],
//! [`StandIn::break_connections`]. Tests in other languages start the program
//! `prefect-secrets-stand-in`, which lives as long as its standard input stays open.
//!
//! Every path is answered alike, as the recordings need. Fragments, directives, `__typename` and
//! introspection are refused as unknown: no client of secrets sends them. Nothing is wiped from
//! memory, so it is for test values only.

mod answer;
mod behaviour;
mod call;
mod cloud;
mod connection;
mod envelope;
mod http;
mod live;
mod operation;
mod request;
mod response;
mod secrets;
mod server;
mod variables;

pub use behaviour::Behaviour;
pub use request::Request;
pub use response::Response;
pub use secrets::Secrets;
pub use server::StandIn;
