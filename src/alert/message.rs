//! What a message says, before any channel writes it in its own way: a subject, and an item for each event.

use jiff::Timestamp;
use url::Url;

use super::escape::line;
use super::words::{happening, say, severity};
use super::{Channel, Notice, What};
use crate::finding::Severity;
use crate::lang::Lang;

/// The longest text from a page or a register in a message, in characters.
const LONGEST: usize = 120;
/// The longest address, in characters.
const LONGEST_ADDRESS: usize = 300;

/// What one message is about.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// The events, oldest first.
    pub notices: &'a [&'a Notice],
    /// Whether anything happened at all.
    pub purpose: Purpose,
    /// The same for the same events over the same channel, so that a receiver knows a message that comes twice.
    pub id: &'a str,
    /// Where the console can be reached.
    pub console: Option<&'a Url>,
}

/// Why a message is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Something happened.
    Alert,
    /// Somebody tries the channel.
    Test,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    /// One line, without markup.
    pub(super) subject: String,
    /// What it is about; the gravest first.
    pub(super) items: Vec<Item>,
    /// The last line.
    pub(super) foot: String,
}

/// An event in a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    /// One line, without markup; empty where the subject says it.
    pub(super) head: String,
    /// Further lines.
    pub(super) fields: Vec<(&'static str, Value)>,
}

/// What stands in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// Text, from wherever.
    Text(String),
    /// An outside address, which must not become a link.
    Address(String),
    /// A page of the console.
    Link(String),
}

impl Message {
    /// The message about a batch.
    pub(super) fn of(batch: &Batch<'_>, lang: Lang) -> Self {
        if batch.purpose == Purpose::Test {
            return Self::test(lang);
        }
        let mut notices = batch.notices.to_vec();
        notices.sort_by_key(|notice| (std::cmp::Reverse(notice.severity), notice.number));
        match notices.as_slice() {
            [one] => {
                Self { subject: subject(one, lang), items: vec![whole(one, batch, lang)], foot: foot(lang) }
            }
            many => Self {
                subject: subject_of(many, lang),
                items: many.iter().map(|notice| short(notice, batch, lang)).collect(),
                foot: foot(lang),
            },
        }
    }

    fn test(lang: Lang) -> Self {
        let item = Item {
            head: say(lang, "这是一条测试消息，没有发生任何事件。", "This is a test; nothing happened.")
                .to_owned(),
            fields: Vec::new(),
        };
        Self {
            subject: say(lang, "【巡查】测试消息", "[xuncha] test message").to_owned(),
            items: vec![item],
            foot: String::new(),
        }
    }

    /// What to say of items that did not fit.
    pub(super) fn more(count: usize, lang: Lang) -> String {
        match lang {
            Lang::Zh => format!("另有 {count} 项未列出：xuncha findings list 或控制台可见。"),
            Lang::En => format!("{count} more are not listed here: see xuncha findings list or the console."),
        }
    }
}

fn foot(lang: Lang) -> String {
    say(
        lang,
        "以上为自动巡查所得线索，请人工核实。",
        "Leads found by automatic visits, for a person to confirm.",
    )
    .to_owned()
}

/// The subject of a message about one event.
pub(super) fn subject(notice: &Notice, lang: Lang) -> String {
    let (what, grave) = (happening(notice.what, lang), severity(notice.severity, lang));
    let (name, kinds) = (line(&notice.name, 40), kinds(notice, lang));
    match lang {
        Lang::Zh => format!("【巡查·{grave}】{what}：{name}（{kinds}）"),
        Lang::En => format!("[xuncha {grave}] {what}: {name} ({kinds})"),
    }
}

fn subject_of(notices: &[&Notice], lang: Lang) -> String {
    let worst = notices.iter().map(|notice| notice.severity).max().unwrap_or(Severity::Info);
    let counts: Vec<String> = What::ALL
        .iter()
        .map(|what| (*what, notices.iter().filter(|notice| notice.what == *what).count()))
        .filter(|(_, count)| *count > 0)
        .map(|(what, count)| format!("{} {count}", happening(what, lang)))
        .collect();
    let (grave, all) = (severity(worst, lang), notices.len());
    match lang {
        Lang::Zh => format!("【巡查·{grave}】{all} 项动态：{}", counts.join("，")),
        Lang::En => format!("[xuncha {grave}] {all} events: {}", counts.join(", ")),
    }
}

/// The names of the kinds, in words.
pub(super) fn kinds(notice: &Notice, lang: Lang) -> String {
    let names: Vec<&str> = notice.kinds.iter().map(|(_, name)| name.get(lang)).collect();
    line(&names.join(say(lang, "、", ", ")), LONGEST)
}

fn whole(notice: &Notice, batch: &Batch<'_>, lang: Lang) -> Item {
    let text = |text: &str| Value::Text(line(text, LONGEST));
    let mut fields = vec![(say_static(lang, "网站", "Site"), text(&site(notice)))];
    if let Some(operator) = &notice.operator {
        fields.push((say_static(lang, "主办单位", "Operator"), text(operator)));
    }
    if let Some(division) = &notice.division {
        fields.push((say_static(lang, "行政区划", "Division"), text(division)));
    }
    fields.push((say_static(lang, "动态", "Event"), text(happening(notice.what, lang))));
    fields.push((say_static(lang, "级别", "Severity"), text(severity(notice.severity, lang))));
    fields.push((say_static(lang, "发现", "Finding"), text(notice.title.get(lang))));
    if let Some(page) = &notice.page {
        fields.push((say_static(lang, "页面", "Page"), Value::Address(line(page, LONGEST_ADDRESS))));
    }
    fields.push((say_static(lang, "首次看见", "First seen"), text(&moment(notice.first_seen, lang))));
    fields.push((say_static(lang, "最近看见", "Last seen"), text(&moment(notice.last_seen, lang))));
    if let Some(clean) = notice.last_clean_before {
        fields.push((say_static(lang, "此前最后正常", "Last clean before"), text(&moment(clean, lang))));
    }
    if let Some(clean) = notice.first_clean_after {
        fields.push((say_static(lang, "此后首次正常", "First clean after"), text(&moment(clean, lang))));
    }
    if let Some(due) = notice.recheck_due.filter(|_| notice.what == What::Overdue) {
        fields.push((say_static(lang, "应于此时复查", "To be looked at again"), text(&moment(due, lang))));
    }
    fields.push(way(notice, batch, lang));
    Item { head: String::new(), fields }
}

/// The site by its name, with its id where that says more.
fn site(notice: &Notice) -> String {
    let (name, id) = (&notice.name, notice.site.as_str());
    if name == id { name.clone() } else { format!("{name}（{id}）") }
}

fn short(notice: &Notice, batch: &Batch<'_>, lang: Lang) -> Item {
    let (grave, what) = (severity(notice.severity, lang), happening(notice.what, lang));
    let (name, kinds, at) = (line(&notice.name, 40), kinds(notice, lang), moment(notice.at, lang));
    let mut fields = Vec::new();
    if let Some(page) = &notice.page {
        fields.push((say_static(lang, "页面", "Page"), Value::Address(line(page, LONGEST))));
    }
    fields.push(way(notice, batch, lang));
    Item { head: format!("{grave} · {what} · {name} · {kinds} · {at}"), fields }
}

/// How to see the whole incident.
fn way(notice: &Notice, batch: &Batch<'_>, lang: Lang) -> (&'static str, Value) {
    let label = say_static(lang, "事件", "Incident");
    match batch.console.and_then(|console| link(console, notice)) {
        Some(link) => (label, Value::Link(link)),
        None => (label, Value::Text(notice.incident.to_string())),
    }
}

/// The page of an incident in the console.
pub(super) fn link(console: &Url, notice: &Notice) -> Option<String> {
    let mut url = console.clone();
    url.path_segments_mut().ok()?.pop_if_empty().push("incidents").push(notice.incident.as_str());
    Some(url.into())
}

/// A time as people in Beijing read it.
fn moment(at: Timestamp, lang: Lang) -> String {
    let zoned = at.to_zoned_datetime(jiff::tz::TimeZone::fixed(jiff::tz::offset(8)));
    let told = zoned.strftime("%Y-%m-%d %H:%M");
    match lang {
        Lang::Zh => told.to_string(),
        Lang::En => format!("{told} +08:00"),
    }
}

fn say_static(lang: Lang, zh: &'static str, en: &'static str) -> &'static str {
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

/// A line of plain text.
pub(super) fn plain(label: &str, value: &Value, lang: Lang) -> String {
    let colon = say(lang, "：", ": ");
    match value {
        Value::Link(text) => format!("{label}{colon}{text}"),
        Value::Text(text) | Value::Address(text) => {
            format!("{label}{colon}{}", super::escape::defanged(text))
        }
    }
}

/// The subject, in which nothing may end a line.
pub(super) fn subject_line(message: &Message) -> String {
    line(&message.subject, 180)
}

/// The language and the message of a batch for a channel.
pub(super) fn of(channel: &Channel, batch: &Batch<'_>) -> (Lang, Message) {
    (channel.lang, Message::of(batch, channel.lang))
}
