//! Addresses that a page hands its standing to: canonical, alternate and base, in the document or in a header field.

use url::Url;

use crate::detect::Context;
use crate::detect::jump::target;
use crate::detect::sighting::Sighting;
use crate::exchange::host::same_site;
use crate::finding::{Category, Finding, Kind, Payload, Severity, Signal, State};

/// Most relations of one page that are read.
const RELATIONS: usize = 100;
/// Most of them that become findings.
const MOST: usize = 6;

/// An address that stands for the page.
pub(in crate::detect) struct Declared {
    /// How it is declared, as the technique that it would be.
    method: &'static str,
    /// The address.
    pub(in crate::detect) url: Url,
    /// Its line, from 1; 0 where it has none.
    line: u32,
}

/// Every declared address that leads to another site, one for each host and way of declaring.
pub(in crate::detect) fn declared(sighting: &Sighting<'_>, context: &Context<'_>) -> Vec<Declared> {
    let page = sighting.page;
    let mut found: Vec<Declared> = Vec::new();
    for relation in page.relations.iter().take(RELATIONS) {
        let method = match relation.rel.as_str() {
            "canonical" => "html-canonical-hijack",
            "alternate" | "amphtml" => "html-alternate-hijack",
            _ => continue,
        };
        found.push(Declared { method, url: relation.url.clone(), line: relation.line });
    }
    let fields = sighting.exchange.response().and_then(|response| response.header("link"));
    let canonical = fields.and_then(|fields| page.url.join(canonical_of(&fields)?).ok());
    found.extend(canonical.map(|url| Declared { method: "hdr-link-canonical", url, line: 0 }));
    found.push(Declared { method: "html-base-hijack", url: page.base.clone(), line: 0 });
    found.retain(|one| context.known.foreign(sighting.dossier, &one.url) && !same_site(&one.url, &page.url));
    found.dedup_by(|a, b| a.method == b.method && a.url.host_str() == b.url.host_str());
    found.truncate(MOST);
    found
}

/// The target of `rel=canonical` in a `Link` field: `<https://a.test/>; rel="canonical", <…>` (RFC 8288).
fn canonical_of(fields: &str) -> Option<&str> {
    fields.split('<').skip(1).find_map(|value| {
        let (target, parameters) = value.split_once('>')?;
        let parameters = parameters.to_ascii_lowercase();
        let relation = parameters.split(';').find_map(|one| one.trim().strip_prefix("rel="))?;
        let mut words = relation.split([',', ' ', '"']);
        words.any(|word| word == "canonical").then_some(target)
    })
}

/// A finding for each declared address; it counts where the address is judged illegal.
pub(super) fn findings(sighting: &Sighting<'_>, context: &Context<'_>) -> Vec<Finding> {
    declared(sighting, context).iter().filter_map(|one| finding(sighting, context, one)).collect()
}

fn finding(sighting: &Sighting<'_>, context: &Context<'_>, declared: &Declared) -> Option<Finding> {
    let Declared { method, url, line } = declared;
    let landing = target::landing(sighting.dossier, url).and_then(|landing| landing.category);
    let category = landing.or((context.lexicon.address_score(url) >= 0.6).then_some(Category::Gambling));
    let (severity, confidence) =
        if category.is_some() { (Severity::High, 0.9) } else { (Severity::Low, 0.3) };
    let host = url.host_str().unwrap_or_default();
    let mut signals = vec![Signal::Foreignness];
    signals.extend(category.map(|_| Signal::Payload));
    signals.extend(category.map(|_| Signal::Mechanism));
    sighting
        .finding(Kind::InjectedKeywords, format!("{method}\n{host}"))
        .verdict(State::Confirmed, severity, confidence)
        .title(format!("页面声明其正本或副本在外站 {host}"), format!("The page names {host} as its true or other version"))
        .explanation(
            "该声明把本页在搜索引擎中的权重交给外站。单位更换域名或转载时也会如此，须核对。",
            "This hands the page's standing with search engines to another site. A move to another domain or a reprint does \
             that too; check it.",
        )
        .remedy("核对该地址是否属于本单位；不是则恢复原值并排查写入途径。", "Check whether the address is the operator's; if not, restore it and find the way in.")
        .place(sighting.place(method, "", *line, url.as_str(), (0, url.as_str().len())))
        .payload(Payload { category, urls: vec![url.to_string()], ..Payload::default() })
        .signals(signals)
        .build()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::rehearsal::{Answer, Rehearsal};
    use crate::finding::Outcome;

    #[test]
    fn a_link_field_names_its_canonical_address_among_others() {
        for (field, canonical) in [
            ("<https://a.test/>; rel=\"canonical\"", Some("https://a.test/")),
            ("</s.css>; rel=preload; as=style, <//b.test/x>; type=x; REL=canonical", Some("//b.test/x")),
            ("<https://a.test/>; rel=\"alternate canonical\"", Some("https://a.test/")),
            ("</canonical>; rel=preload", None),
            ("<https://a.test/", None),
        ] {
            assert_eq!(canonical_of(field), canonical, "{field}");
        }
    }

    fn severities(link: &str, category: Option<Category>) -> Vec<(Option<String>, Severity)> {
        let field = format!("<{link}>; rel=canonical");
        let page = Answer::HtmlWith("<title>某某学校</title><p>学校简介</p>", ("link", &field));
        let dossier = Rehearsal::new().view("d", page).landing(link, "某某", category).end();
        let outcomes = crate::detect::judge(&dossier, &Context::builtin());
        let findings = outcomes.into_iter().filter_map(|outcome| match outcome {
            Outcome::Violation(finding) | Outcome::NeedsReview(finding) => Some(*finding),
            _ => None,
        });
        let hijacks = findings.filter(|finding| finding.kind == Kind::InjectedKeywords);
        hijacks.map(|finding| (finding.place.method, finding.severity)).collect()
    }

    #[test]
    fn a_canonical_field_weighs_what_its_landing_is() {
        let told = |severity| vec![(Some("hdr-link-canonical".to_owned()), severity)];
        assert_eq!(severities("https://x1.test/", Some(Category::Gambling)), told(Severity::High));
        assert_eq!(severities("https://amp-slot.free.test/?daftar=gacor88", None), told(Severity::High));
        assert_eq!(severities("https://portal.neighbour.test/", None), told(Severity::Low));
        assert_eq!(severities("https://m.example.test/", None), vec![]);
    }
}
