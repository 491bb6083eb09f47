//! The one door through which text from pages reaches a reader.
//!
//! Pages are hostile: they hold terminal escapes, bidirectional controls that reorder what is read, invisible
//! characters, forged line ends, markup, and formulas that a spreadsheet would run. Nothing is dropped: what cannot
//! be shown as it is, is written out by its code point (`<U+202E>`), so that a reader sees that it was there.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar as _;

/// Marks stacked on one character beyond this number are written out: they would paint over neighbouring lines.
/// Vietnamese, Thai and Hebrew need at most three.
const MAX_STACKED_MARKS: usize = 3;

/// Whether a character may not reach a reader as it is: controls (C0, DEL, C1), line and paragraph separators,
/// bidirectional controls, and characters without shape.
pub fn is_unsafe(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}'
        | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0d}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Text for one line of a terminal or of a page: line ends become `⏎`, tabs become blanks, everything unsafe is
/// written out.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut escaper = Escaper::default();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\r' && chars.peek() == Some(&'\n') {
            continue;
        }
        escaper.push(&mut shown, c);
    }
    shown
}

/// Escapes character by character, for those who must know where each one lands.
#[derive(Debug, Default)]
pub struct Escaper {
    stacked: usize,
}

impl Escaper {
    /// Appends one character as it may be shown.
    pub fn push(&mut self, shown: &mut String, c: char) {
        self.stacked = if c.width() == Some(0) { self.stacked + 1 } else { 0 };
        match c {
            '\n' | '\r' => shown.push('⏎'),
            '\t' => shown.push(' '),
            c if is_unsafe(c) || self.stacked > MAX_STACKED_MARKS => {
                let _ = write!(shown, "<U+{:04X}>", u32::from(c));
            }
            c => shown.push(c),
        }
    }
}

/// An outside address as text that neither terminals nor mail programs turn into a link: `hxxp://…`.
pub fn defanged(address: &str) -> String {
    let shown = visible(address);
    let lower = shown.to_ascii_lowercase();
    let mut out = String::with_capacity(shown.len());
    let mut from = 0;
    for (at, _) in lower.match_indices("http") {
        let rest = &lower[at + 4..];
        if rest.starts_with("://") || rest.starts_with("s://") {
            out.push_str(&shown[from..at]);
            out.push_str("hxxp");
            from = at + 4;
        }
    }
    out.push_str(&shown[from..]);
    out
}

/// A JSON document in which everything unsafe within strings is written as `\uXXXX`: the same values, safe to print.
/// Takes the output of a JSON serialiser; line ends between tokens stay.
pub fn json(document: &str) -> String {
    let mut out = String::with_capacity(document.len());
    for c in document.chars() {
        if c != '\n' && is_unsafe(c) {
            let mut units = [0u16; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// A cell of a table that no spreadsheet takes for a formula.
pub fn cell(text: &str) -> String {
    let shown = visible(text);
    let first = text.trim_start().chars().next();
    let formula = matches!(first, Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '|' | '%'));
    let blank = text.starts_with(['\t', '\r', '\n']);
    if formula || blank { format!("'{shown}") } else { shown }
}

/// Plain text of a SARIF message: brackets would be read as links, braces as placeholders.
pub fn sarif_plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '\\' | '[' | ']' => out.extend(['\\', c]),
            '{' | '}' => out.extend([c, c]),
            c => out.push(c),
        }
    }
    out
}

/// Markdown text of a SARIF message: every character that Markdown or HTML reads is escaped, and addresses are
/// defanged so that no viewer links them.
pub fn sarif_markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in defanged(text).chars() {
        match c {
            '{' | '}' => out.extend(['\\', c, c]),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            c if c.is_ascii_punctuation() && !matches!(c, ',' | ';' | ':' | '/' | '%' | '?') => {
                out.extend(['\\', c]);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_shown_is_written_out() {
        let check = |text: &str, expected: &str| assert_eq!(visible(text), expected, "{text:?}");
        check("澳门 a\u{301}é ไทย้", "澳门 a\u{301}é ไทย้");
        check("\u{1b}[31mred\u{1b}[0m", "<U+001B>[31mred<U+001B>[0m");
        check("\u{1b}]8;;http://bc.test\u{7}x", "<U+001B>]8;;http://bc.test<U+0007>x");
        check("\u{9b}31m", "<U+009B>31m");
        check("safe\u{202e}gpj.exe", "safe<U+202E>gpj.exe");
        check("澳\u{200b}门\u{feff}", "澳<U+200B>门<U+FEFF>");
        check("a\r\nb\nc\rd\te", "a⏎b⏎c⏎d e");
        check("e\u{300}\u{301}\u{302}\u{303}", "e\u{300}\u{301}\u{302}<U+0303>");
        check("\u{e0041}", "<U+E0041>");
        check("\u{2028}\u{2029}\u{2066}", "<U+2028><U+2029><U+2066>");
        check("❤\u{fe0f}", "❤\u{fe0f}");
    }

    #[test]
    fn outside_addresses_are_not_links() {
        let check = |text: &str, expected: &str| assert_eq!(defanged(text), expected);
        check("http://bc.test/", "hxxp://bc.test/");
        check("HTTPS://bc.test/?u=http://x.test", "hxxpS://bc.test/?u=hxxp://x.test");
        check("//bc.test/http", "//bc.test/http");
        check("https", "https");
        check("", "");
    }

    #[test]
    fn formulas_become_text() {
        let check = |text: &str, expected: &str| assert_eq!(cell(text), expected);
        check("=HYPERLINK(\"http://bc.test\")", "'=HYPERLINK(\"http://bc.test\")");
        check("+1", "'+1");
        check("-1", "'-1");
        check("@SUM(A1)", "'@SUM(A1)");
        check("\t=1", "' =1");
        check("\r=1", "'⏎=1");
        check("  =1", "'  =1");
        check("＝1", "'＝1");
        check("a=1", "a=1");
        check("", "");
    }

    #[test]
    fn json_keeps_its_values() {
        let value = serde_json::json!({"a\u{202e}": "\u{9b}x\u{1b}\u{e0041}\u{200b}\n\"\\"});
        let safe = json(&serde_json::to_string_pretty(&value).unwrap());
        assert!(!safe.chars().any(|c| c != '\n' && is_unsafe(c)));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
    }

    #[test]
    fn messages_hold_no_links_placeholders_or_markup() {
        assert_eq!(sarif_plain("[x](http://bc.test) {0} a\\b"), "\\[x\\](http://bc.test) {{0}} a\\\\b");
        assert_eq!(
            sarif_markdown("[x](http://bc.test) <b>*y*</b>"),
            "\\[x\\]\\(hxxp://bc\\.test\\) &lt;b&gt;\\*y\\*&lt;/b&gt;"
        );
    }
}
