//! What a dict and a set keep of equal keys.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::value::object::Object;

/// What Python compares. Numbers of one value are one key, whatever their types.
#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    None,
    Ellipsis,
    Str(&'a str),
    Bytes(&'a [u8]),
    Whole(Cow<'a, str>),
    Real(u64),
    Complex(u64, u64),
    Tuple(Vec<Key<'a>>),
}

/// Below this whole floats are exact.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl<'a> Key<'a> {
    /// `None` for what cannot be a key.
    fn of(object: &'a Object) -> Option<Self> {
        Some(match object {
            Object::None => Self::None,
            Object::Ellipsis => Self::Ellipsis,
            Object::Bool(yes) => Self::Whole(if *yes { "1" } else { "0" }.into()),
            Object::Int(digits) => Self::Whole(digits.as_str().into()),
            Object::Float(_) => {
                let real = object.real()?;
                match real.fract() == 0.0 && real.abs() < EXACT {
                    true => Self::Whole((real as i64).to_string().into()),
                    false => Self::Real(real.to_bits()),
                }
            }
            Object::Complex(real, imaginary) => Self::Complex(real.to_bits(), imaginary.to_bits()),
            Object::Str(text) | Object::Date(text) => Self::Str(text),
            Object::Bytes(bytes) => Self::Bytes(bytes),
            Object::Tuple(items) => Self::Tuple(items.iter().map(Self::of).collect::<Option<_>>()?),
            Object::List(_) | Object::Set(_) | Object::Dict(_) => return None,
        })
    }
}

/// The members of a dict: of equal keys the first one stays, with the value of the last.
/// `None` if one cannot be a key.
pub(super) fn members(all: Vec<(Object, Object)>) -> Option<Vec<(Object, Object)>> {
    let mut places = HashMap::with_capacity(all.len());
    let mut place = Vec::with_capacity(all.len());
    for (key, _) in &all {
        let next = places.len();
        place.push(*places.entry(Key::of(key)?).or_insert(next));
    }
    if places.len() == all.len() {
        return Some(all);
    }
    let mut kept: Vec<(Object, Object)> = Vec::with_capacity(places.len());
    for ((key, value), place) in all.into_iter().zip(place) {
        match kept.get_mut(place) {
            Some(member) => member.1 = value,
            None => kept.push((key, value)),
        }
    }
    Some(kept)
}

/// The items of a set, each once. `None` if one cannot be in a set.
pub(super) fn items(all: Vec<Object>) -> Option<Vec<Object>> {
    let members = members(all.into_iter().map(|item| (item, Object::None)).collect())?;
    Some(members.into_iter().map(|(item, _)| item).collect())
}
