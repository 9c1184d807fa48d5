//! A talk with one process of their plugin.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use prefect_secrets_core::{Deadline, Error, Kind};
use secretspec_ipc::client::Client;
use secretspec_ipc::protocol::provider::method::Method;
use secretspec_ipc::protocol::provider::{InitializedApplication, validate_capabilities};
use secretspec_ipc::protocol::{
    InitializeParams, Limits, PROTOCOL_VERSION, PROVIDER_PROTOCOL, Product,
};
use secretspec_ipc::{
    ABSOLUTE_MAX_FRAME_BYTES, Error as Theirs, MAX_IN_FLIGHT, deadline_unix_ms_after,
};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use crate::failure;
use crate::heard::{Heard, Output};
use crate::life::Life;
use crate::settings::Settings;

/// How long before the host's deadline a call is given up, so that the host hears why and is not
/// left with an answer that comes too late.
const EARLIER: Duration = Duration::from_millis(20);
/// How much later their deadline is than that, to tell which of the two passed. The call is cancelled
/// at ours.
const LATER: Duration = Duration::from_millis(10);
/// After how many milliseconds a call is made again that was refused so soon that it may have been
/// one too many only, see [`Session::turns`].
const AGAIN: [u64; 4] = [1, 4, 16, 64];
const AT_ONCE: Duration = Duration::from_millis(50);
/// How long a plugin may say nothing at all after a call was given up. One that keeps the protocol
/// answers that the call was cancelled.
const SILENCE: Duration = Duration::from_secs(1);
/// How long it may take until it is seen that a process ended that closed its output.
const ENDING: Duration = Duration::from_millis(300);
/// How long `rpc.shutdown` may take, and how long the process may take to end after it. The host
/// waits one second for both and this program's own end.
const SHUTDOWN: Duration = Duration::from_millis(400);
const GOING: Duration = Duration::from_millis(250);

/// A plugin that was told its address, and says what it can do.
pub(crate) struct Session {
    client: Client,
    methods: HashSet<String>,
    /// Half as many calls as may run at once. More than may are refused as *unavailable* instead of
    /// waiting, and a plugin made with their kit still counts a call when its answer was read already.
    turns: Semaphore,
    life: Arc<Life>,
    heard: Arc<Heard>,
    pub(crate) born: Instant,
}

/// Why a call has no result.
pub(crate) enum Lost {
    /// It, or its result, is larger than a message may be.
    TooLarge,
    Failed(Error),
}

impl From<Lost> for Error {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::TooLarge => failure::too_large(),
            Lost::Failed(error) => error,
        }
    }
}

impl Session {
    /// Starts the program at `path`, and tells it what the settings say.
    pub(crate) async fn start(
        path: &Path,
        settings: &Settings,
        deadline: &Deadline,
    ) -> Result<Self, Error> {
        let born = Instant::now();
        let (life, stdin, stdout) = Life::start(path, settings.log_stderr)?;
        let heard = Arc::new(Heard::default());
        let initialize = InitializeParams {
            protocol: PROVIDER_PROTOCOL.into(),
            versions: vec![PROTOCOL_VERSION],
            client: Product {
                name: env!("CARGO_PKG_NAME").into(),
                version: env!("CARGO_PKG_VERSION").into(),
            },
            limits: Limits {
                max_frame_bytes: ABSOLUTE_MAX_FRAME_BYTES,
                max_in_flight: MAX_IN_FLIGHT,
            },
            client_methods: Vec::new(),
            application: settings.application.clone(),
        };
        let at = deadline_unix_ms_after(deadline.remaining());
        let output = Output(stdout, Arc::clone(&heard));
        let connected = Client::connect(output, stdin, initialize, at).await;
        let (client, initialized) = match connected {
            Ok(connected) => connected,
            Err(Theirs::DeadlineExceeded) => {
                return Err(Error::new(
                    Kind::TimedOut,
                    "the SecretSpec plugin did not start in time",
                    "allow more time, or report it to the plugin's author",
                ));
            }
            Err(why) => return Err(lost(why, &life, &heard, true).await.into()),
        };
        let application: InitializedApplication = initialized.application;
        let session = Self {
            turns: Semaphore::new((client.limits().await.max_in_flight / 2).max(1)),
            methods: initialized.methods.into_iter().collect(),
            client,
            life: Arc::new(life),
            heard,
            born,
        };
        let methods: Vec<String> = session.methods.iter().cloned().collect();
        let kept = application.provider.validate().and_then(|()| validate_capabilities(&methods));
        kept.map_err(|_| failure::broken("what it says of itself is not allowed"))?;
        if application.provider.name != settings.application.scheme {
            return Err(Error::invalid(
                format!(
                    "the SecretSpec plugin is for addresses of the scheme {}, and `uri` has {}",
                    application.provider.name, settings.application.scheme
                ),
                "correct the setting `uri`, or the path of the plugin in the manifest",
            ));
        }
        Ok(session)
    }

    /// Whether the plugin has the method.
    pub(crate) fn offers<M: Method>(&self) -> bool {
        self.methods.contains(M::NAME)
    }

    /// Whether it may be asked.
    pub(crate) fn is_alive(&self) -> bool {
        !self.client.is_closed() && self.life.ended().is_none()
    }

    /// Makes a call.
    pub(crate) async fn call<M: Method>(
        &self,
        params: &M::Params,
        deadline: &Deadline,
    ) -> Result<M::Result, Lost> {
        if !self.offers::<M>() {
            let what = format!("the SecretSpec plugin has no {}", M::NAME);
            let error = Error::new(Kind::Unsupported, what, "name a provider that can");
            return Err(Lost::Failed(error));
        }
        let passed = || Lost::Failed(deadline.passed("the SecretSpec plugin was working"));
        let turn = timeout(deadline.remaining(), self.turns.acquire()).await;
        let _turn = turn.map_err(|_| passed())?;
        let mut waits = AGAIN.into_iter();
        loop {
            let sent = Instant::now();
            let result = self.once::<M>(params, deadline).await;
            // Where it is an outage, asking again does no harm.
            let at_once = sent.elapsed() < AT_ONCE;
            match (result, waits.next()) {
                (Err(Some(Theirs::Unavailable)), Some(wait)) if at_once => {
                    sleep(Duration::from_millis(wait)).await;
                }
                (Ok(result), _) => return Ok(result),
                (Err(Some(why)), _) => return Err(lost(why, &self.life, &self.heard, false).await),
                (Err(None), _) => return Err(passed()),
            }
        }
    }

    /// Makes a call, without waiting for a turn; `None` where the host's deadline passed.
    async fn once<M: Method>(
        &self,
        params: &M::Params,
        deadline: &Deadline,
    ) -> Result<M::Result, Option<Theirs>> {
        let left = deadline.remaining();
        if left.is_zero() {
            return Err(None);
        }
        let left = left - EARLIER.min(left / 4);
        let at = deadline_unix_ms_after(left.saturating_add(LATER));
        let ended = async {
            self.life.end().await;
            // What it said before is read first.
            sleep(ENDING).await;
        };
        let result = tokio::select! {
            biased;
            result = timeout(left, self.client.call(M::NAME, params, at)) => result,
            () = ended => Ok(Err(Theirs::Closed)),
        };
        match result {
            Ok(result) => result.map_err(Some),
            Err(_) => {
                tokio::spawn(end_if_silent(Arc::clone(&self.life), Arc::clone(&self.heard)));
                Err(None)
            }
        }
    }

    /// Says good-bye, and sees to it that the process is gone.
    pub(crate) async fn close(&self) {
        let _ = self.client.close(deadline_unix_ms_after(SHUTDOWN)).await;
        if self.life.end_within(GOING).await.is_none() {
            self.life.kill();
            self.life.end_within(GOING).await;
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // A task that waits for a silent plugin may hold the other reference.
        self.life.kill();
    }
}

/// Why their crate has no result. A plugin that broke the protocol is ended.
async fn lost(why: Theirs, life: &Life, heard: &Heard, starting: bool) -> Lost {
    Lost::Failed(match why {
        Theirs::Remote(error) if error.data.kind == secretspec_ipc::ErrorKind::MessageTooLarge => {
            return Lost::TooLarge;
        }
        Theirs::Remote(error) => failure::remote(error.data.kind, starting),
        Theirs::Cancelled => failure::remote(secretspec_ipc::ErrorKind::Cancelled, starting),
        Theirs::DeadlineExceeded => {
            failure::remote(secretspec_ipc::ErrorKind::DeadlineExceeded, starting)
        }
        Theirs::Unavailable => failure::remote(secretspec_ipc::ErrorKind::Unavailable, starting),
        // The only one that a call can meet: methods are looked at before, and a call is waited for
        // once.
        Theirs::Protocol(_) if !starting => return Lost::TooLarge,
        Theirs::Protocol(_) | Theirs::ProtocolOwned(_) => {
            failure::broken("an answer has another shape than its method")
        }
        Theirs::Closed | Theirs::Io(_) => match life.end_within(ENDING).await {
            Some(end) => end.error(),
            None => {
                life.kill();
                failure::broken(if heard.closed() {
                    "it closed its output and went on"
                } else {
                    "it sent what is no message"
                })
            }
        },
    })
}

async fn end_if_silent(life: Arc<Life>, heard: Arc<Heard>) {
    let before = heard.bytes();
    sleep(SILENCE).await;
    if heard.bytes() == before {
        life.kill();
    }
}
