//! The settings as written: `[alert]`, `[[alert.channel]]`, `[[alert.route]]`. Every mistake is named at once, with what to
//! do.

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use lettre::message::Mailbox;
use serde::Deserialize;
use toml::{Table, Value};
use url::Url;

use super::What;
use super::settings::{Channel, ChannelKind, Quiet, Route, Secret, Settings};
use crate::finding::Severity;
use crate::lang::{Bilingual, Lang};
use crate::target::cadence::{Cadence, Window, is_never};

/// The settings as written. Checked only where alerts are used, since secrets may stand elsewhere.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Written(Table);

/// The longest span over which events are grouped.
const LONGEST_GROUP: SignedDuration = SignedDuration::from_hours(24);
/// The longest name.
const LONGEST_NAME: usize = 60;
/// What a route takes when it does not say.
const USUAL_EVENTS: [What; 5] =
    [What::Opened, What::Worsened, What::Rectified, What::Reopened, What::Overdue];
const USUAL_SEVERITY: Severity = Severity::Medium;

/// Looks a reference up: `env:NAME` or `file:PATH`; in words what is wrong with it.
pub type Lookup<'a> = dyn Fn(&str) -> Result<String, Bilingual> + 'a;

impl Written {
    /// Whether nothing is written.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The settings, checked.
    ///
    /// # Errors
    /// Every mistake, in words.
    pub fn checked(&self, usual: Lang, lookup: &Lookup<'_>) -> Result<Settings, Vec<Bilingual>> {
        let mut mistakes = Vec::new();
        let mut all = Reader::new("alert".to_owned(), &self.0, lookup, &mut mistakes);
        let console = all.text("console").and_then(|text| all.url("console", &text, &["http", "https"]));
        let (channels, routes) = (all.tables("channel"), all.tables("route"));
        all.finish();
        let mut settings = Settings { console, channels: Vec::new(), routes: Vec::new() };
        let mut names = Vec::new();
        for (index, table) in channels.iter().enumerate() {
            let place = place("alert.channel", index, table);
            let mut reader = Reader::new(place, table, lookup, &mut mistakes);
            let channel = channel(&mut reader, usual);
            names.extend(reader.text("name"));
            let twice =
                channel.as_ref().is_some_and(|new| settings.channels.iter().any(|old| old.name == new.name));
            if twice {
                reader.wrong(
                    "name 重复；每个通道须有不同的名称",
                    "name is taken; give each channel a name of its own",
                );
            }
            reader.finish();
            settings.channels.extend(channel);
        }
        for (index, table) in routes.iter().enumerate() {
            let mut reader = Reader::new(place("alert.route", index, table), table, lookup, &mut mistakes);
            let route = route(&mut reader, index, &names);
            if settings.routes.iter().any(|old| old.name == route.name) {
                reader.wrong(
                    "name 重复；每条路由须有不同的名称",
                    "name is taken; give each route a name of its own",
                );
            }
            reader.finish();
            settings.routes.push(route);
        }
        if settings.routes.is_empty() {
            settings.routes.extend((!names.is_empty()).then(|| everything(&names)));
        }
        for name in &names {
            if !settings.routes.iter().any(|route| route.channels.contains(name)) {
                mistakes.push(Bilingual::new(
                    format!("通道“{name}”没有任何路由使用；请加入某条 [[alert.route]] 的 channels，或删去该通道"),
                    format!("no route uses the channel \"{name}\"; add it to the channels of an [[alert.route]], or remove it"),
                ));
            }
        }
        if mistakes.is_empty() { Ok(settings) } else { Err(mistakes) }
    }
}

/// The route that holds where none is written.
fn everything(channels: &[String]) -> Route {
    Route {
        name: "default".to_owned(),
        channels: channels.to_vec(),
        severity: USUAL_SEVERITY,
        labels: Vec::new(),
        divisions: Vec::new(),
        events: USUAL_EVENTS.to_vec(),
        quiet: None,
        group: SignedDuration::ZERO,
        per_hour: None,
    }
}

fn place(what: &str, index: usize, table: &Table) -> String {
    match table.get("name").and_then(Value::as_str) {
        Some(name) => format!("{what} “{}”", super::escape::line(name, LONGEST_NAME)),
        None => format!("{what} {}", index + 1),
    }
}

fn channel(reader: &mut Reader<'_>, usual: Lang) -> Option<Channel> {
    let name = reader.name();
    let kind: Option<ChannelKind> = reader.needed("kind").and_then(|text| reader.word("kind", &text));
    let allow_private = reader.flag("allow_private");
    let lang = reader.text("lang").and_then(|text| match text.as_str() {
        "zh" => Some(Lang::Zh),
        "en" => Some(Lang::En),
        _ => {
            reader.wrong("lang 须为 zh 或 en", "lang must be zh or en");
            None
        }
    });
    let address = reader.needed("address").and_then(|text| reader.secret("address", text));
    let secret = reader.text("secret").and_then(|text| reader.secret("secret", text));
    let kind = kind?;
    let schemes: &[&str] = match kind {
        ChannelKind::Mail => &["smtps", "smtp", "smtp+plain"],
        ChannelKind::Syslog => &["tcp", "udp"],
        _ => &["https", "http"],
    };
    let address = address.and_then(|text| reader.url("address", &text, schemes));
    let open = address.as_ref().is_some_and(|url| matches!(url.scheme(), "http" | "smtp+plain"));
    if open && !allow_private {
        reader.wrong(
            "address 未加密；请改用 https、smtps 或 smtp（STARTTLS），仅在内网时另加 allow_private = true",
            "address is not encrypted; use https, smtps or smtp (STARTTLS), or add allow_private = true within an own network",
        );
    }
    let mail = kind == ChannelKind::Mail;
    let user = reader.only(mail, "user").and_then(|text| reader.secret("user", text));
    let from = reader.only(mail, "from").and_then(|text| reader.mailbox("from", &text));
    let to: Vec<Mailbox> = match mail {
        true => reader.list("to").iter().filter_map(|text| reader.mailbox("to", text)).collect(),
        false => {
            reader.only(false, "to");
            Vec::new()
        }
    };
    let authority = reader.only(mail, "authority").and_then(|text| reader.secret("authority", text));
    if mail && (from.is_none() || to.is_empty()) {
        reader.wrong(
            "邮件通道须有 from（发件人）与 to（收件人列表）",
            "a mail channel needs from (who writes) and to (a list of who reads)",
        );
    }
    if mail && user.is_some() != secret.is_some() {
        reader.wrong("user 与 secret 须同时给出", "user and secret go together");
    }
    if matches!(kind, ChannelKind::WeCom | ChannelKind::Syslog) && secret.is_some() {
        reader.wrong("该类通道没有 secret；请删去", "this kind of channel has no secret; remove it");
    }
    Some(Channel {
        name: name?,
        kind,
        address: Secret(address?),
        secret: secret.map(Secret),
        user,
        from,
        to,
        authority: authority.map(String::into_bytes),
        allow_private,
        lang: lang.unwrap_or(usual),
    })
}

fn route(reader: &mut Reader<'_>, index: usize, known: &[String]) -> Route {
    let name = reader.text("name").unwrap_or_else(|| format!("route {}", index + 1));
    let channels = reader.list("channels");
    if channels.is_empty() {
        reader.wrong("channels 不能为空；写明通道名称", "channels is empty; name at least one channel");
    }
    for channel in channels.iter().filter(|channel| !known.contains(channel)) {
        reader.wrong(
            &format!("没有名为“{channel}”的通道；已有：{}", known.join("、")),
            &format!("there is no channel \"{channel}\"; known: {}", known.join(", ")),
        );
    }
    let severity = reader.text("severity").and_then(|text| reader.word("severity", &text));
    let events: Vec<What> =
        reader.list("events").iter().filter_map(|text| reader.word("events", text)).collect();
    let group = reader.text("group").and_then(|text| reader.span("group", &text));
    let per_hour = reader.number("per_hour");
    Route {
        name,
        channels,
        severity: severity.unwrap_or(USUAL_SEVERITY),
        labels: reader.list("labels"),
        divisions: reader.list("divisions"),
        events: if events.is_empty() { USUAL_EVENTS.to_vec() } else { events },
        quiet: quiet(reader),
        group: group.unwrap_or(SignedDuration::ZERO),
        per_hour,
    }
}

fn quiet(reader: &mut Reader<'_>) -> Option<Quiet> {
    let written = reader.list("quiet");
    let mut windows: Vec<Window> = Vec::new();
    for text in &written {
        match text.parse() {
            Ok(window) => windows.push(window),
            Err(_) => reader.wrong(
                &format!("quiet 中的“{text}”不是时段；写法如 22:00-07:00、周六,周日 00:00-24:00"),
                &format!("quiet: \"{text}\" is no window; write 22:00-07:00 or `sat,sun 00:00-24:00`"),
            ),
        }
    }
    let zone = reader.text("zone").and_then(|text| zone(reader, &text));
    let critical_passes = reader.flag("critical_passes");
    if windows.is_empty() {
        return None;
    }
    if is_never(&[], &windows) {
        reader.wrong(
            "quiet 占满了整周，永远无法告警；请留出时段",
            "quiet leaves no minute of the week; leave some",
        );
    }
    let zone = zone.unwrap_or_else(|| TimeZone::fixed(jiff::tz::offset(8)));
    Some(Quiet { windows, zone, critical_passes })
}

/// `Asia/Shanghai`, `UTC`, `+08:00`.
fn zone(reader: &mut Reader<'_>, text: &str) -> Option<TimeZone> {
    let fixed = || {
        let (sign, rest) = match text.as_bytes().first()? {
            b'+' => (1, &text[1..]),
            b'-' => (-1, &text[1..]),
            _ => return None,
        };
        let (hours, minutes) = rest.split_once(':')?;
        let seconds = hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok()? * 60;
        Some(TimeZone::fixed(jiff::tz::Offset::from_seconds(sign * seconds).ok()?))
    };
    let zone = fixed().or_else(|| TimeZone::get(text).ok());
    if zone.is_none() {
        reader.wrong(
            &format!("zone“{text}”未知；写法如 Asia/Shanghai 或 +08:00"),
            &format!("zone \"{text}\" is not known; write Asia/Shanghai or +08:00"),
        );
    }
    zone
}

/// Reads one table and collects what is wrong with it.
struct Reader<'a> {
    place: String,
    table: &'a Table,
    lookup: &'a Lookup<'a>,
    mistakes: &'a mut Vec<Bilingual>,
    asked: Vec<&'static str>,
}

impl<'a> Reader<'a> {
    fn new(
        place: String,
        table: &'a Table,
        lookup: &'a Lookup<'a>,
        mistakes: &'a mut Vec<Bilingual>,
    ) -> Self {
        Self { place, table, lookup, mistakes, asked: Vec::new() }
    }

    fn wrong(&mut self, zh: &str, en: &str) {
        let place = &self.place;
        self.mistakes.push(Bilingual::new(format!("{place}：{zh}"), format!("{place}: {en}")));
    }

    fn get(&mut self, key: &'static str) -> Option<&'a Value> {
        self.asked.push(key);
        self.table.get(key)
    }

    fn text(&mut self, key: &'static str) -> Option<String> {
        match self.get(key)? {
            Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            _ => {
                self.wrong(
                    &format!("{key} 须为非空文本"),
                    &format!("{key} must be a text that is not empty"),
                );
                None
            }
        }
    }

    fn needed(&mut self, key: &'static str) -> Option<String> {
        if !self.table.contains_key(key) {
            self.wrong(&format!("缺少 {key}"), &format!("{key} is missing"));
        }
        self.text(key)
    }

    fn name(&mut self) -> Option<String> {
        let name = self.needed("name")?;
        if name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            self.wrong("name 过长或含控制字符", "name is too long or holds control characters");
            return None;
        }
        Some(name)
    }

    fn flag(&mut self, key: &'static str) -> bool {
        match self.get(key) {
            None => false,
            Some(Value::Boolean(flag)) => *flag,
            Some(_) => {
                self.wrong(&format!("{key} 须为 true 或 false"), &format!("{key} must be true or false"));
                false
            }
        }
    }

    fn number(&mut self, key: &'static str) -> Option<usize> {
        match self.get(key)? {
            Value::Integer(number) if (1..=10_000).contains(number) => usize::try_from(*number).ok(),
            _ => {
                self.wrong(
                    &format!("{key} 须为 1 至 10000 的整数"),
                    &format!("{key} must be a whole number from 1 to 10000"),
                );
                None
            }
        }
    }

    fn list(&mut self, key: &'static str) -> Vec<String> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let texts =
            value.as_array().map(|all| all.iter().map(|one| one.as_str().map(str::to_owned)).collect());
        match texts {
            Some(Some(texts)) => texts,
            _ => {
                self.wrong(
                    &format!("{key} 须为文本列表，如 [\"a\", \"b\"]"),
                    &format!("{key} must be a list of texts such as [\"a\", \"b\"]"),
                );
                Vec::new()
            }
        }
    }

    fn tables(&mut self, key: &'static str) -> Vec<Table> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let tables = value.as_array().map(|all| all.iter().map(|one| one.as_table().cloned()).collect());
        match tables {
            Some(Some(tables)) => tables,
            _ => {
                self.wrong(
                    &format!("{key} 须写作 [[alert.{key}]]"),
                    &format!("{key} must be written as [[alert.{key}]]"),
                );
                Vec::new()
            }
        }
    }

    fn word<T: std::str::FromStr<Err = String>>(&mut self, key: &str, text: &str) -> Option<T> {
        match text.parse() {
            Ok(word) => Some(word),
            Err(why) => {
                self.wrong(&format!("{key} 有误：{why}"), &format!("{key} is wrong: {why}"));
                None
            }
        }
    }

    fn span(&mut self, key: &str, text: &str) -> Option<SignedDuration> {
        match text.parse::<Cadence>() {
            Ok(Cadence::Every(span)) if span <= LONGEST_GROUP => Some(span),
            _ => {
                self.wrong(
                    &format!("{key} 有误：“{text}”；写法如 10m、1h，至多 24h"),
                    &format!("{key} is wrong: \"{text}\"; write 10m or 1h, 24h at the most"),
                );
                None
            }
        }
    }

    /// The value itself, or what the reference `env:NAME` or `file:PATH` leads to.
    fn secret(&mut self, key: &str, text: String) -> Option<String> {
        if !text.starts_with("env:") && !text.starts_with("file:") {
            return Some(text);
        }
        match (self.lookup)(&text) {
            Ok(value) if !value.trim().is_empty() => Some(value.trim().to_owned()),
            Ok(_) => {
                self.wrong(&format!("{key}：{text} 为空"), &format!("{key}: {text} is empty"));
                None
            }
            Err(why) => {
                self.wrong(&format!("{key}：{}", why.zh), &format!("{key}: {}", why.en));
                None
            }
        }
    }

    /// An address; never repeated in a message, as it may hold a key.
    fn url(&mut self, key: &str, text: &str, schemes: &[&str]) -> Option<Url> {
        let url = Url::parse(text).ok().filter(|url| schemes.contains(&url.scheme()) && url.has_host());
        if url.is_none() {
            let known: Vec<String> = schemes.iter().map(|scheme| format!("{scheme}://")).collect();
            self.wrong(
                &format!("{key} 不是网址；须以 {} 开头", known.join("、")),
                &format!("{key} is no address; it must begin with {}", known.join(", ")),
            );
        }
        url
    }

    fn mailbox(&mut self, key: &str, text: &str) -> Option<Mailbox> {
        let mailbox = text.parse().ok();
        if mailbox.is_none() {
            self.wrong(
                &format!("{key} 中的“{text}”不是邮箱；写法如 a@example.cn 或 值班 <a@example.cn>"),
                &format!("{key}: \"{text}\" is no mailbox; write a@example.cn or Duty <a@example.cn>"),
            );
        }
        mailbox
    }

    /// A text that only some kinds of channel have.
    fn only(&mut self, has: bool, key: &'static str) -> Option<String> {
        if has {
            return self.text(key);
        }
        if self.get(key).is_some() {
            self.wrong(
                &format!("{key} 只用于邮件通道；请删去"),
                &format!("{key} is for mail alone; remove it"),
            );
        }
        None
    }

    /// Names every key that nobody asked for.
    fn finish(mut self) {
        let unknown: Vec<String> =
            self.table.keys().filter(|key| !self.asked.contains(&key.as_str())).cloned().collect();
        let mut known = self.asked.clone();
        known.sort_unstable();
        known.dedup();
        for key in unknown {
            self.wrong(
                &format!("不认识的项 {key}；可用：{}", known.join("、")),
                &format!("unknown key {key}; known: {}", known.join(", ")),
            );
        }
    }
}
