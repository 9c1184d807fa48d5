//! Which settings may be shown. Those that are known to be harmless are listed here, each with the shape that its
//! values have; all others are hidden, and so is a value of another shape.

use super::address::without_credentials;

/// What the values of a setting look like.
#[derive(Clone, Copy)]
enum Shape {
    /// One of these words.
    Word(&'static [&'static str]),
    Boolean,
    Number,
    Numbers,
    /// What something is called.
    Name,
    Names,
    Path,
    Paths,
    /// A name, or the path of what would have that name.
    NameOrPath,
    Address,
}

const ON_ERROR: Shape = Shape::Word(&["stop", "continue"]);
const ISOLATION: Shape = Shape::Word(&["process", "in-process", "exec"]);
const LEVEL: Shape = Shape::Word(&["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]);

/// By the path of the setting; `*` is any one name.
const SETTINGS: [(&[&str], Shape); 27] = [
    (&["backend_config_path"], Shape::Path),
    (&["user_config_path"], Shape::Path),
    (&["backend"], Shape::Word(&["cloud", "server"])),
    (&["debug"], Shape::Boolean),
    (&["home_dir"], Shape::Path),
    (&["logging", "level"], LEVEL),
    (&["cloud", "api"], Shape::Address),
    (&["cloud", "endpoint"], Shape::Address),
    (&["cloud", "request_timeout"], Shape::Number),
    (&["cloud", "use_local_secrets"], Shape::Boolean),
    (&["context", "config", "cloud", "use_local_secrets"], Shape::Boolean),
    (&["secrets", "chain"], Shape::Names),
    (&["secrets", "plugin_host"], Shape::Path),
    (&["secrets", "providers", "*", "dialect"], Shape::Word(&["graphql", "rest"])),
    (&["secrets", "providers", "*", "environment"], Shape::Names),
    (&["secrets", "providers", "*", "isolation"], ISOLATION),
    (&["secrets", "providers", "*", "map_names"], Shape::Boolean),
    (&["secrets", "providers", "*", "on_error"], ON_ERROR),
    (&["secrets", "providers", "*", "plugin"], Shape::NameOrPath),
    (&["secrets", "providers", "*", "prefix"], Shape::Name),
    (&["secrets", "providers", "*", "provider"], Shape::Word(&["env"])),
    (&["secrets", "providers", "*", "retry_waits_ms"], Shape::Numbers),
    (&["secrets", "providers", "*", "sandbox"], Shape::Boolean),
    (&["secrets", "providers", "*", "sandbox_read"], Shape::Paths),
    (&["secrets", "providers", "*", "start_timeout_ms"], Shape::Number),
    (&["secrets", "providers", "*", "timeout_ms"], Shape::Number),
    (&["secrets", "providers", "*", "verbatim"], Shape::Boolean),
];

/// The settings of Prefect 3, by their variables.
const PREFECT_3: [(&str, Shape); 9] = [
    ("PREFECT_API_REQUEST_TIMEOUT", Shape::Number),
    ("PREFECT_API_SSL_CERT_FILE", Shape::Path),
    ("PREFECT_API_TLS_INSECURE_SKIP_VERIFY", Shape::Boolean),
    ("PREFECT_API_URL", Shape::Address),
    ("PREFECT_CLIENT_CSRF_SUPPORT_ENABLED", Shape::Boolean),
    ("PREFECT_HOME", Shape::Path),
    ("PREFECT_PROFILE", Shape::Name),
    ("PREFECT_PROFILES_PATH", Shape::Path),
    ("SSL_CERT_FILE", Shape::Path),
];

/// What may be shown of `value`, the setting at `path`; `None` if that is nothing.
pub(super) fn setting(path: &[&str], value: &[u8]) -> Option<String> {
    let fits = |known: &[&str]| {
        known.len() == path.len() && known.iter().zip(path).all(|(k, p)| *k == "*" || k == p)
    };
    SETTINGS.iter().find(|(known, _)| fits(known))?.1.shown(value)
}

/// The same for a setting of Prefect 3.
pub(super) fn setting_of_prefect_3(name: &str, value: &[u8]) -> Option<String> {
    PREFECT_3.iter().find(|(known, _)| *known == name)?.1.shown(value.trim_ascii())
}

impl Shape {
    fn shown(self, value: &[u8]) -> Option<String> {
        let text = std::str::from_utf8(value).ok()?;
        let list = |fits: fn(&str) -> bool| {
            let list: Vec<String> = serde_json::from_str(text).ok()?;
            list.iter().all(|text| fits(text)).then(|| text.to_owned())
        };
        if let Self::Address = self {
            let (address, left_out) = without_credentials(value)?;
            return Some(if left_out { address + " (a part is hidden)" } else { address });
        }
        let fits = match self {
            Self::Word(words) => words.contains(&text),
            Self::Boolean => matches!(&*text.to_ascii_lowercase(), "true" | "false" | "0" | "1"),
            Self::Number => text.parse::<f64>().is_ok(),
            Self::Numbers => serde_json::from_str::<Vec<u64>>(text).is_ok(),
            Self::Name => is_name(text),
            Self::Path => is_path(text),
            Self::NameOrPath => is_name(text) || is_path(text),
            Self::Names => return list(is_name),
            Self::Paths => return list(is_path),
            Self::Address => unreachable!("it was looked at above"),
        };
        fits.then(|| text.to_owned())
    }
}

fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    text.len() <= 64 && text.chars().all(plain)
}

fn is_path(text: &str) -> bool {
    text.starts_with(['/', '~']) && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::{setting, setting_of_prefect_3};

    #[test]
    fn what_is_not_known_to_be_harmless_is_hidden() {
        let shown = |path: &str, value: &str| {
            setting(&path.split('.').collect::<Vec<_>>(), value.as_bytes())
        };
        for (path, value) in [
            ("backend", "cloud"),
            ("user_config_path", "~/elsewhere.toml"),
            ("cloud.request_timeout", "1.5"),
            ("cloud.use_local_secrets", "false"),
            ("secrets.chain", "[\"env\",\"vault\"]"),
            ("secrets.providers.vault.plugin", "/opt/vault.so"),
            ("secrets.providers.vault.on_error", "continue"),
            ("secrets.providers.cloud.retry_waits_ms", "[0,20]"),
        ] {
            assert_eq!(shown(path, value).as_deref(), Some(value), "{path}");
        }
        for (path, value) in [
            ("cloud.api_key", "marker"),
            ("cloud.tenant_id", "marker"),
            ("cloud.agent.auth_token", "marker"),
            ("backend", "marker"),
            ("cloud.request_timeout", "marker"),
            ("cloud.api", "marker"),
            ("secrets.chain", "marker"),
            ("secrets.providers.vault.plugin", "mar/ker"),
            ("secrets.providers.vault.config", "marker"),
            ("secrets.providers.vault.config.plugin", "marker"),
            ("chain", "marker"),
            ("home_dir", "marker"),
        ] {
            assert_eq!(shown(path, value), None, "{path}");
        }
        let shown = |name: &str, value: &[u8]| setting_of_prefect_3(name, value);
        assert_eq!(shown("PREFECT_PROFILE", b"own").as_deref(), Some("own"));
        let address = shown("PREFECT_API_URL", b"http://me:marker@h:1/api");
        assert_eq!(address.as_deref(), Some("http://h:1/api (a part is hidden)"));
        for name in ["PREFECT_API_KEY", "PREFECT_API_AUTH_STRING", "PREFECT_CLIENT_CUSTOM_HEADERS"]
        {
            assert_eq!(shown(name, b"marker"), None, "{name}");
        }
    }
}
