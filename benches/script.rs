//! What the virtual visitors of a page cost, beside the bare parse of the same bytes: `cargo bench --bench script`.
//!
//! With `XUNCHA_PAGES=FOLDER` on the `.html` files of a folder, whose scripts are at hand where the folder has them
//! under the path of their address; otherwise on built-in samples. A page is measured several times and the least
//! counts, so that the ratios can be trusted where the absolute figures cannot. `XUNCHA_ROUNDS=1` is enough to see
//! what stays undecided, which is printed with the reason; `XUNCHA_SHOW=NAME` prints what one page did.

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use url::Url;
use xuncha::page::{Page, Viewport};
use xuncha::script::behaviour::Ending;
use xuncha::script::engine::{Resources, Terms};
use xuncha::script::observe::{Observation, observe};

/// A page to measure, with the scripts that are at hand for it.
struct Sample {
    name: String,
    html: String,
    resources: Resources,
}

/// What was measured of one page.
struct Measure {
    name: String,
    parse: Duration,
    observe: Duration,
    observation: Observation,
}

#[expect(clippy::print_stdout, reason = "a benchmark is there to print")]
fn main() {
    let samples = std::env::var_os("XUNCHA_PAGES").map_or_else(built_in, |folder| read(folder.as_ref()));
    let rounds = std::env::var("XUNCHA_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(5);
    let show = std::env::var("XUNCHA_SHOW").ok();
    let chosen =
        samples.iter().filter(|sample| show.as_ref().is_none_or(|show| sample.name.contains(show.as_str())));
    let measures: Vec<Measure> = chosen.map(|sample| measure(sample, rounds)).collect();
    if measures.is_empty() {
        println!("no pages to measure");
        return;
    }
    for measure in &measures {
        if show.is_some() {
            println!("{:#?}", measure.observation);
        }
    }
    print!("{}", report(&measures, rounds));
}

/// The least times of some rounds.
fn measure(sample: &Sample, rounds: usize) -> Measure {
    let url = url_of(&sample.name);
    let (mut parse, mut least) = (Duration::MAX, Duration::MAX);
    let mut observation = Observation::default();
    let page = Page::parse(&sample.html, &url, &[], Viewport::PHONE);
    for _ in 0..rounds.max(1) {
        let start = Instant::now();
        black_box(scraper::Html::parse_document(&sample.html));
        parse = parse.min(start.elapsed());
        let start = Instant::now();
        observation =
            observe(&page, &sample.html, &sample.resources, Terms::on(jiff::civil::date(2026, 11, 20)));
        least = least.min(start.elapsed());
    }
    Measure { name: sample.name.clone(), parse, observe: least, observation }
}

fn report(measures: &[Measure], rounds: usize) -> String {
    let mut text = String::new();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    if measures.len() <= 24 {
        for one in measures {
            let ratio = one.observe.as_secs_f64() / one.parse.as_secs_f64().max(1e-9);
            let visits = one.observation.visits;
            let _ = writeln!(
                text,
                "{:<28} {:>8.2} ms {visits:>3} visits, x {ratio:.1} parse",
                one.name,
                ms(one.observe)
            );
        }
    }
    let undecided: Vec<_> =
        measures.iter().filter(|one| one.observation.ending != Ending::Complete).collect();
    for one in &undecided {
        let errors = one.observation.runs.iter().flat_map(|run| &run.behaviour.errors);
        let _ = writeln!(
            text,
            "undecided: {} {:?} {:.0} ms {:?}",
            one.name,
            one.observation.ending,
            ms(one.observe),
            errors.take(3).collect::<Vec<_>>()
        );
    }
    let run: Vec<&Measure> = measures.iter().filter(|one| one.observation.visits > 0).collect();
    let _ = writeln!(
        text,
        "{} pages, {} without a script of interest, {} undecided ({:.1} %), least of {rounds} rounds",
        measures.len(),
        measures.len() - run.len(),
        undecided.len(),
        100.0 * undecided.len() as f64 / measures.len() as f64,
    );
    for (name, of) in [("all pages", measures.iter().collect()), ("pages that ran", run)] {
        let mut times: Vec<f64> = of.iter().map(|one| ms(one.observe)).collect();
        let mut ratios: Vec<f64> =
            of.iter().map(|one| one.observe.as_secs_f64() / one.parse.as_secs_f64().max(1e-9)).collect();
        times.sort_by(f64::total_cmp);
        ratios.sort_by(f64::total_cmp);
        let at = |list: &[f64], part: f64| {
            list.get(((list.len() as f64 * part) as usize).min(list.len().saturating_sub(1)))
                .copied()
                .unwrap_or(0.0)
        };
        let mean = times.iter().sum::<f64>() / times.len().max(1) as f64;
        let visits: usize = of.iter().map(|one| one.observation.visits).sum();
        let _ = writeln!(
            text,
            "{name:<15} {:>4}: median {:.2} ms, p95 {:.1} ms, mean {mean:.1} ms, {:.1} visits a page, x {:.1} bare parse (median)",
            of.len(),
            at(&times, 0.5),
            at(&times, 0.95),
            visits as f64 / of.len().max(1) as f64,
            at(&ratios, 0.5),
        );
    }
    text
}

fn url_of(name: &str) -> Url {
    let mut url = Url::parse("http://www.example.test/").expect("a URL");
    url.set_path(name);
    url
}

/// The pages of a folder with the scripts that lie beside them; bytes that are no UTF-8 are replaced. A `.js` file
/// that no page asks for is measured as the inline script of a page.
fn read(folder: &Path) -> Vec<Sample> {
    let text =
        |path: &Path| std::fs::read(path).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let mut samples: Vec<Sample> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|file| {
            let name = file.file_name().to_string_lossy().into_owned();
            let html = match file.path().extension()?.to_str()? {
                "html" | "htm" => text(&file.path())?,
                "js" => {
                    format!("<!DOCTYPE html><title>x</title><body><script>{}</script>", text(&file.path())?)
                }
                _ => return None,
            };
            let page = Page::parse(&html, &url_of(&name), &[], Viewport::PHONE);
            let at_hand = page.scripts.iter().filter_map(|script| {
                let url = script.url.as_ref()?;
                let body = text(&folder.join(url.path().trim_start_matches('/')))?;
                Some((url.to_string(), body.into()))
            });
            let resources = Resources { texts: at_hand.collect() };
            Some(Sample { name, html, resources })
        })
        .collect();
    samples.sort_by(|one, two| one.name.cmp(&two.name));
    samples
}

/// Honest pages of several shapes, and gates of several kinds, packed and plain.
fn built_in() -> Vec<Sample> {
    let list: String = (0..200).fold(String::new(), |mut list, n| {
        let _ = write!(
            list,
            "<li class=item><a href=/n/{n}.html title=x>关于开展督查工作的通知</a><span>2026-03-01</span>"
        );
        list
    });
    let page = |name: &str, scripts: &str| Sample {
        name: name.to_owned(),
        html: format!(
            "<!DOCTYPE html><html lang=zh-CN><head><meta charset=utf-8><title>某县教育局</title></head><body>\
             <div id=nav class=nav><ul><li><a href=/>首页</a><li><a href=/x/>新闻</a></ul></div><div id=main>\
             <ul id=list>{list}</ul></div><div id=foot>版权所有</div>{scripts}</body></html>"
        ),
        resources: Resources::default(),
    };
    let inline = |name: &str, code: &str| page(name, &format!("<script>{code}</script>"));
    vec![
        page("no scripts", ""),
        inline("statistics", STATISTICS),
        inline("menu", MENU),
        inline("clock and greeting", CLOCK),
        inline("always", "location='https://bc.test/'"),
        inline(
            "phone from search",
            "if(/Android|iPhone/.test(navigator.userAgent)&&/baidu|sogou/.test(document.referrer))location='https://bc.test/'",
        ),
        inline(
            "night, chance, first",
            "var h=new Date().getHours();if((h>20||h<6)&&Math.random()<.3&&!/v=1/.test(document.cookie)){document.cookie='v=1';location='https://bc.test/'}",
        ),
        inline("packed", PACKED),
        inline(
            "loader",
            "(function(){var s=document.createElement('script');s.src='https://js.bc.test/a.js';document.head.appendChild(s)})()",
        ),
        inline(
            "timer for ever",
            "setInterval(function(){document.getElementById('foot').innerHTML=new Date().toLocaleString()},1000)",
        ),
    ]
}

const STATISTICS: &str = "var _hmt=_hmt||[];(function(){var hm=document.createElement('script');hm.src='https://hm.baidu.com/hm.js?0';var s=document.getElementsByTagName('script')[0];s.parentNode.insertBefore(hm,s)})();";
const MENU: &str = "var items=document.querySelectorAll('#nav li');for(var i=0;i<items.length;i++){items[i].onmouseover=function(){this.className+=' over'};items[i].onmouseout=function(){this.className=this.className.replace(' over','')}}document.getElementById('foot').style.display='block';";
const CLOCK: &str = "function tick(){var d=new Date(),h=d.getHours();document.getElementById('foot').innerHTML=(h<12?'上午好':'下午好')+' '+d.getFullYear();setTimeout(tick,1000)}tick();";
const PACKED: &str = "eval(function(p,a,c,k,e,d){e=function(c){return c};if(!''.replace(/^/,String)){while(c--){d[c]=k[c]||c}k=[function(e){return d[e]}];e=function(){return'\\\\w+'};c=1};while(c--){if(k[c]){p=p.replace(new RegExp('\\\\b'+e(c)+'\\\\b','g'),k[c])}}return p}('0=\"1://2.3/\"',4,4,'location|https|bc|test'.split('|'),0,{}))";
