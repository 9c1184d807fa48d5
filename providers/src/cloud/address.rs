//! Where the Cloud is.

use prefect_secrets_core::Error;
use reqwest::Url;

/// The address of the Cloud's API, checked.
pub(super) struct Address {
    url: Url,
    slug: String,
}

impl Address {
    /// Where the public Prefect 1 Cloud was.
    pub(super) const DEFAULT: &'static str = "https://api.prefect.io";

    /// `text` as it stands, without slashes at the end and without a fragment, which is never
    /// sent. `place` names the setting, and where it was set; `example` is what it looks like.
    pub(super) fn parse(text: &[u8], place: &str, example: &str) -> Result<Self, Error> {
        let refused = |what: &str| {
            let next = if text.is_ascii() {
                format!("write it like {example}")
            } else {
                format!("write it like {example}; a host with other letters in its xn-- form")
            };
            Error::invalid(format!("{place} {what}"), next)
        };
        // The parser of addresses drops white space silently, and needs no slashes.
        let said = std::str::from_utf8(text).unwrap_or_default().trim_end_matches('/');
        let clean = said.bytes().all(|byte| byte > b' ' && byte != 0x7f);
        let after_scheme = said.split_once("://").filter(|(scheme, _)| {
            scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
        });
        let (Some((_, rest)), true, Ok(mut url)) = (after_scheme, clean, Url::parse(said)) else {
            return Err(refused("is no http or https address"));
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("holds a user name or a password; the key has its own setting"));
        }
        url.set_fragment(None);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        Ok(Self { url, slug: slug(authority) })
    }

    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    /// Host and port, for messages: the rest of an address may say more than a log should.
    pub(super) fn host(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// What the table for this address is called in `auth.toml`: `127.0.0.1-8080`.
    pub(super) fn slug(&self) -> &str {
        &self.slug
    }

    /// Whether it needs TLS.
    pub(super) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whether it is on this machine, which no proxy could reach.
    pub(super) fn is_loopback(&self) -> bool {
        let host = self.url.host_str().unwrap_or_default();
        let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
        ip.map_or(host == "localhost" || host.ends_with(".localhost"), |ip| ip.is_loopback())
    }
}

/// As Prefect 1.4.1 makes a table's name out of an address (measured): lower case, and a dash for
/// every run of characters that are neither letters, digits, dots nor dashes.
fn slug(authority: &str) -> String {
    let lower = authority.to_ascii_lowercase();
    let keeps = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    let parts = lower.split(|c| !keeps(c)).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_used_as_it_stands() {
        for (text, url, slug) in [
            ("https://api.prefect.io/", "https://api.prefect.io/", "api.prefect.io"),
            ("http://127.0.0.1:8080/g//", "http://127.0.0.1:8080/g", "127.0.0.1-8080"),
            ("HTTP://H:80/Some?x=1#frag", "http://h/Some?x=1", "h-80"),
        ] {
            let address = Address::parse(text.as_bytes(), "cloud.api", "http://h").unwrap();
            assert_eq!((address.url().as_str(), address.slug()), (url, slug), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_without_showing_it() {
        for text in
            ["", "marker", "ftp://marker", "http:/marker", "http://mar ker", "https://", "//h"]
        {
            let refused =
                Address::parse(text.as_bytes(), "cloud.api (here)", "http://h").err().unwrap();
            let said = refused.to_string();
            assert!(said.contains("cloud.api (here)") && !said.contains("mar"), "{text}: {said}");
        }
        let refused = Address::parse(b"http://me:marker@h", "cloud.api", "http://h").err().unwrap();
        assert!(!refused.to_string().contains("marker"), "{refused}");
    }

    #[test]
    fn loopback_is_known_in_every_spelling() {
        let local =
            |text: &str| Address::parse(text.as_bytes(), "a", "http://h").unwrap().is_loopback();
        assert!(
            local("http://localhost:1") && local("http://127.1.2.3") && local("http://[::1]:9")
        );
        assert!(!local("http://example.org") && !local("http://10.0.0.1"));
    }
}
