//! The stand-in, asked over plain TCP.

mod connections;
mod program;
mod script;
mod secrets;
mod wire;
