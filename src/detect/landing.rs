//! Landings: which outside addresses are worth one polite look, and what a page that was looked at promotes.
//!
//! Pure: the scan room fetches, these functions choose and judge.

use url::Url;

use super::dossier::Dossier;
use super::injected_keywords::hijack::declared;
use super::jump::{inner_ways, jumps};
use super::sighting::distinct_sightings;
use super::{Context, analysis};
use crate::exchange::host::registrable_domain;
use crate::exchange::stand_in::StandIn;
use crate::finding::Category;
use crate::lexicon::{Lexicon, Role};
use crate::page::{self, Page, Sight};

/// What a landing promotes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LandingJudgement {
    /// What, if it is illegal.
    pub category: Option<Category>,
    /// 0 to 1: how sure.
    pub score: f64,
    /// Jargon met.
    pub terms: Vec<String>,
}

/// Fewer bytes of visible text than any page of substance has.
const BARE: usize = 240;

/// Most blocks of a landing that are judged.
const BLOCKS: usize = 400;

/// Judges a landing by its worst piece: title, keywords, visible text, anchors together. `end` is the address at the
/// end of the way; one that looks like a platform's makes an undecided page decided, and decides nothing by itself.
pub fn judge_landing(page: &Page, end: &Url, lexicon: &Lexicon) -> LandingJudgement {
    let title = page.title.as_ref().map_or("", |title| title.text.as_str());
    let visible = || page.blocks.iter().filter(|block| block.visibility.sight != Sight::Hidden).take(BLOCKS);
    let role =
        |block: &page::Block| if block.role == page::Role::Heading { Role::Heading } else { Role::Text };
    let surroundings = lexicon.page_context(title, visible().map(|block| block.text.as_str()));
    let mut worst = LandingJudgement::default();
    let mut undecided = LandingJudgement::default();
    let mut weigh = |role: Role, text: &str| {
        let judgement = lexicon.judge_in(role, text, &surroundings);
        let terms: Vec<_> = analysis::terms(&judgement).collect();
        let found = LandingJudgement { category: judgement.category, score: judgement.score, terms };
        if judgement.category.is_some() && judgement.score > worst.score {
            worst = found;
        } else if !judgement.publicity && found.score > undecided.score {
            undecided =
                LandingJudgement { category: judgement.hits.first().map(|hit| hit.category), ..found };
        }
    };
    weigh(Role::Title, title);
    for meta in page.metas.iter().filter(|meta| matches!(meta.name.as_str(), "keywords" | "description")) {
        weigh(Role::Meta, &meta.content.text);
    }
    let mut together = String::new();
    for block in visible() {
        weigh(role(block), &block.text);
        if together.len() < 4_000 {
            together.push_str(&block.text);
            together.push('\n');
        }
    }
    weigh(Role::Text, &together);
    if worst.category.is_none() && undecided.category.is_some() && lexicon.address_score(end) >= 0.6 {
        return LandingJudgement { score: undecided.score.max(0.6), ..undecided };
    }
    worst
}

/// Which addresses are worth one look each: where visitors are sent first (a page of the site itself among them), then
/// what stands for the page and hidden frames and links, then links whose words or address are odd, then friend links and
/// the rest of the page; one for each host, at most `budget`, none that was looked at already.
pub fn wanted_landings(dossier: &Dossier, context: &Context<'_>, budget: usize) -> Vec<Url> {
    let mut ranked: Vec<(u8, Url)> = Vec::new();
    for view in &dossier.views {
        ranked.extend(jumps(dossier, view, context).into_iter().map(|jump| (0, jump.to)));
        ranked.extend(inner_ways(dossier, view, context).into_iter().map(|url| (0, url)));
    }
    for sighting in distinct_sightings(dossier) {
        let readings = context.analysis(&sighting);
        ranked.extend(declared(&sighting, context).into_iter().map(|declared| (1, declared.url)));
        for frame in &sighting.page.frames {
            let Some(url) = frame.url.as_ref().filter(|url| context.known.foreign(dossier, url)) else {
                continue;
            };
            ranked.push((if frame.visibility.sight == Sight::Hidden { 1 } else { 3 }, url.clone()));
        }
        for (link, reading) in sighting.page.links.iter().zip(&readings.links) {
            let Some(url) = reading.leads_to(link).filter(|_| reading.foreign) else { continue };
            let rank = match () {
                () if analysis::concealed(link) => 1,
                () if reading.jargon() => 2,
                () if link.region == page::Region::FriendLinks => 3,
                () => 4,
            };
            ranked.push((rank, url.clone()));
        }
        for script in sighting.page.scripts.iter().filter_map(|script| script.url.as_ref()) {
            if context.known.foreign(dossier, script)
                && let Ok(root) = script.join("/")
            {
                ranked.push((5, root));
            }
        }
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    let place = |url: &Url| (registrable_domain(url), url.host_str().map(str::to_owned), url.port());
    let mut hosts: Vec<_> = dossier.landings.iter().map(|landing| place(&landing.asked)).collect();
    let mut wanted = Vec::new();
    for (_, mut url) in ranked {
        if wanted.len() >= budget {
            break;
        }
        if !hosts.contains(&place(&url)) {
            hosts.push(place(&url));
            url.set_fragment(None);
            wanted.push(url);
        }
    }
    wanted
}

/// Whether a landing says so little that it may be a stepping stone: then its scripts are worth running.
pub fn is_bare(page: &Page) -> bool {
    let visible = page.blocks.iter().filter(|block| block.visibility.sight != Sight::Hidden);
    !page.scripts.is_empty() && visible.map(|block| block.text.len()).sum::<usize>() < BARE
}

/// Whether nobody lives at an address any more.
pub(super) fn is_abandoned(stand_in: Option<&StandIn>) -> bool {
    matches!(stand_in, Some(StandIn::Parked | StandIn::MissingBucket))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(html: &str) -> Vec<String> {
        let dossier = Dossier::of_page("http://www.a.test/", html);
        let wanted = wanted_landings(&dossier, &Context::builtin(), 8);
        wanted.iter().map(Url::to_string).collect()
    }

    #[test]
    fn what_stands_for_the_page_or_loads_unseen_is_looked_at() {
        for (html, address) in [
            ("<link rel=canonical href='http://x.b.test/'>", "http://x.b.test/"),
            ("<iframe src='http://x.b.test/a' width=0 height=0></iframe>", "http://x.b.test/a"),
            ("<object data='http://x.b.test/o' width=0 height=0></object>", "http://x.b.test/o"),
        ] {
            assert_eq!(wanted(html), [address], "{html}");
        }
        assert!(
            wanted("<link rel=canonical href='http://m.a.test/'><iframe src=/x hidden></iframe>").is_empty()
        );
    }

    #[test]
    fn a_landing_is_bare_where_scripts_have_more_to_say_than_the_page() {
        let page =
            |html| Page::parse(html, &Url::parse("http://a.test/").unwrap(), &[], page::Viewport::DESKTOP);
        assert!(is_bare(&page("<title>请稍候</title><script>go()</script><p>正在进入…")));
        assert!(!is_bare(&page("<title>某某</title><p>正在进入…")));
        let text = "本单位成立于二〇〇三年，主要从事行业交流与技术服务。".repeat(8);
        assert!(!is_bare(&page(&format!("<script>go()</script><p>{text}"))));
    }
}
