//! The shape of an address: which addresses are pages of one kind, and whether the kind is an article.
//!
//! `/news/2026/11/t20261112_4021.html` and its ten thousand sisters share a shape; columns have one of their own.

use jiff::civil::{Date, date};
use url::Url;

/// Parameters whose value chooses the kind of page rather than the item.
const CHOOSERS: &[&str] =
    &["m", "c", "a", "s", "r", "mod", "act", "action", "ac", "do", "view", "page_type", "type"];

/// The shape of an address: numbers become `#`, tokens `*`, values of parameters go.
pub fn template(url: &Url) -> String {
    let mut shape = url.host_str().unwrap_or_default().to_owned();
    if let Some(port) = url.port() {
        shape.push_str(&format!(":{port}"));
    }
    for segment in url.path().split('/').skip(1) {
        shape.push('/');
        shape.push_str(&segment_shape(segment));
    }
    let mut parameters: Vec<String> = url
        .query_pairs()
        .take(16)
        .map(|(name, value)| {
            let word = value.len() <= 16 && value.bytes().all(|byte| byte.is_ascii_alphabetic());
            if word && CHOOSERS.contains(&name.as_ref()) {
                format!("{name}={value}")
            } else {
                name.into_owned()
            }
        })
        .collect();
    parameters.sort();
    parameters.dedup();
    if !parameters.is_empty() {
        shape.push('?');
        shape.push_str(&parameters.join("&"));
    }
    shape
}

/// Whether the address looks like one of many items: an article, a notice, an entry. Columns do not.
pub fn is_item(url: &Url) -> bool {
    let name = url.path().rsplit('/').next().unwrap_or_default();
    let shape = segment_shape(name);
    let stem = shape.split('.').next().unwrap_or_default();
    let paged = ["index_#", "list_#", "page_#", "index-#", "list-#"].contains(&stem);
    let by_name = !paged && (shape.contains('#') || shape.contains('*') || shape.contains('~'));
    let by_parameter = url.query_pairs().any(|(name, value)| {
        let name = name.to_ascii_lowercase();
        (name.ends_with("id") || name == "aid" || name == "p")
            && value.bytes().any(|byte| byte.is_ascii_digit())
    });
    by_name || by_parameter
}

/// The day that an address spells, as `/2026/11/12/`, `t20261112_` or `2026-11-12`.
pub fn day(url: &Url) -> Option<Date> {
    let path = url.path();
    let numbers: Vec<&str> =
        path.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty()).collect();
    let packed = numbers
        .iter()
        .rev()
        .filter(|digits| digits.len() == 8)
        .find_map(|digits| calendar_day(&digits[..4], &digits[4..6], &digits[6..]));
    if packed.is_some() {
        return packed;
    }
    let rows = numbers.windows(3).rev();
    let three = rows.filter(|row| row[0].len() == 4).find_map(|row| calendar_day(row[0], row[1], row[2]));
    let months = || {
        let rows = numbers.windows(2).rev();
        rows.filter(|row| row[0].len() == 4 && row[1].len() <= 2)
            .find_map(|row| calendar_day(row[0], row[1], "1"))
    };
    // `/202611/t…`, as many content systems file their articles.
    let month = || {
        let six = numbers.iter().rev().filter(|digits| digits.len() == 6);
        six.filter_map(|digits| calendar_day(&digits[..4], &digits[4..], "1")).next()
    };
    three.or_else(month).or_else(months)
}

fn calendar_day(year: &str, month: &str, day: &str) -> Option<Date> {
    let number = |text: &str| text.parse::<i16>().ok();
    let (year, month, day) = (number(year)?, number(month)?, number(day)?);
    let small = |value: i16| i8::try_from(value).ok();
    (1980..=2200).contains(&year).then(|| Date::new(year, small(month)?, small(day)?).ok()).flatten()
}

/// The largest number that an address spells, by which items without a day are newer or older.
pub(super) fn serial(url: &Url) -> u64 {
    let text = &url.as_str()[url.origin().ascii_serialization().len().min(url.as_str().len())..];
    let numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|digits| (1..=12).contains(&digits.len()));
    numbers.filter_map(|digits| digits.parse().ok()).max().unwrap_or(0)
}

/// A day as a number that grows, for ordering.
pub(super) fn ordinal(day: Date) -> u64 {
    let origin = date(1900, 1, 1);
    day.since(origin).ok().and_then(|span| u64::try_from(span.get_days()).ok()).unwrap_or(0)
}

fn segment_shape(segment: &str) -> String {
    let stem = segment.split('.').next().unwrap_or_default();
    let ending = &segment[stem.len()..];
    if super::canonical::is_token(stem) {
        return format!("*{ending}");
    }
    if stem.len() > 24 && (stem.matches('-').count() >= 3 || stem.matches('%').count() >= 6) {
        return format!("~{ending}");
    }
    let mut shape = String::with_capacity(segment.len());
    for c in segment.chars() {
        match c {
            '0'..='9' if shape.ends_with('#') => {}
            '0'..='9' => shape.push('#'),
            other => shape.push(other),
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(path: &str) -> Url {
        Url::parse(&format!("http://a.test{path}")).unwrap()
    }

    #[test]
    fn pages_of_one_kind_share_a_shape() {
        for (path, expected) in [
            ("/", "a.test/"),
            ("/news/2026/11/t20261112_4021.html", "a.test/news/#/#/t#_#.html"),
            ("/art/2019/5/2/art_77_1.html", "a.test/art/#/#/#/art_#_#.html"),
            ("/p/3f2504e04f8911d39a0c0305e82c3301", "a.test/p/*"),
            ("/how-to-file-a-complaint-with-us.html", "a.test/~.html"),
            ("/x.php?id=3&c=show", "a.test/x.php?c=show&id"),
            ("/x.php?c=list&id=9", "a.test/x.php?c=list&id"),
        ] {
            assert_eq!(template(&url(path)), expected, "{path}");
        }
    }

    #[test]
    fn items_are_told_from_columns() {
        for (path, expected) in [
            ("/", false),
            ("/news/", false),
            ("/news/index.html", false),
            ("/news/index_2.html", false),
            ("/news/t20261112_4021.html", true),
            ("/show.asp?id=88", true),
            ("/list.asp?class=news", false),
            ("/about-us", false),
        ] {
            assert_eq!(is_item(&url(path)), expected, "{path}");
        }
    }

    #[test]
    fn the_day_of_an_article_is_read_from_its_address() {
        for (path, expected) in [
            ("/news/2026/11/12/a.html", Some(date(2026, 11, 12))),
            ("/news/t20261112_4021.html", Some(date(2026, 11, 12))),
            ("/art/2019-05-02-x", Some(date(2019, 5, 2))),
            ("/zwgk/202603/a.html", Some(date(2026, 3, 1))),
            ("/2026/13/40/a.html", None),
            ("/99999999/", None),
            ("/x", None),
        ] {
            assert_eq!(day(&url(path)), expected, "{path}");
        }
    }
}
