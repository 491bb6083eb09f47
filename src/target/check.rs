//! From a target as written to a target: every field read, every mistake named.

use std::collections::BTreeMap;
use std::str::FromStr;

use jiff::civil::Date;
use url::Url;

use super::cadence::{Cadence, CadenceError, Window, is_never};
use super::filing::{Flaw, Number, Register, is_area, numbers};
use super::mistake::{Mistakes, quoted};
use super::written::{Piece, Written};
use super::{At, Authorisation, Operator, OperatorKind, Scope, Target, UnknownOperatorKind, Visiting};
use crate::id::TargetId;
use crate::lang::Bilingual;

/// Bounds of numbers.
const RATES: std::ops::RangeInclusive<f64> = 0.01..=50.0;
const PAGES: std::ops::RangeInclusive<u32> = 1..=10_000;
const DEPTHS: std::ops::RangeInclusive<u32> = 0..=20;
const LEVELS: std::ops::RangeInclusive<u8> = 1..=5;

/// The longest id.
const LONGEST_ID: usize = 120;

/// The most windows of a site.
const MOST_WINDOWS: usize = 48;

/// Checks what was written of one target; `None` where a mistake leaves nothing to visit.
pub(super) fn check(written: &Written, mistakes: &mut Mistakes) -> Option<Target> {
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
        division: check.division(),
        icp: check.filing("icp", Register::Icp),
        police: check.filing("police", Register::Police),
        site_code: check.site_code(),
        protection_level: check.protection_level(),
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
    check.reach(&target);
    check.authority(&target);
    (!check.fatal).then_some(target)
}

struct Check<'a> {
    written: &'a Written,
    mistakes: &'a mut Mistakes,
    fatal: bool,
}

impl Check<'_> {
    fn pieces(&self, key: &str) -> &[Piece] {
        self.written.pieces.get(key).map_or(&[], Vec::as_slice)
    }

    fn wrong(&mut self, at: At, zh: impl Into<String>, en: impl Into<String>) {
        self.fatal = true;
        self.mistakes.wrong(at, zh, en);
    }

    fn doubt(&mut self, at: At, zh: impl Into<String>, en: impl Into<String>) {
        self.mistakes.doubt(at, zh, en);
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
        self.one(key).map(|piece| one_line(&piece.text))
    }

    fn texts(&self, key: &str) -> Vec<String> {
        let mut texts: Vec<String> = Vec::new();
        for piece in self.pieces(key) {
            let text = one_line(&piece.text);
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        texts
    }

    fn parsed<T: FromStr<Err: Said>>(&mut self, key: &str) -> Option<T> {
        let piece = self.one(key)?;
        self.read(key, &piece)
    }

    fn read<T: FromStr<Err: Said>>(&mut self, key: &str, piece: &Piece) -> Option<T> {
        match piece.text.trim().parse() {
            Ok(value) => Some(value),
            Err(error) => {
                let (text, said) = (quoted(&piece.text), error.said());
                self.wrong(
                    piece.at.clone(),
                    format!("`{key}` 的值 `{text}` 有误：{}", said.zh),
                    format!("`{key}` is wrong: `{text}` {}", said.en),
                );
                None
            }
        }
    }

    fn windows(&mut self, key: &str) -> Vec<Window> {
        let pieces = self.pieces(key).to_vec();
        if let Some(beyond) = pieces.get(MOST_WINDOWS) {
            let at = beyond.at.clone();
            self.wrong(
                at,
                format!("`{key}` 至多 {MOST_WINDOWS} 段"),
                format!("`{key}` takes {MOST_WINDOWS} windows at the most"),
            );
        }
        pieces.iter().take(MOST_WINDOWS).filter_map(|piece| self.read(key, piece)).collect()
    }

    fn bounded<T>(&mut self, key: &str, bounds: &std::ops::RangeInclusive<T>) -> Option<T>
    where
        T: FromStr + PartialOrd + std::fmt::Display,
    {
        let piece = self.one(key)?;
        // A spreadsheet makes every number a fraction.
        let text = piece.text.trim().trim_end_matches('级');
        let text = text.strip_suffix(".0").unwrap_or(text);
        match text.parse() {
            Ok(value) if bounds.contains(&value) => Some(value),
            _ => {
                let (low, high, text) = (bounds.start(), bounds.end(), quoted(text));
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
                    let text = quoted(&piece.text);
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
            let text = quoted(text);
            self.wrong(
                piece.at.clone(),
                format!("编号 `{text}` 不得含空白，且不超过 {LONGEST_ID} 字"),
                format!("the id `{text}` must hold no blanks and at most {LONGEST_ID} characters"),
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
        let Some(number) = read else {
            let (example, text) = (example(register), quoted(text));
            self.doubt(
                piece.at.clone(),
                format!("`{text}` 不像备案号（应形如 {example}），不与页面标识核对"),
                format!("`{text}` does not read as a filing number such as {example}; pages are not compared with it"),
            );
            return Some(one_line(&piece.text));
        };
        for flaw in flaws(&number) {
            let said = of_flaw(flaw);
            self.doubt(
                piece.at.clone(),
                format!("备案号 {number} {}，请核对", said.zh),
                format!("the filing number {number} {}; compare it with the filing", said.en),
            );
        }
        Some(number.to_string())
    }

    /// A code of GB/T 2260, from the two digits of a province to the six of a county (longer statistical codes are
    /// taken too), or a name.
    fn division(&mut self) -> Option<String> {
        let piece = self.one("division")?;
        let text = one_line(&piece.text);
        let is_code = text.bytes().all(|byte| byte.is_ascii_digit());
        let area = text.get(..2).and_then(|area| area.parse().ok());
        if is_code && !(matches!(text.len(), 2 | 4 | 6 | 9 | 12) && area.is_some_and(is_area)) {
            let shown = quoted(&text);
            self.doubt(
                piece.at,
                format!("`{shown}` 不是行政区划代码（应为六位，如 511502），按名称对待"),
                format!(
                    "`{shown}` is no code of a division (six digits such as 511502) and is taken as a name"
                ),
            );
        }
        Some(text)
    }

    /// A number from 1 to 5, also as `三级` or `第三级`.
    fn protection_level(&mut self) -> Option<u8> {
        let piece = self.pieces("protection_level").first()?;
        let plain = piece.text.trim().trim_start_matches('第').trim_end_matches('级');
        let chinese = ["一", "二", "三", "四", "五"].iter().position(|sign| *sign == plain);
        match chinese {
            Some(level) => u8::try_from(level + 1).ok(),
            None => self.bounded("protection_level", &LEVELS),
        }
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
        Some(one_line(&code))
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
                _ => {
                    let text = quoted(&text);
                    self.wrong(
                        piece.at,
                        format!("`{key}` 中的 `{text}` 不是主机名（如 news.example.cn 或 *.example.cn）"),
                        format!(
                            "`{text}` in `{key}` is no host name such as news.example.cn or *.example.cn"
                        ),
                    );
                }
            }
        }
        hosts
    }

    fn paths(&mut self, key: &str) -> Vec<String> {
        let mut paths = Vec::new();
        for piece in self.pieces(key).to_vec() {
            let text = one_line(&piece.text);
            if text.starts_with('/') {
                paths.push(text);
            } else {
                let text = quoted(&text);
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
            windows: self.windows("visit.windows"),
            avoid: self.windows("visit.avoid"),
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
                let other = quoted(other);
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
            let text = quoted(&piece.text);
            self.wrong(
                piece.at,
                format!("`{key}` 应为日期，如 2026-11-26，而不是 `{text}`"),
                format!("`{key}` is a day such as 2026-11-26, not `{text}`"),
            );
        }
        read
    }

    /// Whether anything of the site can be reached at all: windows and scope must not contradict themselves.
    fn reach(&mut self, target: &Target) {
        let visit = &target.visit;
        if is_never(&visit.windows, &visit.avoid) {
            let at = self.place(&["visit.avoid", "visit.windows"]);
            self.wrong(
                at,
                "允许时段全部落在避开时段之内，网站永远不会被访问：请放宽 visit.windows 或收窄 visit.avoid",
                "every admitted window lies within what is avoided, so the site is never visited: widen visit.windows or \
                 narrow visit.avoid",
            );
        }
        let Scope { paths, exclude, .. } = &target.scope;
        if exclude.iter().any(|excluded| excluded == "/" || paths.contains(excluded)) {
            let at = self.place(&["scope.exclude"]);
            self.wrong(
                at,
                "scope.exclude 排除了整个网站或与 scope.paths 相同的路径：请二者取一",
                "scope.exclude takes away the whole site, or the very path that scope.paths asks for: keep one of the two",
            );
        }
        let outside = |url: &Url| {
            let begins = |all: &[String]| all.iter().any(|path| url.path().starts_with(path.as_str()));
            (!paths.is_empty() && !begins(paths)) || begins(exclude)
        };
        if let Some(url) = target.urls.iter().find(|url| outside(url)) {
            let (at, url) = (self.place(&["urls"]), quoted(url.as_str()));
            self.doubt(
                at,
                format!("网址 {url} 在 scope 之外，只有网址本身会被访问"),
                format!("the address {url} lies outside the scope; nothing beyond it will be visited"),
            );
        }
        if !visit.allow_private
            && let Some(url) = target.urls.iter().find(|url| is_private(url))
        {
            let (at, url) = (self.place(&["urls"]), quoted(url.as_str()));
            self.doubt(
                at,
                format!("网址 {url} 是内网地址，须 visit.allow_private = true（允许内网）才会访问"),
                format!("{url} is a private address and is refused unless visit.allow_private = true"),
            );
        }
    }

    /// Where the first of these fields was written, or else the target.
    fn place(&self, keys: &[&str]) -> At {
        let first = keys.iter().find_map(|key| self.pieces(key).first());
        first.map_or_else(|| self.written.at.clone(), |piece| piece.at.clone())
    }

    /// Whether it is said on what authority the site is watched.
    fn authority(&mut self, target: &Target) {
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

/// What a value did wrong, after the value itself.
trait Said {
    fn said(&self) -> Bilingual;
}

impl Said for CadenceError {
    fn said(&self) -> Bilingual {
        match self {
            Self::Cadence(_) => Bilingual::new(
                "应写作 30m、6h、2d、每小时、每天、每周，或 cron 表达式如 `15 */4 * * *`",
                "is no cadence; write 30m, 6h, 2d, hourly, daily, weekly or a cron expression such as `15 */4 * * *`",
            ),
            Self::Bounds(_) => {
                Bilingual::new("周期应在 1 分钟到 366 天之间", "must lie between 1 minute and 366 days")
            }
            Self::Window(_) => Bilingual::new(
                "应写作 22:00-06:00 或 `周一至周五 09:00-11:00`",
                "is no time window; write 22:00-06:00 or `mon-fri 09:00-11:00`",
            ),
        }
    }
}

impl Said for UnknownOperatorKind {
    fn said(&self) -> Bilingual {
        Bilingual::new(
            "单位性质应为 企业、事业单位、国家机关、关键信息基础设施、平台、未知 之一",
            "is no kind of operator; write enterprise, institution, state_organ, cii, platform or unknown",
        )
    }
}

/// A text without line breaks and control characters: none of them belongs into a name, and none gets onto a terminal.
fn one_line(text: &str) -> String {
    if !text.contains(char::is_control) {
        return text.trim().to_owned();
    }
    text.split(|c: char| c.is_control())
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn example(register: Register) -> &'static str {
    if register == Register::Icp { "蜀ICP备20250001号-1" } else { "川公网安备51010402000001号" }
}

/// What is doubtful about a registered number. Whether its year lies ahead is left to the day of a visit.
fn flaws(number: &Number) -> Vec<Flaw> {
    number.flaws(i16::MAX)
}

fn of_flaw(flaw: Flaw) -> Bilingual {
    match flaw {
        Flaw::Placeholder => Bilingual::new("像模板中的占位号", "looks like the placeholder of a template"),
        Flaw::ZeroSerial => Bilingual::new("序号为零", "has the serial zero"),
        Flaw::Length => Bilingual::new("位数不对", "has too few or too many digits"),
        Flaw::NoProvince => Bilingual::new("缺少省份简称", "lacks the sign of its province"),
        Flaw::OtherRegistersSign => Bilingual::new(
            "用了另一种备案的省份简称（如以川代蜀）",
            "goes by the sign that the other register uses",
        ),
        Flaw::FutureYear => Bilingual::new("年份有误", "names an impossible year"),
        Flaw::AreaContradictsSign => {
            Bilingual::new("区划与省份简称不符", "has an area that contradicts the sign of its province")
        }
    }
}

/// Whether an address names this machine or a private network without asking a name server.
fn is_private(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_private() || ip.is_loopback() || ip.is_link_local(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// An address as registers write it: a bare name is tried over http, as a browser's address bar does.
fn address(text: &str) -> Result<Url, Bilingual> {
    let text = text.trim();
    let spelled = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let mut url = Url::parse(&spelled).map_err(of_address)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Bilingual::new("只支持 http 与 https", "only http and https are visited"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Bilingual::new("不得含用户名或密码", "it must not hold a user name or password"));
    }
    url.set_fragment(None);
    Ok(url)
}

fn of_address(error: url::ParseError) -> Bilingual {
    use url::ParseError as E;
    let zh = match error {
        E::EmptyHost => "缺少主机名",
        E::IdnaError | E::InvalidDomainCharacter => "主机名含有不允许的字符",
        E::InvalidPort => "端口有误",
        E::InvalidIpv4Address | E::InvalidIpv6Address => "IP 地址有误",
        _ => "不是网址，应形如 https://www.example.cn/",
    };
    Bilingual::new(zh, format!("{error}; write it as https://www.example.cn/"))
}

/// Names the targets whose id was used before, and the addresses that stand twice.
pub(super) fn duplicates(checked: &[(Target, At)], mistakes: &mut Mistakes) -> Vec<bool> {
    let mut ids: BTreeMap<&TargetId, &At> = BTreeMap::new();
    let mut urls: BTreeMap<&Url, &At> = BTreeMap::new();
    let mut keep = Vec::with_capacity(checked.len());
    for (target, at) in checked {
        let before = ids.get(&target.id).copied();
        match before {
            Some(first) => mistakes.wrong(
                at.clone(),
                format!("编号 {} 已在 {first} 使用；请用 id 区分", target.id),
                format!("the id {} is used at {first} already; tell them apart by id", target.id),
            ),
            None => {
                ids.insert(&target.id, at);
            }
        }
        for url in &target.urls {
            if let Some(first) = urls.insert(url, at)
                && before.is_none()
            {
                mistakes.doubt(
                    at.clone(),
                    format!("网址 {url} 已登记于 {first}，会重复访问"),
                    format!("the address {url} is registered at {first} already and will be visited twice"),
                );
            }
        }
        keep.push(before.is_none());
    }
    keep
}
