//! Answers from kept exchanges instead of the network, so that a visit can be made again without asking anybody.
//!
//! Each exchange answers once, in the order of keeping, to the profile that got it. What was never asked has no answer,
//! and nothing else is asked for it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use url::Url;

use super::Order;
use crate::exchange::{Exchange, Failure, Method, Request};
use crate::id::{ExchangeId, ProfileId};

/// Who asked for what.
type Question = (ProfileId, Method, Url);

/// Kept exchanges, waiting to answer again.
#[derive(Debug)]
pub(super) struct Answers {
    kept: Mutex<HashMap<Question, VecDeque<Exchange>>>,
    began: Option<Timestamp>,
}

impl Answers {
    pub(super) fn of(exchanges: Vec<Exchange>) -> Self {
        let began = exchanges.iter().map(|exchange| exchange.started).min();
        let mut kept: HashMap<_, VecDeque<_>> = HashMap::new();
        for exchange in exchanges {
            let Request { method, url, .. } = &exchange.request;
            kept.entry((exchange.profile.clone(), *method, url.clone())).or_default().push_back(exchange);
        }
        Self { kept: Mutex::new(kept), began }
    }

    /// When the first of them was sent.
    pub(super) fn began(&self) -> Option<Timestamp> {
        self.began
    }

    /// Whether there is an answer left.
    pub(super) fn knows(&self, order: &Order) -> bool {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&question(order)).is_some_and(|left| !left.is_empty())
    }

    /// The next answer, under a number of its own.
    pub(super) fn take(&self, order: &Order, id: ExchangeId) -> Exchange {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.get_mut(&question(order)).and_then(VecDeque::pop_front) {
            Some(exchange) => Exchange { id, ..exchange },
            None => Exchange {
                id,
                profile: order.profile.id.clone(),
                purpose: order.purpose,
                request: Request { method: order.method, url: order.url.clone(), headers: Vec::new() },
                result: Err(Failure::NotKept),
                remote: None,
                tls: None,
                started: self.began.unwrap_or(Timestamp::UNIX_EPOCH),
                elapsed: std::time::Duration::ZERO,
            },
        }
    }
}

fn question(order: &Order) -> Question {
    let mut url = order.url.clone();
    url.set_fragment(None);
    (order.profile.id.clone(), order.method, url)
}
