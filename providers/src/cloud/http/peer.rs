//! The other side, in the words of messages.

/// Who is asked, and which settings a message can name for what is wrong with it.
pub(in crate::cloud) struct Peer {
    /// With host and port: `Prefect Cloud at api.prefect.io`. The rest of an address may say more
    /// than a log should.
    pub(in crate::cloud) called: String,
    /// The setting that holds the address.
    pub(in crate::cloud) address: &'static str,
    /// The setting that says how long one request may take.
    pub(in crate::cloud) timeout: &'static str,
    /// The setting that names a file of authorities.
    pub(in crate::cloud) authorities: &'static str,
}
