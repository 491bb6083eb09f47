//! From a dossier to what is reported: detectors, then duties, then the digests of the evidence.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::offset;

use super::visit::Gatherer;
use super::{Progress, ScanError};
use crate::detect::dossier::Dossier;
use crate::detect::{self, Context};
use crate::evidence::Kept;
use crate::exchange::{Exchange, Purpose};
use crate::finding::{EvidenceRef, EvidenceRole, Finding, NotAssessed, Outcome};
use crate::id::{Digest, ExchangeId};
use crate::obligation::{Catalogue, Obligation, Query};
use crate::report::{Duty, Reported};
use crate::target::OperatorKind;

/// What the detectors said of a dossier.
#[derive(Debug, Default)]
pub(super) struct Judged {
    pub(super) findings: Vec<Reported>,
    pub(super) not_assessed: Vec<NotAssessed>,
}

/// Judges what was gathered. A detector that breaks down is a fault of the program and is said so; it never passes
/// for a clean page.
pub(super) async fn judge(
    gatherer: &Gatherer<'_>,
    dossier: &Arc<Dossier>,
    kept: &HashMap<ExchangeId, Kept>,
) -> Result<Judged, ScanError> {
    (gatherer.watch)(Progress::Judging { url: dossier.url.clone() });
    let outcomes = outcomes(gatherer, Arc::clone(dossier)).await?;
    let scanner = gatherer.scanner;
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
async fn outcomes(gatherer: &Gatherer<'_>, dossier: Arc<Dossier>) -> Result<Vec<Outcome>, ScanError> {
    let url = dossier.url.clone();
    let lexicon = Arc::clone(&gatherer.scanner.lexicon);
    let (known, readings) = (gatherer.scanner.known, gatherer.readings.clone());
    let work = move || detect::judge(&dossier, &Context::new(&lexicon, known).sharing(&readings));
    let done = gatherer.scanner.heavily(work).await;
    done.map_err(|error| ScanError::Broken { url, why: error.to_string() })
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
    let mut reported = Reported {
        finding,
        obligations: Vec::new(),
        evidence,
        incident: None,
        extra: serde_json::Map::new(),
    };
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

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::finding::Kind;

    /// The duties of the findings of a kind that the detectors make of a page, as the newest numbers.
    fn touched(kind: Kind, html: &str) -> Vec<String> {
        let mut dossier = Dossier::of_page("http://www.example.test/", html);
        dossier.exchanges[0].started = "2026-11-23T00:00:00Z".parse().expect("an instant");
        let outcomes = detect::judge(&dossier, &Context::builtin());
        let findings = outcomes.into_iter().filter_map(|outcome| match outcome {
            Outcome::Violation(finding) | Outcome::NeedsReview(finding) if finding.kind == kind => {
                Some(finding)
            }
            _ => None,
        });
        let linked =
            findings.flat_map(|finding| duties(&finding, OperatorKind::Enterprise, date(2026, 11, 23)));
        linked.map(|duty| duty.id.to_string()).collect()
    }

    #[test]
    fn what_a_detector_says_decides_which_duties_are_linked() {
        let unlinked = touched(Kind::InconsistentMark, "<p>欢迎访问</p><p>蜀ICP备20001234号-1</p>");
        assert_eq!(unlinked, ["M33.2024.13"]);
        let placeholder = "<p>欢迎访问</p><a href=https://beian.miit.gov.cn/>京ICP备00000000号</a>";
        let placeholder = touched(Kind::InconsistentMark, placeholder);
        assert!(placeholder.iter().any(|id| id == "S292.2024.12"), "{placeholder:?}");
        assert!(!placeholder.iter().any(|id| id.starts_with("O33")), "{placeholder:?}");
        let police = touched(Kind::InconsistentMark, "<p>欢迎访问</p><p>川公网安备51010402000001号</p>");
        assert_eq!(police, ["O33.1997.12"]);
        let ransom = "<title>Files encrypted</title><h1>All your files have been encrypted</h1><p>Your databases were \
                      downloaded. To recover them send 0.05 BTC to bc1qxy2kgdygjrsqtzq2n0yrf2493p83kkfjhx0wlh within 7 days \
                      or the data will be published.</p>";
        let ransom = touched(Kind::Defacement, ransom);
        assert!(ransom.iter().any(|id| id == "DSL.2021.27"), "{ransom:?}");
        let listing = "<title>Index of /</title><h1>Index of /</h1><a href=a.docx>a.docx</a>";
        let listing = touched(Kind::ExposedResource, listing);
        assert!(listing.iter().any(|id| id == "CSL.2026.27"), "{listing:?}");
        assert!(!listing.iter().any(|id| id.starts_with("PIPL")), "{listing:?}");
        let console = "<title>Swagger UI</title><div id=swagger-ui></div>";
        let console = touched(Kind::ExposedResource, console);
        assert!(!console.is_empty() && !console.iter().any(|id| id.starts_with("DSL")), "{console:?}");
        let editor =
            touched(Kind::ExposedResource, "<p>x</p><script src=/ueditor/ueditor.all.min.js></script>");
        assert!(editor.is_empty(), "{editor:?}");
        let numbers = touched(Kind::ExposedResource, "<p>张某 510199199003070011</p>");
        assert!(numbers.iter().any(|id| id == "PIPL.2021.51"), "{numbers:?}");
    }
}
