//! Visible links that were slipped in: jargon among friend links, in articles and footers, and farms of links.

use super::Group;
use crate::detect::analysis::{Analysis, LinkReading};
use crate::detect::sighting::Sighting;
use crate::finding::{Category, Severity, State};
use crate::page::{Link, Origin, Region, Sight};

/// A page with this many links to other sites may be a farm.
const FARM: usize = 50;
/// Sites that a farm leads to at the least: it pays to be strewn over many names.
const SITES: usize = 8;
/// Words this sure count in a visible link: people may read it, so that a slip would cost trust.
const SURE: f64 = 0.7;

/// Groups of visible links that are worth a finding.
pub(super) fn slipped_in<'a>(sighting: &Sighting<'a>, analysis: &'a Analysis) -> Vec<Group<'a>> {
    let seen: Vec<(&'a Link, &'a LinkReading)> = sighting
        .page
        .links
        .iter()
        .zip(&analysis.links)
        .filter(|(link, reading)| {
            reading.foreign
                && link.visibility.sight != Sight::Hidden
                && matches!(link.origin, Origin::Body | Origin::Option)
        })
        .collect();
    if let Some(farm) = farm(sighting, &seen) {
        return vec![farm];
    }
    let mut groups = Vec::new();
    for (region, method) in [
        (Some(Region::FriendLinks), "html-friendlink-spam"),
        (Some(Region::UserContent), "html-anchor-inline-insert"),
        (None, "html-anchor-inline-insert"),
    ] {
        let of_region = |link: &Link| match region {
            Some(region) => link.region == region,
            None => !matches!(link.region, Region::FriendLinks | Region::UserContent),
        };
        let links: Vec<_> = seen
            .iter()
            .copied()
            .filter(|(link, reading)| {
                of_region(link)
                    && (reading.score >= SURE && reading.category.is_some()
                        || landed(sighting, link, reading))
            })
            .collect();
        if !links.is_empty() {
            groups.push(spam(sighting, links, method, region == Some(Region::UserContent)));
        }
    }
    groups
}

fn landed(sighting: &Sighting<'_>, link: &Link, reading: &LinkReading) -> bool {
    reading
        .leads_to(link)
        .and_then(|url| sighting.dossier.landing(url))
        .is_some_and(|landing| landing.category.is_some())
}

fn spam<'a>(
    sighting: &Sighting<'_>,
    links: Vec<(&'a Link, &'a LinkReading)>,
    method: &str,
    by_users: bool,
) -> Group<'a> {
    let landing = links.iter().find_map(|(link, reading)| {
        let landing = sighting.dossier.landing(reading.leads_to(link)?)?;
        landing.category.map(|category| (landing.end.to_string(), category))
    });
    let category = links
        .iter()
        .find_map(|(_, reading)| reading.category)
        .or(landing.as_ref().map(|(_, category)| *category));
    let mut group = group(links, method, category);
    group.landing = landing.map(|(end, _)| end);
    let strong = group.links.len() >= 2 || group.landing.is_some();
    group.severity = match (by_users, strong) {
        (true, _) => Severity::Low,
        (false, true) => Severity::High,
        (false, false) => Severity::Medium,
    };
    group.confidence = if strong { 0.9 } else { 0.75 };
    group
}

/// A farm: many links to many strange sites whose addresses follow a pattern, or which announces itself.
fn farm<'a>(sighting: &Sighting<'_>, seen: &[(&'a Link, &'a LinkReading)]) -> Option<Group<'a>> {
    let announced = sighting.page.blocks.iter().any(|block| block.text.contains("蜘蛛池"));
    let many = seen.len() >= FARM;
    if !(many || announced && seen.len() >= 5) {
        return None;
    }
    let count = |wanted: &dyn Fn(&&(&Link, &LinkReading)) -> bool| seen.iter().filter(wanted).count();
    let jargon = count(&|(_, reading)| reading.jargon());
    let random = count(&|(link, _)| link.url.as_ref().is_some_and(random_address));
    let mut sites: Vec<&str> = seen.iter().map(|(_, reading)| reading.domain.as_str()).collect();
    sites.sort_unstable();
    sites.dedup();
    let strewn = random * 2 >= seen.len() && sites.len() >= SITES;
    if !(announced || jargon * 5 >= seen.len() || strewn) {
        return None;
    }
    let category = seen.iter().find_map(|(_, reading)| reading.category).or(Some(Category::Spam));
    let mut group = group(seen.to_vec(), "html-anchor-farm", category);
    group.severity = Severity::High;
    group.confidence = 0.85;
    Some(group)
}

/// A host or path that no person would choose: mixed letters and digits, numbered pages in odd spelling.
fn random_address(url: &url::Url) -> bool {
    let path = url.path();
    let numbered = path.rsplit('/').next().is_some_and(|file| {
        let (name, ending) = file.split_once('.').unwrap_or((file, ""));
        name.len() >= 4
            && name.bytes().all(|byte| byte.is_ascii_digit())
            && ending.eq_ignore_ascii_case("shtml")
    });
    let label = url.host_str().and_then(|host| host.split('.').next()).unwrap_or_default();
    let digits = label.bytes().filter(u8::is_ascii_digit).count();
    let mixed =
        (4..=10).contains(&label.len()) && digits >= 1 && digits < label.len() && !label.starts_with("www");
    numbered || mixed
}

fn group<'a>(links: Vec<(&'a Link, &'a LinkReading)>, method: &str, category: Option<Category>) -> Group<'a> {
    Group {
        method: method.to_owned(),
        cause: method.to_owned(),
        reason: String::new(),
        mechanism: false,
        visible: true,
        links,
        category,
        landing: None,
        state: State::Suspected,
        severity: Severity::Medium,
        confidence: 0.75,
    }
}
