//! `prefect_secrets_names`.

use prefect_secrets_core::abi::{Slice, Status};
use prefect_secrets_core::{Error, Listed};

use crate::argument::{Out, boxed};
use crate::text::Text;

/// The names that a chain lists.
pub(crate) struct Names(Vec<Entry>);

struct Entry {
    name: Text,
    provider: Text,
    shadowed: bool,
}

impl Names {
    pub(crate) fn of(listed: &[Listed]) -> Box<Self> {
        let entry = |listed: &Listed| Entry {
            name: Text::of(&listed.name),
            provider: Text::of(&listed.provider),
            shadowed: listed.shadowed,
        };
        Box::new(Self(listed.iter().map(entry).collect()))
    }
}

/// The entry at `index`, else *invalid*.
pub(crate) fn at<T>(entries: &[T], index: usize) -> Result<&T, Error> {
    entries.get(index).ok_or_else(|| {
        Error::invalid(
            format!("there is no entry {index}: there are {}", entries.len()),
            "pass an index that is below the count",
        )
    })
}

boxed!(Names, "prefect_secrets_names");

export! {
    plain fn prefect_secrets_names_count(names: &Names) -> usize {
        names.0.len()
    }

    fallible fn prefect_secrets_names_at(
        names: &Names,
        index: usize,
        name: Out<'_, Slice>,
        provider: Out<'_, Slice>,
        shadowed: Out<'_, i32>,
    ) {
        let entry = at(&names.0, index)?;
        name.write(entry.name.slice());
        provider.write(entry.provider.slice());
        shadowed.write(entry.shadowed.into());
        Ok(Status::Ok)
    }

    plain fn prefect_secrets_names_free(names: Option<Box<Names>>) {
        drop(names)
    }
}
