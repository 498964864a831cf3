//! A word of the chain language, and the Rust names that follow from it.

use crate::Outcome;

/// A valid name for a stage.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Name(String);

/// Packages beside the stages: a stage of such a name would have no place.
const TAKEN: &[&str] = &["core", "conformance", "cli", "python", "fuzz", "benches", "testkit"];

impl Name {
    /// The rule is that of `ndcodec-core`: a lower-case letter, then letters, digits and `_`.
    pub(crate) fn parse(word: &str) -> Outcome<Self> {
        let mut chars = word.chars();
        let is_name = chars.next().is_some_and(|c| c.is_ascii_lowercase())
            && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !is_name || word.ends_with('_') || word.contains("__") {
            return Err(format!(
                "`{word}` is not a name for a stage: a lower-case letter, then letters, digits and single `_` between them"
            ));
        }
        let name = Self(word.to_owned());
        if TAKEN.contains(&word) {
            return Err(format!(
                "`{word}` is not a name for a stage: `{}` is another package",
                name.package()
            ));
        }
        if name.type_name() == "Self" {
            return Err(format!("`{word}` is not a name for a stage: its type would be called `Self`"));
        }
        Ok(name)
    }

    /// `foo_bar`, as it stands in a chain.
    pub(crate) fn word(&self) -> &str {
        &self.0
    }

    /// `ndcodec-foo-bar`
    pub(crate) fn package(&self) -> String {
        format!("ndcodec-{}", self.0.replace('_', "-"))
    }

    /// `FOO_BAR`
    pub(crate) fn constant(&self) -> String {
        self.0.to_ascii_uppercase()
    }

    /// `FooBar`
    pub(crate) fn type_name(&self) -> String {
        let capitalized = |part: &str| {
            let mut chars = part.chars();
            chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect::<String>()
        };
        self.0.split('_').map(capitalized).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_names_follow_from_the_word() {
        let name = Name::parse("foo_bar2").unwrap();
        assert_eq!(name.word(), "foo_bar2");
        assert_eq!(name.package(), "ndcodec-foo-bar2");
        assert_eq!(name.constant(), "FOO_BAR2");
        assert_eq!(name.type_name(), "FooBar2");
    }

    #[test]
    fn what_cannot_stand_in_a_chain_is_refused() {
        for word in [
            "", "Foo", "2foo", "foo-bar", "_foo", "foo_", "foo__bar", "fö", "a b", "a/b", "..", "core",
            "self",
        ] {
            let message = Name::parse(word).unwrap_err();
            assert!(message.starts_with(&format!("`{word}` is not a name for a stage: ")), "{message}");
        }
    }
}
