//! A plugin ends when its host does, whatever its threads are doing.

use std::os::fd::OwnedFd;
use std::thread;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::sockopt::socket_peercred;
use rustix::process::{
    PidfdFlags, Signal, getpgrp, getpid, getppid, kill_current_process_group, kill_process,
    pidfd_open,
};

use super::sender::Sender;

/// Starts a thread that ends this process once the other end of the socket is closed, or the
/// process that made the socket has ended: a child that the host forked may keep it open.
pub(super) fn watch(sender: &Sender) {
    let sender = sender.clone();
    // Not simply the parent: if the host is gone already, that is another process by now. Without a
    // parent that can be seen from here, the host cannot be seen either.
    let host = getppid().and_then(|_| socket_peercred(sender.socket()).ok());
    let host = match host.map(|host| pidfd_open(host.pid, PidfdFlags::empty())) {
        Some(Err(Errno::SRCH)) => return end(),
        opened => opened.and_then(Result::ok),
    };
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

/// Ends this process if the other end of the socket is closed.
pub(super) fn end_with_the_host(sender: &Sender) {
    let socket = sender.socket();
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    let mut ends = [PollFd::new(&socket, PollFlags::RDHUP)];
    // A plugin that closed the socket itself is not the host's end.
    if poll(&mut ends, Some(&now)).is_ok() && ends[0].revents().contains(PollFlags::RDHUP) {
        end();
    }
}

/// At once: a handler that is called at exit may hang as well. What this process started ends with
/// it, as it does where the host is there to see to it.
fn end() {
    if getpgrp() == getpid() {
        let _ = kill_current_process_group(Signal::KILL);
    }
    let _ = kill_process(getpid(), Signal::KILL);
}
