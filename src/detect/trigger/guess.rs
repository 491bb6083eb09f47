//! Guesses: conjunctions of what a server may look at, with a price each. Plain data and whether a visit fits.

use std::collections::HashSet;

use crate::exchange::profile::{Agent, AgentClass, Arrival, Cookies, Profile};
use crate::id::ProfileId;

/// Clean visits that must witness that a part is needed: one alone may be clean by chance.
const WITNESSES: usize = 2;
/// The same for cookies and language, on which few servers look.
const WITNESSES_OF_RARE: usize = 3;

/// Which client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Client {
    Any,
    Browser,
    Mobile,
    Desktop,
    Wechat,
    Android,
    Iphone,
    Spider,
    ChineseSpider,
    One(Agent),
}

/// Where from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    Any,
    Search,
    ChineseSearch,
    Baidu,
    Google,
    Sogou,
    So360,
    Shenma,
    Bing,
    Keyword,
    Anywhere,
    Nowhere,
}

/// Which visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Jar {
    Any,
    First,
    Returning,
}

/// Which language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tongue {
    Any,
    Chinese,
    Other,
}

/// A guess: all of its parts must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Guess {
    pub(super) client: Client,
    pub(super) from: From,
    pub(super) jar: Jar,
    pub(super) tongue: Tongue,
}

/// A guess with its price in bits and its words.
#[derive(Debug, Clone)]
pub(super) struct Priced {
    pub(super) guess: Guess,
    pub(super) price: f64,
    pub(super) words: Vec<&'static str>,
}

const CLIENTS: [(Client, f64, &str); 16] = [
    (Client::Any, 0.0, ""),
    (Client::Mobile, 2.0, "ua:mobile"),
    (Client::Spider, 2.0, "ua:spider"),
    (Client::Wechat, 2.2, "ua:wechat"),
    (Client::Browser, 2.5, "ua:browser"),
    (Client::Desktop, 3.0, "ua:desktop"),
    (Client::ChineseSpider, 3.0, "ua:spider-cn"),
    (Client::One(Agent::BaiduSpider), 3.2, "ua:spider-baidu"),
    (Client::One(Agent::GoogleSpider), 3.2, "ua:spider-google"),
    (Client::One(Agent::SogouSpider), 3.4, "ua:spider-sogou"),
    (Client::One(Agent::So360Spider), 3.4, "ua:spider-360"),
    (Client::One(Agent::ShenmaSpider), 3.4, "ua:spider-shenma"),
    (Client::One(Agent::ByteSpider), 3.4, "ua:spider-bytedance"),
    (Client::One(Agent::BingSpider), 3.4, "ua:spider-bing"),
    (Client::Android, 3.2, "ua:android"),
    (Client::Iphone, 3.2, "ua:iphone"),
];
const FROMS: [(From, f64, &str); 12] = [
    (From::Any, 0.0, ""),
    (From::Search, 2.0, "referer:search"),
    (From::ChineseSearch, 2.8, "referer:search-cn"),
    (From::Baidu, 3.2, "referer:baidu"),
    (From::Google, 3.2, "referer:google"),
    (From::Sogou, 3.4, "referer:sogou"),
    (From::So360, 3.4, "referer:360"),
    (From::Shenma, 3.4, "referer:shenma"),
    (From::Bing, 3.4, "referer:bing"),
    (From::Keyword, 3.6, "referer:keyword"),
    (From::Anywhere, 3.6, "referer:any"),
    (From::Nowhere, 3.6, "referer:none"),
];
const JARS: [(Jar, f64, &str); 3] =
    [(Jar::Any, 0.0, ""), (Jar::First, 3.0, "cookie:first-visit"), (Jar::Returning, 4.0, "cookie:returning")];
const TONGUES: [(Tongue, f64, &str); 3] = [
    (Tongue::Any, 0.0, ""),
    (Tongue::Chinese, 4.0, "accept-language:zh"),
    (Tongue::Other, 5.0, "accept-language:other"),
];

/// Every word that a guess can be told in.
pub(super) fn vocabulary() -> impl Iterator<Item = &'static str> {
    let clients = CLIENTS.iter().map(|row| row.2);
    let froms = FROMS.iter().map(|row| row.2);
    let jars = JARS.iter().map(|row| row.2);
    let tongues = TONGUES.iter().map(|row| row.2);
    clients.chain(froms).chain(jars).chain(tongues).filter(|word| !word.is_empty())
}

/// Every guess that says something of its own, the cheapest first: of those that fit the same visits the cheapest
/// stands for all (a spider has no jar and comes from nowhere, so "a spider on its first visit" is "a spider").
pub(super) fn guesses() -> Vec<Priced> {
    let visits = natural_visits();
    let mut all: Vec<Priced> = conjunctions().collect();
    all.sort_by(|one, other| one.price.total_cmp(&other.price));
    let mut told = HashSet::new();
    all.retain(|priced| told.insert(visits.iter().map(|visit| priced.guess.fits(visit)).collect::<Vec<_>>()));
    all
}

/// Every sort of visit that a guess can tell from another and that happens.
fn natural_visits() -> Vec<Profile> {
    use Agent as A;
    let agents = [A::DesktopChrome, A::AndroidChrome, A::IphoneSafari, A::Wechat];
    let arrivals = [
        Arrival::Direct,
        Arrival::Baidu,
        Arrival::Google,
        Arrival::Sogou,
        Arrival::So360,
        Arrival::Shenma,
        Arrival::Bing,
        Arrival::Elsewhere,
        Arrival::Keyword(String::new()),
    ];
    let spiders = [
        A::BaiduSpider,
        A::SogouSpider,
        A::So360Spider,
        A::ShenmaSpider,
        A::ByteSpider,
        A::BingSpider,
        A::GoogleSpider,
    ];
    let id = ProfileId::new("-");
    let mut visits = Vec::new();
    for agent in agents {
        for arrival in &arrivals {
            for cookies in [Cookies::Empty, Cookies::Kept] {
                for language in [agent.language(), Some("en-US,en;q=0.9")] {
                    visits.push(Profile {
                        id: id.clone(),
                        agent,
                        arrival: arrival.clone(),
                        cookies,
                        language,
                    });
                }
            }
        }
    }
    for agent in spiders {
        let (arrival, cookies) = (Arrival::Direct, Cookies::None);
        visits.push(Profile { id: id.clone(), agent, arrival, cookies, language: agent.language() });
    }
    visits
}

/// Every conjunction of one of each.
fn conjunctions() -> impl Iterator<Item = Priced> {
    CLIENTS.iter().flat_map(|client| {
        FROMS.iter().flat_map(move |from| {
            JARS.iter().flat_map(move |jar| {
                TONGUES.iter().map(move |tongue| Priced {
                    guess: Guess { client: client.0, from: from.0, jar: jar.0, tongue: tongue.0 },
                    price: client.1 + from.1 + jar.1 + tongue.1,
                    words: [client.2, from.2, jar.2, tongue.2]
                        .into_iter()
                        .filter(|word| !word.is_empty())
                        .collect(),
                })
            })
        })
    })
}

impl Guess {
    /// Whether a visit would show the thing, if the guess were right; `None` where kits of that sort differ.
    pub(super) fn fits(&self, profile: &Profile) -> Option<bool> {
        let returning = profile.cookies == Cookies::Kept;
        let chinese = profile.language.is_some_and(|tag| tag.to_ascii_lowercase().starts_with("zh"));
        let jar = match self.jar {
            Jar::Any => true,
            Jar::First => !returning,
            Jar::Returning => returning,
        };
        let tongue = match self.tongue {
            Tongue::Any => true,
            Tongue::Chinese => chinese,
            Tongue::Other => !chinese,
        };
        let parts = [client_fits(self.client, profile.agent), from_fits(self.from, &profile.arrival)];
        if !jar || !tongue || parts.contains(&Some(false)) {
            return Some(false);
        }
        if parts.contains(&None) { None } else { Some(true) }
    }

    /// The guesses with one part wider or left out, one for each part that there is, each with the clean visits that it
    /// takes to prove the part: more for what is rare, as few clean visits fit it by chance.
    pub(super) fn relaxed(&self) -> impl Iterator<Item = (Self, usize)> {
        let client = match self.client {
            Client::One(_) | Client::ChineseSpider => Client::Spider,
            Client::Android | Client::Iphone => Client::Mobile,
            _ => Client::Any,
        };
        let from = match self.from {
            From::Keyword => From::Baidu,
            From::Baidu | From::Sogou | From::So360 | From::Shenma => From::ChineseSearch,
            From::ChineseSearch | From::Google | From::Bing => From::Search,
            From::Search | From::Anywhere | From::Nowhere | From::Any => From::Any,
        };
        let parts = [
            (Self { client, ..*self }, WITNESSES),
            (Self { from, ..*self }, WITNESSES),
            (Self { jar: Jar::Any, ..*self }, WITNESSES_OF_RARE),
            (Self { tongue: Tongue::Any, ..*self }, WITNESSES_OF_RARE),
        ];
        let whole = *self;
        parts.into_iter().filter(move |(less, _)| *less != whole)
    }

    /// Whether it speaks of spiders.
    pub(super) fn is_of_spiders(&self) -> bool {
        match self.client {
            Client::Spider | Client::ChineseSpider => true,
            Client::One(agent) => agent.class() == AgentClass::Spider,
            _ => false,
        }
    }

    /// How many parts there are.
    pub(super) fn parts(&self) -> usize {
        self.relaxed().count()
    }
}

/// Whether a client fits; `None` where kits of that sort differ (WeChat is a phone to some).
fn client_fits(client: Client, agent: Agent) -> Option<bool> {
    use Agent as A;
    let spider = agent.class() == AgentClass::Spider;
    Some(match client {
        Client::Any => true,
        Client::Browser => !spider,
        Client::Spider => spider,
        Client::Wechat => agent == A::Wechat,
        Client::One(one) => agent == one,
        Client::ChineseSpider if agent == A::BingSpider => return None,
        Client::ChineseSpider => spider && agent != A::GoogleSpider,
        // Some spiders call themselves Android phones; others look like desktops to kits that look for phones.
        Client::Mobile | Client::Android if matches!(agent, A::GoogleSpider | A::ByteSpider | A::Wechat) => {
            return None;
        }
        Client::Desktop if spider => return None,
        Client::Mobile => matches!(agent, A::AndroidChrome | A::IphoneSafari),
        Client::Android => agent == A::AndroidChrome,
        Client::Iphone => agent == A::IphoneSafari,
        Client::Desktop => agent == A::DesktopChrome,
    })
}

/// Whether a way of coming fits; `None` where kits of that sort differ (Bing stands in lists of Chinese engines, too).
pub(super) fn from_fits(from: From, arrival: &Arrival) -> Option<bool> {
    use Arrival as R;
    let keyword = matches!(arrival, R::Keyword(_) | R::KeywordGbk(_));
    let baidu = keyword || matches!(arrival, R::Baidu | R::BaiduMobile);
    let chinese = baidu || matches!(arrival, R::Sogou | R::So360 | R::Shenma);
    Some(match from {
        From::Any => true,
        From::Search => chinese || matches!(arrival, R::Google | R::Bing),
        From::ChineseSearch if *arrival == R::Bing => return None,
        From::ChineseSearch => chinese,
        From::Baidu => baidu,
        From::Google => *arrival == R::Google,
        From::Sogou => *arrival == R::Sogou,
        From::So360 => *arrival == R::So360,
        From::Shenma => *arrival == R::Shenma,
        From::Bing => *arrival == R::Bing,
        From::Keyword => keyword,
        From::Anywhere => *arrival != R::Direct,
        From::Nowhere => *arrival == R::Direct,
    })
}
