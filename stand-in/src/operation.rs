//! The operation that a request means, and the fields in it.

use graphql_parser::query::{
    self, Definition, OperationDefinition, Selection, SelectionSet, VariableDefinition,
};

use crate::answer::Refusal;

pub(crate) type Document<'a> = query::Document<'a, &'a str>;
pub(crate) type Field<'a> = query::Field<'a, &'a str>;
pub(crate) type Value<'a> = query::Value<'a, &'a str>;

/// One query or mutation of a document.
pub(crate) struct Operation<'d, 'a> {
    /// The type of the schema that it starts from.
    pub(crate) root: &'static str,
    pub(crate) variables: &'d [VariableDefinition<'a, &'a str>],
    pub(crate) selection: &'d SelectionSet<'a, &'a str>,
}

impl<'d, 'a> Operation<'d, 'a> {
    /// The only one, or the one named.
    pub(crate) fn choose(
        document: &'d Document<'a>,
        wanted: Option<&str>,
    ) -> Result<Self, Refusal> {
        let mut chosen = None;
        for definition in &document.definitions {
            let (name, root, variables, selection) = match definition {
                Definition::Operation(OperationDefinition::SelectionSet(selection)) => {
                    (None, "Query", [].as_slice(), selection)
                }
                Definition::Operation(OperationDefinition::Query(query)) => {
                    let variables = query.variable_definitions.as_slice();
                    (query.name, "Query", variables, &query.selection_set)
                }
                Definition::Operation(OperationDefinition::Mutation(mutation)) => {
                    let variables = mutation.variable_definitions.as_slice();
                    (mutation.name, "Mutation", variables, &mutation.selection_set)
                }
                _ => {
                    let message = "Only queries and mutations are answered here.";
                    return Err(Refusal::not_in_the_schema(message));
                }
            };
            if wanted.is_some() && name != wanted {
                continue;
            }
            let operation = Self { root, variables, selection };
            if chosen.replace(operation).is_some() {
                let message = "Must provide operation name if query contains multiple operations.";
                return Err(Refusal::bad_input(message));
            }
        }
        chosen.ok_or_else(|| Refusal::bad_input("Unknown operation named in the request."))
    }
}

/// The fields of a selection. The same field twice under one key is one field; different ones under
/// one key conflict.
pub(crate) fn fields<'d, 'a>(
    selection: &'d SelectionSet<'a, &'a str>,
    parent: &str,
) -> Result<Vec<&'d Field<'a>>, Refusal> {
    let mut fields: Vec<&Field<'a>> = Vec::new();
    for item in &selection.items {
        let Selection::Field(field) = item else {
            return Err(Refusal::not_in_the_schema("Fragments are not known here."));
        };
        if let Some(directive) = field.directives.first() {
            return Err(Refusal::not_in_the_schema(format!(
                "Unknown directive \"@{}\".",
                directive.name
            )));
        }
        match fields.iter().find(|earlier| key(earlier) == key(field)) {
            Some(earlier)
                if (earlier.name, &earlier.arguments) == (field.name, &field.arguments) => {}
            Some(_) => {
                return Err(Refusal::not_in_the_schema(format!(
                    "Fields \"{}\" of \"{parent}\" conflict. Use different aliases on the fields \
                     to fetch both if this was intentional.",
                    key(field)
                )));
            }
            None => fields.push(field),
        }
    }
    Ok(fields)
}

/// The key that a field is answered under.
pub(crate) fn key<'a>(field: &Field<'a>) -> &'a str {
    field.alias.unwrap_or(field.name)
}

/// The values of exactly these arguments, all of them required.
pub(crate) fn arguments<'d, 'a, const N: usize>(
    field: &'d Field<'a>,
    names: [&str; N],
) -> Result<[&'d Value<'a>; N], Refusal> {
    let parent = field.name;
    if let Some((extra, _)) = field.arguments.iter().find(|(name, _)| !names.contains(name)) {
        return Err(Refusal::not_in_the_schema(format!(
            "Unknown argument \"{extra}\" on field \"{parent}\"."
        )));
    }
    let mut values = [&Value::Null; N];
    for (value, name) in values.iter_mut().zip(names) {
        let mut given = field.arguments.iter().filter(|(given, _)| *given == name);
        *value = match (given.next(), given.next()) {
            (Some((_, value)), None) => value,
            (None, _) => {
                return Err(Refusal::not_in_the_schema(format!(
                    "Field \"{parent}\" argument \"{name}\" is required, but it was not provided."
                )));
            }
            (Some(_), Some(_)) => {
                return Err(Refusal::not_in_the_schema(format!(
                    "There can be only one argument named \"{name}\"."
                )));
            }
        };
    }
    Ok(values)
}

/// Refuses a selection on a field that has nothing to select from.
pub(crate) fn no_selection(field: &Field<'_>) -> Result<(), Refusal> {
    if field.selection_set.items.is_empty() {
        return Ok(());
    }
    Err(Refusal::not_in_the_schema(format!(
        "Field \"{}\" must not have a selection since it has no subfields.",
        field.name
    )))
}
