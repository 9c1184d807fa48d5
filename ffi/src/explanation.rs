//! `prefect_secrets_explanation`.

use prefect_secrets_core::abi::{Slice, Status};
use prefect_secrets_core::{Explanation, LinkReport};

use crate::argument::{Out, boxed};
use crate::names::at;
use crate::text::Text;

/// How an answer came about, with texts that C can borrow.
pub(crate) struct Explained {
    json: Text,
    links: Vec<Link>,
}

struct Link {
    provider: Text,
    outcome: Text,
    reason: Text,
}

impl Explained {
    pub(crate) fn of(explanation: &Explanation) -> Box<Self> {
        let link = |report: &LinkReport| Link {
            provider: Text::of(&report.provider),
            outcome: Text::of(report.outcome),
            reason: Text::of(report.reason.as_deref().unwrap_or_default()),
        };
        Box::new(Self {
            json: Text::of(&explanation.to_json()),
            links: explanation.links.iter().map(link).collect(),
        })
    }
}

boxed!(Explained, "prefect_secrets_explanation");

export! {
    plain fn prefect_secrets_explanation_json(explanation: &Explained) -> Slice {
        explanation.json.slice()
    }

    plain fn prefect_secrets_explanation_count(explanation: &Explained) -> usize {
        explanation.links.len()
    }

    fallible fn prefect_secrets_explanation_at(
        explanation: &Explained,
        index: usize,
        provider: Out<'_, Slice>,
        outcome: Out<'_, Slice>,
        reason: Out<'_, Slice>,
    ) {
        let link = at(&explanation.links, index)?;
        provider.write(link.provider.slice());
        outcome.write(link.outcome.slice());
        reason.write(link.reason.slice());
        Ok(Status::Ok)
    }

    plain fn prefect_secrets_explanation_free(explanation: Option<Box<Explained>>) {
        drop(explanation)
    }
}
