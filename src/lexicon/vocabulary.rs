//! All sets together, as one matcher: words, their other spellings, and what each stands for.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use daachorse::CharwiseDoubleArrayAhoCorasick;

use super::characters::{is_han, is_worded};
use super::normalise::Normalised;
use super::set::{Alias, LexiconError, Set, Trade, Use};
use super::trade::Trades;
use super::{Evasion, Weight};

/// All sets as one matcher.
pub(super) struct Vocabulary {
    pub(super) terms: Vec<Term>,
    /// What each value of the matcher stands for.
    pub(super) patterns: Vec<Vec<Pattern>>,
    pub(super) matcher: CharwiseDoubleArrayAhoCorasick<u32>,
}

/// One term, whatever its spelling.
#[derive(Debug, Clone)]
pub(super) struct Term {
    pub(super) text: String,
    pub(super) purpose: Use,
    pub(super) family: String,
    /// The trade that talks of it (of a word of a trade), or the trades in which it means something else.
    pub(super) trades: Trades,
}

impl Term {
    /// Whether a trade that explains `written` (as a word: `word`) means this term.
    fn is_named(&self, written: &str, word: &str) -> bool {
        let Use::Jargon(category) = self.purpose else {
            return self.purpose == Use::Shared && self.text == word;
        };
        let of_family = written.split_once('/') == Some((category.as_str(), self.family.as_str()));
        self.text == word || of_family || written == category.as_str()
    }
}

/// One spelling of a term.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    pub(super) term: u32,
    pub(super) weight: Weight,
    pub(super) evasion: Option<Evasion>,
    /// It begins with a letter that may not follow another letter.
    pub(super) worded_start: bool,
    /// It ends with a letter that no other letter may follow.
    pub(super) worded_end: bool,
    /// All of it is Han, so it may be met with symbols between its characters.
    pub(super) han: bool,
}

/// Characters and the parts that they are split into.
const SPLIT: &[(char, &str)] = &[
    ('赌', "贝者"),
    ('彩', "采彡"),
    ('博', "十尃"),
    ('牌', "片卑"),
    ('球', "王求"),
    ('投', "扌殳"),
    ('注', "氵主"),
    ('时', "日寸"),
    ('娱', "女吴"),
    ('钱', "钅戋"),
    ('码', "石马"),
    ('特', "牛寺"),
    ('返', "辶反"),
    ('现', "王见"),
    ('提', "扌是"),
    ('群', "君羊"),
    ('信', "亻言"),
    ('加', "力口"),
    ('证', "讠正"),
    ('刻', "亥刂"),
    ('章', "立早"),
    ('枪', "木仓"),
    ('弹', "弓单"),
    ('针', "钅十"),
    ('偷', "亻俞"),
    ('拍', "扌白"),
    ('期', "其月"),
    ('骗', "马扁"),
    ('购', "贝勾"),
    ('贷', "代贝"),
    ('裸', "衤果"),
    ('妓', "女支"),
    ('私', "禾厶"),
    ('服', "月艮"),
    ('棋', "木其"),
    ('视', "礻见"),
    ('洗', "氵先"),
    ('换', "扌奂"),
    ('肖', "小月"),
    ('票', "西示"),
    ('假', "亻叚"),
    ('软', "车欠"),
    ('秒', "禾少"),
    ('佣', "亻用"),
    ('额', "客页"),
    ('赢', "亡口月贝凡"),
    ('输', "车俞"),
    ('波', "氵皮"),
];

impl Vocabulary {
    /// Compiles the sets that ship with the program and those of the user.
    pub(super) fn compile(own: &[(&str, &str)], added: &[(&Path, &str)]) -> Result<Self, LexiconError> {
        let mut compiler = Compiler::default();
        let files = own.iter().map(|(name, source)| (Path::new(name), *source)).chain(added.iter().copied());
        for (file, source) in files {
            compiler.take(file, Set::read(file, source)?)?;
        }
        compiler.finish()
    }
}

#[derive(Default)]
struct Compiler {
    terms: Vec<Term>,
    known: HashMap<String, Vec<Pattern>>,
    /// Spellings in the order of reading, so that two builds are alike.
    order: Vec<String>,
    trades: Vec<(PathBuf, Trade)>,
}

impl Compiler {
    fn take(&mut self, file: &Path, set: Set) -> Result<(), LexiconError> {
        let aliases: Vec<Alias> =
            set.aliases.into_iter().map(|alias| Alias { of: canonical(&alias.of), ..alias }).collect();
        for alias in &aliases {
            for (word, line) in &alias.words {
                check(file, *line, word, &canonical(word))?;
            }
        }
        for word in set.words {
            let text = canonical(&word.text);
            check(file, word.line, &word.text, &text)?;
            let term = u32::try_from(self.terms.len())
                .expect("a file of four thousand million words does not fit in memory");
            let family = word.family;
            self.terms.push(Term { text: text.clone(), purpose: set.purpose, family, trades: Trades::NONE });
            self.add(text.clone(), term, word.weight, None);
            if !matches!(set.purpose, Use::Jargon(_) | Use::Shared) {
                continue;
            }
            self.add_aliases(&aliases, &text, term, word.weight);
            if matches!(set.purpose, Use::Jargon(_)) && word.weight >= Weight::Medium {
                self.add_split(&text, term, word.weight);
                self.add_reversed(&text, term, word.weight);
            }
        }
        self.trades.extend(set.trades.into_iter().map(|trade| (file.to_owned(), trade)));
        Ok(())
    }

    /// Tells the terms of their trades. What a trade explains is known only when all sets have been read.
    fn explain(&mut self) -> Result<(), LexiconError> {
        let mut names: Vec<&str> = Vec::new();
        for (file, trade) in &self.trades {
            let number = names.iter().position(|name| *name == trade.name).unwrap_or_else(|| {
                names.push(&trade.name);
                names.len() - 1
            });
            let Some(bit) = Trades::numbered(number) else {
                let (file, message) = (file.clone(), format!("`{}` is one trade too many", trade.name));
                return Err(LexiconError::Form { file, line: 1, message });
            };
            let own = |term: &Term| term.purpose == Use::Trade && term.family == trade.name;
            self.terms.iter_mut().filter(|term| own(term)).for_each(|term| term.trades = bit);
            for (explained, line) in &trade.explains {
                let word = canonical(explained);
                let mut any = false;
                for term in self.terms.iter_mut().filter(|term| term.is_named(explained, &word)) {
                    term.trades = term.trades.with(bit);
                    any = true;
                }
                if !any {
                    let advice = "no set holds this word, family or category; correct or remove it";
                    let (file, word) = (file.clone(), explained.clone());
                    return Err(LexiconError::Word { file, line: *line, word, advice });
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, spelling: String, term: u32, weight: Weight, evasion: Option<Evasion>) {
        let pattern = Pattern {
            term,
            weight,
            evasion,
            worded_start: spelling.chars().next().is_some_and(is_worded),
            worded_end: spelling.chars().next_back().is_some_and(is_worded),
            han: spelling.chars().all(is_han) && spelling.chars().nth(1).is_some(),
        };
        let patterns = self.known.entry(spelling.clone()).or_default();
        if patterns.is_empty() {
            self.order.push(spelling);
        }
        // The plain spelling of a word wins over an evasive spelling of another.
        if patterns.iter().any(|known| known.evasion.is_none()) && evasion.is_some() {
            return;
        }
        if evasion.is_none() {
            patterns.retain(|known| known.evasion.is_none());
        }
        patterns.push(pattern);
    }

    fn add_aliases(&mut self, aliases: &[Alias], text: &str, term: u32, weight: Weight) {
        for alias in aliases.iter().filter(|alias| text.contains(&alias.of)) {
            let whole = text == alias.of;
            for (word, _) in &alias.words {
                let spelling = text.replace(&alias.of, &canonical(word));
                let short = alias.evasion == Some(Evasion::Homophone)
                    && spelling.chars().all(is_han)
                    && spelling.chars().count() <= 2;
                let weight = match alias.weight {
                    Some(weight) if whole => weight,
                    // Two ordinary characters meet by chance, as at the seam of two words.
                    _ if short => weight.min(Weight::Weak),
                    _ => weight,
                };
                self.add(spelling, term, weight, alias.evasion);
            }
        }
    }

    /// Each character split alone, and all of them.
    fn add_split(&mut self, text: &str, term: u32, weight: Weight) {
        let parts =
            |character: char| SPLIT.iter().find(|(whole, _)| *whole == character).map(|(_, parts)| *parts);
        let splittable: Vec<char> = text.chars().filter(|character| parts(*character).is_some()).collect();
        if text.chars().nth(1).is_none() {
            return;
        }
        for whole in &splittable {
            if let Some(parts) = parts(*whole) {
                self.add(text.replace(*whole, parts), term, weight, Some(Evasion::SplitCharacter));
            }
        }
        if splittable.len() > 1 {
            let mut all = String::new();
            for character in text.chars() {
                match parts(character) {
                    Some(parts) => all.push_str(parts),
                    None => all.push(character),
                }
            }
            self.add(all, term, weight, Some(Evasion::SplitCharacter));
        }
    }

    /// Words of three Han characters and more are also looked for backwards; shorter ones mean too much else.
    fn add_reversed(&mut self, text: &str, term: u32, weight: Weight) {
        let reversed: String = text.chars().rev().collect();
        if reversed != text && text.chars().count() >= 3 && text.chars().all(is_han) {
            self.add(reversed, term, weight.min(Weight::Medium), Some(Evasion::Reversed));
        }
    }

    fn finish(mut self) -> Result<Vocabulary, LexiconError> {
        self.explain()?;
        let mut values = Vec::with_capacity(self.order.len());
        let mut patterns = Vec::with_capacity(self.order.len());
        for spelling in self.order {
            let Some(found) = self.known.remove(&spelling) else { continue };
            let value =
                u32::try_from(patterns.len()).expect("there are fewer spellings than 32 bits can count");
            values.push((spelling, value));
            patterns.push(found);
        }
        let words = values.len();
        let matcher = CharwiseDoubleArrayAhoCorasick::with_values(values)
            .map_err(|error| LexiconError::TooMuch { words, message: error.to_string() })?;
        Ok(Vocabulary { terms: self.terms, patterns, matcher })
    }
}

/// A word as it will stand in normalised text.
fn canonical(word: &str) -> String {
    Normalised::new(word.trim()).text.into_owned()
}

fn check(file: &Path, line: usize, word: &str, canonical: &str) -> Result<(), LexiconError> {
    let advice = match canonical.chars().filter(|character| character.is_alphanumeric()).count() {
        0 => "it has no letter or digit; write a word or remove the line",
        1 if canonical.is_ascii() => "one letter is met everywhere; write a longer word",
        _ if canonical.chars().count() > 64 => {
            "it is longer than 64 characters; write the part that is always the same"
        }
        _ => return Ok(()),
    };
    Err(LexiconError::Word { file: file.to_owned(), line, word: word.to_owned(), advice })
}
