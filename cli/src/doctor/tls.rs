//! Whether what is sent to the Cloud stays between it and us.

use std::os::unix::fs::FileTypeExt;

use super::report::{Outcome, Report};
use crate::cloud::Looking;
use crate::config::without_credentials;

const AREA: &str = "tls";
/// Where the authorities of this machine are looked for, if these say nothing else.
const AUTHORITIES: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

pub(super) fn examine(cloud: Result<&Looking, &'static str>, report: &mut Report) {
    let cloud = match cloud {
        Ok(cloud) => cloud,
        Err(why) => return report.note(AREA, "connection", Outcome::Skipped, why),
    };
    let host = cloud.host();
    match (cloud.is_https(), cloud.is_loopback()) {
        (true, _) => {
            report.note(AREA, "connection", Outcome::Ok, format!("{host} is asked over https"));
            authorities(cloud, report);
        }
        (false, true) => {
            let what = format!("{host} is asked without TLS; nothing leaves this machine");
            report.note(AREA, "connection", Outcome::Ok, what);
        }
        (false, false) => report.fault(
            AREA,
            "connection",
            Outcome::Warning,
            format!(
                "{host} is asked over http: the key and the secrets go over the network in plain"
            ),
            "set an https address",
        ),
    }
    if !cloud.is_loopback() {
        proxy(cloud.is_https(), report);
    }
}

/// Whose certificates are trusted.
fn authorities(cloud: &Looking, report: &mut Report) {
    const SUBJECT: &str = "authorities";
    let set = |name: &&&str| std::env::var_os(name).is_some_and(|said| !said.is_empty());
    let said: Vec<&str> = AUTHORITIES.iter().filter(set).copied().collect();
    let from = match cloud.authorities_place() {
        Some(place) => place.to_owned(),
        None if said.is_empty() => "this machine".to_owned(),
        None => said.join(" and "),
    };
    match cloud.authorities() {
        Ok(Some(count)) => {
            let authorities = if count == 1 { "authority is" } else { "authorities are" };
            let what = format!("{count} certificate {authorities} trusted, from {from}");
            report.note(AREA, SUBJECT, Outcome::Ok, what);
        }
        Ok(None) => report.fault(
            AREA,
            SUBJECT,
            Outcome::Warning,
            "certificates are not checked: whoever is in between can read the key and the secrets",
            "take PREFECT_API_TLS_INSECURE_SKIP_VERIFY away; PREFECT_API_SSL_CERT_FILE names an authority",
        ),
        Err(error) => report.error(AREA, SUBJECT, &error),
    }
    // Of several places one may be enough, so that nobody notices.
    for name in said {
        let Some(path) = std::env::var_os(name) else { continue };
        let readable = match name {
            "SSL_CERT_DIR" => {
                std::env::split_paths(&path).try_for_each(|at| std::fs::read_dir(at).map(drop))
            }
            // A pipe would be waited for.
            _ => match std::fs::metadata(&path) {
                Ok(found) if found.file_type().is_fifo() => {
                    Err(std::io::Error::other("it is a pipe"))
                }
                found => found.and_then(|_| std::fs::File::open(&path)).map(drop),
            },
        };
        if let Err(error) = readable {
            let what = format!("it names what cannot be read: {error}");
            report.fault(AREA, name, Outcome::Warning, what, "correct it, or take it away");
        }
    }
}

/// Through whom it is asked. What the variable holds may be a password.
fn proxy(https: bool, report: &mut Report) {
    let of_scheme =
        if https { ["HTTPS_PROXY", "https_proxy"] } else { ["HTTP_PROXY", "http_proxy"] };
    // As the client takes them: of two spellings the first that is set, though it be to nothing.
    let set = |names: [&'static str; 2]| {
        let set = names.iter().find_map(|name| Some((*name, std::env::var(name).ok()?)));
        set.filter(|(_, said)| !said.is_empty())
    };
    let said = set(of_scheme).or_else(|| set(["ALL_PROXY", "all_proxy"]));
    let Some((name, said)) = said else { return };
    let through = match without_credentials(said.as_bytes()) {
        Some((address, _)) => format!("{address} is asked in between"),
        None => "a proxy is asked in between".to_owned(),
    };
    report.note(
        AREA,
        "proxy",
        Outcome::Ok,
        format!("{through} ({name}), unless NO_PROXY says otherwise"),
    );
}
