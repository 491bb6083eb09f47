//! Where a page tells people to call, write or pay: what nobody changes on an old page but with a reason.

/// Digits of a bank account or card.
const ACCOUNT: std::ops::RangeInclusive<usize> = 12..=21;
/// How far before a number its meaning may stand, in characters.
const BEFORE: usize = 24;
/// What stands before numbers that money goes to.
const PAY: &[&str] = &["账号", "帐号", "账户", "帐户", "卡号", "收款", "account", "iban"];

/// The telephone numbers, mail addresses and accounts of a text, each with its sort: `tel:`, `mail:`, `account:`.
pub fn contacts(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    if text.contains('@') {
        all.extend(text.split(|c: char| !is_of_mail(c)).filter_map(mail));
    }
    if text.bytes().filter(u8::is_ascii_digit).nth(9).is_some() {
        numbers(text, &mut all);
    }
    all
}

fn is_of_mail(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '@' | '.' | '-' | '_' | '+')
}

fn mail(word: &str) -> Option<String> {
    let word = word.trim_matches(['.', '-', '_', '+']);
    let (name, domain) = word.split_once('@')?;
    let whole = !name.is_empty() && domain.contains('.') && !domain.contains('@');
    whole.then(|| format!("mail:{}", word.to_ascii_lowercase()))
}

/// Runs of digits, as people group them, that are a telephone number or stand behind a word for an account.
fn numbers(text: &str, all: &mut Vec<String>) {
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let run = &rest[start..];
        let end = run
            .find(|c: char| !(c.is_ascii_digit() || matches!(c, ' ' | '-' | '－' | '—' | ')' | '）')))
            .unwrap_or(run.len());
        let digits: String = run[..end].chars().filter(char::is_ascii_digit).collect();
        let before = &text[..text.len() - rest.len() + start];
        all.extend(named(before, &digits).map(|sort| format!("{sort}:{digits}")));
        rest = &run[end..];
    }
}

fn named(before: &str, digits: &str) -> Option<&'static str> {
    let from = before.char_indices().rev().nth(BEFORE - 1).map_or(0, |(at, _)| at);
    let near = before[from..].to_lowercase();
    if ACCOUNT.contains(&digits.len()) && PAY.iter().any(|word| near.contains(word)) {
        return Some("account");
    }
    let bytes = digits.as_bytes();
    let mobile = digits.len() == 11 && bytes[0] == b'1' && bytes[1] >= b'3';
    let fixed = matches!(digits.len(), 10..=12) && bytes[0] == b'0' && bytes[1] != b'0';
    let free = digits.len() == 10 && (digits.starts_with("400") || digits.starts_with("800"));
    (mobile || fixed || free).then_some("tel")
}

#[cfg(test)]
mod tests {
    use super::contacts;

    #[test]
    fn numbers_to_call_and_to_pay_and_addresses_to_write_to_are_read() {
        let text = "缴费账号：6222 0212 0200 1234 567（某某银行），咨询电话：0831-2012345、13800138000、400-820-8820，邮箱 Wb@Example.test。";
        assert_eq!(
            contacts(text),
            [
                "mail:wb@example.test",
                "account:6222021202001234567",
                "tel:08312012345",
                "tel:13800138000",
                "tel:4008208820"
            ]
        );
    }

    #[test]
    fn other_numbers_are_none() {
        for text in [
            "蜀ICP备12009876号-1",
            "川公网安备51150202000123号",
            "发布时间 2026-03-11 10:20:30",
            "预算1234567890元",
            "a@b",
        ] {
            assert!(contacts(text).is_empty(), "{text}: {:?}", contacts(text));
        }
    }
}
