//! How numbers of articles, sums of money and penalty tiers read in the two languages.

use super::entry::Tier;
use crate::lang::Bilingual;

/// The citation of an article from the last part of its id: `61.1` → 第六十一条第一款, `10.i6` → 第十条第六项,
/// `287b` → 第二百八十七条之二. None where the part is not such a number.
pub(super) fn article_label(number: &str) -> Option<Bilingual> {
    let mut parts = number.split('.');
    let head = parts.next()?;
    let (digits, after) = match head.strip_suffix(['a', 'b']) {
        Some(digits) => (digits, if head.ends_with('a') { 1 } else { 2 }),
        None => (head, 0),
    };
    let mut zh = format!("第{}条", chinese_number(digits.parse().ok()?)?);
    let mut en = format!("Article {digits}");
    if after > 0 {
        zh.push_str(&format!("之{}", chinese_number(after)?));
        en.push_str(&format!("-{after}"));
    }
    for part in parts {
        let (unit, digits) = match part.strip_prefix('i') {
            Some(digits) => ('项', digits),
            None => ('款', part),
        };
        zh.push_str(&format!("第{}{unit}", chinese_number(digits.parse().ok()?)?));
        en.push_str(&format!("({digits})"));
    }
    Some(Bilingual { zh, en })
}

/// 1 to 999 in Chinese numerals.
fn chinese_number(number: u32) -> Option<String> {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    if !(1..=999).contains(&number) {
        return None;
    }
    let digit = |value: u32| DIGITS[value as usize];
    let (hundreds, tens, ones) = (number / 100, number / 10 % 10, number % 10);
    let mut text = String::new();
    if hundreds > 0 {
        text.push_str(digit(hundreds));
        text.push('百');
    }
    match tens {
        0 if hundreds > 0 && ones > 0 => text.push('零'),
        0 => {}
        1 if hundreds == 0 => text.push('十'),
        _ => {
            text.push_str(digit(tens));
            text.push('十');
        }
    }
    text.push_str(digit(ones));
    Some(text)
}

pub(super) fn tier_zh(tier: &Tier) -> String {
    let mut parts = Vec::new();
    parts.extend(tier.measures.as_ref().map(|text| text.zh.clone()));
    parts.extend(tier.prison.as_ref().map(|text| text.zh.clone()));
    parts.extend(tier.detention.map(|days| format!("处{}拘留", range_zh(days, &|day| format!("{day}日")))));
    let link = match (tier.either, tier.may, tier.detention.is_some()) {
        (true, ..) => "或者处",
        (_, true, true) => "可以并处",
        (_, true, false) => "可以处",
        _ => "处",
    };
    parts.extend(tier.gain.map(|times| format!("处违法所得{}罚款", range_zh(times, &|n| format!("{n}倍")))));
    parts.extend(tier.unit.map(|sum| format!("对单位{link}{}罚款", range_zh(sum, &yuan_zh))));
    if let Some(sum) = tier.person {
        let who = tier.who.as_ref().map_or("个人", |who| &who.zh);
        parts.push(format!("对{who}{link}{}罚款", range_zh(sum, &yuan_zh)));
    }
    format!("{}：{}", tier.when.zh, parts.join("；"))
}

pub(super) fn tier_en(tier: &Tier) -> String {
    let mut parts = Vec::new();
    parts.extend(tier.measures.as_ref().map(|text| text.en.clone()));
    parts.extend(tier.prison.as_ref().map(|text| text.en.clone()));
    parts.extend(
        tier.detention.map(|days| format!("{} days of detention", range_en(days, &|day| day.to_string()))),
    );
    let link = match (tier.either, tier.may) {
        (true, _) => "or a fine of",
        (_, true) => "may be fined",
        _ => "fine of",
    };
    parts.extend(
        tier.gain
            .map(|times| format!("fine of {} times the illegal gain", range_en(times, &|n| n.to_string()))),
    );
    parts.extend(tier.unit.map(|sum| format!("unit: {link} CNY {}", range_en(sum, &grouped))));
    if let Some(sum) = tier.person {
        let who = tier.who.as_ref().map_or("person", |who| &who.en);
        parts.push(format!("{who}: {link} CNY {}", range_en(sum, &grouped)));
    }
    format!("{}: {}", tier.when.en, parts.join("; "))
}

fn range_zh([from, to]: [u64; 2], show: &dyn Fn(u64) -> String) -> String {
    match from {
        0 => format!("{}以下", show(to)),
        _ if from == to => show(to),
        _ => format!("{}以上{}以下", show(from), show(to)),
    }
}

fn range_en([from, to]: [u64; 2], show: &dyn Fn(u64) -> String) -> String {
    match from {
        0 => format!("up to {}", show(to)),
        _ if from == to => show(to),
        _ => format!("{} to {}", show(from), show(to)),
    }
}

fn yuan_zh(sum: u64) -> String {
    if sum >= 10_000 && sum.is_multiple_of(10_000) {
        format!("{}万元", sum / 10_000)
    } else {
        format!("{sum}元")
    }
}

fn grouped(sum: u64) -> String {
    let digits = sum.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_are_cited_as_lawyers_do() {
        for (number, zh, en) in [
            ("23", "第二十三条", "Article 23"),
            ("10.i6", "第十条第六项", "Article 10(6)"),
            ("61.1", "第六十一条第一款", "Article 61(1)"),
            ("287b", "第二百八十七条之二", "Article 287-2"),
            ("303", "第三百零三条", "Article 303"),
            ("12", "第十二条", "Article 12"),
        ] {
            assert_eq!(article_label(number), Some(Bilingual::new(zh, en)));
        }
        for bad in ["", "0", "x", "1000", "61.", "4294967296"] {
            assert_eq!(article_label(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_tier_reads_as_one_line() {
        let tier = Tier {
            when: Bilingual::new("一般情形", "base"),
            measures: Some(Bilingual::new("责令改正，给予警告", "order to correct, warning")),
            unit: Some([10_000, 50_000]),
            person: Some([0, 5_000]),
            who: None,
            gain: None,
            detention: None,
            prison: None,
            may: true,
            either: false,
        };
        let text = tier.text();
        assert_eq!(
            text.zh,
            "一般情形：责令改正，给予警告；对单位可以处1万元以上5万元以下罚款；对个人可以处5000元以下罚款"
        );
        assert_eq!(
            text.en,
            "base: order to correct, warning; unit: may be fined CNY 10,000 to 50,000; person: may be fined CNY up to 5,000"
        );
    }
}
