//! `host.c`, running: it takes commands on its standard input and answers with nanoseconds.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use prefect_secrets_testing::{C, Home, built_as, workspace};

/// A C program, compiled with `-O2` and linked with the optimised library, that measures loops of
/// its own in thread CPU time. Nothing of the bench runs inside a loop.
pub struct Host {
    child: Child,
    pipe: RefCell<(ChildStdin, BufReader<ChildStdout>)>,
    home: Home,
    // Holds the program, which a later start needs.
    c: C,
}

impl Host {
    /// Starts it in a home of its own; `prepare` fills the home and the environment.
    pub fn start(prepare: impl FnOnce(&C, &Home, &mut Command)) -> Self {
        let (c, home) = (C::new(), Home::new());
        let program = c.program_with(&workspace().join("benches/host.c"), &["-O2"], built_as(true));
        let mut command = home.command(&program);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        prepare(&c, &home, &mut command);
        let mut child = command.spawn().expect("the host starts");
        let input = child.stdin.take().expect("a pipe");
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        Self { child, pipe: RefCell::new((input, output)), home, c }
    }

    /// Runs `command` and returns what its loop took.
    ///
    /// # Panics
    /// If the host says anything but a number: a wrong value in a loop, say.
    pub fn time(&self, command: &str) -> Duration {
        let (input, output) = &mut *self.pipe.borrow_mut();
        writeln!(input, "{command}").expect("the host listens");
        let mut line = String::new();
        output.read_line(&mut line).expect("the host answers");
        Duration::from_nanos(line.trim().parse().unwrap_or_else(|_| panic!("{command}: {line}")))
    }

    /// Its home.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Its compiler.
    pub fn c(&self) -> &C {
        &self.c
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
