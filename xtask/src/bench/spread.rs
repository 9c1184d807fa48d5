//! The median of what was measured in rounds, and how far the rounds lay apart.

use serde::{Deserialize, Serialize};

/// Half of the rounds lay between `lower` and `upper`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Spread {
    pub(crate) lower: f64,
    pub(crate) median: f64,
    pub(crate) upper: f64,
}

impl Spread {
    /// The quartiles of `values`, of which there is at least one. Between two values the way is
    /// straight.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        assert!(!values.is_empty(), "there is a round");
        values.sort_by(f64::total_cmp);
        let at = |part: f64| {
            let place = part * (values.len() - 1) as f64;
            let (below, above) = (values[place.floor() as usize], values[place.ceil() as usize]);
            rounded(below + (above - below) * place.fract())
        };
        Self { lower: at(0.25), median: at(0.5), upper: at(0.75) }
    }

    /// A figure that is the same each time: a count, a size.
    pub(crate) fn exactly(value: f64) -> Self {
        Self { lower: value, median: value, upper: value }
    }
}

/// To six figures that count: no measurement here has more, and the file of results stays legible.
fn rounded(value: f64) -> f64 {
    format!("{value:.5e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::Spread;

    #[test]
    fn the_median_and_the_quartiles() {
        let spread = |lower, median, upper| Spread { lower, median, upper };
        assert_eq!(Spread::of([7.0]), Spread::exactly(7.0));
        assert_eq!(Spread::of([9.0, 1.0, 5.0, 3.0, 7.0]), spread(3.0, 5.0, 7.0));
        assert_eq!(Spread::of([4.0, 1.0, 3.0, 2.0]), spread(1.75, 2.5, 3.25));
        assert_eq!(Spread::of([1.0 / 3.0]), Spread::exactly(0.333333));
        // One round that something disturbed does not move it.
        assert_eq!(Spread::of([1.0, 1.0, 1.0, 1.0, 900.0]), Spread::exactly(1.0));
    }
}
