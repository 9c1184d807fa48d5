//! Their failures as ours. Of what a plugin said only the kind is told: a text may hold a value.

use prefect_secrets_core::{Error, Kind};
use secretspec_ipc::ErrorKind;

/// What their plugin answered instead of a result.
pub(crate) fn remote(kind: ErrorKind, starting: bool) -> Error {
    let report = "see its log (log_stderr = true), and report it to the plugin's author";
    let (ours, next_step) = match kind {
        ErrorKind::PermissionDenied => {
            (Kind::Denied, "give it credentials that may, as the plugin's documentation says")
        }
        ErrorKind::InteractionRequired => (
            Kind::Denied,
            "unlock, sign in or approve what it asks for with SecretSpec or the place's own program, \
             then ask again",
        ),
        ErrorKind::Unavailable => (Kind::Unavailable, "try again, or mend its connection"),
        ErrorKind::DeadlineExceeded => {
            (Kind::TimedOut, "allow more time, or find out what is slow")
        }
        ErrorKind::UnsupportedVersion => {
            (Kind::Unsupported, "install the plugin in a version for protocol 1 (SecretSpec 0.21)")
        }
        ErrorKind::CapabilityRequired | ErrorKind::MethodNotFound => {
            (Kind::Unsupported, "name a provider that can")
        }
        // SecretSpec's own kit answers a scheme that is not the plugin's with a conflict.
        ErrorKind::InvalidRequest | ErrorKind::InvalidParams | ErrorKind::Conflict if starting => {
            (Kind::Invalid, "correct the setting `uri`: its scheme is the plugin's own")
        }
        ErrorKind::InvalidRequest | ErrorKind::InvalidParams => (
            Kind::Invalid,
            "ask for a name that the place can have; correct `project` and `profile`",
        ),
        ErrorKind::MessageTooLarge => return too_large(),
        _ => (Kind::Internal, report),
    };
    Error::new(ours, format!("the SecretSpec plugin answered {}", kind.as_str()), next_step)
}

/// A value that does not fit into a message of theirs.
pub(crate) fn too_large() -> Error {
    Error::invalid(
        "the value is larger than the SecretSpec plugin takes in one message (at most 1 MiB)",
        "keep a smaller value there",
    )
}

/// Their plugin broke their protocol.
pub(crate) fn broken(what: &'static str) -> Error {
    Error::new(
        Kind::Internal,
        format!("the SecretSpec plugin broke its protocol: {what}"),
        "report it to the plugin's author",
    )
}
