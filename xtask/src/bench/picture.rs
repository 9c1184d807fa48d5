//! The pictures, as SVG, made from the results.

use plotters::prelude::*;

use super::curve::Curve;
use super::report::Report;
use crate::Outcome;

const SIZE: (u32, u32) = (900, 480);
/// Told apart also by who sees no red and green, and on paper.
const COLOURS: [RGBColor; 5] = [
    RGBColor(0, 90, 160),
    RGBColor(210, 100, 0),
    RGBColor(90, 90, 90),
    RGBColor(130, 40, 120),
    RGBColor(0, 130, 100),
];

/// Each picture with its name.
pub(crate) fn all(report: &Report) -> Outcome<Vec<(String, String)>> {
    let runs = [&report.floors, &report.peers].into_iter().flatten();
    runs.flat_map(|run| &run.curves)
        .map(|curve| match draw(curve) {
            Ok(svg) => Ok((curve.key.clone(), svg)),
            Err(error) => Err(format!("the picture {}: {error}", curve.key)),
        })
        .collect()
}

fn draw(curve: &Curve) -> Result<String, Box<dyn std::error::Error>> {
    let mut svg = String::new();
    let points = || curve.series.iter().flat_map(|series| &series.points);
    let range = |values: &mut dyn Iterator<Item = f64>| {
        let (low, high) =
            values.fold((f64::MAX, f64::MIN), |(low, high), at| (low.min(at), high.max(at)));
        low..high
    };
    let sizes = range(&mut points().map(|(size, _)| *size));
    let figures = range(&mut points().map(|(_, figure)| *figure));
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&area)
            .caption(&curve.title, ("sans-serif", 22))
            .margin(14)
            .x_label_area_size(50)
            .y_label_area_size(80)
            .build_cartesian_2d(
                sizes.log_scale(),
                (figures.start / 1.6..figures.end * 1.6).log_scale(),
            )?;
        chart
            .configure_mesh()
            .x_desc(&curve.sizes)
            .y_desc(&curve.figures)
            .label_style(("sans-serif", 14))
            .axis_desc_style(("sans-serif", 16))
            .light_line_style(WHITE)
            .x_label_formatter(&|size| format!("{size:.0}"))
            .y_label_formatter(&|figure| curve.unit.show(*figure))
            .draw()?;
        for (series, colour) in curve.series.iter().zip(COLOURS.iter().cycle()) {
            let points = series.points.iter().copied();
            chart
                .draw_series(LineSeries::new(points.clone(), colour.stroke_width(2)))?
                .label(&series.name)
                .legend(|(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
            chart.draw_series(points.map(|at| Circle::new(at, 4, colour.filled())))?;
        }
        chart
            .configure_series_labels()
            .label_font(("sans-serif", 15))
            .background_style(WHITE)
            .border_style(BLACK.mix(0.3))
            .position(SeriesLabelPosition::UpperLeft)
            .draw()?;
        area.present()?;
    }
    Ok(svg)
}
