//! Judging again from kept evidence, with the rules of today and without asking anybody.
//!
//! The visit is made once more, by the same path as any other, with the kept exchanges in place of the network. A control
//! that the rules of today would ask for and that was not asked then stays unasked.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::visit::{Course, Gatherer};
use super::{BrowserUse, ScanError, Scanned, Scanner, Settings, verdict};
use crate::evidence::{self, EvidenceError, Kept, Manifest};
use crate::exchange::profile::Profile;
use crate::exchange::{Exchange, Failure};
use crate::fetch::Fetcher;
use crate::id::Digest;
use crate::lexicon::Lexicon;

/// What judging again came to, beside what was said at the time.
#[derive(Debug)]
pub struct Rejudged {
    /// As judged now.
    pub now: Scanned,
    /// The ids of the findings then, as the manifest has them.
    pub then: Vec<String>,
    /// The version of the rules then.
    pub rules_then: String,
}

/// Judges the page of an evidence folder again. Settings say which landings, law and operator count; how to visit is not
/// theirs to say here.
///
/// # Errors
/// The folder is no closed evidence of a page, or is damaged; or the program itself is at fault.
pub async fn rejudge(dir: &Path, lexicon: Arc<Lexicon>, settings: Settings) -> Result<Rejudged, ScanError> {
    let manifest = evidence::manifest(dir)?;
    let exchanges = evidence::read(dir)?;
    let no_page = |why: &str| EvidenceError::damaged(dir, why);
    let asked = manifest.facts.urls.first().and_then(|url| Url::parse(url).ok());
    let url = asked.ok_or_else(|| no_page("the manifest names no address"))?;
    let settings = Settings {
        exposure: manifest.facts.exposure.clone(),
        profiles: profiles(&manifest),
        profile_gap: Duration::ZERO,
        browser: BrowserUse::Never,
        evidence: dir.to_owned(),
        ..settings
    };
    let fetcher = Fetcher::replaying(exchanges).map_err(|error| no_page(&error.to_string()))?;
    let scanner = Scanner::new(fetcher, lexicon, settings);
    let quiet = |_| {};
    let mut gatherer = Gatherer::new(&scanner, &quiet);
    let mut dossier = gatherer.visit(&url, &Course::Whole).await?;
    // What was not asked then has no answer, and is not asked now.
    gatherer.look_for_exposures(&mut dossier, &|_| true).await?;
    let dossier = Arc::new(dossier);
    let answered =
        dossier.exchanges.iter().filter(|exchange| !matches!(exchange.result, Err(Failure::NotKept)));
    let kept = answered.map(|exchange| (exchange.id, in_evidence(exchange))).collect();
    let judged = verdict::judge(&gatherer, &dossier, &kept).await?;
    let now = Scanned {
        url,
        findings: judged.findings,
        not_assessed: judged.not_assessed,
        urls: 1,
        unchanged: 0,
        requests: 0,
        pages: Vec::new(),
        started: dossier.started,
        ended: manifest.ended,
    };
    Ok(Rejudged { now, then: said_then(&manifest), rules_then: manifest.facts.rule_set_version.clone() })
}

/// What the evidence holds of an exchange: the very bytes that were just read from it.
fn in_evidence(exchange: &Exchange) -> Kept {
    let body = exchange.response().map(|response| Digest::of(&response.body));
    Kept { exchange: exchange.id, body, file: None, offset: 0 }
}

/// The profiles that the visit meant to appear as, in its order.
fn profiles(manifest: &Manifest) -> Vec<Profile> {
    manifest.facts.conditions.iter().filter_map(|one| Profile::by_id(one.profile.as_str())).collect()
}

fn said_then(manifest: &Manifest) -> Vec<String> {
    let findings = manifest.summary["findings"].as_array().map(Vec::as_slice).unwrap_or_default();
    findings.iter().filter_map(|finding| finding["id"].as_str()).map(ToOwned::to_owned).collect()
}
