//! `xuncha demo`: ten sites on loopback that replay the ten seed cases as far as the web can show them.
//!
//! Each site is visited once; its findings are linked twice, to the law as of the date of the case and as of today.
//! What a scanner cannot see of a case is said beside it.

mod server;
mod tell;

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use url::Url;

use self::server::{SITES, Server};
use self::tell::tell;
use super::args::DemoArgs;
use super::config::Config;
use super::output::{Sink, note};
use super::scan::{assemble, exit, make, profiles, runtime, scan_failed, write};
use super::{Exit, Failed, say};
use crate::fetch::settings::{FetchSettings, Override};
use crate::lang::Lang;
use crate::lexicon::Lexicon;
use crate::obligation::{Catalogue, SeedCase};
use crate::report::{Format, Reported};
use crate::scan::{BrowserUse, Scanned, Scanner, Settings, legal_day, link_duties};
use crate::target::OperatorKind;

pub(super) fn run(args: &DemoArgs, config: &Config, lang: Lang) -> Result<Exit, Failed> {
    runtime()?.block_on(replay(args, config, lang))
}

async fn replay(args: &DemoArgs, config: &Config, lang: Lang) -> Result<Exit, Failed> {
    let server = Server::start().await.map_err(|error| {
        Failed::usage(format!("无法在本机监听端口：{error}"), format!("cannot listen on loopback: {error}"))
    })?;
    if args.serve_only {
        return serve_until_interrupted(&server, args.register.as_deref(), lang).await;
    }
    // Evidence of a demonstration is thrown away with it, unless a folder was named.
    let passing = tempfile::tempdir().map_err(|error| Failed::internal(&error))?;
    let wanted = args.report.evidence.clone().or_else(|| config.evidence.clone());
    let evidence = wanted.unwrap_or_else(|| passing.path().to_owned());
    let scanner = scanner(&server, evidence, lang)?;
    let started = Timestamp::now();
    let today = legal_day(started);
    let mut sink = Sink::open(args.report.output.as_deref())?;
    let mut scanned = Vec::new();
    let mut not_assessed = Vec::new();
    for case in Catalogue::builtin().cases() {
        let Some(site) = SITES.iter().find(|site| site.case == case.number) else { continue };
        let url = format!("http://{}:{}/", site.host, server.address.port());
        let url = Url::parse(&url).expect("the demonstration's hosts are well-formed");
        let one = scanner.scan(&url, &|_| {}).await.map_err(|error| scan_failed(&error))?;
        not_assessed.extend(one.not_assessed.iter().cloned());
        let then_and_now =
            [case.date(), today].into_iter().flat_map(|date| linked(&one, case, date)).collect();
        if args.report.format == Format::Text {
            tell(case, &one, today, lang, &mut sink)?;
        }
        scanned.push(Scanned { findings: then_and_now, ..one });
    }
    scanner.shutdown().await;
    let report = assemble(scanner.settings(), scanned, not_assessed, started);
    if args.report.format != Format::Text {
        write(&report, &args.report, lang, &mut sink)?;
    }
    sink.finish()?;
    Ok(exit(&report, args.report.fail_on))
}

/// The findings of a case, linked to the law as of one date.
fn linked(scanned: &Scanned, case: &SeedCase, date: Date) -> Vec<Reported> {
    let mut findings = scanned.findings.clone();
    for reported in &mut findings {
        link_duties(reported, case.operator, date);
        reported.extra.insert("case".to_owned(), case.number.into());
    }
    findings
}

fn scanner(server: &Server, evidence: PathBuf, lang: Lang) -> Result<Scanner, Failed> {
    let port = server.address.port();
    let overrides = Server::hosts().map(|host| Override {
        host: host.to_owned(),
        port,
        addresses: vec![server.address.ip()],
    });
    let mut fetch =
        FetchSettings { allow_private: true, overrides: overrides.collect(), ..FetchSettings::default() };
    fetch.manners.rate = 0.0;
    let lexicon = Lexicon::with_sets(&[]).map_err(|error| Failed::internal(&error))?;
    let settings = Settings {
        profiles: profiles(&[])?,
        profile_gap: Duration::ZERO,
        landings: 4,
        trigger_probes: 8,
        resources: 10,
        max_pages: 1,
        depth: 0,
        probe_missing_path: true,
        as_of: None,
        operator: OperatorKind::Unknown,
        evidence,
        keep_clean: true,
        browser: BrowserUse::Auto,
        lang,
        target: None,
        authorisation: None,
        exposure: None,
    };
    make(fetch, lexicon, settings)
}

async fn serve_until_interrupted(
    server: &Server,
    register: Option<&Path>,
    lang: Lang,
) -> Result<Exit, Failed> {
    let port = server.address.port();
    note(&say(lang, "十个案例站点已就绪，按 Ctrl-C 结束：", "the ten sites are up; Ctrl-C ends:"));
    for site in SITES {
        let host = site.host;
        note(&format!(
            "  {:>2}  xuncha scan http://{host}:{port}/ --resolve {host}:{port}:127.0.0.1 --allow-private --profile-gap 0",
            site.case
        ));
    }
    if let Some(folder) = register {
        register_sites(folder, port)?;
        let hosts: Vec<String> =
            Server::hosts().map(|host| format!("--resolve {host}:{port}:127.0.0.1")).collect();
        let (folder, hosts) = (folder.display(), hosts.join(" "));
        note(&say(lang, "已登记；试用巡检：", "registered; to try a patrol:"));
        note(&format!(
            "  xuncha patrol {folder} --once --profile-gap 0 --rate 0 --store sqlite://demo.db {hosts}"
        ));
    }
    tokio::signal::ctrl_c().await.map_err(|error| Failed::internal(&error))?;
    Ok(Exit::Clean)
}

/// Writes a registry of the ten sites.
fn register_sites(folder: &Path, port: u16) -> Result<(), Failed> {
    let mut text =
        String::from("# 演示站点，由 xuncha demo --register 生成 / the sites of the demonstration\n");
    for site in SITES {
        let Some(case) = Catalogue::builtin().cases().iter().find(|case| case.number == site.case) else {
            continue;
        };
        let (host, kind, title) = (site.host, case.operator, &case.title.zh);
        text += &format!(
            "\n[[target]]\nid = \"demo-{:02}\"\nname = \"{title}\"\nurls = [\"http://{host}:{port}/\"]\noperator.kind = \"{kind}\"\n\
             visit.allow_private = true\nauthorisation.basis = \"演示，仅在本机\"\n",
            site.case
        );
    }
    let written =
        std::fs::create_dir_all(folder).and_then(|()| std::fs::write(folder.join("demo.toml"), text));
    written.map_err(|error| {
        let name = folder.display();
        Failed::usage(format!("无法写入 {name}：{error}"), format!("cannot write to {name}: {error}"))
    })
}
