//! `xuncha scan`: what the user wrote becomes settings, addresses become scans, scans become one report.

use std::io::{self, BufRead as _, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use jiff::Timestamp;
use url::Url;

use super::args::{ReportArgs, ScanArgs, VisitArgs};
use super::config::Config;
use super::output::{Sink, cannot_write, note};
use super::{Exit, Failed};
use crate::desk::told;
use crate::exchange::profile::Profile;
use crate::fetch::Fetcher;
use crate::fetch::settings::{FetchSettings, Override};
use crate::finding::{NotAssessed, Reason, Severity};
use crate::lang::{Bilingual, Lang};
use crate::lexicon::Lexicon;
use crate::report::{self, Format, Report, Summary};
use crate::scan::plan::VisitPlan;
use crate::scan::remember::{Turn, remember, site_of};
use crate::scan::{Progress, ScanError, Scanned, Scanner, Settings, legal_day};
use crate::store::{Store, StoreError};
use crate::target::OperatorKind;

/// Addresses scanned at the same time; politeness per host and address holds across them.
const SCANS_AT_ONCE: usize = 8;

/// Outside addresses looked at for one page.
const LANDINGS: usize = 8;

/// Controls that may be asked for to find the smallest trigger.
const TRIGGER_PROBES: usize = 10;

/// Style sheets and scripts of one scanned address.
const RESOURCES: usize = 60;

/// The order of visiting when the user names no profiles.
const PROFILES: &[&str] = &["m", "d", "b", "w", "i", "b-360", "b-bing", "r", "s", "g"];

/// Requests that may follow each other at once when the user names no rate, as a browser loads a page with its parts.
const BURST: u32 = 16;

/// Where evidence goes when the user does not say.
const EVIDENCE: &str = "xuncha-evidence";

/// Seconds from one profile to the next on one address, a third more or less each time: fewer documents than one a
/// second, which even a small host bears, so that twelve visits take less than twenty seconds. A patrol, which nobody
/// waits for, may take longer.
const PROFILE_GAP: f64 = 1.5;

pub(super) fn run(args: &ScanArgs, config: &Config, lang: Lang) -> Result<Exit, Failed> {
    let (urls, mut not_assessed) = addresses(&args.urls)?;
    if urls.is_empty() && not_assessed.is_empty() {
        return Err(Failed::usage("没有给出网址", "no address was given").advise(
            "例如：xuncha scan https://www.example.gov.cn/",
            "for example: xuncha scan https://www.example.gov.cn/",
        ));
    }
    if urls.is_empty() && args.urls.len() == not_assessed.len() {
        let first = &not_assessed[0];
        return Err(Failed { exit: Exit::Usage, what: named(first), advice: Some(first.detail.clone()) });
    }
    let reach = Reach { max_pages: args.max_pages, depth: args.depth };
    let written = args.exposure_authorised.as_deref();
    let scanner = scanner(&args.visit, args.report.evidence.as_deref(), reach, written, config, lang)?;
    let address = super::store::named(&args.store, config)?;
    let mut sink = Sink::open(args.report.output.as_deref())?;
    let started = Timestamp::now();
    let (scanned, forgotten) = runtime()?.block_on(async {
        let store = match &address {
            Some(address) => Some(super::store::open(address).await?),
            None => None,
        };
        let scanned = scan_all(&scanner, &urls, store.as_deref(), lang).await;
        scanner.shutdown().await;
        scanned
    })?;
    for one in &scanned {
        not_assessed.extend(one.not_assessed.iter().cloned());
    }
    let report = assemble(scanner.settings(), scanned, not_assessed, started);
    write(&report, &args.report, lang, &mut sink)?;
    sink.finish()?;
    match forgotten {
        // What was found is told first; that it is not remembered must not pass unnoticed.
        Some(error) => Err(super::store::failed(&error)),
        None => Ok(exit(&report, args.report.fail_on)),
    }
}

/// The runtime that waits.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failed> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| Failed::internal(&error))
}

/// Reads the addresses, `-` from standard input. What is no address is not assessed, and the rest goes on.
fn addresses(written: &[String]) -> Result<(Vec<Url>, Vec<NotAssessed>), Failed> {
    let mut lines = Vec::new();
    for text in written {
        if text != "-" {
            lines.push(text.clone());
            continue;
        }
        for line in io::stdin().lock().lines() {
            let line = line.map_err(|error| {
                Failed::usage(
                    format!("无法读取标准输入：{error}"),
                    format!("cannot read standard input: {error}"),
                )
                .advise("请以 UTF-8 逐行给出网址。", "give one address a line, in UTF-8.")
            })?;
            let line = line.trim_start_matches('\u{feff}').trim();
            if !line.is_empty() && !line.starts_with('#') {
                lines.push(line.to_owned());
            }
        }
    }
    let mut urls = Vec::new();
    let mut rejected = Vec::new();
    for line in lines {
        match address(&line) {
            Ok(url) if urls.contains(&url) => {}
            Ok(url) => urls.push(url),
            Err(detail) => rejected.push(NotAssessed { url: line, reason: Reason::BadUrl, detail }),
        }
    }
    Ok((urls, rejected))
}

/// An address as people write it: without a scheme it is tried as `http://`, as a browser's address bar does.
fn address(text: &str) -> Result<Url, Bilingual> {
    let spelled = text.contains("://");
    let url = if spelled { Url::parse(text) } else { Url::parse(&format!("http://{text}")) };
    let url = url.map_err(|error| {
        Bilingual::new(
            format!("网址有误（{error}）；应形如 https://www.example.gov.cn/。"),
            format!("not an address ({error}); it should look like https://www.example.gov.cn/."),
        )
    })?;
    let scheme_without_slashes = !spelled
        && text.split_once(':').is_some_and(|(head, rest)| {
            head.chars().all(|c| c.is_ascii_alphabetic()) && !rest.starts_with(|c: char| c.is_ascii_digit())
        });
    if scheme_without_slashes || !matches!(url.scheme(), "http" | "https") {
        return Err(Bilingual::new(
            "只检查 http:// 与 https:// 网址。",
            "only http:// and https:// addresses are scanned.",
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Bilingual::new(
            "网址中不得含用户名或密码：本程序从不登录。",
            "the address must not hold a user name or password: the scanner never logs in.",
        ));
    }
    Ok(url)
}

/// How far one scan goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    /// Pages at the most.
    pub(super) max_pages: u32,
    /// How many links deep.
    pub(super) depth: u32,
}

/// The scanner that the command line and the settings ask for; `written` is the authorisation for exposure checks.
pub(super) fn scanner(
    args: &VisitArgs,
    evidence: Option<&Path>,
    reach: Reach,
    written: Option<&str>,
    config: &Config,
    lang: Lang,
) -> Result<Scanner, Failed> {
    let settings = authorised(settings(args, evidence, reach, config, lang)?, written);
    make(fetching(args, config)?, lexicon_of(args, config)?, settings)
}

/// Active probes as they are allowed: exposure checks only in writing, and none at all of critical infrastructure without.
fn authorised(settings: Settings, written: Option<&str>) -> Settings {
    Settings {
        probe_missing_path: written.is_some() || settings.operator != OperatorKind::Cii,
        authorisation: written.map(str::to_owned),
        exposure: written.map(str::to_owned),
        ..settings
    }
}

/// How scans go and what they judge by.
pub(super) fn settings(
    args: &VisitArgs,
    evidence: Option<&Path>,
    reach: Reach,
    config: &Config,
    lang: Lang,
) -> Result<Settings, Failed> {
    let evidence = evidence.map(Path::to_path_buf).or_else(|| config.evidence.clone());
    Ok(Settings {
        profiles: profiles(if args.profiles.is_empty() { &config.profiles } else { &args.profiles })?,
        profile_gap: seconds(
            "--profile-gap",
            args.profile_gap.or(config.profile_gap).unwrap_or(PROFILE_GAP),
        )?,
        landings: if args.no_landings { 0 } else { LANDINGS },
        trigger_probes: TRIGGER_PROBES,
        resources: RESOURCES,
        max_pages: reach.max_pages,
        depth: reach.depth,
        probe_missing_path: true,
        as_of: args.as_of,
        operator: super::law::parse_operator(args.operator.as_deref().or(config.operator.as_deref()))?,
        keep_clean: evidence.is_some(),
        evidence: evidence.unwrap_or_else(|| PathBuf::from(EVIDENCE)),
        browser: args.browser.or(config.browser).unwrap_or_default(),
        lang,
        target: None,
        authorisation: None,
        exposure: None,
    })
}

/// How the network is asked.
pub(super) fn fetching(args: &VisitArgs, config: &Config) -> Result<FetchSettings, Failed> {
    let mut fetch = FetchSettings {
        allow_private: args.allow_private || config.allow_private,
        ..FetchSettings::default()
    };
    match args.rate.or(config.rate) {
        Some(rate) => fetch.manners.rate = rate_of(rate)?,
        None => fetch.manners.burst = BURST,
    }
    for text in &args.resolve {
        fetch.overrides.push(resolve(text)?);
    }
    Ok(fetch)
}

/// Puts a scanner together; shared with the demonstration.
pub(super) fn make(
    fetch: FetchSettings,
    lexicon: impl Into<Arc<Lexicon>>,
    settings: Settings,
) -> Result<Scanner, Failed> {
    let fetcher = Fetcher::new(fetch).map_err(|error| Failed::internal(&error))?;
    Ok(Scanner::new(fetcher, lexicon, settings))
}

/// The shipped jargon with the user's own sets.
pub(super) fn lexicon_of(args: &VisitArgs, config: &Config) -> Result<Lexicon, Failed> {
    let files: &[PathBuf] = if args.lexicon.is_empty() { &config.lexicon } else { &args.lexicon };
    let mut texts = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file).map_err(|error| {
            let name = file.display();
            Failed::usage(
                format!("无法读取词库 {name}：{error}"),
                format!("cannot read the jargon set {name}: {error}"),
            )
        })?;
        texts.push((file.as_path(), text));
    }
    let sets: Vec<(&Path, &str)> = texts.iter().map(|(path, text)| (*path, text.as_str())).collect();
    Lexicon::with_sets(&sets)
        .map_err(|error| Failed::usage(format!("词库有误：{error}"), format!("failed to {error}")))
}

/// The profiles named, or the usual ones.
pub(super) fn profiles(names: &[String]) -> Result<Vec<Profile>, Failed> {
    let usual: Vec<String> = PROFILES.iter().map(|&name| name.to_owned()).collect();
    let names = if names.is_empty() { &usual } else { names };
    let find = |name: &String| {
        Profile::by_id(name.trim()).ok_or_else(|| {
            let known: Vec<_> = Profile::matrix().map(|profile| profile.id.to_string()).collect();
            Failed::usage(format!("没有访问身份 `{name}`"), format!("there is no profile `{name}`"))
                .advise(format!("可用：{}", known.join(" ")), format!("known: {}", known.join(" ")))
        })
    };
    names.iter().map(find).collect()
}

fn seconds(name: &str, value: f64) -> Result<Duration, Failed> {
    Duration::try_from_secs_f64(value).ok().filter(|gap| gap.as_secs() <= 86_400).ok_or_else(|| {
        Failed::usage(
            format!("{name} 须为 0 到 86400 秒"),
            format!("{name} must be between 0 and 86400 seconds"),
        )
    })
}

fn rate_of(rate: f64) -> Result<f64, Failed> {
    if rate.is_finite() && rate >= 0.0 {
        return Ok(rate);
    }
    Err(Failed::usage("--rate 须为不小于 0 的数", "--rate must be a number of 0 or more"))
}

fn resolve(text: &str) -> Result<Override, Failed> {
    text.parse().map_err(|_| {
        Failed::usage(format!("--resolve `{text}` 有误"), format!("--resolve `{text}` is wrong")).advise(
            "写法：主机:端口:地址，如 www.a.test:80:127.0.0.1",
            "write HOST:PORT:ADDR, such as www.a.test:80:127.0.0.1",
        )
    })
}

/// Scans every address and remembers each as soon as it is done. A store that refuses loses no report: its first error
/// is given beside what was found.
async fn scan_all(
    scanner: &Scanner,
    urls: &[Url],
    store: Option<&dyn Store>,
    lang: Lang,
) -> Result<(Vec<Scanned>, Option<StoreError>), Failed> {
    let watch = &watcher(lang);
    let one = |url| async move {
        let Some(store) = store else { return Ok((scanner.scan(url, watch).await?, None)) };
        let site = site_of(url);
        let plan = match VisitPlan::ad_hoc(url, scanner.settings()).remembering(store, &site).await {
            Ok(plan) => plan,
            Err(error) => return Ok((scanner.scan(url, watch).await?, Some(error))),
        };
        let mut scanned = scanner.visit(url, plan, watch).await?;
        let refused = remember(store, &mut scanned, &site, Turn::default()).await.err();
        Ok::<_, ScanError>((scanned, refused))
    };
    let scans = futures_util::stream::iter(urls).map(one).buffered(SCANS_AT_ONCE);
    let results: Vec<Result<(Scanned, Option<StoreError>), ScanError>> = scans.collect().await;
    let (mut all, mut first) = (Vec::new(), None);
    for result in results {
        let (scanned, refused) = result.map_err(|error| scan_failed(&error))?;
        all.push(scanned);
        first = first.or(refused);
    }
    Ok((all, first))
}

/// Tells what a scan is doing, on a terminal only.
pub(super) fn watcher(lang: Lang) -> impl Fn(Progress) + Sync {
    let shown = io::stderr().is_terminal();
    move |progress: Progress| {
        if shown {
            note(&format!("  {}", report::escape::visible(told(&progress).get(lang))));
        }
    }
}

/// What to do when a scan could not be carried out.
pub(super) fn scan_failed(error: &ScanError) -> Failed {
    match error {
        ScanError::Evidence(error) => {
            Failed::usage(format!("无法保存证据：{error}"), format!("failed to {error}")).advise(
                "没有证据就不作判断。请用 --evidence 指定可写且有空间的目录。",
                "nothing is judged without evidence. Name a writable folder with --evidence.",
            )
        }
        ScanError::Broken { .. } => Failed::internal(error),
    }
}

/// One report of many scans.
pub(super) fn assemble(
    settings: &Settings,
    scanned: Vec<Scanned>,
    not_assessed: Vec<NotAssessed>,
    started: Timestamp,
) -> Report {
    let ended = Timestamp::now();
    let as_of = settings.as_of.unwrap_or_else(|| legal_day(started));
    let urls = scanned.iter().map(|one| one.urls).sum();
    let requests = scanned.iter().map(|one| one.requests).sum();
    let findings: Vec<_> = scanned.into_iter().flat_map(|one| one.findings).collect();
    Report {
        summary: Summary {
            urls,
            requests,
            findings: findings.len() as u64,
            not_assessed: not_assessed.len() as u64,
            profiles: settings.profiles.iter().map(|profile| profile.id.clone()).collect(),
            started,
            ended,
            law_as_of: as_of,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
        findings,
        not_assessed,
    }
}

/// Writes a report as asked.
pub(super) fn write(report: &Report, args: &ReportArgs, lang: Lang, sink: &mut Sink) -> Result<(), Failed> {
    write_as(report, args.format, lang, sink)
}

/// Writes a report in a format.
pub(super) fn write_as(report: &Report, format: Format, lang: Lang, sink: &mut Sink) -> Result<(), Failed> {
    let colour = sink.colour && format == Format::Text;
    let options = report::Options { colour, width: sink.width, ..report::Options::default() };
    match report::write(report, format, lang, sink.writer(), &options) {
        Err(error) if !closed_pipe(&error) => Err(cannot_write(&error)),
        _ => Ok(()),
    }
}

/// Whether the reader went away, having seen enough.
fn closed_pipe(error: &report::ReportError) -> bool {
    matches!(error, report::ReportError::Write(error) if error.kind() == io::ErrorKind::BrokenPipe)
}

/// The exit status that a report asks for.
pub(super) fn exit(report: &Report, fail_on: Severity) -> Exit {
    if report.findings.iter().any(|reported| reported.finding.severity >= fail_on) {
        return Exit::Findings;
    }
    if report.not_assessed.is_empty() { Exit::Clean } else { Exit::NotAssessed }
}

fn named(gap: &NotAssessed) -> Bilingual {
    Bilingual::new(format!("不能检查 `{}`", gap.url), format!("`{}` cannot be scanned", gap.url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_people_write_them() {
        for (text, expected) in [
            ("https://www.a.test/x", Some("https://www.a.test/x")),
            ("www.a.test", Some("http://www.a.test/")),
            ("a.test:8080/x", Some("http://a.test:8080/x")),
            ("http://中文.test/", Some("http://xn--fiq228c.test/")),
            ("ftp://a.test/", None),
            ("javascript:alert(1)", None),
            ("mailto:a@b.test", None),
            ("http://user:pw@a.test/", None),
            ("http://", None),
            ("http://[::1", None),
            ("not a url", None),
        ] {
            assert_eq!(address(text).ok().as_ref().map(Url::as_str), expected, "{text}");
        }
    }

    #[test]
    fn critical_infrastructure_is_probed_only_with_written_authorisation() {
        let reach = Reach { max_pages: 1, depth: 0 };
        for (operator, written, probes) in [
            ("cii", None, (false, false)),
            ("cii", Some("授权〔2026〕1号"), (true, true)),
            ("enterprise", None, (true, false)),
        ] {
            let args = VisitArgs { operator: Some(operator.to_owned()), ..VisitArgs::default() };
            let settings = settings(&args, None, reach, &Config::default(), Lang::Zh).unwrap();
            let settings = authorised(settings, written);
            assert_eq!((settings.probe_missing_path, settings.exposure.is_some()), probes, "{operator}");
            assert_eq!(settings.authorisation.as_deref(), written);
        }
    }

    #[test]
    fn an_unknown_profile_is_named() {
        assert!(profiles(&["zz".to_owned()]).unwrap_err().what.zh.contains("zz"));
    }
}
