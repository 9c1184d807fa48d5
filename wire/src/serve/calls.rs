//! One call.

use prefect_secrets_core::abi::Status;
use prefect_secrets_core::{Answer, Buffer, Deadline, Error, Form, Provider, Secret};

use super::sender::Sender;
use crate::deadline_at;
use crate::fields::Fields;
use crate::frame::{Broken, Frame, LARGEST_NAME};
use crate::kind::Kind;
use crate::outgoing::Outgoing;
use crate::tag::Tag;
use crate::value::{found, value};

/// A call of the host's.
pub(super) struct Call {
    number: u32,
    deadline: Deadline,
    what: What,
}

enum What {
    Get(String),
    GetMany(Vec<String>),
    Set(String, Result<Secret, Error>),
    Delete(String),
    List,
    Refresh,
}

impl Call {
    pub(super) fn read(kind: Kind, frame: Frame) -> Result<Self, Broken> {
        let fields = Fields::read(&frame.fields)?;
        let what = match kind {
            Kind::Get => What::Get(fields.name()?.into()),
            Kind::GetMany => What::GetMany(fields.names.iter().map(|&name| name.into()).collect()),
            Kind::Set => What::Set(fields.name()?.into(), given(value(&fields, frame.payload)?)),
            Kind::Delete => What::Delete(fields.name()?.into()),
            Kind::List => What::List,
            Kind::Refresh => What::Refresh,
            _ => return Err(Broken("a frame came out of its turn")),
        };
        Ok(Self { number: frame.call, deadline: deadline_at(fields.deadline), what })
    }
}

fn given(value: Result<(Buffer, Form), &'static str>) -> Result<Secret, Error> {
    match value {
        Ok((text, form)) => Ok(Secret::to_set(text, form)),
        Err(_) => Err(Error::invalid(
            "the value has a form that does not exist, or is not the JSON that it says it is",
            "give text with the text form, and one JSON document with a JSON form",
        )),
    }
}

/// Makes the call and sends what comes of it.
pub(super) fn make(provider: &impl Provider, sender: &Sender, call: &Call) {
    let (number, deadline) = (call.number, &call.deadline);
    let outcome = match &call.what {
        What::Get(name) => return give(sender, number, None, provider.get(name, deadline)),
        What::GetMany(names) => {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            for (index, answer) in (0..).zip(provider.get_many(&names, deadline)) {
                give(sender, number, Some(index), answer);
            }
            Ok(Status::Ok)
        }
        What::Set(name, value) => value
            .as_ref()
            .map_err(Error::clone)
            .and_then(|value| provider.set(name, value, deadline))
            .map(|()| Status::Ok),
        What::Delete(name) => provider
            .delete(name, deadline)
            .map(|was_there| if was_there { Status::Ok } else { Status::Absent }),
        What::List => provider.list(deadline).map(|names| {
            list(sender, number, &names);
            Status::Ok
        }),
        What::Refresh => provider.refresh(deadline).map(|()| Status::Ok),
    };
    sender.done(number, None, outcome.as_ref().copied());
}

fn give(sender: &Sender, number: u32, index: Option<u32>, answer: Answer) {
    let sent = match &answer {
        Ok(Some(secret)) => match found(number, index, secret) {
            Ok((frame, payload)) => return sender.send(frame, payload),
            Err(error) => Err(error),
        },
        Ok(None) => Ok(Status::Absent),
        Err(error) => Err(error.clone()),
    };
    sender.done(number, index, sent.as_ref().copied());
}

fn list(sender: &Sender, number: u32, names: &[String]) {
    let mut frame = Outgoing::new(Kind::Names, number);
    for name in names {
        if frame.fields_len() + name.len() > LARGEST_NAME {
            let full = std::mem::replace(&mut frame, Outgoing::new(Kind::Names, number));
            sender.send(full, [&[], &[]]);
        }
        frame = frame.text(Tag::Name, name);
    }
    sender.send(frame, [&[], &[]]);
}
