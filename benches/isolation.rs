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
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use criterion::Criterion;
use prefect_secrets_benches::Ratios;
use prefect_secrets_core::abi::Settings;
use prefect_secrets_core::{Deadline, Provider};
use prefect_secrets_providers::plugin::{Isolation, Running, Search, load};
use prefect_secrets_testing::{C, Home, built_as, workspace};

const NAME: &str = "IN_PLUGIN";
const THREADS: u32 = 8;

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

struct Plugin(PathBuf);

impl Plugin {
    fn load(&self, isolation: Isolation) -> Arc<dyn Provider> {
        let plugin_host = Some(built_as(true).plugin_host());
        let isolation = Some(isolation);
        let running = Running { isolation, plugin_host, ..Running::default() };
        let path = self.0.to_str().unwrap();
        load("bench", path, Settings::none(), &running, &Search::new()).provider.unwrap()
    }
}

fn get(provider: &dyn Provider) {
    let secret = provider.get(NAME, &Deadline::default()).unwrap().unwrap();
    assert_eq!(secret.expose_text().len(), 32);
}

/// The number of the process, as explain tells it.
fn kill(provider: &dyn Provider) {
    let remark = provider.remark(NAME).unwrap();
    let pid = remark.rsplit(' ').next().unwrap().parse().unwrap();
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

/// Eight threads that get at once: what one get takes of the whole time.
fn eight_threads(provider: &dyn Provider, gets: u64) -> Duration {
    let each = gets.div_ceil(THREADS.into());
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| (0..each).for_each(|_| get(provider)));
        }
    });
    start.elapsed()
}

fn main() {
    let ratios = Ratios::default()
        .row("isolation/get", "isolation/echo", 1.0, Some((1.3, 2.0)))
        .row("isolation/eight_threads", "isolation/echo", 1.0, Some((1.0, 2.0)))
        .row("isolation/start", "isolation/start_echo", 1.0, Some((3.0, 5.0)))
        .row("isolation/restart", "isolation/start_echo", 1.0, Some((3.0, 5.0)))
        .row("isolation/get", "isolation/get_in_process", 1.0, None);
    let (c, home) = (C::new(), Home::new());
    let echo = c.bare_program(&workspace().join("benches/echo.c"), &["-O2"]);
    let fixed = c.plugin(&workspace().join("benches/fixed.c"), &["-O2"]);
    let plugin = Plugin(home.write("fixed.so", std::fs::read(fixed).unwrap()));

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("isolation");
    let mut echoing = Echo::start(&echo);
    group.bench_function("echo", |bencher| bencher.iter(|| echoing.round_trip()));
    drop(echoing);
    let here = plugin.load(Isolation::InProcess);
    group.bench_function("get_in_process", |bencher| bencher.iter(|| get(&*here)));
    let child = plugin.load(Isolation::Process);
    group.bench_function("get", |bencher| bencher.iter(|| get(&*child)));
    group.bench_function("eight_threads", |bencher| {
        bencher.iter_custom(|gets| eight_threads(&*child, gets));
    });
    drop(child);
    group.sample_size(20);
    group.bench_function("start_echo", |bencher| {
        bencher.iter(|| Echo::start(&echo).round_trip());
    });
    group.bench_function("start", |bencher| {
        bencher.iter(|| get(&*plugin.load(Isolation::Process)));
    });
    group.bench_function("restart", |bencher| {
        bencher.iter_custom(|rounds| {
            let mut taken = Duration::ZERO;
            for _ in 0..rounds {
                // A new one each time: one that keeps ending is made to wait.
                let child = plugin.load(Isolation::Process);
                get(&*child);
                kill(&*child);
                let start = Instant::now();
                while child.get(NAME, &Deadline::default()).is_err() {}
                taken += start.elapsed();
            }
            taken
        });
    });
    group.finish();
    criterion.final_summary();
    ratios.print();
}
