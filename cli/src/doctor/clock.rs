//! Whether the clock is right: where it is wrong no certificate is valid.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::report::{Outcome, Report};
use crate::cloud::Looking;

const AREA: &str = "clock";
const SUBJECT: &str = "system clock";
const NEXT_STEP: &str = "set the clock: `sudo timedatectl set-ntp true`, or as this machine has it";
/// This version was made in 2026: seconds from 1970 to that year.
const MADE: Duration = Duration::from_secs(1_767_225_600);
/// So far clocks are apart that nobody looks after.
const NOTICED: Duration = Duration::from_secs(60);
/// So far apart, certificates that were just issued are not valid yet.
const TOO_FAR: Duration = Duration::from_secs(3600);
/// The most that the other side is waited for.
const LIMIT: Duration = Duration::from_secs(3);

pub(super) fn examine(cloud: Option<&Looking>, timeout: Duration, report: &mut Report) {
    if let Some((host, apart)) = cloud.and_then(|cloud| compared(cloud, timeout.min(LIMIT))) {
        return judge(&host, apart, report);
    }
    // Nobody else tells the time. A machine without a battery begins in 1970, or when its system was made.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let written = std::env::current_exe().and_then(|program| program.metadata()?.modified());
    let written = written.ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    if now < MADE {
        let what = "it shows a time before 2026, when this version was made";
        report.fault(AREA, SUBJECT, Outcome::Broken, what, NEXT_STEP);
    } else if written.is_some_and(|written| now + NOTICED < written) {
        let what = "it shows a time before this program's file was written";
        report.fault(AREA, SUBJECT, Outcome::Warning, what, NEXT_STEP);
    } else {
        let what =
            "it shows a time after this program was made; nobody told the time to compare it with";
        report.note(AREA, SUBJECT, Outcome::Ok, what);
    }
}

/// How far this clock is from another.
enum Apart {
    /// This one is ahead.
    Ahead(Duration),
    Behind(Duration),
}

/// Compares with the machine that the Cloud is on, which says what time it is when it answers.
fn compared(cloud: &Looking, limit: Duration) -> Option<(String, Apart)> {
    let (theirs, took) = cloud.date(limit)?;
    // It said so at some moment of the talk, in whole seconds: that much is no difference.
    let (came, doubt) = (SystemTime::now(), Duration::from_secs(1));
    let apart = match came.duration_since(theirs) {
        Ok(ahead) => Apart::Ahead(ahead.saturating_sub(took + doubt)),
        Err(behind) => Apart::Behind(behind.duration()),
    };
    Some((cloud.host(), apart))
}

fn judge(host: &str, apart: Apart, report: &mut Report) {
    let (by, side) = match apart {
        Apart::Ahead(by) => (by, "ahead of"),
        Apart::Behind(by) => (by, "behind"),
    };
    if by < NOTICED {
        let what = format!("it agrees with that of {host}, to the minute");
        return report.note(AREA, SUBJECT, Outcome::Ok, what);
    }
    let outcome = if by < TOO_FAR { Outcome::Warning } else { Outcome::Broken };
    let what = format!(
        "it is {} {side} that of {host}; with a wrong clock certificates are not valid",
        shown(by)
    );
    report.fault(AREA, SUBJECT, outcome, what, NEXT_STEP);
}

/// A length of time in its largest unit.
fn shown(by: Duration) -> String {
    let seconds = by.as_secs();
    let (count, unit) = match seconds {
        0..120 => (seconds, "seconds"),
        120..7200 => (seconds / 60, "minutes"),
        7200..172_800 => (seconds / 3600, "hours"),
        _ => (seconds / 86_400, "days"),
    };
    format!("{count} {unit}")
}
