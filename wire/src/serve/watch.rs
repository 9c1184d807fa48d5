//! A plugin ends when its host does, whatever its threads are doing.

use std::os::fd::OwnedFd;
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{PidfdFlags, Signal, getpid, getppid, kill_process, pidfd_open};

use super::sender::Sender;

/// Starts a thread that ends this process once the other end of the socket is closed, or the
/// process that started this one has ended: a child that the host forked may keep the socket open.
pub(super) fn watch(sender: &Sender) {
    let sender = sender.clone();
    let host = getppid().and_then(|host| pidfd_open(host, PidfdFlags::empty()).ok());
    let watching = move || wait(&sender, host.as_ref());
    if thread::Builder::new().name("prefect-secrets".into()).spawn(watching).is_err() {
        end();
    }
}

fn wait(sender: &Sender, host: Option<&OwnedFd>) {
    let socket = sender.socket();
    loop {
        let mut ends = vec![PollFd::new(&socket, PollFlags::RDHUP)];
        ends.extend(host.map(|host| PollFd::new(host, PollFlags::IN)));
        match poll(&mut ends, None) {
            Err(Errno::INTR) => {}
            _ => break,
        }
    }
    end();
}

/// At once: a handler that is called at exit may hang as well.
fn end() {
    let _ = kill_process(getpid(), Signal::KILL);
}
