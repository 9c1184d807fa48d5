//! One line of a table: a path beside its floor, and beside what is aimed for.

use serde::{Deserialize, Serialize};

use super::spread::Spread;
use super::unit::Unit;

/// Which figures are good ones.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Better {
    Lower,
    Higher,
}

/// What a figure should be, and what it must not pass.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Aim {
    pub(crate) aim: f64,
    pub(crate) limit: f64,
    pub(crate) better: Better,
}

impl Aim {
    pub(crate) const fn below(aim: f64, limit: f64) -> Option<Self> {
        Some(Self { aim, limit, better: Better::Lower })
    }

    pub(crate) const fn above(aim: f64, limit: f64) -> Option<Self> {
        Some(Self { aim, limit, better: Better::Higher })
    }

    fn allows(self, figure: f64, bound: f64) -> bool {
        match self.better {
            Better::Lower => figure <= bound,
            Better::Higher => figure >= bound,
        }
    }
}

/// How a figure stands to its aim.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    Reached,
    ShortOfTheAim,
    PastTheLimit,
    /// Nothing is aimed for: the row is there for comparison.
    Compare,
    NotMeasured,
}

impl Verdict {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Reached => "reached",
            Self::ShortOfTheAim => "short of the aim",
            Self::PastTheLimit => "PAST THE LIMIT",
            Self::Compare => "",
            Self::NotMeasured => "not measured",
        }
    }
}

/// What was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// The medians of what was measured, in nanoseconds or in the unit of the figure.
    pub(crate) ours: f64,
    pub(crate) floor: Option<f64>,
    /// Of the figures of each round: what is aimed for is its median.
    pub(crate) figure: Spread,
}

/// A path beside its floor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Row {
    /// Never changes, so that runs can be compared and a remark finds its row.
    pub(crate) key: String,
    /// For a person.
    pub(crate) path: String,
    /// What it is held against; empty if it stands alone.
    pub(crate) floor: String,
    pub(crate) unit: Unit,
    pub(crate) aim: Option<Aim>,
    /// Or why there is nothing.
    pub(crate) measured: Result<Measured, String>,
    /// Where the time goes, of a row that is short of its aim.
    pub(crate) remark: Option<String>,
}

impl Row {
    pub(crate) fn verdict(&self) -> Verdict {
        let (measured, aim) = match (&self.measured, self.aim) {
            (Err(_), _) => return Verdict::NotMeasured,
            (Ok(_), None) => return Verdict::Compare,
            (Ok(measured), Some(aim)) => (measured, aim),
        };
        let figure = measured.figure.median;
        if aim.allows(figure, aim.aim) {
            Verdict::Reached
        } else if aim.allows(figure, aim.limit) {
            Verdict::ShortOfTheAim
        } else {
            Verdict::PastTheLimit
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(figure: f64, aim: Option<Aim>) -> Verdict {
        let measured = Measured { ours: figure, floor: None, figure: Spread::exactly(figure) };
        Row {
            key: "key".into(),
            path: "path".into(),
            floor: String::new(),
            unit: Unit::Times,
            aim,
            measured: Ok(measured),
            remark: None,
        }
        .verdict()
    }

    #[test]
    fn a_figure_past_its_limit_is_told_from_one_short_of_its_aim() {
        assert_eq!(verdict(1.0, Aim::below(1.0, 1.3)), Verdict::Reached);
        assert_eq!(verdict(1.1, Aim::below(1.0, 1.3)), Verdict::ShortOfTheAim);
        assert_eq!(verdict(1.31, Aim::below(1.0, 1.3)), Verdict::PastTheLimit);
        assert_eq!(verdict(0.97, Aim::above(1.0, 0.9)), Verdict::ShortOfTheAim);
        assert_eq!(verdict(0.89, Aim::above(1.0, 0.9)), Verdict::PastTheLimit);
        assert_eq!(verdict(1.1, Aim::above(1.0, 0.9)), Verdict::Reached);
        assert_eq!(verdict(7.0, None), Verdict::Compare);
    }
}
