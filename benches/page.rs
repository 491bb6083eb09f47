//! How long a page takes, beside the bare parse of the same bytes: `cargo bench --bench page`.
//!
//! With `XUNCHA_PAGES=FOLDER` on the `.html` files of a folder, otherwise on generated pages of four shapes. All rows
//! of a page are measured in turn within a round, and the least of the rounds counts: what else the machine does
//! only ever adds time, and it does not fall on one row alone. So the last column, the ratio to the bare parse, can be
//! trusted where the absolute figures cannot.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use url::Url;
use xuncha::detect::dossier::Dossier;
use xuncha::detect::{self, Context};
use xuncha::lexicon::{self, Lexicon};
use xuncha::page::{Page, Viewport};

/// Rounds in which every row of a page is measured once.
const ROUNDS: usize = 9;

/// What is measured, by name. The lexicon is given the text of the page's blocks; its MB/s count the page's bytes.
const ROWS: [&str; 4] =
    ["scraper::Html::parse_document", "Page::parse", "Page::parse + detectors", "lexicon alone"];

#[expect(clippy::print_stdout, reason = "a benchmark is there to print")]
fn main() {
    let pages = std::env::var_os("XUNCHA_PAGES").map_or_else(generated, |folder| read(folder.as_ref()));
    let bytes: usize = pages.iter().map(|(_, html)| html.len()).sum();
    if bytes == 0 {
        println!("no pages to measure");
        return;
    }
    let bench =
        Bench { url: Url::parse("http://example.test/").expect("a URL"), context: Context::builtin() };
    let mut totals = [Duration::ZERO; ROWS.len()];
    let mut ratios: [Vec<f64>; ROWS.len()] = Default::default();
    for (name, html) in &pages {
        let least = bench.page(html);
        let ratio = |row: usize| least[row].as_secs_f64() / least[0].as_secs_f64().max(1e-9);
        for row in 0..ROWS.len() {
            totals[row] += least[row];
            ratios[row].push(ratio(row));
        }
        if pages.len() <= 12 {
            println!(
                "{name}: {} bytes, page x {:.2}, with detectors x {:.2}",
                html.len(),
                ratio(1),
                ratio(2)
            );
        }
    }
    println!("{} pages, {bytes} bytes, least of {ROUNDS} rounds", pages.len());
    println!("{:<30} {:>9} {:>9} {:>7} {:>13}", "", "MB/s", "pages/s", "ratio", "median ratio");
    for (row, name) in ROWS.iter().enumerate() {
        let seconds = totals[row].as_secs_f64();
        ratios[row].sort_by(f64::total_cmp);
        println!(
            "{name:<30} {:>9.1} {:>9.0} {:>7.2} {:>13.2}",
            bytes as f64 / 1e6 / seconds,
            pages.len() as f64 / seconds,
            seconds / totals[0].as_secs_f64(),
            ratios[row][ratios[row].len() / 2],
        );
    }
}

struct Bench {
    url: Url,
    context: Context<'static>,
}

impl Bench {
    /// The least time of every row for one page.
    fn page(&self, html: &str) -> [Duration; ROWS.len()] {
        let mut least = [Duration::MAX; ROWS.len()];
        let page = Page::parse(html, &self.url, &[], Viewport::DESKTOP);
        for _ in 0..ROUNDS {
            let rows: [&dyn Fn(); ROWS.len()] = [
                &|| _ = black_box(scraper::Html::parse_document(html)),
                &|| _ = black_box(Page::parse(html, &self.url, &[], Viewport::DESKTOP)),
                &|| {
                    let dossier = Dossier::of_page(self.url.as_str(), html);
                    black_box(detect::judge(&dossier, &self.context));
                },
                &|| {
                    for block in &page.blocks {
                        black_box(Lexicon::builtin().judge(lexicon::Role::Text, &block.text));
                    }
                },
            ];
            for (least, row) in least.iter_mut().zip(rows) {
                let start = Instant::now();
                row();
                *least = start.elapsed().min(*least);
            }
        }
        least
    }
}

/// The `.html` files of a folder, by name; bytes that are no UTF-8 are replaced.
fn read(folder: &std::path::Path) -> Vec<(String, String)> {
    let mut pages: Vec<_> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|file| file.path().extension().is_some_and(|extension| extension == "html"))
        .filter_map(|file| {
            let bytes = std::fs::read(file.path()).ok()?;
            let name = file.file_name().to_string_lossy().into_owned();
            (!bytes.is_empty()).then(|| (name, String::from_utf8_lossy(&bytes).into_owned()))
        })
        .collect();
    pages.sort();
    pages
}

const WORDS: [&str; 12] = [
    "关于",
    "开展",
    "市民",
    "服务",
    "中心",
    "通知",
    "会议",
    "工作",
    "教育",
    "公开",
    "the library",
    "reading room",
];

/// Text of about so many bytes; the same seed gives the same text.
fn prose(bytes: usize, seed: usize) -> String {
    let mut text = String::with_capacity(bytes + 16);
    let mut at = seed;
    while text.len() < bytes {
        at = at.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        text.push_str(WORDS[(at >> 16) % WORDS.len()]);
        if (at >> 20).is_multiple_of(9) {
            text.push('，');
        }
    }
    text
}

/// A style sheet of so many rules, as portals write them.
fn sheet(rules: usize) -> String {
    let mut css = String::from("*{margin:0;padding:0}a{color:#333;text-decoration:none}a:hover{color:#c00}");
    for number in 0..rules {
        let _ = write!(
            css,
            ".box{number}{{float:left;width:{}px;margin:0 {}px 10px 0;background:#fff}}.box{number} ul li \
             a{{display:block;font-size:14px;line-height:28px}}.nav{number} .sub{{display:none;position:absolute}}\
             .nav{number}:hover .sub{{display:block}}",
            200 + number % 90,
            number % 20
        );
    }
    css
}

fn document(css: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>{}</title>\
         <meta name=\"description\" content=\"{}\"><style>{css}</style></head><body>{body}</body></html>",
        prose(30, 1),
        prose(120, 2)
    )
}

fn list(body: &mut String, links: usize, seed: usize) {
    body.push_str("<ul class=\"list\">");
    for number in 0..links {
        let _ = write!(
            body,
            "\n  <li><span class=\"date\">2026-03-{:02}</span><a href=\"/news/{seed}/{number}.html\" \
             target=\"_blank\" title=\"{}\">{}</a></li>",
            1 + number % 28,
            prose(40, number),
            prose(40, number)
        );
    }
    body.push_str("</ul>");
}

/// A news portal, a long article, the home page of an office with a large style sheet, a list of 1,000 links.
fn generated() -> Vec<(String, String)> {
    let mut portal = String::new();
    for number in 0..24 {
        let _ = write!(
            portal,
            "<div class=\"box{number} nav{number}\"><h2><a href=\"/c{number}/\">{}</a></h2><div class=\"sub\">{}</div>",
            prose(12, number),
            prose(60, number)
        );
        list(&mut portal, 14, number);
        portal.push_str("</div>");
    }
    let mut article = format!("<h1>{}</h1><div class=\"content\">", prose(60, 5));
    for number in 0..90 {
        let _ = write!(article, "\n<p style=\"text-indent:2em\">{}</p>", prose(420, number));
    }
    article.push_str("</div>");
    let mut home = String::new();
    for number in 0..30 {
        let _ = write!(
            home,
            "<div class=\"box{number}\"><img src=\"/i/{number}.jpg\" alt=\"{}\"><p>{}</p>",
            prose(20, number),
            prose(150, number)
        );
        list(&mut home, 6, number);
        home.push_str("</div>");
    }
    let mut thousand = String::new();
    list(&mut thousand, 1_000, 9);
    vec![
        ("portal".to_owned(), document(&sheet(40), &portal)),
        ("article".to_owned(), document(&sheet(10), &article)),
        ("office".to_owned(), document(&sheet(250), &home)),
        ("links".to_owned(), document(&sheet(10), &thousand)),
    ]
}
