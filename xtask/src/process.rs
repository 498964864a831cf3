//! Running other programs: each is shown before it runs, and its output is passed through.

use std::process::{Command, Output, Stdio};

use crate::Outcome;

/// Shows the command, runs it with its output passed through, and fails if it fails.
pub(crate) fn run(command: &mut Command) -> Outcome {
    println!("$ {}", display(command));
    let status = command.status().map_err(|error| not_started(command, &error))?;
    if status.success() { Ok(()) } else { Err(format!("`{}` failed: {status}", display(command))) }
}

/// Runs the command in silence and returns its standard output.
pub(crate) fn capture(command: &mut Command) -> Outcome<String> {
    let output = output(command)?;
    if output.status.success() {
        return String::from_utf8(output.stdout)
            .map_err(|_| format!("`{}` printed what is not UTF-8", display(command)));
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    Err(format!("`{}` failed: {}: {}", display(command), output.status, stderr.trim()))
}

/// Runs the command in silence and returns all it printed, whether it failed or not.
pub(crate) fn output(command: &mut Command) -> Outcome<Output> {
    command.stdin(Stdio::null()).output().map_err(|error| not_started(command, &error))
}

/// The cargo that runs this xtask.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

fn not_started(command: &Command, error: &std::io::Error) -> String {
    let program = command.get_program().to_string_lossy();
    format!("cannot start `{program}`: {error}; is it installed and on the PATH?")
}

/// The command as one would type it, with the variables that were set for it.
pub(crate) fn display(command: &Command) -> String {
    let mut words = Vec::new();
    for (key, value) in command.get_envs() {
        if let Some(value) = value {
            words.push(format!("{}={}", key.to_string_lossy(), quoted(&value.to_string_lossy())));
        }
    }
    let program = command.get_program();
    let is_cargo = std::env::var_os("CARGO").is_some_and(|cargo| cargo == program);
    words.push(if is_cargo { "cargo".to_owned() } else { quoted(&program.to_string_lossy()) });
    words.extend(command.get_args().map(|arg| quoted(&arg.to_string_lossy())));
    words.join(" ")
}

fn quoted(word: &str) -> String {
    let quoter = shlex::Quoter::new().allow_nul(true);
    quoter.quote(word).map_or_else(|_| word.to_owned(), Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_typed() {
        let mut command = Command::new("tool");
        command.args(["--chain", "npy|zstd", "it's"]).env("FLAGS", "-D warnings");
        assert_eq!(display(&command), r#"FLAGS='-D warnings' tool --chain 'npy|zstd' "it's""#);
    }

    #[test]
    fn a_missing_program_is_named() {
        let message = capture(&mut Command::new("ndcodec-no-such-program")).unwrap_err();
        assert!(message.starts_with("cannot start `ndcodec-no-such-program`"), "{message}");
    }
}
