//! The picture of the page: bars on a logarithmic axis.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::page::median;
use super::results::{Results, Row};
use crate::Outcome;
use crate::bench::unit::Unit;

const WIDTH: u32 = 980;
const LINE: i32 = 24;
/// Where the bars begin and end, and how far the first one is from the top.
const LEFT: i32 = 390;
const RIGHT: i32 = 880;
const TOP: i32 = 58;
const OURS: RGBColor = RGBColor(0, 90, 160);
const THEIRS: RGBColor = RGBColor(210, 100, 0);

/// A bar, or with no figure the title of those that follow.
#[derive(Debug, PartialEq)]
struct Bar {
    label: String,
    figure: Option<f64>,
    ours: bool,
}

/// `count` secrets at once, warm, everybody who was measured.
pub(super) fn picture(results: &Results, count: usize) -> Outcome<String> {
    let title = format!("{count} secrets at once, in a program that runs (logarithmic)");
    draw(&title, &bars(results, count))
        .map_err(|error| format!("the picture of the peers: {error}"))
}

fn bars(results: &Results, count: usize) -> Vec<Bar> {
    let mut bars = Vec::new();
    for table in results.tables.iter().filter(|table| table.key.starts_with("warm-")) {
        let rows: Vec<&Row> = table.rows.iter().filter(|row| row.names == Some(count)).collect();
        let Some(first) = rows.first() else { continue };
        let place = table.title.split(',').next().unwrap_or_default();
        bars.push(Bar { label: place.to_owned(), figure: None, ours: false });
        for (way, ours) in table.ways.iter().zip(&first.ours) {
            let figure = ours.as_ref().ok().map(|beside| beside.ours.median);
            let bar = |figure| Bar { label: way.clone(), figure: Some(figure), ours: true };
            bars.extend(figure.map(bar));
        }
        let theirs = rows.iter().filter_map(|row| Some((&row.who, median(&row.theirs)?)));
        bars.extend(theirs.map(|(who, figure)| Bar {
            label: who.clone(),
            figure: Some(figure),
            ours: false,
        }));
    }
    bars
}

fn draw(title: &str, bars: &[Bar]) -> Result<String, Box<dyn std::error::Error>> {
    let figures = || bars.iter().filter_map(|bar| bar.figure);
    let decade = |figure: f64| figure.log10();
    let lowest = figures().map(decade).fold(f64::MAX, f64::min).floor();
    let highest = figures().map(decade).fold(f64::MIN, f64::max).ceil();
    if lowest >= highest {
        return Err("nothing was measured".into());
    }
    let place = |figure: f64| {
        LEFT + ((decade(figure) - lowest) / (highest - lowest) * f64::from(RIGHT - LEFT)) as i32
    };
    let bottom = TOP + LINE * i32::try_from(bars.len())?;
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH, u32::try_from(bottom)? + 16))
            .into_drawing_area();
        area.fill(&WHITE)?;
        let font = |size: i32| ("sans-serif", size).into_font();
        let label = |size, horizontal, vertical| {
            font(size).into_text_style(&area).pos(Pos::new(horizontal, vertical))
        };
        area.draw_text(title, &label(20, HPos::Left, VPos::Center), (14, 20))?;
        for power in lowest as i32..=highest as i32 {
            let figure = 10_f64.powi(power);
            let x = place(figure);
            area.draw(&PathElement::new([(x, TOP - 4), (x, bottom)], BLACK.mix(0.15)))?;
            let text = Unit::Nanoseconds.show(figure);
            area.draw_text(&text, &label(13, HPos::Center, VPos::Center), (x, TOP - 14))?;
        }
        for (number, bar) in (0..).zip(bars) {
            let middle = TOP + LINE * number + LINE / 2;
            let Some(figure) = bar.figure else {
                let style = font(15).style(FontStyle::Bold).into_text_style(&area);
                let style = style.pos(Pos::new(HPos::Left, VPos::Center));
                area.draw_text(&bar.label, &style, (14, middle))?;
                continue;
            };
            let colour = if bar.ours { OURS } else { THEIRS };
            let corners = [(LEFT, middle - 8), (place(figure).max(LEFT + 1), middle + 8)];
            area.draw(&Rectangle::new(corners, colour.filled()))?;
            let name = label(14, HPos::Right, VPos::Center);
            area.draw_text(&bar.label, &name, (LEFT - 8, middle))?;
            let told = label(13, HPos::Left, VPos::Center);
            area.draw_text(&Unit::Nanoseconds.show(figure), &told, (corners[1].0 + 6, middle))?;
        }
        area.present()?;
    }
    Ok(svg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_for_each_and_ten_times_is_one_decade() {
        let bar = |label: &str, figure, ours| Bar { label: label.into(), figure, ours };
        let bars = [
            bar("from a file", None, false),
            bar("ours", Some(1e3), true),
            bar("they", Some(1e6), false),
        ];
        let svg = draw("title", &bars).expect("a picture");
        for text in ["from a file", "ours", "they", "1.00 µs", "10.0 µs", "1.00 ms"] {
            assert!(svg.contains(text), "{text}");
        }
        assert_eq!(svg.matches(&format!("fill=\"#{:02X}{:02X}{:02X}\"", 210, 100, 0)).count(), 1);
        assert!(draw("title", &bars[..1]).is_err());
    }
}
