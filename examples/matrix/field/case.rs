//! What a site does, to whom, and what a right answer says of it.

use super::honest::Twin;

/// One site.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// Gate and delivery, or the honest habit, for people.
    pub(crate) name: String,
    /// Its number; host, wording and chance follow from it.
    pub(crate) index: usize,
    /// What it does.
    pub(crate) habit: Habit,
}

/// What a site does.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Habit {
    /// It serves something unlawful to some.
    Infected {
        /// To whom the server serves it.
        gate: Gate,
        /// For whom the script that it serves acts.
        script: ScriptGate,
        /// What is served.
        delivery: Delivery,
    },
    /// It does something lawful that looks like it.
    Honest(Twin),
}

/// What a server looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    /// Nothing.
    All,
    /// GET, not HEAD.
    GetOnly,
    /// The hour, which is open now.
    OpenHour,
    /// Any phone, WeChat too.
    Mobile,
    /// A phone's browser, WeChat left out.
    MobileBrowser,
    /// An iPhone.
    Iphone,
    /// A desktop browser.
    Desktop,
    /// WeChat.
    Wechat,
    /// Any spider.
    Spider,
    /// Baidu's spider.
    BaiduSpider,
    /// Google's spider.
    GoogleSpider,
    /// Everybody but spiders.
    NotSpider,
    /// Any search engine as referrer.
    Search,
    /// That engine as referrer and no other.
    Engine(&'static str),
    /// A list of Chinese engines as referrer.
    ChineseSearch,
    /// Whoever comes from any other page.
    AnyReferrer,
    /// A phone that comes from a search engine.
    MobileSearch,
    /// A desktop browser that comes from a search engine.
    DesktopSearch,
    /// WeChat's browser that comes from a search engine.
    WechatSearch,
    /// A phone that prefers Chinese.
    MobileChinese,
    /// A spider or a phone.
    SpiderOrMobile,
    /// A spider, or whoever comes from a search engine.
    SpiderOrSearch,
    /// A spider, or a phone that comes from a search engine.
    SpiderOrMobileSearch,
    /// Whoever has no cookie of the site.
    FirstVisit,
    /// Whoever has one.
    Returning,
    /// A phone without a cookie of the site.
    MobileFirstVisit,
    /// Whoever comes from a search engine without a cookie of the site.
    SearchFirstVisit,
    /// Whoever prefers Chinese.
    Chinese,
    /// The first request from an address.
    OncePerAddress,
    /// So many of a hundred requests.
    Chance(u32),
    /// So many of a hundred requests of phones.
    MobileChance(u32),
    /// Any path that does not exist.
    Missing,
    /// Spiders at any path that does not exist.
    MissingSpider,
    /// Whoever comes from a search engine to a path that does not exist.
    MissingSearch,
    /// Only pages below the home page, and there whoever comes from a search engine.
    InnerSearch,
    /// Only pages below the home page.
    Inner,
}

/// What a script looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScriptGate {
    /// Nothing, or there is no script.
    None,
    /// `document.referrer`.
    Referrer,
    /// `navigator.userAgent`.
    Agent,
    /// Width of the screen.
    Screen,
    /// The hour.
    Clock,
    /// `Math.random`.
    Random,
    /// Local storage.
    Storage,
    /// A cookie of its own.
    Cookie,
    /// A click anywhere.
    Click,
    /// The Back button.
    Back,
    /// Referrer, client, hour and storage at once.
    Four,
}

/// What is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// A redirect by that status.
    Status(u16),
    /// A `Refresh` field.
    RefreshField,
    /// A meta refresh.
    MetaRefresh,
    /// A frame over the whole window.
    Frame,
    /// A script that spells the address out.
    Literal,
    /// A packed script.
    Packed,
    /// A script that writes another script from the outside.
    Written,
    /// Another page.
    Page,
    /// Hidden links on the site's own page.
    Links,
    /// Another title and other keywords on the site's own page.
    Head,
}

impl Delivery {
    /// Whether visitors are sent away.
    pub(crate) fn leads_away(self) -> bool {
        !matches!(self, Self::Page | Self::Links | Self::Head)
    }
}

/// How certain a right answer can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// Controls can prove every word.
    Certain,
    /// Chance decides, or it cannot be seen twice.
    Chance,
}

impl Gate {
    /// The right words of `conditions.shows`.
    pub(crate) fn shows(self) -> Vec<&'static str> {
        match self {
            Self::All | Self::GetOnly | Self::OpenHour | Self::Inner => vec![],
            Self::Mobile | Self::MobileBrowser | Self::Iphone => vec!["ua:mobile"],
            Self::Desktop => vec!["ua:desktop"],
            Self::Wechat => vec!["ua:wechat"],
            Self::Spider | Self::BaiduSpider | Self::GoogleSpider => vec!["ua:spider"],
            Self::NotSpider => vec!["ua:browser"],
            Self::Search | Self::Engine(_) | Self::ChineseSearch | Self::InnerSearch => {
                vec!["referer:search"]
            }
            Self::AnyReferrer => vec!["referer:any"],
            Self::WechatSearch => vec!["ua:wechat", "referer:search"],
            Self::MobileChinese => vec!["ua:mobile", "accept-language:zh"],
            Self::SpiderOrMobile => vec!["ua:spider", "ua:mobile"],
            Self::MobileSearch => vec!["ua:mobile", "referer:search"],
            Self::DesktopSearch => vec!["ua:desktop", "referer:search"],
            Self::SpiderOrSearch => vec!["ua:spider", "referer:search"],
            Self::SpiderOrMobileSearch => vec!["ua:spider", "ua:mobile", "referer:search"],
            Self::FirstVisit => vec!["cookie:first-visit"],
            Self::Returning => vec!["cookie:returning"],
            Self::MobileFirstVisit => vec!["ua:mobile", "cookie:first-visit"],
            Self::SearchFirstVisit => vec!["referer:search", "cookie:first-visit"],
            Self::Chinese => vec!["accept-language:zh"],
            Self::OncePerAddress => vec!["ip:first-visit"],
            Self::Chance(_) => vec!["probability"],
            Self::MobileChance(_) => vec!["ua:mobile", "probability"],
            Self::Missing => vec!["path:not-found"],
            Self::MissingSpider => vec!["path:not-found", "ua:spider"],
            Self::MissingSearch => vec!["path:not-found", "referer:search"],
        }
    }

    /// The word that has to stand where conditions are as precise as they are known.
    pub(crate) fn precisely(self) -> Option<&'static str> {
        Some(match self {
            Self::Engine("baidu.") => "referer:baidu",
            Self::Engine("google.") => "referer:google",
            Self::Engine("sogou.") => "referer:sogou",
            Self::Engine("so.com") => "referer:360",
            Self::Engine("sm.cn") => "referer:shenma",
            Self::Engine("bing.") => "referer:bing",
            Self::ChineseSearch => "referer:search-cn",
            Self::BaiduSpider => "ua:spider-baidu",
            Self::GoogleSpider => "ua:spider-google",
            Self::Iphone => "ua:iphone",
            _ => return None,
        })
    }

    /// Whether controls can prove it.
    pub(crate) fn proof(self) -> Proof {
        match self {
            Self::OncePerAddress | Self::Chance(_) | Self::MobileChance(_) => Proof::Chance,
            _ => Proof::Certain,
        }
    }
}

impl ScriptGate {
    /// The right words of `conditions.shows`.
    pub(crate) fn shows(self) -> Vec<&'static str> {
        match self {
            Self::None => vec![],
            Self::Referrer => vec!["referer:search"],
            Self::Agent | Self::Screen => vec!["ua:mobile"],
            Self::Clock => vec!["time:21-06"],
            Self::Random => vec!["probability"],
            Self::Storage | Self::Cookie => vec!["cookie:first-visit"],
            Self::Click => vec!["gesture:click"],
            Self::Back => vec!["gesture:back"],
            Self::Four => vec!["ua:mobile", "referer:search", "cookie:first-visit", "time:21-06"],
        }
    }
}

impl Case {
    /// The right words of `conditions.shows`, sorted; `None` for honest sites.
    pub(crate) fn shows(&self) -> Option<Vec<&'static str>> {
        let Habit::Infected { gate, script, .. } = self.habit else { return None };
        let mut words = gate.shows();
        words.extend(script.shows());
        // A phone is a browser, and only spiders have no screen.
        if words.contains(&"ua:mobile") {
            words.retain(|word| *word != "ua:browser");
        }
        words.sort_unstable();
        words.dedup();
        Some(words)
    }

    /// Pages that the scan has to look at.
    pub(crate) fn pages(&self) -> u32 {
        match self.habit {
            Habit::Infected { gate: Gate::Inner | Gate::InnerSearch, .. } => 3,
            _ => 1,
        }
    }
}

const GATES: &[Gate] = &[
    Gate::All,
    Gate::GetOnly,
    Gate::OpenHour,
    Gate::Mobile,
    Gate::MobileBrowser,
    Gate::Desktop,
    Gate::Wechat,
    Gate::Spider,
    Gate::BaiduSpider,
    Gate::GoogleSpider,
    Gate::NotSpider,
    Gate::Search,
    Gate::Engine("baidu."),
    Gate::Engine("google."),
    Gate::Engine("sogou."),
    Gate::Engine("so.com"),
    Gate::Engine("sm.cn"),
    Gate::Engine("bing."),
    Gate::ChineseSearch,
    Gate::AnyReferrer,
    Gate::Iphone,
    Gate::WechatSearch,
    Gate::MobileChinese,
    Gate::SpiderOrMobile,
    Gate::MobileSearch,
    Gate::DesktopSearch,
    Gate::SpiderOrSearch,
    Gate::SpiderOrMobileSearch,
    Gate::FirstVisit,
    Gate::Returning,
    Gate::MobileFirstVisit,
    Gate::SearchFirstVisit,
    Gate::Chinese,
    Gate::OncePerAddress,
    Gate::Chance(25),
    Gate::Chance(30),
    Gate::Chance(50),
    Gate::Chance(75),
    Gate::MobileChance(50),
    Gate::Missing,
    Gate::MissingSpider,
    Gate::MissingSearch,
    Gate::InnerSearch,
    Gate::Inner,
];

const DELIVERIES: &[Delivery] = &[
    Delivery::Status(302),
    Delivery::Status(301),
    Delivery::Status(307),
    Delivery::RefreshField,
    Delivery::MetaRefresh,
    Delivery::Frame,
    Delivery::Literal,
    Delivery::Packed,
    Delivery::Written,
    Delivery::Page,
    Delivery::Links,
    Delivery::Head,
];

const SCRIPT_GATES: &[ScriptGate] = &[
    ScriptGate::Referrer,
    ScriptGate::Agent,
    ScriptGate::Screen,
    ScriptGate::Clock,
    ScriptGate::Random,
    ScriptGate::Storage,
    ScriptGate::Cookie,
    ScriptGate::Click,
    ScriptGate::Back,
    ScriptGate::Four,
];

/// Gates of servers that are joined with every gate of scripts.
const JOINED: &[Gate] = &[Gate::All, Gate::Mobile, Gate::Search, Gate::NotSpider, Gate::FirstVisit];

/// Every site: gates with deliveries, gates of servers with gates of scripts, and so many sites of each honest habit.
pub(crate) fn all(honest: usize) -> Vec<Case> {
    let mut habits: Vec<Habit> = Vec::new();
    for &gate in GATES {
        for &delivery in DELIVERIES {
            habits.push(Habit::Infected { gate, script: ScriptGate::None, delivery });
        }
    }
    for &gate in JOINED {
        for &script in SCRIPT_GATES {
            for delivery in [Delivery::Literal, Delivery::Packed, Delivery::Written] {
                habits.push(Habit::Infected { gate, script, delivery });
            }
        }
    }
    for &twin in Twin::ALL {
        habits.extend(std::iter::repeat_n(Habit::Honest(twin), honest));
    }
    let cases = habits.into_iter().enumerate();
    cases.map(|(index, habit)| Case { name: name(&habit), index, habit }).collect()
}

fn name(habit: &Habit) -> String {
    match habit {
        Habit::Infected { gate, script: ScriptGate::None, delivery } => format!("{gate:?} × {delivery:?}"),
        Habit::Infected { gate, script, delivery } => format!("{gate:?} × {delivery:?} if {script:?}"),
        Habit::Honest(twin) => format!("{twin:?}"),
    }
}
