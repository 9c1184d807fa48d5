//! The stand-in for Prefect Cloud 1 as a program: optimised, and in nobody else's process.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use prefect_secrets_testing::Home;

use super::secrets;
use crate::Outcome;

/// It ends when this is dropped.
pub(super) struct StandIn {
    pub(super) address: String,
    child: Child,
    _home: Home,
}

impl StandIn {
    /// The key that it wants.
    pub(super) const KEY: &str = "key-of-the-bench";

    /// Starts `program` with the first `count` secrets.
    pub(super) fn start(program: &Path, count: usize) -> Outcome<Self> {
        let home = Home::new();
        let file = home.write("secrets.json", secrets::json(count));
        let mut command = Command::new(program);
        command.args(["--key", Self::KEY, "--secrets"]).arg(file);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("the stand-in: {error}"))?;
        let output = child.stdout.take().ok_or("the stand-in has no output")?;
        let mut line = String::new();
        let read = BufReader::new(output).read_line(&mut line);
        read.map_err(|error| format!("the stand-in: {error}"))?;
        let address = line.trim_end().strip_prefix("listening on ");
        let address = address.ok_or("the stand-in does not listen")?.to_owned();
        Ok(Self { address, child, _home: home })
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
