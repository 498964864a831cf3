//! The progress bar: on a terminal, for work that takes longer than a moment.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressState, ProgressStyle};

/// Work that is done sooner has no bar: it would only flicker.
const PATIENCE: Duration = Duration::from_secs(1);

/// How much of the input has been read, and how fast.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    started: Instant,
    is_shown: bool,
}

impl Progress {
    /// Progress through `len` bytes, if that is known; `None` if standard error is not a terminal.
    pub(crate) fn start(len: Option<u64>) -> Option<Self> {
        if !io::stderr().is_terminal() {
            return None;
        }
        let bar = ProgressBar::with_draw_target(len, ProgressDrawTarget::hidden())
            .with_style(style(len.is_some()))
            .with_finish(ProgressFinish::AndClear);
        Some(Self { bar, started: Instant::now(), is_shown: false })
    }

    /// `position` bytes have been read.
    pub(crate) fn set(&mut self, position: u64) {
        self.bar.set_position(position);
        if !self.is_shown && self.started.elapsed() > PATIENCE {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.is_shown = true;
        }
    }
}

fn style(has_len: bool) -> ProgressStyle {
    let template = match has_len {
        true => "{bar:30} {percent:>3} %  {binary_bytes} of {binary_total_bytes}  {rate}  {eta} left",
        false => "{spinner} {binary_bytes}  {rate}",
    };
    // A constant template; were it wrong, the plain bar would still do.
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.with_key("rate", |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        let per_second = u128::from(state.pos()) * 1000 / state.elapsed().as_millis().max(1);
        write!(out, "{}/s", HumanBytes(u64::try_from(per_second).unwrap_or(u64::MAX))).ok();
    })
}
