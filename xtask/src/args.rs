//! The arguments of a command: words, `--flags`, and `--key value`.

use crate::Outcome;

/// A command's arguments, taken apart by what the command says it knows.
#[derive(Debug, Default)]
pub(crate) struct Args {
    words: Vec<String>,
    flags: Vec<String>,
    values: Vec<(String, String)>,
}

impl Args {
    /// Takes `args` apart. Anything with a dash that is neither in `flags` nor in `keys` is an error.
    pub(crate) fn parse(args: &[String], flags: &[&str], keys: &[&str]) -> Outcome<Self> {
        let mut parsed = Self::default();
        let mut rest = args.iter();
        while let Some(arg) = rest.next() {
            if flags.contains(&arg.as_str()) {
                parsed.flags.push(arg.clone());
            } else if keys.contains(&arg.as_str()) {
                let value = rest.next().ok_or_else(|| format!("`{arg}` needs a value behind it"))?;
                parsed.values.push((arg.clone(), value.clone()));
            } else if arg.starts_with('-') {
                let known = [flags, keys].concat().join(", ");
                return Err(format!("unknown option `{arg}`; this command knows: {known}"));
            } else {
                parsed.words.push(arg.clone());
            }
        }
        Ok(parsed)
    }

    pub(crate) fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|given| given == flag)
    }

    pub(crate) fn value(&self, key: &str) -> Option<&str> {
        self.values.iter().rev().find(|(given, _)| given == key).map(|(_, value)| value.as_str())
    }

    pub(crate) fn words(&self) -> &[String] {
        &self.words
    }

    /// An error unless there are no words.
    pub(crate) fn no_words(&self) -> Outcome {
        match self.words.first() {
            Some(word) => Err(format!("`{word}` is one argument too many")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Outcome<Args> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Args::parse(&args, &["--all"], &["--kind"])
    }

    #[test]
    fn flags_keys_and_words() {
        let args = parse("foo --kind filter --all").unwrap();
        assert_eq!(args.words(), ["foo"]);
        assert_eq!(args.value("--kind"), Some("filter"));
        assert!(args.has("--all"));
        assert_eq!(args.no_words().unwrap_err(), "`foo` is one argument too many");
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(parse("--al").unwrap_err(), "unknown option `--al`; this command knows: --all, --kind");
        assert_eq!(parse("--kind").unwrap_err(), "`--kind` needs a value behind it");
    }
}
