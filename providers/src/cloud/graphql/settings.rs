//! Where, as whom, and how patiently a Prefect 1 Cloud is asked.

use std::time::Duration;

use prefect_secrets_core::{Buffer, Error};

use crate::cloud::address::Address;
use crate::cloud::credential::check_key;

/// What an address looks like.
pub(super) const EXAMPLE: &str = "https://api.prefect.io";

/// Where, as whom, and how patiently a Prefect 1 Cloud is asked. Every part is checked when it is given,
/// and no error shows what was given.
///
/// ```
/// use prefect_secrets_core::Buffer;
/// use prefect_secrets_providers::cloud::graphql::Settings;
///
/// let settings = Settings::at("https://api.prefect.io")?.key(Buffer::copy_of(b"a key"))?;
/// # Ok::<(), prefect_secrets_core::Error>(())
/// ```
pub struct Settings {
    pub(in crate::cloud) address: Address,
    pub(super) key: Option<Buffer>,
    pub(super) tenant: Option<String>,
    pub(super) request_timeout: Duration,
    pub(super) retry_waits: Vec<Duration>,
}

impl Settings {
    /// How long one request may take (Prefect 1.4.1: `cloud.request_timeout`).
    pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);
    /// The waits before another try (Prefect 1.4.1, measured).
    pub const RETRY_WAITS: [Duration; 6] = [
        Duration::ZERO,
        Duration::from_secs(2),
        Duration::from_secs(4),
        Duration::from_secs(8),
        Duration::from_secs(16),
        Duration::from_secs(32),
    ];

    /// The Cloud at `address`, without a key. *Invalid* if it is no http or https address, or
    /// holds a password.
    pub fn at(address: &str) -> Result<Self, Error> {
        Ok(Self::of(Address::parse(address.as_bytes(), "the address given", EXAMPLE)?))
    }

    pub(super) fn of(address: Address) -> Self {
        Self {
            address,
            key: None,
            tenant: None,
            request_timeout: Self::REQUEST_TIMEOUT,
            retry_waits: Self::RETRY_WAITS.to_vec(),
        }
    }

    /// With this API key. *Invalid* if a header cannot carry it.
    pub fn key(mut self, key: Buffer) -> Result<Self, Error> {
        self.key = Some(check_key(key, "the key given")?);
        Ok(self)
    }

    /// For this tenant, which is sent when there is a key. *Invalid* if it is no UUID.
    pub fn tenant(mut self, tenant: &str) -> Result<Self, Error> {
        self.tenant = Some(check_tenant(tenant.as_bytes(), "the tenant given")?);
        Ok(self)
    }

    /// How long one request may take, 15 seconds if not said. The caller's deadline counts for
    /// all requests of a call together.
    #[must_use]
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// How long to wait before each further try; as many tries as waits, and the first one.
    #[must_use]
    pub fn retry_waits(mut self, waits: impl Into<Vec<Duration>>) -> Self {
        self.retry_waits = waits.into();
        self
    }
}

/// A UUID in any spelling that Python reads (braces, `urn:uuid:`, dashes anywhere), in lower case
/// with dashes.
pub(super) fn check_tenant(tenant: &[u8], place: &str) -> Result<String, Error> {
    let text = std::str::from_utf8(tenant).unwrap_or_default().to_ascii_lowercase();
    let text = text.replace("urn:", "").replace("uuid:", "");
    let digits = text.trim_matches(['{', '}']).replace('-', "");
    if digits.len() != 32 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Error::invalid(
            format!("{place} is no UUID"),
            "write it like 11111111-2222-3333-4444-555555555555",
        ));
    }
    let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    Ok(parts.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_may_be_spelled_in_many_ways() {
        let wanted = "11111111-2222-3333-4444-5555555555ab";
        for text in [
            wanted,
            "{11111111-2222-3333-4444-5555555555AB}",
            "urn:uuid:11111111-2222-3333-4444-5555555555ab",
            "111111112222333344445555555555AB",
        ] {
            assert_eq!(check_tenant(text.as_bytes(), "t").unwrap(), wanted, "{text}");
        }
        for text in [
            "",
            "marker",
            "11111111-2222-3333-4444-55555555555",
            "g1111111222233334444555555555555",
        ] {
            let refused = check_tenant(text.as_bytes(), "cloud.tenant_id (there)").unwrap_err();
            assert!(
                refused.to_string().contains("cloud.tenant_id (there) is no UUID"),
                "{refused}"
            );
        }
    }
}
