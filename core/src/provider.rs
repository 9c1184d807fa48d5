//! The contract of a provider.

use std::mem::MaybeUninit;

use crate::deadline::Deadline;
use crate::error::{Error, Kind};
use crate::secret::Secret;
use crate::take::{Take, copy};

/// The three answers: `Ok(Some)` found, `Ok(None)` absent, `Err` failed.
pub type Answer = Result<Option<Secret>, Error>;

/// What a provider can do beside [`Provider::get`]. The bits are those of the provider ABI.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities(u64);

impl Capabilities {
    /// Nothing beside get.
    pub const NONE: Self = Self(0);
    /// Answers many names in less than as many calls.
    pub const GET_MANY: Self = Self(1);
    /// Writes values.
    pub const SET: Self = Self(1 << 1);
    /// Deletes values.
    pub const DELETE: Self = Self(1 << 2);
    /// Lists names.
    pub const LIST: Self = Self(1 << 3);
    /// Holds something that can get old.
    pub const REFRESH: Self = Self(1 << 4);
    /// May be called from many threads at once. One that is not marked so is serialised.
    pub const THREAD_SAFE: Self = Self(1 << 16);
    /// Returns by the deadline that it is given. One that does not promise this is called on a
    /// thread of the library, and abandoned at the deadline.
    pub const HONORS_DEADLINES: Self = Self(1 << 17);

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` is in it.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// As the ABI carries them.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// From the ABI; bits that this version does not know are kept.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}

/// What a provider finds without waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// The secret, and has handed it over.
    Found,
    /// That there is none.
    Absent,
    /// That it fails; [`Provider::get`] says why, and does not wait for that either.
    Failed,
    /// Nothing: the provider has to be asked.
    Waits,
}

/// Answers names from one place.
///
/// Only [`name`](Self::name) and [`get`](Self::get) are asked of an implementer. Every method may
/// be called from many threads at once, and returns by its deadline. The names that reach a
/// provider hold no NUL.
pub trait Provider: Send + Sync {
    /// What configuration and errors call it. Safe to log.
    fn name(&self) -> &str;

    /// The secret called `name`. *Absent* lets the chain go on to the next provider; an outage
    /// is a failure, never absence.
    fn get(&self, name: &str, deadline: &Deadline) -> Answer;

    /// What [`get`](Self::get) would answer, if that is in memory. The bytes of `name` need not be a
    /// name; what is none is absent.
    fn in_memory(&self, _name: &[u8], _take: &mut Take<'_>) -> Memory {
        Memory::Waits
    }

    /// As [`get`](Self::get), for a caller that wants the text in a place of its own: it is copied to `to`
    /// with a NUL behind it, if both fit there, and nothing is written if they do not. Gives the length
    /// of the text, without the NUL. A provider can so answer without making or sharing a secret.
    fn get_into(
        &self,
        name: &str,
        deadline: &Deadline,
        to: &mut [MaybeUninit<u8>],
    ) -> Result<Option<usize>, Error> {
        Ok(self.get(name, deadline)?.map(|secret| copy(secret.expose_text(), to)))
    }

    /// What it can do beside get.
    fn capabilities(&self) -> Capabilities {
        Capabilities::NONE
    }

    /// Why it answers nothing as it is configured now, if so: explain then says that it was
    /// skipped. Such a provider's `get` answers *absent*.
    fn skipped(&self) -> Option<String> {
        None
    }

    /// What explain should add about how this provider treats `name`: under which other name it
    /// asks, say. Never a value.
    fn remark(&self, _name: &str) -> Option<String> {
        None
    }

    /// One answer for each name, in their order.
    fn get_many(&self, names: &[&str], deadline: &Deadline) -> Vec<Answer> {
        names.iter().map(|name| self.get(name, deadline)).collect()
    }

    /// Whether it has the name.
    fn exists(&self, name: &str, deadline: &Deadline) -> Result<bool, Error> {
        Ok(self.get(name, deadline)?.is_some())
    }

    /// Writes `value` under `name`, in the place of any value that was there.
    fn set(&self, name: &str, _value: &Secret, _deadline: &Deadline) -> Result<(), Error> {
        Err(self.cannot("set a secret").about(name))
    }

    /// Removes `name`; `false` if it was not there.
    fn delete(&self, name: &str, _deadline: &Deadline) -> Result<bool, Error> {
        Err(self.cannot("delete a secret").about(name))
    }

    /// The names that it has, in no particular order.
    fn list(&self, _deadline: &Deadline) -> Result<Vec<String>, Error> {
        Err(self.cannot("list its names"))
    }

    /// Reads its place anew. On failure it goes on with what it had.
    fn refresh(&self, _deadline: &Deadline) -> Result<(), Error> {
        Ok(())
    }

    /// The failure of a provider that cannot do this.
    fn cannot(&self, what: &str) -> Error {
        Error::new(
            Kind::Unsupported,
            format!("this provider cannot {what}"),
            "name a provider that can",
        )
        .by(self.name())
    }
}
