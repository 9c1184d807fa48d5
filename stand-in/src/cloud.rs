//! What the stand-in is at the moment, and what it has seen.

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{Behaviour, Request, Response};

/// The behaviour and the requests that it answered, shared by all connections.
pub(crate) struct Cloud {
    state: Mutex<State>,
    observe: Box<dyn Fn(&Request) + Send + Sync>,
}

struct State {
    behaviour: Behaviour,
    turn: usize,
    requests: Vec<Request>,
    in_progress: usize,
    most_at_once: usize,
}

impl Cloud {
    pub(crate) fn new(
        behaviour: Behaviour,
        observe: impl Fn(&Request) + Send + Sync + 'static,
    ) -> Self {
        Self {
            state: Mutex::new(State {
                behaviour,
                turn: 0,
                requests: Vec::new(),
                in_progress: 0,
                most_at_once: 0,
            }),
            observe: Box::new(observe),
        }
    }

    /// Records a request and decides on its response, which is in progress until
    /// [`finish`](Self::finish).
    pub(crate) fn receive(&self, request: Request) -> Response {
        (self.observe)(&request);
        let mut state = self.state();
        state.in_progress += 1;
        state.most_at_once = state.most_at_once.max(state.in_progress);
        let response = state.respond(&request);
        state.requests.push(request);
        response
    }

    pub(crate) fn finish(&self) {
        self.state().in_progress -= 1;
    }

    pub(crate) fn replace(&self, behaviour: Behaviour) {
        let mut state = self.state();
        state.turn = 0;
        state.behaviour = behaviour;
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.state().requests.clone()
    }

    pub(crate) fn take_requests(&self) -> Vec<Request> {
        mem::take(&mut self.state().requests)
    }

    pub(crate) fn most_at_once(&self) -> usize {
        self.state().most_at_once
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn respond(&mut self, request: &Request) -> Response {
        match &mut self.behaviour {
            Behaviour::Secrets(secrets) => secrets.answer(request),
            Behaviour::Script(responses) => {
                let response = responses.get(self.turn).or_else(|| responses.last());
                self.turn += 1;
                response.cloned().unwrap_or_else(|| {
                    let body = "The script of this stand-in is empty.\n";
                    Response::body(body).status(501)
                })
            }
        }
    }
}
