//! Defacement without a baseline: pages that an intruder replaced or marked, known by their signatures and shape.
//!
//! **What it finds.** Signatures ("hacked by …", 黑客到此 …) in the title, a heading or as a line of their own; pages that
//! were replaced as a whole; ransom notes. **Why it matters.** Somebody else writes to the server; what visitors read
//! is the least of it. **How it can be wrong.** Art, games and lessons may imitate a defacement; a mark in a picture
//! only is not read. What changed against an accepted state is the business of the baseline.

mod changed;
mod ransom;
mod shape;
mod signature;
mod stranger;

use super::card::{Card, Example, Seen, Text};
use super::dossier::Dossier;
use super::sighting::{Sighting, distinct_sightings};
use super::{Context, Detector};
use crate::baseline::{Accepted, Change, Face};
use crate::finding::{Finding, IncompleteFinding, Kind, Outcome, Severity, Signal, State};
use crate::page::{Block, Origin, Region, Role, Sight, Spot};
use shape::Shape;
use signature::Reading;

/// The detector.
pub(super) static DETECTOR: Detector = Detector { kind: Kind::Defacement, card: CARD, detect };

const CARD: Card = Card {
    since: "0.1.0",
    severity: Severity::Critical,
    looks_at: Text {
        zh: "每个访问身份所得页面的标题、各级标题、可见文字块、内嵌脚本中的字符串，以及页面整体形态。",
        en: "Title, headings, visible text blocks, strings in inline scripts and the overall shape of the page, for every profile.",
    },
    finds: Text {
        zh: "页面被攻击者整页替换、被写入“hacked by”“黑客到此”一类签名，或被换成勒索告示；与基线相比被插入的话、被清空的页面、被换掉的联系或收款方式、此前没有的攻击页。",
        en: "Pages an intruder replaced as a whole, signed (“hacked by …”, 黑客到此 …), or turned into a ransom note; beside the \
             baseline: words put in, pages emptied, other numbers to call or pay to, pages that were never there.",
    },
    matters: Text {
        zh: "页面能被改，说明攻击者已有写入权限；除影响观感外，数据和后台也可能已失守。",
        en: "Whoever can change the page can write to the server; the data and the back office may be lost too.",
    },
    errs: Text {
        zh: "安全新闻、竞赛题解、电影介绍等谈论黑客的正文不报；模仿被黑页面的艺术或游戏页可能误报；仅以图片呈现的标语无法读出。",
        en: "Articles that talk of hacking stay silent; art and games that imitate a defaced page may be reported; \
             slogans that exist only inside pictures cannot be read.",
    },
    references: &[
        "https://attack.mitre.org/techniques/T1491/",
        "https://cwe.mitre.org/data/definitions/506.html",
    ],
    must_find: &[
        Example {
            name: "a page replaced by a signature",
            seen: Seen::Page(
                "<title>Hacked by T3ster</title><body bgcolor=black><h1>H4CK3D BY T3STER</h1><p>greetz to nobody",
            ),
        },
        Example {
            name: "a Chinese signature as the heading of a page that is otherwise whole",
            seen: Seen::Page(
                "<title>某某学校</title><nav><a href=/a>学校概况</a><a href=/b>新闻动态</a><a href=/c>通知公告</a>\
                 <a href=/d>教学科研</a><a href=/e>招生就业</a></nav><h2>黑客到此一游</h2>\
                 <p>本校创办于一九五二年，位于城南，现有教学班三十六个，在校学生一千六百余人，校园占地八十亩。</p>",
            ),
        },
        Example {
            name: "a ransom note",
            seen: Seen::Page(
                "<title>READ ME</title><p>All your files have been encrypted. To decrypt them pay 0.1 bitcoin to \
                 bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq</p>",
            ),
        },
    ],
    must_spare: &[
        Example {
            name: "news of a hacked site",
            seen: Seen::Page(
                "<title>某市一单位网站被黑 警方介入调查</title><h1>某市一单位网站被黑 警方介入调查</h1>\
                 <p>2024年5月6日 来源：某某日报</p><p>记者从某市公安局获悉，某单位网站首页于五月五日凌晨遭黑客攻击，\
                 页面出现“hacked by test”字样，技术人员已于当日上午恢复，案件正在进一步侦办之中，警方提醒各单位加强防护。</p>",
            ),
        },
        Example {
            name: "a security article that quotes a signature",
            seen: Seen::Page(
                "<title>How we found a web shell | Example Blog</title><article><h1>How we found a web shell</h1>\
                 <p>Last week a customer called us because the front page of their shop showed nothing but a black \
                 screen with the words of a defacement crew. Attackers had hacked an outdated plugin.</p>\
                 <blockquote>Hacked by T3ster</blockquote><p>We looked at the logs and found that the malware came in \
                 through an upload form that did not check the type of the file, which is a common vulnerability.</p>\
                 <p><a href=/a>More</a> <a href=/b>About</a> <a href=/c>Contact</a> <a href=/d>Archive</a> <a href=/e>RSS</a></p>\
                 </article>",
            ),
        },
    ],
};

/// What speaks for a defacement, before a finding is made of it.
#[derive(Debug)]
struct Case<'a> {
    form: &'static str,
    method: &'static str,
    words: String,
    place: Where<'a>,
    severity: Severity,
    confidence: f64,
    signals: Vec<Signal>,
    effects: Vec<&'static str>,
}

/// Where the mark stands.
#[derive(Debug, Clone, Copy)]
struct Where<'a> {
    selector: &'a str,
    line: u32,
    text: &'a str,
}

impl<'a> From<&'a Spot> for Where<'a> {
    fn from(spot: &'a Spot) -> Self {
        Self { selector: &spot.selector, line: spot.line, text: &spot.source }
    }
}

impl<'a> From<&'a Block> for Where<'a> {
    fn from(block: &'a Block) -> Self {
        Self { selector: &block.selector, line: block.line, text: &block.text }
    }
}

fn detect(dossier: &Dossier, context: &Context<'_>) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    let mut looked = false;
    for sighting in distinct_sightings(dossier) {
        looked = true;
        if let Some(case) = judge(&sighting, context)
            && let Ok(finding) = finding(&sighting, case, changed::differences(&sighting))
        {
            let sure = finding.severity >= Severity::Medium;
            let finding = Box::new(finding);
            outcomes.push(if sure { Outcome::Violation(finding) } else { Outcome::NeedsReview(finding) });
        }
    }
    match (looked, outcomes.is_empty()) {
        (false, _) => vec![Outcome::NotApplicable(Kind::Defacement)],
        (true, true) => vec![Outcome::Pass(Kind::Defacement)],
        (true, false) => outcomes,
    }
}

/// Everything on the page that was read as words, with its reading.
struct Read<'a> {
    title: Option<(Where<'a>, Reading)>,
    /// Short blocks that stand out or stand alone.
    lines: Vec<(Where<'a>, Reading)>,
    /// Strings that scripts show.
    strings: Vec<(Where<'a>, Reading)>,
    /// Paragraphs of prose that talk of hacking.
    talk: usize,
}

fn judge<'a>(sighting: &Sighting<'a>, context: &Context<'_>) -> Option<Case<'a>> {
    let shape = Shape::of(sighting, context.known);
    let read = read_page(sighting, &shape);
    if let Some(case) = ransom::judge(sighting, &shape) {
        return Some(case);
    }
    let by_itself = signed(&read, &shape).or_else(|| spoken(sighting, &shape));
    let by_change = || changed::judge(sighting, accepted(sighting)?, context);
    by_itself.or_else(by_change).or_else(|| nameless(sighting, &read, &shape))
}

/// The accepted state that a sighting can be compared with.
fn accepted<'a>(sighting: &Sighting<'a>) -> Option<&'a Accepted> {
    let face = Face::of(sighting.view.profile.agent.class())?;
    sighting.dossier.baseline.as_ref().filter(|_| !sighting.rendered)?.known(face)
}

/// A case on a page that was not there before: nothing of the site was replaced.
fn added(case: Case<'_>) -> Case<'_> {
    match case.form {
        "replaced" | "signature" => Case { form: "added-page", method: "def-added-page", ..case },
        _ => case,
    }
}

fn read_page<'a>(sighting: &Sighting<'a>, shape: &Shape) -> Read<'a> {
    let page = sighting.page;
    let title = page.title.as_ref().map(|title| (Where::from(title), signature::read(&title.text)));
    let read_line = if shape.bare() { signature::read } else { signature::skim };
    let mut read = Read { title, lines: Vec::new(), strings: Vec::new(), talk: 0 };
    for block in &page.blocks {
        if (block.visibility.sight == Sight::Hidden && !shape.bare())
            || matches!(block.origin, Origin::Comment | Origin::ConditionalComment)
        {
            continue;
        }
        let length = block.text.chars().count();
        if length > 400 && !shape.bare() {
            read.talk += usize::from(signature::skim(&block.text).topic);
            continue;
        }
        let quoted = block.role == Role::Quoted && !shape.bare();
        if quoted || block.region == Region::UserContent && !shape.bare() {
            continue;
        }
        let reading = read_line(&block.text);
        read.talk += usize::from(length >= 80 && reading.topic && reading.mark.is_none());
        if !reading.is_empty() {
            read.lines.push((Where::from(block), reading));
        }
    }
    // A signature may be spread over the few blocks there are, or sit in a document inside a frame.
    if shape.text < 400
        && let Some(first) = page.blocks.first()
    {
        let all = page.blocks.iter().take(40).map(|block| block.text.as_str()).collect::<Vec<_>>().join(" ");
        let reading = signature::read(&all);
        read.lines.extend((!reading.is_empty()).then(|| (Where::from(first), reading)));
    }
    let framed = page.frames.iter().find(|frame| frame.url.is_none() && frame.source.contains("srcdoc"));
    if let Some(frame) = framed {
        let place = Where { selector: &frame.selector, line: frame.line, text: &frame.source };
        read.lines.extend(inner_document(sighting.body()).map(|reading| (place, reading)));
    }
    read.strings = script_strings(sighting);
    read
}

/// The mark in a document that a frame carries in its attribute, where there is one.
fn inner_document(body: &[u8]) -> Option<Reading> {
    /// How much of it is read, in bytes.
    const LOOK: usize = 16 << 10;
    let at = memchr::memmem::find(body, b"srcdoc")?;
    let text = String::from_utf8_lossy(&body[at..body.len().min(at + LOOK)]);
    let text = text.replace("&lt;", "<").replace("&gt;", ">");
    text.split(['<', '>', '\n']).map(signature::skim).find(|reading| reading.mark.is_some())
}

/// The strings of inline scripts that a page may show, where the code hints at a signature at all.
fn script_strings<'a>(sighting: &Sighting<'a>) -> Vec<(Where<'a>, Reading)> {
    let mut strings = Vec::new();
    for script in &sighting.page.scripts {
        let code = &script.code[..script.code.floor_char_boundary(64 << 10)];
        let lower = code.to_ascii_lowercase();
        if !["hack", "h4ck", "pwn", "deface", "0wn", "被黑", "黑客", "攻破", "控制"]
            .iter()
            .any(|hint| lower.contains(hint))
        {
            continue;
        }
        for piece in
            code.split(['"', '\'', '`', '\n']).filter(|piece| (8..200).contains(&piece.len())).take(400)
        {
            let reading = signature::read(piece);
            if reading.mark.is_some() {
                let place = Where { selector: &script.selector, line: script.line, text: piece };
                strings.push((place, reading));
            }
        }
    }
    strings
}

/// A page that bears a mark or enough of what goes with one.
fn signed<'a>(read: &Read<'a>, shape: &Shape) -> Option<Case<'a>> {
    let replaced = shape.replaced();
    let mark_in_title = read.title.as_ref().filter(|(_, reading)| reading.mark.is_some());
    let mark_in_line = read.lines.iter().find(|(_, reading)| reading.mark.is_some());
    let mark_in_script = read.strings.first();
    let all = || read.title.iter().chain(&read.lines).chain(&read.strings).map(|(_, reading)| reading);
    let claim = all().find_map(|reading| reading.claim);
    let mut scene: Vec<_> = all().flat_map(|reading| reading.scene.iter().copied()).collect();
    scene.sort_unstable();
    scene.dedup();
    let marked = mark_in_title.or(mark_in_line).or(mark_in_script);

    let mut score = replaced + 0.1 * scene.len().min(3) as f64;
    score += if marked.is_some() { 0.5 } else { 0.0 };
    score += if claim.is_some() { 0.2 } else { 0.0 };
    score += if mark_in_title.is_some() && mark_in_line.is_some() { 0.2 } else { 0.0 };
    let scene_title =
        read.title.as_ref().is_some_and(|(_, reading)| !reading.scene.is_empty() || reading.claim.is_some());
    score += if scene_title && marked.is_none() { 0.2 } else { 0.0 };
    // A page that talks of hacking at length is about it; only a page that is nothing else may still be signed.
    if read.talk >= 2 && replaced == 0.0 {
        return None;
    }
    let whole = replaced > 0.0;
    let enough = match (marked.is_some(), whole) {
        (true, true) => score >= 0.6,
        (true, false) => true,
        (false, true) => score >= 0.6 && (claim.is_some() || scene.len() >= 2 || scene_title),
        (false, false) => false,
    };
    if !enough {
        return None;
    }
    let spoken = || {
        read.lines
            .iter()
            .chain(&read.title)
            .find(|(_, reading)| reading.claim.is_some() || !reading.scene.is_empty())
    };
    let (place, reading) = marked.or_else(spoken)?;
    let words = reading.mark.clone().or_else(|| claim.map(str::to_owned)).unwrap_or_else(|| scene.join(", "));
    let (form, method) = if whole {
        ("replaced", "def-homepage-replace")
    } else if mark_in_line.is_none() && mark_in_title.is_some() {
        ("changed-title", "def-title-change")
    } else if mark_in_line.is_none() {
        ("signature", "def-popup-alert")
    } else {
        ("signature", "def-hackedby-signature")
    };
    let severity = if marked.is_some() && (whole || mark_in_title.is_some()) {
        Severity::Critical
    } else {
        Severity::High
    };
    Some(Case {
        form,
        method,
        words,
        place: *place,
        severity,
        confidence: if marked.is_some() { (0.75 + score / 5.0).min(0.98) } else { score.min(0.9) },
        signals: vec![Signal::Payload, Signal::Mechanism],
        effects: shape.effects.clone(),
    })
}

/// A page that is nothing but a message in the manner of intruders, whatever name it bears.
fn spoken<'a>(sighting: &Sighting<'a>, shape: &Shape) -> Option<Case<'a>> {
    /// Characters of a message that are listened to.
    const HEARD: usize = 8_000;
    if !shape.message() {
        return None;
    }
    let page = sighting.page;
    let seen = page.blocks.iter().filter(|block| {
        !matches!(block.origin, Origin::Comment | Origin::ConditionalComment)
            && block.region != Region::UserContent
    });
    let mut text = page.title.as_ref().map_or(String::new(), |title| title.text.clone());
    for block in seen {
        text.push('\n');
        text.push_str(&block.text);
        if text.len() > HEARD {
            break;
        }
    }
    let tone = signature::tone(&text);
    if !tone.is_intruders(text.chars().count()) {
        return None;
    }
    let place = page.blocks.iter().max_by_key(|block| signature::tone(&block.text).points());
    let place = place.map(Where::from).or_else(|| page.title.as_ref().map(Where::from))?;
    let sure = tone.points() >= 9 && tone.topic >= 2;
    Some(Case {
        form: "replaced",
        method: "def-homepage-replace",
        words: place.text.chars().take(120).collect(),
        place,
        severity: if sure { Severity::High } else { Severity::Medium },
        confidence: if sure { 0.85 } else { 0.65 },
        signals: vec![Signal::Payload, Signal::Mechanism],
        effects: shape.effects.clone(),
    })
}

/// A page that was replaced by somebody who left no phrase: stage effects from elsewhere and a name, or a line of
/// text where a page was, signed with a handle.
fn nameless<'a>(sighting: &Sighting<'a>, read: &Read<'a>, shape: &Shape) -> Option<Case<'a>> {
    let page = sighting.page;
    let staged = shape.effects.contains(&"sound") && shape.effects.contains(&"video");
    let stage = staged && shape.text < 300 && shape.own_links == 0 && !shape.form && shape.elements < 40;
    if stage && let Some((place, _)) = &read.title {
        return Some(Case {
            form: "replaced",
            method: "def-audio-video",
            words: page.title.as_ref().map(|title| title.text.clone()).unwrap_or_default(),
            place: *place,
            severity: Severity::Medium,
            confidence: 0.55,
            signals: vec![Signal::Mechanism],
            effects: shape.effects.clone(),
        });
    }
    if !shape::bare_text(sighting) {
        return None;
    }
    let handle = |block: &&Block| {
        block
            .text
            .split_whitespace()
            .any(|word| signature::leet_handle(word.trim_matches(|c: char| !c.is_alphanumeric())))
    };
    let block = page.blocks.iter().find(handle)?;
    Some(Case {
        form: "replaced",
        method: "def-homepage-replace",
        words: block.text.clone(),
        place: Where::from(block),
        severity: Severity::Medium,
        confidence: 0.5,
        signals: vec![Signal::Mechanism],
        effects: Vec::new(),
    })
}

fn finding(
    sighting: &Sighting<'_>,
    case: Case<'_>,
    changes: Vec<Change>,
) -> Result<Finding, IncompleteFinding> {
    // It stays the same finding when the page is no newcomer any more.
    let cause = case.form;
    let case = if sighting.dossier.newcomer { added(case) } else { case };
    let state = match case.severity {
        Severity::High | Severity::Critical => State::Confirmed,
        Severity::Medium => State::Suspected,
        Severity::Info | Severity::Low => State::Risk,
    };
    let (zh, en) = match case.form {
        _ if case.method == "def-redesign" => (
            "页面与基线大不相同，改版待确认",
            "The page differs widely from its baseline: a redesign to be confirmed",
        ),
        _ if case.method == "def-changed-hands" => (
            "网站内容已非原主，域名可能易主",
            "Another's site stands where this one was: the name may have changed hands",
        ),
        _ if case.method == "def-blank" => ("页面内容几乎被清空", "Hardly anything is left on the page"),
        "altered" => (
            "页面上的联系或收款方式被更换，待核实",
            "Where people are told to call, write or pay is another: to be confirmed",
        ),
        "added-page" => ("网站上出现攻击者留下的页面", "An intruder left a page on the site"),
        "inserted" => ("页面被插入攻击者的话", "An intruder's words were put into the page"),
        "changed-title" if case.severity < Severity::High => {
            ("页面标题与以往毫无相同之处", "The title has nothing in common with those before")
        }
        "ransom-note" => ("页面被换成勒索告示", "The page was turned into a ransom note"),
        "replaced" if case.severity >= Severity::High && !case.signals.contains(&Signal::Payload) => {
            ("页面被整页替换", "The page was replaced as a whole")
        }
        "replaced" if case.severity >= Severity::High => {
            ("页面被整页替换并留有攻击者签名", "The page was replaced and signed by an intruder")
        }
        "replaced" => ("页面疑似被整页替换", "The page looks as if it had been replaced"),
        "changed-title" => ("页面标题被改成攻击者签名", "The title was changed into an intruder's signature"),
        _ => ("页面被写入攻击者签名", "The page bears an intruder's signature"),
    };
    let length = case.place.text.len();
    let explained = explanation(&case);
    let remedy = remedy(&case);
    let mut finding = sighting.finding(Kind::Defacement, cause);
    if !changes.is_empty() {
        finding = finding.detail("changes", serde_json::to_value(changes).unwrap_or_default());
    }
    finding
        .verdict(state, case.severity, case.confidence)
        .title(zh, en)
        .explanation(explained.0, explained.1)
        .remedy(remedy.0, remedy.1)
        .detail("form", case.form)
        .detail("words", case.words)
        .detail("effects", case.effects)
        .place(sighting.place(
            case.method,
            case.place.selector,
            case.place.line,
            case.place.text,
            (0, length),
        ))
        .signals(case.signals)
        .build()
}

/// What to do, in both languages: what may be the site's own doing is asked about first.
fn remedy(case: &Case<'_>) -> (&'static str, &'static str) {
    match case.method {
        "def-redesign" | "def-changed-hands" | "def-content-tamper" | "def-blank" => (
            "先与网站管理员和发布记录核对。确系本单位所改的，说明情况并确认基线；不是的，按网页篡改处置：保存现场、恢复原貌、\
             查清写入途径并修补、更换口令，按规定报告。",
            "Compare it with what was published and ask whoever runs the site. If they changed it, approve the baseline; if nobody did, \
             treat it as a defacement: keep everything as it is, restore the page, find and close the way in, change passwords, and \
             report as the rules ask.",
        ),
        _ => (
            "立即下线该页并保存现场（日志、文件、内存），从可信备份恢复，查清写入途径并修补，更换全部口令，按规定报告。",
            "Take the page off line, keep logs, files and memory as they are, restore from a trusted backup, find and \
             close the way in, change every password, and report as the rules ask.",
        ),
    }
}

/// Why it is told, in both languages.
fn explanation(case: &Case<'_>) -> (String, String) {
    let words = &case.words;
    match case.method {
        "def-redesign" => (
            format!(
                "页面的结构与文字大多已非基线所记（现以“{words}”开头）。若是正常改版，请确认基线；若无人改版，请立即排查。"
            ),
            format!(
                "Most of the structure and words differ from the accepted state (it now begins “{words}”). Approve the baseline if the \
                 site was redesigned; look into it at once if nobody did."
            ),
        ),
        "def-changed-hands" => (
            format!(
                "页面上已没有原网站的名称、备案号和栏目，而是另一家的内容（“{words}”）。请核对域名是否到期或被转让。"
            ),
            format!(
                "Neither name, filing number nor sections of the site are left; another's content stands there (“{words}”). Check whether the \
                 domain lapsed or was sold."
            ),
        ),
        "def-blank" => (
            "页面以正常状态返回，但基线中一贯的文字和栏目都已不在。可能是发布故障，也可能是内容被删除，请核实后尽快恢复。".to_owned(),
            "The page answers as usual, yet the words and links that always stood there are gone. It may be a failed release or \
             deleted content: find out which, and restore it."
                .to_owned(),
        ),
        "def-content-tamper" => (
            format!(
                "页面其余内容未变，而一贯不变的联系或收款方式被换：{words}。请与发布记录核对；若无人更改，即为篡改。"
            ),
            format!(
                "Everything else on the page is as before, while {words} always stood there unchanged until now. Compare it with what was \
                 published; if nobody changed it, an intruder did."
            ),
        ),
        "def-added-page" => (
            format!(
                "该站已知的页面中此前没有这一页，页面上出现“{words}”。能放入页面的人通常也能读写服务器上的其他内容。"
            ),
            format!(
                "None of the pages known of this site was this one, and it reads “{words}”. Whoever can put a page there can usually read \
                 and write more on the server."
            ),
        ),
        _ if case.signals.contains(&Signal::Novelty) => (
            format!(
                "基线中没有的内容：“{words}”。它不是本站一贯的文字，能写入页面的人通常也能读写服务器上的其他内容。"
            ),
            format!(
                "Not in the accepted state: “{words}”. The site never said that; whoever can write the page can usually read and write \
                 more on the server."
            ),
        ),
        _ => (
            format!(
                "页面上出现“{words}”。正常页面不会以此自称；能写入页面的人通常也能读写服务器上的其他内容。"
            ),
            format!(
                "The page reads “{words}”. A site does not say that of itself; whoever can write the page can usually read and write more on \
                 the server."
            ),
        ),
    }
}
