//! The pictures, as SVG, made from the results.

mod curve;
mod ratios;
mod scale;

use plotters::prelude::RGBColor;

use super::report::Report;
use crate::Outcome;

/// Told apart also by who sees no red and green, and on paper.
const COLOURS: [RGBColor; 4] =
    [RGBColor(0, 90, 160), RGBColor(205, 95, 0), RGBColor(90, 90, 90), RGBColor(130, 40, 120)];

/// Each picture with its name.
pub(crate) fn all(report: &Report) -> Outcome<Vec<(String, String)>> {
    let mut pictures = Vec::new();
    if let Some(run) = &report.floors {
        let rows = run.questions.iter().flat_map(|question| &question.rows);
        pictures.push(("ratios".to_owned(), ratios::draw(rows)));
    }
    for curve in report.floors.iter().flat_map(|run| &run.curves) {
        pictures.push((curve.key.clone(), curve::draw(curve)));
    }
    let checked = pictures.into_iter().map(|(name, drawn)| match drawn {
        Ok(svg) => Ok((name, svg)),
        Err(error) => Err(format!("the picture {name}: {error}")),
    });
    checked.collect()
}

#[cfg(test)]
mod tests {
    use crate::bench::fixture;

    #[test]
    fn each_picture_stands_on_white_and_names_what_it_shows() {
        let pictures = super::all(&fixture::report()).unwrap();
        let names: Vec<&str> = pictures.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["ratios", "growing"]);
        for (name, svg) in &pictures {
            assert!(svg.contains("fill=\"#FFFFFF\""), "{name}: a dark page would show through");
        }
        // What has no aim is not in the picture of the aims.
        let (ratios, growing) = (&pictures[0].1, &pictures[1].1);
        assert!(ratios.contains("the path past") && ratios.contains("1.50 ×"));
        assert!(!ratios.contains("the path compare") && !ratios.contains("the path missing"));
        assert!(growing.contains("sizes") && growing.contains("one get"));
    }
}
