//! What of an address may be shown.

/// What stands in the place of a path that may say something.
const REST: &str = "/...";

/// The scheme, the host and the port of `address`, and of its path what Prefect makes them of: `/api`,
/// `/graphql`, `/accounts/UUID/workspaces/UUID`. Whether something was left out of it is the second part: a user,
/// a password, a query, another path. `None` if this is no http or https address, or could be read in two ways.
pub(crate) fn without_credentials(address: &[u8]) -> Option<(String, bool)> {
    let address = std::str::from_utf8(address).ok()?.trim_ascii();
    // Some readers take a backslash for a slash; what looks like a host may then be something else.
    if address.contains('\\') {
        return None;
    }
    let (scheme, rest) = address.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    if scheme != "http" && scheme != "https" {
        return None;
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    // The last one: a password may hold another.
    let (user, host) = authority.rsplit_once('@').map_or((None, authority), |(u, h)| (Some(u), h));
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    if host.is_empty() || !host.chars().all(plain) {
        return None;
    }
    let harmless = rest.trim_end_matches('/').split('/').skip(1).all(is_harmless);
    let path = if rest.trim_end_matches('/').is_empty() {
        ""
    } else if harmless && rest.starts_with('/') {
        rest
    } else {
        REST
    };
    Some((format!("{scheme}://{host}{path}"), user.is_some() || path == REST))
}

/// Whether a part of a path is a word of Prefect's, or an id.
fn is_harmless(part: &str) -> bool {
    let id = part.len() == 36 && part.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    id || ["api", "graphql", "accounts", "workspaces"].contains(&part)
}

#[cfg(test)]
mod tests {
    use super::without_credentials;

    #[test]
    fn what_may_be_a_credential_is_left_out() {
        const ID: &str = "11111111-2222-3333-4444-555555555555";
        let cloud = format!("https://api.prefect.cloud/api/accounts/{ID}/workspaces/{ID}");
        for (address, shown, left_out) in [
            ("http://127.0.0.1:4200/api", "http://127.0.0.1:4200/api", false),
            ("HTTPS://[::1]:9/", "https://[::1]:9", false),
            (" https://api.prefect.io \n", "https://api.prefect.io", false),
            (&cloud, &cloud, false),
            ("http://me:marker@h/api", "http://h/api", true),
            ("http://marker@h", "http://h", true),
            ("http://me:a@marker@h:1/graphql", "http://h:1/graphql", true),
            ("http://h/marker/api", "http://h/...", true),
            ("http://h?key=marker", "http://h/...", true),
            ("http://h/api?key=marker", "http://h/...", true),
            ("http://h/api#marker", "http://h/...", true),
            ("http://h/;marker", "http://h/...", true),
        ] {
            let said = without_credentials(address.as_bytes()).expect(address);
            assert_eq!(said, (shown.to_owned(), left_out), "{address}");
        }
        for address in [
            "",
            "marker",
            "ftp://marker",
            "http:/marker",
            "http://",
            "http://me:ma\\rker",
            "http://h\\@marker",
            "http://ma rker",
        ] {
            assert!(without_credentials(address.as_bytes()).is_none(), "{address}");
        }
    }
}
