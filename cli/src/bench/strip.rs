//! Histograms one under the other, on one axis of times.

use super::buckets::{Bucket, PER_DECADE};
use crate::units::Marks;

/// A line for each series, as wide as all of them need, and the axis under them.
pub(crate) struct Strips {
    first: u32,
    /// How many buckets one character stands for.
    merged: u32,
    width: u32,
}

impl Strips {
    /// For these series, in at most `width` characters.
    pub(crate) fn over<'b>(series: impl Iterator<Item = &'b [Bucket]>, width: u32) -> Option<Self> {
        let steps: Vec<u32> = series.flatten().map(|bucket| bucket.step).collect();
        let (first, last) = (*steps.iter().min()?, *steps.iter().max()?);
        // So many that a power of ten begins with a character.
        let divides = [1, 2, 4, 8, 16].into_iter();
        let fits = |merged: &u32| last / merged - first / merged < width;
        let merged = divides.into_iter().find(fits).unwrap_or(PER_DECADE);
        let first = first / merged;
        Some(Self { first, merged, width: last / merged - first + 1 })
    }

    fn column(&self, step: u32) -> usize {
        (step / self.merged - self.first) as usize
    }

    /// How often each time was seen, against the one seen most.
    pub(crate) fn line(&self, buckets: &[Bucket], marks: Marks) -> String {
        let mut samples = vec![0; self.width as usize];
        for bucket in buckets {
            samples[self.column(bucket.step)] += bucket.samples;
        }
        let most = samples.iter().copied().max().unwrap_or(0).max(1);
        let top = marks.levels.len() as u64 - 1;
        // What was seen at all is shown.
        let level = |seen: u64| (u128::from(seen) * u128::from(top)).div_ceil(u128::from(most));
        samples.into_iter().map(|seen| marks.levels[level(seen) as usize]).collect()
    }

    /// Where the powers of ten are.
    pub(crate) fn axis(&self, marks: Marks) -> String {
        let mut axis = String::new();
        let end = (self.first + self.width) * self.merged;
        for power in 0..=end / PER_DECADE {
            let step = power * PER_DECADE;
            if step < self.first * self.merged {
                continue;
            }
            let free = axis.chars().count();
            let column = self.column(step);
            if column > free || axis.is_empty() {
                axis.extend(std::iter::repeat_n(' ', column - free));
                axis += &format!("|{}", marks.decade(power));
            }
        }
        axis
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(step: u32, samples: u64) -> Bucket {
        Bucket { step, from_ns: 0, to_ns: 0, samples }
    }

    #[test]
    fn each_bucket_is_above_its_place_on_the_axis() {
        // 10 ns, 20 ns, 1 µs.
        let (near, far) = ([bucket(16, 1), bucket(21, 8)], [bucket(48, 1000), bucket(49, 1)]);
        let strips = Strips::over([&near[..], &far[..]].into_iter(), 64).unwrap();
        let marks = Marks::UNICODE;
        assert_eq!(strips.line(&near, marks).trim_end(), "▁    █");
        let line = strips.line(&far, marks);
        assert_eq!(line.chars().position(|mark| mark == '█'), Some(32));
        assert_eq!(line.chars().count(), 34, "{line:?}");
        assert_eq!(line.chars().last(), Some('▁'), "one in a thousand is seen");
        assert_eq!(strips.axis(marks), format!("|10 ns{:10}|100 ns{:9}|1 µs", "", ""));
    }

    #[test]
    fn many_decades_fit_into_the_width() {
        let wide = [bucket(14, 3), bucket(150, 3)];
        for width in [20, 40, 70] {
            let strips = Strips::over([&wide[..]].into_iter(), width).unwrap();
            let line = strips.line(&wide, Marks::UNICODE);
            assert!(line.chars().count() <= width as usize, "{width}: {line:?}");
            assert_eq!((line.chars().next(), line.chars().last()), (Some('█'), Some('█')));
        }
        assert!(Strips::over(std::iter::empty(), 40).is_none());
    }
}
