//! Media queries and `@supports`, answered for several environments at once.
//!
//! A rule carries a [`Where`]: a bit for every environment it holds in. So it is known at once whether a rule counts
//! for the window that is judged, and whether some other window, paper or colour scheme would show what it hides.

use cssparser::{ParseError, Parser, Token};

use super::value::{Length, Parsed, Reading};
use crate::page::Viewport;

/// The environments a rule holds in: bit 0 is the window that is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Where(u8);

impl Where {
    pub(super) const EVERYWHERE: Self = Self(0xff);
    pub(super) const NOWHERE: Self = Self(0);
    /// The environment that is not a screen.
    const PAPER: u8 = 0x80;

    /// Whether it holds in the window that is judged.
    pub(super) fn here(self) -> bool {
        self.0 & 1 != 0
    }

    /// Whether it holds in some environment but not here.
    pub(super) fn only_elsewhere(self) -> bool {
        !self.here() && self.0 != 0
    }

    /// Whether some screen is without it.
    pub(super) fn is_partial(self) -> bool {
        self.0 | Self::PAPER != Self::EVERYWHERE.0
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn not(self) -> Self {
        Self(!self.0)
    }
}

struct Environment {
    width: f32,
    height: f32,
    print: bool,
    dark: bool,
    touch: bool,
}

fn environments(viewport: Viewport) -> [Environment; 8] {
    let screen = |width, height, touch| Environment { width, height, print: false, dark: false, touch };
    let own_touch = viewport.width < 600.0;
    [
        screen(viewport.width, viewport.height, own_touch),
        screen(360.0, 740.0, true),
        screen(600.0, 900.0, true),
        screen(820.0, 1180.0, true),
        screen(1366.0, 768.0, false),
        screen(1920.0, 1080.0, false),
        Environment { dark: true, ..screen(viewport.width, viewport.height, own_touch) },
        Environment { print: true, ..screen(794.0, 1123.0, false) },
    ]
}

fn each(viewport: Viewport, holds: impl Fn(&Environment) -> bool) -> Where {
    let mut bits = 0;
    for (index, environment) in environments(viewport).iter().enumerate() {
        bits |= u8::from(holds(environment)) << index;
    }
    Where(bits)
}

/// Where a media query list holds.
pub(super) fn list(text: &str, viewport: Viewport) -> Where {
    if text.trim().is_empty() {
        return Where::EVERYWHERE;
    }
    let mut input = Parser::new(text);
    let mut found = Where::NOWHERE;
    let parts = input.parse_comma_separated_ignoring_errors(|input| query(input, viewport));
    for part in parts {
        found = found.or(part);
    }
    found
}

fn query(input: &mut Parser<'_>, viewport: Viewport) -> Parsed<Where> {
    let named = input.try_parse(|input| {
        let first = input.expect_ident()?.to_ascii_lowercase();
        let (negated, kind) = match first.as_str() {
            "not" => (true, input.expect_ident()?.to_ascii_lowercase()),
            "only" => (false, input.expect_ident()?.to_ascii_lowercase()),
            _ => (false, first),
        };
        Ok::<_, ParseError<()>>((negated, kind))
    });
    let Ok((negated, kind)) = named else { return condition(input, viewport) };
    let mut holds = each(viewport, |environment| match kind.as_str() {
        "all" => true,
        "screen" => !environment.print,
        "print" => environment.print,
        _ => false,
    });
    while input.try_parse(|input| input.expect_ident_matching("and")).is_ok() {
        holds = holds.and(in_parens(input, viewport)?);
    }
    Ok(if negated { holds.not() } else { holds })
}

fn condition(input: &mut Parser<'_>, viewport: Viewport) -> Parsed<Where> {
    if input.try_parse(|input| input.expect_ident_matching("not")).is_ok() {
        return Ok(in_parens(input, viewport)?.not());
    }
    let mut holds = in_parens(input, viewport)?;
    loop {
        let word = input.try_parse(|input| input.expect_ident_cloned());
        match word.as_deref() {
            Ok(word) if word.eq_ignore_ascii_case("and") => holds = holds.and(in_parens(input, viewport)?),
            Ok(word) if word.eq_ignore_ascii_case("or") => holds = holds.or(in_parens(input, viewport)?),
            Ok(_) => return Err(ParseError::unexpected_token()),
            Err(_) => return Ok(holds),
        }
    }
}

fn in_parens(input: &mut Parser<'_>, viewport: Viewport) -> Parsed<Where> {
    input.expect_parenthesis_block()?;
    input.parse_nested_block(|input| {
        if let Ok(holds) = input.try_parse(|input| {
            let holds = condition(input, viewport)?;
            input.expect_exhausted()?;
            Ok::<_, ParseError<()>>(holds)
        }) {
            return Ok(holds);
        }
        feature(input, viewport)
    })
}

/// `(min-width: 800px)`, `(width >= 800px)`, `(400px < width <= 800px)`, `(hover)`.
fn feature(input: &mut Parser<'_>, viewport: Viewport) -> Parsed<Where> {
    let reading = Reading { viewport, quirks: false };
    if let Ok(low) = input.try_parse(|input| measure(input, reading)) {
        let (ascending, closed) = comparison(input)?;
        let name = input.expect_ident()?.to_ascii_lowercase();
        let mut holds = compare(&name, !ascending, closed, low, viewport)?;
        if let Ok((ascending, closed)) = input.try_parse(comparison) {
            holds = holds.and(compare(&name, ascending, closed, measure(input, reading)?, viewport)?);
        }
        return Ok(holds);
    }
    let name = input.expect_ident()?.to_ascii_lowercase();
    if input.is_exhausted() {
        return keyword(&name, "", viewport);
    }
    if let Ok((ascending, closed)) = input.try_parse(comparison) {
        return compare(&name, ascending, closed, measure(input, reading)?, viewport);
    }
    input.expect_colon()?;
    if let Ok(word) = input.try_parse(|input| input.expect_ident_cloned()) {
        return keyword(&name, &word.to_ascii_lowercase(), viewport);
    }
    let value = measure(input, reading)?;
    while input.next().is_ok() {}
    if let Some(name) = name.strip_prefix("min-") {
        return compare(name, false, true, value, viewport);
    }
    if let Some(name) = name.strip_prefix("max-") {
        return compare(name, true, true, value, viewport);
    }
    Ok(compare(&name, true, true, value, viewport)?.and(compare(&name, false, true, value, viewport)?))
}

fn measure(input: &mut Parser<'_>, reading: Reading) -> Parsed<f32> {
    if let Ok(length) = input.try_parse(|input| Length::parse(input, reading)) {
        return Ok(length.with_font(16.0, 16.0).of(0.0));
    }
    match input.next()?.clone() {
        Token::Number { value, .. } => {
            let under = input.try_parse(|input| {
                input.expect_delim('/')?;
                input.expect_number()
            });
            Ok(value / under.unwrap_or(1.0).max(0.001))
        }
        Token::Dimension { value, .. } => Ok(value),
        _ => Err(ParseError::unexpected_token()),
    }
}

/// Whether it reads "less than", and whether equality counts.
fn comparison(input: &mut Parser<'_>) -> Parsed<(bool, bool)> {
    let less = match input.next()? {
        Token::Delim('<') => true,
        Token::Delim('>') => false,
        _ => return Err(ParseError::unexpected_token()),
    };
    let closed = input.try_parse(|input| input.expect_delim('=')).is_ok();
    Ok((less, closed))
}

fn compare(name: &str, less: bool, closed: bool, value: f32, viewport: Viewport) -> Parsed<Where> {
    let of: fn(&Environment) -> f32 = match name {
        "width" | "device-width" | "inline-size" => |environment| environment.width,
        "height" | "device-height" | "block-size" => |environment| environment.height,
        "aspect-ratio" | "device-aspect-ratio" => |environment| environment.width / environment.height,
        "resolution"
        | "device-pixel-ratio"
        | "-webkit-device-pixel-ratio"
        | "-webkit-min-device-pixel-ratio" => |environment| if environment.touch { 2.0 } else { 1.0 },
        "color" => |_| 8.0,
        "monochrome" | "grid" | "color-index" => |_| 0.0,
        _ => return Ok(Where::NOWHERE),
    };
    Ok(each(viewport, |environment| {
        let own = of(environment);
        (closed && own == value) || if less { own < value } else { own > value }
    }))
}

fn keyword(name: &str, word: &str, viewport: Viewport) -> Parsed<Where> {
    Ok(each(viewport, |environment| match (name, word) {
        ("orientation", "portrait") => environment.height >= environment.width,
        ("orientation", "landscape") => environment.height < environment.width,
        ("prefers-color-scheme", "dark") => environment.dark,
        ("prefers-color-scheme", "light") => !environment.dark,
        ("hover" | "any-hover", "hover" | "") => !environment.touch && !environment.print,
        ("hover" | "any-hover", "none") => environment.touch || environment.print,
        ("pointer" | "any-pointer", "fine") => !environment.touch && !environment.print,
        ("pointer" | "any-pointer", "coarse") => environment.touch,
        ("pointer" | "any-pointer", "") => !environment.print,
        ("pointer" | "any-pointer", "none") => environment.print,
        ("prefers-reduced-motion" | "prefers-contrast" | "prefers-reduced-data", "no-preference") => true,
        ("prefers-reduced-transparency", "no-preference") => true,
        ("scripting", "enabled" | "") => !environment.print,
        ("update", "fast" | "") | ("overflow-block", "scroll") => !environment.print,
        ("display-mode", "browser") | ("color-gamut", "srgb") | ("forced-colors", "none") => true,
        ("inverted-colors", "none") | ("dynamic-range", "standard") => true,
        ("color" | "width" | "height", "") => true,
        _ => false,
    }))
}

/// Whether `@supports` holds in a browser of today. Unknown things count as not supported only where that is certain.
pub(super) fn supports(text: &str) -> bool {
    let mut input = Parser::new(text);
    input.parse_entirely(supports_condition).unwrap_or(false)
}

fn supports_condition(input: &mut Parser<'_>) -> Parsed<bool> {
    if input.try_parse(|input| input.expect_ident_matching("not")).is_ok() {
        return Ok(!supports_in_parens(input)?);
    }
    let mut holds = supports_in_parens(input)?;
    loop {
        let word = input.try_parse(|input| input.expect_ident_cloned());
        match word.as_deref() {
            Ok(word) if word.eq_ignore_ascii_case("and") => holds &= supports_in_parens(input)?,
            Ok(word) if word.eq_ignore_ascii_case("or") => holds |= supports_in_parens(input)?,
            Ok(_) => return Err(ParseError::unexpected_token()),
            Err(_) => return Ok(holds),
        }
    }
}

fn supports_in_parens(input: &mut Parser<'_>) -> Parsed<bool> {
    if let Ok(name) = input.try_parse(|input| input.expect_function().cloned()) {
        return input.parse_nested_block(|input| {
            let from = input.position();
            while input.next().is_ok() {}
            let text = input.slice_from(from);
            Ok(!name.eq_ignore_ascii_case("selector") || super::selector::parse(text, false).is_some())
        });
    }
    input.expect_parenthesis_block()?;
    input.parse_nested_block(|input| {
        if let Ok(holds) = input.try_parse(|input| {
            let holds = supports_condition(input)?;
            input.expect_exhausted()?;
            Ok::<_, ParseError<()>>(holds)
        }) {
            return Ok(holds);
        }
        let name = input.expect_ident()?.to_ascii_lowercase();
        input.expect_colon()?;
        let from = input.position();
        while input.next().is_ok() {}
        Ok(declaration_is_known(&name, input.slice_from(from)))
    })
}

fn declaration_is_known(name: &str, value: &str) -> bool {
    if name.starts_with("--") {
        return true;
    }
    if name.starts_with("-moz-") || name.starts_with("-ms-") || name.starts_with("-o-") {
        return false;
    }
    if !super::property::is_known(name) {
        const UNSUPPORTED: [&str; 3] = ["behavior", "ime-mode", "accelerator"];
        return !UNSUPPORTED.contains(&name) && !value.contains("-moz-") && !value.contains("-ms-");
    }
    let mut input = Parser::new(value);
    let mut declarations = Vec::new();
    let reading = Reading { viewport: Viewport::DESKTOP, quirks: false };
    let read = super::property::read(name, &mut input, reading, &mut declarations);
    read.is_ok() && !declarations.is_empty()
}
