//! Where something stands: lines, selectors, snippets of the source.

use super::markup::Tag;
use super::text::head;

/// Longest offending part in a snippet, in bytes.
const MARK: usize = 400;
/// Bytes of surroundings on either side.
const AROUND: usize = 60;
/// Longest source of a single tag that is kept, in bytes.
const SOURCE: usize = 300;
/// Steps of a selector below its anchor.
const STEPS: usize = 5;

/// Finds the line of an offset.
pub(super) struct Lines(Vec<u32>);

impl Lines {
    /// Reads the source once.
    pub(super) fn of(source: &str) -> Self {
        let ends = memchr::memchr_iter(b'\n', source.as_bytes());
        Self(ends.map(|at| u32::try_from(at).unwrap_or(u32::MAX)).collect())
    }

    /// The line of an offset, from 1.
    pub(super) fn at(&self, offset: usize) -> u32 {
        let before = self.0.partition_point(|&end| (end as usize) < offset);
        u32::try_from(before).unwrap_or(u32::MAX - 1) + 1
    }
}

/// One step of a selector, from the root down.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step<'a> {
    /// Name of the element.
    pub(super) name: &'a str,
    /// Its `id`, if it has a usable one.
    pub(super) id: Option<&'a str>,
    /// Its number among the element children of its parent, from 1.
    pub(super) nth: u32,
}

/// A selector that leads to the last of the steps.
pub(super) fn selector<'a>(steps: impl DoubleEndedIterator<Item = Step<'a>> + Clone) -> String {
    let mut out = String::with_capacity(64);
    let mut tail = [None; STEPS];
    let mut depth = 0;
    let mut anchored = false;
    for step in steps.rev() {
        if let Some(id) = step.id {
            let direct = depth <= STEPS;
            out.push('#');
            out.push_str(id);
            if depth > 0 && !direct {
                out.push(' ');
            }
            anchored = direct;
            depth = depth.min(STEPS);
            push_tail(&mut out, &tail[..depth], anchored);
            return out;
        }
        if depth < STEPS {
            tail[depth] = Some(step);
        }
        depth += 1;
    }
    push_tail(&mut out, &tail[..depth.min(STEPS)], anchored);
    out
}

fn push_tail(out: &mut String, tail: &[Option<Step<'_>>], mut joined: bool) {
    for step in tail.iter().rev().flatten() {
        if joined {
            out.push_str(" > ");
        }
        joined = true;
        out.push_str(step.name);
        if !matches!(step.name, "html" | "body" | "head") {
            out.push_str(":nth-child(");
            push_number(out, step.nth);
            out.push(')');
        }
    }
}

/// Appends a number; selectors are made for every link and block, where formatting machinery would show.
fn push_number(out: &mut String, number: u32) {
    if number >= 10 {
        push_number(out, number / 10);
    }
    out.push(char::from(b'0' + (number % 10) as u8));
}

/// Whether an `id` can stand in a selector as it is.
pub(super) fn is_plain_id(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= 64
        && !id.as_bytes()[0].is_ascii_digit()
        && id.chars().all(|ch| ch.is_alphanumeric() && !ch.is_ascii_control() || ch == '_' || ch == '-')
        && id.chars().any(char::is_alphabetic)
}

/// A piece of the source with what surrounds it, and the range of the piece in it.
pub(super) fn snippet(source: &str, start: usize, end: usize) -> (String, (usize, usize)) {
    let start = source.floor_char_boundary(start.min(source.len()));
    let end = source.ceil_char_boundary(end.clamp(start, source.len()).min(start + MARK));
    let from = source.ceil_char_boundary(start.saturating_sub(AROUND));
    let to = source.floor_char_boundary((end + AROUND).min(source.len()));
    (source[from..to].to_owned(), (start - from, end - from))
}

/// The range of the link whose start tag begins at `start`: up to its end tag if that is near.
pub(super) fn link_end(source: &str, start: usize) -> usize {
    let Some(tag) = Tag::at(source, start) else {
        return (start + MARK).min(source.len());
    };
    let bytes = source.as_bytes();
    let near = &bytes[tag.range.end..(tag.range.end + MARK).min(bytes.len())];
    for at in memchr::memmem::find_iter(near, b"</") {
        if near.get(at + 2).is_some_and(|byte| byte.eq_ignore_ascii_case(&b'a'))
            && near.get(at + 3).is_some_and(|byte| !byte.is_ascii_alphanumeric())
        {
            let close = memchr::memchr(b'>', &near[at..]).map_or(at + 3, |end| at + end + 1);
            return tag.range.end + close;
        }
    }
    tag.range.end
}

/// The offset at which a start tag of that name begins, at `from` or a little behind it.
pub(super) fn tag_near(source: &str, from: usize, name: &str) -> Option<usize> {
    let bytes = source.as_bytes();
    let window = bytes.get(from..(from + 256).min(bytes.len()))?;
    memchr::memchr_iter(b'<', window).map(|at| from + at).find(|&at| {
        bytes.get(at + 1..at + 1 + name.len()).is_some_and(|word| word.eq_ignore_ascii_case(name.as_bytes()))
            && bytes
                .get(at + 1 + name.len())
                .is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'-')
    })
}

/// The source of the start tag at an offset, shortened.
pub(super) fn tag_source(source: &str, start: usize) -> String {
    let end = Tag::at(source, start).map_or(source.len(), |tag| tag.range.end);
    head(source.get(start..end).unwrap_or_default(), SOURCE).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(name: &str, nth: u32) -> Step<'_> {
        Step { name, id: None, nth }
    }

    #[test]
    fn selectors_begin_at_the_nearest_id() {
        let root = [step("html", 1), step("body", 2)];
        let list = [Step { name: "ul", id: Some("x"), nth: 1 }, step("li", 3), step("a", 1)];
        assert_eq!(selector(root.into_iter()), "html > body");
        assert_eq!(selector(root.into_iter().chain(list)), "#x > li:nth-child(3) > a:nth-child(1)");
        assert_eq!(selector(list.into_iter().take(1)), "#x");
        let deep = (0..9).map(|at| step("div", at));
        assert!(selector(deep.clone()).starts_with("div:nth-child(4) > "));
        assert!(selector(list.into_iter().take(1).chain(deep)).starts_with("#x div:nth-child(4) > "));
    }

    #[test]
    fn a_snippet_marks_the_link_on_character_boundaries() {
        let source = format!("{}<a href=x>博彩</a>{}", "前".repeat(50), "后".repeat(50));
        let (text, (from, to)) = snippet(&source, 150, link_end(&source, 150));
        assert_eq!(&text[from..to], "<a href=x>博彩</a>");
        assert!(text.len() < 180);
    }

    #[test]
    fn lines_are_counted_from_one() {
        let lines = Lines::of("a\nb\n\nc");
        assert_eq!([0, 1, 2, 4, 5].map(|at| lines.at(at)), [1, 1, 2, 3, 4]);
    }
}
