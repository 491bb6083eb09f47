//! A headless Chromium that tells whether the letters of an element are painted.

use std::io::Read as _;

use chromiumoxide::browser::{Browser, BrowserConfig};
use chromiumoxide::cdp::browser_protocol::page::Viewport as Clip;
use chromiumoxide::page::{Page, ScreenshotParams};
use futures_util::StreamExt as _;

/// Where Debian puts it.
pub(crate) const PROGRAMS: [&str; 3] =
    ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium", "/usr/bin/google-chrome"];
/// How far a colour channel must differ to count.
const LEGIBLE: u8 = 30;
/// How many pixels must differ.
const PIXELS: usize = 40;

/// Scrolls to the target as far as a person could, and waits for animations that end. Tells where the target is in the
/// window and how far the window was scrolled; nothing where there is no target.
const REACH: &str = "(async () => {
    await Promise.all(document.getAnimations().map(a => a.finished.catch(() => 0)));
    const t = document.getElementById('t');
    if (!t) return [];
    for (let e = t.parentElement; e; e = e.parentElement) {
        if (e === document.body || e === document.documentElement) continue;
        const s = getComputedStyle(e), r = t.getBoundingClientRect(), q = e.getBoundingClientRect();
        if (/auto|scroll/.test(s.overflowY)) e.scrollTop += r.top - q.top - 10;
        if (/auto|scroll/.test(s.overflowX)) e.scrollLeft += r.left - q.left - 10;
    }
    const d = getComputedStyle(document.documentElement), b = getComputedStyle(document.body);
    const o = d.overflowX === 'visible' && d.overflowY === 'visible' ? b : d;
    const r = t.getBoundingClientRect();
    const across = /hidden|clip/.test(o.overflowX) ? 0 : r.left - 100;
    const down = /hidden|clip/.test(o.overflowY) ? 0 : r.top - 100;
    window.scrollBy({ left: across, top: down, behavior: 'instant' });
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    const at = t.getBoundingClientRect();
    return [at.left, at.top, at.right, at.bottom, window.scrollX, window.scrollY];
})()";

/// Takes the letters away and leaves everything else.
const ERASE: &str = "(() => {
    const t = document.getElementById('t');
    for (const e of [t, ...t.querySelectorAll('*')]) {
        const set = (name, value) => e.style.setProperty(name, value, 'important');
        if (getComputedStyle(e).webkitBackgroundClip === 'text') set('background', 'none');
        set('-webkit-text-fill-color', 'transparent');
        set('-webkit-text-stroke', '0');
        set('text-shadow', 'none');
        set('text-decoration', 'none');
        set('transition', 'none');
    }
    return true;
})()";

/// A browser with one open page.
pub(crate) struct Eye {
    browser: Browser,
    page: Page,
    _profile: tempfile::TempDir,
}

impl Eye {
    /// Starts Chromium; `None` where there is none.
    pub(crate) async fn open() -> Option<Self> {
        let program = PROGRAMS.into_iter().find(|program| std::path::Path::new(program).exists())?;
        let profile = tempfile::tempdir().expect("a directory");
        let view =
            chromiumoxide::handler::viewport::Viewport { width: 1366, height: 768, ..Default::default() };
        let config = BrowserConfig::builder()
            .chrome_executable(program)
            .no_sandbox()
            .user_data_dir(profile.path())
            .viewport(view)
            .args([
                "--headless",
                "--hide-scrollbars",
                "--disable-lcd-text",
                "--host-resolver-rules=MAP * ~NOTFOUND",
            ])
            .build()
            .expect("a configuration");
        let (browser, mut handler) = Browser::launch(config).await.expect("Chromium starts");
        tokio::spawn(async move { while handler.next().await.is_some() {} });
        let page = browser.new_page("about:blank").await.expect("a page");
        Some(Self { browser, page, _profile: profile })
    }

    /// Whether the letters of `#t` are painted where a person can get to them.
    pub(crate) async fn paints(&mut self, html: &str) -> bool {
        let mut address = String::from("data:text/html;charset=utf-8,");
        for byte in html.bytes() {
            address.push_str(&format!("%{byte:02X}"));
        }
        self.page.goto(address).await.expect("a data address opens");
        let found: Vec<f64> =
            self.page.evaluate(REACH).await.expect("the script runs").into_value().expect("numbers");
        if found.is_empty() {
            return false;
        }
        let part = part(&found);
        let with = self.picture(&part).await;
        self.page.evaluate(ERASE).await.expect("the script runs");
        let without = self.picture(&part).await;
        if with == without {
            return false;
        }
        let (with, without) = (pixels(&with), pixels(&without));
        let differing = with
            .iter()
            .zip(&without)
            .filter(|(a, b)| a.iter().zip(*b).any(|(a, b)| a.abs_diff(*b) >= LEGIBLE));
        differing.count() >= PIXELS
    }

    async fn picture(&self, part: &Option<Clip>) -> Vec<u8> {
        let params = ScreenshotParams::builder();
        let params = match part {
            Some(part) => params.clip(part.clone()),
            None => params,
        };
        self.page.screenshot(params.build()).await.expect("a screenshot")
    }

    /// Ends the browser.
    pub(crate) async fn close(mut self) {
        let _ = self.browser.close().await;
        let _ = self.browser.wait().await;
    }
}

/// The part of the window around the target, if it is in the window at all.
fn part(found: &[f64]) -> Option<Clip> {
    let &[left, top, right, bottom, scroll_x, scroll_y] = found else { return None };
    let (left, top) = ((left - 40.0).max(0.0), (top - 40.0).max(0.0));
    let (right, bottom) = ((right + 40.0).min(1366.0), (bottom + 40.0).min(768.0));
    (right > left && bottom > top).then_some(Clip {
        x: left + scroll_x,
        y: top + scroll_y,
        width: right - left,
        height: bottom - top,
        scale: 1.0,
    })
}

/// The pixels of a PNG with 8 bits a channel, as screenshots are.
fn pixels(png: &[u8]) -> Vec<[u8; 3]> {
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes")) as usize;
    let (width, channels) = (number(16), if png[25] == 6 { 4 } else { 3 });
    let (mut at, mut packed) = (8, Vec::new());
    while at + 8 <= png.len() {
        let length = number(at);
        if &png[at + 4..at + 8] == b"IDAT" {
            packed.extend_from_slice(&png[at + 8..at + 8 + length]);
        }
        at += length + 12;
    }
    let mut raw = Vec::new();
    flate2::read::ZlibDecoder::new(&packed[..]).read_to_end(&mut raw).expect("a sound picture");
    let stride = width * channels;
    let mut above = vec![0u8; stride];
    let mut out = Vec::new();
    for line in raw.chunks(stride + 1) {
        let mut row = line[1..].to_vec();
        for x in 0..row.len() {
            let left = if x >= channels { row[x - channels] } else { 0 };
            let corner = if x >= channels { above[x - channels] } else { 0 };
            let guess = match line[0] {
                1 => left,
                2 => above[x],
                3 => u8::midpoint(left, above[x]),
                4 => paeth(left, above[x], corner),
                _ => 0,
            };
            row[x] = row[x].wrapping_add(guess);
        }
        out.extend(row.chunks(channels).map(|pixel| [pixel[0], pixel[1], pixel[2]]));
        above = row;
    }
    out
}

fn paeth(left: u8, above: u8, corner: u8) -> u8 {
    let estimate = i16::from(left) + i16::from(above) - i16::from(corner);
    let away = |from: u8| (estimate - i16::from(from)).abs();
    if away(left) <= away(above) && away(left) <= away(corner) {
        left
    } else if away(above) <= away(corner) {
        above
    } else {
        corner
    }
}
