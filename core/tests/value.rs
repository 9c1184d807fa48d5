//! What holds for every text.

use prefect_secrets_core::value::{Expanded, Surroundings, cast, expand, literal, view};
use prefect_secrets_core::{Buffer, Form, Secret};
use proptest::prelude::*;

/// Variables that name each other.
struct Tangle(Vec<(String, String)>);

impl Surroundings for Tangle {
    fn variable(&self, name: &[u8]) -> Option<&[u8]> {
        let found = self.0.iter().find(|(known, _)| known.as_bytes() == name);
        found.map(|(_, value)| value.as_bytes())
    }
    fn home(&self, _: Option<&[u8]>) -> Option<Vec<u8>> {
        Some(b"~".to_vec())
    }
}

fn secret(text: &str, form: Form) -> Secret {
    Secret::to_set(Buffer::copy_of(text.as_bytes()), form)
}

/// Texts of what Python's and JSON's grammars are made of, which plain characters seldom are.
fn tokens() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "[", "]", "(", ")", "{", "}", ",", ":", "'", "\"", "'''", "\\", "\n", " ", "#", "-", "+",
        ".", "1", "0", "_", "e", "j", "x", "b", "r", "None", "True", "true", "null", "é", "\\x41",
        "\\u12", "...",
    ]);
    prop::collection::vec(token, 0..24).prop_map(|tokens| tokens.concat())
}

proptest! {
    #[test]
    fn plain_text_comes_back_byte_for_byte(text in "[^$~{]*") {
        let json = serde_json::from_str::<serde_json::Value>(&text);
        let word = text.to_uppercase();
        prop_assume!(literal(&text).is_none() && json.is_err());
        prop_assume!(word != "TRUE" && word != "FALSE");
        for times in [1, 2] {
            let secret = secret(&text, Form::Cast(times));
            prop_assert_eq!(secret.expose_text(), text.as_bytes());
            let back: String = serde_json::from_str(secret.expose_json().unwrap()).unwrap();
            prop_assert_eq!(back, &*text);
        }
        let unchanged = matches!(expand(text.as_bytes(), &Tangle(Vec::new())), Expanded::Unchanged);
        prop_assert!(unchanged);
    }

    #[test]
    fn verbatim_is_the_identity(text in prop_oneof![".*", tokens()]) {
        let secret = secret(&text, Form::Verbatim);
        prop_assert_eq!(secret.expose_text(), text.as_bytes());
        let back: String = serde_json::from_str(secret.expose_json().unwrap()).unwrap();
        prop_assert_eq!(back, text);
    }

    #[test]
    fn expanding_always_ends(values in prop::collection::vec("([~/a]|\\$[A-D]|\\$\\{[A-D]\\}){0,3}", 4)) {
        let text = values.concat();
        let names = ["A", "B", "C", "D"].map(String::from);
        let around = Tangle(names.into_iter().zip(values).collect());
        match expand(text.as_bytes(), &around) {
            Expanded::Unchanged => {}
            // What came out does not change any more.
            Expanded::Changed(end, _) => {
                prop_assert!(matches!(expand(end.expose(), &around), Expanded::Unchanged));
            }
            Expanded::Endless => prop_assert!(text.contains(['$', '~'])),
        }
    }

    #[test]
    fn every_text_has_a_json_view(text in tokens()) {
        for times in 1..=3 {
            let json = view(&text, times);
            let valid = serde_json::from_slice::<serde::de::IgnoredAny>(json.expose());
            prop_assert!(valid.is_ok(), "{:?} reads as {:?}", text, json.expose());
        }
    }
}

#[test]
fn depth_is_no_danger() {
    for open in ["[", "{\"a\":", "(", "'", "-"] {
        let text = open.repeat(100_000);
        let json = view(&text, 2);
        assert!(serde_json::from_slice::<String>(json.expose()).unwrap() == text, "{open}");
        let _ = cast(&text);
    }
    let balanced = "[".repeat(100_000) + &"]".repeat(100_000);
    assert!(view(&balanced, 2).expose() == balanced.as_bytes());
}
