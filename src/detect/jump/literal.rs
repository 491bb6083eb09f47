//! Redirects that a script spells out: assignments to `location` and its methods, written markup, code in strings.
//!
//! Only what can be read without running anything; the rest is the business of virtual visitors. A redirect that
//! waits for a click is not one; a redirect under a condition is, and the condition is named.

use std::collections::BTreeSet;

use memchr::memmem;

use super::code::Code;
use super::fold::{Value, arguments, value};

/// A redirect that a script spells out.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Literal {
    /// Where to, as far as it is constant; not resolved.
    pub to: String,
    /// How: `script-literal`, `script-written-refresh`, `script-written-frame`, `script-opener`.
    pub method: &'static str,
    /// What it hangs on, in the words of conditions; empty: nothing.
    pub gates: BTreeSet<&'static str>,
    /// Byte offset of the sink in the source.
    pub at: usize,
}

/// How often code in strings is read again.
const DEPTH: usize = 4;
/// Most bytes of code that are read for one script, code in strings included.
const MOST_BYTES: usize = 4 << 20;
/// Most redirects that are told of one script.
const MOST_FOUND: usize = 32;
/// Objects whose `location` is that of a window.
const WINDOWS: [&str; 12] = [
    "window",
    "self",
    "top",
    "parent",
    "document",
    "this",
    "globalThis",
    "opener",
    "frames",
    "defaultView",
    "content",
    "_top",
];

/// Every redirect that a script spells out and that needs no visitor to act.
pub(super) fn literals(source: &str) -> Vec<Literal> {
    let mut found = Found { literals: Vec::new(), bytes: MOST_BYTES };
    read(source, DEPTH, &mut found);
    let mut found = found.literals;
    found.dedup_by(|one, other| one.to == other.to && one.method == other.method && one.gates == other.gates);
    found
}

/// What was found, and how many bytes of code in strings may still be read.
struct Found {
    literals: Vec<Literal>,
    bytes: usize,
}

fn read(source: &str, depth: usize, found: &mut Found) {
    let Some(bytes) = found.bytes.checked_sub(source.len()) else { return };
    if depth == 0 || !worth_reading(source) {
        return;
    }
    found.bytes = bytes;
    let code = Code::new(source);
    for at in 0..code.tokens.len() {
        if found.literals.len() >= MOST_FOUND {
            return;
        }
        let Some(word) = code.word(at).or_else(|| code.text(at).filter(|_| bracketed(&code, at))) else {
            continue;
        };
        let sink = match word {
            "location" => location(&code, at),
            "navigate" if code.is(at + 1, "(") && after_window(&code, at) => code_argument(&code, at + 1, 0),
            "open" if code.is(at + 1, "(") && after_window(&code, at) => opened_here(&code, at + 1),
            "write" | "writeln" if code.is(at + 1, "(") && after_window(&code, at) => {
                written(&code, at, &joined(&arguments(&code, at + 1)), depth, found);
                None
            }
            "innerHTML" | "outerHTML" if code.is(at + 1, "=") => {
                if let Some((value, _)) = value(&code, at + 2) {
                    written(&code, at, value.text().unwrap_or_default(), depth, found);
                }
                None
            }
            "setTimeout" | "setInterval" | "eval" | "execScript" if code.is(at + 1, "(") => {
                if let Some(inner) = code_argument(&code, at + 1, 0) {
                    nested(&code, at, &inner, depth, found);
                }
                None
            }
            _ => None,
        };
        if let Some(to) = sink
            && code.runs_by_itself(at)
        {
            let opener = at >= 2 && code.word(at - 2) == Some("opener");
            let method = if opener { "script-opener" } else { "script-literal" };
            found.literals.push(Literal { to, method, gates: gates(&code, at), at: code.tokens[at].at });
        }
    }
}

/// Whether one of the words that send visitors away stands where it could: most scripts are libraries, and need not be
/// taken apart. Never wrongly `false`; escaped words are found by their backslashes.
fn worth_reading(source: &str) -> bool {
    const CALLED: [&str; 3] = ["navigate", "open", "write"];
    const CALLED_WITH_CODE: [&str; 4] = ["eval", "setTimeout", "setInterval", "execScript"];
    let source = source.as_bytes();
    let any = |word: &str, follows: fn(&[u8]) -> bool| {
        memmem::find_iter(source, word).any(|at| follows(&source[at + word.len()..]))
    };
    ["\\x", "\\u"].iter().any(|escape| memmem::find(source, escape.as_bytes()).is_some())
        || any("location", is_place)
        || CALLED.iter().any(|word| any(word, |rest| is_call(rest.strip_prefix(b"ln").unwrap_or(rest))))
        || ["innerHTML", "outerHTML"].iter().any(|word| any(word, is_assigned))
        || CALLED_WITH_CODE.iter().any(|word| any(word, is_call_with_code))
}

/// What stands behind the blanks; what the lexer passes over without a token counts as blank.
fn behind_blanks(rest: &[u8]) -> &[u8] {
    let blanks = rest.iter().take_while(|byte| **byte <= b' ').count();
    &rest[blanks..]
}

/// Whether a comment or an escape may stand here: then only the lexer can tell.
fn is_unclear(rest: &[u8]) -> bool {
    matches!(rest.first(), Some(b'/' | b'\\' | b'<' | b'-' | 0x7f..))
}

fn is_call(rest: &[u8]) -> bool {
    let rest = behind_blanks(rest);
    rest.first() == Some(&b'(') || is_unclear(rest)
}

/// A call of something else than a function that is written there.
fn is_call_with_code(rest: &[u8]) -> bool {
    is_call(rest) && !behind_blanks(&behind_blanks(rest)[1..]).starts_with(b"function(")
}

fn is_assigned(rest: &[u8]) -> bool {
    let rest = behind_blanks(rest);
    is_unclear(rest) || rest.first() == Some(&b'=') && !matches!(rest.get(1), Some(b'=' | b'>'))
}

/// `= …`, `.href = …`, `.replace(…)`, `["href"]`, also behind `"]`.
fn is_place(rest: &[u8]) -> bool {
    let quoted = rest.first().is_some_and(|byte| matches!(byte, b'"' | b'\'' | b'`'));
    let rest = behind_blanks(if quoted { &rest[1..] } else { rest });
    if quoted {
        return rest.first() == Some(&b']') || is_unclear(rest);
    }
    let Some(member) = rest.strip_prefix(b".").map(behind_blanks) else {
        return rest.first() == Some(&b'[') || is_assigned(rest);
    };
    match member.strip_prefix(b"href") {
        Some(rest) => is_assigned(rest),
        None => {
            [&b"replace"[..], b"assign"].iter().any(|name| member.starts_with(name)) || is_unclear(member)
        }
    }
}

/// `["location"]` behind something.
fn bracketed(code: &Code<'_>, at: usize) -> bool {
    at >= 2 && code.is(at - 1, "[") && code.is(at + 1, "]") && code.word(at - 2).is_some()
}

/// Whether the member named at a position belongs to a window or document, or stands alone.
fn after_window(code: &Code<'_>, at: usize) -> bool {
    if at == 0 {
        return true;
    }
    if code.is(at - 1, ".") || code.is(at - 1, "[") {
        return at >= 2 && code.word(at - 2).is_some_and(|object| WINDOWS.contains(&object));
    }
    !matches!(code.word(at - 1), Some("var" | "let" | "const" | "function" | "class"))
}

/// `location = …`, `location.href = …`, `location.replace(…)`, `location.assign(…)`, in dots or brackets.
fn location(code: &Code<'_>, at: usize) -> Option<String> {
    if !after_window(code, at) {
        return None;
    }
    let next = if bracketed(code, at) { at + 2 } else { at + 1 };
    if code.is(next, "=") {
        return address(value(code, next + 1)?.0);
    }
    let (member, after) = if code.is(next, ".") {
        (code.word(next + 1)?, next + 2)
    } else if code.is(next, "[") {
        (code.text(next + 1)?, next + 3)
    } else {
        return None;
    };
    match member {
        "href" if code.is(after, "=") => address(value(code, after + 1)?.0),
        "replace" | "assign" if code.is(after, "(") => code_argument(code, after, 0),
        _ => None,
    }
}

fn code_argument(code: &Code<'_>, open: usize, index: usize) -> Option<String> {
    if index == 0 {
        return address(value(code, open + 1)?.0);
    }
    arguments(code, open).into_iter().nth(index).and_then(address)
}

/// `open(address, "_self")` leaves the page; a new window needs a click in every browser of today.
fn opened_here(code: &Code<'_>, open: usize) -> Option<String> {
    let here = matches!(code_argument(code, open, 1)?.as_str(), "_self" | "_top" | "_parent");
    here.then(|| code_argument(code, open, 0)).flatten()
}

/// A known beginning is an address only if the host is complete.
fn address(value: Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text),
        Value::Prefix(text) => {
            let rest = text.split_once("//")?.1;
            rest.contains(['/', '?', '#']).then_some(text)
        }
        Value::Number(_) | Value::List(_) => None,
    }
}

fn joined(values: &[Value]) -> String {
    values.iter().filter_map(Value::text).collect()
}

/// Code that a string holds: its redirects hang on what the string hangs on.
fn nested(code: &Code<'_>, at: usize, inner: &str, depth: usize, found: &mut Found) {
    if !code.runs_by_itself(at) {
        return;
    }
    let from = found.literals.len();
    read(inner, depth - 1, found);
    let outer = gates(code, at);
    for literal in &mut found.literals[from..] {
        literal.gates.extend(outer.iter().copied());
        literal.at = code.tokens[at].at;
    }
}

/// Markup that a script writes: a refresh, a frame, or another script.
fn written(code: &Code<'_>, at: usize, markup: &str, depth: usize, found: &mut Found) {
    if !markup.contains('<') || !code.runs_by_itself(at) {
        return;
    }
    let lower = markup.to_ascii_lowercase();
    let mut push = |to: String, method| {
        found.literals.push(Literal { to, method, gates: gates(code, at), at: code.tokens[at].at });
    };
    for (tag, body) in tags(&lower) {
        let source = &markup[tag.clone()];
        match body {
            "meta" if lower[tag.clone()].contains("refresh") => {
                if let Some(content) = attribute(source, "content")
                    && let Some(start) = content.to_ascii_lowercase().find("url=")
                {
                    let to = content[start + 4..]
                        .trim_matches(|one: char| one.is_whitespace() || "'\"".contains(one));
                    push(to.to_owned(), "script-written-refresh");
                }
            }
            "iframe" | "frame" if covers(&lower[tag.clone()]) => {
                if let Some(to) = attribute(source, "src") {
                    push(to, "script-written-frame");
                }
            }
            _ => {}
        }
    }
    let mut rest = 0;
    while let Some(start) = lower[rest..].find("<script").map(|start| rest + start) {
        let Some(open) = lower[start..].find('>').map(|end| start + end + 1) else { break };
        let end = lower[open..].find("</script").map_or(markup.len(), |end| open + end);
        nested(code, at, &markup[open..end], depth, found);
        rest = end.max(open);
    }
}

/// The tags of a piece of markup with their names, given in lower case.
fn tags(lower: &str) -> impl Iterator<Item = (std::ops::Range<usize>, &str)> {
    lower.match_indices('<').map(|(start, _)| {
        let end = lower[start..].find('>').map_or(lower.len(), |end| start + end);
        let name =
            lower[start + 1..end].split(|one: char| !one.is_ascii_alphanumeric()).next().unwrap_or_default();
        (start..end, name)
    })
}

/// Whether a frame's tag, in lower case, says that it fills the window.
fn covers(tag: &str) -> bool {
    let dense: String = tag.chars().filter(|one| !one.is_whitespace() && !"'\"".contains(*one)).collect();
    let wide = ["width:100%", "width=100%", "width:100vw", "inset:0"].iter().any(|word| dense.contains(word));
    let high =
        ["height:100%", "height=100%", "height:100vh", "inset:0"].iter().any(|word| dense.contains(word));
    let tall = dense.split("height").nth(1).is_some_and(|rest| {
        let digits: String = rest.chars().skip(1).take_while(char::is_ascii_digit).collect();
        digits.parse::<u32>().is_ok_and(|height| height >= 600)
    });
    wide && (high || tall)
}

/// The value of an attribute of a tag, quoted or not.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let lower = tag.to_ascii_lowercase();
    let (start, _) = lower.match_indices(name).find(|(at, _)| {
        let before = lower.as_bytes().get(at.wrapping_sub(1));
        before.is_some_and(|byte| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\''))
            && lower[at + name.len()..].trim_start().starts_with('=')
    })?;
    let rest = tag[start + name.len()..].trim_start().strip_prefix('=')?.trim_start();
    let value = match rest.chars().next()? {
        quote @ ('"' | '\'') => rest[1..].split(quote).next()?,
        _ => rest.split_whitespace().next()?,
    };
    Some(value.to_owned())
}

/// Every word that a position can be said to hang on.
pub(in crate::detect) const GATES: &[&str] = &[
    "cookie:first-visit",
    "probability",
    "referer:page",
    "referer:search",
    "region",
    "script-condition",
    "time",
    "ua:mobile",
    "ua:old-browser",
    "ua:spider",
    "ua:wechat",
];

/// What a position hangs on, in the words of conditions.
fn gates(code: &Code<'_>, at: usize) -> BTreeSet<&'static str> {
    let words = code.hangs_on(at);
    let mut gates = BTreeSet::new();
    if words.is_empty() {
        return gates;
    }
    let all = words.join("\u{1}").to_ascii_lowercase();
    let any = |list: &[&str]| list.iter().any(|word| all.contains(word));
    if any(&["referrer"]) {
        let engine = any(&[
            "baidu", "google", "sogou", "soso", "so.com", "so\\.com", "sm.cn", "sm\\.cn", "bing", "yahoo",
        ]) || any(&["toutiao", "360", "yisou", "haosou"]);
        gates.insert(if engine { "referer:search" } else { "referer:page" });
    }
    let agent = any(&["useragent", "platform", "appversion", "maxtouchpoints", "ontouchstart"])
        || any(&["screen", "clientwidth", "innerwidth"]);
    if agent {
        if any(&["micromessenger"]) {
            gates.insert("ua:wechat");
        }
        if any(&["mobile", "android", "iphone", "ipad", "ucweb", "touch", "width", "phone", "linux arm"]) {
            gates.insert("ua:mobile");
        } else if any(&["spider", "bot", "crawl"]) {
            gates.insert("ua:spider");
        } else if any(&["msie", "trident"]) {
            gates.insert("ua:old-browser");
        }
    }
    if any(&["cookie", "localstorage", "sessionstorage", "indexeddb"]) {
        gates.insert("cookie:first-visit");
    }
    if any(&["gethours", "getday", "gettime", "getutchours", "getminutes"]) {
        gates.insert("time");
    }
    if any(&["random"]) {
        gates.insert("probability");
    }
    if any(&["returncitysn", "province", "timezone", "country", "language"]) {
        gates.insert("region");
    }
    if gates.is_empty() {
        gates.insert("script-condition");
    }
    debug_assert!(gates.iter().all(|gate| GATES.contains(gate)), "{gates:?}");
    gates
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expected: &[&str]) {
        let found: Vec<_> = literals(source)
            .iter()
            .map(|literal| {
                let gates: Vec<_> = literal.gates.iter().copied().collect();
                format!("{} {} {}", literal.method, literal.to, gates.join(",")).trim_end().to_owned()
            })
            .collect();
        assert_eq!(found, expected, "{source}");
    }

    #[test]
    fn every_spelling_of_an_assignment_is_read() {
        let expected = &["script-literal http://bc.test/"];
        for source in [
            "location='http://bc.test/'",
            "window.location=\"http://bc.test/\";",
            "location.href = 'http://' + 'bc.test/'",
            "top.location.replace(`http://bc.test/`)",
            "self . location /*x*/ . assign('http://bc.test/')",
            "window['location']['href']='http://bc.test/'",
            "window[\"\\x6cocation\"] = 'http://bc.test/'",
            "parent.document.location='http:\\/\\/bc.test/'",
            "window.open('http://bc.test/','_self')",
            "var u='http://bc.test/';setTimeout(function(){location.href=u},3000)",
            "setTimeout(\"location.href='http://bc.test/'\",10)",
            "eval(\"loc\"+\"ation='http://bc.test/'\")",
            "(function(){location='http://bc.test/'})()",
            "!function(){location='http://bc.test/'}();",
            "(()=>{location='http://bc.test/'})()",
            "function go(){location='http://bc.test/'} go();",
            "function go(){location='http://bc.test/'} window.onload=go",
            "window.addEventListener('load',()=>location.replace('http://bc.test/'))",
            "$(function(){ location.href='http://bc.test/' })",
            "location=String.fromCharCode(104,116,116,112,58,47,47)+'bc.test/'",
            "location=atob('aHR0cDovL2JjLnRlc3Qv')",
        ] {
            check(source, expected);
        }
        check("location='http://bc.test/?f='+document.domain", &["script-literal http://bc.test/?f="]);
        check("window.opener.location='http://bc.test/'", &["script-opener http://bc.test/"]);
    }

    #[test]
    fn written_markup_is_read() {
        check(
            "document.write('<meta http-equiv=refresh content=\"0;url=http://bc.test/\">')",
            &["script-written-refresh http://bc.test/"],
        );
        check(
            "document.writeln('<iframe src=\"http://bc.test/\" width=\"100%\" height=\"1000\"></iframe>')",
            &["script-written-frame http://bc.test/"],
        );
        check(
            "document.body.innerHTML='<iframe src=http://bc.test/ style=\"position:fixed;inset:0\">'",
            &["script-written-frame http://bc.test/"],
        );
        check(
            "document.writeln(\"<script>if(/baidu/.test(document.referrer)){location.href='http://bc.test/'}<\\/script>\")",
            &["script-literal http://bc.test/ referer:search"],
        );
    }

    #[test]
    fn conditions_are_named() {
        for (source, gates) in [
            ("if(/baidu|sogou/.test(document.referrer))location='http://bc.test/'", "referer:search"),
            (
                "var r=document.referrer;if(r.indexOf('baidu')>0){location.href='http://bc.test/'}",
                "referer:search",
            ),
            (
                "var se=['baidu','so.com'];for(var i in se){if(document.referrer.indexOf(se[i])>0){location='http://bc.test/'}}",
                "referer:search",
            ),
            (
                "if(!/Android|iPhone/i.test(navigator.userAgent)) return; location='http://bc.test/'",
                "ua:mobile",
            ),
            ("/mobile/i.test(navigator.userAgent)&&(location='http://bc.test/')", "ua:mobile"),
            ("Math.random()<.2&&(location='http://bc.test/')", "probability"),
            (
                "if(!/v=1/.test(document.cookie)){document.cookie='v=1';location='http://bc.test/'}",
                "cookie:first-visit",
            ),
            ("h=new Date().getHours();if(h>21||h<7)location='http://bc.test/'", "time"),
            (
                "function isMobile(){return /iphone/i.test(navigator.userAgent)} if(isMobile()&&/baidu/.test(document.referrer)){location='http://bc.test/'}",
                "referer:search,ua:mobile",
            ),
            ("if(x){}else{location='http://bc.test/'}", "script-condition"),
        ] {
            check(source, &[&format!("script-literal http://bc.test/ {gates}")]);
        }
    }

    #[test]
    fn what_waits_for_a_click_or_is_no_redirect_is_left_alone() {
        for source in [
            "// location='http://bc.test/'",
            "/* location.href='http://bc.test/' */",
            "var s=\"location='http://bc.test/'\"",
            "function go(){location.href='http://bc.test/'}",
            "document.addEventListener('click',function(){location='http://bc.test/'})",
            "btn.onclick=function(){location='http://bc.test/'}",
            "$('#x').on('click',()=>{location.href='http://bc.test/'})",
            "var o={location:'http://bc.test/'}",
            "item.location='http://bc.test/'",
            "var location='http://bc.test/'",
            "if(location.href=='http://bc.test/'){}",
            "x=location.href.replace('http://bc.test/','')",
            "window.open('http://bc.test/','_blank')",
            "location.reload()",
            "location.href=url",
            "if(top!=self)top.location=self.location",
            "document.write('<iframe src=\"http://bc.test/\" width=300 height=250></iframe>')",
            "api.get({success:function(){location='http://bc.test/'}})",
        ] {
            check(source, &[]);
        }
    }

    #[test]
    fn hostile_scripts_end() {
        literals(&"if(location=".repeat(20_000));
        literals(&"function f(){f();location='x'}".repeat(3_000));
        literals(&format!("location={}", "'a'+".repeat(20_000)));
        literals(&"eval('eval(\"eval()\")')".repeat(1_000));
        literals(&"a=b;b=a;if(a)location='http://x.test/';".repeat(500));
    }
}
