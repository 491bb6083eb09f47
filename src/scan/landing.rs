//! Where outside addresses lead: one polite look at each, judged by the same eyes.
//!
//! The hosts are others than the site's and each is asked once, so they are asked at the same time: a name that does not
//! resolve or a host that never answers costs its own time, not that of all. Politeness holds per host and address.

use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream;
use tokio::task::JoinSet;
use url::Url;

use super::visit::{Gatherer, next_id};
use super::{Progress, ScanError, Scanner};
use crate::detect::dossier::{Dossier, Landing};
use crate::detect::jump;
use crate::detect::landing::{judge_landing, wanted_landings};
use crate::exchange::Purpose;
use crate::exchange::profile::Profile;
use crate::fetch::{Jar, Order, Visit};
use crate::id::ExchangeId;

/// Outside addresses asked at the same time.
const AT_ONCE: usize = 8;

/// Pages that lead on by themselves between an outside address and where it ends, followed at the most.
const STONES: usize = 3;

/// Looks at outside addresses that are remembered for further pages of the same visit.
const LANDED: usize = 64;

/// Looks that go on while the site itself is visited.
///
/// They have a task of their own: a look that waited to be polled would keep its turn meanwhile, and a visit to a site on
/// the same address would wait for that turn for ever.
pub(super) struct Looks {
    going: JoinSet<Vec<(Url, Visit)>>,
}

impl Looks {
    /// Begins to look at what is wanted already; half of the budget is kept for what later visits bring.
    pub(super) fn begin(gatherer: &Gatherer<'_>, dossier: &Dossier) -> Self {
        let scanner = gatherer.scanner;
        let mut wanted = wanted_landings(dossier, &gatherer.context(), scanner.settings.landings / 2);
        wanted.retain(|url| !gatherer.landed.contains_key(url));
        Self::at(scanner, gatherer.watch, &phone(dossier), wanted)
    }

    /// One look at each, several at a time.
    fn at(scanner: &Scanner, watch: &(dyn Fn(Progress) + Sync), phone: &Profile, wanted: Vec<Url>) -> Self {
        for url in &wanted {
            watch(Progress::Landing { url: url.clone() });
        }
        let (fetcher, phone) = (Arc::clone(&scanner.fetcher), phone.clone());
        let visits = stream::iter(wanted).map(move |url| {
            let order = Order::page(url.clone(), phone.clone()).purpose(Purpose::Landing);
            let (fetcher, jar) = (Arc::clone(&fetcher), Jar::new(phone.cookies));
            async move { (url, fetcher.visit(&order, &jar, ExchangeId(0)).await) }
        });
        let mut going = JoinSet::new();
        going.spawn(visits.buffered(AT_ONCE).collect());
        Self { going }
    }

    /// What all of them brought, in the order of wanting.
    async fn arrived(self) -> Vec<(Url, Visit)> {
        self.going.join_all().await.into_iter().flatten().collect()
    }
}

/// Looks at the outside addresses that the detectors would like to know more about, those that are on their way first.
pub(super) async fn look(gatherer: &mut Gatherer<'_>, dossier: &mut Dossier) -> Result<(), ScanError> {
    let phone = phone(dossier);
    if let Some(looks) = gatherer.looks.take() {
        keep(gatherer, dossier, &phone, looks).await?;
    }
    let budget = gatherer.scanner.settings.landings.saturating_sub(dossier.landings.len());
    if budget == 0 {
        return Ok(());
    }
    let wanted = wanted_landings(dossier, &gatherer.context(), budget);
    let (known, wanted): (Vec<Url>, Vec<Url>) =
        wanted.into_iter().partition(|url| gatherer.landed.contains_key(url));
    for url in known {
        // An earlier page of this visit led there: what came then is evidence here as well.
        let Some(visit) = gatherer.landed.get(&url).cloned() else { continue };
        let landing = land(gatherer, dossier, &phone, &url, visit).await?;
        dossier.landings.push(landing);
    }
    let looks = Looks::at(gatherer.scanner, gatherer.watch, &phone, wanted);
    keep(gatherer, dossier, &phone, looks).await
}

async fn keep(
    gatherer: &mut Gatherer<'_>,
    dossier: &mut Dossier,
    phone: &Profile,
    looks: Looks,
) -> Result<(), ScanError> {
    for (url, visit) in looks.arrived().await {
        if gatherer.landed.len() < LANDED {
            gatherer.landed.insert(url.clone(), visit.clone());
        }
        let landing = land(gatherer, dossier, phone, &url, visit).await?;
        dossier.landings.push(landing);
    }
    Ok(())
}

/// As who: a phone that followed the link from the page.
fn phone(dossier: &Dossier) -> Profile {
    Profile::by_id("m").expect("`m` is in the matrix").arriving_from(&dossier.url)
}

/// Keeps what a look brought, reads the page at its end and judges it; where that page leads on by itself, the page there.
async fn land(
    gatherer: &mut Gatherer<'_>,
    dossier: &mut Dossier,
    phone: &Profile,
    url: &Url,
    visit: Visit,
) -> Result<Landing, ScanError> {
    let (mut landing, mut onward) = arrive(gatherer, dossier, phone, url, visit).await?;
    for _ in 0..STONES {
        let Some(next) = onward.filter(|_| landing.category.is_none()) else { break };
        let order = Order::page(next.clone(), phone.arriving_from(&landing.end)).purpose(Purpose::Landing);
        if !gatherer.scanner.fetcher.can_ask(&order) {
            break;
        }
        let jar = Jar::new(phone.cookies);
        let visit = gatherer.scanner.fetcher.visit(&order, &jar, ExchangeId(0)).await;
        let (further, after) = arrive(gatherer, dossier, phone, &next, visit).await?;
        if further.not_assessed.is_some() {
            break;
        }
        let exchanges = [landing.exchanges, further.exchanges.clone()].concat();
        landing = Landing { asked: landing.asked, exchanges, ..further };
        onward = after;
    }
    Ok(landing)
}

/// Keeps what a look brought, reads the page at its end, and judges it; says where that page leads on by itself.
async fn arrive(
    gatherer: &mut Gatherer<'_>,
    dossier: &mut Dossier,
    phone: &Profile,
    url: &Url,
    mut visit: Visit,
) -> Result<(Landing, Option<Url>), ScanError> {
    // Looks that go on at the same time are numbered once they are there.
    let first = next_id(dossier).0;
    for exchange in &mut visit.exchanges {
        exchange.id.0 += first;
    }
    for hop in &mut visit.hops {
        hop.exchange.0 += first;
    }
    for exchange in visit.exchanges {
        gatherer.keep(dossier, exchange)?;
    }
    let view = gatherer.read(phone, visit.hops, dossier).await?;
    let onward = jump::onward(dossier, &view, &gatherer.context());
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
    Ok((landing, onward))
}
