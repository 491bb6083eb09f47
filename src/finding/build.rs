//! Building a finding: what is missing is an error, and the verdict rule is held here once for all detectors.

use std::collections::BTreeSet;

use jiff::Timestamp;
use url::Url;

use super::{Conditions, Finding, Kind, Payload, Place, Severity, Signal, State};
use crate::id::{ExchangeId, Fingerprint, TargetId, sha256_hex};
use crate::lang::Bilingual;

/// A finding in the making.
#[derive(Debug, Clone)]
pub struct FindingBuilder {
    kind: Kind,
    url: Url,
    state: State,
    severity: Severity,
    confidence: f64,
    target: Option<TargetId>,
    title: Option<Bilingual>,
    explanation: Option<Bilingual>,
    remedy: Option<Bilingual>,
    detail: serde_json::Map<String, serde_json::Value>,
    place: Place,
    payload: Payload,
    conditions: Conditions,
    signals: BTreeSet<Signal>,
    seen: Option<Timestamp>,
    exchanges: Vec<ExchangeId>,
    reproduce: Option<String>,
    cause: String,
}

/// What a finding lacks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("build a {kind} finding: it has no {missing}")]
pub struct IncompleteFinding {
    kind: Kind,
    missing: &'static str,
}

impl FindingBuilder {
    /// Starts a finding of that kind on that address. `cause` is what makes two sightings the same one: a selector
    /// and a host, a landing, a signature; never a line number, a time or a random address part.
    pub fn new(kind: Kind, url: &Url, cause: impl Into<String>) -> Self {
        Self {
            kind,
            url: url.clone(),
            state: State::Risk,
            severity: Severity::Info,
            confidence: 0.5,
            target: None,
            title: None,
            explanation: None,
            remedy: None,
            detail: serde_json::Map::new(),
            place: Place::default(),
            payload: Payload::default(),
            conditions: Conditions::default(),
            signals: BTreeSet::new(),
            seen: None,
            exchanges: Vec::new(),
            reproduce: None,
            cause: cause.into(),
        }
    }

    /// Sets the registered site.
    pub fn target(mut self, target: Option<TargetId>) -> Self {
        self.target = target;
        self
    }

    /// Sets state, severity and confidence as the detector sees them; the verdict rule may lower them.
    pub fn verdict(mut self, state: State, severity: Severity, confidence: f64) -> Self {
        (self.state, self.severity, self.confidence) = (state, severity, confidence.clamp(0.0, 1.0));
        self
    }

    /// One line on what was found.
    pub fn title(mut self, zh: impl Into<String>, en: impl Into<String>) -> Self {
        self.title = Some(Bilingual::new(zh, en));
        self
    }

    /// What was seen and why it matters.
    pub fn explanation(mut self, zh: impl Into<String>, en: impl Into<String>) -> Self {
        self.explanation = Some(Bilingual::new(zh, en));
        self
    }

    /// What to do about it.
    pub fn remedy(mut self, zh: impl Into<String>, en: impl Into<String>) -> Self {
        self.remedy = Some(Bilingual::new(zh, en));
        self
    }

    /// A fact that only this kind has.
    pub fn detail(mut self, key: &str, value: impl Into<serde_json::Value>) -> Self {
        self.detail.insert(key.to_owned(), value.into());
        self
    }

    /// Where it is.
    pub fn place(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    /// What it promotes or leads to.
    pub fn payload(mut self, payload: Payload) -> Self {
        self.payload = payload;
        self
    }

    /// Under which conditions it shows.
    pub fn conditions(mut self, conditions: Conditions) -> Self {
        self.conditions = conditions;
        self
    }

    /// The virtual visitors that met it, the conditions that their runs showed, and whether those were proven to be
    /// the smallest.
    pub fn visitors(mut self, visitors: Vec<String>, shows: Vec<String>, minimal: bool) -> Self {
        self.conditions.visitors = visitors;
        self.conditions.shows = shows;
        self.conditions.minimal = minimal;
        self
    }

    /// A kind of signal that speaks for it.
    pub fn signal(mut self, signal: Signal) -> Self {
        self.signals.insert(signal);
        self
    }

    /// Several kinds of signal.
    pub fn signals(mut self, signals: impl IntoIterator<Item = Signal>) -> Self {
        self.signals.extend(signals);
        self
    }

    /// When it was seen.
    pub fn seen(mut self, at: Timestamp) -> Self {
        self.seen = Some(at);
        self
    }

    /// An exchange it rests on.
    pub fn exchange(mut self, exchange: ExchangeId) -> Self {
        if !self.exchanges.contains(&exchange) {
            self.exchanges.push(exchange);
        }
        self
    }

    /// The command line that shows it again.
    pub fn reproduce(mut self, command: impl Into<String>) -> Self {
        self.reproduce = Some(command.into());
        self
    }

    /// The finding, after the verdict rule: *confirmed* needs payload and (mechanism or novelty or reproduction of an
    /// illegal landing); high and critical need two kinds of signal.
    ///
    /// # Errors
    /// Names the first part that is missing.
    pub fn build(self) -> Result<Finding, IncompleteFinding> {
        let kind = self.kind;
        let missing = |missing| IncompleteFinding { kind, missing };
        if self.exchanges.is_empty() {
            return Err(missing("evidence"));
        }
        let (state, severity) = held_to_rule(self.state, self.severity, &self.signals);
        Ok(Finding {
            id: fingerprint(kind, &self.url, &self.cause),
            kind,
            state,
            severity,
            confidence: (self.confidence * 1000.0).round() / 1000.0,
            target: self.target,
            url: self.url,
            title: self.title.ok_or_else(|| missing("title"))?,
            explanation: self.explanation.ok_or_else(|| missing("explanation"))?,
            remedy: self.remedy.ok_or_else(|| missing("remedy"))?,
            detail: self.detail,
            place: self.place,
            payload: self.payload,
            conditions: self.conditions,
            signals: self.signals,
            first_seen: self.seen.ok_or_else(|| missing("time"))?,
            last_seen: self.seen.ok_or_else(|| missing("time"))?,
            exchanges: self.exchanges,
            reproduce: self.reproduce.ok_or_else(|| missing("command that reproduces it"))?,
        })
    }
}

/// The verdict rule: what the signals do not carry is lowered, never raised.
fn held_to_rule(state: State, severity: Severity, signals: &BTreeSet<Signal>) -> (State, Severity) {
    let has = |signal| signals.contains(&signal);
    let confirmed = has(Signal::Payload) && (has(Signal::Mechanism) || has(Signal::Novelty));
    let suspected = confirmed || (has(Signal::Mechanism) && has(Signal::Foreignness)) || has(Signal::Payload);
    let state = match state {
        State::Confirmed if confirmed => State::Confirmed,
        State::Confirmed | State::Suspected if suspected => State::Suspected,
        _ => State::Risk,
    };
    let severity = if signals.len() < 2 { severity.min(Severity::Medium) } else { severity };
    (state, severity)
}

fn fingerprint(kind: Kind, url: &Url, cause: &str) -> Fingerprint {
    let place = format!("{kind}\n{}{}\n{cause}", url.host_str().unwrap_or(""), url.path());
    let mut text = sha256_hex(place.as_bytes());
    text.truncate(16);
    Fingerprint::new(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn builder() -> FindingBuilder {
        let url = Url::parse("http://a.test/x?y").unwrap();
        FindingBuilder::new(Kind::HiddenLink, &url, "bc.test")
            .title("题", "title")
            .explanation("说明", "explanation")
            .remedy("办法", "remedy")
            .seen(Timestamp::UNIX_EPOCH)
            .reproduce("curl http://a.test/x")
    }

    #[test]
    fn a_finding_without_evidence_cannot_be_built() {
        assert_eq!(builder().build().unwrap_err().missing, "evidence");
    }

    #[test]
    fn one_signal_is_never_high_and_never_confirmed() {
        let finding = builder()
            .exchange(ExchangeId(0))
            .signal(Signal::Payload)
            .verdict(State::Confirmed, Severity::Critical, 0.9)
            .build()
            .unwrap();
        assert_eq!((finding.state, finding.severity), (State::Suspected, Severity::Medium));
    }

    #[test]
    fn payload_with_mechanism_is_confirmed() {
        let finding = builder()
            .exchange(ExchangeId(0))
            .signals([Signal::Payload, Signal::Mechanism])
            .verdict(State::Confirmed, Severity::Critical, 0.9)
            .build()
            .unwrap();
        assert_eq!((finding.state, finding.severity), (State::Confirmed, Severity::Critical));
    }

    #[test]
    fn the_same_cause_on_the_same_page_is_the_same_finding() {
        let one = builder().exchange(ExchangeId(0)).build().unwrap();
        let two = builder().exchange(ExchangeId(7)).signal(Signal::Payload).build().unwrap();
        assert_eq!(one.id, two.id);
    }
}
