//! How something grows: both axes in steps of ten.

use std::error::Error;

use plotters::prelude::*;

use super::COLOURS;
use crate::bench::curve::Curve;

const SIZE: (u32, u32) = (860, 460);

pub(super) fn draw(curve: &Curve) -> Result<String, Box<dyn Error>> {
    let points = || curve.series.iter().flat_map(|series| &series.points);
    let sizes = range(points().map(|(size, _)| *size));
    let figures = range(points().map(|(_, figure)| *figure));
    // Room above for the names, and for at least a factor of ten: what is flat looks flat.
    let low = figures.start / 1.5;
    let high = (figures.end * 2.5).max(low * 10.0);
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&area)
            .caption(&curve.title, ("sans-serif", 20))
            .margin(14)
            .x_label_area_size(48)
            .y_label_area_size(92)
            .build_cartesian_2d(sizes.log_scale(), (low..high).log_scale())?;
        chart
            .configure_mesh()
            .x_desc(&curve.sizes)
            .y_desc(&curve.figures)
            .label_style(("sans-serif", 14))
            .axis_desc_style(("sans-serif", 15))
            .light_line_style(WHITE)
            .x_labels(8)
            .y_labels(6)
            .x_label_formatter(&|size| thousands(*size))
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
            .label_font(("sans-serif", 14))
            .background_style(WHITE)
            .border_style(BLACK.mix(0.3))
            .position(SeriesLabelPosition::UpperLeft)
            .draw()?;
        area.present()?;
    }
    Ok(svg)
}

fn range(values: impl Iterator<Item = f64>) -> std::ops::Range<f64> {
    let (low, high) =
        values.fold((f64::MAX, f64::MIN), |(low, high), at| (low.min(at), high.max(at)));
    low..high
}

/// `10,000`
fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
