//! A provider whose values are taken as they stand.

use std::mem::MaybeUninit;
use std::sync::Arc;

use prefect_secrets_core::{Answer, Capabilities, Deadline, Error, Memory, Provider, Secret, Take};

/// Answers as the provider within it does, but does not read a value: its JSON view is always the
/// text as a string.
pub struct Verbatim(pub Arc<dyn Provider>);

fn verbatim(answer: Answer) -> Answer {
    answer.map(|secret| secret.map(|secret| secret.verbatim()))
}

impl Provider for Verbatim {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn get(&self, name: &str, deadline: &Deadline) -> Answer {
        verbatim(self.0.get(name, deadline))
    }

    fn in_memory(&self, name: &[u8], take: &mut Take<'_>) -> Memory {
        let mut shared = Take::Shared(None);
        let memory = self.0.in_memory(name, &mut shared);
        if let Some(secret) = shared.shared() {
            take.take(&secret.verbatim());
        }
        memory
    }

    fn get_into(
        &self,
        name: &str,
        deadline: &Deadline,
        to: &mut [MaybeUninit<u8>],
    ) -> Result<Option<usize>, Error> {
        // The text is the same.
        self.0.get_into(name, deadline, to)
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn skipped(&self) -> Option<String> {
        self.0.skipped()
    }

    fn remark(&self, name: &str) -> Option<String> {
        self.0.remark(name)
    }

    fn get_many(&self, names: &[&str], deadline: &Deadline) -> Vec<Answer> {
        self.0.get_many(names, deadline).into_iter().map(verbatim).collect()
    }

    fn exists(&self, name: &str, deadline: &Deadline) -> Result<bool, Error> {
        self.0.exists(name, deadline)
    }

    fn set(&self, name: &str, value: &Secret, deadline: &Deadline) -> Result<(), Error> {
        self.0.set(name, value, deadline)
    }

    fn delete(&self, name: &str, deadline: &Deadline) -> Result<bool, Error> {
        self.0.delete(name, deadline)
    }

    fn list(&self, deadline: &Deadline) -> Result<Vec<String>, Error> {
        self.0.list(deadline)
    }

    fn refresh(&self, deadline: &Deadline) -> Result<(), Error> {
        self.0.refresh(deadline)
    }
}
