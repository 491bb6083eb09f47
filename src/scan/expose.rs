//! Asking at a short, fixed list of addresses whether something lies open there: with written authorisation only.
//!
//! Which address comes next, and what its answer means, `detect` says; here it is asked, within the scope, as
//! `robots.txt` allows, at the pace that politeness sets, and every answer is kept as evidence like any other.

use url::Url;

use super::visit::{Gatherer, next_id};
use super::walk::ROBOTS_NAME;
use super::{Progress, ScanError};
use crate::detect::dossier::{Asked, Dossier, Exposures, ProbeRole};
use crate::detect::exposed_resource::probe::{self, Probe, Step};
use crate::exchange::Purpose;
use crate::exchange::profile::Profile;
use crate::fetch::onward::onward_by_status;
use crate::fetch::robots::Robots;
use crate::fetch::{Jar, Order};
use crate::finding::{NotAssessed, Reason};
use crate::id::ExchangeId;
use crate::lang::Bilingual;

/// Longest beginning of `robots.txt` that is read.
const ROBOTS: usize = crate::fetch::robots::LONGEST_FILE;

impl Gatherer<'_> {
    /// Asks whether something lies open on the site of a dossier, where that was allowed in writing; `admits` says what
    /// belongs to the site. Gives the rules for crawlers that it got on the way.
    pub(super) async fn look_for_exposures(
        &mut self,
        dossier: &mut Dossier,
        admits: &(dyn Fn(&Url) -> bool + Sync),
    ) -> Result<Option<Robots>, ScanError> {
        let Some(authorisation) = self.scanner.settings.exposure.clone() else { return Ok(None) };
        if !dossier.views.iter().any(|view| view.not_assessed.is_none() && view.page.is_some()) {
            let reason = dossier.not_assessed.first().map_or(Reason::Unreachable, |gap| gap.reason);
            dossier.not_assessed.push(gap(&dossier.url, reason, not_met()));
            return Ok(None);
        }
        let all = probe::probes(dossier);
        dossier.exposures =
            Some(Exposures { authorisation, robots: None, asked: Vec::new(), complete: false });
        let robots = self.rules_of_site(dossier, all.first()).await?;
        let (open, shut): (Vec<Probe>, Vec<Probe>) =
            all.into_iter().partition(|probe| robots.allows(ROBOTS_NAME, &probe.url));
        let (open, outside): (Vec<Probe>, Vec<Probe>) =
            open.into_iter().partition(|probe| admits(&probe.url));
        let may = |url: &Url| robots.allows(ROBOTS_NAME, url) && admits(url);
        while let Some(step) = probe::next(dossier, &open) {
            self.put(dossier, &step, &may).await?;
        }
        let trouble = probe::trouble(dossier);
        let asked = dossier.exposures.as_mut().map_or(0, |exposures| {
            exposures.complete = trouble.is_none();
            exposures.asked.iter().filter(|one| one.role == ProbeRole::First).count()
        });
        let left = open.get(asked).map(|probe| &probe.url);
        let gaps = [
            shut.first().map(|probe| gap(&probe.url, Reason::Robots, forbidden(shut.len()))),
            outside.first().map(|probe| gap(&probe.url, Reason::Scope, out_of_scope(outside.len()))),
            trouble.zip(left).map(|(reason, url)| gap(url, reason, given_up(open.len() - asked))),
        ];
        dossier.not_assessed.extend(gaps.into_iter().flatten());
        Ok(Some(robots))
    }

    /// The rules of the site for crawlers, kept as evidence: what it asks not to visit is not asked for here either.
    async fn rules_of_site(
        &mut self,
        dossier: &mut Dossier,
        first: Option<&Probe>,
    ) -> Result<Robots, ScanError> {
        let root = first.map_or(&dossier.url, |probe| &probe.url);
        let Ok(url) = root.join("/robots.txt") else { return Ok(Robots::default()) };
        let order = Order::page(url, visitor()).purpose(Purpose::Robots).most(ROBOTS);
        if !self.scanner.fetcher.can_ask(&order) {
            return Ok(Robots::default());
        }
        let exchange =
            self.scanner.fetcher.get(&order, &Jar::new(order.profile.cookies), next_id(dossier)).await;
        let robots = Robots::of(&exchange);
        let id = self.keep(dossier, exchange)?;
        if let Some(exposures) = &mut dossier.exposures {
            exposures.robots = Some(id);
        }
        Ok(robots)
    }

    /// Puts one question and notes it with the last exchange of its answer.
    async fn put(
        &mut self,
        dossier: &mut Dossier,
        step: &Step,
        may: &(dyn Fn(&Url) -> bool + Sync),
    ) -> Result<(), ScanError> {
        let purpose = match step.role {
            ProbeRole::Control | ProbeRole::Twin => Purpose::Probe,
            ProbeRole::First | ProbeRole::Again => Purpose::Exposure,
        };
        let order = Order::page(step.url.clone(), visitor()).purpose(purpose).most(step.most);
        let mut exchange = None;
        if self.scanner.fetcher.can_ask(&order) {
            tokio::time::sleep(self.least_gap).await;
            let profile = order.profile.id.to_string();
            (self.watch)(Progress::Visiting { url: step.url.clone(), profile });
            exchange = self.answer(dossier, &order, step.follow, may).await?;
        }
        if let Some(exposures) = &mut dossier.exposures {
            exposures.asked.push(Asked { url: step.url.clone(), role: step.role, exchange });
        }
        Ok(())
    }

    /// Asks, follows redirects within the same origin where that is wanted, and keeps every exchange.
    async fn answer(
        &mut self,
        dossier: &mut Dossier,
        order: &Order,
        follow: bool,
        may: &(dyn Fn(&Url) -> bool + Sync),
    ) -> Result<Option<ExchangeId>, ScanError> {
        let origin = order.url.origin();
        let jar = Jar::new(order.profile.cookies);
        let fetcher = &self.scanner.fetcher;
        let visit = fetcher.visit_by(order, &jar, next_id(dossier), |exchange| {
            onward_by_status(exchange)
                .filter(|onward| follow && onward.to.origin() == origin && may(&onward.to))
        });
        let mut last = None;
        for exchange in visit.await.exchanges {
            last = Some(self.keep(dossier, exchange)?);
        }
        Ok(last)
    }
}

/// Who asks: a desktop browser, with the address typed in.
fn visitor() -> Profile {
    Profile::by_id("d").expect("the desktop profile is part of the matrix")
}

fn gap(url: &Url, reason: Reason, detail: Bilingual) -> NotAssessed {
    NotAssessed { url: url.to_string(), reason, detail }
}

fn not_met() -> Bilingual {
    Bilingual::new(
        "未取得网站页面，暴露面检查未进行；请在网站可以访问后重试。",
        "no page of the site was got, so exposure checks were not made; try again once it answers.",
    )
}

fn forbidden(count: usize) -> Bilingual {
    Bilingual::new(
        format!(
            "robots.txt 不允许访问暴露面清单中的 {count} 个地址（此为其一），未询问；如需检查，请运营者自查。"
        ),
        format!(
            "robots.txt asks not to visit some addresses of the exposure list ({count}, this one among them); they were not asked \
             for. Have the operator look."
        ),
    )
}

fn out_of_scope(count: usize) -> Bilingual {
    Bilingual::new(
        format!("暴露面清单中的 {count} 个地址（此为其一）不在登记的检查范围内，未询问。"),
        format!(
            "some addresses of the exposure list ({count}, this one among them) lie outside the registered scope and were not asked \
             for."
        ),
    )
}

fn given_up(count: usize) -> Bilingual {
    Bilingual::new(
        format!(
            "网站连续失败、拒绝或出现防护拦截，暴露面检查已停止；清单中尚有 {count} 个地址未询问（自此址起）。"
        ),
        format!(
            "the site failed, refused or defended itself, so exposure checks ended; {count} addresses of the list, from this one on, were \
             not asked for."
        ),
    )
}
