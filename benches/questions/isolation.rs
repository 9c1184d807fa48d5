//! What does a plugin in a process of its own cost, beside a bare echo over a socket pair?
//!
//! The floor is a C program that reads 64 bytes and writes them back, and a host that does the same
//! and nothing else. Wall time, because the work is done in two processes. The plugin answers a
//! value of 32 bytes from memory.

use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use prefect_secrets_core::abi::Settings;
use prefect_secrets_core::{Deadline, Provider};
use prefect_secrets_providers::plugin::{Isolation, Running, Search, load};
use prefect_secrets_testing::{C, Home, program, workspace};

use crate::measure::{Loop, check};

const NAME: &str = "IN_PLUGIN";
const THREADS: usize = 8;

struct Echo {
    child: Child,
    socket: UnixStream,
}

impl Echo {
    fn start(program: &Path) -> Self {
        let (socket, theirs) = UnixStream::pair().unwrap();
        let theirs = Stdio::from(OwnedFd::from(theirs));
        let child = Command::new(program).env_clear().stdin(theirs).spawn().unwrap();
        Self { child, socket }
    }

    fn round_trip(&mut self) {
        let mut bytes = [7; 64];
        self.socket.write_all(&bytes).unwrap();
        self.socket.read_exact(&mut bytes).unwrap();
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

struct Plugin {
    library: PathBuf,
    plugin_host: PathBuf,
    _home: Home,
}

impl Plugin {
    fn load(&self, isolation: Isolation) -> Arc<dyn Provider> {
        let plugin_host = Some(self.plugin_host.clone());
        let isolation = Some(isolation);
        let running = Running { isolation, plugin_host, ..Running::default() };
        let path = self.library.to_str().unwrap();
        load("bench", path, Settings::none(), &running, &Search::new()).provider.unwrap()
    }
}

fn get(provider: &dyn Provider) {
    let secret = provider.get(NAME, &Deadline::default()).unwrap().unwrap();
    check(secret.expose_text());
}

/// The number of the process, as explain tells it.
fn kill(provider: &dyn Provider) {
    let remark = provider.remark(NAME).unwrap();
    let pid = remark.rsplit(' ').next().unwrap().parse().unwrap();
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

/// Eight threads that get at once: what one get takes of the whole time. Each gets a hundred times or more,
/// so that what it takes to start them does not show.
fn eight_threads(provider: &dyn Provider, gets: u64) -> Duration {
    let each = gets.div_ceil(THREADS as u64).max(100);
    let ready = Barrier::new(THREADS);
    let work = || {
        get(provider);
        ready.wait();
        let start = Instant::now();
        (0..each).for_each(|_| get(provider));
        (start, Instant::now())
    };
    let times: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let (start, end) = (times.iter().map(|(start, _)| start), times.iter().map(|(_, end)| end));
    let taken = *end.max().unwrap() - *start.min().unwrap();
    taken.mul_f64(gets as f64 / (each * THREADS as u64) as f64)
}

pub(crate) fn loops() -> Vec<Loop> {
    let (c, home) = (C::new(), Home::new());
    let echo = c.bare_program(&workspace().join("benches/c/echo.c"), &["-O2"]);
    let fixed = c.plugin(&workspace().join("benches/c/fixed.c"), &["-O2"]);
    let library = home.write("fixed.so", std::fs::read(fixed).unwrap());
    let plugin_host =
        program("prefect-secrets-plugin-host", "--bin", "prefect-secrets-plugin-host");
    let plugin = Rc::new(Plugin { library, plugin_host, _home: home });

    let mut echoing = Echo::start(&echo);
    let here = plugin.load(Isolation::InProcess);
    let (one, eight) = (plugin.load(Isolation::Process), plugin.load(Isolation::Process));
    let again = plugin.clone();
    vec![
        Loop::wall("echo", move || echoing.round_trip()),
        Loop::wall("get_in_process", move || get(&*here)),
        Loop::wall("get", move || get(&*one)),
        Loop::new("eight_threads", move |gets| eight_threads(&*eight, gets)),
        Loop::wall("start_echo", move || {
            assert!(c.folder().is_dir());
            Echo::start(&echo).round_trip();
        }),
        Loop::wall("start", move || get(&*plugin.load(Isolation::Process))),
        Loop::new("restart", move |rounds| {
            let mut taken = Duration::ZERO;
            for _ in 0..rounds {
                // A new one each time: one that keeps ending is made to wait.
                let child = again.load(Isolation::Process);
                get(&*child);
                kill(&*child);
                let start = Instant::now();
                while child.get(NAME, &Deadline::default()).is_err() {}
                taken += start.elapsed();
            }
            taken
        }),
    ]
}
