//! The filing marks of a home page: every number with where it stands, whether people see it, and what it links to.
//!
//! Reads, never judges: absence, contradictions and stale links are the business of the three detectors of marks.
//! A mark that only a script writes is there; a page whose footer only a browser can draw is unknown, never "missing".

use std::sync::LazyLock;

use url::Url;

use super::Context;
use super::dossier::Dossier;
use super::sighting::{Sighting, sightings};
use crate::page::{Link, Origin, Page, Sight};
use crate::target::filing::{self, Number, Register, numbers};

/// A number at a place on a page.
#[derive(Debug, Clone)]
pub struct Mark {
    /// The number.
    pub number: Number,
    /// Where it was read.
    pub source: Source,
    /// What people see of it.
    pub sight: Sight,
    /// What it links to, where a link holds it.
    pub link: Option<Target>,
    /// A selector that leads to it.
    pub selector: String,
    /// Its line, from 1.
    pub line: u32,
}

/// Where a number was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Text of the document.
    Text,
    /// Alternative text or title of an image or link.
    Attribute,
    /// Only the address of a link holds it (a badge).
    Link,
    /// A script writes it.
    Script,
}

/// What a mark links to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// As written.
    pub href: String,
    /// Its host, where it is an address with one.
    pub host: Option<String>,
    /// The number that its address holds (`code=`, `recordcode=`).
    pub code: Option<String>,
}

/// Hosts of the ICP register, today's and former ones.
pub const ICP_HOSTS: [&str; 3] = ["beian.miit.gov.cn", "beian.gov.cn", "beian.mps.gov.cn"];
/// Former hosts of the ICP register that are switched off.
pub const STALE_HOSTS: [&str; 4] =
    ["www.miitbeian.gov.cn", "miitbeian.gov.cn", "www.miibeian.gov.cn", "miibeian.gov.cn"];

/// Every mark of a page.
pub fn marks(page: &Page) -> Vec<Mark> {
    let mut found: Vec<Mark> = Vec::new();
    for block in page.blocks.iter().filter(|block| block.origin != Origin::Comment) {
        for number in numbers(&block.text) {
            let link = page.links.iter().find(|link| holds(&link.text, &number)).map(target);
            let (selector, line) = (block.selector.clone(), block.line);
            push(
                &mut found,
                Mark { number, source: Source::Text, sight: block.visibility.sight, link, selector, line },
            );
        }
    }
    for link in page.links.iter().filter(|link| link.origin != Origin::Comment) {
        let badge =
            || link.url.as_ref().filter(|url| url.host_str().is_some_and(is_police)).and_then(code_of);
        let badge = badge().map(|code| numbers(&format!("公安备案号{code}"))).unwrap_or_default();
        let text = numbers(&link.text).into_iter().map(|number| (number, Source::Text));
        let title = numbers(&link.title).into_iter().map(|number| (number, Source::Attribute));
        for (number, source) in
            text.chain(title).chain(badge.into_iter().map(|number| (number, Source::Link)))
        {
            let (selector, line, sight) = (link.selector.clone(), link.line, link.visibility.sight);
            push(&mut found, Mark { number, source, sight, link: Some(target(link)), selector, line });
        }
    }
    for attribute in
        page.attributes.iter().filter(|attribute| matches!(attribute.name.as_str(), "alt" | "title"))
    {
        for number in numbers(&attribute.spot.text) {
            let (selector, line) = (attribute.spot.selector.clone(), attribute.spot.line);
            let mark =
                Mark { number, source: Source::Attribute, sight: Sight::Unsure, link: None, selector, line };
            push(&mut found, mark);
        }
    }
    for script in page.scripts.iter().filter(|script| script.url.is_none() && filing::may_hold(&script.code))
    {
        for number in numbers(&without_comments(&script.code)) {
            let (selector, line) = (script.selector.clone(), script.line);
            let mark =
                Mark { number, source: Source::Script, sight: Sight::Unsure, link: None, selector, line };
            push(&mut found, mark);
        }
    }
    found
}

/// Adds a mark unless the same number is there already; a link or a sighting by people completes the known one.
fn push(found: &mut Vec<Mark>, mark: Mark) {
    match found
        .iter_mut()
        .find(|known| known.number.same_filing(&mark.number) && known.source != Source::Link)
    {
        Some(known) => {
            if known.link.is_none() {
                known.link = mark.link;
            }
            if mark.sight == Sight::Visible {
                known.sight = Sight::Visible;
            }
        }
        None => found.push(mark),
    }
}

fn holds(text: &str, number: &Number) -> bool {
    !text.is_empty() && numbers(text).iter().any(|other| other.same_filing(number))
}

fn target(link: &Link) -> Target {
    let code = link.url.as_ref().and_then(code_of);
    let host = link.url.as_ref().and_then(|url| url.host_str()).map(str::to_ascii_lowercase);
    Target { href: link.href.clone(), host, code }
}

/// The number that an address of the register holds, in its query or behind `#`.
fn code_of(url: &Url) -> Option<String> {
    let text = url.as_str();
    let start = ["recordcode=", "code="].iter().find_map(|key| text.find(key).map(|at| at + key.len()))?;
    let code: String = text[start..].chars().take_while(char::is_ascii_digit).collect();
    (code.len() >= 6).then_some(code)
}

/// Whether a host belongs to the police register.
pub fn is_police(host: &str) -> bool {
    host == "beian.mps.gov.cn" || host == "www.beian.gov.cn" || host == "beian.gov.cn"
}

/// A script without lines and blocks of comment: what is commented out is not shown.
fn without_comments(code: &str) -> String {
    let mut text = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(start) = rest.find("/*") {
        text.push_str(&rest[..start]);
        rest = rest[start + 2..].find("*/").map_or("", |end| &rest[start + 2 + end + 2..]);
    }
    text.push_str(rest);
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The views of a home page on which marks may be looked for, and why there are none to judge.
#[derive(Debug)]
pub enum HomePage<'a> {
    /// These.
    Seen(Vec<Sighting<'a>>),
    /// Marks are not asked of this address: not a home page, not of a mainland operator, nothing was served.
    NotAsked,
}

/// Whether and where marks are to be looked for.
pub fn home_page<'a>(dossier: &'a Dossier, context: &Context<'_>) -> HomePage<'a> {
    if !dossier.home {
        return HomePage::NotAsked;
    }
    let served = |sighting: &Sighting<'_>| {
        let ended_here = crate::exchange::host::same_site(&sighting.page.url, &dossier.url);
        let ok = sighting.exchange.response().is_some_and(|response| response.status < 400);
        !sighting.view.probe && ended_here && ok
    };
    let seen: Vec<_> = sightings(dossier).filter(served).collect();
    let mainland = || seen.iter().any(|sighting| is_mainland(dossier, sighting.page));
    if !context.mainland(mainland) {
        return HomePage::NotAsked;
    }
    HomePage::Seen(seen)
}

/// Whether a site seems to be a mainland operator's: by the registry, by its name, or by simplified Chinese.
fn is_mainland(dossier: &Dossier, page: &Page) -> bool {
    let host = dossier.url.host_str().unwrap_or_default();
    let ending = host.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    if dossier.target.is_some()
        || matches!(ending, "cn" | "xn--fiqs8s" | "xn--55qx5d" | "xn--io0a7i" | "xn--zfr164b")
    {
        return true;
    }
    if matches!(ending, "tw" | "hk" | "mo" | "jp" | "kr" | "sg") {
        return false;
    }
    let mut chinese = Tally::default();
    let title = page.title.as_ref().map_or("", |title| title.text.as_str());
    for text in page.blocks.iter().map(|block| block.text.as_str()).chain([title]) {
        chinese.add(text);
    }
    chinese.is_simplified()
}

/// Forms that simplified Chinese does not use and that hardly any traditional text is without.
const TRADITIONAL: &str =
    "們這個為與國學會來時對開關點們說話長門問間東車馬風飛機電書條業樂區號聯繫網頁資訊務處應發實際總統";

/// Whether a character of the block 4E00–9FFF is one of [`TRADITIONAL`].
fn is_traditional(character: char) -> bool {
    static BITS: LazyLock<[u64; 328]> = LazyLock::new(|| {
        let mut bits = [0; 328];
        for place in TRADITIONAL.chars().map(place_of) {
            bits[place / 64] |= 1 << (place % 64);
        }
        bits
    });
    let place = place_of(character);
    BITS.get(place / 64).is_some_and(|bits| bits >> (place % 64) & 1 == 1)
}

fn place_of(character: char) -> usize {
    (u32::from(character).wrapping_sub(0x4E00)) as usize
}

/// Characters that tell simplified Chinese from its neighbours.
#[derive(Debug, Default)]
struct Tally {
    han: usize,
    kana: usize,
    letters: usize,
    traditional: usize,
}

impl Tally {
    fn add(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '\u{4E00}'..='\u{9FFF}' => {
                    self.han += 1;
                    self.traditional += usize::from(is_traditional(character));
                }
                '\u{3040}'..='\u{30FF}' => self.kana += 1,
                _ if character.is_alphabetic() => self.letters += 1,
                _ => {}
            }
        }
    }

    /// Mostly Chinese by information (a character says about what three letters say), few kana, few traditional forms.
    fn is_simplified(&self) -> bool {
        self.han >= 4
            && self.han * 3 >= self.letters
            && self.kana * 10 < self.han
            && self.traditional * 20 < self.han
    }
}

/// Why the marks of a page cannot be called missing: what could hold them was not seen.
pub fn unseen(page: &Page) -> Option<&'static str> {
    let visible: usize = page.blocks.iter().map(|block| block.text.chars().count()).sum();
    if visible < 40 && !page.scripts.is_empty() {
        return Some("script-shell");
    }
    let footer = |text: &str| {
        let text = text.to_ascii_lowercase();
        ["foot", "copyright", "beian", "bottom", "/icp", "common_b"].iter().any(|word| text.contains(word))
    };
    let addresses =
        page.scripts.iter().filter_map(|script| script.url.as_ref()).map(|url| (url, "script-footer"));
    let frames = page.frames.iter().filter_map(|frame| frame.url.as_ref()).map(|url| (url, "framed-footer"));
    if let Some((_, why)) = addresses.chain(frames).find(|(url, _)| footer(url.path())) {
        return Some(why);
    }
    let framed = visible < 40 && !page.frames.is_empty();
    framed.then_some("framed-page")
}

/// Whether a page has a number of one of these registers.
pub fn has(marks: &[Mark], registers: &[Register]) -> bool {
    marks.iter().any(|mark| registers.contains(&mark.number.register))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Viewport;

    fn check(html: &str, expected: &[&str]) {
        let url = Url::parse("http://www.example.test/").unwrap();
        let page = Page::parse(html, &url, &[], Viewport::DESKTOP);
        let found: Vec<_> = marks(&page)
            .iter()
            .map(|mark| {
                let link =
                    mark.link.as_ref().and_then(|link| link.host.clone()).unwrap_or_else(|| "-".to_owned());
                format!("{} {:?} {:?} {link}", mark.number, mark.source, mark.sight)
            })
            .collect();
        assert_eq!(found, expected, "{html}");
    }

    #[test]
    fn marks_are_read_wherever_they_stand() {
        check(
            "<p>版权所有 <a href='https://beian.miit.gov.cn/'>蜀ICP备20250001号-1</a></p>",
            &["蜀ICP备20250001号-1 Text Visible beian.miit.gov.cn"],
        );
        check("<p>蜀ICP备20250001号-1</p>", &["蜀ICP备20250001号-1 Text Visible -"]);
        check(
            "<script>document.write('蜀ICP备20250001号-1')</script>",
            &["蜀ICP备20250001号-1 Script Unsure -"],
        );
        check("<script>// 蜀ICP备20250001号-1\n/* 蜀ICP备20250002号 */</script>", &[]);
        check("<!-- 蜀ICP备20250001号-1 -->", &[]);
        check(
            "<a href='http://www.beian.gov.cn/portal/registerSystemInfo?recordcode=51010402000001'><img src=b.png></a>",
            &["公网安备51010402000001号 Link Visible www.beian.gov.cn"],
        );
        check("<p style='display:none'>蜀ICP备20250001号-1</p>", &["蜀ICP备20250001号-1 Text Hidden -"]);
    }

    fn mainland(url: &str, html: &str, expected: bool) {
        let dossier = Dossier::of_page(url, html);
        assert_eq!(
            matches!(home_page(&dossier, &Context::builtin()), HomePage::Seen(_)),
            expected,
            "{url} {html}"
        );
    }

    #[test]
    fn marks_are_asked_of_mainland_home_pages_only() {
        let chinese = "<title>某某学校</title><p>欢迎访问某某学校网站，学校简介与通知公告在此发布。</p>";
        mainland("http://www.example.test/", chinese, true);
        mainland("http://127.0.0.1:81/", chinese, true);
        mainland("http://www.example.test/news/1.html", chinese, false);
        mainland("http://www.example.test/", "<title>Example</title><p>Welcome to our school.", false);
        mainland("http://www.example.cn/", "<title>Example</title><p>Welcome to our school.", true);
        mainland("http://www.example.tw/", chinese, false);
        mainland(
            "http://www.example.test/",
            "<p>歡迎來到本學會網頁，我們為您提供資訊與服務，請與我們聯繫。",
            false,
        );
        mainland(
            "http://www.example.test/",
            "<p>ようこそ、日本の学校のサイトへ。お知らせはこちらです。",
            false,
        );
        mainland(
            "http://www.example.test/",
            "<p>Learn Chinese: the word for China is 中国, written with two characters.",
            false,
        );
    }
}
