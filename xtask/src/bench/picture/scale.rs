//! From figures to places in a picture.

/// Steps of the same ratio are of the same length.
pub(super) struct Scale {
    low: f64,
    high: f64,
    from: i32,
    to: i32,
}

impl Scale {
    /// From the smallest of `figures` at `from` to the largest at `to`, with this much room at either
    /// end.
    pub(super) fn of(
        figures: impl Iterator<Item = f64>,
        room: (f64, f64),
        (from, to): (i32, i32),
    ) -> Self {
        let (low, high) = figures
            .filter(|figure| *figure > 0.0)
            .fold((f64::MAX, f64::MIN), |(low, high), at| (low.min(at), high.max(at)));
        Self { low: low / room.0, high: high * room.1, from, to }
    }

    /// At least a factor of `least` from end to end: what is flat is to look flat.
    pub(super) fn at_least(self, least: f64) -> Self {
        Self { high: self.high.max(self.low * least), ..self }
    }

    pub(super) fn place(&self, figure: f64) -> i32 {
        let part = (figure.max(self.low) / self.low).ln() / (self.high / self.low).ln();
        self.from + (part * f64::from(self.to - self.from)).round() as i32
    }

    /// Round figures between the ends: 1, 2 and 5 of each ten; 1 alone if those were many.
    pub(super) fn steps(&self) -> Vec<f64> {
        let all = |of: &[f64]| -> Vec<f64> {
            let tens = (-3..13).map(|power| 10_f64.powi(power));
            let steps = tens.flat_map(|ten| of.iter().map(move |step| step * ten));
            steps.filter(|step| (self.low..=self.high).contains(step)).collect()
        };
        let steps = all(&[1.0, 2.0, 5.0]);
        if steps.len() > 9 { all(&[1.0]) } else { steps }
    }
}

#[cfg(test)]
mod tests {
    use super::Scale;

    #[test]
    fn what_is_twice_as_much_is_as_far_away_everywhere() {
        let scale = Scale::of([1.0, 4.0].into_iter(), (1.0, 1.0), (0, 100));
        assert_eq!([1.0, 2.0, 4.0].map(|figure| scale.place(figure)), [0, 50, 100]);
        assert_eq!(scale.steps(), [1.0, 2.0]);
        assert_eq!(scale.at_least(100.0).steps(), [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0]);
    }
}
