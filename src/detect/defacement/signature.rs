//! The marks intruders leave: what a short text says when it is a signature, and when it merely talks of hacking.
//!
//! Source: groups 4 and 5.14 of the detection catalogue, and the manner of public collections of defaced pages.
//! Knows nothing of pages; a text comes in, a [`Reading`] comes out.

use std::sync::LazyLock;

/// What a text says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Reading {
    /// A mark that stands by itself: the text *is* a signature. Holds it as it reads after folding.
    pub(super) mark: Option<String>,
    /// A phrase that intruders use and others use too: "was here", "touched by", "your site has been hacked".
    pub(super) claim: Option<&'static str>,
    /// Words of the scene: crews, greetings, taunts. Each once.
    pub(super) scene: Vec<&'static str>,
    /// The text speaks of hacking at all.
    pub(super) topic: bool,
}

impl Reading {
    /// Whether there is anything in it.
    pub(super) fn is_empty(&self) -> bool {
        self.mark.is_none() && self.claim.is_none() && self.scene.is_empty()
    }
}

/// The words that marks are made of (`words.txt`).
#[derive(Debug, Default)]
struct Words {
    verbs: Vec<&'static str>,
    soft_verbs: Vec<&'static str>,
    by: Vec<&'static str>,
    no_name: Vec<&'static str>,
    address: Vec<&'static str>,
    reporting: Vec<&'static str>,
    marks: Vec<&'static str>,
    claims: Vec<&'static str>,
    scene: Vec<&'static str>,
    stems: Vec<&'static str>,
    /// What intruders call it, with points.
    topic: Vec<(&'static str, u32)>,
    /// How they speak, with points.
    voice: Vec<(&'static str, u32)>,
    /// What reports say.
    press: Vec<(&'static str, u32)>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let mut words = Words::default();
    for line in include_str!("words.txt").lines() {
        let Some((part, word)) = line.split_once(' ') else { continue };
        let points = part.bytes().next_back().filter(u8::is_ascii_digit).map(|digit| u32::from(digit - b'0'));
        if let Some(points) = points {
            let list = match part.trim_end_matches(|c: char| c.is_ascii_digit()) {
                "topic" => &mut words.topic,
                "voice" => &mut words.voice,
                _ => &mut words.press,
            };
            list.push((word, points));
            continue;
        }
        let list = match part {
            "verb" => &mut words.verbs,
            "soft-verb" => &mut words.soft_verbs,
            "by" => &mut words.by,
            "no-name" => &mut words.no_name,
            "address" => &mut words.address,
            "reporting" => &mut words.reporting,
            "mark" => &mut words.marks,
            "claim" => &mut words.claims,
            "scene" => &mut words.scene,
            "stem" => &mut words.stems,
            _ => continue,
        };
        debug_assert!(part != "stem" || word.len() >= 2, "a stem is looked for by its first two bytes");
        list.push(word);
    }
    words
});

/// Which pairs of neighbouring bytes stand in some text: one bit for each.
struct Pairs(Box<[u64; 1024]>);

impl Pairs {
    fn of(text: &str) -> Self {
        let mut pairs = Self(Box::new([0; 1024]));
        for pair in text.as_bytes().windows(2) {
            pairs.add(pair);
        }
        pairs
    }

    fn place(pair: &[u8]) -> (usize, u32) {
        let pair = usize::from(pair[0]) << 8 | usize::from(pair[1]);
        (pair / 64, (pair % 64) as u32)
    }

    fn add(&mut self, pair: &[u8]) {
        let (word, bit) = Self::place(pair);
        self.0[word] |= 1 << bit;
    }

    fn has(&self, pair: &[u8]) -> bool {
        let (word, bit) = Self::place(pair);
        self.0[word] >> bit & 1 == 1
    }

    /// Whether a phrase may stand in the text: never wrongly `false`.
    fn may_make(&self, phrase: &str) -> bool {
        phrase.as_bytes().windows(2).all(|pair| self.has(pair))
    }
}

/// The first two bytes of every stem: at nearly no place of a text does one begin.
static STARTS: LazyLock<Pairs> = LazyLock::new(|| {
    let mut starts = Pairs(Box::new([0; 1024]));
    for stem in &WORDS.stems {
        if let Some(pair) = stem.as_bytes().get(..2) {
            starts.add(pair);
        }
    }
    starts
});

/// Whether a stem stands in a folded text.
fn has_stem(folded: &str) -> bool {
    let bytes = folded.as_bytes();
    bytes.windows(2).enumerate().any(|(at, pair)| {
        STARTS.has(pair) && WORDS.stems.iter().any(|stem| bytes[at..].starts_with(stem.as_bytes()))
    })
}

/// Whether a stem may stand in a text once it is folded: never wrongly `false`. Most text is plain Latin or Chinese,
/// and need not be folded to see that there is none.
fn may_hold_stem(text: &str) -> bool {
    let bytes = text.as_bytes();
    let begins = |at: usize| {
        let Some(&[first, second]) = bytes.get(at..at + 2) else { return false };
        let pair = [first.to_ascii_lowercase(), second.to_ascii_lowercase()];
        STARTS.has(&pair)
            && WORDS.stems.iter().any(|stem| {
                // White space inside a stem may be of any sort.
                let word = stem.split(' ').next().unwrap_or(stem).as_bytes();
                bytes[at..].get(..word.len()).is_some_and(|own| own.eq_ignore_ascii_case(word))
            })
    };
    let mut at = 0;
    while at < bytes.len() {
        let length = match bytes[at] {
            0..=0x7F => 1,
            // What is written with these stays as it is; only the ideographic space becomes a plain one.
            0xE3..=0xE9 | 0xEB | 0xEC => 3,
            _ => match text[at..].chars().next() {
                Some(
                    c @ ('\u{2010}'..='\u{2027}'
                    | '\u{FF01}'..='\u{FF03}'
                    | '\u{FF05}'..='\u{FF0F}'
                    | '\u{FF1A}'..='\u{FF1F}'),
                ) => c.len_utf8(),
                // Anything else may fold into a letter of a stem, or vanish between two.
                _ => return true,
            },
        };
        if begins(at) {
            return true;
        }
        at += length;
    }
    false
}

/// Texts longer than this are prose, in characters after folding: a mark is short.
const MARK_LENGTH: usize = 140;

/// What a whole message comes to, by its words: each counts once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tone {
    /// Points for what intruders call what they did.
    pub(super) topic: u32,
    /// Points for how they speak: greetings, taunts, the second person.
    pub(super) voice: u32,
    /// Phrases of the topic that few others use.
    pub(super) loud_topic: usize,
    /// Phrases of theirs that few others use.
    pub(super) loud_voice: usize,
    /// Somebody reports, rather than boasts.
    pub(super) reported: bool,
}

impl Tone {
    /// Points in all.
    pub(super) fn points(self) -> u32 {
        self.topic + self.voice
    }

    /// Whether a message of so many characters, on a page that is nothing else, is an intruder's: measured beside pieces of
    /// articles, which never come to that.
    pub(super) fn is_intruders(self, length: usize) -> bool {
        const LINE: usize = 300;
        const SHORT: usize = 600;
        const LONG: usize = 2_000;
        if self.reported && (self.loud_voice == 0 || self.voice < 8) {
            return false;
        }
        if length > LONG {
            return self.loud_voice > 0 && self.topic >= 3 && self.points() >= 14;
        }
        if length <= LINE && (self.loud_voice > 0 || self.points() >= 6) {
            return true;
        }
        self.loud_topic > 0 && length <= SHORT
            || self.loud_voice > 1
            || self.loud_voice > 0 && self.points() >= 6
            || self.topic >= 2 && self.voice >= 5
            || self.points() >= 12
    }
}

/// Listens to a message.
pub(super) fn tone(text: &str) -> Tone {
    let folded = lettered(&fold(text));
    let mut plain = String::with_capacity(folded.len() + 2);
    for word in folded.split(|c: char| !(c.is_alphanumeric() || matches!(c, '@' | '$'))) {
        if !word.is_empty() {
            let leet = word.chars().any(|c| c.is_ascii_alphabetic());
            plain.push(' ');
            plain.push_str(&if leet { unleet(word) } else { word.to_owned() });
        }
    }
    plain.push(' ');
    let pairs = Pairs::of(&plain);
    let said = |list: &[(&str, u32)]| -> Vec<u32> {
        let said = list.iter().filter(|(phrase, _)| pairs.may_make(phrase) && stands_in(&plain, phrase));
        said.map(|(_, points)| *points).collect()
    };
    let loud = |points: &[u32]| points.iter().filter(|points| **points >= 3).count();
    let (topic, voice) = (said(&WORDS.topic), said(&WORDS.voice));
    Tone {
        topic: topic.iter().sum(),
        voice: voice.iter().sum(),
        loud_topic: loud(&topic),
        loud_voice: loud(&voice),
        reported: !said(&WORDS.press).is_empty(),
    }
}

/// Whether a phrase stands in a text of words with single blanks between and around them.
fn stands_in(plain: &str, phrase: &str) -> bool {
    // Chinese is written without blanks.
    let bound = !phrase.contains(|c| matches!(c, '\u{4e00}'..='\u{9fff}'));
    plain
        .match_indices(phrase)
        .any(|(at, _)| !bound || plain[..at].ends_with(' ') && plain[at + phrase.len()..].starts_with(' '))
}

/// Reads a text for a mark and for talk of hacking only: what counts on a page that has more to it.
pub(super) fn skim(text: &str) -> Reading {
    if !may_hold_stem(text) {
        return Reading::default();
    }
    let folded = fold(text);
    if !has_stem(&folded) {
        return Reading::default();
    }
    read_mark(&folded, &Pairs::of(&folded))
}

/// Reads a text.
pub(super) fn read(text: &str) -> Reading {
    let folded = lettered(&fold(text));
    let pairs = Pairs::of(&folded);
    let mut reading = read_mark(&folded, &pairs);
    let holds = |phrase: &&'static str| pairs.may_make(phrase) && contains_words(&folded, phrase);
    reading.claim = WORDS.claims.iter().copied().find(holds).or_else(|| soft_mark(&folded));
    reading.scene = WORDS.scene.iter().copied().filter(holds).collect();
    reading
}

fn read_mark(folded: &str, pairs: &Pairs) -> Reading {
    let holds = |phrase: &str| pairs.may_make(phrase) && folded.contains(phrase);
    let mut reading = Reading { topic: speaks_of_hacking(holds), ..Reading::default() };
    if folded.chars().count() <= MARK_LENGTH {
        reading.mark = by_name(folded)
            .or_else(|| WORDS.marks.iter().find(|phrase| holds(phrase)).map(|phrase| (*phrase).to_owned()));
    }
    reading
}

/// Whether a text speaks of hacking, as news, lessons and warnings do.
fn speaks_of_hacking(holds: impl Fn(&str) -> bool) -> bool {
    [
        "hack",
        "deface",
        "malware",
        "ransom",
        "黑客",
        "被黑",
        "篡改",
        "漏洞",
        "骇客",
        "हैक",
        "взлом",
        "هک",
        "اختراق",
    ]
    .iter()
    .any(|word| holds(word))
}

/// Whether a phrase stands there as words: its Latin ends must not run on into letters.
fn contains_words(folded: &str, phrase: &str) -> bool {
    folded.match_indices(phrase).any(|(at, _)| {
        let before = folded[..at].chars().next_back();
        let after = folded[at + phrase.len()..].chars().next();
        let latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphabetic());
        let bound = phrase.is_ascii();
        !(bound && (latin(before) || latin(after)))
    })
}

/// One word of a folded text.
#[derive(Debug)]
struct Word<'a> {
    text: &'a str,
    /// With digits and signs read as the letters they stand for.
    plain: String,
    /// Whether something other than a space stands between it and the word before.
    set_off: bool,
}

/// The words of a folded text; more than a mark could have are not read.
fn words(folded: &str) -> Vec<Word<'_>> {
    let mut words: Vec<Word<'_>> = Vec::new();
    let mut set_off = false;
    let letter = |c: char| c.is_alphanumeric() || matches!(c, '@' | '$' | '_');
    let mut rest = folded;
    while let Some(start) = rest.find(letter) {
        set_off |= rest[..start].chars().any(|c| !c.is_whitespace());
        let word = &rest[start..];
        let end = word.find(|c| !letter(c)).unwrap_or(word.len());
        words.push(Word { text: &word[..end], plain: unleet(&word[..end]), set_off });
        set_off = false;
        rest = &word[end..];
        if words.len() > 200 {
            break;
        }
    }
    words
}

/// "hacked by NAME" as a mark: at the start, or set off, or addressed to the site; never as a report.
fn by_name(folded: &str) -> Option<String> {
    if folded.contains(['?', '？']) {
        return None;
    }
    let words = words(folded);
    words.windows(2).enumerate().find_map(|(at, pair)| {
        let before = &folded[..offset(folded, pair[0].text)];
        let quoted = before.ends_with(['“', '「', '『', '‘', '《']) && before.chars().count() > 1;
        if quoted || before.chars().count() > 48 {
            return None;
        }
        let leet = pair[0].text != pair[0].plain;
        let verb = WORDS.verbs.contains(&pair[0].plain.as_str())
            || (leet && WORDS.soft_verbs.contains(&pair[0].plain.as_str()));
        let joined = pair[0].plain == "hackedby" || pair[0].plain == "pwnedby";
        if !(joined || verb && WORDS.by.contains(&pair[1].plain.as_str())) {
            return None;
        }
        let name = words.get(at + if joined { 1 } else { 2 })?;
        let rest = words.len() - at;
        // "Hacked by the X crew" is a name where it is all there is.
        let crew = name.text == "the" && at <= 1 && words.len() <= 7 && words.len() > at + 3;
        (rest <= 16 && (crew || names(name)) && stands_alone(&words, at)).then(|| {
            let from = offset(folded, words[at].text);
            let to = offset(folded, name.text) + name.text.len();
            folded[from..to].to_owned()
        })
    })
}

/// "touched by NAME", "pwned" alone: what carries weight only on a page that is nothing else.
fn soft_mark(folded: &str) -> Option<&'static str> {
    if folded.chars().count() > MARK_LENGTH / 2 {
        return None;
    }
    let words = words(folded);
    for (at, word) in words.iter().enumerate() {
        let by = words
            .get(at + 1)
            .is_some_and(|next| matches!(next.plain.as_str(), "by" | "por" | "oleh" | "from"));
        let named = words.get(at + 2).is_some_and(names);
        let soft = WORDS.soft_verbs.iter().chain(&WORDS.verbs).copied().find(|verb| *verb == word.plain);
        if let Some(verb) = soft
            && (by && named || word.text != word.plain)
        {
            return Some(verb);
        }
    }
    None
}

fn names(word: &Word<'_>) -> bool {
    !WORDS.no_name.contains(&word.text)
}

/// Whether the verb at that place begins a mark: nothing before it but an address to the site, or a name that is
/// set off by a sign.
fn stands_alone(words: &[Word<'_>], at: usize) -> bool {
    let before = &words[..at];
    let addressed =
        before.iter().any(|word| matches!(word.text, "your" | "ur" | "this" | "you" | "anda" | "seu"));
    if before.iter().all(|word| WORDS.address.contains(&word.text)) {
        return addressed || !before.iter().any(|word| WORDS.reporting.contains(&word.text));
    }
    if before.iter().any(|word| WORDS.reporting.contains(&word.text)) && !addressed {
        return false;
    }
    before.len() <= 10 && words[at].set_off
}

fn offset(whole: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize).min(whole.len())
}

/// Whether a word is a handle in leet-speak: digits standing for letters inside it (`vend3tta`, `7nsy00t`).
pub(super) fn leet_handle(word: &str) -> bool {
    let folded = fold(word);
    let length = folded.chars().count();
    let plain = unleet(&folded);
    let swapped = folded.chars().filter(|c| matches!(c, '0' | '1' | '3' | '4' | '5' | '7')).count();
    let letters = folded.chars().filter(char::is_ascii_alphabetic).count();
    let trailing = folded.chars().rev().take_while(char::is_ascii_digit).count();
    (5..=16).contains(&length)
        && plain.chars().all(|c| c.is_ascii_alphabetic())
        && swapped >= 2
        && letters >= 3
        && swapped > trailing
}

/// Lower case, compatibility letters as plain ones, combining and invisible characters gone, white space single.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        // Most letters are plain as they are.
        match c {
            '!'..='~' => {
                folded.push(c.to_ascii_lowercase());
                continue;
            }
            '\u{3001}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' => {
                folded.push(c);
                continue;
            }
            _ => {}
        }
        let c = plain_letter(c);
        match c {
            '\u{300}'..='\u{36f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2060}'..='\u{206f}'
            | '\u{ad}'
            | '\u{feff}' => {}
            _ if c.is_whitespace() => {
                if !folded.ends_with(' ') {
                    folded.push(' ');
                }
            }
            _ => folded.extend(c.to_lowercase()),
        }
    }
    folded
}

/// A folded text with its drawings taken out: three signs or more in a row become one, so that a signature below a
/// picture made of signs is as short as it reads.
fn lettered(folded: &str) -> String {
    let mut text = String::with_capacity(folded.len());
    let mut run = String::new();
    for c in folded.chars() {
        if c.is_alphanumeric() || c == ' ' && run.is_empty() {
            if run.chars().filter(|c| *c != ' ').count() >= 3 {
                text.push_str(" | ");
            } else {
                text.push_str(&run);
            }
            run.clear();
            text.push(c);
        } else {
            run.push(c);
        }
    }
    if run.chars().count() < 3 {
        text.push_str(&run);
    }
    text
}

/// A styled letter as the letter it is: full-width, mathematical, circled.
fn plain_letter(c: char) -> char {
    let letter = |index: u32| {
        let index = index % 52;
        let base = if index < 26 { u32::from('A') + index } else { u32::from('a') + index - 26 };
        char::from_u32(base).unwrap_or(c)
    };
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{1d400}'..='\u{1d6a3}' => letter(u32::from(c) - 0x1d400),
        '\u{1d7ce}'..='\u{1d7ff}' => char::from_u32(0x30 + (u32::from(c) - 0x1d7ce) % 10).unwrap_or(c),
        '\u{24b6}'..='\u{24e9}' => letter(u32::from(c) - 0x24b6),
        '\u{1f130}'..='\u{1f149}' => letter(u32::from(c) - 0x1f130),
        '\u{1f150}'..='\u{1f169}' => letter(u32::from(c) - 0x1f150),
        '\u{1f170}'..='\u{1f189}' => letter(u32::from(c) - 0x1f170),
        _ => c,
    }
}

/// Digits and signs as the letters they stand for.
fn unleet(word: &str) -> String {
    word.chars()
        .map(|c| match c {
            '0' => 'o',
            '1' => 'i',
            '3' => 'e',
            '4' | '@' => 'a',
            '5' | '$' => 's',
            '7' => 't',
            _ => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_told_from_reports() {
        let marks = [
            "Hacked By ./T3ster",
            "H4CK3D BY mr test",
            "[ Your Site Has Been Hacked by Test Crew ]",
            "NightOwl | Defaced by ~0wl",
            "ＨＡＣＫＥＤ ＢＹ ｔｅｓｔ",
            "𝙃𝘼𝘾𝙆𝙀𝘿 𝘽𝙔 𝙏𝙀𝙎𝙏",
            "0wn3d by test",
            "Hackeado por Prueba Team",
            "本站已被黑,联系QQ",
            "黑客到此一游",
        ];
        let reports = [
            "Ministry website hacked by foreign group, officials say",
            "The site was hacked by a teenager in 2009",
            "Was your account hacked by someone?",
            "How we got hacked by accident and what we learned",
            "Company owned by Example Holdings",
            "Life hacks by example",
            "某市网站被黑客攻击 警方已介入",
            "如何防止网站被黑",
        ];
        for text in marks {
            assert!(read(text).mark.is_some(), "{text}");
        }
        for text in reports {
            assert_eq!(read(text).mark, None, "{text}");
        }
    }

    #[test]
    fn handles_in_leet_speak_are_known() {
        for handle in ["7nsy00t", "Vend3tt4", "x0n3lov3"] {
            assert!(leet_handle(handle), "{handle}");
        }
        for word in ["welcome", "covid19", "2024", "ab1", "page2", "v1.0", "utf8mb4"] {
            assert!(!leet_handle(word), "{word}");
        }
    }

    #[test]
    fn the_tone_of_intruders_is_told_from_reports_and_plain_pages() {
        let messages = [
            "this b0x was 0wned because the admin is lame. greetz to everybody in #test",
            "nothing was deleted, your index is backed up. fix your server. mail us",
            "we are back again! shoutz: one, two, three",
            "fuck the government, free the people. defaced by test crew",
            "打倒帝国主义！ hacked for fun, admin sorry",
        ];
        let others = [
            "Our website was hacked last night. We are sorry and have reported it to the police.",
            "网站被黑客攻击 记者从警方获悉，技术人员已恢复，案件正在侦办",
            "Under construction. Please come back soon or mail us.",
            "No files currently selected for upload",
            "Welcome! You are visiting my page about security and Linux servers. Contact me if you like it.",
            "Sorry, the page that you asked for is not here. Go to the home page.",
        ];
        for text in messages {
            assert!(tone(text).is_intruders(text.chars().count()), "{text}: {:?}", tone(text));
        }
        for text in others {
            assert!(!tone(text).is_intruders(text.chars().count()), "{text}: {:?}", tone(text));
        }
    }

    #[test]
    fn hostile_text_ends_in_a_reading() {
        for text in ["", "hacked by", "by by by", "🎰̸🎰", &"hacked by x ".repeat(9000)] {
            let _ = read(text);
        }
    }
}
