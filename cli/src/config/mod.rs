//! `config ...`: what is set, and where.

mod address;
mod harmless;
mod path;
mod places;
mod secrets;
mod show;
mod table;
mod written;

use prefect_secrets_core::Error;

pub(crate) use self::address::without_credentials;
pub(crate) use self::places::{Place, places};
use crate::arguments::Config;
use crate::exit::Exit;

pub(crate) fn run(config: &Config) -> Result<Exit, Error> {
    match config {
        Config::Show(show) => show::run(show),
        Config::Path(path) => path::run(path),
    }
}
