//! Shapes of titles and anchors that promotion is made of: brand, sport, entry, one after the other.

use super::Weight;
use super::find::Found;
use super::set::Use;
use super::vocabulary::Vocabulary;
use crate::finding::Category;

/// What turns a brand word into the name of a gambling platform.
const TRADE: &[&str] = &[
    "国际娱乐城",
    "国际娱乐",
    "娱乐城",
    "娱乐场",
    "娱乐平台",
    "在线娱乐",
    "娱乐",
    "体育",
    "电竞",
    "棋牌",
    "真人",
    "视讯",
    "电子游戏",
    "电子",
    "彩票",
    "捕鱼",
    "竞技",
    "博彩",
    "赌场",
    "投注",
    "滚球",
    "百家乐",
    "老虎机",
    "国际体育",
    "sports",
    "sport",
    "casino",
    "bet",
    "game",
    "esports",
    "ty",
];

/// What leads in.
const ENTRY: &[&str] = &[
    "官方网站",
    "官方网址",
    "官方入口",
    "官方",
    "官网",
    "网页版",
    "网页",
    "登录入口",
    "登陆入口",
    "登录",
    "登陆",
    "注册",
    "入口",
    "平台",
    "app下载",
    "app",
    "手机版",
    "手机客户端",
    "客户端",
    "下载",
    "网址",
    "备用",
    "最新地址",
    "最新版本",
    "最新网址",
    "最新",
    "中国",
    "安装",
    "网站",
    "线上",
    "在线",
    "开户",
    "代理",
    "全站",
    "登入",
    "ios",
    "android",
    "apk",
    "下注",
    "china",
    "login",
    "vip",
    "版",
];

/// How many bytes after a brand are read.
const REACH: usize = 96;

/// The family of signs that only the name of a platform bears, whatever its brand.
pub(super) const SHAPE: &str = "shape";

/// Trades whose houses have an address that must be told anew. Teams and leagues have sites and apps as well, so that
/// their trade needs more signs.
const HOUSES: &[&str] = &["娱乐", "娱乐城", "娱乐场", "娱乐平台"];

/// Raises the weight of brand words that stand in the shape of a platform's name.
pub(super) fn raise_brands(vocabulary: &Vocabulary, text: &str, found: &mut [Found]) {
    for found in found {
        let gambling = found.purpose == Use::Jargon(Category::Gambling);
        if !gambling || found.weight > Weight::Weak || vocabulary.terms[found.term as usize].family != "brand"
        {
            continue;
        }
        let after = &text[found.at.end..];
        let (length, trades, entries) = read_suffixes(after);
        let raised = match (trades, entries) {
            (0, 0) => continue,
            (1.., 1..) => Weight::Strong,
            (1.., 0) => Weight::Medium,
            (0, 2..) if found.weight == Weight::Weak => Weight::Strong,
            (0, 3..) => Weight::Medium,
            (0, 1..) if found.weight == Weight::Weak => Weight::Medium,
            _ => continue,
        };
        found.weight = raised;
        found.at.end += length;
    }
}

/// Decides which signs complete the name of a platform that no list of brands knows: name, trade, (中国), and two ways in
/// (`某某体育(中国)官方网站-登录入口`); or a house's name and its new address (`某某娱乐-最新地址`). The others go.
pub(super) fn raise_shapes(vocabulary: &Vocabulary, text: &str, found: &mut Vec<Found>) {
    found.retain_mut(|found| {
        let term = &vocabulary.terms[found.term as usize];
        if term.family != SHAPE {
            return true;
        }
        let before = text[..found.at.start].trim_end_matches(is_joiner);
        let country = text[found.at.clone()].contains("中国");
        let trades = if country { TRADE } else { HOUSES };
        let trade = trades.iter().filter(|trade| before.ends_with(**trade)).max_by_key(|trade| trade.len());
        let Some(trade) = trade.filter(|trade| is_named(&before[..before.len() - trade.len()])) else {
            return false;
        };
        let (length, _, entries) = read_suffixes(&text[found.at.end..]);
        if country && entries < 2 {
            return false;
        }
        found.at = before.len() - trade.len()..found.at.end + length;
        found.weight = Weight::Strong;
        true
    });
}

/// Whether a text ends with what may be a name: two characters of writing at the least.
fn is_named(before: &str) -> bool {
    before.chars().rev().take(2).filter(|character| character.is_alphanumeric()).count() == 2
}

/// How far suffixes reach, and how many there are of each sort.
fn read_suffixes(after: &str) -> (usize, usize, usize) {
    let (mut length, mut trades, mut entries) = (0, 0, 0);
    let mut at = 0;
    while at < REACH {
        let rest = &after[at..];
        let skipped = skip_joiners(rest);
        let rest = &rest[skipped..];
        let longest = |words: &[&'static str]| {
            words.iter().filter(|word| stands(rest, word)).map(|word| word.len()).max().unwrap_or(0)
        };
        let (trade, entry) = (longest(TRADE), longest(ENTRY));
        if trade == 0 && entry == 0 {
            break;
        }
        if trade >= entry {
            trades += 1;
        } else {
            entries += 1;
        }
        at += skipped + trade.max(entry);
        length = at;
    }
    (length, trades, entries)
}

fn stands(rest: &str, word: &str) -> bool {
    rest.strip_prefix(word).is_some_and(|tail| {
        !word.is_ascii() || !tail.chars().next().is_some_and(|next| next.is_ascii_alphabetic())
    })
}

/// At most three signs that join the parts of a platform's name.
fn skip_joiners(text: &str) -> usize {
    text.chars().take(3).take_while(|character| is_joiner(*character)).map(char::len_utf8).sum()
}

fn is_joiner(character: char) -> bool {
    matches!(
        character,
        ' ' | '·' | '-' | '—' | '_' | '|' | '(' | ')' | '（' | '）' | '•' | '【' | '】' | '▓' | '™' | '®'
    )
}
