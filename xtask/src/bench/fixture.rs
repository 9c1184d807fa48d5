//! A small run, for the tests.

use super::curve::{Curve, Series};
use super::machine::Machine;
use super::report::{Question, Report, Run};
use super::row::{Aim, Measured, Row};
use super::spread::Spread;
use super::unit::Unit;

pub(super) fn row(key: &str, figure: Result<f64, &str>, aim: Option<Aim>) -> Row {
    let measured = figure.map(|figure| Measured {
        ours: 25.0 * figure,
        floor: Some(25.0),
        figure: Spread::of([figure * 0.8, figure, figure * 1.2]),
    });
    Row {
        key: key.into(),
        path: format!("the path {key}"),
        floor: "a | floor".into(),
        unit: Unit::Times,
        aim,
        measured: measured.map_err(Into::into),
        remark: None,
    }
}

pub(super) fn report() -> Report {
    let aim = Aim::below(1.0, 1.3);
    let mut explained = row("explained", Ok(1.2), aim);
    explained.remark = Some("The time goes into a lock.".into());
    let rows = vec![
        row("reached", Ok(1.0), aim),
        explained,
        row("unexplained", Ok(1.21), aim),
        row("past", Ok(1.5), aim),
        row("compare", Ok(7.0), None),
        row("missing", Err("there is no Go"), aim),
    ];
    let curve = Curve {
        key: "growing".into(),
        title: "It grows".into(),
        sizes: "sizes".into(),
        figures: "one get".into(),
        unit: Unit::Nanoseconds,
        series: vec![Series { name: "ours".into(), points: vec![(10.0, 20.0), (100.0, 22.0)] }],
        sentence: "It grows by 1.1 ×.".into(),
    };
    let machine = Machine {
        date: "2026-01-02 03:04 UTC".into(),
        commit: "abc".into(),
        cpu: "a CPU".into(),
        cores: 2,
        kernel: "Linux".into(),
        c_library: "glibc".into(),
        versions: vec![("rustc".into(), "1".into())],
        load_before: "0.1".into(),
        load_after: "0.9".into(),
    };
    let question =
        Question { title: "What does it cost?".into(), method: "CPU time.".into(), rows };
    let run = Run { machine, questions: vec![question], curves: vec![curve] };
    Report { floors: Some(run) }
}
