//! The TOML file that is read, `~/.prefect/config.toml` unless the environment says otherwise, written:
//! one secret in it at a time, every other byte as it was.
//!
//! The library's own provider only reads: a program that asks for a secret has no use for this, and
//! what writes nothing can break nothing. So it stands here.
//!
//! A change is made under a lock, of the text as it is then. It is written beside the file, read back by
//! the rules of values, and put in the place of the old file in one step: at any moment there is the old
//! file or the new one, whole.

mod document;
mod lock;
mod outline;
mod read_back;
mod replacement;
mod spelling;
mod splice;
mod target;

use prefect_secrets_core::{Buffer, Capabilities, Chain, Deadline, Error, Form, Kind, Secret};
use prefect_secrets_providers::local::Environment;
use prefect_secrets_providers::{Env, METHODS, Toml};

use lock::Lock;
use replacement::Replacement;
use splice::{Place, Splice};
use target::{Content, Folder, Target};

use crate::signals::Held;

/// How often a change is made anew because somebody else changed the file meanwhile.
const TRIES: usize = 5;

/// The file behind the chain's link `toml`.
pub(crate) struct ConfigFile {
    target: Target,
}

impl ConfigFile {
    /// The file, if `provider` names the chain's own link `toml`; what else it may name writes by itself.
    pub(crate) fn behind(chain: &Chain, provider: Option<&str>) -> Option<Result<Self, Error>> {
        let wanted = provider.filter(|name| *name == Toml::NAME)?;
        let mut links = chain.links().iter().map(|link| link.provider());
        let link = links.find(|link| link.name() == wanted)?;
        if link.capabilities().has(Capabilities::SET) {
            return None;
        }
        let target = Target::of(&Environment::of_this_process());
        Some(target.map(|target| Self { target }).map_err(|error| error.by(Toml::NAME)))
    }

    /// `error`, and that the file could be written with `option`, if nobody else in the chain can write
    /// and nobody was named.
    pub(crate) fn advised(
        error: Error,
        chain: &Chain,
        provider: Option<&str>,
        option: &str,
    ) -> Error {
        let is_no_writer = error.kind() == Kind::Unsupported && error.provider().is_none();
        if !is_no_writer
            || provider.is_some()
            || !matches!(Self::behind(chain, Some(Toml::NAME)), Some(Ok(_)))
        {
            return error;
        }
        let next_step =
            format!("say {option} for the configuration file, or {}", error.next_step());
        Error::new(error.kind(), error.what().to_owned(), next_step)
    }

    /// Whether [`set`](Self::set) has a chance, for a program that asks a person for the value first.
    pub(crate) fn can_set(&self, name: &str) -> Result<(), Error> {
        let check = || {
            prefect_secrets_core::check_name(name)?;
            let empty = Buffer::zeroed(0);
            let folder = self.target.folder()?;
            let now = folder.as_ref().map(Folder::read).transpose()?.flatten();
            let bytes = now.as_ref().map_or(&empty, |now| &now.bytes);
            self.spliced(bytes, name, "''")?;
            let path = &self.target.path;
            match read_back::overruled(&*read_back::load(path, name)?, path, name) {
                Some(later) => Err(read_back::overruled_by(&later)),
                None => Ok(()),
            }
        };
        check().map_err(|error| error.by(Toml::NAME).about(name))
    }

    /// Writes `value` under `name`. Where `text_only`, the JSON view may be another one.
    pub(crate) fn set(
        &self,
        name: &str,
        value: &Secret,
        text_only: bool,
        deadline: &Deadline,
    ) -> Result<(), Error> {
        let set = self.target.made_folder().and_then(|folder| {
            self.change(&folder, deadline, |folder, now| {
                self.with(folder, now, name, value, text_only).map(Some)
            })
        });
        set.map(drop).map_err(|error| error.by(Toml::NAME).about(name))
    }

    /// Deletes `name`; `false` if it was not there.
    pub(crate) fn delete(&self, name: &str, deadline: &Deadline) -> Result<bool, Error> {
        let delete = || match self.target.folder()? {
            Some(folder) => self.change(&folder, deadline, |folder, now| match now {
                Some(now) => self.without(folder, now, name),
                None => Ok(None),
            }),
            None => Ok(false),
        };
        delete().map_err(|error| error.by(Toml::NAME).about(name))
    }

    /// The file with `value`, as the rules of values read it as the same.
    fn with<'f>(
        &self,
        folder: &'f Folder<'f>,
        now: Option<&Content>,
        name: &str,
        value: &Secret,
        text_only: bool,
    ) -> Result<Replacement<'f>, Error> {
        let empty = Buffer::zeroed(0);
        let bytes = now.map_or(&empty, |now| &now.bytes);
        let owner = now.map_or_else(|| folder.owner(), |now| Ok(now.owner))?;
        let mut refused = None;
        for spelling in spelling::of(value)? {
            let new = self.spliced(bytes, name, &spelling)?;
            let new = Replacement::write(folder, new.expose(), owner)?;
            let path = new.path();
            let read = read_back::load(&path, name);
            match read.and_then(|r| read_back::compare(&r, &path, name, value, text_only)) {
                Ok(()) => return Ok(new),
                Err(error) => refused.get_or_insert(error),
            };
        }
        let nothing = || Error::new(Kind::Internal, "no way to write the value", "report it");
        Err(refused.unwrap_or_else(nothing))
    }

    /// The file without the secret; `None` if it is not in it.
    fn without<'f>(
        &self,
        folder: &'f Folder<'f>,
        now: &Content,
        name: &str,
    ) -> Result<Option<Replacement<'f>>, Error> {
        let text = document::text(&now.bytes, &self.target.path)?;
        let Some(splice) = Place::of(text, name)?.delete() else { return Ok(None) };
        let new = self.checked(&splice, text, name, false)?;
        let new = Replacement::write(folder, new.expose(), now.owner)?;
        read_back::load(&new.path(), name)?;
        Ok(Some(new))
    }

    /// Under the lock: replaces the file by what `change` makes of it. `false` if that is nothing.
    fn change<'f>(
        &self,
        folder: &'f Folder<'f>,
        deadline: &Deadline,
        change: impl Fn(&'f Folder<'f>, Option<&Content>) -> Result<Option<Replacement<'f>>, Error>,
    ) -> Result<bool, Error> {
        let owner = match folder.read()? {
            Some(now) => now.owner,
            None => folder.owner()?,
        };
        let _lock = Lock::take(folder, owner, deadline)?;
        // Ctrl-C would leave the new file beside the old one.
        let signals = Held::begin().map_err(|error| target::unusable(&self.target.path, &error))?;
        for _ in 0..TRIES {
            let now = folder.read()?;
            let Some(new) = change(folder, now.as_ref())? else { return Ok(false) };
            new.sync()?;
            if signals.came() {
                let stopped = "a signal stopped it";
                return Err(Error::new(Kind::Unavailable, stopped, "nothing was changed"));
            }
            // An editor takes no lock.
            let is_same = match (folder.read()?, &now) {
                (Some(then), Some(now)) => then.bytes.expose() == now.bytes.expose(),
                (None, None) => true,
                _ => false,
            };
            if is_same && new.publish(now.as_ref())? {
                return Ok(true);
            }
        }
        Err(Error::new(
            Kind::Unavailable,
            format!("{} is being changed by somebody all the time", self.target.path.display()),
            "close what is writing it, and try again; nothing was changed",
        ))
    }

    /// The file with `spelling` as the value of `name`.
    fn spliced(&self, bytes: &Buffer, name: &str, spelling: &str) -> Result<Buffer, Error> {
        let text = document::text(bytes, &self.target.path)?;
        let place = Place::of(text, name)?;
        if METHODS.contains(&name) && !place.is_there() {
            return Err(Error::invalid(
                "a secret of this name would keep Prefect 1 from reading the file: there it hides a \
                 method of the table",
                "take another name, or keep it in Prefect Cloud",
            ));
        }
        self.checked(&place.set(spelling), text, name, true)
    }

    fn checked(&self, splice: &Splice, text: &str, name: &str, has: bool) -> Result<Buffer, Error> {
        let new = splice.of(text);
        let after = document::text(&new, &self.target.path).unwrap_or_default();
        document::check(text, after, name, has)?;
        Ok(new)
    }

    /// What a person should know who has written `value`: that its text names a variable which is not
    /// there today.
    pub(crate) fn depends(&self, name: &str, value: &Secret) -> Option<&'static str> {
        let written = read_back::load(&self.target.path, name).ok()?;
        let form = written.in_toml(name).ok()??.form();
        let named = |pair: &[u8]| {
            pair[0] == b'$'
                && (pair[1] == b'{' || pair[1] == b'_' || pair[1].is_ascii_alphanumeric())
        };
        // What is JSON is written so that its members are not looked into.
        let is_text = !matches!(value.form(), Form::Json);
        let names_one = is_text && value.expose_text().windows(2).any(named);
        (names_one && !matches!(form, Form::Verbatim)).then_some(
            "there is a name behind a $ in it: where a variable is called so, the text is another one",
        )
    }

    /// What a person should know who has changed `name` here: whoever else answers it, and first.
    pub(crate) fn others(&self, chain: &Chain, name: &str, deadline: &Deadline) -> Vec<String> {
        let (_, variables) = read_back::variables(name);
        let mut told: Vec<_> = variables
            .iter()
            .map(|variable| format!("the environment variable {variable} is asked first; unset it"))
            .collect();
        let path = &self.target.path;
        let read = read_back::load(path, name);
        if let Ok(Some(later)) = read.map(|read| read_back::overruled(&read, path, name)) {
            told.push(format!("{} sets it too", later.display()));
        }
        let links = chain.links().iter().map(|link| link.provider());
        let earlier = links.take_while(|link| link.name() != Toml::NAME);
        for link in earlier.filter(|link| link.name() != Env::NAME) {
            let who = link.name();
            match link.exists(name, deadline) {
                Ok(true) => {
                    told.push(format!("{who} is asked first, and has a secret of this name"))
                }
                Ok(false) => {}
                Err(error) => told.push(format!("{who} is asked first, and fails: {error}")),
            }
        }
        told
    }
}
