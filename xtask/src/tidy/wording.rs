//! Words that a reader who is not a native speaker stumbles over, in code, comments and docs.

use super::Tree;

/// A rule finds a phrase that begins with the word of this index, and says what to write in its place.
type Rule = fn(&[&str], usize) -> Option<&'static str>;

const RULES: &[Rule] = &[odd_word, no_thing, had, where_for_if];

pub(super) fn check(tree: &Tree) -> Vec<String> {
    let mut problems = Vec::new();
    for (path, text) in [".rs", ".py", ".pyi", ".md"].into_iter().flat_map(|suffix| tree.ending(suffix)) {
        // The page of the field's cases quotes messages, and this file has the phrases.
        if path == "docs/field.md" || path.ends_with("tidy/wording.rs") {
            continue;
        }
        for (index, line) in text.lines().enumerate() {
            let words: Vec<&str> = line.split_whitespace().collect();
            for at in 0..words.len() {
                if let Some(advice) = RULES.iter().find_map(|rule| rule(&words, at)) {
                    let phrase = words[at..words.len().min(at + 3)].join(" ");
                    problems.push(format!("{path}:{}: `{phrase}`: {advice}", index + 1));
                }
            }
        }
    }
    problems
}

/// A word without the punctuation around it, in lower case.
fn bare(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
}

fn odd_word(words: &[&str], at: usize) -> Option<&'static str> {
    match bare(words[at]).as_str() {
        "answers" | "answered" => Some("write `returns` or `responds`"),
        "dear" | "dearer" | "dearest" => Some("write `expensive`"),
        _ => None,
    }
}

/// `is no dtype` and `is none`; `there is no dtype` and `is no longer` are plain.
fn no_thing(words: &[&str], at: usize) -> Option<&'static str> {
    const DEGREES: &[&str] = &[
        "better", "faster", "fewer", "higher", "larger", "less", "longer", "lower", "more", "older", "other",
        "quicker", "slower", "smaller",
    ];
    let is_there = at > 0 && bare(words[at - 1]).ends_with("there");
    if is_there || !matches!(words[at], "is" | "are" | "was" | "were") {
        return None;
    }
    match words.get(at + 1)?.trim_matches(|c: char| !c.is_alphanumeric()) {
        "none" => Some("say what it is, or `there are none`"),
        "no" if words[at + 1] == "no" => {
            let next = words.get(at + 2).map(|word| bare(word)).unwrap_or_default();
            let is_degree = DEGREES.contains(&next.as_str());
            (!is_degree).then_some("write `is not a …`, or begin with `there is no …`")
        }
        _ => None,
    }
}

fn had(words: &[&str], at: usize) -> Option<&'static str> {
    let is_had = matches!(bare(words[at]).as_str(), "cannot" | "can" | "to")
        && words.get(at + 1) == Some(&"be")
        && words.get(at + 2).is_some_and(|word| bare(word) == "had");
    is_had.then_some("say what does not exist, or cannot be read")
}

/// `Where` at the beginning of a sentence, before a clause that ends with a comma.
fn where_for_if(words: &[&str], at: usize) -> Option<&'static str> {
    if words[at] != "Where" {
        return None;
    }
    let is_begin = match at.checked_sub(1).map(|before| words[before]) {
        None | Some("-") => true,
        Some(before) => before.ends_with(['.', ';', ':']),
    };
    let sentence = words[at..].iter().take_while(|word| !word.ends_with(['.', ':']));
    let has_clause = sentence.clone().any(|word| word.ends_with(','));
    (is_begin && has_clause).then_some("write `If …`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_phrase_is_found_and_plain_words_are_not() {
        let found = |text: &str| check(&Tree::of(&[("a.md", text)])).len();
        for text in [
            "it answers the bytes",
            "the dtype is none",
            "`x` is no dtype",
            "these are no `.npy` files",
            "the rows cannot be had",
            "a copy is dear",
            "It is read. Where it fails, an error comes.",
            "Where no order is given, it is C.",
            "- Where no order is given, it is C.",
        ] {
            assert_eq!(found(text), 1, "{text}");
        }
        for text in [
            "there is no memory",
            "There are none.",
            "it is no longer than that",
            "it is not a dtype",
            "/// Where the index begins, and its length.",
            "## Where to find what",
            "none of them",
        ] {
            assert_eq!(found(text), 0, "{text}");
        }
    }
}
