//! Where outside addresses lead: one polite look at each, judged by the same eyes.

use url::Url;

use super::visit::Gatherer;
use super::{Progress, ScanError};
use crate::detect::dossier::{Dossier, Landing};
use crate::detect::landing::{judge_landing, wanted_landings};
use crate::exchange::profile::Profile;

/// Looks at the outside addresses that the detectors would like to know more about.
pub(super) async fn look(gatherer: &mut Gatherer<'_>, dossier: &mut Dossier) -> Result<(), ScanError> {
    let budget = gatherer.scanner.settings.landings;
    if budget == 0 {
        return Ok(());
    }
    let context = gatherer.scanner.context();
    for url in wanted_landings(dossier, &context, budget) {
        (gatherer.watch)(Progress::Landing { url: url.clone() });
        let landing = land(gatherer, dossier, &url).await?;
        dossier.landings.push(landing);
    }
    Ok(())
}

/// One look, as a phone that followed the link from the page.
async fn land(gatherer: &mut Gatherer<'_>, dossier: &mut Dossier, url: &Url) -> Result<Landing, ScanError> {
    let phone = Profile::by_id("m").expect("`m` is in the matrix").arriving_from(&dossier.url);
    let view = gatherer.look(url, &phone, dossier).await?;
    let end = view.end().unwrap_or(url).clone();
    let exchanges = view.hops.iter().map(|hop| hop.exchange).collect();
    let mut landing = Landing {
        asked: url.clone(),
        end,
        title: String::new(),
        category: None,
        score: 0.0,
        terms: Vec::new(),
        stand_in: view.stand_in,
        exchanges,
        not_assessed: view.not_assessed,
    };
    if let Some(page) = &view.page {
        let judged = judge_landing(page, &landing.end, &gatherer.scanner.lexicon);
        landing.title = page.title.as_ref().map(|title| title.text.clone()).unwrap_or_default();
        (landing.category, landing.score, landing.terms) = (judged.category, judged.score, judged.terms);
    }
    Ok(landing)
}
