//! Lines that fit a terminal: Chinese breaks between characters, other scripts between words.
//!
//! Takes text that is already escaped.

use unicode_width::UnicodeWidthChar as _;

/// Marks that may not begin a line.
const CLOSING: &str = "，。、；：？！）》」』】〕％…—·,.;:?!)]}%";
/// Marks that may not end a line.
const OPENING: &str = "（《「『【〔([{";

/// The columns of a text: the sum of its characters' columns.
pub(super) fn columns(text: &str) -> usize {
    text.chars().filter_map(|c| c.width()).sum()
}

/// The lines of a text, none wider than `width` columns (at least 8).
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let width = width.max(8);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for unit in units(text) {
        if used + columns(unit) > width && !line.is_empty() {
            lines.push(line.trim_end().to_owned());
            (line, used) = (String::new(), 0);
        }
        if line.is_empty() && unit.trim().is_empty() {
            continue;
        }
        for piece in pieces(unit, width) {
            if used + columns(piece) > width && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push_str(piece);
            used += columns(piece);
        }
    }
    if !line.trim().is_empty() || lines.is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// A text cut to `width` columns, with an ellipsis where something is missing.
pub(super) fn clipped(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide + 1 > width {
            break;
        }
        kept.push(c);
        used += wide;
    }
    kept.push('…');
    kept
}

/// A text filled with blanks up to `width` columns.
pub(super) fn padded(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(columns(text));
    format!("{text}{}", " ".repeat(missing))
}

/// The parts between which a line may break: words, runs of blanks, single wide characters with the marks that
/// belong to them.
fn units(text: &str) -> Vec<&str> {
    let mut units = Vec::new();
    let mut start = 0;
    let mut before: Option<char> = None;
    for (at, c) in text.char_indices() {
        if let Some(before) = before
            && breakable(before, c)
        {
            units.push(&text[start..at]);
            start = at;
        }
        before = Some(c);
    }
    if start < text.len() {
        units.push(&text[start..]);
    }
    units
}

fn breakable(before: char, after: char) -> bool {
    if CLOSING.contains(after) || OPENING.contains(before) {
        return false;
    }
    let wide = |c: char| c.width() == Some(2);
    (before == ' ') != (after == ' ') || (after.width() != Some(0) && (wide(before) || wide(after)))
}

/// A unit that is wider than a line, cut hard.
fn pieces(unit: &str, width: usize) -> Vec<&str> {
    if columns(unit) <= width {
        return vec![unit];
    }
    let mut pieces = Vec::new();
    let (mut start, mut used) = (0, 0);
    for (at, c) in unit.char_indices() {
        let wide = c.width().unwrap_or(0);
        if used + wide > width {
            pieces.push(&unit[start..at]);
            (start, used) = (at, 0);
        }
        used += wide;
    }
    pieces.push(&unit[start..]);
    pieces
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn chinese_breaks_between_characters_and_english_between_words() {
        let check = |text: &str, width: usize, expected: &[&str]| assert_eq!(wrapped(text, width), expected);
        check("网站首页被植入暗链", 10, &["网站首页被", "植入暗链"]);
        check("网站首页被，植入", 10, &["网站首页", "被，植入"]);
        check("网站首页《网络安全法》", 10, &["网站首页", "《网络安全", "法》"]);
        check("the quick brown fox", 10, &["the quick", "brown fox"]);
        check("http://averylonghost.test/x", 10, &["http://ave", "rylonghost", ".test/x"]);
        check("", 10, &[""]);
    }

    #[test]
    fn a_clipped_text_says_so() {
        assert_eq!(clipped("网站首页", 5), "网站…");
        assert_eq!(clipped("网站", 4), "网站");
        assert_eq!(padded("网站", 6), "网站  ");
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_asked_and_nothing_but_blanks_is_lost(text in "\\PC{0,200}", width in 8usize..60) {
            let lines = wrapped(&text, width);
            for line in &lines {
                prop_assert!(columns(line) <= width, "{line:?}");
            }
            let solid = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            if !text.chars().any(|c| c.is_whitespace() && c != ' ') {
                prop_assert_eq!(solid(&lines.concat()), solid(&text));
            }
        }
    }
}
