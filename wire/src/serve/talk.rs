//! The talk until there is a provider.

use std::os::fd::BorrowedFd;

use prefect_secrets_core::abi::{Settings, Status};
use prefect_secrets_core::{Capabilities, Error, Kind as Failure};
use rustix::io::{Errno, readv};

use super::sender::Sender;
use super::{End, Served};
use crate::fields::Fields;
use crate::frame::{Broken, Frame};
use crate::kind::Kind;
use crate::outgoing::Outgoing;
use crate::reader::Reader;
use crate::tag::Tag;
use crate::{VERSION, same_major};

/// What a provider is.
pub struct Introduction {
    /// 1 to 64 lower-case letters, digits and dashes.
    pub id: String,
    /// What it can do.
    pub capabilities: Capabilities,
}

/// Says `hello` and creates the provider.
pub(super) fn until_created<S: Served>(
    sender: &Sender,
    served: &mut S,
) -> Result<(S::Provider, Reader), End> {
    let mut reader = Reader::of_a_plugin();
    let hello = expect(sender, &mut reader, Kind::Hello)?;
    let version = Fields::read(&hello.fields).map_err(End::Broken)?.version;
    let version = version.ok_or(End::Broken(Broken("the host's hello has no version")))?;
    if !same_major(version, VERSION) {
        let refusal = Error::new(
            Failure::Unsupported,
            "the plugin speaks another version of the wire than this host",
            "install the plugin in a version built for this host",
        );
        sender.done(0, None, Err(&refusal));
        return Err(End::Gone);
    }
    let introduction = served.introduce(sender).map_err(|refusal| {
        sender.done(0, None, Err(&refusal));
        End::Gone
    })?;
    let hello = Outgoing::new(Kind::HelloBack, 0)
        .u32(Tag::Version, version.min(VERSION))
        .text(Tag::Id, &introduction.id)
        .u64(Tag::Capabilities, introduction.capabilities.bits());
    sender.send(hello, [&[], &[]]);

    let create = expect(sender, &mut reader, Kind::Create)?;
    let name = Fields::read(&create.fields).and_then(|fields| fields.name());
    let name = name.map_err(End::Broken)?.to_owned();
    let settings = Settings::from_json(create.payload.expose()).ok_or_else(|| {
        Error::invalid("the host's settings are no JSON object", "report it to the host")
    });
    match settings.and_then(|settings| served.create(&name, settings)) {
        Ok(provider) => {
            sender.done(create.call, None, Ok(Status::Ok));
            Ok((provider, reader))
        }
        Err(refusal) => {
            sender.done(create.call, None, Err(&refusal));
            Err(End::Gone)
        }
    }
}

/// The next frame that is known, which has to be of this kind.
fn expect(sender: &Sender, reader: &mut Reader, kind: Kind) -> Result<Frame, End> {
    loop {
        let frame = next(sender.socket(), reader)?;
        match Kind::from_raw(frame.kind) {
            Some(found) if found == kind => return Ok(frame),
            // A host that does not want this plugin after all.
            Some(Kind::Close) => {
                sender.done(frame.call, None, Ok(Status::Ok));
                return Err(End::Closed);
            }
            Some(_) => return Err(End::Broken(Broken("a frame came out of its turn"))),
            None => unknown(sender, &frame),
        }
    }
}

/// Answers a frame of a kind that is not known here.
pub(super) fn unknown(sender: &Sender, frame: &Frame) {
    if frame.call != 0 {
        let refusal = Error::new(
            Failure::Unsupported,
            "the plugin does not know this kind of call",
            "install the plugin in a newer version",
        );
        sender.done(frame.call, None, Err(&refusal));
    }
}

/// Waits for a frame.
pub(super) fn next(socket: BorrowedFd<'_>, reader: &mut Reader) -> Result<Frame, End> {
    loop {
        if let Some(frame) = reader.next().map_err(End::Broken)? {
            return Ok(frame);
        }
        match readv(socket, &mut reader.room()) {
            Ok(0) => return Err(End::Gone),
            Ok(len) => reader.filled(len),
            Err(Errno::INTR) => {}
            Err(_) => return Err(End::Gone),
        }
    }
}
