//! Colours: on a terminal only, and as `NO_COLOR`, `CLICOLOR_FORCE` and `TERM` ask for it.

use std::fmt;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use rustix::termios::tcgetwinsize;

pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default();
pub(crate) const FAINT: Style = Style::new().dimmed();
pub(crate) const HEAD: Style = Style::new().bold();

/// Whether a stream shows colours.
#[derive(Clone, Copy)]
pub(crate) struct Colours(bool);

impl Colours {
    #[cfg(test)]
    pub(crate) const NONE: Self = Self(false);

    pub(crate) fn of_stdout() -> Self {
        Self(AutoStream::choice(&std::io::stdout()) != ColorChoice::Never)
    }

    pub(crate) fn of_stderr() -> Self {
        Self(AutoStream::choice(&std::io::stderr()) != ColorChoice::Never)
    }

    /// `text` in this style. A width counts for the text alone.
    pub(crate) fn paint<T: fmt::Display>(self, style: Style, text: T) -> impl fmt::Display {
        let style = if self.0 { style } else { Style::new() };
        fmt::from_fn(move |f| {
            write!(f, "{style}")?;
            text.fmt(f)?;
            write!(f, "{style:#}")
        })
    }
}

/// How many columns stdout has; `None` if it is no terminal, or one that does not know.
pub(crate) fn width() -> Option<usize> {
    let size = tcgetwinsize(std::io::stdout()).ok()?;
    (size.ws_col > 0).then_some(size.ws_col.into())
}
