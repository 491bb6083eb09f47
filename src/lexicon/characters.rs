//! What single characters stand for: variants, invisible ones, compatibility forms, look-alikes.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization as _;

const FIRST_HAN: u32 = 0x4E00;
const LAST_HAN: u32 = 0x9FFF;
const HAN: usize = (LAST_HAN - FIRST_HAN + 1) as usize;

/// Tables over the unified Han block.
struct HanTables {
    /// Simplified form of each character, 0 where it is its own.
    simplified: Box<[u16; HAN]>,
    /// One bit for each character that has another simplified form.
    varies: [u64; HAN / 64],
    /// One bit for each character that is the simplified form of another.
    is_target: [u64; HAN / 64],
}

static TABLES: LazyLock<HanTables> = LazyLock::new(|| {
    let mut tables =
        HanTables { simplified: Box::new([0; HAN]), varies: [0; HAN / 64], is_target: [0; HAN / 64] };
    for line in include_str!("tables/variants.txt").lines().filter(|line| !line.starts_with('#')) {
        let mut characters = line.chars();
        let Some(target) = characters.next() else { continue };
        let (Some(place), Ok(code)) = (han_place(target), u16::try_from(u32::from(target))) else { continue };
        tables.is_target[place / 64] |= 1 << (place % 64);
        for place in characters.filter_map(han_place) {
            tables.simplified[place] = code;
            tables.varies[place / 64] |= 1 << (place % 64);
        }
    }
    tables
});

fn han_place(character: char) -> Option<usize> {
    let code = u32::from(character);
    (FIRST_HAN..=LAST_HAN).contains(&code).then(|| (code - FIRST_HAN) as usize)
}

/// Whether a character is Han: unified, extensions, compatibility.
pub(super) fn is_han(character: char) -> bool {
    matches!(u32::from(character), FIRST_HAN..=LAST_HAN | 0x3400..=0x4DBF | 0xF900..=0xFAFF | 0x20000..=0x323AF)
        || character == '〇'
}

/// Looks at Han characters in a tight loop.
#[derive(Clone, Copy)]
pub(super) struct HanView(&'static HanTables);

impl HanView {
    /// The tables, built at the first call.
    pub(super) fn get() -> Self {
        Self(&TABLES)
    }

    /// Whether a unified Han character (by code) has another, simplified form.
    pub(super) fn varies(self, code: u32) -> bool {
        let place = code.wrapping_sub(FIRST_HAN) as usize;
        self.0.varies.get(place / 64).is_some_and(|bits| bits >> (place % 64) & 1 == 1)
    }

    /// Whether the character is one that only simplified writing uses.
    pub(super) fn is_simplified_only(self, character: char) -> bool {
        han_place(character).is_some_and(|place| self.0.is_target[place / 64] >> (place % 64) & 1 == 1)
    }

    /// The simplified form, if it differs.
    pub(super) fn simplified(self, character: char) -> Option<char> {
        let code = self.0.simplified[han_place(character)?];
        (code != 0).then(|| char::from_u32(u32::from(code))).flatten()
    }
}

/// Characters that take no room and mean nothing between letters.
pub(super) fn is_invisible(character: char) -> bool {
    matches!(
        u32::from(character),
        0x00AD | 0x034F | 0x061C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F | 0x200B..=0x200F
            | 0x202A..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0
            | 0xFFF9..=0xFFFB | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF
    ) || (character.is_control() && !character.is_whitespace())
}

/// Whether compatibility folding may change a character. Ordinary full-width punctuation is left alone.
pub(super) fn is_compatibility(character: char) -> bool {
    matches!(
        u32::from(character),
        0x00AA | 0x00B2..=0x00B3 | 0x00B9..=0x00BA | 0x02B0..=0x02B8 | 0x1D2C..=0x1D6A | 0x2070..=0x209C
            | 0x2100..=0x218B | 0x2460..=0x24FF | 0x2776..=0x2793 | 0x2C7C..=0x2C7D | 0x2E80..=0x2FDF | 0x3021..=0x3029
            | 0x3200..=0x33FF | 0xA7F2..=0xA7F4 | 0xF900..=0xFAFF | 0xFB00..=0xFB06 | 0xFF10..=0xFF19 | 0xFF21..=0xFF3A
            | 0xFF41..=0xFF5A | 0xFF66..=0xFFDC | 0x1D400..=0x1D7FF | 0x1F100..=0x1F1FF | 0x1FBF0..=0x1FBF9
            | 0x2F800..=0x2FA1D
    )
}

/// What a compatibility form stands for; nothing when the folding does not change it.
pub(super) fn fold_compatibility(character: char, into: &mut Vec<char>) -> bool {
    into.clear();
    let code = u32::from(character);
    let digit = |offset: u32| char::from_digit(offset % 10, 10);
    let letter = |offset: u32| char::from_u32(u32::from('a') + offset);
    let own = match code {
        0x2776..=0x277F => digit(code - 0x2775),
        0x2780..=0x2789 => digit(code - 0x277F),
        0x278A..=0x2793 => digit(code - 0x2789),
        0x24F5..=0x24FE => digit(code - 0x24F4),
        0x24EA | 0x24FF => Some('0'),
        0x1F150..=0x1F169 => letter(code - 0x1F150),
        0x1F170..=0x1F189 => letter(code - 0x1F170),
        0x1F1E6..=0x1F1FF => letter(code - 0x1F1E6),
        0x3021..=0x3029 => digit(code - 0x3020),
        _ => None,
    };
    if let Some(own) = own {
        into.push(own);
        return true;
    }
    let parenthesised = matches!(code, 0x2474..=0x249B | 0x3200..=0x3247 | 0x1F100..=0x1F12F);
    for folded in std::iter::once(character).nfkc() {
        if parenthesised && matches!(folded, '(' | ')' | '.' | ',' | '〔' | '〕') {
            continue;
        }
        into.extend(folded.to_lowercase());
    }
    into.as_slice() != [character]
}

/// The Latin letter that a Cyrillic or Greek letter (lower case) looks like.
pub(super) fn look_alike(character: char) -> Option<char> {
    Some(match character {
        'а' | 'α' | 'ɑ' => 'a',
        'в' | 'β' => 'b',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'є' | 'ε' | 'ё' => 'e',
        'ғ' => 'f',
        'ɡ' => 'g',
        'һ' | 'н' | 'η' => 'h',
        'і' | 'ι' | 'ї' | 'ı' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'ӏ' => 'l',
        'м' | 'μ' => 'm',
        'п' | 'ո' => 'n',
        'о' | 'ο' | 'σ' | 'օ' => 'o',
        'р' | 'ρ' => 'p',
        'ԛ' => 'q',
        'г' => 'r',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'υ' | 'ц' => 'u',
        'ν' | 'ѵ' => 'v',
        'ш' | 'ω' | 'ԝ' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' => 'y',
        'ᴢ' => 'z',
        _ => return None,
    })
}

/// A letter of a script that puts spaces between words, or a digit.
pub(super) fn is_worded(character: char) -> bool {
    match u32::from(character) {
        0x30..=0x39 | 0x41..=0x5A | 0x61..=0x7A => true,
        0..=0x7F => false,
        0x00C0..=0x024F
        | 0x0250..=0x02AF
        | 0x1E00..=0x1EFF
        | 0x0370..=0x052F
        | 0x0530..=0x058F
        | 0x0620..=0x06D3 => character.is_alphabetic(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(character: char) -> String {
        let mut into = Vec::new();
        fold_compatibility(character, &mut into);
        into.into_iter().collect()
    }

    #[test]
    fn compatibility_forms_fold_to_plain_digits_and_letters() {
        for (form, plain) in [
            ('３', "3"),
            ('⑥', "6"),
            ('❻', "6"),
            ('𝟱', "5"),
            ('🅱', "b"),
            ('🇵', "p"),
            ('Ⅷ', "viii"),
            ('㈠', "一"),
            ('⑴', "1"),
        ] {
            assert_eq!(folded(form), plain, "{form}");
        }
    }

    #[test]
    fn variants_fold_and_simplified_characters_do_not() {
        let view = HanView::get();
        for (variant, simplified) in [('賭', '赌'), ('慱', '博'), ('綵', '彩'), ('樂', '乐')] {
            assert_eq!(view.simplified(variant), Some(simplified));
            assert!(view.varies(u32::from(variant)));
        }
        for plain in ['赌', '博', '彩', '乾', 'a', '，'] {
            assert_eq!(view.simplified(plain), None, "{plain}");
        }
    }
}
