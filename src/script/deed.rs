//! What scripts did to the visitor, in the terms that detectors judge. Made from the sinks of one run.

use super::behaviour::{Behaviour, Effect, Sink};

/// Titles, dialogs and other texts are kept to this many bytes.
const TEXT: usize = 400;

/// One thing that scripts did to a visitor.
#[derive(Debug, Clone, PartialEq)]
pub enum Deed {
    /// The window goes to another address.
    Navigation {
        /// Where to.
        to: String,
        /// `location`, `click`, `form`, `meta`, `open` or `frame`.
        by: String,
    },
    /// A new window is opened.
    Popup {
        /// Where to.
        to: String,
    },
    /// The window that opened this one is sent elsewhere.
    Opener {
        /// Where to.
        to: String,
    },
    /// A frame is inserted.
    Frame {
        /// What it shows.
        to: String,
        /// Whether it covers the window.
        covers: bool,
        /// Whether it is too small or too far away to be seen.
        hidden: bool,
    },
    /// A script is loaded.
    Loader {
        /// From where.
        from: String,
    },
    /// A link is inserted.
    Link {
        /// Where to.
        to: String,
    },
    /// The title is set.
    Title {
        /// The new one.
        text: String,
    },
    /// An element of the page is hidden.
    Hidden {
        /// A selector of it.
        selector: String,
        /// The style that was set.
        style: String,
    },
    /// An element of the page is removed.
    Removed {
        /// A selector of it.
        selector: String,
    },
    /// The whole document is replaced by other markup.
    Replaced {
        /// The beginning of it.
        html: String,
    },
    /// A service worker is registered.
    ServiceWorker {
        /// Its script.
        script: String,
    },
    /// Something is offered for download, or the clipboard written.
    Lure {
        /// The address or text.
        what: String,
    },
    /// A dialog is shown.
    Dialog {
        /// Its text.
        text: String,
    },
}

/// A deed with the moment it happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// What was done.
    pub deed: Deed,
    /// Milliseconds of the virtual clock since the page began to load.
    pub at_ms: f64,
    /// The gesture that set it off; `press` is one on the very element that says so.
    pub gesture: Option<String>,
    /// The script of the document that was being read, by its place in the list of scripts; `None` where a timer, an
    /// event or a script loaded later did it.
    pub piece: Option<usize>,
}

impl Deed {
    /// The outside address it leads to.
    pub fn address(&self) -> Option<&str> {
        match self {
            Self::Navigation { to, .. }
            | Self::Popup { to }
            | Self::Opener { to }
            | Self::Frame { to, .. }
            | Self::Link { to } => Some(to),
            Self::Loader { from } => Some(from),
            Self::ServiceWorker { script } => Some(script),
            _ => None,
        }
    }

    /// Whether two runs did the same thing: addresses may differ in what follows the path, and in long numbers.
    pub fn is_like(&self, other: &Self) -> bool {
        if std::mem::discriminant(self) != std::mem::discriminant(other) {
            return false;
        }
        match (self.address(), other.address()) {
            (Some(one), Some(two)) => settled(one) == settled(two),
            _ => self == other,
        }
    }

    /// Whether it may matter who meets it, so that its conditions are worth some runs.
    pub fn is_grave(&self) -> bool {
        !matches!(self, Self::Link { .. } | Self::Hidden { .. } | Self::Removed { .. } | Self::Dialog { .. })
    }

    fn of(effect: &Effect) -> Option<Self> {
        let data = || effect.data.clone();
        Some(match &effect.sink {
            Sink::Navigate(by) if by == "opener" => Self::Opener { to: data() },
            Sink::Navigate(by) if by == "popup" => Self::Popup { to: data() },
            Sink::Navigate(_) if is_package(&effect.data) => Self::Lure { what: data() },
            Sink::Navigate(by) => Self::Navigation { to: data(), by: by.clone() },
            Sink::Open => Self::Popup { to: data() },
            Sink::Opener => Self::Opener { to: data() },
            Sink::Stands => frame(&effect.data),
            Sink::Load => Self::Loader { from: data() },
            Sink::Anchor => Self::Link { to: effect.data.lines().next().unwrap_or_default().to_owned() },
            Sink::Title => Self::Title { text: cut(&effect.data) },
            Sink::Style => hiding(&effect.data)?,
            Sink::Remove if effect.data != "script" => Self::Removed { selector: data() },
            Sink::Replace => Self::Replaced { html: cut(&effect.data) },
            Sink::Dialog => Self::Dialog { text: cut(&effect.data) },
            Sink::Lure => Self::Lure { what: cut(&effect.data) },
            Sink::Other(name) if name == "service-worker" => Self::ServiceWorker { script: data() },
            _ => return None,
        })
    }
}

/// The deeds of one run, each once, in order.
pub fn deeds(behaviour: &Behaviour) -> Vec<Moment> {
    let mut moments: Vec<Moment> = Vec::new();
    for effect in &behaviour.effects {
        let Some(deed) = Deed::of(effect) else { continue };
        if !moments.iter().any(|known| known.deed.is_like(&deed)) {
            moments.push(Moment {
                deed,
                at_ms: effect.at_ms,
                gesture: effect.gesture.clone(),
                piece: effect.piece,
            });
        }
    }
    moments
}

/// Packages and profiles that an app is installed from, and schemes that call one.
fn is_package(address: &str) -> bool {
    let path = without_query(address).to_ascii_lowercase();
    let other_scheme = path.split_once(':').is_some_and(|(scheme, _)| {
        !matches!(scheme, "http" | "https" | "javascript" | "about" | "data" | "blob" | "mailto" | "tel")
    });
    other_scheme || [".apk", ".mobileconfig", ".ipa", ".plist"].iter().any(|end| path.ends_with(end))
}

/// What of an address stays the same from run to run: what comes before query, fragment and parameters of the path, with
/// numbers of many digits, which count visits and milliseconds, made one.
fn settled(address: &str) -> String {
    /// Digits of a number that somebody chose.
    const FEW: usize = 5;
    let kept = address.split(['?', '#', ';']).next().unwrap_or_default().trim_end_matches('/');
    let mut text = String::with_capacity(kept.len());
    let mut digits = 0;
    for c in kept.chars() {
        digits = if c.is_ascii_digit() { digits + 1 } else { 0 };
        if digits <= FEW {
            text.push(c);
        }
    }
    text
}

fn without_query(address: &str) -> &str {
    address.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/')
}

fn cut(text: &str) -> String {
    text[..text.floor_char_boundary(TEXT.min(text.len()))].to_owned()
}

/// A frame from its address, style, size and the styles above it.
fn frame(description: &str) -> Deed {
    let mut lines = description.split('\n');
    let mut next = || lines.next().unwrap_or_default().to_ascii_lowercase();
    let to = description.split('\n').next().unwrap_or_default().to_owned();
    let (_, style, size, above) = (next(), next(), next(), next());
    let (width, height) = size.split_once('x').unwrap_or_default();
    let own = |name: &'static str| value_of(&style, name);
    let over = |name: &'static str| value_of(&above, name);
    let fills = |value: &str| {
        let number: f64 = number_of(value);
        if value.ends_with('%') || value.ends_with("vw") || value.ends_with("vh") {
            number >= 90.0
        } else {
            number >= 900.0
        }
    };
    let stretched = |near: &'static str, far: &'static str| {
        let zero = |value: &str| !value.is_empty() && number_of(value) <= 0.0;
        zero(own("inset")) || (zero(own(near)) && zero(own(far)))
    };
    let wide = fills(own("width")) || fills(own("min-width")) || fills(width) || stretched("left", "right");
    let tall =
        fills(own("height")) || fills(own("min-height")) || fills(height) || stretched("top", "bottom");
    let tiny = |value: &str| {
        !value.is_empty()
            && !value.contains('%')
            && value.starts_with(|ch: char| ch.is_ascii_digit())
            && number_of(value) <= 2.0
    };
    let hidden = is_out_of_sight(&style)
        || is_out_of_sight(&above)
        || tiny(own("width"))
        || tiny(own("height"))
        || tiny(width)
        || tiny(height)
        || (tiny(over("height")) && over("overflow") == "hidden");
    Deed::Frame { to, covers: wide && tall && !hidden, hidden }
}

fn is_out_of_sight(style: &str) -> bool {
    let off = |name: &str| number_of(value_of(style, name)) < -300.0;
    value_of(style, "display") == "none"
        || value_of(style, "visibility") == "hidden"
        || value_of(style, "opacity") == "0"
        || ["left", "top", "right", "margin-left", "margin-top", "text-indent"].into_iter().any(off)
}

/// A style that takes an element out of sight.
fn hiding(data: &str) -> Option<Deed> {
    let (selector, style) = data.split_once('\n')?;
    let low = style.to_ascii_lowercase();
    let hides = is_out_of_sight(&low)
        || (value_of(&low, "height").starts_with('0') && value_of(&low, "overflow") == "hidden");
    hides.then(|| Deed::Hidden { selector: selector.to_owned(), style: style.to_owned() })
}

/// The last value of a property in a style, without its priority.
fn value_of<'a>(style: &'a str, name: &str) -> &'a str {
    style
        .split(';')
        .filter_map(|one| one.split_once(':'))
        .rfind(|(property, _)| property.trim() == name)
        .map_or("", |(_, value)| value.trim().trim_end_matches("!important").trim_end())
}

fn number_of(value: &str) -> f64 {
    let end = value
        .bytes()
        .position(|byte| !(byte.is_ascii_digit() || byte == b'.' || byte == b'-'))
        .unwrap_or(value.len());
    value[..end].parse().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(description: &str, covers: bool, hidden: bool) {
        let expected = Deed::Frame { to: "https://bc.test/".to_owned(), covers, hidden };
        assert_eq!(frame(&format!("https://bc.test/\n{description}")), expected, "{description}");
    }

    #[test]
    fn frames_that_cover_the_window_are_told_from_hidden_and_ordinary_ones() {
        check("position: fixed; inset: 0; width: 100%; height: 100%\nx\n", true, false);
        check("position: fixed; top: 0; left: 0; right: 0; bottom: 0\nx\n", true, false);
        check("width: 100vw; height: 100vh !important\nx\n", true, false);
        check("\n100%x100%\n", true, false);
        check("\n1x1\n", false, true);
        check("display: none\n300x200\n", false, true);
        check("\n300x200\nposition: absolute; left: -9999px", false, true);
        check("\n100%x300\n", false, false);
    }
}
