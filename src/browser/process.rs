//! One Chromium process with its own empty profile, and its end: the whole process group goes, so that a page that
//! never returns goes with it.

use std::ffi::OsString;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, ChildStderr, Command};
use url::Url;

use super::BrowserError;
use super::settings::Settings;
use crate::exchange::profile::Agent;

/// What Chromium writes once it listens.
const LISTENING: &str = "DevTools listening on ";
/// Bytes of its complaints that are read while it starts.
const COMPLAINTS: u64 = 64 * 1024;

/// A running Chromium.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    group: Option<Pid>,
    /// Where it takes orders.
    pub(super) wire: Url,
    visits: AtomicU32,
    faulty: AtomicBool,
    /// Taken on the way out, once nobody writes into it any more.
    profile: Option<TempDir>,
}

impl Process {
    pub(super) async fn start(settings: &Settings) -> Result<Self, BrowserError> {
        let named = || settings.program.display().to_string();
        let parent = settings.profiles.clone().unwrap_or_else(std::env::temp_dir);
        let profile = tempfile::Builder::new()
            .prefix("xuncha-browser-")
            .tempdir_in(parent)
            .map_err(|error| BrowserError::Profile(error.to_string()))?;
        let mut command = Command::new(&settings.program);
        command
            .args(arguments(&profile, rustix::process::geteuid().is_root()))
            .env_clear()
            .envs(kept_environment())
            .env("HOME", profile.path())
            .env("TMPDIR", profile.path())
            .env("XDG_CONFIG_HOME", profile.path())
            .env("XDG_CACHE_HOME", profile.path())
            .env("TZ", "Asia/Shanghai")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| BrowserError::Start(named(), error.to_string()))?;
        let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let stderr = child.stderr.take();
        let mut process = Self {
            child,
            group,
            wire: Url::parse("ws://127.0.0.1/").expect("a constant address"),
            visits: AtomicU32::new(0),
            faulty: AtomicBool::new(false),
            profile: Some(profile),
        };
        let heard = tokio::time::timeout(settings.launch, listen(stderr)).await;
        process.wire = heard
            .map_err(|_| BrowserError::Start(named(), "no answer in time".to_owned()))?
            .map_err(|complaint| BrowserError::Start(named(), complaint))?;
        Ok(process)
    }

    /// Whether it may take another visit; counts the visit when it may.
    pub(super) fn take_visit(&self, recycle_after: u32) -> bool {
        !self.faulty.load(Ordering::Relaxed)
            && self.visits.fetch_add(1, Ordering::Relaxed) < recycle_after.max(1)
    }

    /// A page in it was lost: no further visits.
    pub(super) fn condemn(&self) {
        self.faulty.store(true, Ordering::Relaxed);
    }

    /// Whether a page in it was lost.
    pub(super) fn is_condemned(&self) -> bool {
        self.faulty.load(Ordering::Relaxed)
    }

    /// The port on which it takes orders, which no page may reach.
    pub(super) fn port(&self) -> Option<u16> {
        self.wire.port()
    }

    /// Asks it to end, so that it collects its own children, and makes sure.
    pub(super) async fn end(mut self) {
        if !self.faulty.load(Ordering::Relaxed)
            && let Some(group) = self.group
        {
            let _ = rustix::process::kill_process(group, Signal::TERM);
            let _ = tokio::time::timeout(Duration::from_secs(2), self.child.wait()).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(group) = self.group {
            let _ = kill_process_group(group, Signal::KILL);
            // The kernel ends a killed process at once; its profile is only taken away after that. The process is left
            // to be collected by the runtime, which holds the child.
            let _ = waitid(WaitId::Pid(group), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
        }
        if let Some(profile) = self.profile.take() {
            let path = profile.path().to_owned();
            // Children of the browser may still be on their way out and write once more.
            for _ in 0..20 {
                if std::fs::remove_dir_all(&path).is_ok() || !path.exists() {
                    break;
                }
                std::thread::yield_now();
            }
        }
    }
}

/// Waits for the address on which it takes orders; afterwards its complaints are read and dropped.
async fn listen(stderr: Option<ChildStderr>) -> Result<Url, String> {
    let Some(stderr) = stderr else { return Err("no error output".to_owned()) };
    let mut lines = BufReader::new(stderr.take(COMPLAINTS)).lines();
    let mut last = String::from("it ended at once");
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(address) = line.trim().strip_prefix(LISTENING) {
            let wire = Url::parse(address).map_err(|error| error.to_string())?;
            let mut rest = lines.into_inner().into_inner().into_inner();
            tokio::spawn(async move { tokio::io::copy(&mut rest, &mut tokio::io::sink()).await });
            return Ok(wire);
        }
        if !line.trim().is_empty() {
            last = line;
        }
    }
    Err(last)
}

/// What of the environment it gets: where programs and fonts are, nothing else, no proxy of the user.
fn kept_environment() -> impl Iterator<Item = (OsString, OsString)> {
    ["PATH", "LANG", "LC_ALL", "FONTCONFIG_PATH", "FONTCONFIG_FILE", "LD_LIBRARY_PATH"]
        .into_iter()
        .filter_map(|name| Some((OsString::from(name), std::env::var_os(name)?)))
}

/// The command line. Nothing is resolved or asked but through the proxy of a visit: the proxy of the process itself is
/// a dead end, and every name fails to resolve.
fn arguments(profile: &TempDir, root: bool) -> Vec<OsString> {
    let mut directory = OsString::from("--user-data-dir=");
    directory.push(profile.path());
    let mut list: Vec<OsString> = FLAGS.iter().map(OsString::from).collect();
    list.push(directory);
    // Windows that a page opens are closed before they are dressed as the visitor; their first request says this.
    list.push(format!("--user-agent={}", Agent::DesktopChrome.user_agent()).into());
    if root {
        // Chromium's sandbox refuses to run as root. Run the scanner as an ordinary user to have it.
        list.push("--no-sandbox".into());
    }
    list.push("about:blank".into());
    list
}

const FLAGS: [&str; 47] = [
    "--headless",
    "--remote-debugging-port=0",
    "--remote-debugging-address=127.0.0.1",
    // No way out but the proxies of visits.
    "--proxy-server=http://127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--disable-quic",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--dns-prefetch-disable",
    "--no-pings",
    // Nothing of its own accord.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-component-extensions-with-background-pages",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-field-trial-config",
    "--disable-sync",
    "--disable-client-side-phishing-detection",
    "--disable-breakpad",
    "--disable-crash-reporter",
    "--metrics-recording-only",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-service-autorun",
    "--password-store=basic",
    "--use-mock-keychain",
    "--disable-search-engine-choice-screen",
    "--disable-notifications",
    "--deny-permission-prompts",
    "--disable-print-preview",
    "--disable-prompt-on-repost",
    "--disable-hang-monitor",
    "--mute-audio",
    // Pages in the background run as those in front.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-ipc-flooding-protection",
    // One page, one renderer, frames included: every request of a page is seen on its own wire.
    "--disable-site-isolation-trials",
    "--disable-features=IsolateOrigins,site-per-process,Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider,\
     AcceptCHFrame,InterestFeedContentSuggestions,CertificateTransparencyComponentUpdater,AutofillServerCommunication,\
     PrivacySandboxSettings4,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,WebRtcHideLocalIpsWithMdns,BackForwardCache",
    "--disable-blink-features=AutomationControlled",
    // The same picture everywhere.
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--lang=zh-CN",
];
