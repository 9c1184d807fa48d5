//! The secrets that everybody is asked for. `benches/peers/subject.h` knows the same rule.

use std::fmt::Write as _;

/// How many are asked for at once.
pub(super) const COUNTS: [usize; 3] = [1, 50, 500];

/// The name of the secret `number`, from 1.
pub(super) fn name(number: usize) -> String {
    format!("SERVICE_TOKEN_{number:04}")
}

/// Its value: 32 bytes.
pub(super) fn value(number: usize) -> String {
    format!("tok_{number:04}_abcdefghijklmnopqrstuvw")
}

/// Each of the first `count` with its value.
pub(super) fn first(count: usize) -> impl Iterator<Item = (String, String)> {
    (1..=count).map(|number| (name(number), value(number)))
}

/// Prefect 1's `config.toml`, which is ours too.
pub(super) fn toml(count: usize) -> String {
    first(count).fold("[context.secrets]\n".to_owned(), |mut text, (name, value)| {
        let _ = writeln!(text, "{name} = \"{value}\"");
        text
    })
}

/// A dotenv file.
pub(super) fn dotenv(count: usize) -> String {
    first(count).fold(String::new(), |mut text, (name, value)| {
        let _ = writeln!(text, "{name}={value}");
        text
    })
}

/// What SecretSpec is to resolve.
pub(super) fn manifest(count: usize) -> String {
    let head = "[project]\nname = \"bench\"\nrevision = \"1.0\"\n\n[profiles.default]\n".to_owned();
    first(count).fold(head, |mut text, (name, _)| {
        let _ = writeln!(text, "{name} = {{ description = \"a token\", required = true }}");
        text
    })
}

/// What the stand-in for Prefect Cloud 1 keeps.
pub(super) fn json(count: usize) -> String {
    let secrets: serde_json::Map<_, _> =
        first(count).map(|(name, value)| (name, value.into())).collect();
    serde_json::Value::Object(secrets).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secrets_are_those_that_the_programs_check() {
        let header = include_str!("../../../../benches/peers/subject.h");
        assert!(header.contains("#define NAME \"SERVICE_TOKEN_\""));
        assert!(header.contains(&format!("#define TEMPLATE \"{}\"", value(0))));
        assert!(header.contains(&format!("#define MOST {}", COUNTS[2])));
        assert_eq!(name(50), "SERVICE_TOKEN_0050");
        assert_eq!(value(500).len(), 32);
        // A value stands in no program, so that what is found in memory came from its place.
        assert!(!header.contains(&value(1)));
    }

    #[test]
    fn each_place_holds_all_of_them() {
        assert_eq!(toml(2).lines().last(), Some(&*format!("{} = \"{}\"", name(2), value(2))));
        assert_eq!(dotenv(2).lines().last(), Some(&*format!("{}={}", name(2), value(2))));
        assert_eq!(manifest(50).matches("SERVICE_TOKEN_").count(), 50);
        let kept: serde_json::Value = serde_json::from_str(&json(50)).expect("JSON");
        assert_eq!(kept[name(50)], value(50));
    }
}
