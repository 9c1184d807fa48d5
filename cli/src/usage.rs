//! What a person is told who asks for help, or types what is no command.

use std::ffi::OsStr;
use std::io::Write;

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::arguments::Arguments;
use crate::exit::Exit;
use crate::output::{self, unwritten};
use crate::plain::plain;

/// Prints help, the version, or what is wrong with the arguments and what to do about it.
pub(crate) fn tell(mut error: clap::Error) -> std::process::ExitCode {
    let (command, is_word) = (std::env::args_os().nth(1), is_word(&error));
    if is_word && command.as_deref() == Some(OsStr::new("set")) {
        // Most likely it is the value, and that is not shown.
        return no_argument().into();
    }
    let tip = if is_word { command.as_deref().and_then(tip) } else { None };
    if let Some(tip) = tip {
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    // What was typed, or a script filled in, may hold what a terminal obeys.
    let said: Vec<_> = error.context().map(|(kind, said)| (kind, said.clone())).collect();
    for (kind, said) in said {
        match said {
            ContextValue::String(said) => {
                error.insert(kind, ContextValue::String(plain(&said)));
            }
            ContextValue::Strings(said) => {
                let said = said.iter().map(|said| plain(said)).collect();
                error.insert(kind, ContextValue::Strings(said));
            }
            _ => {}
        }
    }
    let there = if error.use_stderr() { Ok(()) } else { output::there() };
    let printed = there.and_then(|()| error.print()).and_then(|()| std::io::stdout().flush());
    match printed {
        Err(why) if !error.use_stderr() => {
            crate::report(&unwritten("the help", &why));
            Exit::Failure.into()
        }
        // 0 for help, 2 for wrong usage.
        _ => u8::try_from(error.exit_code()).unwrap_or(2).into(),
    }
}

/// Tells of a value that was given to `set` where everybody can see it.
pub(crate) fn no_argument() -> Exit {
    let said = "the value is no argument: others could see it there, and the shell keeps it; leave it \
                out to be asked for it, or send it to stdin";
    wrong_usage("set", said)
}

/// Tells of wrong usage of `command` as clap does.
pub(crate) fn wrong_usage(command: &str, said: &str) -> Exit {
    let mut all = Arguments::command();
    all.build();
    let command = all.find_subcommand_mut(command).expect("one of ours");
    let _ = command.error(ErrorKind::ValueValidation, said).print();
    Exit::Usage
}

/// Whether there is a word too much, which is no option.
fn is_word(error: &clap::Error) -> bool {
    let word = error.get(ContextKind::InvalidArg);
    error.kind() == ErrorKind::UnknownArgument
        && matches!(word, Some(ContextValue::String(word)) if !word.starts_with('-'))
}

/// What to do about a word too much: of `run` it is the program, or a name, and a command that takes one
/// name was given two.
fn tip(command: &OsStr) -> Option<String> {
    if command == "run" {
        let tip = if std::env::args_os().any(|word| word == "--") {
            "a secret is named with '--secret', and the program comes behind '--'"
        } else {
            "the program comes behind '--'"
        };
        return Some(tip.into());
    }
    let commands = Arguments::command();
    let asked = commands.find_subcommand(command)?;
    let mut taken = asked.get_positionals();
    let takes_one = taken.next()?.get_id() == "name" && taken.next().is_none();
    takes_one.then(|| {
        let name = asked.get_name();
        let several: Vec<String> = ["run", "export"]
            .into_iter()
            .filter(|several| commands.find_subcommand(several).is_some())
            .map(|several| format!("'prefect-secrets {several}'"))
            .collect();
        let several = match several.as_slice() {
            [] => String::new(),
            several => format!("; {} is for several", several.join(" or ")),
        };
        format!("'{name}' takes one name{several}")
    })
}
