//! Which style sheets a page wants, told without building a tree.

use scraper::Html;
use url::Url;

use super::Sheet;
use super::markup::{Piece, Pieces, Tag};

/// Style sheets of one page, imports included.
const WANTED: usize = 64;

/// The sheets that a document and the sheets at hand refer to and that are not at hand.
pub(super) fn wanted(html: &str, url: &Url, have: &[Sheet]) -> Vec<Url> {
    let mut base = url.clone();
    let mut based = false;
    let mut wanted = Vec::new();
    let mut in_style = false;
    for piece in Pieces::new(html) {
        match piece {
            Piece::Open(tag) => {
                in_style = tag.is("style");
                if tag.is("base") && !based {
                    if let Some(to) = tag.attribute("href").and_then(|href| url.join(&href).ok()) {
                        base = to;
                        based = true;
                    }
                } else if tag.is("link")
                    && let Some(to) = sheet_of(&tag, &base)
                {
                    add(&mut wanted, to, have);
                }
            }
            Piece::Text(css) if in_style => add_imports(&mut wanted, css, &base, have),
            _ => in_style = false,
        }
    }
    for sheet in have {
        add_imports(&mut wanted, &sheet.text, &sheet.url, have);
    }
    wanted
}

/// The same for a document at hand; what stands in `<noscript>` is not asked for by visitors with scripts.
pub(super) fn wanted_by_tree(html: &Html, url: &Url, base: &Url, have: &[Sheet]) -> Vec<Url> {
    let mut wanted = Vec::new();
    let mut base_seen = false;
    for node in html.tree.root().descendants() {
        let Some(element) = node.value().as_element() else { continue };
        // A base counts for what follows it, as in a source that is read once.
        let base = if base_seen { base } else { url };
        match element.name() {
            "base" => base_seen |= element.attr("href").is_some(),
            "link" if is_sheet(element.attr("rel").unwrap_or_default()) => {
                if let Some(to) = element.attr("href").and_then(|href| base.join(href.trim()).ok()) {
                    add(&mut wanted, to, have);
                }
            }
            "style" => {
                for text in node.children().filter_map(|child| child.value().as_text()) {
                    add_imports(&mut wanted, text, base, have);
                }
            }
            _ => {}
        }
    }
    for sheet in have {
        add_imports(&mut wanted, &sheet.text, &sheet.url, have);
    }
    wanted
}

/// Whether a `rel` names a style sheet that is in force.
fn is_sheet(rel: &str) -> bool {
    let mut words = rel.split_ascii_whitespace();
    words.any(|word| word.eq_ignore_ascii_case("stylesheet"))
        && !rel.to_ascii_lowercase().contains("alternate")
}

fn sheet_of(tag: &Tag<'_>, base: &Url) -> Option<Url> {
    if !is_sheet(&tag.attribute("rel")?) {
        return None;
    }
    base.join(tag.attribute("href")?.trim()).ok()
}

fn add(wanted: &mut Vec<Url>, mut url: Url, have: &[Sheet]) {
    url.set_fragment(None);
    if wanted.len() < WANTED
        && have.len() < WANTED
        && matches!(url.scheme(), "http" | "https")
        && !wanted.contains(&url)
        && !have.iter().any(|sheet| sheet.url == url)
    {
        wanted.push(url);
    }
}

/// `@import "x"` and `@import url(x)`, which CSS allows only before any rule.
fn add_imports(wanted: &mut Vec<Url>, css: &str, base: &Url, have: &[Sheet]) {
    let mut rest = css;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ';');
        if let Some(comment) = rest.strip_prefix("/*") {
            let Some((_, after)) = comment.split_once("*/") else { return };
            rest = after;
        } else if let Some(after) = rest.strip_prefix("<!--") {
            rest = after;
        } else if rest.as_bytes().first() == Some(&b'@') {
            let Some((rule, after)) = rest.split_once(';') else { return };
            if rule.contains('{') {
                return;
            }
            if let Some(to) = import(rule).and_then(|to| base.join(to).ok()) {
                add(wanted, to, have);
            }
            rest = after;
        } else {
            return;
        }
    }
}

fn import(rule: &str) -> Option<&str> {
    let word = rule.get(..7).filter(|word| word.eq_ignore_ascii_case("@import"))?;
    let value = rule[word.len()..].trim_start();
    let value = match value.get(..4) {
        Some(url) if url.eq_ignore_ascii_case("url(") => value[4..].split(')').next()?.trim(),
        _ => value,
    };
    let quote = value.chars().next()?;
    if quote == '"' || quote == '\'' {
        return value[1..].split(quote).next();
    }
    value.split_ascii_whitespace().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(html: &str, expected: &[&str]) {
        let url = Url::parse("http://example.test/a/").expect("a URL");
        let have = [Sheet {
            url: Url::parse("http://example.test/css/have.css").expect("a URL"),
            text: "@charset 'x'; @import url( deep.css ) screen; a{} @import 'late.css';".to_owned(),
        }];
        let found: Vec<_> = wanted(html, &url, &have).into_iter().map(String::from).collect();
        let mut all = expected.to_vec();
        all.push("http://example.test/css/deep.css");
        assert_eq!(found, all, "in {html}");
    }

    #[test]
    fn sheets_are_found_wherever_they_are_named() {
        check("", &[]);
        check("<link rel=StyleSheet href=x.css>", &["http://example.test/a/x.css"]);
        check("<link rel=icon href=x.css><!-- <link rel=stylesheet href=y.css> -->", &[]);
        check("<link rel='alternate stylesheet' href=x.css>", &[]);
        check("<link rel=stylesheet href=/css/have.css>", &[]);
        check("<base href=/b/><link rel=stylesheet href=x.css>", &["http://example.test/b/x.css"]);
        check("<style>/* x */@import \"i.css\";</style>", &["http://example.test/a/i.css"]);
        check("<script>'<link rel=stylesheet href=x.css>'</script>", &[]);
        check("<link rel=stylesheet href='data:text/css,a'>", &[]);
    }
}
