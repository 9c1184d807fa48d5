//! Where, as whom, and how patiently a Prefect 3 API is asked.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prefect_secrets_core::{Buffer, Error};
use reqwest::header::{HeaderMap, HeaderValue};

use crate::cloud::address::Address;
use crate::cloud::credential::check_key;
use crate::cloud::http::{Trust, authorization};

/// What an address looks like.
pub(super) const EXAMPLE: &str = "http://127.0.0.1:4200/api";

/// Where, as whom, and how patiently a Prefect 3 API is asked. Every part is checked when it is
/// given, and no error shows what was given.
///
/// ```
/// use prefect_secrets_core::Buffer;
/// use prefect_secrets_providers::cloud::rest::Settings;
///
/// let settings = Settings::at("http://127.0.0.1:4200/api")?.key(Buffer::copy_of(b"a key"))?;
/// # Ok::<(), prefect_secrets_core::Error>(())
/// ```
pub struct Settings {
    pub(in crate::cloud) address: Address,
    pub(super) authorization: Option<HeaderValue>,
    /// Headers that every request carries.
    pub(super) headers: HeaderMap,
    pub(in crate::cloud) trust: Trust,
    pub(super) request_timeout: Duration,
    pub(in crate::cloud) retry_waits: Vec<Duration>,
    /// Whether tokens against forged requests are asked for.
    pub(super) csrf: bool,
    pub(in crate::cloud) map_names: bool,
}

impl Settings {
    /// How long one request may take (Prefect 3.8.8: `PREFECT_API_REQUEST_TIMEOUT`).
    pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
    /// The waits before another try: as many tries as Prefect 3.8.8, the first of them at once.
    pub const RETRY_WAITS: [Duration; 5] = [
        Duration::ZERO,
        Duration::from_secs(2),
        Duration::from_secs(4),
        Duration::from_secs(8),
        Duration::from_secs(16),
    ];

    /// The API at `address`, which ends in `/api` for a server of one's own. *Invalid* if it is no
    /// http or https address, or holds a password or a query.
    pub fn at(address: &str) -> Result<Self, Error> {
        Self::of(address.as_bytes(), "the address given")
    }

    pub(super) fn of(address: &[u8], place: &str) -> Result<Self, Error> {
        let address = Address::parse(address.trim_ascii(), place, EXAMPLE)?;
        if address.url().query().is_some() {
            return Err(Error::invalid(
                format!("{place} holds a query"),
                format!("write it like {EXAMPLE}"),
            ));
        }
        Ok(Self {
            address,
            authorization: None,
            headers: HeaderMap::new(),
            trust: Trust::System,
            request_timeout: Self::REQUEST_TIMEOUT,
            retry_waits: Self::RETRY_WAITS.to_vec(),
            csrf: true,
            map_names: true,
        })
    }

    /// With this API key, white space around it left out. *Invalid* if a header cannot carry it.
    pub fn key(mut self, key: Buffer) -> Result<Self, Error> {
        self.set_key(key.expose(), "the key given")?;
        Ok(self)
    }

    /// With this user and password, `user:password`, for a server of one's own; white space around
    /// it is left out. *Invalid* if it is not UTF-8 or holds a line break.
    pub fn auth_string(mut self, auth: Buffer) -> Result<Self, Error> {
        self.set_auth_string(auth.expose(), "the user and password given")?;
        Ok(self)
    }

    /// How long one request may take, 60 seconds if not said. The caller's deadline counts for
    /// all requests of a call together.
    #[must_use]
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// How long to wait before each further try, a fifth more or less; as many tries as waits, and
    /// the first one.
    #[must_use]
    pub fn retry_waits(mut self, waits: impl Into<Vec<Duration>>) -> Self {
        self.retry_waits = waits.into();
        self
    }

    /// Whether a name that Prefect 3 does not allow is asked for in lower case, with dashes for `_`
    /// and `.`; true if not said.
    #[must_use]
    pub fn map_names(mut self, map: bool) -> Self {
        self.map_names = map;
        self
    }

    pub(super) fn set_key(&mut self, key: &[u8], place: &str) -> Result<(), Error> {
        let key = check_key(Buffer::copy_of(key.trim_ascii()), place)?;
        self.authorization = Some(authorization(b"Bearer ", key.expose()));
        Ok(())
    }

    pub(super) fn set_auth_string(&mut self, auth: &[u8], place: &str) -> Result<(), Error> {
        let auth = auth.trim_ascii();
        if std::str::from_utf8(auth).is_err() || auth.iter().any(u8::is_ascii_control) {
            return Err(Error::invalid(
                format!("{place} is not UTF-8, or holds a line break"),
                "write it like user:password",
            ));
        }
        let mut encoded = Buffer::zeroed(auth.len().div_ceil(3) * 4);
        STANDARD.encode_slice(auth, encoded.expose_mut()).expect("four for every three bytes");
        self.authorization = Some(authorization(b"Basic ", encoded.expose()));
        Ok(())
    }
}
