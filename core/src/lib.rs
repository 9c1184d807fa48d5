//! The ideas of libprefect_secrets.
//!
//! A **secret** is a value; a **name** says which one. A **provider** answers names from one
//! place, with one of three answers: found, absent, failed. A **chain** is providers in order,
//! where the first hit wins and only *absent* moves on; it is itself a provider. An **error** says
//! who failed and what to do next. A **deadline** is the time a call may take, and an
//! **explanation** tells how an answer came about. A **plugin** is a provider in a shared library,
//! behind the C shapes in [`abi`].
//!
//! There is no network here, no file and no loader: a plugin written in Rust needs this crate
//! alone.
//!
//! ```
//! use std::sync::Arc;
//! use prefect_secrets_core::{Answer, Buffer, Chain, Deadline, Form, Link, Name, Provider, Secret};
//!
//! struct Fixed(Arc<str>);
//! impl Provider for Fixed {
//!     fn name(&self) -> &str { &self.0 }
//!     fn get(&self, name: &str, _deadline: &Deadline) -> Answer {
//!         let here = name == "DB_PASSWORD";
//!         Ok(here.then(|| Secret::new(&self.0, Buffer::copy_of(b"0000"), Form::Text)))
//!     }
//! }
//!
//! let chain = Chain::new(vec![Link::new(Arc::new(Fixed("fixed".into())), "this example")]);
//! let secret = Name::new("DB_PASSWORD")?.resolve(&chain, &Deadline::default())?.unwrap();
//! assert_eq!(secret.expose_text(), b"0000");
//! assert!(chain.get("OTHER", &Deadline::default())?.is_none());
//! # Ok::<(), prefect_secrets_core::Error>(())
//! ```

pub mod abi;
mod background;
mod buffer;
mod cancellation;
mod chain;
mod deadline;
mod error;
mod explain;
mod late;
mod link;
mod name;
mod outcome;
mod provider;
mod rest;
mod secret;
mod short;
mod take;
mod told;
pub mod value;

pub use background::Later;
pub use buffer::Buffer;
pub use cancellation::{Cancellation, Watch};
pub use chain::{Chain, Listed};
pub use deadline::Deadline;
pub use error::{Error, Kind};
pub use explain::{Explanation, LinkReport};
pub use late::LateName;
pub use link::{Link, OnError};
pub use name::{Name, check as check_name, is_plain};
pub use provider::{Answer, Capabilities, Memory, Provider};
pub use rest::Rest;
pub use secret::{Form, Secret};
pub use take::{Take, copy};
