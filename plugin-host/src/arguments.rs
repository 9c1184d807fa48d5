//! What the host wants.

use std::ffi::OsString;
use std::path::PathBuf;

/// What to do.
pub(crate) struct Arguments {
    /// Files and folders that may be read in a sandbox; `None` without one.
    pub(crate) sandbox: Option<Vec<PathBuf>>,
    pub(crate) what: What,
}

/// The plugin.
pub(crate) enum What {
    /// A library, by the path that people know it by.
    Library(PathBuf),
    /// A program and its arguments.
    Program(PathBuf, Vec<OsString>),
}

impl Arguments {
    pub(crate) fn read(mut arguments: impl Iterator<Item = OsString>) -> Option<Self> {
        let mut sandbox = None;
        loop {
            let argument = arguments.next()?;
            match argument.to_str()? {
                "--sandbox" => sandbox = Some(Vec::new()),
                "--read" => sandbox.as_mut()?.push(arguments.next()?.into()),
                "library" => {
                    let what = What::Library(arguments.next()?.into());
                    return arguments.next().is_none().then_some(Self { sandbox, what });
                }
                "program" => {
                    let what = What::Program(arguments.next()?.into(), arguments.collect());
                    return Some(Self { sandbox, what });
                }
                _ => return None,
            }
        }
    }
}
