//! Identity numbers that a page shows in full.
//!
//! A number counts when place, date of birth and check digit are right (GB 11643-1999). What is masked does not read as
//! one; the standard's own examples and whatever a page calls an example are left alone. Nothing here leaves unmasked.

use jiff::civil::Date;

use super::answer::{Answer, Exposure};
use super::technique::PERSONAL;
use crate::page::{Block, Role};

/// Length of an identity number.
const LENGTH: usize = 18;
/// How many masked numbers a finding shows.
const SHOWN: usize = 5;
/// The first two digits: provinces, regions and municipalities (GB/T 2260), and residents of Hong Kong, Macao and Taiwan.
const PROVINCES: [&str; 35] = [
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42",
    "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82",
    "83",
];
/// The numbers that the standard itself gives as examples.
const EXAMPLES: [&str; 2] = ["11010519491231002X", "440524188001010014"];
/// A block with one of these words shows how a number looks, not whose it is.
const SHOWS_HOW: [&str; 5] = ["示例", "样例", "例如", "举例", "虚构"];

/// The identity numbers that a page shows in full, as one exposure.
pub(super) fn numbers(answer: &Answer<'_>) -> Option<Exposure> {
    let mut masked: Vec<String> = Vec::new();
    let mut first: Option<&Block> = None;
    for block in answer.page.blocks.iter().filter(|block| block.role != Role::Quoted) {
        if SHOWS_HOW.iter().any(|word| block.text.contains(word)) {
            continue;
        }
        for number in identity_numbers(&block.text).map(mask) {
            first.get_or_insert(block);
            if !masked.contains(&number) {
                masked.push(number);
            }
        }
    }
    let first = first?;
    let more = masked.len() - 1;
    let what = if more > 0 { format!("{} (+{more})", masked[0]) } else { masked[0].clone() };
    masked.truncate(SHOWN);
    let exposure = Exposure::new(&PERSONAL, what, masked.join(" "));
    // More of them tomorrow is the same thing.
    Some(Exposure { cause: String::new(), ..exposure }.at(&first.selector, first.line))
}

/// Every valid identity number of a text.
fn identity_numbers(text: &str) -> impl Iterator<Item = &str> {
    let runs = text.split(|c: char| !c.is_ascii_alphanumeric());
    runs.filter(|run| is_identity_number(run) && !EXAMPLES.contains(run))
}

/// Whether place, date of birth and check digit are right.
fn is_identity_number(run: &str) -> bool {
    let bytes = run.as_bytes();
    bytes.len() == LENGTH
        && bytes[..LENGTH - 1].iter().all(u8::is_ascii_digit)
        && PROVINCES.contains(&&run[..2])
        && is_date(&run[6..14])
        && check_digit(bytes) == bytes[LENGTH - 1].to_ascii_uppercase()
}

/// Whether eight digits are a day on which somebody alive may have been born.
fn is_date(digits: &str) -> bool {
    let part = |from, to| digits[from..to].parse::<i16>().unwrap_or_default();
    let (year, month, day) = (part(0, 4), part(4, 6), part(6, 8));
    let narrow = |value: i16| i8::try_from(value).unwrap_or_default();
    (1900..=2035).contains(&year) && Date::new(year, narrow(month), narrow(day)).is_ok()
}

/// The check digit of the first seventeen (ISO 7064:1983, MOD 11-2).
fn check_digit(bytes: &[u8]) -> u8 {
    const WEIGHTS: [u32; LENGTH - 1] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = WEIGHTS.iter().zip(bytes).map(|(weight, digit)| weight * u32::from(digit - b'0')).sum();
    b"10X98765432"[(sum % 11) as usize]
}

/// What may be shown of a number: where it was given out and its last digit.
fn mask(number: &str) -> String {
    format!("{}***********{}", &number[..6], &number[LENGTH - 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number of nobody, with a right check digit.
    pub(in crate::detect::exposed_resource) fn made_up(birth: &str, serial: &str) -> String {
        let first = format!("510199{birth}{serial}");
        format!("{first}{}", char::from(check_digit(first.as_bytes())))
    }

    #[test]
    fn numbers_are_told_from_other_digits() {
        let whole = made_up("19900307", "001");
        let wrong = format!("{}{}", &whole[..17], if whole.ends_with('1') { '2' } else { '1' });
        for (text, expected) in [
            (format!("张某，{whole}，男"), 1),
            (format!("张某{whole}李某{}", made_up("19850112", "122")), 2),
            (wrong, 0),
            (format!("{}********{}", &whole[..6], &whole[14..]), 0),
            (format!("9{whole}"), 0),
            (made_up("19901301", "001"), 0),
            (made_up("18001201", "001"), 0),
            ("统一社会信用代码 91510100MA61TXXX7B".to_owned(), 0),
            ("11010519491231002X".to_owned(), 0),
        ] {
            assert_eq!(identity_numbers(&text).count(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_shown_of_a_number_cannot_be_made_whole() {
        let whole = made_up("19900307", "001");
        let shown = mask(&whole);
        assert_eq!(shown.len(), LENGTH);
        assert!(!shown.contains("1990") && shown.starts_with("510199"), "{shown}");
    }
}
