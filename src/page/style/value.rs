//! Lengths and numbers as style sheets write them.
//!
//! A length is a sum of units, so `calc()` of sums needs no tree. `min()`, `max()` and `clamp()` are decided while
//! parsing, with a font of 16 px and percentages of the window's width: close enough to tell far from near.

use cssparser::{ParseError, Parser, Token};

use crate::page::Viewport;

/// What went wrong does not matter: an invalid declaration is dropped, as in a browser.
pub(super) type Parsed<T> = Result<T, ParseError<()>>;

/// How a value is read: the window, and whether the document is in quirks mode.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    /// The window lengths are measured in.
    pub(super) viewport: Viewport,
    /// In quirks mode `left: -999` means pixels.
    pub(super) quirks: bool,
}

/// A sum of lengths in different units.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Length {
    /// CSS pixels.
    pub(super) px: f32,
    /// Of the element's font size.
    pub(super) em: f32,
    /// Of the root's font size.
    pub(super) rem: f32,
    /// Fraction of whatever percentages refer to.
    pub(super) share: f32,
}

impl std::fmt::Display for Length {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = [(self.px, "px"), (self.em, "em"), (self.rem, "rem"), (self.share * 100.0, "%")];
        let mut any = false;
        for (number, unit) in parts {
            if number != 0.0 {
                write!(f, "{}{number}{unit}", if any { " + " } else { "" })?;
                any = true;
            }
        }
        if any { Ok(()) } else { f.write_str("0") }
    }
}

impl Length {
    pub(super) const ZERO: Self = Self::px(0.0);

    pub(super) const fn px(px: f32) -> Self {
        Self { px, em: 0.0, rem: 0.0, share: 0.0 }
    }

    pub(super) const fn em(em: f32) -> Self {
        Self { px: 0.0, em, rem: 0.0, share: 0.0 }
    }

    pub(super) const fn share(share: f32) -> Self {
        Self { px: 0.0, em: 0.0, rem: 0.0, share }
    }

    /// Resolves font-relative parts; percentages stay.
    pub(super) fn with_font(self, font_px: f32, root_px: f32) -> Self {
        Self { px: self.px + self.em * font_px + self.rem * root_px, em: 0.0, rem: 0.0, share: self.share }
    }

    /// Pixels, once font-relative parts are resolved.
    pub(super) fn of(self, whole: f32) -> f32 {
        let px = self.px + self.share * whole;
        if px.is_finite() { px.clamp(-4.0e7, 4.0e7) } else { 0.0 }
    }

    fn plus(self, other: Self, sign: f32) -> Self {
        Self {
            px: self.px + sign * other.px,
            em: self.em + sign * other.em,
            rem: self.rem + sign * other.rem,
            share: self.share + sign * other.share,
        }
    }

    fn times(self, factor: f32) -> Self {
        Self::ZERO.plus(self, factor)
    }

    fn guess(self, viewport: Viewport) -> f32 {
        self.with_font(16.0, 16.0).of(viewport.width)
    }

    /// Reads a length or percentage; unit-less numbers other than 0 only in quirks mode.
    pub(super) fn parse(input: &mut Parser<'_>, reading: Reading) -> Parsed<Self> {
        match input.next()?.clone() {
            Token::Dimension { value, unit, .. } => unit_length(value, &unit, reading.viewport),
            Token::Percentage { unit_value, .. } => Ok(Self::share(unit_value)),
            Token::Number { value, .. } if value == 0.0 || reading.quirks => Ok(Self::px(value)),
            Token::Function(name) => match function(&name, input, reading)? {
                Operand::Length(length) => Ok(length),
                Operand::Number(0.0) => Ok(Self::ZERO),
                Operand::Number(_) => Err(ParseError::unexpected_token()),
            },
            _ => Err(ParseError::unexpected_token()),
        }
    }
}

/// Reads a number; percentages count as fractions, `calc()` is allowed.
pub(super) fn number(input: &mut Parser<'_>, reading: Reading) -> Parsed<f32> {
    match input.next()?.clone() {
        Token::Number { value, .. } => Ok(value),
        Token::Percentage { unit_value, .. } => Ok(unit_value),
        Token::Function(name) => match function(&name, input, reading)? {
            Operand::Number(number) => Ok(number),
            Operand::Length(length) if length.px == 0.0 && length.em == 0.0 => Ok(length.share),
            Operand::Length(_) => Err(ParseError::unexpected_token()),
        },
        _ => Err(ParseError::unexpected_token()),
    }
}

/// Reads an angle in degrees.
pub(super) fn angle(input: &mut Parser<'_>) -> Parsed<f32> {
    match input.next()? {
        Token::Dimension { value, unit, .. } => match_unit(*value, unit),
        Token::Number { value: 0.0, .. } => Ok(0.0),
        _ => Err(ParseError::unexpected_token()),
    }
}

fn match_unit(value: f32, unit: &str) -> Parsed<f32> {
    Ok(match unit.to_ascii_lowercase().as_str() {
        "deg" => value,
        "turn" => value * 360.0,
        "rad" => value.to_degrees(),
        "grad" => value * 0.9,
        _ => return Err(ParseError::unexpected_token()),
    })
}

fn unit_length(value: f32, unit: &str, viewport: Viewport) -> Parsed<Length> {
    let px = |px: f32| Ok(Length::px(px));
    match unit.to_ascii_lowercase().as_str() {
        "px" => px(value),
        "em" => Ok(Length::em(value)),
        "rem" => Ok(Length { rem: value, ..Length::ZERO }),
        "ex" | "ch" => Ok(Length::em(value * 0.5)),
        "ic" | "cap" => Ok(Length::em(value)),
        "lh" | "rlh" => Ok(Length::em(value * 1.2)),
        "pt" => px(value * 4.0 / 3.0),
        "pc" => px(value * 16.0),
        "in" => px(value * 96.0),
        "cm" => px(value * 96.0 / 2.54),
        "mm" => px(value * 96.0 / 25.4),
        "q" => px(value * 96.0 / 101.6),
        "vw" | "vi" | "svw" | "lvw" | "dvw" | "svi" | "lvi" | "dvi" | "cqw" | "cqi" => {
            px(value * viewport.width / 100.0)
        }
        "vh" | "vb" | "svh" | "lvh" | "dvh" | "svb" | "lvb" | "dvb" | "cqh" | "cqb" => {
            px(value * viewport.height / 100.0)
        }
        "vmin" | "svmin" | "lvmin" | "dvmin" | "cqmin" => {
            px(value * viewport.width.min(viewport.height) / 100.0)
        }
        "vmax" | "svmax" | "lvmax" | "dvmax" | "cqmax" => {
            px(value * viewport.width.max(viewport.height) / 100.0)
        }
        _ => Err(ParseError::unexpected_token()),
    }
}

#[derive(Debug, Clone, Copy)]
enum Operand {
    Number(f32),
    Length(Length),
}

impl Operand {
    fn guess(self, viewport: Viewport) -> f32 {
        match self {
            Self::Number(number) => number,
            Self::Length(length) => length.guess(viewport),
        }
    }

    fn add(self, other: Self, sign: f32) -> Parsed<Self> {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => Ok(Self::Number(a + sign * b)),
            (Self::Length(a), Self::Length(b)) => Ok(Self::Length(a.plus(b, sign))),
            _ => Err(ParseError::unexpected_token()),
        }
    }

    fn multiply(self, other: Self) -> Parsed<Self> {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => Ok(Self::Number(a * b)),
            (Self::Length(a), Self::Number(b)) | (Self::Number(b), Self::Length(a)) => {
                Ok(Self::Length(a.times(b)))
            }
            _ => Err(ParseError::unexpected_token()),
        }
    }
}

/// Reads the arguments of a mathematical function; depth is bounded by the tokenizer's limit of nested blocks.
fn function(name: &str, input: &mut Parser<'_>, reading: Reading) -> Parsed<Operand> {
    let name = name.to_ascii_lowercase();
    input.parse_nested_block(|input| {
        let arguments = match name.as_str() {
            "calc" | "-webkit-calc" | "-moz-calc" => return sum(input, reading),
            "min" | "max" | "clamp" | "abs" | "round" | "mod" | "rem" => {
                input.parse_comma_separated(|input| {
                    if name == "round" {
                        let _ = input.try_parse(|input| input.expect_ident().cloned());
                    }
                    sum(input, reading)
                })?
            }
            "env" | "constant" => {
                input.expect_ident()?;
                let fallback = input.try_parse(|input| {
                    input.expect_comma()?;
                    sum(input, reading)
                });
                return Ok(fallback.unwrap_or(Operand::Length(Length::ZERO)));
            }
            _ => return Err(ParseError::unexpected_token()),
        };
        choose(&name, &arguments, reading.viewport)
    })
}

fn choose(name: &str, arguments: &[Operand], viewport: Viewport) -> Parsed<Operand> {
    let by_guess = |a: &&Operand, b: &&Operand| a.guess(viewport).total_cmp(&b.guess(viewport));
    let chosen = match (name, arguments) {
        ("min", all) => all.iter().min_by(by_guess),
        ("max", all) => all.iter().max_by(by_guess),
        ("clamp", [low, middle, high]) => {
            let capped = [middle, high].into_iter().min_by(by_guess).unwrap_or(middle);
            [low, capped].into_iter().max_by(by_guess)
        }
        ("abs", [one]) if one.guess(viewport) < 0.0 => return one.multiply(Operand::Number(-1.0)),
        ("abs" | "round" | "mod" | "rem", [one, ..]) => Some(one),
        _ => None,
    };
    chosen.copied().ok_or_else(ParseError::unexpected_token)
}

fn sum(input: &mut Parser<'_>, reading: Reading) -> Parsed<Operand> {
    let mut total = product(input, reading)?;
    loop {
        let sign = input.try_parse(|input| match input.next()? {
            Token::Delim('+') => Ok(1.0),
            Token::Delim('-') => Ok(-1.0),
            _ => Err(ParseError::<()>::unexpected_token()),
        });
        match sign {
            Ok(sign) => total = total.add(product(input, reading)?, sign)?,
            Err(_) => return Ok(total),
        }
    }
}

fn product(input: &mut Parser<'_>, reading: Reading) -> Parsed<Operand> {
    let mut total = operand(input, reading)?;
    loop {
        let divide = input.try_parse(|input| match input.next()? {
            Token::Delim('*') => Ok(false),
            Token::Delim('/') => Ok(true),
            _ => Err(ParseError::<()>::unexpected_token()),
        });
        match divide {
            Ok(false) => total = total.multiply(operand(input, reading)?)?,
            Ok(true) => match operand(input, reading)? {
                Operand::Number(number) if number != 0.0 => {
                    total = total.multiply(Operand::Number(1.0 / number))?;
                }
                _ => return Err(ParseError::unexpected_token()),
            },
            Err(_) => return Ok(total),
        }
    }
}

fn operand(input: &mut Parser<'_>, reading: Reading) -> Parsed<Operand> {
    match input.next()?.clone() {
        Token::Number { value, .. } => Ok(Operand::Number(value)),
        Token::Percentage { unit_value, .. } => Ok(Operand::Length(Length::share(unit_value))),
        Token::Dimension { value, unit, .. } => {
            unit_length(value, &unit, reading.viewport).map(Operand::Length)
        }
        Token::ParenthesisBlock => input.parse_nested_block(|input| sum(input, reading)),
        Token::Function(name) => function(&name, input, reading),
        Token::Ident(name) => match name.to_ascii_lowercase().as_str() {
            "infinity" => Ok(Operand::Number(1.0e9)),
            "-infinity" => Ok(Operand::Number(-1.0e9)),
            "pi" => Ok(Operand::Number(std::f32::consts::PI)),
            "e" => Ok(Operand::Number(std::f32::consts::E)),
            _ => Err(ParseError::unexpected_token()),
        },
        _ => Err(ParseError::unexpected_token()),
    }
}
