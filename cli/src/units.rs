//! Times and counts as a person reads them.

/// Picoseconds: a hit in memory takes so few nanoseconds that a whole number of them is too coarse.
pub(crate) type Picoseconds = u64;

pub(crate) const PER_NANOSECOND: Picoseconds = 1_000;

/// The signs that a terminal can show.
#[derive(Clone, Copy)]
pub(crate) struct Marks {
    /// How much is in a place, from nothing to most.
    pub(crate) levels: &'static [char],
    micro: &'static str,
}

impl Marks {
    pub(crate) const UNICODE: Self = Self {
        levels: &[' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
        micro: "µs",
    };
    const ASCII: Self =
        Self { levels: &[' ', '.', ':', '-', '=', '+', '*', '#', '@'], micro: "us" };

    /// Those of the locale, whatever stdout is: a result is kept in files, too.
    pub(crate) fn here() -> Self {
        let variables = ["LC_ALL", "LC_CTYPE", "LANG"];
        let said = variables.iter().filter_map(|name| std::env::var(name).ok());
        let locale = said.into_iter().find(|value| !value.is_empty()).unwrap_or_default();
        let locale = locale.to_ascii_lowercase();
        if locale.contains("utf-8") || locale.contains("utf8") {
            Self::UNICODE
        } else {
            Self::ASCII
        }
    }

    /// Three digits and the unit.
    pub(crate) fn time(&self, time: Picoseconds) -> String {
        let nanoseconds = time as f64 / PER_NANOSECOND as f64;
        let units = [(1e9, "s"), (1e6, "ms"), (1e3, self.micro), (1.0, "ns")];
        // What rounds up to the next unit is of that one.
        let fits = |(per, _): &&(f64, &str)| nanoseconds >= 0.9995 * per;
        let (per, unit) = units.iter().find(fits).unwrap_or(&units[3]);
        format!("{} {unit}", digits(nanoseconds / per))
    }

    /// A power of ten of nanoseconds, for an axis.
    pub(crate) fn decade(&self, power: u32) -> String {
        let units = ["ns", self.micro, "ms", "s"];
        let unit = (power / 3).min(3);
        format!("{} {}", 10u64.pow(power - 3 * unit), units[unit as usize])
    }
}

/// A number with three digits that count.
fn digits(number: f64) -> String {
    match number {
        ..9.995 => format!("{number:.2}"),
        ..99.95 => format!("{number:.1}"),
        _ => format!("{number:.0}"),
    }
}

/// A count with as many digits as matter: `31.2 M`.
pub(crate) fn count(count: u64) -> String {
    match count {
        ..10_000 => count.to_string(),
        10_000..1_000_000 => format!("{} k", digits(count as f64 / 1e3)),
        1_000_000..1_000_000_000 => format!("{} M", digits(count as f64 / 1e6)),
        _ => format!("{} G", digits(count as f64 / 1e9)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_in_the_unit_that_fits() {
        let marks = Marks::UNICODE;
        for (picoseconds, text) in [
            (0, "0.00 ns"),
            (23_440, "23.4 ns"),
            (999_000, "999 ns"),
            (999_600, "1.00 µs"),
            (1_500_000, "1.50 µs"),
            (12_345_678, "12.3 µs"),
            (999_400_000, "999 µs"),
            (30_000_000_000, "30.0 ms"),
            (61_000_000_000_000, "61.0 s"),
        ] {
            assert_eq!(marks.time(picoseconds), text);
        }
        let axis: Vec<_> = (0..11).map(|power| marks.decade(power)).collect();
        assert_eq!(axis[..5], ["1 ns", "10 ns", "100 ns", "1 µs", "10 µs"]);
        assert_eq!(axis[9..], ["1 s", "10 s"]);
        assert_eq!(count(9_999), "9999");
        assert_eq!(count(31_250_000), "31.2 M");
    }
}
