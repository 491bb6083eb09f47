//! What a page's scripts did for one virtual visitor.

use std::collections::BTreeSet;

use crate::id::sha256_hex;

/// What the scripts did, in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Behaviour {
    /// Everything that reached a sink.
    pub effects: Vec<Effect>,
    /// The attributes of the visitor that were asked for: what was not asked for cannot have decided.
    pub asked: BTreeSet<Attribute>,
    /// The title at the end.
    pub title: String,
    /// External scripts and texts that were wanted and not at hand.
    pub wanted: Vec<Wanted>,
    /// How the run ended.
    pub ending: Ending,
    /// Errors that scripts ran into (first few), for people.
    pub errors: Vec<String>,
    /// What the visitor's browser would remember for the next visit.
    pub memory: Memory,
    /// Markup of what scripts inserted and did not write while the document was read.
    pub inserted: String,
}

/// Something that reached a sink.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// Which sink.
    pub sink: Sink,
    /// The address, markup or text that reached it.
    pub data: String,
    /// Milliseconds of the virtual clock since the page began to load.
    pub at_ms: f64,
    /// The gesture that set it off, where one did.
    pub gesture: Option<String>,
    /// The script of the document that was being read, by its place in the list of scripts.
    pub piece: Option<usize>,
}

/// A sink: where scripts touch the world.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Sink {
    /// The window goes to another address; by location, click, form, meta, open, frame.
    Navigate(String),
    /// A new window.
    Open,
    /// The window that opened this one is sent elsewhere.
    Opener,
    /// A frame, object or embed: address, own style, size and the styles above it on four lines.
    Frame,
    /// A frame as it stands at the end of the run, on the same four lines.
    Stands,
    /// Markup inside a frame.
    FrameMarkup,
    /// `document.write`.
    Write,
    /// `innerHTML` and its like.
    Markup,
    /// The whole document is replaced.
    Replace,
    /// An external script is loaded.
    Load,
    /// An inline script is inserted.
    Script,
    /// A link is inserted: address, style, size, parent's style.
    Anchor,
    /// The title is set.
    Title,
    /// The style of an element of the page is set: its selector, then the style.
    Style,
    /// An element of the page is removed: its selector.
    Remove,
    /// A listener for an event is added.
    Listen,
    /// The history gets an entry.
    Push,
    /// A dialog is shown.
    Dialog,
    /// Something is offered for download, an app is called, or the clipboard written.
    Lure,
    /// Any other sink, by name.
    Other(String),
}

impl Sink {
    /// The sink of that name in `window.js`.
    pub(super) fn of(name: &str) -> Self {
        match name {
            "open" => Self::Open,
            "opener" => Self::Opener,
            "frame" => Self::Frame,
            "stands" => Self::Stands,
            "srcdoc" => Self::FrameMarkup,
            "write" => Self::Write,
            "html" => Self::Markup,
            "replace" => Self::Replace,
            "load" => Self::Load,
            "script" => Self::Script,
            "anchor" => Self::Anchor,
            "title" => Self::Title,
            "style" => Self::Style,
            "remove" => Self::Remove,
            "listen" => Self::Listen,
            "push" => Self::Push,
            "dialog" => Self::Dialog,
            "download" | "clipboard" => Self::Lure,
            other => match other.strip_prefix("navigate:") {
                Some(by) => Self::Navigate(by.to_owned()),
                None => Self::Other(other.to_owned()),
            },
        }
    }
}

/// An attribute of the visitor that a script can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attribute {
    /// User agent, platform, touch points.
    Agent,
    /// `document.referrer`.
    Referrer,
    /// Date and hour.
    Clock,
    /// The time zone.
    Zone,
    /// `Math.random` and its like.
    Random,
    /// Cookies.
    Cookie,
    /// Local and session storage.
    Storage,
    /// Screen and window sizes.
    Screen,
    /// Language.
    Language,
    /// `navigator.webdriver`.
    Webdriver,
    /// `window.opener`.
    Opener,
    /// Where the visitor's address is registered, as services tell.
    Region,
}

impl Attribute {
    /// The attribute of that name in `window.js`.
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "agent" => Self::Agent,
            "referrer" => Self::Referrer,
            "clock" => Self::Clock,
            "zone" => Self::Zone,
            "random" => Self::Random,
            "cookie" => Self::Cookie,
            "storage" => Self::Storage,
            "screen" => Self::Screen,
            "language" => Self::Language,
            "webdriver" => Self::Webdriver,
            "opener" => Self::Opener,
            "region" => Self::Region,
            _ => return None,
        })
    }
}

/// Something that a script wanted and that was not at hand.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Wanted {
    /// Its address.
    pub url: String,
    /// Whether it is a script; else text that a request asked for.
    pub script: bool,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ending {
    /// Everything ran.
    #[default]
    Complete,
    /// Time ran out; what is known is a beginning. Never clean.
    OutOfTime,
    /// Memory or stack ran out. Never clean.
    OutOfMemory,
    /// A script could not be run (syntax that the engine does not know). Never clean.
    Failed,
}

impl Ending {
    /// The one that leaves more open.
    pub(super) fn worse(self, other: Self) -> Self {
        let rank = |ending| match ending {
            Self::Complete => 0,
            Self::Failed => 1,
            Self::OutOfMemory => 2,
            Self::OutOfTime => 3,
        };
        if rank(other) > rank(self) { other } else { self }
    }
}

/// What a browser remembers between two visits, as JSON lists of pairs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Memory {
    /// Cookies.
    pub cookies: String,
    /// `localStorage`.
    pub local: String,
    /// `sessionStorage`.
    pub session: String,
}

impl Default for Memory {
    fn default() -> Self {
        let empty = || "[]".to_owned();
        Self { cookies: empty(), local: empty(), session: empty() }
    }
}

impl Behaviour {
    /// Where the window goes without the visitor doing anything, last word last.
    pub fn navigations(&self) -> impl Iterator<Item = (&str, &Effect)> {
        self.effects.iter().filter_map(|effect| match &effect.sink {
            Sink::Navigate(by) => Some((by.as_str(), effect)),
            _ => None,
        })
    }

    /// A digest of what the run showed, to tell visitors apart that saw different things.
    pub fn trace(&self) -> String {
        let mut trace = String::new();
        for effect in &self.effects {
            if !matches!(effect.sink, Sink::Listen | Sink::Other(_)) {
                trace += &format!("{:?} {} {:?}\n", effect.sink, effect.data, effect.gesture);
            }
        }
        trace += &format!("{} {:?}", self.title, self.ending);
        sha256_hex(trace.as_bytes())
    }
}
