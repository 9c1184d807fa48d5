//! Two descriptions of the shapes, member by member.
//!
//! `abi_stable` has a comparison of its own. It would make the library 0.2 MiB larger and answers with
//! a tree of everything that follows from one difference; this one ends at the first. The tests hold
//! both against each other.

use std::ptr;

use abi_stable::type_layout::{TLData, TLField, TLFunction, TypeLayout};

/// The one place at which two layouts part.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{place}` {how}")]
pub struct Difference {
    /// The member, as `Type.member`.
    pub place: String,
    /// What is there in place of what should be.
    pub how: String,
}

/// Accepts `theirs` if whoever knows `ours` can use it: the same members in the same order, of the same
/// types, and perhaps more at the end of a struct that starts with its size.
pub fn compare(ours: &'static TypeLayout, theirs: &'static TypeLayout) -> Result<(), Difference> {
    Comparison { seen: Vec::new() }.types(ours, theirs, ours.name())
}

struct Comparison {
    /// Pairs of structs that were begun: the shapes point at each other in circles.
    seen: Vec<(*const TypeLayout, *const TypeLayout)>,
}

impl Comparison {
    fn types(
        &mut self,
        ours: &'static TypeLayout,
        theirs: &'static TypeLayout,
        place: &str,
    ) -> Result<(), Difference> {
        if ours.name() != theirs.name() {
            let how = format!("is `{}` and should be `{}`", theirs.name(), ours.name());
            return differs(place, how);
        }
        if let (TLData::Struct { fields: known }, TLData::Struct { fields: found }) =
            (ours.data(), theirs.data())
        {
            let pair = (ptr::from_ref(ours), ptr::from_ref(theirs));
            if self.seen.contains(&pair) {
                return Ok(());
            }
            self.seen.push(pair);
            let grows = known.get(0).is_some_and(|first| first.name() == "struct_size");
            let mut found = found.iter();
            for known in known.iter() {
                let place = format!("{}.{}", ours.name(), known.name());
                let Some(found) = found.next() else {
                    return differs(&place, "is missing".into());
                };
                if known.name() != found.name() {
                    return differs(&place, format!("is not there, but `{}` is", found.name()));
                }
                self.members(&known, &found, &place)?;
            }
            if let (false, Some(more)) = (grows, found.next()) {
                return differs(ours.name(), format!("has the member `{}` too many", more.name()));
            }
            // What grows has no size of its own to compare; its members have.
            if grows && ours.alignment() == theirs.alignment() {
                return Ok(());
            }
        }
        let (known, found) = (ours.alignment(), theirs.alignment());
        if known != found {
            return differs(place, format!("is aligned to {found} bytes and should be to {known}"));
        }
        let (known, found) = (ours.size(), theirs.size());
        if known != found {
            return differs(place, format!("has {found} bytes and should have {known}"));
        }
        let (known, found) = (ours.generics().type_params(), theirs.generics().type_params());
        if known.len() != found.len() {
            return differs(place, "has other type parameters".into());
        }
        known.iter().zip(found).try_for_each(|(known, found)| self.types(known(), found(), place))
    }

    fn members(&mut self, ours: &TLField, theirs: &TLField, place: &str) -> Result<(), Difference> {
        let (known, found) = (ours.function_range(), theirs.function_range());
        if known.len() != found.len() {
            return differs(place, "is a function in one and none in the other".into());
        }
        for (known, found) in known.iter().zip(found.iter()) {
            self.functions(&known, &found, place)?;
        }
        self.types(ours.layout(), theirs.layout(), place)
    }

    fn functions(
        &mut self,
        ours: &TLFunction,
        theirs: &TLFunction,
        place: &str,
    ) -> Result<(), Difference> {
        if ours.fn_qualifs != theirs.fn_qualifs {
            return differs(place, "is unsafe to call in one and not in the other".into());
        }
        let (known, found) = (&ours.param_type_layouts, &theirs.param_type_layouts);
        if known.len() != found.len() {
            let (known, found) = (known.len(), found.len());
            return differs(place, format!("takes {found} arguments and should take {known}"));
        }
        for (i, (known, found)) in known.iter().zip(found.iter()).enumerate() {
            self.types(known(), found(), &format!("{place}, argument {}", i + 1))?;
        }
        match (ours.return_type_layout(), theirs.return_type_layout()) {
            (None, None) => Ok(()),
            (Some(known), Some(found)) => self.types(known(), found(), &format!("{place}, answer")),
            _ => differs(place, "answers in one and not in the other".into()),
        }
    }
}

fn differs(place: &str, how: String) -> Result<(), Difference> {
    Err(Difference { place: place.into(), how })
}
