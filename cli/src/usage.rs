//! What a person is told who asks for help, or types what is no command.

use std::io::Write;

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::arguments::Arguments;
use crate::output::unwritten;

/// Prints help, the version, or what is wrong with the arguments and what to do about it.
pub(crate) fn tell(mut error: clap::Error) -> std::process::ExitCode {
    if let Some(tip) = too_many_names(&error) {
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    let printed = error.print().and_then(|()| std::io::stdout().flush());
    match printed {
        Err(why) if !error.use_stderr() => {
            crate::report(&unwritten("the help", &why));
            crate::exit::Exit::Failure.into()
        }
        // 0 for help, 2 for wrong usage.
        _ => u8::try_from(error.exit_code()).unwrap_or(2).into(),
    }
}

/// What to do if a second name was given to a command that takes one.
fn too_many_names(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidArg) else { return None };
    if error.kind() != ErrorKind::UnknownArgument || word.starts_with('-') {
        return None;
    }
    let commands = Arguments::command();
    let asked = commands.find_subcommand(std::env::args_os().nth(1)?)?;
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
