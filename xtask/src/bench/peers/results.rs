//! What was measured: `benches/peers.json`.

use serde::{Deserialize, Serialize};

use super::subject::Taken;
use crate::Outcome;
use crate::bench::machine::Machine;
use crate::bench::spread::Spread;
use crate::bench::unit::Unit;

/// One run.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Results {
    pub(super) machine: Machine,
    pub(super) peers: Vec<Peer>,
    pub(super) tables: Vec<Table>,
    pub(super) facts: Vec<Fact>,
}

/// Somebody who was asked to come.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Peer {
    pub(super) who: String,
    pub(super) version: String,
    pub(super) from: String,
    /// Why it is not to be had on this machine.
    pub(super) missing: Option<String>,
}

/// A question.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Table {
    /// For programs: `warm-file`.
    pub(super) key: String,
    pub(super) title: String,
    pub(super) method: String,
    pub(super) unit: Unit,
    /// What ours is in each of its columns.
    pub(super) ways: Vec<String>,
    pub(super) rows: Vec<Row>,
}

/// Ours beside one of the others.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Row {
    /// How many names, where that matters.
    pub(super) names: Option<usize>,
    pub(super) who: String,
    /// Or why there is nothing.
    pub(super) theirs: Outcome<Spread>,
    pub(super) ours: Vec<Outcome<Beside>>,
}

/// Ours in one of its ways.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Beside {
    pub(super) ours: Spread,
    /// How often it goes into theirs, of each round.
    pub(super) times: Option<Spread>,
}

/// What is so or not so.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Fact {
    pub(super) who: String,
    pub(super) place: String,
    pub(super) copies: Outcome<Copies>,
    /// `works`, `fails`, `hangs`.
    pub(super) fork: Outcome<String>,
}

/// How many copies of one value were in the memory of the process.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Copies {
    /// While it was held: that it can be found.
    pub(super) held: usize,
    /// After everything was given back.
    pub(super) left: usize,
}

/// A row for each of `others`, from the `figure` of each round.
pub(super) fn rows(
    names: Option<usize>,
    ours: &[Outcome<Vec<Taken>>],
    others: &[(&str, Outcome<Vec<Taken>>)],
    figure: fn(&Taken) -> f64,
) -> Vec<Row> {
    let spread = |rounds: &Vec<Taken>| Spread::of(rounds.iter().map(figure));
    let beside = |ours: &Vec<Taken>, theirs: &Outcome<Vec<Taken>>| {
        let times = theirs.as_ref().ok().map(|theirs| {
            Spread::of(theirs.iter().zip(ours).map(|(theirs, ours)| figure(theirs) / figure(ours)))
        });
        Beside { ours: spread(ours), times }
    };
    let row = |(who, theirs): &(&str, Outcome<Vec<Taken>>)| Row {
        names,
        who: (*who).to_owned(),
        theirs: theirs.as_ref().map(spread).map_err(Clone::clone),
        ours: ours
            .iter()
            .map(|ours| ours.as_ref().map(|ours| beside(ours, theirs)).map_err(Clone::clone))
            .collect(),
    };
    others.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounds(walls: &[f64]) -> Outcome<Vec<Taken>> {
        Ok(walls.iter().map(|wall| Taken { wall: *wall, cpu: 1.0, memory: 0.0 }).collect())
    }

    #[test]
    fn the_ratio_is_that_of_each_round() {
        // In the second round the machine was busy with something else, for both.
        let ours = [rounds(&[1.0, 10.0, 1.0]), Err("not built".into())];
        let others = [("quick", rounds(&[5.0, 60.0, 5.0])), ("gone", Err("not there".into()))];
        let rows = rows(Some(50), &ours, &others, |taken| taken.wall);
        let first = rows[0].ours[0].as_ref().expect("measured");
        assert_eq!(first.times, Some(Spread { lower: 5.0, median: 5.0, upper: 5.5 }));
        assert_eq!(rows[0].ours[1], Err("not built".into()));
        // Who is not there leaves a row that says so, with ours in it.
        assert_eq!(rows[1].theirs, Err("not there".into()));
        let second = rows[1].ours[0].as_ref().expect("measured");
        assert_eq!((second.ours.median, second.times), (1.0, None));
    }
}
