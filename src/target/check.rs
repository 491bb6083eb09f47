//! From a target as written to a target: every field read, every mistake named.

use std::collections::BTreeMap;
use std::str::FromStr;

use jiff::civil::Date;
use url::Url;

use super::filing::{Register, numbers};
use super::written::{Piece, Written};
use super::{
    At, Authorisation, Mistake, Operator, OperatorKind, Scope, Target, Visiting, cadence::Cadence,
    cadence::Window,
};
use crate::id::TargetId;
use crate::lang::Bilingual;

/// Bounds of numbers.
const RATES: std::ops::RangeInclusive<f64> = 0.01..=50.0;
const PAGES: std::ops::RangeInclusive<u32> = 1..=10_000;
const DEPTHS: std::ops::RangeInclusive<u32> = 0..=20;
const LEVELS: std::ops::RangeInclusive<u8> = 1..=5;

/// The longest id.
const LONGEST_ID: usize = 120;

/// Checks what was written of one target; `None` where a mistake leaves nothing to visit.
pub(super) fn check(written: &Written, mistakes: &mut Vec<Mistake>) -> Option<Target> {
    let mut check = Check { written, mistakes, fatal: false };
    let urls = check.urls();
    let name = check.text("name");
    if urls.is_empty() && !check.written.pieces.contains_key("urls") {
        let at = written.at.clone();
        check.wrong(at, "缺少网址（urls）", "an address is missing (urls)");
    }
    let id = check.id(urls.first());
    let operator = Operator {
        name: check.text("operator.name"),
        kind: check.parsed("operator.kind").unwrap_or_default(),
    };
    let target = Target {
        name: name.unwrap_or_else(|| id.to_string()),
        division: check.text("division"),
        icp: check.filing("icp", Register::Icp),
        police: check.filing("police", Register::Police),
        site_code: check.site_code(),
        protection_level: check.bounded("protection_level", &LEVELS),
        contacts: check.texts("contacts"),
        labels: check.texts("labels"),
        scope: Scope {
            hosts: check.hosts("scope.hosts"),
            paths: check.paths("scope.paths"),
            exclude: check.paths("scope.exclude"),
            siblings: check.hosts("scope.siblings"),
        },
        visit: check.visiting(),
        authorisation: check.authorisation(),
        operator,
        urls,
        id,
    };
    check.doubts(&target);
    (!check.fatal).then_some(target)
}

struct Check<'a> {
    written: &'a Written,
    mistakes: &'a mut Vec<Mistake>,
    fatal: bool,
}

impl Check<'_> {
    fn pieces(&self, key: &str) -> &[Piece] {
        self.written.pieces.get(key).map_or(&[], Vec::as_slice)
    }

    fn wrong(&mut self, at: At, zh: impl Into<String>, en: impl Into<String>) {
        self.fatal = true;
        self.mistakes.push(Mistake { at, fatal: true, what: Bilingual::new(zh, en) });
    }

    fn doubt(&mut self, at: At, zh: &str, en: &str) {
        self.mistakes.push(Mistake { at, fatal: false, what: Bilingual::new(zh, en) });
    }

    /// The one text of a field; a second one is a mistake.
    fn one(&mut self, key: &str) -> Option<Piece> {
        let pieces = self.pieces(key);
        let first = pieces.first().cloned()?;
        if let Some(second) = pieces.get(1) {
            let at = second.at.clone();
            self.wrong(at, format!("`{key}` 只能有一个值"), format!("`{key}` takes one value"));
        }
        Some(first)
    }

    fn text(&mut self, key: &str) -> Option<String> {
        self.one(key).map(|piece| piece.text.trim().to_owned())
    }

    fn texts(&self, key: &str) -> Vec<String> {
        let mut texts: Vec<String> = Vec::new();
        for piece in self.pieces(key) {
            let text = piece.text.trim().to_owned();
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        texts
    }

    fn parsed<T: FromStr<Err: std::fmt::Display>>(&mut self, key: &str) -> Option<T> {
        let piece = self.one(key)?;
        self.read(key, &piece)
    }

    fn read<T: FromStr<Err: std::fmt::Display>>(&mut self, key: &str, piece: &Piece) -> Option<T> {
        match piece.text.trim().parse() {
            Ok(value) => Some(value),
            Err(error) => {
                let text = piece.text.trim();
                self.wrong(
                    piece.at.clone(),
                    format!("`{key}` 的值 `{text}` 有误（{error}）"),
                    format!("`{key}` is wrong: failed to {error}"),
                );
                None
            }
        }
    }

    fn all<T: FromStr<Err: std::fmt::Display>>(&mut self, key: &str) -> Vec<T> {
        let pieces = self.pieces(key).to_vec();
        pieces.iter().filter_map(|piece| self.read(key, piece)).collect()
    }

    fn bounded<T>(&mut self, key: &str, bounds: &std::ops::RangeInclusive<T>) -> Option<T>
    where
        T: FromStr + PartialOrd + std::fmt::Display,
    {
        let piece = self.one(key)?;
        // A spreadsheet makes every number a fraction.
        let text = piece.text.trim();
        let text = text.strip_suffix(".0").unwrap_or(text);
        match text.parse() {
            Ok(value) if bounds.contains(&value) => Some(value),
            _ => {
                let (low, high) = (bounds.start(), bounds.end());
                self.wrong(
                    piece.at.clone(),
                    format!("`{key}` 应为 {low} 到 {high} 的数，而不是 `{text}`"),
                    format!("`{key}` must be a number from {low} to {high}, not `{text}`"),
                );
                None
            }
        }
    }

    fn urls(&mut self) -> Vec<Url> {
        let mut urls = Vec::new();
        for piece in self.pieces("urls").to_vec() {
            match address(&piece.text) {
                Ok(url) if urls.contains(&url) => {}
                Ok(url) => urls.push(url),
                Err(what) => {
                    let text = piece.text.trim();
                    self.wrong(
                        piece.at,
                        format!("网址 `{text}` 有误：{}", what.zh),
                        format!("the address `{text}` is wrong: {}", what.en),
                    );
                }
            }
        }
        urls
    }

    /// As written, or the host of the first address.
    fn id(&mut self, home: Option<&Url>) -> TargetId {
        let Some(piece) = self.one("id") else {
            let host = home.and_then(Url::host_str).unwrap_or("unknown");
            let port = home.and_then(Url::port);
            return TargetId::new(port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")));
        };
        let text = piece.text.trim();
        if text.chars().count() > LONGEST_ID || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            self.wrong(
                piece.at.clone(),
                format!("编号 `{}` 不得含空白，且不超过 {LONGEST_ID} 字", text.escape_debug()),
                format!(
                    "the id `{}` must hold no blanks and at most {LONGEST_ID} characters",
                    text.escape_debug()
                ),
            );
        }
        TargetId::new(text)
    }

    /// A number of the register, as the page's own marks are read.
    fn filing(&mut self, key: &str, register: Register) -> Option<String> {
        let piece = self.one(key)?;
        let text = piece.text.trim();
        let licence = register == Register::Icp;
        let read = numbers(text)
            .into_iter()
            .find(|number| number.register == register || (licence && number.register == Register::Licence));
        if read.is_none() {
            let example = if licence { "蜀ICP备20250001号-1" } else { "川公网安备51010402000001号" };
            self.mistakes.push(Mistake {
                at: piece.at.clone(),
                fatal: false,
                what: Bilingual::new(
                    format!("`{text}` 不像备案号（应形如 {example}），不与页面标识核对"),
                    format!("`{text}` does not read as a filing number such as {example}; pages are not compared with it"),
                ),
            });
        }
        Some(read.map_or_else(|| text.to_owned(), |number| number.to_string()))
    }

    fn site_code(&mut self) -> Option<String> {
        let piece = self.one("site_code")?;
        let code = piece.text.trim().to_lowercase();
        let digits = code.strip_prefix("bm").map_or((code.as_str(), 10), |rest| (rest, 8));
        if digits.0.len() != digits.1 || !digits.0.bytes().all(|byte| byte.is_ascii_digit()) {
            self.doubt(
                piece.at,
                "网站标识码应为 10 位数字，或 bm 加 8 位数字",
                "the code of a government site has 10 digits, or bm and 8 digits",
            );
        }
        Some(code)
    }

    fn hosts(&mut self, key: &str) -> Vec<String> {
        let mut hosts = Vec::new();
        for piece in self.pieces(key).to_vec() {
            let text = piece.text.trim().to_lowercase();
            let (star, name) = text.strip_prefix("*.").map_or(("", text.as_str()), |name| ("*.", name));
            match Url::parse(&format!("http://{name}/")) {
                Ok(url) if url.path() == "/" && url.username().is_empty() && !name.is_empty() => {
                    let host = url.host_str().unwrap_or_default();
                    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
                    hosts.push(format!("{star}{host}{port}"));
                }
                _ => self.wrong(
                    piece.at,
                    format!("`{key}` 中的 `{text}` 不是主机名"),
                    format!("`{text}` in `{key}` is no host name"),
                ),
            }
        }
        hosts
    }

    fn paths(&mut self, key: &str) -> Vec<String> {
        let mut paths = Vec::new();
        for piece in self.pieces(key).to_vec() {
            let text = piece.text.trim();
            if text.starts_with('/') {
                paths.push(text.to_owned());
            } else {
                self.wrong(
                    piece.at.clone(),
                    format!("`{key}` 中的路径须以 / 开头：`{text}`"),
                    format!("a path in `{key}` begins with a slash: `{text}`"),
                );
            }
        }
        paths
    }

    fn visiting(&mut self) -> Visiting {
        Visiting {
            cadence: self.parsed::<Cadence>("visit.cadence"),
            windows: self.all::<Window>("visit.windows"),
            avoid: self.all::<Window>("visit.avoid"),
            rate: self.bounded("visit.rate", &RATES),
            max_pages: self.bounded("visit.max_pages", &PAGES),
            depth: self.bounded("visit.depth", &DEPTHS),
            profiles: self.texts("visit.profiles"),
            allow_private: self.switch("visit.allow_private"),
        }
    }

    fn switch(&mut self, key: &str) -> bool {
        let Some(piece) = self.one(key) else { return false };
        match piece.text.trim().to_lowercase().as_str() {
            "true" | "yes" | "y" | "1" | "1.0" | "是" | "允许" | "√" | "对" => true,
            "false" | "no" | "n" | "0" | "0.0" | "否" | "不允许" | "×" => false,
            other => {
                self.wrong(
                    piece.at.clone(),
                    format!("`{key}` 应为 是/否（true/false），而不是 `{other}`"),
                    format!("`{key}` is yes or no (true/false), not `{other}`"),
                );
                false
            }
        }
    }

    fn authorisation(&mut self) -> Authorisation {
        Authorisation {
            basis: self.text("authorisation.basis"),
            notice: self.day("authorisation.notice"),
            published: self.text("authorisation.published"),
            officers: self.texts("authorisation.officers"),
            written: self.text("authorisation.written"),
        }
    }

    /// A day, also as spreadsheets and Chinese registers write it.
    fn day(&mut self, key: &str) -> Option<Date> {
        let piece = self.one(key)?;
        let plain = piece.text.trim().replace(['年', '月', '/', '.'], "-").replace('日', "");
        let day = plain.split(['T', ' ']).next().unwrap_or_default();
        let mut parts = day.split('-').map(str::parse::<i16>);
        let read = match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(Ok(year)), Some(Ok(month)), Some(Ok(day)), None) => i8::try_from(month)
                .ok()
                .zip(i8::try_from(day).ok())
                .and_then(|(m, d)| Date::new(year, m, d).ok()),
            _ => None,
        };
        if read.is_none() {
            let text = piece.text.trim();
            self.wrong(
                piece.at.clone(),
                format!("`{key}` 应为日期，如 2026-11-26，而不是 `{text}`"),
                format!("`{key}` is a day such as 2026-11-26, not `{text}`"),
            );
        }
        read
    }

    /// What can be visited but should be thought about.
    fn doubts(&mut self, target: &Target) {
        let at = self.written.at.clone();
        let stated = &target.authorisation;
        if stated.basis.is_none() && stated.notice.is_none() && stated.published.is_none() {
            self.doubt(
                at.clone(),
                "未记录授权（authorisation.basis 等）：只作公开页面的常规访问，请尽快补记",
                "no authorisation is recorded (authorisation.basis and its like): only public pages are visited; record it",
            );
        }
        if target.operator.kind == OperatorKind::Cii && stated.written.is_none() {
            self.doubt(
                at,
                "关键信息基础设施未登记书面授权（authorisation.written）：停用一切主动探测",
                "critical information infrastructure without written authorisation (authorisation.written): every active \
                 probe is disabled",
            );
        }
    }
}

/// An address as registers write it: a bare name is tried over http, as a browser's address bar does.
fn address(text: &str) -> Result<Url, Bilingual> {
    let text = text.trim();
    let spelled = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let mut url =
        Url::parse(&spelled).map_err(|error| Bilingual::new(error.to_string(), error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Bilingual::new("只支持 http 与 https", "only http and https are visited"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Bilingual::new("不得含用户名或密码", "it must not hold a user name or password"));
    }
    url.set_fragment(None);
    Ok(url)
}

/// Names the targets whose id was used before, and the addresses that stand twice.
pub(super) fn duplicates(checked: &[(Target, At)], mistakes: &mut Vec<Mistake>) -> Vec<bool> {
    let mut ids: BTreeMap<&TargetId, &At> = BTreeMap::new();
    let mut urls: BTreeMap<&Url, &At> = BTreeMap::new();
    let mut keep = Vec::with_capacity(checked.len());
    for (target, at) in checked {
        let before = ids.get(&target.id).copied();
        match before {
            Some(first) => mistakes.push(Mistake {
                at: at.clone(),
                fatal: true,
                what: Bilingual::new(
                    format!("编号 {} 已在 {first} 使用；请用 id 区分", target.id),
                    format!("the id {} is used at {first} already; tell them apart by id", target.id),
                ),
            }),
            None => {
                ids.insert(&target.id, at);
            }
        }
        for url in &target.urls {
            if let Some(first) = urls.insert(url, at)
                && before.is_none()
            {
                mistakes.push(Mistake {
                    at: at.clone(),
                    fatal: false,
                    what: Bilingual::new(
                        format!("网址 {url} 已登记于 {first}，会重复访问"),
                        format!(
                            "the address {url} is registered at {first} already and will be visited twice"
                        ),
                    ),
                });
            }
        }
        keep.push(before.is_none());
    }
    keep
}
