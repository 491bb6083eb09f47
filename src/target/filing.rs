//! The grammar of filing numbers: ICP filings, telecom licences, public-security filings and codes of government
//! sites, read as leniently as footers write them.
//!
//! Pure text in, numbers out; knows nothing of pages. A number is read first and doubted afterwards ([`Number::flaws`]),
//! so that a malformed number is still seen as an attempt to show one.
//!
//! Source: real footers, as described in the legal fact sheet (number formats).

use std::fmt;

/// Which register a number belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Register {
    /// ICP filing (`蜀ICP备…号-1`).
    Icp,
    /// Telecom licence (`川B2-…`, `京ICP证…号`, `合字B2-…`): stands in for an ICP filing.
    Licence,
    /// Public-security filing (`川公网安备…号`).
    Police,
    /// The ten-digit code of a government site (网站标识码).
    GovernmentSite,
}

/// A number as it stands on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// Its register.
    pub register: Register,
    /// The sign of the province in front, where there is one.
    pub province: Option<char>,
    /// The digits, with placeholder characters kept as written (`XXXXXXXX`).
    pub digits: String,
    /// The number of the site within the filing (`-1`, `-2A`), without the dash.
    pub site: Option<String>,
    /// As it reads after folding widths and spaces: `蜀ICP备20250001号-1`.
    pub text: String,
}

/// What is doubtful about a number by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flaw {
    /// Letters or asterisks where digits belong, one digit repeated, or a run such as 12345678.
    Placeholder,
    /// The serial within the year or district is zero.
    ZeroSerial,
    /// Too few or too many digits.
    Length,
    /// No sign of a province in front.
    NoProvince,
    /// The sign of the province is the one that the other register uses (川 for 蜀).
    OtherRegistersSign,
    /// The year within the number lies after the observation.
    FutureYear,
    /// The first two digits are no province's, or not that of the sign.
    AreaContradictsSign,
}

impl Flaw {
    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Placeholder => "placeholder",
            Self::ZeroSerial => "zero-serial",
            Self::Length => "length",
            Self::NoProvince => "no-province",
            Self::OtherRegistersSign => "other-registers-sign",
            Self::FutureYear => "future-year",
            Self::AreaContradictsSign => "area-contradicts-sign",
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Number {
    /// What is doubtful about it, as of a year.
    pub fn flaws(&self, year: i16) -> Vec<Flaw> {
        match self.register {
            Register::Icp => self.icp_flaws(year),
            Register::Police => self.police_flaws(),
            Register::Licence | Register::GovernmentSite => Vec::new(),
        }
    }

    fn icp_flaws(&self, year: i16) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        match self.province {
            None => flaws.push(Flaw::NoProvince),
            Some(sign) if !PROVINCES.iter().any(|province| province.icp == sign) => {
                flaws.push(Flaw::OtherRegistersSign);
            }
            Some(_) => {}
        }
        if is_placeholder(&self.digits) {
            flaws.push(Flaw::Placeholder);
            return flaws;
        }
        let stated = match self.digits.len() {
            6 => return flaws,
            8 => self.digits[..2].parse::<i16>().map(|year| 2000 + year),
            10 => self.digits[..4].parse::<i16>(),
            _ => {
                flaws.push(Flaw::Length);
                return flaws;
            }
        };
        // The first filings under the rules of 2005; a ten-digit number spells its year out, so 0000 is no year.
        if stated.is_ok_and(|stated| stated > year || stated < 2000) {
            flaws.push(Flaw::FutureYear);
        }
        if self.digits.ends_with("000000") {
            flaws.push(Flaw::ZeroSerial);
        }
        flaws
    }

    fn police_flaws(&self) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        if is_placeholder(&self.digits) {
            flaws.push(Flaw::Placeholder);
            return flaws;
        }
        if self.digits.len() != 14 {
            flaws.push(Flaw::Length);
        } else if self.digits.ends_with("000000") {
            flaws.push(Flaw::ZeroSerial);
        }
        let area = self.digits.get(..2).and_then(|area| area.parse::<u8>().ok());
        let of_area = PROVINCES.iter().find(|province| Some(province.area) == area);
        match (self.province, of_area) {
            (None, _) => flaws.push(Flaw::NoProvince),
            (Some(_), None) => flaws.push(Flaw::AreaContradictsSign),
            (Some(sign), Some(province)) if !province.goes_by(sign) => flaws.push(Flaw::AreaContradictsSign),
            (Some(_), Some(_)) => {}
        }
        flaws
    }

    /// Whether two numbers name the same filing: the digits agree (the site within the filing may differ).
    pub fn same_filing(&self, other: &Self) -> bool {
        self.register == other.register && self.digits == other.digits
    }
}

/// One province with its signs in both registers.
struct Province {
    area: u8,
    icp: char,
    police: char,
}

impl Province {
    /// Either register's sign will do here: which register it belongs to is another question.
    fn goes_by(&self, sign: char) -> bool {
        self.icp == sign || self.police == sign || (self.area == 53 && sign == '云')
    }
}

const fn province(area: u8, icp: char, police: char) -> Province {
    Province { area, icp, police }
}

/// GB/T 2260 province codes with the signs; three provinces go by different signs in the two registers.
const PROVINCES: [Province; 31] = [
    province(11, '京', '京'),
    province(12, '津', '津'),
    province(13, '冀', '冀'),
    province(14, '晋', '晋'),
    province(15, '蒙', '蒙'),
    province(21, '辽', '辽'),
    province(22, '吉', '吉'),
    province(23, '黑', '黑'),
    province(31, '沪', '沪'),
    province(32, '苏', '苏'),
    province(33, '浙', '浙'),
    province(34, '皖', '皖'),
    province(35, '闽', '闽'),
    province(36, '赣', '赣'),
    province(37, '鲁', '鲁'),
    province(41, '豫', '豫'),
    province(42, '鄂', '鄂'),
    province(43, '湘', '湘'),
    province(44, '粤', '粤'),
    province(45, '桂', '桂'),
    province(46, '琼', '琼'),
    province(50, '渝', '渝'),
    province(51, '蜀', '川'),
    province(52, '黔', '贵'),
    province(53, '滇', '滇'),
    province(54, '藏', '藏'),
    province(61, '陕', '陕'),
    province(62, '陇', '甘'),
    province(63, '青', '青'),
    province(64, '宁', '宁'),
    province(65, '新', '新'),
];

/// Whether two digits open the codes of a province, or of Taiwan, Hong Kong or Macao.
pub(super) fn is_area(area: u8) -> bool {
    PROVINCES.iter().any(|province| province.area == area) || matches!(area, 71 | 81 | 82)
}

fn is_sign(character: char) -> bool {
    PROVINCES.iter().any(|province| province.goes_by(character))
}

/// Letters, asterisks, one digit repeated, or a run up or down: what templates ship with.
fn is_placeholder(digits: &str) -> bool {
    let digits = digits.as_bytes();
    if digits.iter().any(|digit| !digit.is_ascii_digit()) {
        return true;
    }
    let steps = |step: u8| digits.windows(2).all(|pair| (pair[1] + 10 - pair[0]) % 10 == step);
    digits.len() >= 6 && (steps(0) || steps(1) || steps(9))
}

/// Every number in a text, in order.
pub fn numbers(text: &str) -> Vec<Number> {
    if !may_hold(text) {
        return Vec::new();
    }
    let text = folded(text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let number = icp(&text, at).or_else(|| police(&text, at)).or_else(|| licence(&text, at));
        match number.or_else(|| government_site(&text, at)) {
            Some((number, end)) => {
                found.push(number);
                at = end.max(at + 1);
            }
            None => at += 1,
        }
    }
    found
}

/// Whether a text has what every number of some register has: 备 or 证 behind `ICP` and 公安, 标 of 标识码, or the class
/// of a licence (`B2`). Cheap, and never wrongly `false`; every number has a character beyond ASCII in or before it.
pub fn may_hold(text: &str) -> bool {
    let bytes = text.as_bytes();
    !bytes.is_ascii()
        && bytes.iter().enumerate().any(|(at, byte)| {
            let rest = &bytes[at + 1..];
            match byte {
                0xE5 => rest.starts_with(&"备".as_bytes()[1..]),
                0xE8 => rest.starts_with(&"证".as_bytes()[1..]),
                0xE6 => rest.starts_with(&"标".as_bytes()[1..]),
                // Full-width A, B, a, b.
                0xEF => matches!(rest, [0xBC, 0xA1 | 0xA2, ..] | [0xBD, 0x81 | 0x82, ..]),
                b'A' | b'B' | b'a' | b'b' => may_be_digit(rest),
                _ => false,
            }
        })
}

/// Whether a digit comes first once what folding drops is gone; also where that is not plain to see.
fn may_be_digit(rest: &[u8]) -> bool {
    let blanks = rest.iter().take_while(|byte| matches!(byte, b'\t'..=b'\r' | b' ')).count();
    match &rest[blanks..] {
        [b'0'..=b'9' | b'/', ..] | [0xEF, 0xBC, 0x90..=0x99, ..] => true,
        // Invisible characters and wide spaces.
        [0xC2 | 0xE1 | 0xE2, ..] | [0xE3, 0x80, 0x80, ..] | [0xEF, 0xBB, 0xBF, ..] => true,
        _ => false,
    }
}

/// Half-width, upper case, without invisible characters; white space becomes one blank and then goes, except that
/// it still separates runs of digits.
fn folded(text: &str) -> Vec<char> {
    let mut folded: Vec<char> = Vec::with_capacity(text.len());
    let mut gap = false;
    for character in text.chars() {
        let character = match character {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(character as u32 - 0xFEE0).unwrap_or(character),
            '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{AD}' => continue,
            '—' | '–' | '‐' | '−' | '﹣' => '-',
            other => other,
        };
        if character.is_whitespace() {
            gap = true;
            continue;
        }
        let both_digits = character.is_ascii_digit() && folded.last().is_some_and(char::is_ascii_digit);
        if gap && both_digits {
            folded.push(' ');
        }
        gap = false;
        folded.push(character.to_ascii_uppercase());
    }
    folded
}

fn starts(text: &[char], at: usize, word: &str) -> bool {
    word.chars().enumerate().all(|(offset, character)| text.get(at + offset) == Some(&character))
}

fn skip(text: &[char], mut at: usize, any: &[char]) -> usize {
    while text.get(at).is_some_and(|character| any.contains(character)) {
        at += 1;
    }
    at
}

/// A run of digits; letters that stand for digits (`X`, `*`) count, and an O among digits is a zero.
fn digits(text: &[char], at: usize, most: usize) -> (String, usize) {
    let mut run = String::new();
    let mut end = at;
    while let Some(&character) = text.get(end) {
        match character {
            '0'..='9' => run.push(character),
            'O' if !run.is_empty() => run.push('0'),
            'X' | '*' | '×' | '?' => run.push('X'),
            // Digits are sometimes set in groups; a gap inside a short run is one of them.
            ' ' if run.len() < most => {}
            _ => break,
        }
        end += 1;
        if run.len() > most + 6 {
            break;
        }
    }
    (run, end)
}

/// `-1`, `-2A` after a number.
fn site(text: &[char], at: usize) -> (Option<String>, usize) {
    let from = skip(text, at, &['-', '_']);
    if from == at {
        return (None, at);
    }
    let mut end = from;
    while end - from < 4 && text.get(end).is_some_and(char::is_ascii_digit) {
        end += 1;
    }
    if end == from {
        return (None, at);
    }
    if text.get(end).is_some_and(char::is_ascii_uppercase)
        && !text.get(end + 1).is_some_and(char::is_ascii_alphanumeric)
    {
        end += 1;
    }
    (Some(text[from..end].iter().collect()), end)
}

fn sign_before(text: &[char], at: usize) -> Option<char> {
    text[..at].last().copied().filter(|&character| is_sign(character))
}

/// `蜀ICP备20250001号-1` at the `I`; `京ICP证030173号` is a licence. A label without digits is no number.
fn icp(text: &[char], at: usize) -> Option<(Number, usize)> {
    if !starts(text, at, "ICP") && !starts(text, at, "LCP") && !starts(text, at, "1CP") {
        return None;
    }
    let province = sign_before(text, at);
    let word = skip(text, at + 3, &['-', ':', ' ', '、', '(']);
    let register = match text.get(word)? {
        '备' => Register::Icp,
        '证' => Register::Licence,
        _ => return None,
    };
    let from = skip(text, word + 1, &['案', '号', '证', ':', '第', '字', '(', '[', ' ', '.', '：']);
    if register == Register::Licence
        && let Some((number, end)) = licence(text, from).or_else(|| licence(text, from + 1))
    {
        return Some((number, end));
    }
    // 「ICP备案号：蜀ICP备…」: the label stands in front of the number itself.
    let (run, end) = digits(text, from, 10);
    if run.len() < 4 {
        return None;
    }
    let after = skip(text, end, &['号', ' ']);
    let (site, end) = site(text, after);
    let sort = if register == Register::Icp { "备" } else { "证" };
    let sign = province.map(String::from).unwrap_or_default();
    let tail = site.as_ref().map(|site| format!("-{site}")).unwrap_or_default();
    let text = format!("{sign}ICP{sort}{run}号{tail}");
    Some((Number { register, province, digits: run, site, text }, end))
}

/// `川公网安备51010402000001号` at the `公`; `沪公安备：…` exists as well.
fn police(text: &[char], at: usize) -> Option<(Number, usize)> {
    let word = ["公网安备", "公安网备", "公安联网备", "公网备", "公安备"]
        .iter()
        .find(|word| starts(text, at, word))?;
    let province = sign_before(text, at);
    let from = skip(text, at + word.chars().count(), &['案', '号', '编', ':', '第', '(', '[', ' ', '：']);
    // 「公安备案号：川公网安备…」: the label stands in front of the number itself.
    let (run, end) = digits(text, from, 14);
    if run.len() < 6 {
        return None;
    }
    let end = skip(text, end, &['号']);
    let sign = province.map(String::from).unwrap_or_default();
    let text = format!("{sign}公网安备{run}号");
    Some((Number { register: Register::Police, province, digits: run, site: None, text }, end))
}

/// `川B2-20250001`, `合字A1.B1.B2-20180017`, at the first class letter.
fn licence(text: &[char], at: usize) -> Option<(Number, usize)> {
    let province = sign_before(text, at);
    let nationwide = at >= 2 && starts(text, at - 2, "合字");
    let mut end = at;
    loop {
        let class =
            matches!(text.get(end), Some('A' | 'B')) && text.get(end + 1).is_some_and(char::is_ascii_digit);
        if !class {
            return None;
        }
        end = skip(text, end + 2, &['.', '、', ',']);
        if text.get(end) == Some(&'-') {
            break;
        }
    }
    let (run, after) = digits(text, end + 1, 8);
    if run.len() != 8 || !(province.is_some() || nationwide) || run.contains('X') {
        return None;
    }
    let classes: String = text[at..end].iter().collect();
    let (site, after) = site(text, after);
    let sign = province.map_or_else(|| "合字".to_owned(), String::from);
    let text = format!("{sign}{classes}-{run}");
    Some((Number { register: Register::Licence, province, digits: run, site, text }, after))
}

/// `网站标识码：5109030018`, `bm07000001`.
fn government_site(text: &[char], at: usize) -> Option<(Number, usize)> {
    if !starts(text, at, "标识码") {
        return None;
    }
    let from = skip(text, at + 3, &[':', '：', ' ']);
    let ministry = starts(text, from, "BM");
    let (run, end) = digits(text, if ministry { from + 2 } else { from }, 10);
    let fits = if ministry { run.len() == 8 } else { run.len() == 10 };
    if !fits || run.contains('X') {
        return None;
    }
    let text = if ministry { format!("bm{run}") } else { run.clone() };
    Some((Number { register: Register::GovernmentSite, province: None, digits: run, site: None, text }, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let found: Vec<_> = numbers(text).into_iter().map(|number| number.text).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn numbers_are_read_as_footers_write_them() {
        check(
            "版权所有 蜀ICP备20250001号-1 川公网安备 51010402000001号",
            &["蜀ICP备20250001号-1", "川公网安备51010402000001号"],
        );
        check("京icp备2021012345号", &["京ICP备2021012345号"]);
        check("备案号：粤ＩＣＰ备１２０３４５６７号－２Ａ", &["粤ICP备12034567号-2A"]);
        check("ICP备案号：蜀ICP备15003421号", &["蜀ICP备15003421号"]);
        check("ICP备案号:15003421", &["ICP备15003421号"]);
        check("鲁ICP备 0501 2345 号", &["鲁ICP备05012345号"]);
        check("浙 I C P 备 05012345 - 3", &["浙ICP备05012345号-3"]);
        check("沪ICP备0O012345号", &["沪ICP备00012345号"]);
        check("京ICP备XXXXXXXX号", &["京ICP备XXXXXXXX号"]);
        check("沪公安备：31010102000042号", &["沪公网安备31010102000042号"]);
        check("渝公网安备：５００１０８０２００００１１", &["渝公网安备50010802000011号"]);
        check("公安备案号：川公网安备51010402000001号", &["川公网安备51010402000001号"]);
        check("公安联网备案号 51010402000001", &["公网安备51010402000001号"]);
        check("苏公网安备 320102 02 000011 号", &["苏公网安备32010202000011号"]);
    }

    #[test]
    fn licences_and_codes_are_read() {
        check("增值电信业务经营许可证：川B2-20200123", &["川B2-20200123"]);
        check("合字A1.B1.B2-20180017", &["合字A1.B1.B2-20180017"]);
        check("京ICP证030173号", &["京ICP证030173号"]);
        check("ICP证合字B2-20070004号", &["合字B2-20070004"]);
        check("网站标识码：5109030018", &["5109030018"]);
        check("网站标识码 bm07000001", &["bm07000001"]);
    }

    #[test]
    fn labels_and_news_are_no_numbers() {
        for text in [
            "ICP备案查询",
            "网站应当取得ICP备案号并放在首页底部",
            "办理公安备案的单位",
            "公网安备是什么",
            "维生素B2-10000000片",
            "电话 028-12345678",
            "",
        ] {
            check(text, &[]);
        }
    }

    fn flaws(text: &str, expected: &[Flaw]) {
        let number = numbers(text).remove(0);
        assert_eq!(number.flaws(2026), expected, "{text}");
    }

    #[test]
    fn an_honest_number_has_no_flaw() {
        for text in [
            "京ICP备05012345号",
            "京ICP备2021012345号-1",
            "蜀ICP备15003421号-2A",
            "黔ICP备19000123号",
            "陇ICP备06001234号",
            "京ICP备010123号",
            "川公网安备51010402000001号",
            "贵公网安备52010302000123号",
            "甘公网安备62010202000123号",
            "京公网安备11040102700033号",
            "浙公网安备33028302000012号",
            "云公网安备53010202000012号",
        ] {
            flaws(text, &[]);
        }
    }

    #[test]
    fn flaws_of_a_number_are_named() {
        flaws("京ICP备12345678号", &[Flaw::Placeholder]);
        flaws("京ICP备XXXXXXXX号", &[Flaw::Placeholder]);
        flaws("京ICP备00000000号", &[Flaw::Placeholder]);
        flaws("京ICP备88888888号-1", &[Flaw::Placeholder]);
        flaws("辽ICP备2026000000号", &[Flaw::ZeroSerial]);
        flaws("京ICP备27012345号", &[Flaw::FutureYear]);
        flaws("京ICP备2031012345号", &[Flaw::FutureYear]);
        flaws("京ICP备0501234号", &[Flaw::Length]);
        flaws("ICP备05012345号", &[Flaw::NoProvince]);
        flaws("川ICP备05012345号", &[Flaw::OtherRegistersSign]);
        flaws("川公网安备5101040000001号", &[Flaw::Length]);
        flaws("川公网安备00000000000000号", &[Flaw::Placeholder]);
        flaws("川公网安备51010402000000号", &[Flaw::ZeroSerial]);
        flaws("川公网安备11010402000001号", &[Flaw::AreaContradictsSign]);
        flaws("京公网安备99010402000001号", &[Flaw::AreaContradictsSign]);
        flaws("公安备案号51010402000001", &[Flaw::NoProvince]);
    }

    #[test]
    fn hostile_text_ends_in_a_value() {
        for text in ["ICP备".repeat(5000), "公网安备1".repeat(5000), "A1".repeat(9000), "9".repeat(90_000)]
        {
            assert!(numbers(&text).len() < 10_000);
        }
    }
}
