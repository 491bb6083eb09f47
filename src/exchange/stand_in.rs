//! Pages that stand in for the true one: challenges, provider blocks, parked, default and maintenance pages.
//!
//! Source: section 4 of the detection catalogue. Recognised before anything else is judged, so that a page that is
//! not the site's own is never read as defacement, cloaking or a clean result.

mod rules;

use serde::{Deserialize, Serialize};
use url::Url;

use super::host::same_site;
use rules::{Finds, Links, RULES, Rule};

/// What stands in for the true page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "stand_in")]
pub enum StandIn {
    /// An anti-bot challenge or block page.
    Challenge {
        /// The product, such as `加速乐` or `Cloudflare`.
        vendor: String,
    },
    /// The provider's page for a site without ICP filing (未备案阻断).
    ProviderBlock {
        /// The provider.
        vendor: String,
    },
    /// The page of a regulator or provider that shut the site down.
    Shutdown,
    /// A parked domain or one for sale.
    Parked,
    /// A web server's or panel's default page.
    DefaultServerPage {
        /// The product.
        product: String,
    },
    /// A notice of maintenance.
    Maintenance,
    /// An error page of a gateway or content network.
    GatewayError,
    /// A storage bucket that is not there, which somebody else could take.
    MissingBucket,
}

/// Sources longer than this are judged by status and header alone: no product's page is that long.
const LONGEST_SOURCE: usize = 64 * 1024;

/// What stands in for the true page, if anything does. `text` is the decoded body.
///
/// A phrase alone never decides: a rule also asks for a status, a header field, a title, or that there is hardly
/// anything else on the page, so that an article about such pages is an article. Pages that call themselves hacked are
/// never stand-ins.
pub fn recognise(status: u16, headers: &[(String, Vec<u8>)], url: &Url, text: &str) -> Option<StandIn> {
    let response =
        Facts { status, headers, url, gist: (text.len() <= LONGEST_SOURCE).then(|| Gist::of(text)) };
    RULES.iter().find(|rule| rule.applies(&response)).map(|rule| rule.finds.stand_in(&response))
}

/// What rules look at.
struct Facts<'a> {
    status: u16,
    headers: &'a [(String, Vec<u8>)],
    url: &'a Url,
    /// `None` for long sources.
    gist: Option<Gist>,
}

impl Facts<'_> {
    fn has_field(&self, name: &str, part: &str) -> bool {
        self.headers.iter().any(|(key, value)| {
            key.eq_ignore_ascii_case(name)
                && String::from_utf8_lossy(value).to_ascii_lowercase().contains(part)
        })
    }
}

impl Rule {
    fn applies(&self, facts: &Facts<'_>) -> bool {
        let any =
            |list: &[&str], within: &str| list.is_empty() || list.iter().any(|part| within.contains(part));
        if !self.status.is_empty() && !self.status.iter().any(|range| range.contains(&facts.status)) {
            return false;
        }
        if !self.header.is_empty() && !self.header.iter().any(|(name, part)| facts.has_field(name, part)) {
            return false;
        }
        if !self.host.is_empty() {
            let host = facts.url.host_str().unwrap_or_default();
            let named = |name: &&str| {
                host.strip_suffix(*name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            };
            if !self.host.iter().any(named) {
                return false;
            }
        }
        if self.needs_no_text() {
            return true;
        }
        let Some(gist) = &facts.gist else { return false };
        gist.length <= self.longest
            && any(self.title, &gist.title)
            && any(self.text, &gist.source)
            && any(self.says, &gist.visible)
            && !(self.links == Links::Own && gist.leads_outside(facts.url))
            && !(self.finds.is_harmless() && gist.is_hacked())
    }

    fn needs_no_text(&self) -> bool {
        self.longest == usize::MAX && self.title.is_empty() && self.text.is_empty() && self.says.is_empty()
    }
}

impl Finds {
    fn stand_in(self, facts: &Facts<'_>) -> StandIn {
        match self {
            Self::Challenge(vendor) => StandIn::Challenge { vendor: vendor.to_owned() },
            Self::ProviderBlock(vendor) => StandIn::ProviderBlock { vendor: vendor.to_owned() },
            Self::AnyProviderBlock => StandIn::ProviderBlock { vendor: provider(facts).to_owned() },
            Self::Shutdown => StandIn::Shutdown,
            Self::Parked => StandIn::Parked,
            Self::Default(product) => StandIn::DefaultServerPage { product: product.to_owned() },
            Self::Maintenance => StandIn::Maintenance,
            Self::GatewayError => StandIn::GatewayError,
            Self::MissingBucket => StandIn::MissingBucket,
        }
    }

    /// Whether taking a hacked page for this would hide the incident.
    fn is_harmless(self) -> bool {
        matches!(self, Self::Maintenance | Self::Default(_) | Self::Parked | Self::GatewayError)
    }
}

/// The provider whose name stands on a block page.
fn provider(facts: &Facts<'_>) -> &'static str {
    let source = facts.gist.as_ref().map_or("", |gist| gist.source.as_str());
    let host = facts.url.host_str().unwrap_or_default();
    rules::PROVIDERS
        .iter()
        .find(|(_, marks)| marks.iter().any(|mark| source.contains(mark) || host.contains(mark)))
        .map_or("未署名", |(name, _)| *name)
}

/// The little of a page that rules look at, in lower case.
struct Gist {
    source: String,
    title: String,
    /// What a person reads, white space folded.
    visible: String,
    /// Characters of `visible`.
    length: usize,
}

impl Gist {
    fn of(text: &str) -> Self {
        let source = text.to_ascii_lowercase();
        let mut visible = String::new();
        let mut title = String::new();
        let mut rest = source.as_str();
        while let Some(start) = rest.find('<') {
            push_folded(&mut visible, &rest[..start]);
            rest = &rest[start..];
            let (skipped, element) = markup(rest);
            if let Some("title") = element
                && title.is_empty()
            {
                let inner = rest[..skipped].split_once('>').map_or("", |(_, inner)| inner);
                push_folded(&mut title, inner.split("</").next().unwrap_or_default());
            }
            rest = &rest[skipped..];
        }
        push_folded(&mut visible, rest);
        let length = visible.chars().count();
        Self { source, title, visible, length }
    }

    /// Whether it links to another site's page.
    fn leads_outside(&self, url: &Url) -> bool {
        self.source.split("href").skip(1).any(|after| {
            let address =
                after.trim_start().trim_start_matches('=').trim_start().trim_start_matches(['"', '\'']);
            let end = address.find(['"', '\'', '>', ' ']).unwrap_or(address.len());
            let absolute = address.starts_with("http") || address.starts_with("//");
            absolute && url.join(&address[..end]).is_ok_and(|link| !same_site(url, &link) && !is_maker(&link))
        })
    }

    fn is_hacked(&self) -> bool {
        let marks = ["hacked by", "h4cked", "defaced", "pwned by", "owned by", "被黑", "黑客"];
        marks.iter().any(|mark| self.visible.contains(mark) || self.title.contains(mark))
    }
}

/// Whether a link leads to a maker of servers, networks or panels, as their error pages do.
fn is_maker(link: &Url) -> bool {
    let host = link.host_str().unwrap_or_default();
    rules::MAKERS
        .iter()
        .any(|maker| host.strip_suffix(maker).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

/// How much markup begins here, and the element if its content is skipped with it.
fn markup(rest: &str) -> (usize, Option<&'static str>) {
    if rest.starts_with("<!--") {
        return (rest.find("-->").map_or(rest.len(), |end| end + 3), None);
    }
    for (element, end) in [
        ("script", "</script"),
        ("style", "</style"),
        ("title", "</title"),
        ("noscript", "</noscript"),
        ("template", "</template"),
    ] {
        let after = rest[1..].strip_prefix(element);
        if after.is_some_and(|after| after.starts_with(['>', ' ', '\t', '\n', '\r', '/'])) {
            return (rest.find(end).unwrap_or(rest.len()), Some(element));
        }
    }
    if rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')) {
        (rest.find('>').map_or(rest.len(), |end| end + 1), None)
    } else {
        (1, None)
    }
}

fn push_folded(out: &mut String, text: &str) {
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
}

#[cfg(test)]
mod tests;
