//! Copies of somebody's sign-in page, by what the page itself shows: it asks for secrets, sends them to its own host,
//! and nearly everything else on it belongs to one other site whose name it bears.

use std::collections::HashMap;

use super::Sighting;
use crate::detect::Context;
use crate::exchange::host::registrable_name;
use crate::finding::{Category, Finding, Kind, Payload, Severity, Signal, State};
use crate::page::{Form, Page};

/// Brands that are copied most, each with the labels of its own domains.
const BRANDS: &[(&str, &[&str])] = &[
    ("ebay", &["ebay"]),
    ("paypal", &["paypal"]),
    ("apple", &["apple", "icloud"]),
    ("icloud", &["apple", "icloud"]),
    ("microsoft", &["microsoft", "live", "office", "microsoftonline"]),
    ("outlook", &["microsoft", "live", "office", "outlook"]),
    ("office 365", &["microsoft", "live", "office", "microsoftonline"]),
    ("google", &["google"]),
    ("gmail", &["google"]),
    ("amazon", &["amazon"]),
    ("netflix", &["netflix"]),
    ("facebook", &["facebook", "fb"]),
    ("instagram", &["instagram"]),
    ("linkedin", &["linkedin"]),
    ("dropbox", &["dropbox"]),
    ("dhl", &["dhl"]),
    ("fedex", &["fedex"]),
    ("usps", &["usps"]),
    ("wells fargo", &["wellsfargo"]),
    ("bank of america", &["bankofamerica"]),
    ("chase", &["chase"]),
    ("hsbc", &["hsbc"]),
    ("santander", &["santander"]),
    ("bbva", &["bbva"]),
    ("metamask", &["metamask"]),
    ("binance", &["binance"]),
    ("coinbase", &["coinbase"]),
    ("中国工商银行", &["icbc"]),
    ("中国建设银行", &["ccb"]),
    ("中国农业银行", &["abchina"]),
    ("中国银行", &["boc"]),
    ("招商银行", &["cmbchina"]),
    ("支付宝", &["alipay"]),
    ("微信支付", &["qq", "tencent"]),
    ("12306", &["12306"]),
];

/// The case for a copied sign-in page.
pub(super) fn judge(sighting: &Sighting<'_>, context: &Context<'_>) -> Option<Finding> {
    let page = sighting.page;
    let form = page.forms.iter().find(|form| asks_for_secrets(form))?;
    // A sign-in page is that and little else; a newspaper with a sign-in box is not one.
    let prose = page
        .blocks
        .iter()
        .filter(|block| block.text.len() >= 200 && block.linked * 2 < block.text.len())
        .count();
    if prose > 8 || page.links.len() > 120 {
        return None;
    }
    let home = form.action.as_ref().is_none_or(|action| !context.known.outside(sighting.dossier, action));
    let own = page.url.host_str().unwrap_or_default().to_ascii_lowercase();
    let title = page.title.as_ref().map(|title| title.text.to_lowercase()).unwrap_or_default();
    let (brand, domain, sure) =
        copied(page, &title, &own, context, sighting).filter(|_| home).or_else(|| named(&title, &own))?;
    let severity = if sure { Severity::High } else { Severity::Medium };
    let mut signals = vec![Signal::Payload];
    signals.extend(sure.then_some(Signal::Foreignness));
    sighting
        .finding(Kind::IllegalContent, format!("phishing\n{brand}"))
        .verdict(State::Suspected, severity, if sure { 0.85 } else { 0.6 })
        .title(format!("页面疑似仿冒 {brand} 的登录页"), format!("The page looks like a copy of {brand}'s sign-in page"))
        .explanation(
            format!("页面要求输入口令等敏感信息，名称和素材属于 {domain}，而网址不属于该单位，信息将交给现在的主机。"),
            format!(
                "The page asks for a password or the like under the name and with the parts of {domain}, at an address that is \
                 not theirs; what is typed goes to the present host."
            ),
        )
        .remedy(
            "核实是否为授权的登录入口；不是则立即下线、保存证据并提示可能受害的用户。",
            "Find out whether it is an authorised sign-in; if not, take it down, keep the evidence and warn those who may have used it.",
        )
        .detail("brand", brand)
        .detail("brand_domain", domain)
        .detail("fields", form.fields.iter().take(12).cloned().collect::<Vec<_>>())
        .place(sighting.place("ill-fake-official", &form.selector, form.line, "", (0, 0)))
        .payload(Payload { category: Some(Category::Phishing), ..Payload::default() })
        .signals(signals)
        .build()
        .ok()
}

fn asks_for_secrets(form: &Form) -> bool {
    form.password
        || form.fields.iter().any(|field| {
            let field = field.to_lowercase();
            [
                "passw",
                "passwd",
                "pwd",
                "contraseña",
                "card number",
                "cardnumber",
                "cvv",
                "银行卡",
                "身份证",
                "密码",
                "取款",
            ]
            .iter()
            .any(|word| field.contains(word))
        })
}

/// The one other site that most of the page belongs to, where the page also bears its name.
fn copied(
    page: &Page,
    title: &str,
    own: &str,
    context: &Context<'_>,
    sighting: &Sighting<'_>,
) -> Option<(String, String, bool)> {
    let mut counts: HashMap<String, (usize, String)> = HashMap::new();
    let mut all = 0;
    for host in hosts(sighting.body()) {
        if context.known.service(&host).is_some() || host.eq_ignore_ascii_case(own) {
            continue;
        }
        all += 1;
        let domain = registrable_name(&host);
        let label = domain.split('.').next().unwrap_or_default().to_owned();
        counts.entry(label).or_insert((0, domain)).0 += 1;
    }
    let (label, (count, domain)) = counts.into_iter().max_by(|a, b| a.1.0.cmp(&b.1.0).then(b.0.cmp(&a.0)))?;
    let text = page
        .metas
        .iter()
        .map(|meta| meta.content.text.to_lowercase())
        .chain([title.to_owned()])
        .collect::<Vec<_>>()
        .join(" ");
    let bears = text.split(|c: char| !c.is_alphanumeric()).any(|word| word == label);
    (count >= 4 && count * 2 > all && bears && !own.contains(&label)).then_some((label, domain, true))
}

/// A brand at the beginning or end of the title of a page that is not the brand's.
fn named(title: &str, own: &str) -> Option<(String, String, bool)> {
    let (brand, labels) = BRANDS.iter().find(|(brand, _)| {
        let parts = title.split(['|', '-', '–', '—', ':', '·', '_']).map(str::trim);
        parts.into_iter().any(|part| part == *brand)
    })?;
    let theirs = own.split('.').any(|label| labels.contains(&label));
    (!theirs).then(|| ((*brand).to_owned(), labels.join(", "), false))
}

/// The hosts of every absolute address in a source, each time it stands there: pictures and style sheets too.
fn hosts(source: &[u8]) -> impl Iterator<Item = String> + '_ {
    /// How far into the source is looked, in bytes.
    const LOOK: usize = 512 << 10;
    let source = &source[..source.len().min(LOOK)];
    memchr::memmem::find_iter(source, b"://").filter_map(|at| {
        let rest = &source[at + 3..];
        let end =
            rest.iter().position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')))?;
        let host = std::str::from_utf8(&rest[..end]).ok()?;
        host.contains('.').then(|| host.to_ascii_lowercase())
    })
}
