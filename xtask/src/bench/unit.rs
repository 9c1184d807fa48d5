//! What a figure is of, and how it is written.

use serde::{Deserialize, Serialize};

/// What a figure is of.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unit {
    /// Ours over the floor.
    Times,
    /// Ours less the floor.
    MoreNanoseconds,
    Nanoseconds,
    /// Threads, descriptors, copies.
    Count,
    Bytes,
    /// So many in a second.
    PerSecond,
}

impl Unit {
    /// The unit of what such a figure is made of.
    pub(crate) fn of_the_parts(self) -> Self {
        match self {
            Self::Times | Self::MoreNanoseconds => Self::Nanoseconds,
            other => other,
        }
    }

    /// `0.98 ×`, `+3.1 ns`, `1.20 ms`, `0`, `3.12 MiB`.
    pub(crate) fn show(self, value: f64) -> String {
        match self {
            Self::Times => format!("{} ×", significant(value)),
            Self::MoreNanoseconds => format!("{value:+.1} ns"),
            Self::Nanoseconds => time(value),
            Self::Count => format!("{value:.0}"),
            Self::PerSecond => format!("{} million", significant(value / 1e6)),
            Self::Bytes if value < 1024.0 => format!("{value:.0} B"),
            Self::Bytes if value < 1024.0 * 1024.0 => {
                format!("{} KiB", significant(value / 1024.0))
            }
            Self::Bytes => format!("{} MiB", significant(value / 1024.0 / 1024.0)),
        }
    }

    /// A round figure, for an axis: `20 ns`, `1 µs`.
    pub(crate) fn show_step(self, value: f64) -> String {
        let text = self.show(value);
        let (figure, unit) = text.split_once(' ').unwrap_or((&text, ""));
        let figure = match figure.split_once('.') {
            Some(_) => figure.trim_end_matches('0').trim_end_matches('.'),
            None => figure,
        };
        format!("{figure} {unit}").trim_end().to_owned()
    }
}

/// Nanoseconds, in the unit that a person would choose.
fn time(nanoseconds: f64) -> String {
    let units = [("s", 1e9), ("ms", 1e6), ("µs", 1e3)];
    let unit = units.into_iter().find(|(_, size)| nanoseconds >= *size);
    let (name, size) = unit.unwrap_or(("ns", 1.0));
    format!("{} {name}", significant(nanoseconds / size))
}

/// Three figures that count.
fn significant(value: f64) -> String {
    let digits = match value.abs() {
        0.0 => 0,
        size => 2 - size.log10().floor() as i32,
    };
    format!("{value:.*}", usize::try_from(digits.min(4)).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::Unit;

    #[test]
    fn figures_are_written_for_people() {
        assert_eq!(Unit::Times.show(0.5512), "0.551 ×");
        assert_eq!(Unit::Times.show(1.0), "1.00 ×");
        assert_eq!(Unit::Times.show(412.3), "412 ×");
        assert_eq!(Unit::MoreNanoseconds.show(-1.25), "-1.2 ns");
        assert_eq!(Unit::Nanoseconds.show(26.04), "26.0 ns");
        assert_eq!(Unit::Nanoseconds.show(1_234_000.0), "1.23 ms");
        assert_eq!(Unit::Nanoseconds.show_step(500.0), "500 ns");
        assert_eq!(Unit::Nanoseconds.show_step(2000.0), "2 µs");
        assert_eq!(Unit::PerSecond.show_step(5e5), "0.5 million");
        assert_eq!(Unit::Count.show(0.0), "0");
        assert_eq!(Unit::Bytes.show(3_270_728.0), "3.12 MiB");
    }
}
