//! From a dossier to what is reported: detectors, then duties, then the digests of the evidence.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::offset;

use super::{Progress, ScanError, Scanner};
use crate::detect::dossier::Dossier;
use crate::detect::{self, Context};
use crate::evidence::Kept;
use crate::exchange::{Exchange, Purpose};
use crate::finding::{Finding, NotAssessed, Outcome};
use crate::id::{Digest, ExchangeId};
use crate::obligation::{Catalogue, Obligation, OperatorKind, Query};
use crate::report::{Duty, EvidenceRef, EvidenceRole, Reported};

/// What the detectors said of a dossier.
#[derive(Debug, Default)]
pub(super) struct Judged {
    pub(super) findings: Vec<Reported>,
    pub(super) not_assessed: Vec<NotAssessed>,
}

/// Judges what was gathered. A detector that breaks down is a fault of the program and is said so; it never passes
/// for a clean page.
pub(super) async fn judge(
    scanner: &Scanner,
    dossier: &Arc<Dossier>,
    kept: &HashMap<ExchangeId, Kept>,
    watch: &(dyn Fn(Progress) + Sync),
) -> Result<Judged, ScanError> {
    watch(Progress::Judging { url: dossier.url.clone() });
    let outcomes = outcomes(scanner, Arc::clone(dossier)).await?;
    let as_of = scanner.settings.as_of.unwrap_or_else(|| legal_day(dossier.started));
    let mut judged = Judged::default();
    for outcome in outcomes {
        match outcome {
            Outcome::Violation(finding) | Outcome::NeedsReview(finding) => {
                judged.findings.push(report(*finding, dossier, kept, scanner.settings.operator, as_of));
            }
            Outcome::NotAssessed(gap) if !judged.not_assessed.contains(&gap) => judged.not_assessed.push(gap),
            Outcome::NotAssessed(_) | Outcome::Pass(_) | Outcome::NotApplicable(_) => {}
        }
    }
    judged.findings.sort_by_key(|reported| Reverse((reported.finding.severity, reported.finding.state)));
    Ok(judged)
}

/// Runs the detectors on a thread for heavy work.
async fn outcomes(scanner: &Scanner, dossier: Arc<Dossier>) -> Result<Vec<Outcome>, ScanError> {
    let url = dossier.url.clone();
    let lexicon = Arc::clone(&scanner.lexicon);
    let known = scanner.known;
    let work = move || detect::judge(&dossier, &Context::new(&lexicon, known));
    tokio::task::spawn_blocking(work).await.map_err(|error| ScanError::Broken { url, why: error.to_string() })
}

fn report(
    finding: Finding,
    dossier: &Dossier,
    kept: &HashMap<ExchangeId, Kept>,
    operator: OperatorKind,
    as_of: Date,
) -> Reported {
    let evidence =
        finding.exchanges.iter().filter_map(|id| evidence(dossier.exchange(*id)?, kept.get(id)?)).collect();
    let mut reported = Reported { finding, obligations: Vec::new(), evidence, extra: serde_json::Map::new() };
    link_duties(&mut reported, operator, as_of);
    reported
}

/// The digests of what was kept of an exchange. Without a response, those of the words that say so.
fn evidence(exchange: &Exchange, kept: &Kept) -> Option<EvidenceRef> {
    let digest = match (&kept.body, &exchange.result) {
        (Some(digest), _) => digest.clone(),
        (None, Err(failure)) => Digest::of(failure.to_string().as_bytes()),
        (None, Ok(_)) => Digest::of(b""),
    };
    let role =
        if exchange.purpose == Purpose::Script { EvidenceRole::Script } else { EvidenceRole::Response };
    Some(EvidenceRef { sha256: digest.sha256, sm3: digest.sm3, role, at: exchange.started, picture: None })
}

/// The day of an instant where the law applies: Beijing time.
pub fn legal_day(at: Timestamp) -> Date {
    offset(8).to_datetime(at).date()
}

/// Links the duties in force on a date; replaces those linked before. Says the date in `extra.law_as_of`.
pub fn link_duties(reported: &mut Reported, operator: OperatorKind, on: Date) {
    reported.obligations = duties(&reported.finding, operator, on).iter().map(Duty::from).collect();
    reported.extra.insert("law_as_of".to_owned(), on.to_string().into());
}

/// The duties that a finding touches for a kind of operator on a date.
pub fn duties(finding: &Finding, operator: OperatorKind, on: Date) -> Vec<Obligation> {
    Catalogue::builtin().obligations_for(&Query::of(finding, operator, on))
}
