//! Ransom notes: something was locked, and somebody wants to be paid or asked. News of ransomware has the words too,
//! but not the address to pay to.

use memchr::memmem;

use super::{Case, Where, signature};
use crate::detect::sighting::Sighting;
use crate::finding::{Severity, Signal};
use crate::page::Sight;

use super::shape::Shape;

/// What was done to the victim.
const LOCKED: &[&str] = &[
    "have been encrypted",
    "has been encrypted",
    "are encrypted",
    "is encrypted",
    "was encrypted",
    "were encrypted",
    "files are locked",
    "files have been locked",
    "has been locked",
    "database has been deleted",
    "database is downloaded",
    "data has been stolen",
    "data was stolen",
    "encrypted by",
    "文件已被加密",
    "文件已经被加密",
    "数据已被加密",
    "已被加密",
    "数据库已被",
    "数据已被窃取",
    "网站已被加密",
    "文件被加密",
    "han sido cifrados",
    "foram criptografados",
    "ont été chiffrés",
    "telah dienkripsi",
    "зашифрованы",
    "sifrelendi",
    "şifrelendi",
];
/// To whom it is addressed; news speaks of others.
const ADDRESSED: &[&str] =
    &["your ", "you ", "你的", "您的", "你们的", "贵公司", "贵单位", "sus ", "seus ", "vos ", "anda", "ваши"];
/// What is wanted.
const WANTED: &[&str] = &[
    "bitcoin",
    " btc",
    "btc ",
    "monero",
    " xmr",
    "usdt",
    "decrypt",
    "ransom",
    "recover your",
    "get back",
    "to restore",
    "return your",
    "contact us",
    "contact me",
    "contact:",
    "send ",
    "pay ",
    ".onion",
    "解密",
    "比特币",
    "支付",
    "付款",
    "赎金",
    "联系我们",
    "联系邮箱",
];

/// How much of a page's text is read, in bytes.
const READ: usize = 40_000;

/// The case for a ransom note, where the page is one.
pub(super) fn judge<'a>(sighting: &Sighting<'a>, shape: &Shape) -> Option<Case<'a>> {
    let page = sighting.page;
    let seen: Vec<_> = page.blocks.iter().filter(|block| block.visibility.sight != Sight::Hidden).collect();
    let mut text = String::new();
    for block in seen.iter().take(400) {
        text.push_str(&signature::fold(&block.text));
        text.push(' ');
        if text.len() > READ {
            break;
        }
    }
    let text = &text[..text.floor_char_boundary(READ)];
    let locked = LOCKED.iter().find(|phrase| memmem::find(text.as_bytes(), phrase.as_bytes()).is_some())?;
    let wanted = WANTED.iter().filter(|word| text.contains(**word)).count();
    let addressed = ADDRESSED.iter().any(|word| text.contains(word));
    let purse = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '.').any(purse);
    let note = addressed
        && wanted >= 1
        && ((shape.bare() && (purse || wanted >= 2 || titled(sighting))) || (purse && shape.prose < 12));
    if !note {
        return None;
    }
    let place = seen
        .iter()
        .find(|block| signature::fold(&block.text).contains(locked))
        .map_or(Where { selector: "body", line: 1, text: "" }, |block| Where::from(*block));
    Some(Case {
        form: "ransom-note",
        method: "def-ransom-note",
        words: (*locked).to_owned(),
        place,
        severity: Severity::Critical,
        confidence: if purse { 0.95 } else { 0.85 },
        signals: vec![Signal::Payload, Signal::Mechanism],
        effects: shape.effects.clone(),
    })
}

/// Whether a single text has all that makes a note: what was done, to whom, and what is wanted.
pub(super) fn demands(text: &str) -> bool {
    let text = signature::fold(text);
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    says(LOCKED) && says(ADDRESSED) && says(WANTED)
}

/// Whether the title itself says ransom.
fn titled(sighting: &Sighting<'_>) -> bool {
    let title = sighting.page.title.as_ref().map(|title| signature::fold(&title.text)).unwrap_or_default();
    ["ransom", "encrypted", "locked", "勒索", "加密", "read me", "readme"]
        .iter()
        .any(|word| title.contains(word))
}

/// An address to pay to or a hidden service to ask at.
fn purse(word: &str) -> bool {
    let bech = word.starts_with("bc1") && (26..=90).contains(&word.len());
    let onion = word.trim_end_matches('.').ends_with(".onion");
    let length = word.len();
    let mixed = word.chars().any(|c| c.is_ascii_digit())
        && word.chars().filter(char::is_ascii_alphabetic).count() >= 10;
    let legacy = (26..=35).contains(&length) && word.starts_with(['1', '3']) && mixed;
    let monero = length == 95 && word.starts_with(['4', '8']) && mixed;
    bech || onion || legacy || monero
}
