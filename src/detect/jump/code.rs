//! A script's outline: its tokens with brackets paired, its functions, its conditions, what its names stand for.
//!
//! Enough structure to tell what runs by itself from what waits for a click, and under which condition it runs.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::lex::{Lexeme, Token, tokens};

/// A script, outlined as far as anybody asked. Ranges and positions count tokens.
#[derive(Debug)]
pub(super) struct Code<'s> {
    /// Its tokens.
    pub tokens: Vec<Lexeme<'s>>,
    brackets: OnceCell<Brackets>,
    parts: OnceCell<Parts>,
    words: OnceCell<Words>,
    /// What is known of functions: whether they run by themselves. One in the making counts as not.
    known: RefCell<HashMap<usize, bool>>,
    /// Steps that may still be taken in working out constants.
    fuel: Cell<u32>,
}

/// How brackets stand to each other. [`NONE`] where there is none.
#[derive(Debug)]
struct Brackets {
    /// For every opening bracket its closing one, and the other way round.
    pair: Vec<u32>,
    /// For every position the innermost bracket that is open there.
    inside: Vec<u32>,
}

/// Stands for "no position".
const NONE: u32 = u32::MAX;

/// Functions and conditions.
#[derive(Debug)]
struct Parts {
    functions: Vec<Function>,
    branches: Vec<Branch>,
    /// For every position the innermost function around it, by index.
    around: Vec<Option<usize>>,
}

/// What words stand for and where they stand.
#[derive(Debug, Default)]
struct Words {
    /// Where a name gets a value: the first token of the value.
    values: HashMap<String, Vec<usize>>,
    /// Where each word stands.
    uses: HashMap<String, Vec<usize>>,
}

#[derive(Debug)]
struct Function {
    /// Its first token: `function`, the parameters of an arrow, the name of a method.
    start: usize,
    body: Range<usize>,
    name: Option<String>,
}

/// An `if` with its condition and what hangs on it.
#[derive(Debug)]
struct Branch {
    condition: Range<usize>,
    then: Range<usize>,
    otherwise: Option<Range<usize>>,
}

/// Events that come without the visitor's doing.
const ARRIVAL_EVENTS: [&str; 6] =
    ["load", "domcontentloaded", "readystatechange", "pageshow", "ready", "error"];
/// Functions that call what they are given without the visitor's doing.
const CALLERS: [&str; 16] = [
    "setTimeout",
    "setInterval",
    "requestAnimationFrame",
    "requestIdleCallback",
    "queueMicrotask",
    "$",
    "jQuery",
    "ready",
    "load",
    "then",
    "Promise",
    "forEach",
    "map",
    "some",
    "each",
    "defer",
];
/// Functions that call what they are given when an event comes.
const LISTENERS: [&str; 5] = ["addEventListener", "attachEvent", "on", "bind", "one"];
/// Words before a bracket that are no names of functions.
const KEYWORDS: [&str; 9] = ["if", "for", "while", "switch", "catch", "with", "function", "return", "typeof"];
/// How far a condition's names are followed to what they stand for.
const DEPTH: usize = 3;
/// How far a function is followed to those who call it.
const CALLS: usize = 12;
/// Most functions and conditions that are noted, and most uses of one name that are looked at.
const MOST_PARTS: usize = 4_000;
const MOST_USES: usize = 64;
/// Steps for working out constants, over one whole script.
const FUEL: u32 = 200_000;

/// Whether an event (without `on`) comes without the visitor's doing.
pub(super) fn comes_by_itself(event: &str) -> bool {
    let event = event.to_ascii_lowercase();
    ARRIVAL_EVENTS.contains(&event.strip_prefix("on").unwrap_or(&event))
}

impl<'s> Code<'s> {
    /// Outlines a script.
    pub(super) fn new(source: &'s str) -> Self {
        Self {
            tokens: tokens(source),
            brackets: OnceCell::new(),
            parts: OnceCell::new(),
            words: OnceCell::new(),
            known: RefCell::default(),
            fuel: Cell::new(FUEL),
        }
    }

    fn parts(&self) -> &Parts {
        self.parts.get_or_init(|| {
            let (mut functions, mut branches) = (Vec::new(), Vec::new());
            for at in 0..self.tokens.len() {
                if functions.len() >= MOST_PARTS || branches.len() >= MOST_PARTS {
                    break;
                }
                functions.extend(self.function_at(at));
                branches.extend(self.branch_at(at));
            }
            let mut around = vec![None; self.tokens.len()];
            // Functions start in order, so that an inner one overwrites the one around it.
            for (index, function) in functions.iter().enumerate() {
                let body = function.body.start.min(around.len())..function.body.end.min(around.len());
                around[body].fill(Some(index));
            }
            Parts { functions, branches, around }
        })
    }

    fn words(&self) -> &Words {
        self.words.get_or_init(|| {
            let mut words = Words::default();
            for at in 0..self.tokens.len() {
                let Some(word) = self.word(at) else { continue };
                match words.uses.get_mut(word) {
                    Some(uses) => uses.push(at),
                    None => _ = words.uses.insert(word.to_owned(), vec![at]),
                }
                if self.is(at + 1, "=") && (at == 0 || !self.is(at - 1, ".")) {
                    words.values.entry(word.to_owned()).or_default().push(at + 2);
                }
            }
            words
        })
    }

    fn brackets(&self) -> &Brackets {
        self.brackets.get_or_init(|| paired(&self.tokens))
    }

    /// The innermost bracket that is open at a position.
    fn inside(&self, at: usize) -> Option<usize> {
        self.brackets().inside.get(at).filter(|open| **open != NONE).map(|open| *open as usize)
    }

    /// The word at a position.
    pub(super) fn word(&self, at: usize) -> Option<&str> {
        match &self.tokens.get(at)?.token {
            Token::Word(word) => Some(word),
            _ => None,
        }
    }

    /// The string at a position.
    pub(super) fn text(&self, at: usize) -> Option<&str> {
        match &self.tokens.get(at)?.token {
            Token::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether a punctuation mark stands at a position.
    pub(super) fn is(&self, at: usize, mark: &str) -> bool {
        matches!(self.tokens.get(at), Some(Lexeme { token: Token::Mark(found), .. }) if *found == mark)
    }

    /// The bracket that closes (or opens) the one at a position.
    pub(super) fn pair(&self, at: usize) -> Option<usize> {
        self.brackets().pair.get(at).filter(|other| **other != NONE).map(|other| *other as usize)
    }

    /// Where a name gets its value, when it gets one exactly once.
    pub(super) fn only_value(&self, name: &str) -> Option<usize> {
        match self.words().values.get(name)?.as_slice() {
            [at] => Some(*at),
            _ => None,
        }
    }

    fn function_at(&self, at: usize) -> Option<Function> {
        let (parameters, name) = self.head_of_function(at)?;
        let close = self.pair(parameters)?;
        let open = if self.is(close + 1, "=>") { close + 2 } else { close + 1 };
        if !self.is(open, "{") {
            let body = open..self.end_of_statement(open);
            let arrow = open == close + 2;
            return arrow.then(|| Function { start: at, body, name: self.name_assigned_at(at) });
        }
        let end = self.pair(open)?;
        let name = name.or_else(|| self.name_assigned_at(at));
        Some(Function { start: at, body: open + 1..end, name })
    }

    /// The position of the parameters' bracket and the name, where a function starts.
    fn head_of_function(&self, at: usize) -> Option<(usize, Option<String>)> {
        if self.word(at) == Some("function") {
            return match self.word(at + 1) {
                Some(name) if self.is(at + 2, "(") => Some((at + 2, Some(name.to_owned()))),
                _ if self.is(at + 1, "(") => Some((at + 1, None)),
                _ => None,
            };
        }
        if self.is(at, "(") && self.is(self.pair(at)? + 1, "=>") {
            return Some((at, None));
        }
        // A method: `success(data) {`.
        let name = self.word(at)?;
        let method =
            self.is(at + 1, "(") && !KEYWORDS.contains(&name) && self.is(self.pair(at + 1)? + 1, "{");
        let declared = at > 0 && self.word(at - 1) == Some("function");
        (method && !declared).then(|| (at + 1, Some(name.to_owned())))
    }

    /// `name = function…`, `name: function…`, `onload = …`.
    fn name_assigned_at(&self, at: usize) -> Option<String> {
        let at = at.checked_sub(1)?;
        (self.is(at, "=") || self.is(at, ":"))
            .then(|| self.word(at.checked_sub(1)?))
            .flatten()
            .map(str::to_owned)
    }

    fn branch_at(&self, at: usize) -> Option<Branch> {
        if self.word(at) != Some("if") || !self.is(at + 1, "(") {
            return None;
        }
        let close = self.pair(at + 1)?;
        let then = self.statement(close + 1);
        let mut next = then.end;
        while self.is(next, "}") && self.is(then.start, "{") && next <= then.end || self.is(next, ";") {
            next += 1;
        }
        let otherwise = (self.word(next) == Some("else")).then(|| self.statement(next + 1));
        Some(Branch { condition: at + 2..close, then, otherwise })
    }

    /// The tokens of the statement or block that starts at a position.
    fn statement(&self, at: usize) -> Range<usize> {
        if self.is(at, "{")
            && let Some(end) = self.pair(at)
        {
            return at..end;
        }
        at..self.end_of_statement(at)
    }

    /// Where a simple statement or expression that starts here ends: at `;`, at a bracket that was opened before,
    /// or at a comma outside brackets.
    fn end_of_statement(&self, at: usize) -> usize {
        let mut end = at;
        while let Some(lexeme) = self.tokens.get(end) {
            match lexeme.token {
                Token::Mark(";" | "," | ")" | "]" | "}") => break,
                Token::Mark("(" | "[" | "{") => match self.pair(end) {
                    Some(close) => end = close,
                    None => return self.tokens.len(),
                },
                Token::Word(_) if lexeme.new_line && end > at && self.ends_value(end - 1) => break,
                _ => {}
            }
            end += 1;
        }
        end
    }

    fn ends_value(&self, at: usize) -> bool {
        match &self.tokens[at].token {
            Token::Mark(mark) => matches!(*mark, ")" | "]" | "}"),
            _ => true,
        }
    }

    /// Whether what stands at a position runs without the visitor's doing.
    pub(super) fn runs_by_itself(&self, at: usize) -> bool {
        self.runs(at, CALLS)
    }

    fn runs(&self, at: usize, depth: usize) -> bool {
        let Some(index) = self.function_around(at) else { return true };
        let Some(depth) = depth.checked_sub(1) else { return false };
        if let Some(known) = self.known.borrow().get(&index) {
            return *known;
        }
        self.known.borrow_mut().insert(index, false);
        let function = &self.parts().functions[index];
        let runs = self.is_called(function, depth) && self.runs(function.start, depth);
        self.known.borrow_mut().insert(index, runs);
        runs
    }

    /// Takes a step in working out constants, while there are any left.
    pub(super) fn step(&self) -> Option<()> {
        self.fuel.set(self.fuel.get().checked_sub(1)?);
        Some(())
    }

    fn is_called(&self, function: &Function, depth: usize) -> bool {
        let end = function.body.end;
        let after = if self.is(end, "}") { end + 1 } else { end };
        let declared = function.start > 0
            && function.start + 1 < self.tokens.len()
            && self.word(function.start) == Some("function")
            && self.word(function.start + 1).is_some();
        // `(function(){…})()`, `(function(){…}())`, `!function(){…}()`, `(() => {…})()`.
        let called = |at: usize| {
            self.is(at, "(") || (self.is(at, ".") && matches!(self.word(at + 1), Some("call" | "apply")))
        };
        if (!declared && called(after)) || (self.is(after, ")") && called(after + 1)) {
            return true;
        }
        if self.given_to_caller(function.start) {
            return true;
        }
        let Some(name) = &function.name else { return false };
        if self.name_assigned_at(function.start).is_some() && comes_by_itself(name) && name.starts_with("on")
        {
            return true;
        }
        let uses = self.words().uses.get(name).map_or(&[][..], Vec::as_slice).iter().copied();
        let mut uses =
            uses.filter(|&at| at != function.start && !function.body.contains(&at)).take(MOST_USES);
        uses.any(|at| self.use_calls(at) && self.runs(at, depth))
    }

    /// Whether a use of a function's name calls it or hands it to somebody who does.
    fn use_calls(&self, at: usize) -> bool {
        let before = at.checked_sub(1);
        if before
            .is_some_and(|before| matches!(self.word(before), Some("function" | "var" | "let" | "const")))
        {
            return false;
        }
        let method = self.is(at + 1, "(") && self.pair(at + 1).is_some_and(|close| self.is(close + 1, "{"));
        if self.is(at + 1, "(") {
            return !method;
        }
        let assigned = before
            .filter(|&before| self.is(before, "="))
            .and_then(|before| self.word(before.checked_sub(1)?));
        assigned.is_some_and(|name| name.starts_with("on") && comes_by_itself(name))
            || self.given_to_caller(at)
    }

    /// Whether what starts at a position is an argument of somebody who calls it by himself.
    fn given_to_caller(&self, at: usize) -> bool {
        let Some(open) = self.inside(at).filter(|&open| self.is(open, "(")) else { return false };
        let Some(callee) = open.checked_sub(1).and_then(|callee| self.word(callee)) else { return false };
        if LISTENERS.contains(&callee) {
            return self.text(open + 1).is_some_and(comes_by_itself);
        }
        CALLERS.contains(&callee)
    }

    /// Everything that a position hangs on: the words, strings and patterns of the conditions around it and before
    /// it (`if (…) return;`), names followed to what they stand for. Empty where it hangs on nothing.
    pub(super) fn hangs_on(&self, at: usize) -> Vec<String> {
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        let home = self.function_around(at);
        for branch in &self.parts().branches {
            let within = |range: &Range<usize>| range.contains(&at);
            let leaves = branch.then.end <= at
                && home == self.function_around(branch.then.start)
                && branch.then.clone().any(|at| self.word(at) == Some("return"));
            if within(&branch.then) || branch.otherwise.as_ref().is_some_and(within) || leaves {
                self.collect(branch.condition.clone(), DEPTH, &mut seen, &mut found);
            }
        }
        // `condition && (location = …)`, `condition ? location = … : 0`.
        let mut start = at;
        while start > 0 && !matches!(self.tokens[start - 1].token, Token::Mark(";" | "{" | "}")) {
            start -= 1;
        }
        if (start..at).any(|at| ["&&", "||", "?"].iter().any(|mark| self.is(at, mark))) {
            self.collect(start..at, DEPTH, &mut seen, &mut found);
        }
        found
    }

    fn function_around(&self, at: usize) -> Option<usize> {
        self.parts().around.get(at).copied().flatten()
    }

    fn collect(&self, range: Range<usize>, depth: usize, seen: &mut HashSet<usize>, found: &mut Vec<String>) {
        const MOST: usize = 400;
        for at in range {
            if found.len() >= MOST || at >= self.tokens.len() || !seen.insert(at) {
                continue;
            }
            match &self.tokens[at].token {
                Token::Word(word) => {
                    found.push(word.clone().into_owned());
                    if depth > 0 && !(at > 0 && self.is(at - 1, ".")) {
                        self.follow(word, depth - 1, seen, found);
                    }
                }
                Token::Text(text) | Token::Template(text) => found.push(text.clone().into_owned()),
                Token::Regex(source) => found.push((*source).to_owned()),
                Token::Number(_) | Token::Mark(_) => {}
            }
        }
    }

    fn follow(&self, name: &str, depth: usize, seen: &mut HashSet<usize>, found: &mut Vec<String>) {
        for &value in self.words().values.get(name).into_iter().flatten().take(8) {
            self.collect(value..self.end_of_statement(value), depth, seen, found);
        }
        let functions = self.parts().functions.iter();
        for function in functions.filter(|function| function.name.as_deref() == Some(name)).take(4) {
            self.collect(function.body.clone(), depth, seen, found);
        }
    }
}

/// Pairs brackets; what does not match stays alone.
fn paired(tokens: &[Lexeme<'_>]) -> Brackets {
    let mut pair = vec![NONE; tokens.len()];
    let mut inside = Vec::with_capacity(tokens.len());
    let mut open: Vec<(u32, &str)> = Vec::new();
    for (at, lexeme) in tokens.iter().enumerate() {
        let at = at as u32;
        let Token::Mark(mark) = lexeme.token else {
            inside.push(open.last().map_or(NONE, |&(at, _)| at));
            continue;
        };
        let opens = match mark {
            ")" => Some("("),
            "]" => Some("["),
            "}" => Some("{"),
            _ => None,
        };
        if let Some(opens) = opens
            && let Some(&(start, kind)) = open.last()
            && kind == opens
        {
            open.pop();
            pair[start as usize] = at;
            pair[at as usize] = start;
        }
        inside.push(open.last().map_or(NONE, |&(at, _)| at));
        if matches!(mark, "(" | "[" | "{") {
            open.push((at, mark));
        }
    }
    Brackets { pair, inside }
}
