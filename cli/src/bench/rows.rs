//! Measured parts as lines of a report.

use super::answered::Outcome;
use super::meter::{Measured, Place};
use super::part::{Asked, Part};
use super::report::Row;

/// One for each that is asked, and of the chain for each that answers.
pub(crate) struct Rows(Vec<Rest>);

struct Rest {
    asked: Asked,
    provider: Option<String>,
    names: [usize; 3],
    measured: Measured,
}

impl Rows {
    /// Nothing measured yet, in the order of `parts`.
    pub(crate) fn of(parts: &[Part<'_>]) -> Self {
        let mut rows = Self(Vec::new());
        for part in parts {
            if rows.find(part).is_none() {
                rows.0.push(Rest {
                    asked: part.asked,
                    provider: part.provider.clone(),
                    names: [0; 3],
                    measured: Measured::nothing(Place::Memory),
                });
            }
        }
        rows
    }

    fn find(&mut self, part: &Part<'_>) -> Option<&mut Rest> {
        self.0.iter_mut().find(|rest| rest.asked == part.asked && rest.provider == part.provider)
    }

    pub(crate) fn add(&mut self, part: &Part<'_>, measured: Measured) {
        let Some(rest) = self.find(part) else { return };
        rest.names[part.expected as usize] += part.names.len();
        rest.measured.place = rest.measured.place.max(measured.place);
        for (all, more) in rest.measured.series.iter_mut().zip(&measured.series) {
            all.merge(more);
        }
    }

    /// Those that anything was measured of.
    pub(crate) fn into_vec(self) -> Vec<Row> {
        let rows = self.0.into_iter().flat_map(|rest| {
            Outcome::ALL.map(|outcome| {
                Some(Row {
                    asked: match rest.asked {
                        Asked::Link(_) => "provider",
                        Asked::Chain => "chain",
                    },
                    provider: rest.provider.clone(),
                    outcome: outcome.as_str(),
                    names: rest.names[outcome as usize],
                    place: rest.measured.place,
                    figures: rest.measured.series[outcome as usize].figures()?,
                })
            })
        });
        rows.flatten().collect()
    }
}
