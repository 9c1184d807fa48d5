//! Every setting of Prefect 3 that is in force, for a person who looks at them.

use std::collections::BTreeMap;

use prefect_secrets_core::Error;

use super::profile::Profile;
use crate::local::Snapshot;

/// A setting of Prefect 3.
pub struct InForce<'a> {
    /// What it is called, as a variable and in a profile.
    pub name: String,
    /// What it was set to, which may be a credential; `None` for what no setting is, a table.
    pub value: Option<&'a [u8]>,
    /// Where: `environment variable X`, `profile "x" of /path`.
    pub place: String,
}

/// Calls `look` with every setting of Prefect 3 that is in force, in the order of their names: a variable
/// wins over the active profile, and one that is set to nothing takes away what that says. Returns which
/// profile that is, and where it is kept. *Invalid* if it cannot be read, or is not there.
pub fn in_force(
    snapshot: &Snapshot,
    look: &mut dyn FnMut(&InForce<'_>),
) -> Result<Option<String>, Error> {
    let variables = snapshot.prefect3();
    let profile = Profile::active(variables)?;
    let mut all = BTreeMap::new();
    if let Some(profile) = &profile {
        for (name, value) in profile.settings() {
            all.insert(name, (value, profile.to_string()));
        }
    }
    for name in variables.names() {
        all.insert(name, (variables.variable(name), format!("environment variable {name}")));
    }
    for (name, (value, place)) in all {
        if !value.is_some_and(|value| value.trim_ascii().is_empty()) {
            look(&InForce { name: name.to_owned(), value, place });
        }
    }
    Ok(profile.map(|profile| profile.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::Environment;
    use prefect_secrets_testing::Home;

    #[test]
    fn a_variable_wins_over_the_profile_and_nothing_takes_away() {
        let home = Home::new();
        let read = |variables: &[(&str, &str)]| {
            let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
            let environment = Environment::of(variables, Some(home.path().to_owned()), false);
            let snapshot = Snapshot::load(&environment, None).unwrap();
            let mut seen = Vec::new();
            let profile = in_force(&snapshot, &mut |set| {
                let value = set.value.map(|value| String::from_utf8_lossy(value).into_owned());
                seen.push((set.name.clone(), value, set.place.starts_with("profile \"own\" of /")));
            });
            (profile, seen)
        };
        let (profile, seen) = read(&[]);
        assert!(profile.unwrap().is_none() && seen.is_empty());
        home.write(
            ".prefect/profiles.toml",
            "active = 'own'\n[profiles.own]\nPREFECT_API_URL = 'u'\nPREFECT_API_KEY = 'k'\n\
             [profiles.own.PREFECT_TABLE]\nx = 1\n",
        );
        let (profile, seen) = read(&[("PREFECT_API_KEY", " "), ("PREFECT_MORE", "m")]);
        assert!(profile.unwrap().unwrap().starts_with("profile \"own\" of /"));
        let seen: Vec<_> = seen.iter().map(|(n, v, p)| (n.as_str(), v.as_deref(), *p)).collect();
        let expected = [
            ("PREFECT_API_URL", Some("u"), true),
            ("PREFECT_MORE", Some("m"), false),
            ("PREFECT_TABLE", None, true),
        ];
        assert_eq!(seen, expected);
        let (profile, _) = read(&[("PREFECT_PROFILE", "nowhere")]);
        assert!(profile.unwrap_err().what().contains("PREFECT_PROFILE"));
    }
}
