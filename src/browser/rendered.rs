//! What a visit showed: values only.

use std::net::SocketAddr;

use url::Url;

use crate::exchange::Failure;

/// What a visit showed.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// How it ended. Whatever the outcome, the rest holds what was seen until then.
    pub outcome: Outcome,
    /// Every address that the main frame loaded or tried to load, in order.
    pub hops: Vec<Hop>,
    /// Where the visitor ended up.
    pub final_url: Option<Url>,
    /// The title as scripts left it.
    pub title: String,
    /// The document as scripts left it, serialised, with its doctype; `None` where the page was lost.
    pub html: Option<String>,
    /// Whether `html` was cut at the cap.
    pub html_cut: bool,
    /// The documents of frames as scripts left them.
    pub frames: Vec<Frame>,
    /// Dialogs that the page opened; each was answered with OK.
    pub dialogs: Vec<Dialog>,
    /// Downloads that were offered; none was taken.
    pub downloads: Vec<Download>,
    /// Windows that the page opened; each was closed.
    pub popups: Vec<Popup>,
    /// Requests that were made, and those that were kept from being made.
    pub requests: Vec<Asked>,
    /// What the page wanted to submit, and what was not sent: requests other than GET, HEAD and OPTIONS.
    pub withheld: Vec<Withheld>,
    /// Complaints of the browser and of scripts.
    pub console: Vec<String>,
    /// What the visitor sees first, PNG.
    pub view: Option<Vec<u8>>,
    /// The whole page up to the cap, PNG.
    pub page: Option<Vec<u8>>,
}

/// How a visit ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The page loaded and came to rest, or was as far as it gets.
    Complete,
    /// Time ran out: the page did not finish loading, or does not answer any more (`hung`).
    TimedOut {
        /// Whether its scripts never return.
        hung: bool,
    },
    /// The page crashed the browser's renderer.
    Crashed,
    /// The address guard refused the address of the main frame.
    Blocked(Failure),
    /// The main frame's server did not answer, or not with a page.
    Failed(Failure),
    /// The bytes or connections of the visit were used up.
    Exhausted,
}

/// One step of the main frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// The address.
    pub url: Url,
    /// What led here.
    pub by: Means,
    /// The status code, where there was a response.
    pub status: Option<u16>,
    /// Why there was none, in the browser's words.
    pub error: Option<String>,
}

/// What led the main frame to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Means {
    /// The visitor's own request.
    Visitor,
    /// A redirect by status.
    Status,
    /// The `Refresh` header field.
    RefreshHeader,
    /// `<meta http-equiv=refresh>`.
    MetaRefresh,
    /// A script.
    Script,
    /// A form that a script or a gesture sent.
    Form,
    /// A link that a script or a gesture followed.
    Link,
    /// A reload.
    Reload,
    /// The Back button.
    Back,
    /// Something else.
    Other,
}

/// A frame within the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Its address; `about:srcdoc` and the like are kept as text.
    pub url: String,
    /// Its document as scripts left it.
    pub html: String,
}

/// A dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialog {
    /// `alert`, `confirm`, `prompt` or `beforeunload`.
    pub kind: String,
    /// What it says.
    pub message: String,
}

/// A download that was offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// The address, or `data:` and `blob:` text cut short.
    pub url: String,
    /// The name it was to be kept under.
    pub name: String,
}

/// A window that the page opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Popup {
    /// Where to.
    pub url: String,
}

/// Something that a page wanted to submit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withheld {
    /// The method, such as `POST`.
    pub method: String,
    /// Where to.
    pub url: String,
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The address; for tunnels that only the proxy saw, scheme, host and port.
    pub url: String,
    /// `document`, `script`, `image`, `xhr`, `websocket` … or `connection` for what only the proxy saw.
    pub kind: String,
    /// The status code, where there was a response.
    pub status: Option<u16>,
    /// The address that answered.
    pub remote: Option<SocketAddr>,
    /// Why it was kept from being made or failed.
    pub failure: Option<Failure>,
}

impl Asked {
    /// Whether the address guard refused it.
    pub fn is_blocked(&self) -> bool {
        matches!(self.failure, Some(Failure::ForbiddenAddress(_) | Failure::Scheme(_)))
    }
}
