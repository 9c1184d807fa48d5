//! The variables of one operation: declared, given and used.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use graphql_parser::query::{Type, VariableDefinition};
use serde_json::value::RawValue;

use crate::answer::Refusal;
use crate::envelope::Given;
use crate::operation::Value;

/// The variables that an operation declares, with their values.
pub(crate) struct Variables<'a> {
    types: BTreeMap<&'a str, String>,
    values: BTreeMap<&'a str, Box<RawValue>>,
    used: RefCell<BTreeSet<&'a str>>,
}

impl<'a> Variables<'a> {
    /// Takes the value of each declared variable from `given`, or its default. Refuses one that has
    /// to be given and is not, or is not of its type.
    pub(crate) fn declare(
        definitions: &[VariableDefinition<'a, &'a str>],
        given: &Given,
    ) -> Result<Self, Refusal> {
        let mut variables =
            Self { types: BTreeMap::new(), values: BTreeMap::new(), used: RefCell::default() };
        for definition in definitions {
            let (name, kind) = (definition.name, spelled(&definition.var_type));
            let value = match (given.get(name), &definition.default_value) {
                (Some(value), _) => Some(value.clone()),
                (None, Some(default)) => Some(raw(variables.text(default)?)),
                (None, None) => None,
            };
            let text = value.as_ref().map_or("null", |value| value.get());
            if kind.ends_with('!') && text == "null" {
                return Err(Refusal::bad_input(format!(
                    "Variable \"${name}\" of required type \"{kind}\" was not provided."
                )));
            }
            if kind.trim_end_matches('!') == "String" && text != "null" && !text.starts_with('"') {
                return Err(Refusal::bad_input(format!(
                    "Variable \"${name}\" got an invalid value; String cannot represent it."
                )));
            }
            if variables.types.insert(name, kind).is_some() {
                return Err(Refusal::not_in_the_schema(format!(
                    "There can be only one variable named \"${name}\"."
                )));
            }
            if let Some(value) = value {
                variables.values.insert(name, value);
            }
        }
        Ok(variables)
    }

    /// Refuses a variable that stands where another type is expected.
    pub(crate) fn check(&self, value: &Value<'a>, expected: &str) -> Result<(), Refusal> {
        match value {
            Value::Variable(name) => match self.types.get(name) {
                Some(kind) if kind != expected => Err(Refusal::not_in_the_schema(format!(
                    "Variable \"${name}\" of type \"{kind}\" used in position expecting type \
                     \"{expected}\"."
                ))),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// The value as exact JSON text, variables put in.
    pub(crate) fn json(&self, value: &Value<'a>) -> Result<Box<RawValue>, Refusal> {
        self.text(value).map(raw)
    }

    fn text(&self, value: &Value<'a>) -> Result<String, Refusal> {
        Ok(match value {
            Value::Variable(name) => self.value(name)?.map_or("null", RawValue::get).to_owned(),
            Value::Int(number) => number.as_i64().unwrap_or_default().to_string(),
            Value::Float(number) => to_json(number),
            Value::String(text) => to_json(text),
            Value::Boolean(flag) => flag.to_string(),
            Value::Null => "null".to_owned(),
            Value::Enum(name) => to_json(name),
            Value::List(items) => {
                let items: Result<Vec<_>, _> = items.iter().map(|item| self.text(item)).collect();
                format!("[{}]", items?.join(","))
            }
            Value::Object(entries) => {
                let mut members = Vec::new();
                for (name, value) in entries {
                    // GraphQL leaves a member out whose variable was not given.
                    if matches!(value, Value::Variable(name) if self.value(name)?.is_none()) {
                        continue;
                    }
                    members.push(format!("{}:{}", to_json(name), self.text(value)?));
                }
                format!("{{{}}}", members.join(","))
            }
        })
    }

    fn value(&self, name: &'a str) -> Result<Option<&RawValue>, Refusal> {
        if !self.types.contains_key(name) {
            return Err(Refusal::not_in_the_schema(format!(
                "Variable \"${name}\" is not defined."
            )));
        }
        self.used.borrow_mut().insert(name);
        Ok(self.values.get(name).map(|value| &**value))
    }

    /// Refuses a variable that was declared for nothing.
    pub(crate) fn all_used(&self) -> Result<(), Refusal> {
        let used = self.used.borrow();
        match self.types.keys().find(|name| !used.contains(*name)) {
            Some(name) => {
                Err(Refusal::not_in_the_schema(format!("Variable \"${name}\" is never used.")))
            }
            None => Ok(()),
        }
    }
}

fn spelled<'a>(kind: &Type<'a, &'a str>) -> String {
    match kind {
        Type::NamedType(name) => (*name).to_owned(),
        Type::ListType(item) => format!("[{}]", spelled(item)),
        Type::NonNullType(kind) => format!("{}!", spelled(kind)),
    }
}

fn to_json(value: &(impl serde::Serialize + ?Sized)) -> String {
    serde_json::to_string(value).expect("a text or a number serializes")
}

fn raw(text: String) -> Box<RawValue> {
    RawValue::from_string(text).expect("made of JSON texts")
}
