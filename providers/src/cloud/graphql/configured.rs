//! What the local configuration says of a Prefect 1 Cloud. The one file that reads it.

use prefect_secrets_core::{Buffer, Error};

use super::settings::{EXAMPLE, Settings, check_tenant};
use crate::cloud::address::Address;
use crate::cloud::configured::{retry_waits, seconds};
use crate::cloud::credential::check_key;
use crate::local::{self, Document, Setting, Snapshot};

/// What the local configuration says of a Prefect 1 Cloud.
pub(in crate::cloud) enum Configured {
    /// It is to be asked, because this is set.
    Ready(Settings, String),
    /// It is not to be asked, for this reason.
    Skipped(String),
}

impl Configured {
    /// Reads the settings, and `auth.toml` where they leave the key or the tenant open. *Invalid*
    /// if one of them is wrong; the error names it, and where it was set.
    pub(in crate::cloud) fn read(snapshot: &Snapshot) -> Result<Self, Error> {
        // The first of the two overrides the second (1.4.1, measured).
        let local = ["context.config.cloud.use_local_secrets", "cloud.use_local_secrets"];
        let local = local.into_iter().find_map(|name| snapshot.setting(name));
        if let Some(set) = local.filter(|set| set.text != b"false") {
            return Ok(Self::Skipped(format!(
                "cloud.use_local_secrets is not false ({}): remove it, or set it to false",
                set.origin
            )));
        }
        if let Some(set) = snapshot.setting("backend").filter(|set| set.text != b"cloud") {
            return Ok(Self::Skipped(format!(
                "backend is not \"cloud\" ({}), and a Prefect server has no secrets; set it to \
                 \"cloud\"",
                set.origin
            )));
        }
        let said = ["cloud.api", "cloud.endpoint"]
            .into_iter()
            .find_map(|name| Some((name, given(snapshot, name)?)));
        let mut because = said.as_ref().map(|(name, set)| format!("{name} ({})", set.origin));
        let address = match (&said, &because) {
            (Some((_, set)), Some(place)) => Address::parse(set.text, place, EXAMPLE)?,
            _ => Address::parse(Address::DEFAULT.as_bytes(), "the default address", EXAMPLE)?,
        };
        let mut settings = Settings::of(address);
        if let Some(set) = given(snapshot, "cloud.api_key") {
            let place = format!("cloud.api_key ({})", set.origin);
            settings.key = Some(key(set.text, &place)?);
            because.get_or_insert(place);
        }
        if let Some(set) = given(snapshot, "cloud.tenant_id") {
            let place = format!("cloud.tenant_id ({})", set.origin);
            settings.tenant = Some(check_tenant(set.text, &place)?);
        }
        if settings.key.is_none() || settings.tenant.is_none() {
            from_auth_file(snapshot, &mut settings, &mut because)?;
        }
        let Some(because) = because else {
            return Ok(Self::Skipped(
                "Prefect Cloud is not configured: set PREFECT_API_URL for Prefect 3; for Prefect 1 \
                 PREFECT__CLOUD__API_KEY, or api_key in [cloud] of config.toml"
                    .into(),
            ));
        };
        if let Some(set) = given(snapshot, "cloud.request_timeout") {
            settings.request_timeout =
                seconds(set.text, &format!("cloud.request_timeout ({})", set.origin))?;
        }
        if let Some(waits) = retry_waits(snapshot)? {
            settings.retry_waits = waits;
        }
        Ok(Self::Ready(settings, because))
    }
}

/// A setting that is true to Python: Prefect takes an empty one, zero and `False` for none (1.4.1,
/// measured).
fn given<'a>(snapshot: &'a Snapshot, name: &str) -> Option<Setting<'a>> {
    const NONE: [&[u8]; 6] = [b"", b"0", b"0.0", b"false", b"[]", b"{}"];
    snapshot.setting(name).filter(|set| !NONE.contains(&set.text))
}

/// What `auth.toml` says for the address, where nothing else did: each of the two for itself.
fn from_auth_file(
    snapshot: &Snapshot,
    settings: &mut Settings,
    because: &mut Option<String>,
) -> Result<(), Error> {
    let Some(folder) = snapshot.folder() else { return Ok(()) };
    let path = folder.join("auth.toml");
    let Some(document) = local::read(&path)? else { return Ok(()) };
    let slug = settings.address.slug().to_owned();
    let place = |member: &str| format!("{member} of [{slug:?}] ({})", path.display());
    if settings.key.is_none()
        && let Some(text) = member(&document, &slug, "api_key")
    {
        settings.key = Some(key(text, &place("api_key"))?);
        because.get_or_insert(place("api_key"));
    }
    if settings.tenant.is_none()
        && let Some(text) = member(&document, &slug, "tenant_id")
    {
        settings.tenant = Some(check_tenant(text, &place("tenant_id"))?);
    }
    Ok(())
}

fn member<'a>(document: &'a Document, slug: &str, member: &str) -> Option<&'a [u8]> {
    document.text(&[slug, member]).map(|(text, _)| text).filter(|text| !text.is_empty())
}

fn key(text: &[u8], place: &str) -> Result<Buffer, Error> {
    check_key(Buffer::copy_of(text), place)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::local::Environment;
    use prefect_secrets_core::Kind;
    use prefect_secrets_testing::Home;

    const TENANT: &str = "11111111-2222-3333-4444-555555555555";

    fn read(home: &Home, variables: &[(&str, &str)]) -> Result<Configured, Error> {
        let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
        let environment = Environment::of(variables, Some(home.path().to_owned()), false);
        Configured::read(&Snapshot::load(&environment, None).unwrap())
    }

    fn ready(home: &Home, variables: &[(&str, &str)]) -> Settings {
        match read(home, variables).unwrap() {
            Configured::Ready(settings, _) => settings,
            Configured::Skipped(why) => panic!("skipped: {why}"),
        }
    }

    fn skipped(home: &Home, variables: &[(&str, &str)]) -> String {
        match read(home, variables).unwrap() {
            Configured::Ready(..) => panic!("ready"),
            Configured::Skipped(why) => why,
        }
    }

    fn key(settings: &Settings) -> Option<&[u8]> {
        settings.key.as_ref().map(Buffer::expose)
    }

    #[test]
    fn without_a_key_and_an_address_it_is_skipped() {
        let home = Home::new();
        assert!(skipped(&home, &[]).contains("PREFECT__CLOUD__API_KEY"));
        assert!(skipped(&home, &[("PREFECT__CLOUD__API_KEY", "")]).contains("not configured"));
        for none in ["None", "False", "0", "''"] {
            skipped(&home, &[("PREFECT__CLOUD__API_KEY", none)]);
        }
        let settings = ready(&home, &[("PREFECT__CLOUD__API_KEY", "k")]);
        assert_eq!(settings.address.url().as_str(), "https://api.prefect.io/");
        let settings = ready(&home, &[("PREFECT__CLOUD__ENDPOINT", "http://h:1/x/")]);
        assert_eq!((settings.address.url().as_str(), key(&settings)), ("http://h:1/x", None));
    }

    #[test]
    fn local_only_is_skipped_and_says_where_that_was_set() {
        let home = Home::new();
        let config = home.config("[cloud]\nuse_local_secrets = true\napi_key = \"k\"\n");
        let why = skipped(&home, &[]);
        assert!(why.contains("use_local_secrets") && why.contains(config.to_str().unwrap()));
        for text in ["true", "TRUE", "'True'"] {
            let why = skipped(&home, &[("PREFECT__CLOUD__USE_LOCAL_SECRETS", text)]);
            assert!(why.contains("PREFECT__CLOUD__USE_LOCAL_SECRETS"), "{text}: {why}");
        }
        // Prefect asks the Cloud only if it is exactly false; what is no boolean keeps it local.
        for text in ["0", "no", "None", ""] {
            skipped(&home, &[("PREFECT__CLOUD__USE_LOCAL_SECRETS", text)]);
        }
        for text in ["False", "'false'"] {
            ready(&home, &[("PREFECT__CLOUD__USE_LOCAL_SECRETS", text)]);
        }
        let inner = "PREFECT__CONTEXT__CONFIG__CLOUD__USE_LOCAL_SECRETS";
        ready(&home, &[(inner, "false")]);
        let off = ("PREFECT__CLOUD__USE_LOCAL_SECRETS", "false");
        let why = skipped(&home, &[off, ("PREFECT__BACKEND", "server")]);
        assert!(why.contains("server") && why.contains("PREFECT__BACKEND"), "{why}");
    }

    #[test]
    fn auth_toml_fills_what_is_open_for_its_own_address() {
        let home = Home::new();
        home.write(
            ".prefect/auth.toml",
            format!(
                "[\"api.prefect.io\"]\napi_key = \"disk\"\ntenant_id = \"{{{TENANT}}}\"\n\
                 [\"127.0.0.1-8080\"]\napi_key = \"$HOME\"\n"
            ),
        );
        let settings = ready(&home, &[]);
        assert_eq!(
            (key(&settings), settings.tenant.as_deref()),
            (Some(&b"disk"[..]), Some(TENANT))
        );
        let settings = ready(&home, &[("PREFECT__CLOUD__API_KEY", "k")]);
        assert_eq!((key(&settings), settings.tenant.as_deref()), (Some(&b"k"[..]), Some(TENANT)));
        let settings = ready(&home, &[("PREFECT__CLOUD__API", "http://127.0.0.1:8080/Some/Path")]);
        assert_eq!(key(&settings), Some(&b"$HOME"[..]));
        assert_eq!(settings.tenant, None);
        let settings = ready(&home, &[("PREFECT__CLOUD__API", "http://127.0.0.1:9")]);
        assert_eq!(key(&settings), None);
    }

    #[test]
    fn a_wrong_setting_is_named_with_its_place_and_never_shown() {
        let home = Home::new();
        let good = [("PREFECT__CLOUD__API", "http://h"), ("PREFECT__CLOUD__API_KEY", "k")];
        for (variable, setting, value) in [
            ("PREFECT__CLOUD__API_KEY", "cloud.api_key", "marker\nmarker"),
            ("PREFECT__CLOUD__API", "cloud.api", "marker"),
            ("PREFECT__CLOUD__TENANT_ID", "cloud.tenant_id", "marker"),
            ("PREFECT__CLOUD__REQUEST_TIMEOUT", "cloud.request_timeout", "marker"),
            ("PREFECT__CLOUD__REQUEST_TIMEOUT", "cloud.request_timeout", "-1"),
        ] {
            let mut variables = good.to_vec();
            variables.retain(|(name, _)| *name != variable);
            variables.push((variable, value));
            let error = read(&home, &variables).err().unwrap();
            assert_eq!(error.kind(), Kind::Invalid);
            let said = format!("{error} {error:?}");
            assert!(said.contains(variable) && said.contains(setting), "{said}");
            assert!(!said.contains("marker"), "{said}");
        }
        home.write(".prefect/auth.toml", "[h]\napi_key = \"marker\\u0001\"\n");
        let said = read(&home, &good[..1]).err().unwrap().to_string();
        assert!(said.contains("auth.toml") && !said.contains("marker"), "{said}");
        home.config("[secrets.providers.cloud]\nretry_waits_ms = [\"marker\"]\n");
        let said = read(&home, &good).err().unwrap().to_string();
        assert!(said.contains("retry_waits_ms") && said.contains("config.toml"), "{said}");
    }

    #[test]
    fn timeouts_and_waits_are_settings() {
        let home = Home::new();
        home.config(
            "[cloud]\napi_key = \"k\"\nrequest_timeout = 0.5\n\
             [secrets.providers.cloud]\nretry_waits_ms = [0, 20]\n",
        );
        let settings = ready(&home, &[]);
        assert_eq!(settings.request_timeout, Duration::from_millis(500));
        assert_eq!(settings.retry_waits, [Duration::ZERO, Duration::from_millis(20)]);
        let settings = ready(&Home::new(), &[("PREFECT__CLOUD__API_KEY", "k")]);
        assert_eq!(settings.request_timeout, Settings::REQUEST_TIMEOUT);
        assert_eq!(settings.retry_waits, Settings::RETRY_WAITS);
    }
}
