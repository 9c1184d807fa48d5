//! How something grows.

use std::error::Error;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::COLOURS;
use super::scale::Scale;
use crate::bench::curve::Curve;

const SIZE: (u32, u32) = (860, 460);
const LEFT: i32 = 110;
const RIGHT: i32 = 820;
const TOP: i32 = 84;
const BOTTOM: i32 = 396;

pub(super) fn draw(curve: &Curve) -> Result<String, Box<dyn Error>> {
    let points = || curve.series.iter().flat_map(|series| &series.points);
    let sizes = Scale::of(points().map(|(size, _)| *size), (1.0, 1.0), (LEFT + 16, RIGHT - 16));
    let figures = Scale::of(points().map(|(_, figure)| *figure), (1.3, 1.3), (BOTTOM, TOP));
    let figures = figures.at_least(10.0);
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let font = |size: i32| ("sans-serif", size).into_font().color(&BLACK);
        let at = |size, across| font(size).pos(Pos::new(across, VPos::Center));
        area.draw(&Text::new(curve.title.as_str(), (LEFT, 24), at(20, HPos::Left)))?;
        let lines = |from, to| PathElement::new([from, to], BLACK.mix(0.15));
        for step in figures.steps() {
            let y = figures.place(step);
            area.draw(&lines((LEFT, y), (RIGHT, y)))?;
            let shown = curve.unit.show_step(step);
            area.draw(&Text::new(shown, (LEFT - 8, y), at(14, HPos::Right)))?;
        }
        let mut ticks: Vec<f64> = points().map(|(size, _)| *size).collect();
        ticks.sort_by(f64::total_cmp);
        ticks.dedup();
        for size in ticks {
            let x = sizes.place(size);
            area.draw(&lines((x, TOP), (x, BOTTOM)))?;
            area.draw(&Text::new(thousands(size), (x, BOTTOM + 16), at(14, HPos::Center)))?;
        }
        area.draw(&PathElement::new([(LEFT, TOP), (LEFT, BOTTOM), (RIGHT, BOTTOM)], BLACK))?;
        let middle = (LEFT + RIGHT) / 2;
        area.draw(&Text::new(curve.sizes.as_str(), (middle, BOTTOM + 42), at(15, HPos::Center)))?;
        let upright = at(15, HPos::Center).transform(FontTransform::Rotate270);
        area.draw(&Text::new(curve.figures.as_str(), (22, (TOP + BOTTOM) / 2), upright))?;
        let mut named = LEFT;
        for (series, colour) in curve.series.iter().zip(COLOURS.iter().cycle()) {
            let places: Vec<(i32, i32)> = series
                .points
                .iter()
                .map(|(size, figure)| (sizes.place(*size), figures.place(*figure)))
                .collect();
            for place in &places {
                area.draw(&Circle::new(*place, 4, colour.filled()))?;
            }
            area.draw(&PathElement::new(places, colour.stroke_width(2)))?;
            area.draw(&PathElement::new([(named, 56), (named + 20, 56)], colour.stroke_width(3)))?;
            area.draw(&Text::new(series.name.as_str(), (named + 26, 56), at(14, HPos::Left)))?;
            named += 50 + 8 * i32::try_from(series.name.chars().count())?;
        }
        area.present()?;
    }
    Ok(svg)
}

/// `10,000`
fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
