//! Colours as style sheets and old attributes write them, and how far apart two colours are for the eye.

use cssparser::color::{parse_hash_color, parse_named_color};
use cssparser::{ParseError, Parser, Token};

use super::value::{Parsed, Reading, angle, number};

/// A colour, as far as it can be told without a browser.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Ink {
    /// Red, green, blue (0–255) and opacity (0–1).
    Rgba([f32; 3], f32),
    /// `currentcolor`.
    Current,
    /// Written in a way that is not followed here.
    Unknown,
}

impl std::fmt::Display for Ink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rgba(_, alpha) if *alpha == 0.0 => f.write_str("transparent"),
            Self::Rgba(rgb, alpha) => {
                let [red, green, blue] = rgb.map(|part| part.round() as u8);
                write!(f, "#{red:02x}{green:02x}{blue:02x}")?;
                if *alpha < 1.0 { write!(f, " at {:.0} %", alpha * 100.0) } else { Ok(()) }
            }
            Self::Current => f.write_str("currentcolor"),
            Self::Unknown => f.write_str("…"),
        }
    }
}

impl Ink {
    pub(super) const BLACK: Self = Self::Rgba([0.0; 3], 1.0);
    pub(super) const WHITE: Self = Self::Rgba([255.0; 3], 1.0);
    pub(super) const CLEAR: Self = Self::Rgba([0.0; 3], 0.0);
    /// A link nobody has visited.
    pub(super) const LINK: Self = Self::Rgba([0.0, 0.0, 238.0], 1.0);

    /// Whether nothing at all is painted.
    pub(super) fn is_clear(self) -> bool {
        matches!(self, Self::Rgba(_, alpha) if alpha < 0.03)
    }

    /// Paints this over something opaque.
    pub(super) fn over(self, under: [f32; 3], opacity: f32) -> Option<[f32; 3]> {
        match self {
            Self::Rgba(top, alpha) => {
                let alpha = (alpha * opacity).clamp(0.0, 1.0);
                Some(std::array::from_fn(|i| top[i] * alpha + under[i] * (1.0 - alpha)))
            }
            Self::Current | Self::Unknown => None,
        }
    }

    /// Reads a colour.
    pub(super) fn parse(input: &mut Parser<'_>, reading: Reading) -> Parsed<Self> {
        match input.next()?.clone() {
            Token::Hash(text) | Token::IDHash(text) => hash(&text),
            Token::Ident(name) => named(&name).or_else(|error| match reading.quirks {
                true => hash(&name),
                false => Err(error),
            }),
            Token::Function(name) => function(&name, input, reading),
            Token::Number { int_value: Some(digits), .. } if reading.quirks => hash(&format!("{digits:06}")),
            Token::Dimension { int_value: Some(digits), unit, .. } if reading.quirks => {
                hash(&format!("{digits}{unit}"))
            }
            _ => Err(ParseError::unexpected_token()),
        }
    }

    /// Reads a colour as `bgcolor` and `<font color>` write it: anything means some colour.
    pub(super) fn legacy(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() || text.eq_ignore_ascii_case("transparent") {
            return None;
        }
        if let Ok(colour) = named(text) {
            return Some(colour);
        }
        let digits = text.strip_prefix('#').unwrap_or(text);
        if text.starts_with('#') && digits.len() == 3 && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return hash(digits).ok();
        }
        let mut digits: Vec<u8> =
            digits.chars().take(128).map(|c| if c.is_ascii_hexdigit() { c as u8 } else { b'0' }).collect();
        while digits.is_empty() || !digits.len().is_multiple_of(3) {
            digits.push(b'0');
        }
        let third = digits.len() / 3;
        let mut parts: Vec<&[u8]> = digits.chunks(third).collect();
        if third > 8 {
            parts = parts.iter().map(|part| &part[third - 8..]).collect();
        }
        while parts[0].len() > 2 && parts.iter().all(|part| part[0] == b'0') {
            parts = parts.iter().map(|part| &part[1..]).collect();
        }
        let channel = |part: &[u8]| {
            let text = std::str::from_utf8(&part[..part.len().min(2)]).unwrap_or("0");
            f32::from(u8::from_str_radix(text, 16).unwrap_or(0))
        };
        Some(Self::Rgba([channel(parts[0]), channel(parts[1]), channel(parts[2])], 1.0))
    }
}

/// WCAG contrast of two opaque colours, from 1 (the same) to 21.
pub(super) fn contrast(a: [f32; 3], b: [f32; 3]) -> f32 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Whether letters in one colour on the other cannot be made out: hardly any contrast, and the hue is near too.
pub(super) fn alike(a: [f32; 3], b: [f32; 3]) -> bool {
    let apart = (0..3).map(|i| (a[i] - b[i]).abs()).fold(0.0, f32::max);
    contrast(a, b) < 1.15 && apart < 28.0
}

fn luminance(colour: [f32; 3]) -> f32 {
    let linear = |channel: f32| {
        let c = channel / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2])
}

fn hash(text: &str) -> Parsed<Ink> {
    let (red, green, blue, alpha) =
        parse_hash_color(text.as_bytes()).map_err(|()| ParseError::unexpected_token())?;
    Ok(Ink::Rgba([f32::from(red), f32::from(green), f32::from(blue)], alpha))
}

fn named(name: &str) -> Parsed<Ink> {
    match name.to_ascii_lowercase().as_str() {
        "transparent" => Ok(Ink::CLEAR),
        "currentcolor" => Ok(Ink::Current),
        "canvas" | "field" | "buttonface" | "window" => Ok(Ink::WHITE),
        "canvastext" | "fieldtext" | "buttontext" | "windowtext" => Ok(Ink::BLACK),
        "linktext" | "-webkit-link" => Ok(Ink::LINK),
        "highlight" | "graytext" | "mark" | "accentcolor" | "activetext" => Ok(Ink::Unknown),
        name => {
            let (red, green, blue) = parse_named_color(name).map_err(|()| ParseError::unexpected_token())?;
            Ok(Ink::Rgba([f32::from(red), f32::from(green), f32::from(blue)], 1.0))
        }
    }
}

fn function(name: &str, input: &mut Parser<'_>, reading: Reading) -> Parsed<Ink> {
    let name = name.to_ascii_lowercase();
    input.parse_nested_block(|input| {
        if input.try_parse(|input| input.expect_ident_matching("from")).is_ok() {
            while input.next().is_ok() {}
            return Ok(Ink::Unknown);
        }
        match name.as_str() {
            "rgb" | "rgba" => {
                let rgb = [channel(input, reading)?, channel(input, reading)?, channel(input, reading)?];
                Ok(Ink::Rgba(rgb, alpha(input, reading)?))
            }
            "hsl" | "hsla" | "hwb" => {
                let hue = input.try_parse(angle).or_else(|_| number(input, reading))?;
                let first = share(input, reading)?;
                let second = share(input, reading)?;
                let alpha = alpha(input, reading)?;
                let rgb = if name == "hwb" { hwb(hue, first, second) } else { hsl(hue, first, second) };
                Ok(Ink::Rgba(rgb, alpha))
            }
            "light-dark" => {
                let light = Ink::parse(input, reading)?;
                while input.next().is_ok() {}
                Ok(light)
            }
            "color-mix" => mix(input, reading),
            "lab" | "lch" | "oklab" | "oklch" | "color" | "device-cmyk" | "contrast-color" => {
                wide(&name, input, reading)
            }
            _ => Err(ParseError::unexpected_token()),
        }
    })
}

/// `color-mix()`, mixed in sRGB whatever the space: exact where both are near, and near enough elsewhere.
fn mix(input: &mut Parser<'_>, reading: Reading) -> Parsed<Ink> {
    input.expect_ident_matching("in")?;
    while input.try_parse(|input| input.expect_ident_cloned()).is_ok() {}
    let mut part = || -> Parsed<(Ink, Option<f32>)> {
        input.expect_comma()?;
        let before = input.try_parse(|input| input.expect_percentage()).ok();
        let ink = Ink::parse(input, reading)?;
        Ok((ink, before.or_else(|| input.try_parse(|input| input.expect_percentage()).ok())))
    };
    let ((first, a), (second, b)) = (part()?, part()?);
    let share = match (a, b) {
        (Some(a), Some(b)) if a + b > 0.0 => a / (a + b),
        (Some(a), _) => a,
        (None, Some(b)) => 1.0 - b,
        (None, None) => 0.5,
    };
    let (Ink::Rgba(one, one_alpha), Ink::Rgba(two, two_alpha)) = (first, second) else {
        return Ok(Ink::Unknown);
    };
    let alpha = one_alpha * share + two_alpha * (1.0 - share);
    let weight = if alpha > 0.0 { one_alpha * share / alpha } else { share };
    Ok(Ink::Rgba(std::array::from_fn(|i| one[i] * weight + two[i] * (1.0 - weight)), alpha))
}

/// Wide-gamut notations: transparent ones and pure lightness are followed, the rest is unknown.
fn wide(name: &str, input: &mut Parser<'_>, reading: Reading) -> Parsed<Ink> {
    let parts = if name == "color" {
        let space = input.expect_ident_cloned()?;
        let parts = input.try_parse(|input| four(input, reading));
        match (space.eq_ignore_ascii_case("srgb"), &parts) {
            (true, Ok([red, green, blue, alpha])) => {
                return Ok(Ink::Rgba([red * 255.0, green * 255.0, blue * 255.0], *alpha));
            }
            _ => parts,
        }
    } else {
        input.try_parse(|input| four(input, reading))
    };
    while input.next().is_ok() {}
    let Ok([first, second, third, alpha]) = parts else { return Ok(Ink::Unknown) };
    if alpha < 0.03 {
        return Ok(Ink::CLEAR);
    }
    Ok(match name {
        "oklab" => Ink::Rgba(oklab(first, second, third), alpha),
        "oklch" => {
            let hue = third.to_radians();
            Ink::Rgba(oklab(first, second * hue.cos(), second * hue.sin()), alpha)
        }
        "lab" | "lch" if first >= 99.9 => Ink::Rgba([255.0; 3], alpha),
        "lab" | "lch" if first <= 0.1 => Ink::Rgba([0.0; 3], alpha),
        _ => Ink::Unknown,
    })
}

fn four(input: &mut Parser<'_>, reading: Reading) -> Parsed<[f32; 4]> {
    let part = |input: &mut Parser<'_>| {
        input
            .try_parse(|input| number(input, reading))
            .or_else(|_| input.try_parse(angle))
            .or_else(|_| input.expect_ident_matching("none").map(|()| 0.0).map_err(ParseError::from))
    };
    Ok([part(input)?, part(input)?, part(input)?, alpha(input, reading)?])
}

fn oklab(lightness: f32, a: f32, b: f32) -> [f32; 3] {
    let cube = |value: f32| value * value * value;
    let l = cube(lightness + 0.396_337_78 * a + 0.215_803_76 * b);
    let m = cube(lightness - 0.105_561_346 * a - 0.063_854_17 * b);
    let s = cube(lightness - 0.089_484_18 * a - 1.291_485_5 * b);
    let gamma = |value: f32| {
        let value = value.clamp(0.0, 1.0);
        255.0 * if value <= 0.003_130_8 { 12.92 * value } else { 1.055 * value.powf(1.0 / 2.4) - 0.055 }
    };
    [
        gamma(4.076_741_7 * l - 3.307_711_6 * m + 0.230_969_94 * s),
        gamma(-1.268_438 * l + 2.609_757_4 * m - 0.341_319_4 * s),
        gamma(-0.004_196_086_3 * l - 0.703_418_6 * m + 1.707_614_7 * s),
    ]
}

fn comma(input: &mut Parser<'_>) {
    let _ = input.try_parse(|input| input.expect_comma());
}

fn channel(input: &mut Parser<'_>, reading: Reading) -> Parsed<f32> {
    let value = match input.next()?.clone() {
        Token::Percentage { unit_value, .. } => unit_value * 255.0,
        Token::Number { value, .. } => value,
        Token::Ident(name) if name.eq_ignore_ascii_case("none") => 0.0,
        Token::Function(name) if name.eq_ignore_ascii_case("calc") => {
            input.parse_nested_block(|input| number(input, reading))?
        }
        _ => return Err(ParseError::unexpected_token()),
    };
    comma(input);
    Ok(value.clamp(0.0, 255.0))
}

/// A percentage, or a number that means one (`hsl(0 0 100)`).
fn share(input: &mut Parser<'_>, _reading: Reading) -> Parsed<f32> {
    let value = match input.next()? {
        Token::Percentage { unit_value, .. } => *unit_value,
        Token::Number { value, .. } => value / 100.0,
        Token::Ident(name) if name.eq_ignore_ascii_case("none") => 0.0,
        _ => return Err(ParseError::unexpected_token()),
    };
    comma(input);
    Ok(value.clamp(0.0, 1.0))
}

fn alpha(input: &mut Parser<'_>, reading: Reading) -> Parsed<f32> {
    let _ = input.try_parse(|input| input.expect_delim('/'));
    comma(input);
    if input.is_exhausted() {
        return Ok(1.0);
    }
    if input.try_parse(|input| input.expect_ident_matching("none")).is_ok() {
        return Ok(0.0);
    }
    Ok(number(input, reading)?.clamp(0.0, 1.0))
}

fn hsl(hue: f32, saturation: f32, lightness: f32) -> [f32; 3] {
    let a = saturation * lightness.min(1.0 - lightness);
    let part = |n: f32| {
        let k = (n + hue / 30.0).rem_euclid(12.0);
        255.0 * (lightness - a * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0))
    };
    [part(0.0), part(8.0), part(4.0)]
}

fn hwb(hue: f32, white: f32, black: f32) -> [f32; 3] {
    if white + black >= 1.0 {
        return [255.0 * white / (white + black); 3];
    }
    hsl(hue, 1.0, 0.5).map(|part| part * (1.0 - white - black) + white * 255.0)
}
