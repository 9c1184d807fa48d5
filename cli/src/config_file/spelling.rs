//! A value as TOML.

use prefect_secrets_core::value::{Object, json};
use prefect_secrets_core::{Error, Form, Secret};
use prefect_secrets_providers::METHODS;
use toml_writer::{ToTomlKey, ToTomlValue, TomlKeyBuilder, TomlStringBuilder};

/// How deep the tables and arrays of a value may be, to be written as such.
const DEEPEST: usize = 16;

/// The ways to write `value`, the best first. Which of them reads as the same value is for the rules to
/// say.
pub(super) fn of(value: &Secret) -> Result<Vec<String>, Error> {
    let text = std::str::from_utf8(value.expose_text()).map_err(|_| {
        Error::invalid(
            "the value is not UTF-8, which is all that TOML can hold",
            "write the bytes as text (Base64, say), or keep them elsewhere",
        )
    })?;
    if !matches!(value.form(), Form::Json) {
        return Ok(vec![string(text)]);
    }
    let object = json(text);
    let typed = object.as_ref().and_then(|object| typed(object, 0));
    let mut spellings = vec![string(text)];
    if let Some(typed) = typed {
        // Prefect 1 reads with a parser of its own, which knows less of TOML.
        let is_first = object.as_ref().is_some_and(is_plain);
        spellings.insert(if is_first { 0 } else { 1 }, typed);
    }
    Ok(spellings)
}

/// A string, without escapes wherever it can do without them: Prefect 1's parser (toml 0.10 of Python)
/// misreads some, such as a quotation mark at the beginning. With three of them around it, it does not.
fn string(text: &str) -> String {
    let string = TomlStringBuilder::new(text);
    let is_short = !text.contains(['\n', '\t']);
    if let Some(basic) = string.as_basic_pretty().filter(|_| is_short) {
        return basic.to_toml_value();
    }
    match string.as_literal().filter(|_| is_short) {
        Some(literal) => literal.to_toml_value(),
        None if text.starts_with('"') => format!("\"\"{}\"\"", string.as_basic().to_toml_value()),
        None => string.as_basic().to_toml_value(),
    }
}

/// A key. One with a backslash in it stands between double quotes: between single ones Prefect 1's parser
/// takes the backslash for the beginning of an escape, and may refuse the whole file.
pub(super) fn key(name: &str) -> String {
    let key = TomlKeyBuilder::new(name);
    if name.contains('\\') { key.as_basic() } else { key.as_default() }.to_toml_key()
}

/// What TOML has a type for; `None` for null, for numbers that programs which read TOML do not hold, and
/// for what holds one.
fn typed(object: &Object, depth: usize) -> Option<String> {
    if depth > DEEPEST {
        return None;
    }
    match object {
        Object::Bool(yes) => Some(yes.to_string()),
        Object::Int(digits) => digits.parse::<i64>().is_ok().then(|| digits.to_string()),
        Object::Float(digits) => {
            digits.parse::<f64>().is_ok_and(f64::is_finite).then(|| digits.to_string())
        }
        Object::Str(text) => Some(string(text)),
        Object::List(items) => {
            let items: Option<Vec<_>> = items.iter().map(|item| typed(item, depth + 1)).collect();
            Some(format!("[{}]", items?.join(", ")))
        }
        Object::Dict(members) if members.is_empty() => Some("{}".into()),
        Object::Dict(members) => {
            let members: Option<Vec<_>> = members
                .iter()
                .map(|(name, value)| {
                    let Object::Str(name) = name else { return None };
                    Some(format!("{} = {}", key(name), typed(value, depth + 1)?))
                })
                .collect();
            Some(format!("{{ {} }}", members?.join(", ")))
        }
        _ => None,
    }
}

/// Whether Prefect 1's parser reads it too, once it is typed: arrays of one type, texts and keys without
/// signs, and no key that hides a method there.
fn is_plain(object: &Object) -> bool {
    let is_sign = |c: char| !(c.is_ascii_alphanumeric() || "_-".contains(c));
    let is_key = |key: &Object| match key {
        Object::Str(key) => {
            !key.is_empty() && !key.contains(is_sign) && !METHODS.contains(&key.as_str())
        }
        _ => false,
    };
    let is_inner = |object: &Object| match object {
        Object::Str(text) => !text.contains(|c| is_sign(c) && !"./: ".contains(c)),
        object => is_plain(object),
    };
    match object {
        Object::List(items) => {
            items.iter().all(is_inner)
                && items.windows(2).all(|pair| {
                    std::mem::discriminant(&pair[0]) == std::mem::discriminant(&pair[1])
                })
        }
        Object::Dict(members) => members.iter().all(|(key, value)| is_key(key) && is_inner(value)),
        _ => true,
    }
}
