//! Style sheets → rules, under budgets.
//!
//! The package `cssparser` refuses more than 75 nested blocks, which keeps the stack safe; this module adds bounds on
//! bytes, rules and on how much nested `&` selectors multiply. A selector is parsed only after its block proved to
//! hold something of interest.

use std::collections::HashMap;

use cssparser::{
    AtRuleParser, CowRcStr, DeclarationParser, ParseError, Parser, ParserState, QualifiedRuleParser,
    RuleBodyItemParser, RuleBodyParser, StyleSheetParser, ToCss as _,
};
use selectors::parser::SelectorList;
use url::Url;

use super::media::{self, Where};
use super::property::{self, Declarations};
use super::selector::{self, Kind};
use super::value::Reading;
use crate::page::Sheet;

/// Most bytes of style sheets that are read for one page.
const MAX_BYTES: usize = 6 << 20;
/// Most blocks of interest that are kept for one page.
const MAX_BLOCKS: usize = 60_000;
/// Most selectors that are kept for one page.
const MAX_SELECTORS: usize = 150_000;
/// How often a nested selector may repeat its ancestors' selectors.
const MAX_WEIGHT: usize = 64;
/// How deep `@import` is followed.
const MAX_IMPORTS: usize = 6;
/// The cascade layer of rules that stand in none.
pub(super) const UNLAYERED: u16 = u16::MAX;

/// Everything that the page's style sheets say and that matters here.
#[derive(Default)]
pub(super) struct Rules {
    /// Blocks with their selectors, in order of appearance.
    pub(super) blocks: Vec<Block>,
    /// `@keyframes`: what holds at the start and at the end.
    pub(super) keyframes: HashMap<String, [Declarations; 2]>,
    /// Whether a budget ran out.
    pub(super) cut: bool,
    /// Whether the document wants a sheet that is not there.
    pub(super) missing: bool,
    layers: Vec<String>,
    selectors: usize,
    bytes: usize,
}

/// A block of declarations.
pub(super) struct Block {
    /// What it applies to.
    pub(super) selectors: SelectorList<Kind>,
    /// What it says.
    pub(super) declarations: Declarations,
    /// Position in the order of appearance.
    pub(super) order: u32,
    /// Cascade layer.
    pub(super) layer: u16,
    /// Environments it holds in.
    pub(super) holds: Where,
    /// The selector as written, shortened.
    pub(super) prelude: String,
}

/// The addresses that a sheet wants to import, in order.
pub(super) fn imports(text: &str, base: &Url) -> Vec<Url> {
    let head = &text[..text.floor_char_boundary(64 << 10)];
    let mut found = Vec::new();
    if memchr::memmem::find(head.as_bytes(), b"@import").is_none() {
        return found;
    }
    let mut input = Parser::new(head);
    let mut reader = ImportReader;
    for rule in StyleSheetParser::new(&mut input, &mut reader) {
        match rule {
            Ok(Some(address)) => found.extend(base.join(&address).ok()),
            Ok(None) => {}
            Err(_) => continue,
        }
        if found.len() >= 32 {
            break;
        }
    }
    found
}

/// What is common to the rules being read.
#[derive(Clone)]
struct Context {
    holds: Where,
    layer: u16,
    layer_name: String,
    parent: Option<(SelectorList<Kind>, usize)>,
    reading: Reading,
    depth: usize,
}

impl Rules {
    /// Reads one sheet; `sheets` are those it may import.
    pub(super) fn read(
        &mut self,
        text: &str,
        base: Option<&Url>,
        holds: Where,
        sheets: &[Sheet],
        reading: Reading,
    ) {
        let context =
            Context { holds, layer: UNLAYERED, layer_name: String::new(), parent: None, reading, depth: 0 };
        self.read_in(text, base, context, sheets, 0);
    }

    fn read_in(&mut self, text: &str, base: Option<&Url>, context: Context, sheets: &[Sheet], depth: usize) {
        let room = MAX_BYTES.saturating_sub(self.bytes);
        let text = if text.len() > room {
            self.cut = true;
            &text[..text.floor_char_boundary(room)]
        } else {
            text
        };
        self.bytes += text.len();
        let mut input = Parser::new(text);
        let mut reader = Reader { rules: self, context, sheets, base, import_depth: depth };
        let mut rules = StyleSheetParser::new(&mut input, &mut reader);
        while rules.next().is_some() {}
    }

    fn layer(&mut self, name: &str) -> u16 {
        let at = self.layers.iter().position(|known| known == name).unwrap_or_else(|| {
            if self.layers.len() < 1000 {
                self.layers.push(name.to_owned());
            }
            self.layers.len() - 1
        });
        u16::try_from(at).unwrap_or(UNLAYERED - 1)
    }
}

struct Reader<'r> {
    rules: &'r mut Rules,
    context: Context,
    sheets: &'r [Sheet],
    base: Option<&'r Url>,
    import_depth: usize,
}

/// An at-rule's name and what stands before its block.
type AtPrelude<'i> = (String, &'i str);

fn at_prelude<'i>(name: &str, input: &mut Parser<'i>) -> AtPrelude<'i> {
    let from = input.position();
    while input.next().is_ok() {}
    (name.to_ascii_lowercase(), input.slice_from(from).trim())
}

impl<'i> QualifiedRuleParser<'i> for Reader<'_> {
    type Prelude = &'i str;
    type QualifiedRule = ();
    type Error = ();

    fn parse_prelude(&mut self, input: &mut Parser<'i>) -> Result<&'i str, ParseError<()>> {
        let from = input.position();
        while input.next().is_ok() {}
        Ok(input.slice_from(from).trim())
    }

    fn parse_block(
        &mut self,
        prelude: &'i str,
        _start: &ParserState,
        input: &mut Parser<'i>,
    ) -> Result<(), ParseError<()>> {
        style_rule(self.rules, self.context.clone(), prelude, input);
        Ok(())
    }
}

impl<'i> AtRuleParser<'i> for Reader<'_> {
    type Prelude = AtPrelude<'i>;
    type AtRule = ();
    type Error = ();

    fn parse_prelude(
        &mut self,
        name: CowRcStr<'i>,
        input: &mut Parser<'i>,
    ) -> Result<AtPrelude<'i>, ParseError<()>> {
        Ok(at_prelude(&name, input))
    }

    fn rule_without_block(&mut self, (name, text): AtPrelude<'i>, _start: &ParserState) -> Result<(), ()> {
        match name.as_str() {
            "layer" => {
                for name in text.split(',') {
                    self.rules.layer(name.trim());
                }
            }
            "import" => self.import(text),
            _ => {}
        }
        Ok(())
    }

    fn parse_block(
        &mut self,
        (name, text): AtPrelude<'i>,
        _start: &ParserState,
        input: &mut Parser<'i>,
    ) -> Result<(), ParseError<()>> {
        if name.ends_with("keyframes") {
            keyframes(self.rules, text, self.context.reading, input);
            return Ok(());
        }
        let Some(context) = enter(self.rules, &self.context, &name, text) else {
            while input.next().is_ok() {}
            return Ok(());
        };
        let mut inner = Reader {
            rules: self.rules,
            context,
            sheets: self.sheets,
            base: self.base,
            import_depth: MAX_IMPORTS,
        };
        // The same loop as for a sheet; a style sheet parser works inside a block as well.
        let mut rules = StyleSheetParser::new(input, &mut inner);
        while rules.next().is_some() {}
        Ok(())
    }
}

impl Reader<'_> {
    fn import(&mut self, text: &str) {
        if self.import_depth >= MAX_IMPORTS
            || !self.rules.blocks.is_empty() && self.import_depth > MAX_IMPORTS
        {
            return;
        }
        let mut input = Parser::new(text);
        let Ok(address) = input.expect_url_or_string() else { return };
        let from = input.position();
        while input.next().is_ok() {}
        let rest = input.slice_from(from).trim();
        let Some(sheet) = find_sheet(self.sheets, self.base, &address) else { return };
        let mut context = self.context.clone();
        let mut condition = rest;
        if let Some(after) = rest.strip_prefix("layer") {
            let (name, after) = match after.strip_prefix('(') {
                Some(inner) => inner.split_once(')').unwrap_or((inner, "")),
                None => ("", after),
            };
            let name = if name.is_empty() {
                format!("anonymous {}", self.rules.layers.len())
            } else {
                name.to_owned()
            };
            context.layer = self.rules.layer(name.trim());
            condition = after.trim();
        }
        if condition.starts_with("supports(") {
            condition = condition.split_once(')').map_or("", |(_, after)| after.trim());
        }
        context.holds = context.holds.and(media::list(condition, context.reading.viewport));
        self.rules.read_in(&sheet.text, Some(&sheet.url), context, self.sheets, self.import_depth + 1);
    }
}

/// The sheet an address means; without a base the end of the address has to do.
pub(super) fn find_sheet<'s>(sheets: &'s [Sheet], base: Option<&Url>, address: &str) -> Option<&'s Sheet> {
    let address = address.trim();
    if let Some(resolved) = base.and_then(|base| base.join(address).ok()).or_else(|| Url::parse(address).ok())
    {
        return sheets.iter().find(|sheet| sheet.url == resolved);
    }
    let tail =
        address.rsplit("../").next().unwrap_or(address).trim_start_matches("./").trim_start_matches('/');
    let tail = tail.split('#').next().unwrap_or(tail);
    if tail.is_empty() {
        return None;
    }
    sheets.iter().find(|sheet| {
        let url = sheet.url.as_str();
        url.ends_with(tail) && url[..url.len() - tail.len()].ends_with('/')
    })
}

/// The context inside a conditional or grouping at-rule; `None` where nothing of it can apply.
fn enter(rules: &mut Rules, context: &Context, name: &str, text: &str) -> Option<Context> {
    let mut inner = context.clone();
    inner.depth += 1;
    match name {
        "media" => inner.holds = inner.holds.and(media::list(text, context.reading.viewport)),
        "supports" if !media::supports(text) => return None,
        "supports" => {}
        "layer" => {
            let own =
                if text.is_empty() { format!("anonymous {}", rules.layers.len()) } else { text.to_owned() };
            inner.layer_name =
                if context.layer_name.is_empty() { own } else { format!("{}.{own}", context.layer_name) };
            inner.layer = rules.layer(&inner.layer_name);
        }
        "scope" => {
            let start = text.strip_prefix('(')?.split(')').next()?;
            let list = selector::parse(start, false)?;
            inner.parent = Some((list, 1));
        }
        _ => return None,
    }
    Some(inner)
}

fn style_rule<'i>(rules: &mut Rules, context: Context, prelude: &'i str, input: &mut Parser<'i>) {
    if rules.blocks.len() >= MAX_BLOCKS || rules.selectors >= MAX_SELECTORS {
        rules.cut = true;
        while input.next().is_ok() {}
        return;
    }
    let order = rules.next_order();
    let mut body =
        Body { rules, context, prelude, resolved: None, declarations: Vec::new(), applies_to_parent: false };
    body.consume(input);
    body.finish(order);
}

impl Rules {
    fn next_order(&mut self) -> u32 {
        self.selectors += 1;
        u32::try_from(self.selectors).unwrap_or(u32::MAX)
    }
}

/// The inside of a style rule: declarations, and nested rules.
struct Body<'r, 'i> {
    rules: &'r mut Rules,
    context: Context,
    prelude: &'i str,
    resolved: Option<Option<(SelectorList<Kind>, usize)>>,
    declarations: Declarations,
    applies_to_parent: bool,
}

impl<'i> Body<'_, 'i> {
    fn consume(&mut self, input: &mut Parser<'i>) {
        let mut items = RuleBodyParser::<_, (), ()>::new(input, self);
        while items.next().is_some() {}
    }

    fn selectors(&mut self) -> Option<(SelectorList<Kind>, usize)> {
        if self.resolved.is_none() {
            let parent = self.context.parent.as_ref();
            self.resolved =
                Some(if self.applies_to_parent { parent.cloned() } else { resolve(self.prelude, parent) });
        }
        self.resolved.clone().flatten()
    }

    fn finish(mut self, order: u32) {
        if self.declarations.is_empty() {
            return;
        }
        let Some((selectors, weight)) = self.selectors() else { return };
        if weight > MAX_WEIGHT {
            self.rules.cut = true;
            return;
        }
        self.rules.selectors += selectors.slice().len().saturating_sub(1);
        let prelude = &self.prelude[..self.prelude.floor_char_boundary(160)];
        self.rules.blocks.push(Block {
            selectors,
            declarations: std::mem::take(&mut self.declarations),
            order,
            layer: self.context.layer,
            holds: self.context.holds,
            prelude: prelude.split_whitespace().collect::<Vec<_>>().join(" "),
        });
    }
}

/// Parses a selector list; a nested one is joined with its parent's.
fn resolve(text: &str, parent: Option<&(SelectorList<Kind>, usize)>) -> Option<(SelectorList<Kind>, usize)> {
    let Some((list, weight)) = parent else {
        let list = selector::parse(text, false)?;
        return Some((list, 1));
    };
    let repeats = text.bytes().filter(|byte| *byte == b'&').count().max(1);
    let weight = weight.saturating_mul(repeats);
    if weight > MAX_WEIGHT {
        return None;
    }
    let starts_with_combinator = text.starts_with(['>', '+', '~']);
    let nested = if text.contains('&') || starts_with_combinator {
        selector::parse(text, true)?
    } else {
        selector::parse(&format!("& :is({text})"), true)?
    };
    Some((nested.replace_parent_selector(list), weight))
}

impl<'i> DeclarationParser<'i> for Body<'_, 'i> {
    type Declaration = ();
    type Error = ();

    fn parse_value(
        &mut self,
        name: CowRcStr<'i>,
        input: &mut Parser<'i>,
        _start: &ParserState,
    ) -> Result<(), ParseError<()>> {
        if !name.starts_with("--") && !property::may_be_known(&name) {
            // `a:hover { … }` nested looks like a declaration until its brace.
            while let Ok(token) = input.next() {
                if matches!(token, cssparser::Token::CurlyBracketBlock) {
                    return Err(ParseError::unexpected_token());
                }
            }
        }
        property::read(&name, input, self.context.reading, &mut self.declarations)?;
        while input.next().is_ok() {}
        Ok(())
    }
}

impl<'i> QualifiedRuleParser<'i> for Body<'_, 'i> {
    type Prelude = &'i str;
    type QualifiedRule = ();
    type Error = ();

    fn parse_prelude(&mut self, input: &mut Parser<'i>) -> Result<&'i str, ParseError<()>> {
        let from = input.position();
        while input.next().is_ok() {}
        Ok(input.slice_from(from).trim())
    }

    fn parse_block(
        &mut self,
        prelude: &'i str,
        _start: &ParserState,
        input: &mut Parser<'i>,
    ) -> Result<(), ParseError<()>> {
        let Some(own) = self.selectors() else {
            while input.next().is_ok() {}
            return Ok(());
        };
        let context = Context { parent: Some(own), depth: self.context.depth + 1, ..self.context.clone() };
        style_rule(self.rules, context, prelude, input);
        Ok(())
    }
}

impl<'i> AtRuleParser<'i> for Body<'_, 'i> {
    type Prelude = AtPrelude<'i>;
    type AtRule = ();
    type Error = ();

    fn parse_prelude(
        &mut self,
        name: CowRcStr<'i>,
        input: &mut Parser<'i>,
    ) -> Result<AtPrelude<'i>, ParseError<()>> {
        Ok(at_prelude(&name, input))
    }

    fn parse_block(
        &mut self,
        (name, text): AtPrelude<'i>,
        _start: &ParserState,
        input: &mut Parser<'i>,
    ) -> Result<(), ParseError<()>> {
        let own = self.selectors();
        let inner = enter(self.rules, &self.context, &name, text);
        let (Some(own), Some(mut context)) = (own, inner) else {
            while input.next().is_ok() {}
            return Ok(());
        };
        context.parent = Some(own);
        let order = self.rules.next_order();
        let mut body = Body {
            rules: self.rules,
            context,
            prelude: self.prelude,
            resolved: None,
            declarations: Vec::new(),
            applies_to_parent: true,
        };
        body.consume(input);
        body.finish(order);
        Ok(())
    }
}

impl<'i> RuleBodyItemParser<'i, (), ()> for Body<'_, 'i> {
    fn parse_declarations(&self) -> bool {
        true
    }

    fn parse_qualified(&self) -> bool {
        true
    }
}

/// Reads the declarations of a `style` attribute.
pub(super) fn inline(text: &str, reading: Reading) -> Declarations {
    let mut lines = Lines { declarations: Vec::new(), reading };
    let mut input = Parser::new(text);
    let mut items = RuleBodyParser::<_, (), ()>::new(&mut input, &mut lines);
    while items.next().is_some() {}
    lines.declarations
}

/// Declarations and nothing else.
struct Lines {
    declarations: Declarations,
    reading: Reading,
}

impl<'i> DeclarationParser<'i> for Lines {
    type Declaration = ();
    type Error = ();

    fn parse_value(
        &mut self,
        name: CowRcStr<'i>,
        input: &mut Parser<'i>,
        _start: &ParserState,
    ) -> Result<(), ParseError<()>> {
        property::read(&name, input, self.reading, &mut self.declarations)?;
        while input.next().is_ok() {}
        Ok(())
    }
}

impl<'i> AtRuleParser<'i> for Lines {
    type Prelude = ();
    type AtRule = ();
    type Error = ();
}

impl<'i> QualifiedRuleParser<'i> for Lines {
    type Prelude = ();
    type QualifiedRule = ();
    type Error = ();
}

impl<'i> RuleBodyItemParser<'i, (), ()> for Lines {
    fn parse_declarations(&self) -> bool {
        true
    }

    fn parse_qualified(&self) -> bool {
        false
    }
}

/// Reads the first and last step of `@keyframes`.
fn keyframes(rules: &mut Rules, name: &str, reading: Reading, input: &mut Parser<'_>) {
    let mut steps = Steps { frames: [Vec::new(), Vec::new()], reading };
    let mut items = RuleBodyParser::<_, (), ()>::new(input, &mut steps);
    while items.next().is_some() {}
    if rules.keyframes.len() < 2000 {
        let name = name.trim_matches(['"', '\'']).to_owned();
        rules.keyframes.insert(name, steps.frames);
    }
}

struct Steps {
    frames: [Declarations; 2],
    reading: Reading,
}

impl<'i> DeclarationParser<'i> for Steps {
    type Declaration = ();
    type Error = ();
}

impl<'i> AtRuleParser<'i> for Steps {
    type Prelude = ();
    type AtRule = ();
    type Error = ();
}

impl<'i> QualifiedRuleParser<'i> for Steps {
    type Prelude = [bool; 2];
    type QualifiedRule = ();
    type Error = ();

    fn parse_prelude(&mut self, input: &mut Parser<'i>) -> Result<[bool; 2], ParseError<()>> {
        let mut ends = [false; 2];
        while let Ok(token) = input.next() {
            match token.to_css_string().to_ascii_lowercase().as_str() {
                "from" | "0%" => ends[0] = true,
                "to" | "100%" => ends[1] = true,
                _ => {}
            }
        }
        Ok(ends)
    }

    fn parse_block(
        &mut self,
        ends: [bool; 2],
        _start: &ParserState,
        input: &mut Parser<'i>,
    ) -> Result<(), ParseError<()>> {
        let mut lines = Lines { declarations: Vec::new(), reading: self.reading };
        let mut items = RuleBodyParser::<_, (), ()>::new(input, &mut lines);
        while items.next().is_some() {}
        for (frame, wanted) in self.frames.iter_mut().zip(ends) {
            if wanted {
                frame.extend(lines.declarations.iter().cloned());
            }
        }
        Ok(())
    }
}

impl<'i> RuleBodyItemParser<'i, (), ()> for Steps {
    fn parse_declarations(&self) -> bool {
        false
    }

    fn parse_qualified(&self) -> bool {
        true
    }
}

/// Finds `@import` rules and skips everything else.
struct ImportReader;

impl<'i> QualifiedRuleParser<'i> for ImportReader {
    type Prelude = ();
    type QualifiedRule = Option<String>;
    type Error = ();
}

impl<'i> AtRuleParser<'i> for ImportReader {
    type Prelude = Option<String>;
    type AtRule = Option<String>;
    type Error = ();

    fn parse_prelude(
        &mut self,
        name: CowRcStr<'i>,
        input: &mut Parser<'i>,
    ) -> Result<Option<String>, ParseError<()>> {
        let address = input.try_parse(|input| input.expect_url_or_string());
        while input.next().is_ok() {}
        Ok(address.ok().filter(|_| name.eq_ignore_ascii_case("import")).map(|address| address.to_string()))
    }

    fn rule_without_block(
        &mut self,
        address: Option<String>,
        _start: &ParserState,
    ) -> Result<Option<String>, ()> {
        Ok(address)
    }
}
