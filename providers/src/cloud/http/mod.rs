//! Requests and replies, below the dialects: trying again, deadlines, connections, trust.

mod cancelled;
mod client;
mod date;
mod fault;
mod latin_1;
mod live;
mod names;
mod peer;
mod retry;
mod tls;
mod wire;

pub(super) use client::{Client, Line};
pub(super) use date::date;

pub(super) use peer::Peer;
pub(super) use retry::{Patience, Persistence};
pub(super) use tls::{Trust, cryptography};
pub(super) use wire::{Call, LARGEST, Reply, authorization, wiped};
