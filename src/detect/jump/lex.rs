//! Tokens of a script: enough of JavaScript's lexical grammar to tell code from comments and strings.
//!
//! Not a parser: it never fails, and what it cannot read becomes punctuation. Strings come out decoded; words and
//! strings without escapes are borrowed from the source.

use std::borrow::Cow;

/// A token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token<'s> {
    /// An identifier or keyword, escapes undone.
    Word(Cow<'s, str>),
    /// A string, escapes undone; a template without holes is one too.
    Text(Cow<'s, str>),
    /// A template with holes: only the text before the first hole is known.
    Template(Cow<'s, str>),
    /// A number.
    Number(f64),
    /// A regular expression's source.
    Regex(&'s str),
    /// Punctuation, one character each, except `=>`, `==`-like, `&&`, `||`, `??`, `+=` that come whole.
    Mark(&'static str),
}

/// A token and where it starts, in bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lexeme<'s> {
    /// What it is.
    pub token: Token<'s>,
    /// Byte offset in the source.
    pub at: usize,
    /// Whether a line ends between the token before and this one.
    pub new_line: bool,
}

/// Longest script that is read, in bytes; a redirect that matters stands in something small or near the start.
const MOST_BYTES: usize = 1 << 20;
/// Most tokens that are kept.
const MOST_TOKENS: usize = 200_000;

/// Every token of a script.
pub(super) fn tokens(source: &str) -> Vec<Lexeme<'_>> {
    // A token is about four bytes long.
    let found = Vec::with_capacity((source.len() / 4).min(MOST_TOKENS));
    let mut reader = Reader { source: source.as_bytes(), text: source, at: 0, found, new_line: false };
    while reader.at < source.len().min(MOST_BYTES) && reader.found.len() < MOST_TOKENS {
        reader.step();
    }
    reader.found
}

struct Reader<'a> {
    source: &'a [u8],
    text: &'a str,
    at: usize,
    found: Vec<Lexeme<'a>>,
    new_line: bool,
}

/// Marks of more than one character, longest first.
const LONG_MARKS: [&str; 17] = [
    "===", "!==", ">>>", "...", "**=", "=>", "==", "!=", "<=", ">=", "&&", "||", "??", "+=", "-=", "++", "--",
];
const MARKS: &str = "{}()[];,<>+-*/%&|^!~?:=.#@";
/// For every byte its place in [`MARKS`]; beyond them where it is none.
const MARK_AT: [u8; 256] = {
    let mut places = [u8::MAX; 256];
    let mut at = 0;
    while at < MARKS.len() {
        places[MARKS.as_bytes()[at] as usize] = at as u8;
        at += 1;
    }
    places
};

impl<'a> Reader<'a> {
    fn step(&mut self) {
        let rest = &self.source[self.at..];
        match rest[0] {
            b'\n' | b'\r' => {
                self.new_line = true;
                self.at += 1;
            }
            byte if byte.is_ascii_whitespace() => self.at += 1,
            b'/' if rest.starts_with(b"//") => self.skip_line(),
            b'<' if rest.starts_with(b"<!--") => self.skip_line(),
            b'-' if rest.starts_with(b"-->") => self.skip_line(),
            b'/' if rest.starts_with(b"/*") => self.skip_comment(),
            b'/' if self.regex_may_stand_here() => self.regex(),
            b'"' | b'\'' => self.string(rest[0]),
            b'`' => self.template(),
            byte if byte.is_ascii_digit() => self.number(),
            byte if byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'$' | b'\\') || byte >= 0x80 => {
                self.word();
            }
            _ => self.mark(),
        }
    }

    fn push(&mut self, token: Token<'a>, at: usize) {
        self.found.push(Lexeme { token, at, new_line: self.new_line });
        self.new_line = false;
    }

    fn skip_line(&mut self) {
        let length = memchr::memchr2(b'\n', b'\r', &self.source[self.at..]);
        self.at = length.map_or(self.source.len(), |length| self.at + length);
    }

    fn skip_comment(&mut self) {
        let length = memchr::memmem::find(&self.source[self.at + 2..], b"*/");
        self.at = length.map_or(self.source.len(), |length| self.at + length + 4);
    }

    /// A slash divides after a value and opens a regular expression everywhere else.
    fn regex_may_stand_here(&self) -> bool {
        match self.found.last().map(|lexeme| &lexeme.token) {
            None => true,
            Some(Token::Word(word)) => {
                matches!(
                    &**word,
                    "return" | "typeof" | "case" | "in" | "of" | "delete" | "void" | "else" | "do"
                )
            }
            Some(Token::Mark(mark)) => !matches!(*mark, ")" | "]" | "}" | "++" | "--"),
            Some(_) => false,
        }
    }

    fn regex(&mut self) {
        let start = self.at;
        let mut at = self.at + 1;
        let mut class = false;
        while let Some(&byte) = self.source.get(at) {
            match byte {
                b'\n' | b'\r' => break,
                b'\\' => at += 1,
                b'[' => class = true,
                b']' => class = false,
                b'/' if !class => break,
                _ => {}
            }
            at += 1;
        }
        let end = at.min(self.source.len());
        let source = self.text.get(start + 1..end).unwrap_or_default();
        self.at = (end + 1).min(self.source.len());
        while self.source.get(self.at).is_some_and(u8::is_ascii_alphabetic) {
            self.at += 1;
        }
        self.push(Token::Regex(source), start);
    }

    fn string(&mut self, quote: u8) {
        let start = self.at;
        let (text, end) = unescaped(self.text, start + 1, |byte| byte == quote || byte == b'\n');
        self.at = (end + 1).min(self.source.len());
        self.push(Token::Text(text), start);
    }

    /// Text up to the first hole; the holes and what follows are passed over, counting braces.
    fn template(&mut self) {
        let start = self.at;
        let source = self.source;
        let (text, mut at) = unescaped(self.text, start + 1, |byte| byte == b'`' || byte == b'$');
        let mut whole = text;
        // A dollar sign alone is text.
        while source.get(at) == Some(&b'$') && source.get(at + 1) != Some(&b'{') {
            let (more, end) = unescaped(self.text, at + 1, |byte| byte == b'`' || byte == b'$');
            let whole = whole.to_mut();
            whole.push('$');
            whole.push_str(&more);
            at = end;
        }
        if source.get(at) != Some(&b'$') {
            self.at = (at + 1).min(source.len());
            self.push(Token::Text(whole), start);
            return;
        }
        let mut depth = 0_u32;
        while let Some(&byte) = source.get(at) {
            match byte {
                b'\\' => at += 1,
                b'{' => depth += 1,
                b'}' => depth = depth.saturating_sub(1),
                b'`' if depth == 0 => break,
                _ => {}
            }
            at += 1;
        }
        self.at = (at + 1).min(source.len());
        self.push(Token::Template(whole), start);
    }

    fn number(&mut self) {
        let start = self.at;
        while self
            .source
            .get(self.at)
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_'))
        {
            self.at += 1;
        }
        // Most numbers are a digit or two.
        if let digits @ ([_] | [_, _]) = &self.source[start..self.at]
            && digits.iter().all(u8::is_ascii_digit)
        {
            let value = digits.iter().fold(0, |value, digit| value * 10 + u32::from(digit - b'0'));
            self.push(Token::Number(f64::from(value)), start);
            return;
        }
        let text = self.text[start..self.at].replace('_', "").to_ascii_lowercase();
        let value = match text.get(..2) {
            Some("0x") => u64::from_str_radix(&text[2..], 16).ok().map(|value| value as f64),
            _ => text.parse().ok(),
        };
        self.push(Token::Number(value.unwrap_or(f64::NAN)), start);
    }

    fn word(&mut self) {
        let start = self.at;
        let part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80;
        let mut escaped = false;
        while let Some(&byte) = self.source.get(self.at) {
            if byte == b'\\' && self.source.get(self.at + 1) == Some(&b'u') {
                escaped = true;
                self.at += 2;
                if self.source.get(self.at) == Some(&b'{') {
                    self.at += memchr::memchr(b'}', &self.source[self.at..]).map_or(1, |length| length + 1);
                }
            } else if part(byte) {
                self.at += 1;
            } else {
                break;
            }
        }
        if self.at == start {
            self.at += 1;
            return;
        }
        let raw = self.text.get(start..self.at).unwrap_or_default();
        let word = if escaped { unescaped(raw, 0, |_| false).0 } else { Cow::Borrowed(raw) };
        self.push(Token::Word(word), start);
    }

    fn mark(&mut self) {
        let start = self.at;
        let rest = &self.source[start..];
        // The first sign of every long mark is one of these.
        let long =
            matches!(rest[0], b'=' | b'!' | b'>' | b'<' | b'.' | b'*' | b'&' | b'|' | b'?' | b'+' | b'-');
        if long && let Some(mark) = LONG_MARKS.iter().find(|mark| rest.starts_with(mark.as_bytes())) {
            self.at += mark.len();
            self.push(Token::Mark(mark), start);
            return;
        }
        self.at += 1;
        let index = usize::from(MARK_AT[usize::from(rest[0])]);
        if index < MARKS.len() {
            self.push(Token::Mark(&MARKS[index..=index]), start);
        }
    }
}

/// The text from `at` up to an unescaped byte that ends it, with escapes undone, and where that byte is.
fn unescaped(source: &str, from: usize, ends: impl Fn(u8) -> bool) -> (Cow<'_, str>, usize) {
    let bytes = source.as_bytes();
    let rest = bytes.get(from..).unwrap_or_default();
    let plain = rest.iter().position(|&byte| byte == b'\\' || ends(byte)).unwrap_or(rest.len());
    let mut at = from + plain;
    if bytes.get(at) != Some(&b'\\')
        && let Some(text) = source.get(from..at)
    {
        return (Cow::Borrowed(text), at);
    }
    let mut text = rest[..plain].to_vec();
    while let Some(&byte) = bytes.get(at) {
        if ends(byte) {
            break;
        }
        if byte == b'\\' {
            let (character, length) = escape(bytes, at + 1);
            if let Some(character) = character {
                text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            at += 1 + length;
        } else {
            text.push(byte);
            at += 1;
        }
    }
    (Cow::Owned(String::from_utf8_lossy(&text).into_owned()), at.min(bytes.len()))
}

/// The character behind a backslash, and how many bytes it took.
fn escape(bytes: &[u8], at: usize) -> (Option<char>, usize) {
    let hexadecimal = |from: usize, length: usize| {
        let digits = bytes.get(from..from + length)?;
        let digits = std::str::from_utf8(digits).ok()?;
        u32::from_str_radix(digits, 16).ok()
    };
    match bytes.get(at) {
        None => (None, 0),
        Some(b'n') => (Some('\n'), 1),
        Some(b't') => (Some('\t'), 1),
        Some(b'r') => (Some('\r'), 1),
        Some(b'b' | b'f' | b'v' | b'\n' | b'\r') => (None, 1),
        Some(b'x') => match hexadecimal(at + 1, 2) {
            Some(code) => (char::from_u32(code), 3),
            None => (Some('x'), 1),
        },
        Some(b'u') if bytes.get(at + 1) == Some(&b'{') => {
            let length = memchr::memchr(b'}', &bytes[at..]).unwrap_or(1).min(12);
            let code = hexadecimal(at + 2, length.saturating_sub(2));
            (code.and_then(char::from_u32), length + 1)
        }
        Some(b'u') => match hexadecimal(at + 1, 4) {
            Some(code) => (char::from_u32(code), 5),
            None => (Some('u'), 1),
        },
        Some(&digit @ b'0'..=b'7') => {
            let length = bytes[at..].iter().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
            let code = bytes[at..at + length].iter().fold(0, |code, byte| code * 8 + u32::from(byte - b'0'));
            (char::from_u32(code).or(Some(char::from(digit))), length)
        }
        Some(&byte) if byte < 0x80 => (Some(char::from(byte)), 1),
        // The first byte of a longer character: the backslash goes, the character stays.
        Some(_) => (None, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str) -> String {
        let texts = tokens(source).into_iter().map(|lexeme| match lexeme.token {
            Token::Word(word) => word.into_owned(),
            Token::Text(text) => format!("'{text}'"),
            Token::Template(text) => format!("`{text}…`"),
            Token::Number(number) => number.to_string(),
            Token::Regex(source) => format!("/{source}/"),
            Token::Mark(mark) => mark.to_owned(),
        });
        texts.collect::<Vec<_>>().join(" ")
    }

    fn check(source: &str, expected: &str) {
        assert_eq!(words(source), expected, "{source}");
    }

    #[test]
    fn comments_go_and_strings_come_out_decoded() {
        check("a/*x*/=//y\n'b'", "a = 'b'");
        check("<!-- x\nlocation=1\n--> y", "location = 1");
        check(r#""\x68\u0074t\160\/\/""#, "'http//'");
        check(r"'\u{68}i' '\中'", "'hi' '中'");
        check(r"\u006coc", "loc");
        check("`a$b` `x${y+`q`}z` 1", "'a$b' `x…` 1");
        check("a=b/c/d", "a = b / c / d");
        check("if(/bai\\/du[/]/i.test(r))x", "if ( /bai\\/du[/]/ . test ( r ) ) x");
        check("0xff 1e3", "255 1000");
    }

    #[test]
    fn broken_scripts_end_in_tokens() {
        for source in
            ["'", "`", "`${", "/*", "/", "\\", "\\u", "\\u{", "'\\", "'\\u{", "'\\x", "\u{4e2d}\\", "[/"]
        {
            let _ = tokens(source);
        }
        assert!(tokens(&"(".repeat(500_000)).len() <= MOST_TOKENS);
    }
}
