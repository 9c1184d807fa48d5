//! One process of their plugin after the other.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use prefect_secrets_core::{Deadline, Error, Kind};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::session::Session;
use crate::settings::Settings;
use crate::trust;

/// So many processes may end quickly before the next one waits: as the host has it for ours.
const FREE: u32 = 3;
/// How long it waits then; twice as long after each.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// A process that lived so long did not end quickly.
const STEADY: Duration = Duration::from_secs(10);

/// How their plugin is started, and the process that lives.
pub(crate) struct Lives {
    executable: PathBuf,
    pub(crate) settings: Settings,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    session: Option<Arc<Session>>,
    /// How many ended quickly, one after the other.
    ends: u32,
    not_before: Option<Instant>,
}

impl Lives {
    pub(crate) fn new(executable: PathBuf, settings: Settings) -> Self {
        Self { executable, settings, state: Mutex::default() }
    }

    /// The plugin, started if it does not run.
    pub(crate) async fn session(
        self: &Arc<Self>,
        deadline: &Deadline,
    ) -> Result<Arc<Session>, Error> {
        let state = timeout(deadline.remaining(), self.state.lock()).await;
        let mut state =
            state.map_err(|_| deadline.passed("the SecretSpec plugin was being started"))?;
        if let Some(session) = &state.session {
            if session.is_alive() {
                return Ok(Arc::clone(session));
            }
            let lived = session.born.elapsed();
            state.session = None;
            state.ended(lived);
        }
        state.may_start()?;
        let (lives, until) = (Arc::clone(self), deadline.clone());
        // As a task: the process ends with the thread that starts it, and this may be one that goes.
        let starting = tokio::spawn(async move {
            let path = trust::program(&lives.executable)?;
            Session::start(&path, &lives.settings, &until).await
        });
        let started = starting.await.unwrap_or_else(|_| {
            Err(Error::new(Kind::Internal, "starting the SecretSpec plugin panicked", "report it"))
        });
        match started {
            Ok(session) => {
                let session = Arc::new(session);
                state.session = Some(Arc::clone(&session));
                Ok(session)
            }
            Err(error) => {
                state.ended(Duration::ZERO);
                Err(error)
            }
        }
    }

    /// Ends the process, if there is one.
    pub(crate) async fn close(&self) {
        if let Some(session) = self.state.lock().await.session.take() {
            session.close().await;
        }
    }
}

impl State {
    fn ended(&mut self, lived: Duration) {
        self.ends = if lived >= STEADY { 1 } else { self.ends.saturating_add(1) };
        let doublings = self.ends.saturating_sub(FREE);
        self.not_before = (doublings > 0).then(|| {
            let wait = FIRST_WAIT.saturating_mul(1 << (doublings - 1).min(16));
            Instant::now() + wait.min(LONGEST_WAIT)
        });
    }

    fn may_start(&self) -> Result<(), Error> {
        let left = self.not_before.map(|at| at.saturating_duration_since(Instant::now()));
        match left {
            Some(left) if !left.is_zero() => Err(Error::new(
                Kind::Unavailable,
                format!(
                    "the SecretSpec plugin ended {} times, one soon after the other, and is not \
                     started again for {} ms",
                    self.ends,
                    left.as_millis().max(1)
                ),
                "see why it ends (log_stderr = true), and report it to the plugin's author",
            )),
            _ => Ok(()),
        }
    }
}
