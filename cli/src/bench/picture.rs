//! A report as a picture: a histogram for each line, on one axis of times.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use prefect_secrets_core::{Error, Kind};

use super::buckets::{Bucket, PER_DECADE};
use super::report::{Report, Row};
use super::table::label;
use crate::units::Marks;

const WIDTH: i32 = 960;
/// Where the axis begins and ends, and how high a line is.
const LEFT: i32 = 220;
const RIGHT: i32 = WIDTH - 30;
const TOP: i32 = 60;
const HEIGHT: i32 = 64;
const BAR: i32 = 40;

const INK: RGBColor = RGBColor(40, 40, 40);
const PALE: RGBColor = RGBColor(225, 225, 225);
const BARS: RGBColor = RGBColor(70, 120, 180);
const FAILED: RGBColor = RGBColor(190, 70, 60);

/// Fails if `file` is there and no regular file: a link, a device, a folder.
pub(crate) fn may_replace(file: &Path) -> Result<(), Error> {
    let refused = |what: &str| {
        Error::invalid(
            format!("{} {what}", file.display()),
            "give the name of a file that may be replaced, in a folder that is there",
        )
    };
    match file.symlink_metadata() {
        Ok(there) if there.is_file() => Ok(()),
        Ok(_) => Err(refused("is there, and no regular file")),
        Err(_) if file.file_name().is_some() && folder(file).is_dir() => Ok(()),
        Err(_) => Err(refused("has no folder")),
    }
}

fn folder(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Writes the picture beside `file`, and gives it that name when it is whole.
pub(crate) fn write(file: &Path, report: &Report) -> Result<(), Error> {
    let failed = |error: std::io::Error| {
        let what = format!("the picture could not be written to {}: {error}", file.display());
        Error::new(Kind::Unavailable, what, "give another file")
    };
    let picture = draw(report).map_err(|error| {
        Error::new(Kind::Internal, format!("the picture could not be drawn: {error}"), "report it")
    })?;
    let mode = std::fs::Permissions::from_mode(0o666); // less what the umask takes
    let mut new =
        tempfile::Builder::new().permissions(mode).tempfile_in(folder(file)).map_err(failed)?;
    new.write_all(picture.as_bytes()).map_err(failed)?;
    may_replace(file)?;
    new.persist(file).map_err(|error| failed(error.error))?;
    Ok(())
}

fn draw(report: &Report) -> Result<String, String> {
    let mut picture = String::new();
    let rows = &report.warm;
    let height = TOP + HEIGHT * rows.len() as i32 + 60;
    {
        let area = SVGBackend::with_string(&mut picture, (WIDTH as u32, height as u32));
        let area = area.into_drawing_area();
        drawn(&area, report, rows).map_err(|error| error.to_string())?;
        area.present().map_err(|error| error.to_string())?;
    }
    Ok(picture)
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Drawn<'a> = Result<(), DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>>;

fn drawn<'a>(area: &Area<'a>, report: &Report, rows: &[Row]) -> Drawn<'a> {
    area.fill(&WHITE)?;
    let of = &report.environment;
    let title = format!("prefect-secrets {} bench: a get, again and again", of.program);
    let cores = of.cores.map_or_else(String::new, |cores| format!(", {cores} cores"));
    let below = format!("{}, {} {}{cores}, {}", report.ended, of.system, of.machine, of.build);
    area.draw(&Text::new(title, (20, 14), text(18)))?;
    area.draw(&Text::new(below, (20, 38), text(12)))?;
    let Some(axis) = Axis::over(rows) else { return Ok(()) };
    let bottom = TOP + HEIGHT * rows.len() as i32;
    for power in axis.first.div_ceil(PER_DECADE)..=axis.end / PER_DECADE {
        let x = axis.x(f64::from(power * PER_DECADE));
        area.draw(&PathElement::new([(x, TOP), (x, bottom)], PALE))?;
        let middle = text(12).pos(Pos::new(HPos::Center, VPos::Top));
        area.draw(&Text::new(Marks::UNICODE.decade(power), (x, bottom + 8), middle))?;
    }
    for (place, row) in rows.iter().enumerate() {
        line(area, &axis, row, TOP + HEIGHT * (place as i32 + 1))?;
    }
    let said = "Height: how often, against the most frequent. Ticks: p50, p90, p99. Batched: means of batches.";
    area.draw(&Text::new(said, (20, bottom + 34), text(12)))
}

fn line<'a>(area: &Area<'a>, axis: &Axis, row: &Row, base: i32) -> Drawn<'a> {
    let figures = &row.figures;
    let marks = Marks::UNICODE;
    let colour = if row.outcome == "failed" { FAILED } else { BARS };
    let batched = if figures.batch > 1 { ", batched" } else { "" };
    let p50 = format!("p50 {}{batched}", marks.time(figures.exact[0]));
    // What does not fit beside the line is of a long name.
    let label: String = label(row).chars().take(20).collect();
    area.draw(&Text::new(format!("{label} {}", row.outcome), (20, base - 36), text(14)))?;
    area.draw(&Text::new(p50, (20, base - 18), text(12)))?;
    area.draw(&PathElement::new([(LEFT, base), (RIGHT, base)], INK))?;
    let most = figures.histogram.iter().map(|bucket| bucket.samples).max().unwrap_or(1);
    for Bucket { step, samples, .. } in &figures.histogram {
        let high = (f64::from(BAR) * *samples as f64 / most as f64).ceil() as i32;
        let (from, to) = (axis.x(f64::from(*step)), axis.x(f64::from(*step + 1)));
        let bar = [(from, base - high), (to.max(from + 1), base)];
        area.draw(&Rectangle::new(bar, colour.filled()))?;
    }
    for time in &figures.exact[..3] {
        let x = axis.x((*time as f64 / 1e3).max(1.0).log10() * f64::from(PER_DECADE));
        area.draw(&PathElement::new([(x, base - BAR - 6), (x, base + 4)], INK))?;
    }
    Ok(())
}

fn text(size: i32) -> TextStyle<'static> {
    TextStyle::from(("sans-serif", size).into_font()).color(&INK)
}

/// Times along a line, by their power of ten.
struct Axis {
    first: u32,
    end: u32,
}

impl Axis {
    fn over(rows: &[Row]) -> Option<Self> {
        let steps = || rows.iter().flat_map(|row| &row.figures.histogram).map(|bucket| bucket.step);
        Some(Self { first: steps().min()?, end: steps().max()? + 1 })
    }

    fn x(&self, step: f64) -> i32 {
        let (first, end) = (f64::from(self.first), f64::from(self.end));
        let along = ((step - first) / (end - first)).clamp(0.0, 1.0);
        LEFT + (along * f64::from(RIGHT - LEFT)).round() as i32
    }
}
