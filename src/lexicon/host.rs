//! Addresses that look like those of gambling platforms: brands and digits in the name, cheap endings, bare addresses.

use super::Lexicon;

/// Pieces of host names that gambling platforms are named after. Each needs digits, another piece or a cheap ending beside it.
const PIECES: &[&str] = &[
    "bet",
    "casino",
    "slot",
    "togel",
    "judi",
    "poker",
    "toto",
    "baccarat",
    "roulette",
    "jackpot",
    "gacor",
    "maxwin",
    "sbobet",
    "kaiyun",
    "leyu",
    "hth",
    "yabo",
    "manbetx",
    "betway",
    "bwin",
    "bocai",
    "caipiao",
    "qipai",
    "pk10",
    "lhc",
    "ssc",
    "kuaisan",
    "yule",
    "dafa",
    "jinsha",
    "aomen",
    "pujing",
    "weinisi",
    "yongli",
    "xpj",
    "tyc",
    "ky",
    "aiyouxi",
    "ayx",
    "jiuyou",
    "bandao",
    "xingkong",
    "huangguan",
    "weide",
    "mingsheng",
    "shenbo",
    "huanya",
    "lebo",
    "tianbo",
    "ledong",
    "vulkan",
    "bahis",
    "1xbet",
    "ufa",
    "joker",
    "sunwin",
    "nhacai",
    "kubet",
    "w88",
    "fun88",
    "bk8",
    "jun88",
    "hi88",
    "new88",
    "789club",
    "go88",
    "8xbet",
    "okvip",
    "lucky",
    "spin",
    "win",
    "vip",
];

/// Pieces that say it alone.
const CLEAR: &[&str] = &[
    "casino",
    "togel",
    "sbobet",
    "slotgacor",
    "gacor",
    "bet365",
    "betway",
    "manbetx",
    "1xbet",
    "kaiyun",
    "yabo",
    "bocai",
    "caipiao",
    "pk10",
    "188bet",
    "ufabet",
    "sportsbook",
    "baccarat",
    "nhacai",
    "casinos",
    "slot88",
    "slot777",
    "pgslot",
    "kubet",
    "sunwin",
    "8xbet",
    "leyusports",
];

/// Top-level domains that cost next to nothing or promise luck.
const CHEAP: &[&str] = &[
    "vip", "cc", "top", "xyz", "bet", "lat", "asia", "icu", "win", "casino", "poker", "games", "club",
    "live", "fun", "cyou", "sbs", "buzz", "bond", "cfd", "rest", "monster", "quest", "wiki", "pw", "ws",
    "tk", "ml", "ga", "cf", "gq", "sx", "lol", "pro", "one", "shop", "app",
];

/// Queries and paths by which platforms know who sent a visitor.
const REFERRALS: &[&str] = &[
    "channelcode=",
    "i_code=",
    "invitecode=",
    "affid=",
    "agentcode=",
    "#/register",
    "/register?",
    "intr=",
    "promocode=",
];

impl Lexicon {
    /// How much a host name looks like a gambling platform's, 0 to 1. Above 0.5 it counts as a partner, never as proof.
    pub fn host_score(&self, host: &str) -> f64 {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let labels: Vec<&str> =
            host.split('.').filter(|label| !label.is_empty() && *label != "www").collect();
        let Some((ending, names)) = labels.split_last() else { return 0.0 };
        if names.is_empty() || host.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b':')) {
            return 0.0;
        }
        let cheap = CHEAP.contains(ending);
        let best = names.iter().map(|label| label_score(label)).fold(0.0, f64::max);
        let ending_says_it = matches!(*ending, "bet" | "casino" | "poker");
        let score =
            best + if cheap && best > 0.0 { 0.25 } else { 0.0 } + if ending_says_it { 0.5 } else { 0.0 };
        score.min(0.95)
    }

    /// The same for a whole address: the host, what its path and query name, and how it says who sent the visitor.
    pub fn address_score(&self, url: &url::Url) -> f64 {
        let host = url.host_str().map_or(0.0, |host| self.host_score(host));
        // Each of them has one of these signs, and most addresses have none.
        let signed = memchr::memchr3(b'=', b'#', b'?', url.as_str().as_bytes()).is_some();
        let referral = signed && {
            let tail = url.as_str().to_ascii_lowercase();
            REFERRALS.iter().any(|word| tail.contains(word))
        };
        let bare = matches!(url.host(), Some(url::Host::Ipv4(_))) && url.port().is_some();
        let path = label_score(url.path().trim_matches('/').rsplit('/').next().unwrap_or_default());
        let query = if signed { query_score(url) } else { 0.0 };
        let extra =
            if referral { 0.2 } else { 0.0 } + if bare { 0.25 } else { 0.0 } + path * 0.4 + query * 0.6;
        (host + extra).min(0.95)
    }
}

/// The queries by which free pages are told what to promote: `?daftar=slot88`.
fn query_score(url: &url::Url) -> f64 {
    let parts = url.query().unwrap_or_default().split(['&', '=']).take(16);
    parts.map(|part| label_score(&part.to_ascii_lowercase())).fold(0.0, f64::max)
}

/// One label: clear pieces, pieces with digits around them, lucky digits.
fn label_score(label: &str) -> f64 {
    let words: Vec<&str> = label.split(|character: char| !character.is_ascii_alphanumeric()).collect();
    if words
        .iter()
        .any(|word| word.len() >= SHORTEST && CLEAR.iter().any(|piece| begins_or_ends(word, piece)))
    {
        return 0.7;
    }
    let lucky = ["88", "888", "365", "777", "66", "99", "168", "138", "123", "55"];
    let score = |word: &&str| {
        let letters = word.trim_matches(|character: char| character.is_ascii_digit());
        let digits = letters.len() < word.len();
        let first = letters.as_bytes().first();
        if first.is_none()
            || !PIECES.iter().any(|piece| piece.as_bytes().first() == first && *piece == letters)
        {
            return 0.0;
        }
        let luck = digits && lucky.iter().any(|number| word.contains(number));
        match (digits, luck) {
            (true, true) => 0.6,
            (true, false) => 0.4,
            _ if letters.len() > 3 => 0.3,
            _ => 0.15,
        }
    };
    words.iter().map(score).fold(0.0, f64::max)
}

/// Length of the shortest piece that says it alone.
const SHORTEST: usize = {
    let (mut shortest, mut at) = (usize::MAX, 0);
    while at < CLEAR.len() {
        if CLEAR[at].len() < shortest {
            shortest = CLEAR[at].len();
        }
        at += 1;
    }
    shortest
};

fn begins_or_ends(word: &str, piece: &str) -> bool {
    // The outer letters are looked at first: most words have others.
    let (word, piece) = (word.as_bytes(), piece.as_bytes());
    word.first() == piece.first() && word.starts_with(piece)
        || word.last() == piece.last() && word.ends_with(piece)
}
