//! What Prefect 3's own settings say. The one file that reads them.

use std::path::PathBuf;

use prefect_secrets_core::Error;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::settings::Settings;
use super::sources::{AUTH_STRING, KEY, Set, Sources, URL};
use crate::cloud::configured::seconds;
use crate::cloud::http::{Trust, wiped};
use crate::cloud::json;

const HEADERS: &str = "PREFECT_CLIENT_CUSTOM_HEADERS";

/// What Prefect 3's own settings say.
pub(in crate::cloud) struct Configured {
    pub(in crate::cloud) settings: Settings,
    /// The setting of the address, and where it was set.
    pub(in crate::cloud) place: String,
    /// What a person should know of how the server is trusted.
    pub(in crate::cloud) warning: Option<String>,
}

impl Configured {
    /// *Invalid* if there is no address, if a setting is wrong, or if the credentials belong to
    /// another address.
    pub(in crate::cloud) fn read(sources: &Sources<'_>) -> Result<Self, Error> {
        let address = address(sources)?;
        let mut settings = Settings::of(address.value, &address.place)?;
        // With both set, the user and the password count (3.8.8, measured).
        if let Some(set) = sources.setting(AUTH_STRING) {
            sources.check_same(&address, &set)?;
            settings.set_auth_string(set.value, &set.place)?;
        } else if let Some(set) = sources.setting(KEY) {
            sources.check_same(&address, &set)?;
            settings.set_key(set.value, &set.place)?;
        }
        if let Some(place) = sources.table_in_profile(HEADERS) {
            return Err(Error::invalid(
                format!("{place} is a table"),
                "write it as text: '{\"X-Header\": \"value\"}'",
            ));
        }
        if let Some(set) = sources.setting(HEADERS) {
            sources.check_same(&address, &set)?;
            settings.headers = headers(&set)?;
        }
        if let Some(set) = sources.setting("PREFECT_API_REQUEST_TIMEOUT") {
            settings.request_timeout = seconds(set.value, &set.place)?;
        }
        if let Some(set) = sources.setting("PREFECT_CLIENT_CSRF_SUPPORT_ENABLED") {
            settings.csrf = yes_or_no(&set)?;
        }
        let (trust, warning) = trust(sources, &address)?;
        settings.trust = trust;
        Ok(Self { settings, place: address.place, warning })
    }
}

fn address<'s>(sources: &'s Sources<'_>) -> Result<Set<'s>, Error> {
    sources.setting(URL).ok_or_else(|| {
        let whose = [KEY, AUTH_STRING].iter().find_map(|name| sources.setting(name));
        let what = match whose {
            Some(set) => format!("{} is set, but {URL} is not", set.place),
            None => format!("Prefect 3 is to be asked, but {URL} is not set"),
        };
        Error::invalid(
            what,
            "set it: https://api.prefect.cloud/api/accounts/ACCOUNT/workspaces/WORKSPACE for \
             Prefect Cloud, http://HOST:4200/api for a server of your own",
        )
    })
}

/// The headers that somebody wants every request to carry: a JSON object of texts.
fn headers(set: &Set<'_>) -> Result<HeaderMap, Error> {
    let refused = |what: &str| {
        Error::invalid(
            format!("{} {what}", set.place),
            "write it like {\"X-Header\": \"value\"}; some headers are the client's own business",
        )
    };
    let text = std::str::from_utf8(set.value).map_err(|_| refused("is not UTF-8"))?;
    let members = json::Members::read(text).ok_or_else(|| refused("is no JSON object"))?;
    let mut headers = HeaderMap::new();
    for (name, value) in members.all() {
        let name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| refused("has a name that no header has"))?;
        match name.as_str() {
            // As Prefect does it (3.8.8, measured).
            "user-agent" | "prefect-csrf-token" | "prefect-csrf-client" => {
                tracing::warn!(header = name.as_str(), "left out: it is the client's own business");
                continue;
            }
            "connection" | "content-length" | "content-type" | "te" | "transfer-encoding"
            | "upgrade" => return Err(refused("names a header that would break the request")),
            _ => {}
        }
        let value = json::unquote(value).ok_or_else(|| refused("has a value that is no text"))?;
        let mut value = HeaderValue::from_maybe_shared(wiped(value))
            .map_err(|_| refused("has a value that no header can carry"))?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

/// Whose certificates are trusted, and what is to be said about that.
fn trust(sources: &Sources<'_>, address: &Set<'_>) -> Result<(Trust, Option<String>), Error> {
    if let Some(set) = sources.setting_of_trust("PREFECT_API_TLS_INSECURE_SKIP_VERIFY", address)
        && yes_or_no(&set)?
    {
        let warning = format!("certificates are not checked, because {} says so", set.place);
        tracing::warn!("{warning}");
        return Ok((Trust::Anybody, Some(warning)));
    }
    let named = ["PREFECT_API_SSL_CERT_FILE", "SSL_CERT_FILE"];
    let set = named.into_iter().find_map(|name| sources.setting_of_trust(name, address));
    let Some(set) = set else { return Ok((Trust::System, None)) };
    let path = std::str::from_utf8(set.value).ok().map(PathBuf::from);
    match path.filter(|path| path.is_absolute()) {
        Some(path) => Ok((Trust::File { path, place: set.place }, None)),
        None => Err(Error::invalid(
            format!("{} is no absolute path", set.place),
            "write the whole path: nothing is read from the working directory",
        )),
    }
}

/// What Prefect 3 takes for true and false.
fn yes_or_no(set: &Set<'_>) -> Result<bool, Error> {
    match &*set.value.trim_ascii().to_ascii_lowercase() {
        b"1" | b"true" | b"t" | b"yes" | b"y" | b"on" => Ok(true),
        b"0" | b"false" | b"f" | b"no" | b"n" | b"off" => Ok(false),
        _ => {
            Err(Error::invalid(format!("{} is not true or false", set.place), "mend that setting"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::{Environment, Snapshot};
    use prefect_secrets_core::Kind;
    use prefect_secrets_testing::Home;
    use reqwest::header::AUTHORIZATION;

    const CLOUD: &str = "https://api.prefect.cloud/api/accounts/A/workspaces/W";
    const OWN: &str = "http://127.0.0.1:4200/api";

    fn snapshot(home: &Home, variables: &[(&str, &str)]) -> Snapshot {
        let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
        let environment = Environment::of(variables, Some(home.path().to_owned()), false);
        Snapshot::load(&environment, None).unwrap()
    }

    fn read(home: &Home, variables: &[(&str, &str)]) -> Result<Configured, Error> {
        Configured::read(&Sources::of(&snapshot(home, variables))?)
    }

    fn ready(home: &Home, variables: &[(&str, &str)]) -> Settings {
        read(home, variables).unwrap().settings
    }

    fn refused(home: &Home, variables: &[(&str, &str)]) -> String {
        let error = read(home, variables).err().expect("it is refused");
        assert_eq!(error.kind(), Kind::Invalid);
        let said = format!("{error} {error:?}");
        assert!(!said.contains("marker"), "{said}");
        said
    }

    fn authorization(settings: &Settings) -> Option<&str> {
        settings.authorization.as_ref().map(|header| header.to_str().unwrap())
    }

    fn profiles(home: &Home) -> String {
        let text = format!(
            "active = \"cloud\"\n[profiles.cloud]\nPREFECT_API_URL = \"{CLOUD}\"\n\
             PREFECT_API_KEY = \"pnu_profile\"\n[profiles.own]\nPREFECT_API_URL = \"{OWN}\"\n\
             PREFECT_API_AUTH_STRING = \"me:pass\"\nPREFECT_API_TLS_INSECURE_SKIP_VERIFY = true\n\
             [profiles.empty]\n"
        );
        home.write(".prefect/profiles.toml", text).display().to_string()
    }

    #[test]
    fn variables_alone_are_enough() {
        let home = Home::new();
        let Configured { settings, place, .. } =
            read(&home, &[(URL, " http://h:1/api/ ")]).unwrap();
        assert_eq!(settings.address.url().as_str(), "http://h:1/api");
        assert_eq!(authorization(&settings), None);
        assert!(place.contains("environment variable PREFECT_API_URL"), "{place}");
        assert!(settings.csrf && settings.map_names);
        let settings = ready(&home, &[(URL, OWN), (KEY, " pnu_x \n")]);
        assert_eq!(authorization(&settings), Some("Bearer pnu_x"));
        let both = ready(&home, &[(URL, OWN), (KEY, "pnu_x"), (AUTH_STRING, "me:pass\n")]);
        assert_eq!(authorization(&both), Some("Basic bWU6cGFzcw=="));
        assert!(authorization(&ready(&home, &[(URL, OWN), (KEY, " ")])).is_none());
    }

    #[test]
    fn the_active_profile_fills_in_and_another_one_can_be_named() {
        let home = Home::new();
        let file = profiles(&home);
        let Configured { settings, place, .. } = read(&home, &[]).unwrap();
        assert_eq!(authorization(&settings), Some("Bearer pnu_profile"));
        assert!(place.contains("profile \"cloud\" of ") && place.contains(&file), "{place}");
        let own = ready(&home, &[("PREFECT_PROFILE", "own")]);
        assert_eq!(own.address.url().as_str(), OWN);
        assert_eq!(authorization(&own), Some("Basic bWU6cGFzcw=="));
        assert!(matches!(own.trust, Trust::Anybody));
        let said = refused(&home, &[("PREFECT_PROFILE", "marked")]);
        assert!(said.contains("PREFECT_PROFILE") && said.contains(&file), "{said}");
        refused(&home, &[("PREFECT_PROFILE", "empty")]);

        let other = Home::new();
        let moved = profiles(&other);
        let settings = ready(&home, &[("PREFECT_PROFILES_PATH", &moved)]);
        assert_eq!(authorization(&settings), Some("Bearer pnu_profile"));
        let bare = Home::new();
        let local = ready(&bare, &[("PREFECT_PROFILE", "local")]);
        assert_eq!(local.address.url().as_str(), OWN);
        refused(&bare, &[("PREFECT_PROFILE", "cloud")]);
        refused(&bare, &[("PREFECT_PROFILE", "other")]);
        // As Prefect writes the file after `prefect profile use local`: its own are in no file.
        bare.write(".prefect/profiles.toml", "active = \"local\"\n\n[profiles]\n");
        assert_eq!(ready(&bare, &[]).address.url().as_str(), OWN);
        bare.write(".prefect/profiles.toml", "active = \"ephemeral\"\n\n[profiles]\n");
        assert!(refused(&bare, &[]).contains("PREFECT_API_URL is not set"));
        assert_eq!(ready(&bare, &[(URL, "http://h/api")]).address.url().as_str(), "http://h/api");
    }

    #[test]
    fn a_profile_makes_no_other_address_trusted() {
        let home = Home::new();
        let other = "https://other.internal/api";
        home.write(
            ".prefect/profiles.toml",
            "active = 'own'\n[profiles.own]\nPREFECT_API_URL = 'https://own.internal/api'\n\
             PREFECT_API_TLS_INSECURE_SKIP_VERIFY = true\nPREFECT_API_SSL_CERT_FILE = '/x.pem'\n",
        );
        let own = read(&home, &[]).unwrap();
        assert!(matches!(own.settings.trust, Trust::Anybody));
        assert!(own.warning.unwrap().contains("certificates are not checked"));
        let elsewhere = read(&home, &[(URL, other), (KEY, "pnu_x")]).unwrap();
        assert!(matches!(elsewhere.settings.trust, Trust::System));
        assert!(elsewhere.warning.is_none());
        // A variable is the word of whoever starts the program.
        let skip = ("PREFECT_API_TLS_INSECURE_SKIP_VERIFY", "1");
        assert!(matches!(ready(&home, &[(URL, other), skip]).trust, Trust::Anybody));
        let checked = [("PREFECT_API_TLS_INSECURE_SKIP_VERIFY", "0")];
        assert!(matches!(ready(&home, &checked).trust, Trust::File { .. }));
    }

    #[test]
    fn a_credential_goes_to_the_address_that_it_was_kept_with_and_to_no_other() {
        let home = Home::new();
        let file = profiles(&home);
        // The same address twice is one address.
        let same = ready(&home, &[(URL, &format!("{CLOUD}/"))]);
        assert_eq!(authorization(&same), Some("Bearer pnu_profile"));
        for variables in [
            &[(URL, OWN)][..],
            &[(KEY, "pnu_marker")],
            &[(AUTH_STRING, "me:marker")],
            &[(HEADERS, "{\"X-Access\": \"marker\"}")],
            &[(URL, CLOUD), ("PREFECT_PROFILE", "own")],
        ] {
            let said = refused(&home, variables);
            let (name, _) = variables[0];
            assert!(said.contains(name) && said.contains(&file), "both are named: {said}");
        }
        // Both in one place is fine, and so is nothing to send.
        let key = ready(&home, &[(URL, OWN), (KEY, "pnu_x")]);
        assert_eq!(authorization(&key), Some("Bearer pnu_x"));
        assert_eq!(authorization(&ready(&home, &[(URL, OWN), (KEY, "")])), None);
        let same_key = ready(&home, &[(KEY, "pnu_profile")]);
        assert_eq!(authorization(&same_key), Some("Bearer pnu_profile"));
    }

    #[test]
    fn a_path_that_depends_on_the_working_directory_is_refused() {
        let home = Home::new();
        for (name, value) in [
            ("PREFECT_HOME", "."),
            ("PREFECT_PROFILES_PATH", "profiles.toml"),
            ("PREFECT_API_SSL_CERT_FILE", "marker.pem"),
        ] {
            let said = refused(&home, &[(URL, OWN), (name, value)]);
            assert!(said.contains(name) && said.contains("absolute"), "{said}");
        }
    }

    #[test]
    fn headers_are_sent_and_those_that_would_break_the_request_are_refused() {
        let home = Home::new();
        let text = r#"{"X-One": "1", "Authorization": "Own marker", "User-Agent": "no"}"#;
        let settings = ready(&home, &[(URL, OWN), (KEY, "pnu_x"), (HEADERS, text)]);
        assert_eq!(settings.headers["x-one"], "1");
        assert_eq!(settings.headers[AUTHORIZATION], "Own marker");
        assert!(!settings.headers.contains_key("user-agent"));
        for text in [
            "marker",
            "[\"marker\"]",
            "{\"a b\": \"marker\"}",
            "{\"X\": 1}",
            "{\"X\": \"marker\\n\"}",
            "{\"Content-Length\": \"1\"}",
        ] {
            assert!(refused(&home, &[(URL, OWN), (HEADERS, text)]).contains(HEADERS));
        }
        home.write(
            ".prefect/profiles.toml",
            format!(
                "active = 'a'\n[profiles.a]\nPREFECT_API_URL = '{OWN}'\n\
                     [profiles.a.PREFECT_CLIENT_CUSTOM_HEADERS]\nX = 'marker'\n"
            ),
        );
        assert!(refused(&home, &[]).contains("is a table"));
    }

    #[test]
    fn a_wrong_setting_is_named_with_its_place_and_never_shown() {
        let home = Home::new();
        for (name, value) in [
            (URL, "marker"),
            (URL, "http://me:marker@h/api"),
            (URL, "http://h/api?key=marker"),
            (KEY, "pnu_marker\nX: y"),
            (AUTH_STRING, "me:mar\nker"),
            ("PREFECT_API_REQUEST_TIMEOUT", "marker"),
            ("PREFECT_API_REQUEST_TIMEOUT", "0"),
            ("PREFECT_API_TLS_INSECURE_SKIP_VERIFY", "marker"),
            ("PREFECT_CLIENT_CSRF_SUPPORT_ENABLED", "marker"),
        ] {
            let mut variables = vec![(URL, OWN)];
            variables.retain(|(known, _)| *known != name);
            variables.push((name, value));
            let said = refused(&home, &variables);
            assert!(said.contains(&format!("environment variable {name}")), "{said}");
        }
        let said = refused(&home, &[(KEY, "marker")]);
        assert!(said.contains(KEY) && said.contains("PREFECT_API_URL is not"), "{said}");
        home.write(".prefect/profiles.toml", "active = \"x\"\n[profiles.x\nmarker");
        let said = refused(&home, &[(URL, OWN)]);
        assert!(said.contains("profiles.toml") && said.contains("line 2"), "{said}");
    }

    #[test]
    fn yes_and_no_are_written_as_prefect_reads_them() {
        let home = Home::new();
        let csrf = |text: &str| {
            ready(&home, &[(URL, OWN), ("PREFECT_CLIENT_CSRF_SUPPORT_ENABLED", text)]).csrf
        };
        assert!(["1", "TRUE", "on", "Yes", "t"].iter().all(|text| csrf(text)));
        assert!(["0", "false", "OFF", "no"].iter().all(|text| !csrf(text)));
    }
}
