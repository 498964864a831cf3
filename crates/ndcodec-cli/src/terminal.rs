//! What is told on standard error: failures and summaries. That it cannot be told is not a failure.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::Write as _;

use anstyle::{AnsiColor, Style};

use crate::failure::{Failure, Status};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const GUTTER: Style = AnsiColor::Blue.on_default().bold();
const HELP: Style = AnsiColor::Cyan.on_default().bold();

/// Prints why a command failed, in the colours that the command line, the environment and the terminal allow.
pub(crate) fn report(failure: &Failure) {
    if failure.status() != Status::BrokenPipe {
        anstream::stderr().lock().write_all(render(failure).as_bytes()).ok();
    }
}

/// Prints a line that is not an error.
pub(crate) fn note(text: &str) {
    writeln!(std::io::stderr(), "{}", printable(text)).ok();
}

/// `text` with characters written out that steer a terminal or cannot be seen, so that no file can do so by what is
/// quoted from it.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    ndcodec::printable(text)
}

/// In colour: the stream takes it out.
fn render(failure: &Failure) -> String {
    let mut text = format!("{ERROR}error:{ERROR:#} {}\n", printable(failure.message()));
    if let Some((line, columns)) = failure.place() {
        let carets = "^".repeat(columns.len());
        let indent = columns.start;
        writeln!(text, "{GUTTER}  |{GUTTER:#}  {line}").ok();
        writeln!(text, "{GUTTER}  |{GUTTER:#}  {:indent$}{ERROR}{carets}{ERROR:#}", "").ok();
    }
    if let Some(help) = failure.help() {
        writeln!(text, "{HELP}help:{HELP:#} {}", printable(help)).ok();
    }
    text
}
