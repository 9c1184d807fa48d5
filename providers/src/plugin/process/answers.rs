//! Frames as answers.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use prefect_secrets_core::abi::{Status, answer, one_line};
use prefect_secrets_core::{Answer, Error, Secret};
use prefect_secrets_wire::{Broken, Fields, Frame, Kind, value};

/// The answer of a get.
pub(super) fn get(frames: Vec<Frame>, provider: &Arc<str>) -> Answer {
    frames.into_iter().next().map_or_else(|| Err(none()), |frame| one(frame, provider))
}

/// One answer for each of `count` names.
pub(super) fn get_many(
    frames: Vec<Frame>,
    count: usize,
    provider: &Arc<str>,
) -> Result<Vec<Answer>, Error> {
    let mut answers: Vec<Option<Answer>> = (0..count).map(|_| None).collect();
    for frame in frames {
        let index = Fields::read(&frame.fields).map_err(broken)?.index;
        match index {
            None => done(&frame)?,
            Some(index) => match answers.get_mut(index as usize) {
                Some(place) if place.is_none() => *place = Some(one(frame, provider)),
                _ => return Err(answer::fault("it answered one name twice")),
            },
        }
    }
    Ok(answers.into_iter().map(|answer| answer.unwrap_or_else(|| Err(none()))).collect())
}

/// The names of a list.
pub(super) fn list(frames: &[Frame]) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    for frame in frames {
        if Kind::from_raw(frame.kind) == Some(Kind::Done) {
            done(frame)?;
        }
        names.extend(
            Fields::read(&frame.fields).map_err(broken)?.names.into_iter().map(String::from),
        );
    }
    Ok(names)
}

/// The outcome of a call that has nothing that could be absent.
pub(super) fn all_done(frames: &[Frame]) -> Result<(), Error> {
    frames.last().map_or_else(|| Err(none()), done)
}

/// The outcome of a call without a value: `true` done, `false` absent.
pub(super) fn outcome(frames: &[Frame]) -> Result<bool, Error> {
    let Some(frame) = frames.last() else { return Err(none()) };
    let fields = Fields::read(&frame.fields).map_err(broken)?;
    match status(&fields) {
        Ok(Status::Ok) => Ok(true),
        Ok(_) => Ok(false),
        Err(error) => Err(error),
    }
}

/// What `done` and `step` say: done, absent, or the failure.
pub(super) fn status(fields: &Fields<'_>) -> Result<Status, Error> {
    let said = |text: Option<&str>| one_line(text.unwrap_or_default().as_bytes());
    let raw = fields.status.unwrap_or(-1);
    match Status::from_raw(raw) {
        Some(status @ (Status::Ok | Status::Absent)) => Ok(status),
        _ => Err(answer::failure(raw, said(fields.what), said(fields.next_step))),
    }
}

fn done(frame: &Frame) -> Result<(), Error> {
    match status(&Fields::read(&frame.fields).map_err(broken)?)? {
        Status::Ok => Ok(()),
        _ => Err(answer::fault("it answered \"absent\" to a call that has no such answer")),
    }
}

fn one(frame: Frame, provider: &Arc<str>) -> Answer {
    let fields = Fields::read(&frame.fields).map_err(broken)?;
    if Kind::from_raw(frame.kind) != Some(Kind::Found) {
        return match status(&fields)? {
            Status::Absent => Ok(None),
            _ => Err(answer::fault("it answered \"found\" without committing a value")),
        };
    }
    let (text, form) = value(&fields, frame.payload).map_err(broken)?.map_err(answer::fault)?;
    let secret = Secret::new(provider, text, form);
    let expires_at = fields
        .expires_at
        .and_then(|seconds| u64::try_from(seconds).ok())
        .filter(|&seconds| seconds > 0)
        .and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
    let revision = fields.revision.filter(|revision| !revision.is_empty());
    let revision = revision.map(|revision| one_line(revision.as_bytes()).into_boxed_str());
    Ok(Some(match (expires_at, &revision) {
        (None, None) => secret,
        _ => secret.dated(expires_at, revision),
    }))
}

fn none() -> Error {
    answer::fault("it did not answer every name that it was asked for")
}

fn broken(broken: Broken) -> Error {
    answer::fault(broken.0)
}
