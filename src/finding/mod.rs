//! What is reported: outcomes, findings, severities, fingerprints.
//!
//! A finding that is missing something cannot be built ([`FindingBuilder::build`]). A finding knows no law: duties
//! name kinds of finding, in `obligation`. A finding is a lead (线索) for a person, never a verdict of guilt.

mod build;
pub mod condition;
mod evidence;
mod kind;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

pub use build::{FindingBuilder, IncompleteFinding};
pub use evidence::{EvidenceRef, EvidenceRole, Picture};
pub(crate) use kind::words;
pub use kind::{Category, Kind, Reason, Severity, Signal, State};

use crate::id::{ExchangeId, Fingerprint, ProfileId, TargetId};
use crate::lang::Bilingual;

/// What a detector says of a dossier.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// Something is wrong.
    Violation(Box<Finding>),
    /// A person should look.
    NeedsReview(Box<Finding>),
    /// Looked at, nothing observed.
    Pass(Kind),
    /// There was nothing to look at (no links, no TLS).
    NotApplicable(Kind),
    /// It could not be looked at.
    NotAssessed(NotAssessed),
}

/// Something that could not be looked at: never clean, never an error that stops the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotAssessed {
    /// The address in question.
    pub url: String,
    /// Why, as a stable word.
    pub reason: Reason,
    /// What happened and what to do, in both languages.
    pub detail: Bilingual,
}

/// A violation or review case with place, conditions, evidence and fingerprint.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Finding {
    /// Computed from kind and place.
    pub id: Fingerprint,
    /// What kind of finding.
    pub kind: Kind,
    /// How sure the verdict rule is.
    pub state: State,
    /// How bad it is.
    pub severity: Severity,
    /// 0 to 1: how often such a judgement is right.
    pub confidence: f64,
    /// The registered site, if it is one.
    pub target: Option<TargetId>,
    /// The address on which it was seen.
    pub url: Url,
    /// One line.
    pub title: Bilingual,
    /// What was seen and why it matters, in a few sentences.
    pub explanation: Bilingual,
    /// What to do about it.
    pub remedy: Bilingual,
    /// Facts that only this kind has.
    pub detail: serde_json::Map<String, serde_json::Value>,
    /// Where.
    pub place: Place,
    /// What it promotes or leads to.
    pub payload: Payload,
    /// Under which visiting conditions it shows.
    pub conditions: Conditions,
    /// The kinds of signal that agree.
    pub signals: BTreeSet<Signal>,
    /// First time seen.
    pub first_seen: Timestamp,
    /// Last time seen.
    pub last_seen: Timestamp,
    /// The exchanges it rests on; never empty.
    pub exchanges: Vec<ExchangeId>,
    /// A command line that shows it again.
    pub reproduce: String,
}

/// Where on which response.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The profile whose response shows it.
    pub profile: Option<ProfileId>,
    /// A CSS selector that leads to the element.
    pub selector: Option<String>,
    /// The line in the decoded source, from 1.
    pub line: Option<u32>,
    /// The offending source with a little around it, as found.
    pub snippet: Option<Snippet>,
    /// The technique's id, such as `css-offscreen-position` or `status`.
    pub method: Option<String>,
}

/// A piece of source with the offending part marked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snippet {
    /// Hostile text, as found; whoever shows it escapes it.
    pub text: String,
    /// Byte range of the offending part within `text`, on character boundaries.
    pub mark: (usize, usize),
}

/// What is promoted or led to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Payload {
    /// What sort of illegal content.
    pub category: Option<Category>,
    /// Outside addresses, as found.
    pub urls: Vec<String>,
    /// Jargon that was met, normalised.
    pub terms: Vec<String>,
    /// Where the first address ends after redirects, if it was looked at.
    pub landing: Option<String>,
}

/// Under which visiting conditions a finding shows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Conditions {
    /// The smallest set of attributes, such as `referer:search`, `ua:mobile`, `cookie:first-visit`; empty: always.
    pub shows: Vec<String>,
    /// The sets of which one suffices, in words as precise as they are known (which engine, which spider); `shows` has
    /// their classes together. Empty where `shows` says all there is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<Vec<String>>,
    /// Whether that set was proven smallest by controls.
    pub minimal: bool,
    /// Profiles that saw it.
    pub profiles: Vec<ProfileId>,
    /// Virtual visitors that saw it.
    pub visitors: Vec<String>,
}
