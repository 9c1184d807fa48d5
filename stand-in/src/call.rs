//! What a query asks for: the Cloud's schema, as far as secrets go.

use graphql_parser::parse_query;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::answer::Refusal;
use crate::envelope::Envelope;
use crate::operation::{Field, Operation, Value, arguments, fields, key, no_selection};
use crate::variables::Variables;

/// One field of a query, checked, with the key that its result is answered under.
pub(crate) struct Call {
    pub(crate) key: String,
    pub(crate) action: Action,
}

/// What a field does. `payload` lists the keys that `success` is answered under.
pub(crate) enum Action {
    Get { name: String },
    Names,
    Set { input: Stored, payload: Vec<String> },
    Delete { name: String, payload: Vec<String> },
}

/// The input of `set_secret`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stored {
    pub(crate) name: String,
    // Plain `Box<RawValue>`, so that a null is a value and only a missing member is an error.
    pub(crate) value: Box<RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deleted {
    name: String,
}

impl Call {
    /// All calls of a request, in order. Nothing is called if one of them is refused.
    pub(crate) fn read_all(envelope: &Envelope) -> Result<Vec<Self>, Refusal> {
        let document = parse_query::<&str>(&envelope.query)
            .map_err(|error| Refusal::not_graphql(format!("Syntax Error: {error}")))?;
        let operation = Operation::choose(&document, envelope.operation.as_deref())?;
        let variables = Variables::declare(operation.variables, &envelope.given)?;
        let calls = fields(operation.selection, operation.root)?
            .into_iter()
            .map(|field| Self::read(operation.root, field, &variables))
            .collect::<Result<_, _>>()?;
        variables.all_used()?;
        Ok(calls)
    }

    fn read<'a>(root: &str, field: &Field<'a>, variables: &Variables<'a>) -> Result<Self, Refusal> {
        let action = match (root, field.name) {
            ("Query", "secret_value") => {
                let [name] = arguments(field, ["name"])?;
                variables.check(name, "String!")?;
                no_selection(field)?;
                let name = input(field, &variables.json(name)?)?;
                Action::Get { name }
            }
            ("Query", "secret_names") => {
                let [] = arguments(field, [])?;
                no_selection(field)?;
                Action::Names
            }
            ("Mutation", "set_secret") => {
                let [given] = arguments(field, ["input"])?;
                check_input(variables, given, "set_secret_input!")?;
                let input = input(field, &variables.json(given)?)?;
                let payload = payload(field)?;
                Action::Set { input, payload }
            }
            ("Mutation", "delete_secret") => {
                let [given] = arguments(field, ["input"])?;
                check_input(variables, given, "delete_secret_input!")?;
                let Deleted { name } = input(field, &variables.json(given)?)?;
                let payload = payload(field)?;
                Action::Delete { name, payload }
            }
            _ => return Err(unknown(field.name, root)),
        };
        let key = key(field).to_owned();
        Ok(Self { key, action })
    }
}

/// An input is a variable of its own type, or written out with a name that is one.
fn check_input<'a>(
    variables: &Variables<'a>,
    value: &Value<'a>,
    expected: &str,
) -> Result<(), Refusal> {
    match value {
        Value::Object(entries) => match entries.get("name") {
            Some(name) => variables.check(name, "String!"),
            None => Ok(()),
        },
        value => variables.check(value, expected),
    }
}

fn input<T: serde::de::DeserializeOwned>(field: &Field<'_>, json: &RawValue) -> Result<T, Refusal> {
    serde_json::from_str(json.get()).map_err(|error| {
        Refusal::bad_input(format!("Invalid input for \"{}\": {error}", field.name))
    })
}

/// The keys under which `{ success }` is asked for.
fn payload(field: &Field<'_>) -> Result<Vec<String>, Refusal> {
    let name = field.name;
    if field.selection_set.items.is_empty() {
        return Err(Refusal::not_in_the_schema(format!(
            "Field \"{name}\" of type \"success_payload\" must have a selection of subfields."
        )));
    }
    let mut keys = Vec::new();
    for member in fields(&field.selection_set, "success_payload")? {
        if member.name != "success" {
            return Err(unknown(member.name, "success_payload"));
        }
        let [] = arguments(member, [])?;
        no_selection(member)?;
        keys.push(key(member).to_owned());
    }
    Ok(keys)
}

fn unknown(field: &str, parent: &str) -> Refusal {
    Refusal::not_in_the_schema(format!("Cannot query field \"{field}\" on type \"{parent}\"."))
}
