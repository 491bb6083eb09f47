//! How long pages made to stall or break a parser take, and what comes of them: `cargo bench --bench hostile`.
//!
//! Every row is one page: its size, the time of `Page::parse`, the time of all detectors over it, the budgets that ran
//! out (the named gaps), and whether the link behind the hostile part was still found. Nothing is asserted here; the
//! outcomes are held by the tests of the room `page`, and each row should end in well under a second.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use url::Url;
use xuncha::detect::dossier::Dossier;
use xuncha::detect::{self, Context};
use xuncha::page::{Note, Page, Sheet, Viewport};

/// A hostile page: its name, its source, and the style sheets that come with it.
struct Case {
    name: &'static str,
    html: String,
    sheets: Vec<Sheet>,
}

#[expect(clippy::print_stdout, reason = "a benchmark is there to print")]
fn main() {
    let url = Url::parse("http://example.test/").expect("a URL");
    let context = Context::builtin();
    println!("{:<34} {:>10} {:>9} {:>9}  outcome", "", "bytes", "page ms", "judge ms");
    for case in cases(&url) {
        let start = Instant::now();
        let page = black_box(Page::parse(&case.html, &url, &case.sheets, Viewport::DESKTOP));
        let parsed = start.elapsed();
        let dossier = Dossier::of_page(url.as_str(), &case.html);
        let start = Instant::now();
        let outcomes = black_box(detect::judge(&dossier, &context)).len();
        let judged = start.elapsed();
        let bytes = case.html.len() + case.sheets.iter().map(|sheet| sheet.text.len()).sum::<usize>();
        println!(
            "{:<34} {bytes:>10} {:>9.0} {:>9.0}  {}, {outcomes} outcomes",
            case.name,
            parsed.as_secs_f64() * 1e3,
            judged.as_secs_f64() * 1e3,
            outcome(&page),
        );
    }
}

/// What came of a page: whether the last link is there, and the budgets that ran out.
fn outcome(page: &Page) -> String {
    let budgets: Vec<&str> = page
        .notes
        .iter()
        .filter_map(|note| match note {
            Note::Budget(budget) => Some(*budget),
            _ => None,
        })
        .collect();
    let whole = page.links.iter().any(|link| link.href == LAST);
    let last = if whole { "usable" } else { "last link missing" };
    if budgets.is_empty() { last.to_owned() } else { format!("{last}, cut by {}", budgets.join(" ")) }
}

/// The link behind every hostile part.
const LAST: &str = "http://end.test/";

fn cases(url: &Url) -> Vec<Case> {
    let last = format!("<p><a href='{LAST}'>end</a></p>");
    let page = |name, hostile: String| Case { name, html: format!("{hostile}{last}"), sheets: Vec::new() };
    let styled = |name, css: String, body: String| {
        page(name, format!("<!DOCTYPE html><style>{css}</style><body>{body}"))
    };
    let many = |count: usize, write: &dyn Fn(&mut String, usize)| {
        let mut text = String::new();
        for number in 0..count {
            write(&mut text, number);
        }
        text
    };
    let rows = "<div class=a><p class=b>x</p></div>".repeat(5_000);
    let rules = many(100_000, &|css, number| _ = write!(css, ".r{number}{{color:red}}"));
    let attributes = many(100_000, &|tag, number| _ = write!(tag, " a{number}=1"));
    let mut cases = vec![
        page("100,000 nested divs", "<div>".repeat(100_000)),
        page("100,000 nested tables", "<table><tr><td>".repeat(100_000)),
        page("100,000 attributes", format!("<div{attributes}>")),
        page("a 10 MB attribute", format!("<div title='{}'>", "x ".repeat(5 << 20))),
        styled("20,000 nested style rules", ".a{color:red;".repeat(20_000), rows.clone()),
        styled("20,000 nested media", "@media screen{".repeat(20_000), rows.clone()),
        styled("100,000 rules", rules, rows.clone()),
        styled("100,000 rules for one class", ".a{color:red}".repeat(100_000), rows.clone()),
        styled(
            "has",
            many(2_000, &|css, number| _ = write!(css, ".a:has(~ .a .c{number}){{color:red}}")),
            rows.clone(),
        ),
        styled("deep descendants", format!("{}p{{color:red}}", "div ".repeat(500)), "<div>".repeat(500)),
        styled(
            "not and nth-child",
            many(2_000, &|css, number| {
                _ = write!(css, ":not(.c{number}):not(:nth-last-child({number}n+1 of .a)){{color:red}}");
            }),
            rows.clone(),
        ),
        styled("siblings", "p~p~p~p~p~p~p~p~p~p{color:red}".repeat(200), "<p>x".repeat(10_000)),
        styled(
            "var bomb",
            format!(
                "*{{--a0:x;{} color:var(--a40)}}",
                many(40, &|css, number| {
                    _ = write!(css, "--a{}:var(--a{number}) var(--a{number});", number + 1);
                })
            ),
            rows.clone(),
        ),
        styled("var cycles", ".a{--x:var(--y);--y:var(--x);color:var(--x)}".repeat(2_000), rows.clone()),
        page("100,000 links", "<a href='http://a.test/'>x</a>".repeat(100_000)),
        page(
            "100,000 links to strange hosts",
            many(100_000, &|html, number| _ = write!(html, "<a href='http://a{number}.test/'>x</a>")),
        ),
        page("10 MB without a space", "博".repeat((10 << 20) / 3)),
        page("10 MB of one script", format!("<script>{}</script>", "if(a){location=".repeat(700_000))),
        page("50 MB page", format!("<p>{}</p>", "某某单位网站 news and notices, ").repeat(1_200_000)),
    ];
    let sheet = |number: usize| {
        let to = |next: usize| format!("@import '{}.css';", next % 60);
        Sheet {
            url: url.join(&format!("{number}.css")).expect("a relative address"),
            text: format!("{}{}.a{{color:red}}", to(number + 1), to(number + 7)),
        }
    };
    cases.push(Case {
        sheets: (0..60).map(sheet).collect(),
        ..styled("import cycles", "@import '0.css';".to_owned(), rows)
    });
    cases
}
