//! The stand-in as a program, for tests that are not written in Rust: see `USAGE`.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Duration;

use prefect_secrets_stand_in::{Behaviour, Request, Response, Secrets, StandIn};
use serde::de::DeserializeOwned;

const USAGE: &str = "\
usage: prefect-secrets-stand-in [--secrets FILE.json] [--key KEY] [--delay-ms N] [--port N]
                                [--log FILE]
       prefect-secrets-stand-in --script FILE.json [--port N] [--log FILE]

A Prefect 1 Cloud on 127.0.0.1. Prints `listening on http://127.0.0.1:PORT`, then serves until its
standard input ends.

  --secrets FILE.json   a Cloud with these secrets: an object from names to values
  --key KEY             which answers requests with this API key only
  --delay-ms N          and sends each answer N milliseconds after its request
  --script FILE.json    a list of responses, given in turn; the last one repeats
  --port N              listen there, not on a free port
  --log FILE            append a line of JSON per request: method, path and body_length
";

#[derive(Default)]
struct Arguments {
    secrets: Option<PathBuf>,
    key: Option<String>,
    delay: Option<u64>,
    script: Option<PathBuf>,
    port: u16,
    log: Option<PathBuf>,
}

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1).peekable();
    if words.next_if_eq("--help").is_some() {
        return match io::stdout().write_all(USAGE.as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    match Arguments::read(words) {
        Ok(arguments) => match serve(arguments) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => complain(&format!("{error}\n"), 1),
        },
        Err(error) => complain(&format!("{error}\n{USAGE}"), 2),
    }
}

fn complain(message: &str, code: u8) -> ExitCode {
    // If nobody reads it, the exit code still tells.
    let _ = write!(io::stderr(), "prefect-secrets-stand-in: {message}");
    ExitCode::from(code)
}

impl Arguments {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self::default();
        while let Some(option) = words.next() {
            let mut value = || words.next().ok_or(format!("{option} needs a value"));
            let number = |text: String| text.parse().map_err(|_| format!("{option}: not a number"));
            match option.as_str() {
                "--secrets" => arguments.secrets = Some(value()?.into()),
                "--key" => arguments.key = Some(value()?),
                "--delay-ms" => arguments.delay = Some(number(value()?)?),
                "--script" => arguments.script = Some(value()?.into()),
                "--port" => {
                    let port = number(value()?)?;
                    arguments.port = u16::try_from(port).map_err(|_| "--port: at most 65535")?;
                }
                "--log" => arguments.log = Some(value()?.into()),
                _ => return Err(format!("unknown option {option}")),
            }
        }
        let cloud = (&arguments.secrets, &arguments.key, &arguments.delay);
        if arguments.script.is_some() && !matches!(cloud, (None, None, None)) {
            return Err("--script says everything: no --secrets, --key or --delay-ms".to_owned());
        }
        Ok(arguments)
    }

    fn behaviour(&self) -> Result<Behaviour, Box<dyn Error>> {
        if let Some(script) = &self.script {
            return Ok(read_json::<Vec<Response>>(script)?.into());
        }
        let mut secrets = match &self.secrets {
            Some(secrets) => read_json(secrets)?,
            None => Secrets::new(),
        };
        if let Some(key) = &self.key {
            secrets = secrets.requiring_key(key);
        }
        let delay = Duration::from_millis(self.delay.unwrap_or_default());
        Ok(secrets.delayed(delay).into())
    }
}

fn serve(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let behaviour = arguments.behaviour()?;
    let observe: Box<dyn Fn(&Request) + Send + Sync> = match &arguments.log {
        Some(path) => {
            let file = File::options().create(true).append(true).open(path);
            let log = Mutex::new(file.map_err(|error| format!("{}: {error}", path.display()))?);
            Box::new(move |request| {
                let line = serde_json::json!({
                    "method": request.method,
                    "path": request.path,
                    "body_length": request.body.len(),
                });
                let mut log = log.lock().expect("the log is written");
                writeln!(log, "{line}").expect("the log is written");
            })
        }
        None => Box::new(|_| {}),
    };
    let stand_in = StandIn::start_on(arguments.port, behaviour, observe)?;
    let mut stdout = io::stdout();
    writeln!(stdout, "listening on {}", stand_in.address())?;
    stdout.flush()?;
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

fn read_json<T: DeserializeOwned>(path: &PathBuf) -> Result<T, String> {
    let text = fs::read_to_string(path).map_err(|error| error.to_string());
    text.and_then(|text| serde_json::from_str(&text).map_err(|error| error.to_string()))
        .map_err(|error| format!("{}: {error}", path.display()))
}
