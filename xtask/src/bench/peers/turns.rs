//! Several take turns, a round of each after the other, so that what else the machine does meets all
//! of them.

use std::path::PathBuf;
use std::time::Duration;

use super::subject::{Launch, Subject, Taken};
use crate::Outcome;

/// For how long the turns of one comparison go on, unless three rounds take longer.
const BUDGET: Duration = Duration::from_secs(8);
const FEWEST: usize = 3;
const MOST: usize = 21;
/// A round of what is quick is repeated until it takes this long.
const ROUND: f64 = 20e6;
/// What takes so long is no quicker once it is warm, so its first round counts.
const LONG: Duration = Duration::from_secs(4);

/// Something that can be asked to do its work, and tells what it took.
pub(super) type Turn = Box<dyn FnMut() -> Outcome<Taken>>;

/// What each took in each round, or why it stopped; the same number of rounds for all.
pub(super) fn take(mut turns: Vec<Turn>) -> Vec<Outcome<Vec<Taken>>> {
    let mut results: Vec<Outcome<Vec<Taken>>> =
        turns.iter_mut().map(|turn| turn().map(|taken| vec![taken])).collect();
    // Without the start of a program that then serves.
    let walls = results.iter().flatten().flatten().map(|taken| taken.wall.max(ROUND));
    let once = Duration::from_nanos(walls.sum::<f64>() as u64);
    let mut rounds = rounds_for(once);
    if once >= LONG {
        rounds -= 1;
    } else {
        results.iter_mut().flatten().for_each(Vec::clear);
    }
    for round in 0..rounds {
        // Each begins a round as often as any other, and so comes after each.
        for place in 0..turns.len() {
            let place = (place + round) % turns.len();
            if let Ok(taken) = &mut results[place] {
                match turns[place]() {
                    Ok(round) => taken.push(round),
                    Err(why) => results[place] = Err(why),
                }
            }
        }
    }
    results
}

fn rounds_for(once: Duration) -> usize {
    let fit = BUDGET.as_secs_f64() / once.as_secs_f64().max(1e-9);
    (fit as usize).clamp(FEWEST, MOST)
}

/// A program that serves, warm.
pub(super) fn warm(launch: Outcome<Launch>) -> Turn {
    let mut running: Option<(Launch, Subject, u32)> = None;
    let mut launch = Some(launch);
    Box::new(move || {
        if let Some((_, subject, times)) = &mut running {
            return subject.time(*times);
        }
        let launch = launch.take().ok_or("it has failed before")??;
        let mut subject = launch.serve()?;
        let mut taken = subject.time(1)?;
        let mut times = 1;
        if taken.wall < ROUND {
            // The first one was cold.
            taken = subject.time(4)?;
            times = (ROUND / taken.wall).clamp(1.0, 1e6) as u32;
        }
        running = Some((launch, subject, times));
        Ok(taken)
    })
}

/// A program from its start to its end.
pub(super) fn cold(launch: Outcome<Launch>, cold: PathBuf) -> Turn {
    let mut times = None;
    Box::new(move || {
        let taken = launch.as_ref().map_err(Clone::clone)?.run(&cold, times.unwrap_or(1))?;
        times.get_or_insert((ROUND / taken.wall).clamp(1.0, 9.0) as u32);
        Ok(taken)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(wall: f64) -> Taken {
        Taken { wall, cpu: 0.0, memory: 0.0 }
    }

    #[test]
    fn who_fails_leaves_the_others_their_rounds() {
        let mut left = 3;
        let fails = move || {
            left -= 1;
            if left == 0 { Err("enough".into()) } else { Ok(taken(1.0)) }
        };
        let never: Turn = Box::new(|| Err("not there".into()));
        let results = take(vec![Box::new(fails), never, Box::new(|| Ok(taken(2.0)))]);
        assert_eq!(results[0], Err("enough".into()));
        assert_eq!(results[1], Err("not there".into()));
        assert_eq!(results[2], Ok(vec![taken(2.0); MOST]));
    }

    #[test]
    fn what_takes_long_has_few_rounds() {
        assert_eq!(rounds_for(Duration::from_millis(1)), MOST);
        assert_eq!(rounds_for(Duration::from_secs(1)), 8);
        assert_eq!(rounds_for(Duration::from_secs(60)), FEWEST);
    }
}
