//! Pages that pose as somebody else to take secrets, by what they show: they ask for secrets, and nearly everything else on
//! them belongs to one other site, or the title bears a brand that the host does not, or their words press people to give away
//! what nobody honest asks for.

use std::collections::HashMap;

use super::{Analysis, Sighting, Sort};
use crate::detect::Context;
use crate::detect::jump::target::{self, Target};
use crate::exchange::host::registrable_name;
use crate::finding::{Category, Finding, Kind, Payload, Severity, Signal, State};
use crate::lexicon::Weight;
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
    ("steam", &["steampowered", "steamcommunity"]),
    ("discord", &["discord"]),
    ("snapchat", &["snapchat"]),
    ("adobe", &["adobe"]),
    ("yahoo", &["yahoo"]),
    ("tiktok", &["tiktok"]),
    ("twitter", &["twitter", "x"]),
    ("whatsapp", &["whatsapp"]),
    ("docusign", &["docusign"]),
    ("spotify", &["spotify"]),
    ("roblox", &["roblox"]),
    ("trust wallet", &["trustwallet"]),
    ("ledger", &["ledger"]),
    ("royal mail", &["royalmail"]),
    ("ups", &["ups"]),
    ("correos", &["correos"]),
    ("american express", &["americanexpress", "aexp"]),
    ("barclays", &["barclays"]),
    ("lloyds bank", &["lloydsbank"]),
    ("capital one", &["capitalone"]),
    ("citibank", &["citi", "citibank"]),
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
    ("交通银行", &["bankcomm"]),
    ("中国银联", &["unionpay", "95516"]),
    ("中国邮政储蓄银行", &["psbc"]),
    ("中信银行", &["citicbank"]),
    ("浦发银行", &["spdb"]),
    ("支付宝", &["alipay"]),
    ("微信支付", &["qq", "tencent"]),
    ("12306", &["12306"]),
];

/// Why a page is taken for one that steals secrets.
enum Case {
    /// Nearly everything on it belongs to one other site, or its title bears a brand that is not its own.
    Posing { brand: String, domain: String, sure: bool },
    /// It threatens or promises, and asks for what nobody honest asks for that way.
    Lured { lures: Vec<String>, sure: bool },
    /// A form among the site's own text sends what identifies or pays to a stranger.
    Sent { to: String },
}

/// The case for a page that poses as somebody else to take secrets.
pub(super) fn judge(sighting: &Sighting<'_>, analysis: &Analysis, context: &Context<'_>) -> Option<Finding> {
    let page = sighting.page;
    if let Some((form, to)) = page.forms.iter().find_map(|form| Some((form, sent(sighting, context, form)?)))
    {
        return finding(sighting, form, &Case::Sent { to });
    }
    // A page that steals is its form and little else; a newspaper with a sign-in box is not one.
    let prose = page
        .blocks
        .iter()
        .filter(|block| block.text.len() >= 200 && block.linked * 2 < block.text.len())
        .count();
    if prose > 8 || page.links.len() > 120 {
        return None;
    }
    let filled = page.forms.iter().filter(|form| !form.fields.is_empty());
    let (form, own) = filled.map(|form| (form, Asks::of_form(form))).max_by_key(|(_, asks)| asks.weight())?;
    let asks = own.with(Asks::of(&labels(page)));
    if asks == Asks::default() {
        return None;
    }
    // Who poses as another house asks in the very form; a page may have a search box beside words about passwords.
    let posed = (own != Asks::default()).then(|| posing(sighting, context, form)).flatten();
    let case = posed.or_else(|| lured(analysis, asks))?;
    finding(sighting, form, &case)
}

fn finding(sighting: &Sighting<'_>, form: &Form, case: &Case) -> Option<Finding> {
    let (sure, key, title, explanation) = match case {
        Case::Posing { brand, domain, sure } => (
            *sure,
            brand.as_str(),
            (
                format!("页面疑似仿冒 {brand} 的登录页"),
                format!("The page looks like a copy of {brand}'s sign-in page"),
            ),
            (
                format!(
                    "页面要求输入口令等敏感信息，名称和素材属于 {domain}，而网址不属于该单位，信息将交给现在的主机。"
                ),
                format!(
                    "The page asks for a password or the like under the name and with the parts of {domain}, at an address that \
                     is not theirs; what is typed goes to the present host."
                ),
            ),
        ),
        Case::Lured { lures, sure } => (
            *sure,
            "lure",
            (
                "页面以恐吓或利诱手法套取银行卡、密码等信息".to_owned(),
                "The page threatens or promises to obtain card numbers, passwords or the like".to_owned(),
            ),
            (
                format!(
                    "页面话术（{}）与表单索要的信息合在一起，是钓鱼页面的写法；正规单位不会在同一页面这样索取。",
                    lures.join("、")
                ),
                format!(
                    "What it says ({}) and what its form asks for together are the manner of phishing; nobody honest asks for \
                     these on one page.",
                    lures.join(", ")
                ),
            ),
        ),
        Case::Sent { to } => (
            true,
            to.as_str(),
            (
                "页面表单把身份证号、银行卡号或口令送往外站".to_owned(),
                "A form sends identity, card or account numbers to another site".to_owned(),
            ),
            (
                format!(
                    "表单索要身份证、银行卡等信息并配以口令，提交地址却是 {to}，既非本站，也非已知的认证服务，可能是被插入的钓鱼表单。"
                ),
                format!(
                    "The form asks for identity or card together with a password and sends them to {to}, which is neither this \
                     site nor a known service of sign-in; it may have been put there to steal."
                ),
            ),
        ),
    };
    let method = match case {
        Case::Sent { .. } => "def-phish-form",
        Case::Posing { .. } | Case::Lured { .. } => "ill-fake-official",
    };
    let mut builder = sighting
        .finding(Kind::IllegalContent, format!("phishing\n{key}"))
        .verdict(State::Suspected, if sure { Severity::High } else { Severity::Medium }, if sure { 0.85 } else { 0.6 })
        .title(title.0, title.1)
        .explanation(explanation.0, explanation.1)
        .remedy(
            "核实是否为授权的登录入口；不是则立即下线、保存证据并提示可能受害的用户。",
            "Find out whether it is an authorised sign-in; if not, take it down, keep the evidence and warn those who may have used it.",
        )
        .detail("fields", form.fields.iter().take(12).cloned().collect::<Vec<_>>())
        .place(sighting.place(method, &form.selector, form.line, "", (0, 0)))
        .signal(Signal::Payload);
    let terms = match case {
        Case::Posing { brand, domain, .. } => {
            builder = builder.detail("brand", brand.as_str()).detail("brand_domain", domain.as_str());
            Vec::new()
        }
        Case::Lured { lures, .. } => lures.clone(),
        Case::Sent { .. } => Vec::new(),
    };
    builder = builder.payload(Payload { category: Some(Category::Phishing), terms, ..Payload::default() });
    match case {
        Case::Posing { sure: true, .. } => builder = builder.signal(Signal::Foreignness),
        Case::Lured { sure: true, .. } => builder = builder.signal(Signal::Mechanism),
        Case::Sent { .. } => builder = builder.signal(Signal::Foreignness),
        _ => {}
    }
    builder.build().ok()
}

/// What a form asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Asks {
    /// A password of whatever sort.
    password: bool,
    /// The number of a payment card or bank account.
    card: bool,
    /// The check number of a card, or its last month.
    check: bool,
    /// What opens an account at the bank: the card's PIN, the password for payments or for online banking.
    pin: bool,
    /// The words that restore a wallet.
    seed: bool,
    /// The number of an identity document.
    identity: bool,
}

impl Asks {
    /// What the fields of a form say of themselves.
    fn of_form(form: &Form) -> Self {
        let fields: Vec<String> = form.fields.iter().map(|field| field.to_lowercase()).collect();
        let asks = Self::of(&fields);
        Self { password: asks.password || form.password, ..asks }
    }

    /// What texts in lower case ask for.
    fn of(fields: &[String]) -> Self {
        let any = |words: &[&str]| fields.iter().any(|field| words.iter().any(|word| field.contains(word)));
        let word = |words: &[&str]| {
            fields
                .iter()
                .any(|field| field.split(|c: char| !c.is_alphanumeric()).any(|part| words.contains(&part)))
        };
        Self {
            password: any(&[
                "passw",
                "pwd",
                "contraseña",
                "mot de passe",
                "пароль",
                "パスワード",
                "mật khẩu",
                "şifre",
                "密码",
                "密碼",
            ]),
            card: any(&[
                "card number",
                "cardnumber",
                "card_number",
                "cardno",
                "card no",
                "银行卡",
                "卡号",
                "bankcard",
                "bank card",
                "tarjeta",
                "número da carta",
                "numero carta",
                "carte bancaire",
                "kartennummer",
                "номер карты",
                "kart numara",
                "nomor kartu",
                "カード番号",
                "số thẻ",
                "iban",
            ]) || word(&["cc", "ccnum", "pan", "carta", "cartao"]),
            check: word(&["cvv", "cvv2", "cvc", "csc", "exp", "expiry", "expmonth", "mm"])
                || any(&["有效期", "安全码", "expiry date"]),
            pin: any(&[
                "取款密码",
                "支付密码",
                "网银密码",
                "交易密码",
                "银行卡密码",
                "查询密码",
                "卡密码",
                "atm pin",
                "card pin",
                "online banking password",
            ]) || word(&["atmpin", "cardpin"]),
            seed: any(&[
                "recovery phrase",
                "seed phrase",
                "secret phrase",
                "mnemonic",
                "private key",
                "助记词",
                "私钥",
                "word phrase",
            ]),
            identity: any(&["身份证", "idcard", "social security", "ssn", "passport"]),
        }
    }

    /// What either asks for.
    fn with(self, other: Self) -> Self {
        Self {
            password: self.password || other.password,
            card: self.card || other.card,
            check: self.check || other.check,
            pin: self.pin || other.pin,
            seed: self.seed || other.seed,
            identity: self.identity || other.identity,
        }
    }

    /// How much it asks for, to choose among forms.
    fn weight(self) -> usize {
        [self.password, self.card, self.check, self.pin, self.seed, self.identity]
            .iter()
            .filter(|asks| **asks)
            .count()
    }
}

/// Short texts of the page, as they stand beside fields, in lower case.
fn labels(page: &Page) -> Vec<String> {
    /// Most bytes of a label.
    const LABEL: usize = 48;
    let short = page.blocks.iter().filter(|block| block.text.len() <= LABEL).take(200);
    short.map(|block| block.text.to_lowercase()).collect()
}

fn posing(sighting: &Sighting<'_>, context: &Context<'_>, form: &Form) -> Option<Case> {
    let page = sighting.page;
    let home = form.action.as_ref().is_none_or(|action| !context.known.outside(sighting.dossier, action));
    let own = page.url.host_str().unwrap_or_default().to_ascii_lowercase();
    let title = page.title.as_ref().map(|title| title.text.to_lowercase()).unwrap_or_default();
    let copied = copied(page, &title, &own, context, sighting).filter(|_| home);
    let (brand, domain, sure) = copied.or_else(|| named(page, &title, &own))?;
    Some(Case::Posing { brand, domain, sure })
}

/// The stranger to whom a form of the page sends identity or card together with a secret. A password alone goes to many a
/// neighbour that signs people in.
fn sent(sighting: &Sighting<'_>, context: &Context<'_>, form: &Form) -> Option<String> {
    let asks = Asks::of_form(form);
    let secret = asks.password || asks.pin || asks.check;
    let to = form.action.as_ref().filter(|_| (asks.identity || asks.card) && secret)?;
    let stranger = context.known.foreign(sighting.dossier, to)
        && matches!(
            target::judge_address(sighting.dossier, to, context),
            Target::Unknown | Target::Dubious(_) | Target::Illegal { .. }
        );
    stranger.then(|| to.host_str().unwrap_or_default().to_owned())
}

/// Words that press people, beside a form that asks for what they must not give away.
fn lured(analysis: &Analysis, asks: Asks) -> Option<Case> {
    let mut lures: Vec<String> = Vec::new();
    let mut points = 0;
    let judged = analysis
        .sections
        .iter()
        .filter(|section| section.sort == Sort::Visible)
        .map(|section| &section.judgement)
        .chain([&analysis.title, &analysis.opening]);
    let mut publicity = analysis.surroundings.publicity;
    for judgement in judged.take(60) {
        publicity |= judgement.publicity;
        for hit in &judgement.hits {
            if hit.category == Category::Phishing && hit.family == "lure" && !lures.contains(&hit.term) {
                points += if hit.weight == Weight::Strong { 3 } else { 1 };
                lures.push(hit.term.clone());
            }
        }
    }
    // A bank asks for the card or for the password, never for the card with its PIN; nobody honest asks for a wallet's words.
    let greedy = asks.pin && asks.card || asks.seed;
    let paying = asks.card && asks.check;
    let enough = match () {
        () if greedy => points >= 1 || asks.identity,
        () if publicity => false,
        () if paying && asks.password => points >= 1,
        () if paying => points >= 2,
        () if asks.card || asks.password => points >= 3,
        () => false,
    };
    lures.truncate(12);
    enough.then_some(Case::Lured { lures, sure: points >= 3 && (greedy || paying) })
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
        .filter(|meta| !meta.content.text.contains("://"))
        .map(|meta| meta.content.text.to_lowercase())
        .chain([title.to_owned()])
        .collect::<Vec<_>>()
        .join(" ");
    let bears = text.split(|c: char| !c.is_alphanumeric()).any(|word| word == label);
    (count >= 4 && count * 2 > all && bears && !own.contains(&label)).then_some((label, domain, true))
}

/// A brand in the title of a short page that is not the brand's: as a part of the title, or beside a word for signing in.
fn named(page: &Page, title: &str, own: &str) -> Option<(String, String, bool)> {
    /// Most bytes of visible text on a page that is only its form.
    const FORM_ONLY: usize = 3_000;
    const SIGN_IN: &[&str] = &[
        "log in",
        "login",
        "sign in",
        "sign-in",
        "signin",
        "account",
        "verify",
        "locked",
        "登录",
        "登陆",
        "认证",
        "iniciar sesión",
        "connexion",
        "anmelden",
        "entrar",
        "accedi",
        "giriş",
        "войти",
        "вход",
        "ログイン",
        "đăng nhập",
        "masuk",
    ];
    let text: usize = page.blocks.iter().map(|block| block.text.len()).sum();
    let signing = text <= FORM_ONLY && SIGN_IN.iter().any(|word| title.contains(word));
    let (brand, labels) = BRANDS.iter().find(|(brand, _)| {
        let mut parts = title.split(['|', '-', '–', '—', ':', '·', '_', '•', '/']).map(str::trim);
        parts.any(|part| part == *brand) || signing && is_worded_in(title, brand)
    })?;
    let theirs = labels.iter().any(|label| is_domain_of(own, label));
    (!theirs).then(|| ((*brand).to_owned(), labels.join(", "), false))
}

/// Whether a brand stands in a title as a word of its own.
fn is_worded_in(title: &str, brand: &str) -> bool {
    title.match_indices(brand).any(|(at, _)| {
        let before = title[..at].chars().next_back();
        let after = title[at + brand.len()..].chars().next();
        !brand.is_ascii() || ![before, after].into_iter().flatten().any(|c| c.is_ascii_alphanumeric())
    })
}

/// Whether the registrable name of a host is a brand's: `login.paypal.com`, not `paypal.verify.test`.
fn is_domain_of(own: &str, label: &str) -> bool {
    registrable_name(own).split('.').next() == Some(label)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::dossier::Dossier;
    use crate::finding::Outcome;

    fn methods(form: &str) -> Vec<String> {
        let html = format!("<title>某某医院</title><p>门诊时间与专家介绍。</p>{form}");
        let outcomes =
            crate::detect::judge(&Dossier::of_page("http://www.a.test/", &html), &Context::builtin());
        let findings = outcomes.into_iter().filter_map(|outcome| match outcome {
            Outcome::NeedsReview(finding) if finding.kind == Kind::IllegalContent => finding.place.method,
            _ => None,
        });
        findings.collect()
    }

    #[test]
    fn a_form_that_sends_identity_and_secret_to_a_stranger_is_found() {
        let form = |action: &str, first: &str| {
            format!(
                "<form method=post action='{action}'><input name={first}><input type=password name=p></form>"
            )
        };
        assert_eq!(methods(&form("http://x9.b1.test/p.php", "idcard")), ["def-phish-form"]);
        assert_eq!(methods(&form("http://x9.b1.test/p.php", "bankcard")), ["def-phish-form"]);
        for (action, first) in [
            ("http://x9.b1.test/login", "username"),
            ("/p.php", "idcard"),
            ("https://www.gov.cn/p", "idcard"),
        ] {
            assert!(methods(&form(action, first)).is_empty(), "{action} {first}");
        }
    }
}
