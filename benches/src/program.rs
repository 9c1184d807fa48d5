//! A program that takes commands on its standard input and answers each with a line of numbers.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// One that runs. It ends when this is dropped.
pub struct Program {
    child: Child,
    pipe: RefCell<(ChildStdin, BufReader<ChildStdout>)>,
}

impl Program {
    /// Starts it.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(command: &mut Command) -> std::io::Result<Self> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = child.stdin.take().expect("a pipe");
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        Ok(Self { child, pipe: RefCell::new((input, output)) })
    }

    /// Gives it one command, and returns the line that it answers.
    ///
    /// # Errors
    /// If it has ended.
    pub fn say(&self, command: &str) -> Result<String, String> {
        let (input, output) = &mut *self.pipe.borrow_mut();
        let gone = |error| format!("{command}: the program has ended ({error})");
        writeln!(input, "{command}").map_err(gone)?;
        let mut line = String::new();
        output.read_line(&mut line).map_err(gone)?;
        Ok(line.trim_end().to_owned())
    }

    /// The numbers that it answers.
    ///
    /// # Errors
    /// What it says instead: a wrong value in a loop, say.
    pub fn numbers(&self, command: &str) -> Result<Vec<f64>, String> {
        let line = self.say(command)?;
        let numbers: Option<Vec<f64>> =
            line.split_whitespace().map(|word| word.parse().ok()).collect();
        numbers.filter(|numbers| !numbers.is_empty()).ok_or_else(|| format!("{command}: {line}"))
    }

    /// The one number that it answers.
    ///
    /// # Errors
    /// As [`Program::numbers`].
    pub fn number(&self, command: &str) -> Result<f64, String> {
        self.numbers(command).map(|numbers| numbers[0])
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
