//! What is told on standard error: failures and summaries. That it cannot be told is no failure.

use std::borrow::Cow;
use std::env;
use std::io::{self, IsTerminal, Write};

use crate::args::Color;
use crate::failure::{Failure, Status};

const ERROR: &str = "\x1b[1;31m";
const GUTTER: &str = "\x1b[1;34m";
const HELP: &str = "\x1b[1;36m";
const RESET: &str = "\x1b[0m";

/// Prints why a command failed.
pub(crate) fn report(failure: &Failure, color: Color) {
    if failure.status() != Status::BrokenPipe {
        let mut stderr = io::stderr().lock();
        let is_colored = is_colored(color, stderr.is_terminal());
        stderr.write_all(render(failure, is_colored).as_bytes()).ok();
    }
}

/// Prints a line that is no error.
pub(crate) fn note(text: &str) {
    writeln!(io::stderr(), "{}", printable(text)).ok();
}

/// `text` with control characters written out, so that no file can steer the terminal by what is quoted from it.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let show = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    Cow::Owned(text.chars().map(show).collect())
}

fn render(failure: &Failure, is_colored: bool) -> String {
    let paint = |style: &str, text: &str| match is_colored {
        true => format!("{style}{text}{RESET}"),
        false => text.to_owned(),
    };
    let mut lines = vec![format!("{} {}", paint(ERROR, "error:"), printable(failure.message()))];
    if let Some((text, columns)) = failure.place() {
        let gutter = paint(GUTTER, "  |");
        let carets = paint(ERROR, &"^".repeat(columns.len()));
        lines.push(format!("{gutter}  {text}"));
        lines.push(format!("{gutter}  {:1$}{carets}", "", columns.start));
    }
    if let Some(help) = failure.help() {
        lines.push(format!("{} {}", paint(HELP, "help:"), printable(help)));
    }
    lines.join("\n") + "\n"
}

fn is_colored(color: Color, is_terminal: bool) -> bool {
    let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if is_set("NO_COLOR") => false,
        Color::Auto if is_set("CLICOLOR_FORCE") => {
            env::var_os("CLICOLOR_FORCE").is_some_and(|value| value != "0")
        }
        Color::Auto => is_terminal && env::var_os("TERM").is_none_or(|term| term != "dumb"),
    }
}
