//! How a load went, step by step.

use std::fmt;
use std::path::Path;

use prefect_secrets_core::Error;

/// What a line of a trace is about. In the order of loading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Whether plugins can be loaded at all, and where this one is.
    Search,
    /// What its manifest says.
    Manifest,
    /// Who could have changed the file.
    Trust,
    /// The SHA-256 digest that the manifest pins.
    Digest,
    /// Where it will run: in this process, or in one of its own.
    Isolation,
    /// What the file is, read before any of its code runs.
    File,
    /// The process of its own. The steps behind it, up to the table, are taken there.
    Start,
    /// The dynamic linker, and what it mapped.
    Open,
    /// The layout that a plugin in Rust was built with, see [`prefect_secrets_core::abi::witness`].
    Witness,
    /// The table of the provider ABI.
    Table,
    /// What the provider says that it is.
    Id,
    /// The instance.
    Create,
}

impl Step {
    /// The step that a plugin's process told by its word.
    pub(super) fn told(word: &str) -> Self {
        let inside = [Self::Open, Self::Witness, Self::Table];
        inside.into_iter().find(|step| step.as_str() == word).unwrap_or(Self::Start)
    }

    /// The word that the trace uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Manifest => "manifest",
            Self::Trust => "trust",
            Self::Digest => "digest",
            Self::Isolation => "isolation",
            Self::File => "file",
            Self::Start => "start",
            Self::Open => "open",
            Self::Witness => "witness",
            Self::Table => "table",
            Self::Id => "id",
            Self::Create => "create",
        }
    }
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Loading goes on.
    Accepted,
    /// Nothing is there; the next place is looked at.
    Absent,
    /// Loading ends here, and this is why.
    Refused(Error),
}

/// One line of a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What was checked.
    pub step: Step,
    /// On what: a path, an id.
    pub subject: String,
    /// How it ended.
    pub verdict: Verdict,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in [self.step.as_str(), ": ", &self.subject, ": "] {
            f.write_str(part)?;
        }
        match &self.verdict {
            Verdict::Accepted => f.write_str("accepted"),
            Verdict::Absent => f.write_str("not there"),
            Verdict::Refused(error) => {
                write!(f, "refused, {}: {}; {}", error.kind(), error.what(), error.next_step())
            }
        }
    }
}

/// How the load of one plugin went. Prints as one line for each step; holds no setting's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    provider: String,
    lines: Vec<Line>,
}

impl Trace {
    /// The trace of a plugin whose provider is called `provider`; nothing has happened yet.
    pub fn new(provider: &str) -> Self {
        Self { provider: provider.into(), lines: Vec::new() }
    }

    /// What the configuration calls the plugin's provider.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// The steps, in order; after a refusal there are none.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Why the plugin was refused, if it was.
    pub fn refusal(&self) -> Option<&Error> {
        self.lines.iter().find_map(|line| match &line.verdict {
            Verdict::Refused(error) => Some(error),
            _ => None,
        })
    }

    /// Notes how `step` ended, and passes the outcome on.
    pub(super) fn note<T>(
        &mut self,
        step: Step,
        subject: &str,
        outcome: Result<T, Error>,
    ) -> Result<T, Error> {
        let verdict = match &outcome {
            Ok(_) => Verdict::Accepted,
            Err(error) => Verdict::Refused(error.clone()),
        };
        self.lines.push(Line { step, subject: subject.into(), verdict });
        outcome
    }

    pub(super) fn note_absent(&mut self, step: Step, path: &Path) {
        let subject = path.display().to_string();
        self.lines.push(Line { step, subject, verdict: Verdict::Absent });
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, line) in self.lines.iter().enumerate() {
            for part in [if i == 0 { "" } else { "\n" }, &self.provider, ": "] {
                f.write_str(part)?;
            }
            line.fmt(f)?;
        }
        Ok(())
    }
}
