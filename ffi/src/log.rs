//! The log: what the library traces, handed to a callback of the host.

use std::ffi::c_void;
use std::fmt::{self, Write};

use arc_swap::ArcSwapOption;
use prefect_secrets_core::Error;
use prefect_secrets_core::abi::Slice;
use std::sync::Arc;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::argument::Argument;
use crate::text::Text;

/// `prefect_secrets_log_fn`, as the header declares it.
pub(crate) type Callback = unsafe extern "C" fn(*mut c_void, u32, Slice);

impl Argument for Option<Callback> {
    type C = Option<Callback>;
    const SPELLING: &'static str = "prefect_secrets_log_fn *";

    unsafe fn take(c: Option<Callback>, _: &'static str) -> Result<Self, Error> {
        Ok(c)
    }
}

/// Where lines go.
struct Sink {
    callback: Callback,
    user_data: *mut c_void,
}

// SAFETY: the header asks for a callback that may be called from any thread, with its user data.
unsafe impl Send for Sink {}
// SAFETY: as above.
unsafe impl Sync for Sink {}

static SINK: ArcSwapOption<Sink> = ArcSwapOption::const_empty();

/// The subscriber of this library, which has a copy of `tracing` of its own.
struct Log;

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event()
            && metadata.target().starts_with("prefect_secrets")
            && SINK.load().is_some()
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        // Each get is traced, which is more than a host asks for that wants to hear of trouble.
        Some(if SINK.load().is_some() { LevelFilter::DEBUG } else { LevelFilter::OFF })
    }

    fn event(&self, event: &Event<'_>) {
        let sink = SINK.load();
        let Some(sink) = &*sink else { return };
        let mut line = Line::default();
        event.record(&mut line);
        let line = Text::of(&(line.message + &line.fields));
        // SAFETY: the host promises a callback that takes this; the line outlives the call.
        unsafe { (sink.callback)(sink.user_data, level(event.metadata().level()), line.slice()) }
    }

    // No spans: `enabled` refuses them.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

fn level(level: &Level) -> u32 {
    match *level {
        Level::ERROR => 1,
        Level::WARN => 2,
        Level::INFO => 3,
        _ => 4,
    }
}

/// An event as one line: the message, then its fields.
#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.message.push_str(value);
        } else {
            let _ = write!(self.fields, " {}={value}", field.name());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

export! {
    plain fn prefect_secrets_log_set(callback: Option<Callback>, user_data: *mut c_void) {
        let sink = callback.map(|callback| Arc::new(Sink { callback, user_data }));
        SINK.store(sink);
        // The second time it is there already.
        let _ = tracing::subscriber::set_global_default(Log);
        // Whether an event is wanted is remembered where it happens, so that no log costs nothing.
        tracing::callsite::rebuild_interest_cache();
    }
}
