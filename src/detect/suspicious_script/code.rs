//! How code is written: which family of obfuscation, and where a foreign tail begins. Reads characters, runs nothing.
//!
//! Obfuscation alone is never a finding: honest houses hide their code too. It is named beside what a script did, and
//! it tells which unfinished script a browser should look at.

use memchr::memmem;

/// Bytes of one script that are looked at, from either end.
const LOOKED_AT: usize = 256 << 10;
/// Escapes from which on a script counts as written in them.
const ESCAPES: usize = 12;

/// The family of obfuscation, by its id in the detection catalogue; `None` where code is written as people or bundlers
/// write it.
pub(super) fn family(code: &str) -> Option<&'static str> {
    let code = ends(code);
    let code = code.as_ref();
    let has = |text: &str| memmem::find(code.as_bytes(), text.as_bytes()).is_some();
    if has("#@~^") {
        return Some("obf-script-encode");
    }
    if has("\u{ff9f}\u{3c9}\u{ff9f}") {
        return Some("obf-aaencode");
    }
    if has("=~[];") && has("___:++") {
        return Some("obf-jjencode");
    }
    if symbols(code) {
        return Some("obf-jsfuck");
    }
    for (mark, family) in [
        ("['sojson.v4']", "obf-sojson-v4"),
        ("sojson.v5", "obf-sojson-v5"),
        ("jsjiami.com.v6", "obf-jsjiami-v6"),
        ("jsjiami.com.v7", "obf-jsjiami-v7"),
        ("eval(function(p,a,c,k,e,", "obf-packer"),
    ] {
        if has(mark) {
            return Some(family);
        }
    }
    if invisible(code) {
        return Some("obf-invisible-unicode");
    }
    if count(code, "_0x") >= 12 || count(code, "__Ox") >= 8 {
        return Some("obf-obfuscator-io");
    }
    let makes_code = ["eval", "Function", "constructor", "write", "setTimeout", "createElement", "location"]
        .iter()
        .any(|word| has(word));
    if escapes(code, "\\x", 2) >= ESCAPES && dense(code, escapes(code, "\\x", 2) * 4) {
        return Some("obf-hex-escape");
    }
    if escapes(code, "\\u00", 2) >= ESCAPES && dense(code, escapes(code, "\\u00", 2) * 6) {
        return Some("obf-unicode-escape");
    }
    if !makes_code {
        return None;
    }
    if has("fromCharCode") && numbers(code) >= 16 {
        return Some("obf-fromcharcode");
    }
    if escapes(code, "%", 2) >= ESCAPES
        && (has("unescape") || has("decodeURI"))
        && dense(code, escapes(code, "%", 2) * 3)
    {
        return Some("obf-urlencode");
    }
    if (has("atob") || has("fromCharCode")) && encoded(code) {
        return Some("obf-base64");
    }
    if has("fromCharCode") && (has("parseInt") || has("charCodeAt")) && hexadecimal(code) {
        return Some("obf-cipher");
    }
    None
}

/// Whether a family turns the whole of a script into numbers, escapes or signs, as those do who hide a few lines from a
/// person that reads the page. Tools that vendors protect their code with leave it a program.
pub(super) fn hides_text(family: &str) -> bool {
    matches!(
        family,
        "obf-script-encode"
            | "obf-aaencode"
            | "obf-jjencode"
            | "obf-jsfuck"
            | "obf-invisible-unicode"
            | "obf-hex-escape"
            | "obf-fromcharcode"
            | "obf-urlencode"
            | "obf-cipher"
    )
}

/// Whether a script is none of JavaScript: VBScript or an encoded script, which only old machines ran, and which
/// writes files or starts programs there.
pub(super) fn drops_files(code: &str) -> bool {
    let low = ends(code).to_ascii_lowercase();
    low.contains("createobject(")
        && (low.contains("scripting.filesystemobject")
            || low.contains("wscript.shell")
            || low.contains("adodb.stream"))
}

/// Where an obfuscated piece begins that was put behind (or before) code written another way: the byte range of the
/// piece. A file that is obfuscated from end to end has none.
pub(super) fn seam(code: &str) -> Option<std::ops::Range<usize>> {
    const STARTS: &[&str] = &[
        "eval(",
        "(function(",
        ";(function",
        "!function",
        ";var ",
        "\nvar ",
        "[][",
        "window[",
        "document[",
        "/**/",
        "*/",
        "\n",
        "});",
        "})();",
    ];
    if code.len() < 400 {
        return None;
    }
    let tail_from = code.floor_char_boundary(code.len().saturating_sub(48 << 10));
    let mut starts: Vec<usize> = Vec::new();
    for start in STARTS {
        let found = memmem::find_iter(&code.as_bytes()[tail_from..], start.as_bytes()).take(400);
        starts.extend(found.map(|at| tail_from + at).filter(|at| *at > code.len() / 5));
    }
    starts.sort_unstable();
    starts.dedup();
    // The shortest tail that is obfuscated, behind a head that is not: a longer one takes plain code with it.
    for at in starts.iter().rev().copied().filter(|at| code.is_char_boundary(*at)).take(60) {
        let (head, tail) = code.split_at(at);
        if tail.len() >= 120 && family(tail).is_some() && family(head).is_none() && looks_written(head) {
            return Some(at..code.len());
        }
    }
    let first = code
        .find(['\n', '/'])
        .filter(|at| *at >= 120 && *at < code.len() / 2 && code.is_char_boundary(*at))?;
    let (head, tail) = code.split_at(first);
    (family(head).is_some() && family(tail).is_none() && looks_written(tail)).then_some(0..first)
}

/// Whether code is long enough and plain enough to be somebody's honest file.
fn looks_written(code: &str) -> bool {
    code.len() >= 400 && ["function", "=>", "return", "jQuery", "var "].iter().any(|word| code.contains(word))
}

/// The beginning and the end of a long script.
fn ends(code: &str) -> std::borrow::Cow<'_, str> {
    if code.len() <= 2 * LOOKED_AT {
        return code.into();
    }
    let head = code.floor_char_boundary(LOOKED_AT);
    let tail = code.floor_char_boundary(code.len() - LOOKED_AT);
    format!("{}\n{}", &code[..head], &code[tail..]).into()
}

fn count(code: &str, word: &str) -> usize {
    memmem::find_iter(code.as_bytes(), word.as_bytes()).take(2_000).count()
}

/// Whether so many bytes are a good part of the code: a table of characters in a library is not.
fn dense(code: &str, bytes: usize) -> bool {
    bytes * 6 >= code.len()
}

/// How often a mark is followed by that many hexadecimal digits.
fn escapes(code: &str, mark: &str, digits: usize) -> usize {
    let bytes = code.as_bytes();
    memmem::find_iter(bytes, mark.as_bytes())
        .take(20_000)
        .filter(|at| {
            let from = at + mark.len();
            bytes.get(from..from + digits).is_some_and(|part| part.iter().all(u8::is_ascii_hexdigit))
        })
        .count()
}

/// Two hundred characters of `[]()!+` in a row.
fn symbols(code: &str) -> bool {
    let mut run = 0;
    for byte in code.bytes() {
        match byte {
            b'[' | b']' | b'(' | b')' | b'!' | b'+' => run += 1,
            b' ' | b'\n' | b'\r' | b'\t' => {}
            _ => run = 0,
        }
        if run >= 200 {
            return true;
        }
    }
    false
}

/// More than sixteen characters in a row that nobody sees.
fn invisible(code: &str) -> bool {
    let mut run = 0;
    for ch in code.chars() {
        match ch {
            '\u{200b}'..='\u{200d}'
            | '\u{2060}'..='\u{2064}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{3164}'
            | '\u{ffa0}'
            | '\u{e0000}'..='\u{e01ef}' => run += 1,
            _ => run = 0,
        }
        if run > 16 {
            return true;
        }
    }
    false
}

/// The longest list of small numbers: `97,108,101`.
fn numbers(code: &str) -> usize {
    let (mut longest, mut run, mut digits) = (0, 0, 0);
    for byte in code.bytes() {
        match byte {
            b'0'..=b'9' | b'x' | b'a'..=b'f' if digits < 6 => digits += 1,
            b',' if digits > 0 => (run, digits) = (run + 1, 0),
            b' ' | b'\n' | b'\r' | b'\t' | b'-' => {}
            _ => (run, digits) = (0, 0),
        }
        longest = longest.max(run);
    }
    longest
}

/// A string of base64 that says an address, markup or code.
fn encoded(code: &str) -> bool {
    // What http, //, <scr, <ifr, (fun, var, eval, docu, wind, loca look like in base64, at the beginning of a string.
    const HEADS: &[&str] = &[
        "aHR0c", "Ly9", "PHNjc", "PGlmc", "KGZ1b", "dmFyI", "ZXZhb", "ZG9jd", "d2luZ", "bG9jY", "PGRpd",
        "PGEga", "PHN0e", "Y29uc", "ZnVuY",
    ];
    let quotes = memchr::memchr2_iter(b'\'', b'"', code.as_bytes()).take(20_000);
    quotes.into_iter().any(|at| {
        let rest = code.get(at + 1..).unwrap_or_default();
        HEADS.iter().any(|head| rest.starts_with(head))
            && rest.bytes().take(16).filter(|byte| byte.is_ascii_alphanumeric()).count() >= 14
    })
}

/// A string of two hundred hexadecimal digits.
fn hexadecimal(code: &str) -> bool {
    let mut run = 0;
    for byte in code.bytes() {
        run = if byte.is_ascii_hexdigit() { run + 1 } else { 0 };
        if run >= 200 {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: &str, expected: Option<&str>) {
        assert_eq!(family(code), expected, "{}", code.chars().take(80).collect::<String>());
    }

    #[test]
    fn families_are_told_by_how_they_are_written() {
        check("eval(function(p,a,c,k,e,d){}('0',1,1,'a'.split('|'),0,{}))", Some("obf-packer"));
        check(
            "eval(String.fromCharCode(97,108,101,114,116,40,49,41,97,108,101,114,116,40,49,41,59))",
            Some("obf-fromcharcode"),
        );
        check(
            "window['\\x64\\x6f\\x63\\x75\\x6d\\x65\\x6e\\x74']['\\x77\\x72\\x69\\x74\\x65']('\\x3c\\x73')",
            Some("obf-hex-escape"),
        );
        check("location=atob('aHR0cHM6Ly9iYy50ZXN0Lw==')", Some("obf-base64"));
        check(
            "document.write(unescape('%3C%73%63%72%69%70%74%20%73%72%63%3D%2F%2F'))",
            Some("obf-urlencode"),
        );
        check(&format!("[{}", "][(![]+[])[+[]]+".repeat(20)), Some("obf-jsfuck"));
        check("var _0xodV='jsjiami.com.v7';", Some("obf-jsjiami-v7"));
        check("$=~[];$={___:++$,$$$$:(![]+\"\")[$]}", Some("obf-jjencode"));
    }

    #[test]
    fn code_as_people_and_bundlers_write_it_is_of_no_family() {
        check(
            "!function(e,t){\"object\"==typeof exports?module.exports=t():e.x=t()}(this,function(){return 1})",
            None,
        );
        check("var a=['一','二'];for(var i=0;i<a.length;i++){document.write('<li>'+a[i]+'</li>')}", None);
        check("var t='\\u6807\\u9898';document.title=t;", None);
        check("var points=[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20];chart.draw(points)", None);
        check("img.src='data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA';document.createElement('img')", None);
        check("if(location.search)q=decodeURIComponent(location.search.slice(1))", None);
    }

    #[test]
    fn the_seam_of_a_foreign_piece_is_found() {
        let library = "function add(a,b){return a+b}\nfunction sub(a,b){return a-b}\n".repeat(20);
        let tail = "eval(function(p,a,c,k,e,d){while(c--)if(k[c])p=p.replace(k[c],k[c]);return p}('0=\"//1.2.3\"',4,4,'location|bc|example|test'.split('|'),0,{}))";
        let appended = format!("{library}\n{tail}");
        let found = seam(&appended).unwrap();
        assert!(
            found.start >= library.len() - 4 && found.end == appended.len(),
            "{found:?} of {}",
            library.len()
        );
        assert_eq!(seam(&library), None);
        assert_eq!(seam(&format!("{tail}{tail}{tail}")), None);
    }

    #[test]
    fn droppers_of_old_machines_are_told() {
        assert!(drops_files("Set FSO = CreateObject(\"Scripting.FileSystemObject\")"));
        assert!(!drops_files("new ActiveXObject('Microsoft.XMLHTTP')"));
    }
}
