//! What the bytes of a body say as text: the WHATWG encoding sniff, then a guess, then a second try.
//!
//! Browsers believe the header before the document. A scanner wants to read what was meant, so when header and document
//! disagree, or the declared encoding does not fit the bytes, it tries both, takes the one that is valid, and keeps the
//! other as [`Decoded::alternative`]. UTF-7 and the retired encodings that WHATWG replaces are never followed.
//!
//! Source: WHATWG HTML, "determining the character encoding"; Encoding Standard through `encoding_rs`.

mod prescan;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, REPLACEMENT, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE,
    WINDOWS_1252,
};

pub use prescan::{declared_in_markup, next_attribute};

/// How far into a body a `<meta>` counts at first sight, in bytes (WHATWG).
pub const PRESCAN: usize = 1024;
/// How far a late `<meta>` is still looked for; browsers reparse when they meet one.
pub const LATE_PRESCAN: usize = 64 * 1024;
/// How many bytes from the first one above ASCII on are shown to the guesser.
const GUESSED_BYTES: usize = 8 * 1024;

/// A body as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text; malformed sequences have become U+FFFD.
    pub text: String,
    /// The encoding, by its WHATWG name (`UTF-8`, `GBK`, `gb18030`, `Big5` …).
    pub encoding: &'static str,
    /// How the encoding was found.
    pub how: How,
    /// The reading that was not taken, where header and document disagreed or the declared encoding did not fit.
    pub alternative: Option<Alternative>,
    /// Whether some bytes did not fit the encoding.
    pub malformed: bool,
}

/// The reading that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    /// The encoding, by its WHATWG name.
    pub encoding: &'static str,
    /// Who named it.
    pub how: How,
    /// The text in that encoding.
    pub text: String,
}

/// How an encoding was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum How {
    /// By a byte order mark.
    Bom,
    /// By `charset=` in the `Content-Type` field.
    Header,
    /// By `<meta>` or an XML declaration.
    Meta,
    /// Nothing was declared, or it did not fit: the bytes are valid UTF-8 (or plain ASCII).
    Utf8,
    /// Nothing was declared, or it did not fit: guessed from the bytes.
    Guess,
}

/// Reads a body as text. `content_type` is the value of the `Content-Type` field, where there is one.
pub fn decode(body: &[u8], content_type: Option<&str>) -> Decoded {
    if let Some((encoding, length)) = Encoding::for_bom(body) {
        return Reading::new(encoding, How::Bom, &body[length..]).alone();
    }
    let header = content_type.and_then(charset_parameter).and_then(|label| usable(label.as_bytes()));
    let meta = declared_in_markup(&body[..body.len().min(PRESCAN)])
        .or_else(|| declared_in_markup(&body[..body.len().min(LATE_PRESCAN)]));
    match (header, meta) {
        (Some(header), Some(meta)) if !read_alike(header, meta) => {
            let first = Reading::new(header, How::Header, body);
            let second = Reading::new(meta, How::Meta, body);
            if second.fits_better_than(&first) { second.over(first, body) } else { first.over(second, body) }
        }
        (Some(declared), _) => Reading::new(declared, How::Header, body).checked(body),
        (None, Some(declared)) => Reading::new(declared, How::Meta, body).checked(body),
        (None, None) => guess(body).alone(),
    }
}

/// Whether a body is no text at all: a known binary format, or control bytes that no text holds.
pub fn looks_binary(body: &[u8]) -> bool {
    const MAGIC: &[&[u8]] = &[
        b"\x89PNG\r\n",
        b"\xff\xd8\xff",
        b"GIF8",
        b"PK\x03\x04",
        b"\x1f\x8b\x08",
        b"%PDF-",
        b"MZ\x90",
        b"Rar!\x1a",
        b"7z\xbc\xaf\x27\x1c",
        b"\x7fELF",
        b"\0asm",
        b"wOFF",
        b"wOF2",
        b"ID3",
        b"OggS",
        b"\xd0\xcf\x11\xe0",
        b"\x28\xb5\x2f\xfd",
        b"BZh",
        b"\xfd7zXZ",
        b"RIFF",
        b"\0\0\x01\0",
        b"SQLite format 3\0",
    ];
    if MAGIC.iter().any(|magic| body.starts_with(magic)) || body.get(4..8) == Some(b"ftyp") {
        return true;
    }
    if Encoding::for_bom(body).is_some() || bare_utf16(body).is_some() {
        return false;
    }
    // The binary data bytes of the WHATWG MIME sniff, over the length it reads.
    let head = &body[..body.len().min(1445)];
    let odd = head.iter().filter(|byte| matches!(byte, 0..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f)).count();
    // A stray NUL in a page is a known evasion, so a few do not make it binary.
    odd * 50 > head.len()
}

/// One reading of the bytes.
struct Reading {
    encoding: &'static Encoding,
    how: How,
    text: String,
    /// Replacement characters that the decoder put in.
    errors: usize,
}

impl Reading {
    fn new(encoding: &'static Encoding, how: How, body: &[u8]) -> Self {
        let (text, malformed) = encoding.decode_without_bom_handling(body);
        let text = text.into_owned();
        let errors = if malformed { text.matches('\u{fffd}').count() } else { 0 };
        Self { encoding, how, text, errors }
    }

    /// Whether this reading, named by the document, is to be taken instead of the one named by the header. Single-byte
    /// encodings accept anything, so their acceptance says nothing against a multi-byte reading that holds.
    fn fits_better_than(&self, header: &Self) -> bool {
        match (self.encoding.is_single_byte(), header.encoding.is_single_byte()) {
            (false, true) => self.errors == 0,
            (true, false) => header.is_bad(),
            _ => self.errors < header.errors,
        }
    }

    /// Whether so much is malformed that the declaration must be wrong: a stray byte or a cut tail is not.
    fn is_bad(&self) -> bool {
        if self.errors < 4 {
            return self.errors > 0 && self.text.chars().filter(|c| !c.is_ascii()).count() <= self.errors * 4;
        }
        let beyond_ascii = self.text.chars().filter(|c| !c.is_ascii()).count();
        self.errors * 10 > beyond_ascii
    }

    /// Takes this reading unless a guess fits where it does not.
    fn checked(self, body: &[u8]) -> Decoded {
        let doubtful = self.is_bad()
            || (self.encoding.is_single_byte() && !self.text.is_ascii() && std::str::from_utf8(body).is_ok());
        if doubtful {
            let guessed = guess(body);
            if !read_alike(guessed.encoding, self.encoding) && guessed.errors <= self.errors / 4 {
                return guessed.with(Some(self));
            }
        }
        self.alone()
    }

    /// Takes this reading before the other, unless both are bad and a guess fits.
    fn over(self, other: Self, body: &[u8]) -> Decoded {
        if self.is_bad() {
            let guessed = guess(body);
            if guessed.errors <= self.errors / 4 {
                return guessed.with(Some(self));
            }
        }
        let differs = self.text != other.text;
        self.with(differs.then_some(other))
    }

    fn alone(self) -> Decoded {
        self.with(None)
    }

    fn with(self, other: Option<Self>) -> Decoded {
        Decoded {
            malformed: self.errors > 0,
            encoding: self.encoding.name(),
            how: self.how,
            text: self.text,
            alternative: other.map(|other| Alternative {
                encoding: other.encoding.name(),
                how: other.how,
                text: other.text,
            }),
        }
    }
}

/// Reads bytes about which nothing is known.
fn guess(body: &[u8]) -> Reading {
    if let Some(encoding) = bare_utf16(body) {
        return Reading::new(encoding, How::Guess, body);
    }
    let Some(first) = body.iter().position(|byte| !byte.is_ascii()) else {
        return Reading::new(UTF_8, How::Utf8, body);
    };
    let utf8 = Reading::new(UTF_8, How::Utf8, body);
    if !utf8.is_bad() {
        return utf8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(&body[first..body.len().min(first + GUESSED_BYTES)], true);
    let guessed = Reading::new(detector.guess(None, Utf8Detection::Deny), How::Guess, body);
    if !guessed.is_bad()
        && !guessed.encoding.is_single_byte()
        && oddity(&guessed.text).is_none_or(|odd| odd < 0.05)
    {
        return guessed;
    }
    // The guesser saw a few kilobytes; the whole body decides among what is common where our sites are.
    [GBK, BIG5, SHIFT_JIS, EUC_KR, EUC_JP]
        .into_iter()
        .map(|encoding| Reading::new(encoding, How::Guess, body))
        .filter(|reading| reading.errors == 0 && is_plausible(&reading.text))
        .max_by_key(|reading| common_han(&reading.text))
        .unwrap_or(guessed)
}

/// Whether a valid multi-byte reading looks like writing: enough of it, and hardly any odd characters.
fn is_plausible(text: &str) -> bool {
    // Short runs of single-byte accents make a few accidental pairs; real writing comes in numbers.
    text.chars().filter(|c| !c.is_ascii()).count() >= 8 && oddity(text).is_some_and(|odd| odd < 0.05)
}

/// The share, among characters above ASCII, of those that nobody writes on pages: private use, C1 controls, far planes.
fn oddity(text: &str) -> Option<f64> {
    let (mut all, mut odd) = (0_u32, 0_u32);
    for c in text.chars().filter(|c| !c.is_ascii()) {
        all += 1;
        odd += u32::from(
            matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{80}'..='\u{a0}' | '\u{fffd}' | '\u{20000}'..),
        );
    }
    (all > 0).then(|| f64::from(odd) / f64::from(all))
}

/// How many characters are among the most frequent of Chinese: enough to tell one double-byte reading from another.
fn common_han(text: &str) -> usize {
    const FREQUENT: &str = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处理世车網站會員開戶這個們來時為國會過說對";
    text.chars().take(20_000).filter(|c| !c.is_ascii() && FREQUENT.contains(*c)).count()
}

/// UTF-16 without a mark: markup in which every other byte is zero.
fn bare_utf16(body: &[u8]) -> Option<&'static Encoding> {
    let head = &body[..body.len().min(64)];
    let zeros = |odd: usize| head.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    let half = head.len() / 2;
    if half < 4 {
        None
    } else if zeros(1) * 10 > half * 8 && zeros(0) == 0 {
        Some(UTF_16LE)
    } else if zeros(0) * 10 > half * 8 && zeros(1) == 0 {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// The `charset` parameter of a `Content-Type` value (WHATWG MIME Sniffing, lenient about quotes and case).
fn charset_parameter(value: &str) -> Option<&str> {
    value.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']);
        (name.trim().eq_ignore_ascii_case("charset") && !value.is_empty()).then_some(value)
    })
}

/// The encoding of a label, unless it is unknown (UTF-7) or one that WHATWG replaces for safety.
fn usable(label: &[u8]) -> Option<&'static Encoding> {
    Encoding::for_label(label).filter(|encoding| *encoding != REPLACEMENT)
}

/// Whether two encodings read bytes alike: GBK and gb18030 have one decoder.
fn read_alike(one: &'static Encoding, other: &'static Encoding) -> bool {
    let chinese = |encoding| encoding == GBK || encoding == GB18030;
    one == other || (chinese(one) && chinese(other))
}

/// What a label in the document means: a document that could be read so far is not UTF-16, and so on.
fn usable_in_markup(label: &[u8]) -> Option<&'static Encoding> {
    let encoding = usable(label)?;
    if encoding == UTF_16LE || encoding == UTF_16BE {
        Some(UTF_8)
    } else if encoding == encoding_rs::X_USER_DEFINED {
        Some(WINDOWS_1252)
    } else {
        Some(encoding)
    }
}

#[cfg(test)]
mod tests;
