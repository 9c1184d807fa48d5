//! The ratio of each path to its floor, with its aim and its limit.

use std::error::Error;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::COLOURS;
use super::scale::Scale;
use crate::bench::row::{Measured, Row, Verdict};
use crate::bench::unit::Unit;

const WIDTH: u32 = 960;
const LINE: i32 = 26;
const TOP: i32 = 74;
/// Where the paths end and the ratios begin.
const LEFT: i32 = 440;
const RIGHT: i32 = 880;
const AIM: RGBColor = RGBColor(0, 130, 100);
const LIMIT: RGBColor = RGBColor(190, 30, 30);

/// All rows that are ratios.
pub(super) fn draw<'a>(rows: impl Iterator<Item = &'a Row>) -> Result<String, Box<dyn Error>> {
    let rows: Vec<(&Row, &Measured)> = rows
        .filter(|row| row.unit == Unit::Times && row.aim.is_some())
        .filter_map(|row| row.measured.as_ref().ok().map(|measured| (row, measured)))
        .collect();
    let aims = rows.iter().filter_map(|(row, _)| row.aim).flat_map(|aim| [aim.aim, aim.limit]);
    let figures =
        rows.iter().flat_map(|(_, measured)| [measured.figure.lower, measured.figure.upper]);
    let scale = Scale::of(aims.chain(figures).chain([0.5, 2.0]), (1.15, 1.15), (LEFT, RIGHT));
    let height = TOP + LINE * i32::try_from(rows.len())? + 40;
    let mut svg = String::new();
    {
        let area =
            SVGBackend::with_string(&mut svg, (WIDTH, height.unsigned_abs())).into_drawing_area();
        area.fill(&WHITE)?;
        let text = |size: i32| ("sans-serif", size).into_font().color(&BLACK);
        let at = |size, horizontal| text(size).pos(Pos::new(horizontal, VPos::Center));
        area.draw(&Text::new("Each path over its floor", (LEFT, 20), at(20, HPos::Left)))?;
        for (x, colour, name) in [(LEFT, AIM, "aim"), (LEFT + 80, LIMIT, "limit")] {
            area.draw(&tick(x, 44, colour))?;
            area.draw(&Text::new(name, (x + 8, 44), at(14, HPos::Left)))?;
        }
        let note = "quartiles and median of the rounds; × of the floor";
        area.draw(&Text::new(note, (LEFT + 170, 44), at(14, HPos::Left)))?;
        for step in scale.steps() {
            let x = scale.place(step);
            area.draw(&PathElement::new(
                [(x, TOP - 10), (x, height - 34)],
                BLACK.mix(if step == 1.0 { 0.6 } else { 0.15 }),
            ))?;
            area.draw(&Text::new(format!("{step} ×"), (x, height - 20), at(14, HPos::Center)))?;
        }
        for (place, (row, measured)) in (0..).zip(&rows) {
            let y = TOP + LINE * place + LINE / 2;
            let path = row.path.replace('`', "");
            area.draw(&Text::new(path, (LEFT - 12, y), at(13, HPos::Right)))?;
            if let Some(aim) = row.aim {
                area.draw(&tick(scale.place(aim.aim), y, AIM))?;
                area.draw(&tick(scale.place(aim.limit), y, LIMIT))?;
            }
            let colour = match row.verdict() {
                Verdict::PastTheLimit => LIMIT,
                _ => COLOURS[0],
            };
            let [lower, median, upper] =
                [measured.figure.lower, measured.figure.median, measured.figure.upper]
                    .map(|figure| scale.place(figure));
            area.draw(&PathElement::new([(lower, y), (upper, y)], colour.stroke_width(3)))?;
            area.draw(&Circle::new((median, y), 5, colour.filled()))?;
            let shown = row.unit.show(measured.figure.median);
            area.draw(&Text::new(shown, (RIGHT + 12, y), at(13, HPos::Left)))?;
        }
        area.present()?;
    }
    Ok(svg)
}

fn tick(x: i32, y: i32, colour: RGBColor) -> PathElement<(i32, i32)> {
    PathElement::new([(x, y - 9), (x, y + 9)], colour.stroke_width(3))
}
