//! Values with parts: clips, filters, transformations, background pictures and grid tracks.

use cssparser::{ParseError, Parser, Token};

use super::colour::Ink;
use super::value::{Length, Parsed, Reading, angle, number};

/// What a clip leaves of a box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Clip {
    /// Everything.
    None,
    /// Nothing, or so little that nothing can be read.
    Empty,
    /// A rectangle: distances of its edges from the box's top left corner (`None`: no limit).
    Edges([Option<Length>; 4]),
    /// Insets from the top, right, bottom and left edge.
    Inset([Length; 4]),
    /// Something that only a browser could tell.
    Unknown,
}

/// What filters do to how a thing can be seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Filter {
    /// Opacity that filters multiply with.
    pub(super) opacity: f32,
    /// Blur, in pixels.
    pub(super) blur: f32,
    /// Washes everything to one colour (`brightness(0)`, `contrast(0)`).
    pub(super) washes: bool,
    /// Something that only a browser could tell.
    pub(super) unknown: bool,
}

impl Filter {
    pub(super) const NONE: Self = Self { opacity: 1.0, blur: 0.0, washes: false, unknown: false };
}

/// A transformation about the middle of the box: a scale, a shift, and whether it turns the box on edge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Transform {
    /// Horizontal and vertical scale.
    pub(super) scale: [f32; 2],
    /// Horizontal and vertical shift; percentages are of the box itself.
    pub(super) shift: [Length; 2],
    /// Whether the box is seen from its edge or its back.
    pub(super) on_edge: bool,
    /// Whether its back is turned to the reader (mirrored).
    pub(super) turned: bool,
    /// Whether any transformation is there at all.
    pub(super) some: bool,
}

impl Transform {
    pub(super) const NONE: Self =
        Self { scale: [1.0; 2], shift: [Length::ZERO; 2], on_edge: false, turned: false, some: false };

    /// Whether nothing is left to see of the box.
    pub(super) fn vanishes(&self) -> bool {
        self.on_edge || self.scale.iter().any(|factor| factor.abs() < 0.02)
    }

    fn moved(mut self, x: Length, y: Length) -> Self {
        let add = |to: Length, by: Length, factor: f32| Length {
            px: to.px + by.px * factor,
            em: to.em + by.em * factor,
            rem: to.rem + by.rem * factor,
            share: to.share + by.share * factor,
        };
        self.shift[0] = add(self.shift[0], x, self.scale[0]);
        self.shift[1] = add(self.shift[1], y, self.scale[1]);
        self
    }

    fn scaled(mut self, x: f32, y: f32) -> Self {
        self.scale = [self.scale[0] * x, self.scale[1] * y];
        self
    }
}

/// A picture behind the text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Image {
    /// None.
    None,
    /// A gradient and the colours in it.
    Gradient(Vec<Ink>),
    /// A picture by address.
    Address(String),
    /// Something else.
    Unknown,
}

/// Grid tracks.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rows {
    /// How many there are; 0 for `none`.
    pub(super) count: usize,
    /// Whether the first has no size at all.
    pub(super) first_is_nothing: bool,
}

/// `clip: rect(…)`.
pub(super) fn clip(input: &mut Parser<'_>, reading: Reading) -> Parsed<Clip> {
    if input.try_parse(|input| input.expect_ident_matching("auto")).is_ok() {
        return Ok(Clip::None);
    }
    input.expect_function_matching("rect")?;
    input.parse_nested_block(|input| {
        let mut edges = [None; 4];
        for edge in &mut edges {
            let _ = input.try_parse(|input| input.expect_comma());
            if input.try_parse(|input| input.expect_ident_matching("auto")).is_err() {
                *edge = Some(Length::parse(input, reading)?);
            }
        }
        Ok(Clip::Edges(edges))
    })
}

/// `clip-path`.
pub(super) fn clip_path(input: &mut Parser<'_>, reading: Reading) -> Parsed<Clip> {
    let clip = match input.next()?.clone() {
        Token::Ident(name) if name.eq_ignore_ascii_case("none") => Clip::None,
        Token::Ident(_) => Clip::None,
        Token::UnquotedUrl(_) => Clip::Unknown,
        Token::Function(name) => {
            let name = name.to_ascii_lowercase();
            input.parse_nested_block(|input| {
                let clip = basic_shape(&name, input, reading)?;
                while input.next().is_ok() {}
                Ok::<_, ParseError<()>>(clip)
            })?
        }
        _ => return Err(ParseError::unexpected_token()),
    };
    let _ = input.try_parse(|input| input.expect_ident_cloned());
    Ok(clip)
}

fn basic_shape(name: &str, input: &mut Parser<'_>, reading: Reading) -> Parsed<Clip> {
    match name {
        "inset" => Ok(Clip::Inset(four_sides(input, reading)?)),
        "rect" => {
            let mut edges = [None; 4];
            for edge in &mut edges {
                if input.try_parse(|input| input.expect_ident_matching("auto")).is_err() {
                    *edge = Some(Length::parse(input, reading)?);
                }
            }
            Ok(Clip::Edges(edges))
        }
        "circle" | "ellipse" => {
            let radius = input.try_parse(|input| Length::parse(input, reading));
            let nothing = |length: Length| length.px.abs() < 2.0 && length.em == 0.0 && length.share < 0.01;
            Ok(match radius {
                Ok(radius) if nothing(radius) => Clip::Empty,
                Ok(_) if centre_is_far(input, reading) => Clip::Empty,
                _ => Clip::Unknown,
            })
        }
        "polygon" => {
            let _ = input.try_parse(|input| {
                input.expect_ident()?;
                input.expect_comma()
            });
            let points = input.parse_comma_separated(|input| {
                Ok([Length::parse(input, reading)?, Length::parse(input, reading)?])
            })?;
            Ok(polygon(&points))
        }
        "url" => Ok(Clip::Unknown),
        _ => Ok(Clip::Unknown),
    }
}

/// `circle(… at -100px 0)`: whether the middle lies far outside any box.
fn centre_is_far(input: &mut Parser<'_>, reading: Reading) -> bool {
    if input.try_parse(|input| input.expect_ident_matching("at")).is_err() {
        return false;
    }
    let far =
        |length: Length| length.px < -100.0 || length.px > 4000.0 || !(-1.0..=2.0).contains(&length.share);
    let mut any = false;
    while let Ok(length) = input.try_parse(|input| Length::parse(input, reading)) {
        any |= far(length);
    }
    any
}

/// Bounding box of a polygon, taken for a box of 300 × 100 px where percentages are mixed in.
fn polygon(points: &[[Length; 2]]) -> Clip {
    let at: Vec<[f32; 2]> = points
        .iter()
        .map(|[x, y]| [x.with_font(16.0, 16.0).of(300.0), y.with_font(16.0, 16.0).of(100.0)])
        .collect();
    let mut doubled_area = 0.0;
    for (index, point) in at.iter().enumerate() {
        let next = at[(index + 1) % at.len()];
        doubled_area += point[0] * next[1] - next[0] * point[1];
    }
    let outside = at.iter().all(|point| point[0] <= 0.0) || at.iter().all(|point| point[1] <= 0.0);
    if doubled_area.abs() < 8.0 || outside {
        Clip::Empty
    } else if doubled_area.abs() >= 2.0 * 300.0 * 100.0 * 0.6 {
        Clip::None
    } else {
        Clip::Unknown
    }
}

fn four_sides(input: &mut Parser<'_>, reading: Reading) -> Parsed<[Length; 4]> {
    let mut sides = Vec::with_capacity(4);
    while sides.len() < 4 {
        match input.try_parse(|input| Length::parse(input, reading)) {
            Ok(side) => sides.push(side),
            Err(_) => break,
        }
    }
    match sides[..] {
        [all] => Ok([all; 4]),
        [block, inline] => Ok([block, inline, block, inline]),
        [top, inline, bottom] => Ok([top, inline, bottom, inline]),
        [top, right, bottom, left] => Ok([top, right, bottom, left]),
        _ => Err(ParseError::unexpected_token()),
    }
}

/// `filter`, Microsoft's old `alpha(opacity=0)` included.
pub(super) fn filter(input: &mut Parser<'_>, reading: Reading) -> Parsed<Filter> {
    let mut filter = Filter::NONE;
    if input.try_parse(|input| input.expect_ident_matching("none")).is_ok() {
        return Ok(filter);
    }
    while let Ok(name) = input.try_parse(|input| input.expect_function().cloned()) {
        let name = name.to_ascii_lowercase();
        input.parse_nested_block(|input| {
            let amount = |input: &mut Parser<'_>| match input.is_exhausted() {
                true => Ok(1.0),
                false => number(input, reading),
            };
            match name.as_str() {
                "opacity" => filter.opacity *= amount(input)?.clamp(0.0, 1.0),
                "brightness" => {
                    let amount = amount(input)?;
                    filter.washes |= !(0.02..=50.0).contains(&amount);
                }
                "contrast" => filter.washes |= amount(input)? < 0.02,
                "blur" => {
                    let radius = Length::parse(input, reading).unwrap_or(Length::ZERO);
                    filter.blur = filter.blur.max(radius.with_font(16.0, 16.0).of(0.0));
                }
                "url" => filter.unknown = true,
                "grayscale" | "sepia" | "saturate" | "hue-rotate" | "invert" | "drop-shadow" => {}
                // Browsers of today do not know the old notation.
                _ => return Err(ParseError::<()>::unexpected_token()),
            }
            while input.next().is_ok() {}
            Ok(())
        })?;
    }
    Ok(filter)
}

/// `transform`.
pub(super) fn transform(input: &mut Parser<'_>, reading: Reading) -> Parsed<Transform> {
    let mut transform = Transform::NONE;
    if input.try_parse(|input| input.expect_ident_matching("none")).is_ok() {
        return Ok(transform);
    }
    let mut any = false;
    while let Ok(name) = input.try_parse(|input| input.expect_function().cloned()) {
        let name = name.to_ascii_lowercase();
        transform = input.parse_nested_block(|input| function(transform, &name, input, reading))?;
        any = true;
    }
    transform.some = true;
    if any { Ok(transform) } else { Err(ParseError::unexpected_token()) }
}

fn function(mut to: Transform, name: &str, input: &mut Parser<'_>, reading: Reading) -> Parsed<Transform> {
    let length = |input: &mut Parser<'_>| {
        let _ = input.try_parse(|input| input.expect_comma());
        Length::parse(input, reading)
    };
    let factor = |input: &mut Parser<'_>| {
        let _ = input.try_parse(|input| input.expect_comma());
        number(input, reading)
    };
    match name {
        "translate" | "translate3d" => {
            let x = length(input)?;
            let y = input.try_parse(length).unwrap_or(Length::ZERO);
            to = to.moved(x, y);
        }
        "translatex" => to = to.moved(length(input)?, Length::ZERO),
        "translatey" => to = to.moved(Length::ZERO, length(input)?),
        "scale" | "scale3d" => {
            let x = factor(input)?;
            let y = input.try_parse(factor).unwrap_or(x);
            to = to.scaled(x, y);
        }
        "scalex" => to = to.scaled(factor(input)?, 1.0),
        "scaley" => to = to.scaled(1.0, factor(input)?),
        "rotatex" | "rotatey" => to = turn(to, angle(input)?),
        "rotate3d" => {
            let axis = [factor(input)?, factor(input)?, factor(input)?];
            let _ = input.try_parse(|input| input.expect_comma());
            let angle = angle(input)?;
            if axis[2] == 0.0 {
                to = turn(to, angle);
            }
        }
        "skew" | "skewx" | "skewy" => {
            let angle = angle(input)?;
            to.on_edge |= (angle.rem_euclid(180.0) - 90.0).abs() < 0.5;
        }
        "matrix" => {
            let mut m = [0.0; 6];
            for part in &mut m {
                *part = factor(input)?;
            }
            to = matrix(to, [m[0], m[1], m[2], m[3]], [m[4], m[5]]);
        }
        "matrix3d" => {
            let mut m = [0.0; 16];
            for part in &mut m {
                *part = factor(input)?;
            }
            to = matrix(to, [m[0], m[1], m[4], m[5]], [m[12], m[13]]);
        }
        "rotate" | "rotatez" | "perspective" | "translatez" | "scalez" => {}
        _ => return Err(ParseError::unexpected_token()),
    }
    while input.next().is_ok() {}
    Ok(to)
}

fn turn(mut to: Transform, angle: f32) -> Transform {
    let angle = angle.rem_euclid(360.0);
    to.on_edge |= (angle - 90.0).abs() < 1.0 || (angle - 270.0).abs() < 1.0;
    to.turned ^= (90.0..270.0).contains(&angle);
    to
}

fn matrix(to: Transform, m: [f32; 4], shift: [f32; 2]) -> Transform {
    let moved = to.moved(Length::px(shift[0]), Length::px(shift[1]));
    let determinant = m[0] * m[3] - m[1] * m[2];
    if determinant.abs() < 0.0004 {
        return moved.scaled(0.0, 0.0);
    }
    moved.scaled(m[0].hypot(m[1]).max(0.02), m[2].hypot(m[3]).max(0.02))
}

/// The `translate` property.
pub(super) fn translate(input: &mut Parser<'_>, reading: Reading) -> Parsed<Transform> {
    if input.try_parse(|input| input.expect_ident_matching("none")).is_ok() {
        return Ok(Transform::NONE);
    }
    let x = Length::parse(input, reading)?;
    let y = input.try_parse(|input| Length::parse(input, reading)).unwrap_or(Length::ZERO);
    let _ = input.try_parse(|input| Length::parse(input, reading));
    Ok(Transform { some: true, ..Transform::NONE.moved(x, y) })
}

/// The `scale` property.
pub(super) fn scale(input: &mut Parser<'_>, reading: Reading) -> Parsed<Transform> {
    if input.try_parse(|input| input.expect_ident_matching("none")).is_ok() {
        return Ok(Transform::NONE);
    }
    let x = number(input, reading)?;
    let y = input.try_parse(|input| number(input, reading)).unwrap_or(x);
    let _ = input.try_parse(|input| number(input, reading));
    Ok(Transform { some: true, ..Transform::NONE.scaled(x, y) })
}

/// The `rotate` property.
pub(super) fn rotate(input: &mut Parser<'_>) -> Parsed<Transform> {
    if input.try_parse(|input| input.expect_ident_matching("none")).is_ok() {
        return Ok(Transform::NONE);
    }
    let mut flat = Transform { some: true, ..Transform::NONE };
    let axis = input.try_parse(|input| input.expect_ident_cloned());
    let sideways = axis.is_ok_and(|axis| axis.eq_ignore_ascii_case("x") || axis.eq_ignore_ascii_case("y"));
    let angle = angle(input)?;
    let _ = input.try_parse(|input| input.expect_ident_cloned());
    if sideways {
        flat = turn(flat, angle);
    }
    Ok(flat)
}

/// A picture as `background-image` or `mask-image` takes it; only the first layer counts, and gradients' colours.
pub(super) fn image(input: &mut Parser<'_>, reading: Reading) -> Parsed<Image> {
    let mut image = Image::None;
    while !input.is_exhausted() {
        let token = input.next()?.clone();
        if matches!(token, Token::Delim('!')) {
            return Err(ParseError::unexpected_token());
        }
        let found = picture(&token, input, reading);
        if image == Image::None {
            image = found;
        }
        if input.try_parse(bang).is_ok() {
            break;
        }
    }
    Ok(image)
}

fn bang(input: &mut Parser<'_>) -> Parsed<()> {
    let state = input.state();
    input.expect_delim('!')?;
    input.reset(&state);
    Ok(())
}

fn picture(token: &Token<'_>, input: &mut Parser<'_>, reading: Reading) -> Image {
    match token {
        Token::UnquotedUrl(address) => Image::Address(address.to_string()),
        Token::Function(name) => {
            let name = name.to_ascii_lowercase();
            let result = input.parse_nested_block(|input| {
                if name == "url" {
                    return Ok(Image::Address(input.expect_string()?.to_string()));
                }
                if name.contains("gradient") {
                    return Ok(Image::Gradient(gradient(input, reading)));
                }
                while input.next().is_ok() {}
                Ok::<_, ParseError<()>>(Image::Unknown)
            });
            result.unwrap_or(Image::Unknown)
        }
        _ => Image::None,
    }
}

fn gradient(input: &mut Parser<'_>, reading: Reading) -> Vec<Ink> {
    let mut colours = Vec::new();
    while !input.is_exhausted() && colours.len() < 32 {
        let strict = Reading { quirks: false, ..reading };
        match input.try_parse(|input| Ink::parse(input, strict)) {
            Ok(colour) => colours.push(colour),
            Err(_) => {
                let _ = input.next();
            }
        }
    }
    while input.next().is_ok() {}
    colours
}

/// The `background` shorthand: colour, picture, and whether it is clipped to the letters.
pub(super) fn background(input: &mut Parser<'_>, reading: Reading) -> Parsed<(Ink, Image, bool)> {
    let (mut ink, mut image, mut clip_text) = (Ink::CLEAR, Image::None, false);
    while !input.is_exhausted() && input.try_parse(bang).is_err() {
        let strict = Reading { quirks: false, ..reading };
        if let Ok(colour) = input.try_parse(|input| Ink::parse(input, strict)) {
            ink = colour;
            continue;
        }
        let token = input.next()?.clone();
        match &token {
            Token::Ident(name) => clip_text |= name.eq_ignore_ascii_case("text"),
            Token::Hash(_) | Token::IDHash(_) => return Err(ParseError::unexpected_token()),
            _ => {
                let found = picture(&token, input, reading);
                if image == Image::None {
                    image = found;
                }
            }
        }
    }
    Ok((ink, image, clip_text))
}

/// `grid-template-rows` and `-columns`.
pub(super) fn tracks(input: &mut Parser<'_>) -> Parsed<Rows> {
    let mut rows = Rows { count: 0, first_is_nothing: false };
    while !input.is_exhausted() && input.try_parse(bang).is_err() {
        if input.try_parse(|input| slash(input)).is_ok() {
            break;
        }
        let nothing = match input.next()?.clone() {
            Token::Ident(name) if name.eq_ignore_ascii_case("none") => continue,
            Token::Dimension { value, .. } => value == 0.0,
            Token::Percentage { unit_value, .. } => unit_value == 0.0,
            Token::Number { value, .. } => value == 0.0,
            Token::SquareBracketBlock | Token::QuotedString(_) => continue,
            Token::Function(name) if name.eq_ignore_ascii_case("repeat") => {
                let times = input.parse_nested_block(|input| {
                    let times = input.expect_integer().unwrap_or(3);
                    while input.next().is_ok() {}
                    Ok::<_, ParseError<()>>(times)
                })?;
                rows.count += usize::try_from(times.clamp(1, 100)).unwrap_or(1) - 1;
                false
            }
            Token::Function(_) => input.parse_nested_block(|input| {
                let mut all = true;
                while let Ok(token) = input.next() {
                    match token {
                        Token::Comma | Token::Number { value: 0.0, .. } => {}
                        Token::Dimension { value, .. } => all &= *value == 0.0,
                        _ => all = false,
                    }
                }
                Ok::<_, ParseError<()>>(all)
            })?,
            _ => false,
        };
        rows.first_is_nothing |= rows.count == 0 && nothing;
        rows.count += 1;
    }
    Ok(rows)
}

fn slash(input: &mut Parser<'_>) -> Parsed<()> {
    let state = input.state();
    input.expect_delim('/')?;
    input.reset(&state);
    Ok(())
}
