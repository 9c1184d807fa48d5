//! What is alive: the runtime, the connections, and at most one thread.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

use prefect_secrets_core::abi::sigpipe::without_sigpipe;
use prefect_secrets_core::abi::spawn;
use prefect_secrets_core::{Error, Kind};
use reqwest::Client;
use tokio::runtime::{self, Handle, Runtime};
use tokio::sync::oneshot;

/// The runtime and the connections of one process.
pub(super) struct Live {
    // Dropped in this order: the thread has ended before the runtime goes.
    driver: OnceLock<Driver>,
    http: Client,
    runtime: Arc<Owned>,
}

impl Live {
    /// With the connections of `http`.
    pub(super) fn start(http: Client) -> Result<Self, Error> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .thread_name("prefect-secrets")
            .build()
            .map_err(|error| exhausted("no connection can be made", &error))?;
        Ok(Self { driver: OnceLock::new(), http, runtime: Arc::new(Owned(Some(runtime))) })
    }

    /// What requests are sent with.
    pub(super) fn http(&self) -> &Client {
        &self.http
    }

    /// Runs `task` to its end. Those of many threads overlap. A caller that is inside a runtime
    /// cannot drive another one: a thread of ours does it then, while the caller waits.
    pub(super) fn run(&self, task: Task) -> Result<(), Error> {
        if Handle::try_current().is_err() {
            without_sigpipe(|| self.runtime.get().block_on(task));
            return Ok(());
        }
        if self.driver.get().is_none() {
            // Two callers may both start one; the one that comes too late ends.
            let _ = self.driver.set(Driver::start(&self.runtime)?);
        }
        let end = Arc::new(End::default());
        let ends = Ends(Arc::clone(&end));
        self.runtime.get().spawn(async move {
            let _ends = ends;
            task.await;
        });
        end.wait();
        Ok(())
    }
}

/// What a call does on the runtime. It leaves what comes of it where its caller finds that.
pub(super) type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// That a task has ended, well or not.
#[derive(Default)]
struct End {
    ended: Mutex<bool>,
    changed: Condvar,
}

impl End {
    fn wait(&self) {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.changed.wait_while(ended, |ended| !*ended));
    }
}

/// Tells of the end when it is dropped.
struct Ends(Arc<End>);

impl Drop for Ends {
    fn drop(&mut self) {
        *self.0.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.changed.notify_all();
    }
}

/// A runtime that may be dropped anywhere, within a caller's runtime too.
struct Owned(Option<Runtime>);

impl Owned {
    fn get(&self) -> &Runtime {
        self.0.as_ref().expect("taken by drop only")
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// The thread that drives the runtime for callers that cannot. Dropping it ends it.
struct Driver {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Driver {
    fn start(runtime: &Arc<Owned>) -> Result<Self, Error> {
        let (stop, stopped) = oneshot::channel();
        let runtime = Arc::clone(runtime);
        let drive = move || {
            // Ends when the sender is dropped.
            let _ = without_sigpipe(|| runtime.get().block_on(stopped));
        };
        let thread = spawn(drive)
            .map_err(|error| exhausted("no thread can be started for this call", &error))?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It only waited; it has nothing to report.
            let _ = thread.join();
        }
    }
}

fn exhausted(what: &str, error: &io::Error) -> Error {
    let next = "raise the limits of threads and open files of this process";
    Error::new(Kind::Unavailable, format!("{what}: {error}"), next)
}

#[cfg(test)]
mod tests {
    use std::{panic, thread};

    use super::*;

    fn start() -> Live {
        let tls = super::super::tls::Trust::System.client(false).unwrap();
        let http = Client::builder().tls_backend_preconfigured(tls).build().unwrap();
        Live::start(http).unwrap()
    }

    /// What `future` comes to.
    fn run<T: Send + 'static>(
        live: &Live,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let place = Arc::new(Mutex::new(None));
        let theirs = Arc::clone(&place);
        live.run(Box::pin(async move { *theirs.lock().unwrap() = Some(future.await) })).unwrap();
        place.lock().unwrap().take()
    }

    #[test]
    fn a_caller_inside_a_runtime_is_served_by_one_thread_that_ends() {
        let theirs = runtime::Builder::new_current_thread().build().unwrap();
        let live = start();
        theirs.block_on(async {
            assert_eq!(run(&live, async { 1 }), Some(1));
            assert_eq!(
                run(&live, async { thread::current().name().map(String::from) }),
                Some(Some("prefect-secrets".into()))
            );
            drop(live);
        });
        let live = start();
        assert_eq!(run(&live, async { 2 }), Some(2));
        assert!(live.driver.get().is_none());
    }

    #[test]
    fn a_panic_in_a_future_ends_it_inside_a_runtime() {
        let theirs = runtime::Builder::new_current_thread().build().unwrap();
        let live = start();
        theirs.block_on(async {
            let outcome: Option<()> =
                run(&live, async { panic::resume_unwind(Box::new("quietly")) });
            assert_eq!(outcome, None);
            assert_eq!(run(&live, async { 3 }), Some(3));
        });
    }
}
