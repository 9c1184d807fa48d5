//! One process of their plugin.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use prefect_secrets_core::{Error, Kind};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

use crate::process;

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Exited(i32),
    Signal(i32),
    /// By this program.
    Killed,
}

/// A process, which ends when this is dropped.
pub(crate) struct Life {
    kill: Arc<Notify>,
    end: watch::Receiver<Option<End>>,
}

impl Life {
    /// Starts the program at `path` as SecretSpec does. To be called on a thread that lives as
    /// long as the process shall.
    pub(crate) fn start(
        path: &Path,
        log_stderr: bool,
    ) -> Result<(Self, ChildStdin, ChildStdout), Error> {
        let mut command = Command::new(path);
        // The environment is what the host left of its own and what the configuration lists.
        command.arg("provider").env_remove(process::WIRE_FD).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(if log_stderr { Stdio::inherit() } else { Stdio::null() });
        process::ends_with_this_thread(&mut command);
        let mut child = command.spawn().map_err(|error| {
            Error::invalid(
                format!("the SecretSpec plugin {} cannot be started: {error}", path.display()),
                "install it for this machine, and the interpreter that its first line names",
            )
        })?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let (kill, (told, end)) = (Arc::new(Notify::new()), watch::channel(None));
        tokio::spawn(watch_over(child, Arc::clone(&kill), told));
        let (stdin, stdout) = (stdin.expect("it is piped"), stdout.expect("it is piped"));
        Ok((Self { kill, end }, stdin, stdout))
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&self) -> Option<End> {
        *self.end.borrow()
    }

    /// How it ends.
    pub(crate) async fn end(&self) -> End {
        let mut end = self.end.clone();
        let ended = end.wait_for(Option::is_some).await;
        ended.ok().and_then(|end| *end).unwrap_or(End::Killed)
    }

    /// How it ends within `patience`, if it does.
    pub(crate) async fn end_within(&self, patience: Duration) -> Option<End> {
        timeout(patience, self.end()).await.ok()
    }

    /// Ends it.
    pub(crate) fn kill(&self) {
        self.kill.notify_one();
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        self.kill();
    }
}

async fn watch_over(mut child: Child, kill: Arc<Notify>, told: watch::Sender<Option<End>>) {
    let end = tokio::select! {
        biased;
        status = child.wait() => match status.map(|status| (status.code(), status.signal())) {
            Ok((Some(status), _)) => End::Exited(status),
            Ok((None, Some(signal))) => End::Signal(signal),
            _ => End::Killed,
        },
        () = kill.notified() => {
            let _ = child.kill().await;
            End::Killed
        }
    };
    told.send_replace(Some(end));
}

impl End {
    /// What a call that was running then fails with.
    pub(crate) fn error(self) -> Error {
        let ours = "see why it ends (log_stderr = true), and report it to the plugin's author";
        let (kind, what, next_step) = match self {
            Self::Exited(status) => {
                (Kind::Panicked, format!("the SecretSpec plugin exited with status {status}"), ours)
            }
            Self::Signal(signal @ (2 | 9 | 15)) => (
                Kind::Unavailable,
                format!("the SecretSpec plugin was ended by signal {signal}"),
                "ask again; find out who ends it, or whether memory is short",
            ),
            Self::Signal(signal) => (
                Kind::Panicked,
                format!("the SecretSpec plugin crashed with signal {signal}"),
                ours,
            ),
            Self::Killed => (
                Kind::Unavailable,
                "the SecretSpec plugin did not answer in time, and was ended".into(),
                "ask again, and allow more time, or report it to the plugin's author",
            ),
        };
        Error::new(kind, what, next_step)
    }
}
