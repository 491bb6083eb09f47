//! What a constant expression of a script comes to: joined strings, character codes, Base64, lists, names given once.

use super::code::Code;
use super::lex::Token;

/// What an expression comes to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// A string.
    Text(String),
    /// A string whose end is unknown (`"http://a.test/?" + x`).
    Prefix(String),
    /// A number.
    Number(f64),
    /// A list.
    List(Vec<Value>),
}

impl Value {
    /// The text, as far as it is known.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Prefix(text) => Some(text),
            Self::Number(_) | Self::List(_) => None,
        }
    }

    /// As a script would join it into a string.
    fn shown(&self) -> String {
        match self {
            Self::Text(text) | Self::Prefix(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::List(items) => items.iter().map(Self::shown).collect::<Vec<_>>().join(","),
        }
    }
}

/// How deep brackets and names are followed.
const DEPTH: usize = 24;
/// Longest string or list that is made.
const MOST: usize = 100_000;

/// The value of the expression that starts at a token, and the token behind it. `None` where it is not constant.
pub(super) fn value(code: &Code<'_>, at: usize) -> Option<(Value, usize)> {
    sum(code, at, DEPTH)
}

/// The values of a call's arguments, given the opening bracket; an argument that is not constant is left out.
pub(super) fn arguments(code: &Code<'_>, open: usize) -> Vec<Value> {
    list(code, open, DEPTH).unwrap_or_default()
}

fn sum(code: &Code<'_>, at: usize, depth: usize) -> Option<(Value, usize)> {
    let (mut total, mut at) = term(code, at, depth.checked_sub(1)?)?;
    while code.is(at, "+") {
        let Some((next, end)) = term(code, at + 1, depth - 1) else {
            return Some((Value::Prefix(total.shown()), at + 1));
        };
        let unknown = matches!(total, Value::Prefix(_));
        total = match (&total, &next) {
            (Value::Number(one), Value::Number(other)) => Value::Number(one + other),
            (Value::Prefix(_), _) => total,
            (_, Value::Prefix(text)) => Value::Prefix(total.shown() + text),
            _ => Value::Text(total.shown() + &next.shown()),
        };
        if unknown || total.text().is_some_and(|text| text.len() > MOST) {
            return Some((total, end));
        }
        at = end;
    }
    Some((total, at))
}

fn term(code: &Code<'_>, at: usize, depth: usize) -> Option<(Value, usize)> {
    let (mut value, mut at) = primary(code, at, depth.checked_sub(1)?)?;
    loop {
        if code.is(at, "[") {
            let Some((Value::Number(index), _)) = sum(code, at + 1, depth - 1) else {
                return Some((value, at));
            };
            let Value::List(items) = &value else { return None };
            value = items.get(index as usize)?.clone();
            at = code.pair(at)? + 1;
        } else if code.is(at, ".") && code.is(at + 2, "(") {
            let close = code.pair(at + 2)?;
            value = method(&value, code.word(at + 1)?, &arguments(code, at + 2))?;
            at = close + 1;
        } else {
            return Some((value, at));
        }
    }
}

fn method(value: &Value, name: &str, arguments: &[Value]) -> Option<Value> {
    let first = arguments.first().and_then(Value::text);
    Some(match (value, name) {
        (Value::List(items), "join") => {
            let glue = first.unwrap_or(",");
            Value::Text(items.iter().map(Value::shown).collect::<Vec<_>>().join(glue))
        }
        (Value::List(items), "reverse") => Value::List(items.iter().rev().cloned().collect()),
        (Value::Text(text), "split") => match first {
            Some("") => Value::List(text.chars().map(|one| Value::Text(one.into())).collect()),
            Some(glue) => Value::List(text.split(glue).map(|part| Value::Text(part.into())).collect()),
            None => return None,
        },
        (Value::Text(text), "concat") => {
            Value::Text(arguments.iter().fold(text.clone(), |text, more| text + &more.shown()))
        }
        (Value::Text(text), "replace" | "replaceAll") => {
            let (from, to) = (first?, arguments.get(1)?.text()?);
            Value::Text(if name == "replace" { text.replacen(from, to, 1) } else { text.replace(from, to) })
        }
        (Value::Text(text), "trim" | "toString" | "toLowerCase") => Value::Text(text.clone()),
        _ => return None,
    })
}

fn primary(code: &Code<'_>, at: usize, depth: usize) -> Option<(Value, usize)> {
    code.step()?;
    match &code.tokens.get(at)?.token {
        Token::Text(text) => Some((Value::Text(text.clone().into_owned()), at + 1)),
        Token::Template(text) => Some((Value::Prefix(text.clone().into_owned()), at + 1)),
        Token::Number(number) => Some((Value::Number(*number), at + 1)),
        Token::Mark("(") => {
            let (value, _) = sum(code, at + 1, depth.checked_sub(1)?)?;
            Some((value, code.pair(at)? + 1))
        }
        Token::Mark("[") => Some((Value::List(list(code, at, depth.checked_sub(1)?)?), code.pair(at)? + 1)),
        Token::Word(word) => named(code, word, at, depth.checked_sub(1)?),
        Token::Regex(_) | Token::Mark(_) => None,
    }
}

/// The items between brackets.
fn list(code: &Code<'_>, open: usize, depth: usize) -> Option<Vec<Value>> {
    let close = code.pair(open)?;
    let mut items = Vec::new();
    let mut at = open + 1;
    while at < close && items.len() < MOST {
        match sum(code, at, depth.checked_sub(1)?) {
            Some((item, end)) if code.is(end, ",") || end == close => {
                items.push(item);
                at = end + 1;
            }
            Some((item, _)) => {
                items.push(Value::Prefix(item.shown()));
                at = next_item(code, at, close);
            }
            None => at = next_item(code, at, close),
        }
    }
    Some(items)
}

fn next_item(code: &Code<'_>, at: usize, close: usize) -> usize {
    let mut at = at;
    while at < close && !code.is(at, ",") {
        at = if code.is(at, "(") || code.is(at, "[") || code.is(at, "{") {
            code.pair(at).unwrap_or(close) + 1
        } else {
            at + 1
        };
    }
    at + 1
}

/// A name that is given a constant once, or one of the decoders that every browser has.
fn named(code: &Code<'_>, word: &str, at: usize, depth: usize) -> Option<(Value, usize)> {
    if matches!(word, "window" | "self" | "globalThis") && code.is(at + 1, ".") {
        return named(code, code.word(at + 2)?, at + 2, depth.checked_sub(1)?);
    }
    if word == "String" && code.is(at + 1, ".") && code.word(at + 2) == Some("fromCharCode") {
        let characters = arguments(code, at + 3).into_iter().map(|value| match value {
            Value::Number(number) => char::from_u32(number as u32),
            _ => None,
        });
        return Some((Value::Text(characters.collect::<Option<String>>()?), code.pair(at + 3)? + 1));
    }
    if code.is(at + 1, "(") {
        let (argument, _) = sum(code, at + 2, depth.checked_sub(1)?)?;
        let end = code.pair(at + 1)? + 1;
        let text = match (word, argument) {
            ("atob", Value::Text(text)) => base64(&text)?,
            ("unescape" | "decodeURIComponent" | "decodeURI", Value::Text(text)) => percent_decoded(&text),
            ("encodeURI" | "String", Value::Text(text)) => text,
            _ => return None,
        };
        return Some((Value::Text(text), end));
    }
    let (value, _) = sum(code, code.only_value(word)?, depth.checked_sub(1)?)?;
    Some((value, at + 1))
}

/// Base64 (RFC 4648, either alphabet) as Latin-1 text, as `atob` gives it, except that UTF-8 is read as such.
fn base64(text: &str) -> Option<String> {
    let mut bits = 0_u32;
    let mut held = 0;
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    for byte in text.bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' | b' ' | b'\n' | b'\r' | b'\t' => continue,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(six)) & 0xFF_FFFF;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xFF) as u8);
        }
    }
    Some(
        String::from_utf8(bytes)
            .unwrap_or_else(|error| error.into_bytes().into_iter().map(char::from).collect()),
    )
}

/// `%68`, `%u0068`.
fn percent_decoded(text: &str) -> String {
    let source = text.as_bytes();
    let mut bytes = Vec::with_capacity(source.len());
    let mut at = 0;
    while at < source.len() {
        let hexadecimal = |from: usize, length: usize| {
            let digits = std::str::from_utf8(source.get(from..from + length)?).ok()?;
            u32::from_str_radix(digits, 16).ok()
        };
        if source[at] == b'%' {
            if matches!(source.get(at + 1), Some(b'u' | b'U'))
                && let Some(character) = hexadecimal(at + 2, 4).and_then(char::from_u32)
            {
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                at += 6;
                continue;
            }
            if let Some(byte) = hexadecimal(at + 1, 2) {
                bytes.push(byte as u8);
                at += 3;
                continue;
            }
        }
        bytes.push(source[at]);
        at += 1;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expected: &str) {
        let source = format!("x={source};");
        let code = Code::new(&source);
        let value = value(&code, 2).map(|(value, _)| value.shown());
        assert_eq!(value.as_deref().unwrap_or("-"), expected, "{source}");
    }

    #[test]
    fn constant_expressions_are_worked_out() {
        check("'a'+'b'+(\"c\")", "abc");
        check("String.fromCharCode(104,116,0x74,112)", "http");
        check("atob('aHR0cDovLw==')", "http://");
        check("unescape('%68%74%u0074p')", "http");
        check("['a','b','c'][1]", "b");
        check("['c','b'].reverse().join('')", "bc");
        check("'ptth'.split('').reverse().join('')", "http");
        check("'hXXp'.replace('XX','tt')", "http");
        check("u+'/x';var u='http://a.test'", "http://a.test/x");
        check("'http://a.test/?'+location.host", "http://a.test/?");
        check("`http://a.test/?${x}`", "http://a.test/?");
        check("f()", "-");
        check("y;var y=y+1", "-");
        check("(((((((((((((((((((((((((((((((((((((((((((('a'", "-");
    }
}
