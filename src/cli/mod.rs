//! Commands and settings: what the user wrote becomes what the rooms below are asked to do.
//!
//! Findings go to standard output, everything else to standard error. Decides the exit status (design: 0 clean and
//! everything assessed, 1 findings at or above `--fail-on`, 2 wrong usage or settings, 3 nothing found but something
//! not assessed, 4 internal failure). Holds no judgement of its own.

mod alert;
mod args;
mod baseline;
mod config;
mod demo;
mod detectors;
mod evidence;
mod findings;
mod law;
mod output;
mod patrol;
mod recheck;
mod rejudge;
mod report;
mod scan;
mod serve;
mod store;
mod targets;

use std::process::ExitCode;

use clap::Parser as _;

use crate::lang::{Bilingual, Lang};

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let args = match args::Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let _ = error.print();
            return Exit::of_usage(&error).into();
        }
    };
    output::start_log(args.verbose);
    let lang = args.lang.unwrap_or_default();
    match dispatch(args) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            output::complain(&failure, lang);
            failure.exit.into()
        }
    }
}

fn dispatch(args: args::Args) -> Result<Exit, Failed> {
    let config = config::Config::load(args.config.as_deref())?;
    let lang = args.lang.or(config.lang).unwrap_or_default();
    match args.command {
        args::Command::Scan(scan) => self::scan::run(&scan, &config, lang),
        args::Command::Law(law) => self::law::run(&law, lang),
        args::Command::Detectors(detectors) => self::detectors::run(&detectors, lang),
        args::Command::Evidence(evidence) => self::evidence::run(&evidence, &config, lang),
        args::Command::Findings(findings) => self::findings::run(&findings, &config, lang),
        args::Command::Report(report) => self::report::run(&report, &config, lang),
        args::Command::Recheck(recheck) => self::recheck::run(&recheck, &config, lang),
        args::Command::Alert(alert) => self::alert::run(&alert, &config, lang),
        args::Command::Patrol(patrol) => self::patrol::run(&patrol, &config, lang),
        args::Command::Targets(targets) => self::targets::run(&targets, lang),
        args::Command::Rejudge(rejudge) => self::rejudge::run(&rejudge, &config, lang),
        args::Command::Baseline(baseline) => self::baseline::run(&baseline, &config, lang),
        args::Command::Store(store) => self::store::run(&store, &config, lang),
        args::Command::Serve(serve) => self::serve::run(&serve, &config, lang),
        args::Command::Accounts(accounts) => self::serve::accounts(&accounts, &config, lang),
        args::Command::Demo(demo) => self::demo::run(&demo, &config, lang),
    }
}

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    /// Clean, and everything was assessed.
    Clean,
    /// Findings at or above `--fail-on`.
    Findings,
    /// Wrong usage, configuration or targets.
    Usage,
    /// Nothing found, but something was not assessed.
    NotAssessed,
    /// A fault of ours.
    Internal,
}

impl Exit {
    /// Asking for help or the version is no mistake.
    fn of_usage(error: &clap::Error) -> Self {
        if error.use_stderr() { Self::Usage } else { Self::Clean }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::NotAssessed => 3,
            Exit::Internal => 4,
        })
    }
}

/// Why a command could not do its work, in words for the user: what failed and what to do next.
#[derive(Debug)]
struct Failed {
    exit: Exit,
    what: Bilingual,
    advice: Option<Bilingual>,
}

impl Failed {
    fn usage(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, what: Bilingual::new(zh, en), advice: None }
    }

    fn internal(error: &dyn std::fmt::Display) -> Self {
        let what = Bilingual::new(format!("内部故障：{error}"), format!("internal failure: {error}"));
        let advice = Bilingual::new(
            "这是程序自身的缺陷，请连同命令行一并反馈。",
            "this is a fault of the program; please report it with the command line.",
        );
        Self { exit: Exit::Internal, what, advice: Some(advice) }
    }

    fn advise(mut self, zh: impl Into<String>, en: impl Into<String>) -> Self {
        self.advice = Some(Bilingual::new(zh, en));
        self
    }
}

/// Words in the language asked for.
fn say(lang: Lang, zh: &str, en: &str) -> String {
    match lang {
        Lang::Zh => zh.to_owned(),
        Lang::En => en.to_owned(),
    }
}
