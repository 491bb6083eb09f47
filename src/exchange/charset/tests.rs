//! Tests of the sniff, of disagreement and of guesses.

use super::*;

const ZH: &str = "欢迎访问某某县人民政府门户网站，今天发布了最新的政务公开信息和通知公告。";
const ZH_HANT: &str = "歡迎來到我們的網站，這裡有最新的消息與公告，請大家多多支持。";

fn bytes(encoding: &'static Encoding, text: &str) -> Vec<u8> {
    encoding.encode(text).0.into_owned()
}

#[test]
fn the_prescan_reads_what_browsers_read() {
    fn check(markup: &str, expected: Option<&str>) {
        assert_eq!(declared_in_markup(markup.as_bytes()).map(Encoding::name), expected, "{markup}");
    }
    check("<meta charset=gbk>", Some("GBK"));
    check("<META CHARSET = 'Big5' />", Some("Big5"));
    check(r#"<meta http-equiv="Content-Type" content="text/html; charset=gb2312">"#, Some("GBK"));
    check(r#"<meta content="text/html;charset='utf-8'" http-equiv=content-type>"#, Some("UTF-8"));
    check(r#"<meta content="text/html; charset=gbk">"#, None);
    check(r#"<meta name=x content="charset=gbk"><meta charset=utf-8>"#, Some("UTF-8"));
    check("<!-- <meta charset=gbk> --><meta charset=big5>", Some("Big5"));
    check("<!--><meta charset=big5>", Some("Big5"));
    check("<!-- <meta charset=gbk>", None);
    check("<metax charset=gbk>", None);
    check(r#"<a title="<meta charset=gbk>"><meta charset=euc-kr>"#, Some("EUC-KR"));
    check(r#"<?xml version="1.0" encoding="gb2312"?><html>"#, Some("GBK"));
    check("<meta charset=utf-16le>", Some("UTF-8"));
    check("<meta charset=utf-7>", None);
    check("<meta charset=hz-gb-2312>", None);
    check("<meta charset=x-user-defined>", Some("windows-1252"));
    check("<meta charset=utf-8", None);
    check("<meta charset=gbk charset=utf-8>", Some("GBK"));
    check("<meta content='charset charset=sjis' http-equiv=CONTENT-TYPE>", Some("Shift_JIS"));
    check("< meta charset=gbk>", None);
    check("<", None);
    check("", None);
}

fn check(body: &[u8], header: Option<&str>, encoding: &str, how: How, contains: &str) -> Decoded {
    let decoded = decode(body, header);
    assert_eq!((decoded.encoding, decoded.how), (encoding, how), "{header:?} {:?}", decoded.text);
    assert!(decoded.text.contains(contains), "{:?}", decoded.text);
    decoded
}

#[test]
fn declarations_are_followed_in_the_order_of_the_standard() {
    let utf8 = Some("text/html; charset=UTF-8");
    check(format!("\u{feff}{ZH}").as_bytes(), Some("text/html; charset=gbk"), "UTF-8", How::Bom, ZH);
    check(ZH.as_bytes(), utf8, "UTF-8", How::Header, ZH);
    check(&bytes(GBK, ZH), Some("text/html;Charset=\"GB2312\""), "GBK", How::Header, ZH);
    let meta = format!("<meta charset=gb2312><p>{ZH}");
    check(&bytes(GBK, &meta), Some("text/html"), "GBK", How::Meta, ZH);
    let late = format!("<!--{}--><meta charset=gb2312><p>{ZH}", "x".repeat(3000));
    check(&bytes(GBK, &late), None, "GBK", How::Meta, ZH);
    let wide: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(ZH.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    check(&wide, utf8, "UTF-16LE", How::Bom, ZH);
}

#[test]
fn when_header_and_document_disagree_the_valid_reading_is_taken_and_the_other_kept() {
    let page = format!("<meta charset=gb2312><p>{ZH}");
    let wrong_header = check(&bytes(GBK, &page), Some("text/html; charset=utf-8"), "GBK", How::Meta, ZH);
    assert_eq!(wrong_header.alternative.unwrap().encoding, "UTF-8");
    assert!(!wrong_header.malformed);
    let right_header = check(page.as_bytes(), Some("text/html; charset=utf-8"), "UTF-8", How::Header, ZH);
    assert_eq!(right_header.alternative.unwrap().how, How::Meta);
    let latin_header = check(&bytes(GBK, &page), Some("text/html; charset=iso-8859-1"), "GBK", How::Meta, ZH);
    assert_eq!(latin_header.alternative.unwrap().encoding, "windows-1252");
    let ascii = decode(b"<meta charset=gbk>plain", Some("text/html; charset=utf-8"));
    assert_eq!((ascii.encoding, ascii.alternative), ("UTF-8", None));
}

#[test]
fn a_declaration_that_does_not_fit_gives_way_to_a_guess_that_does() {
    let gbk = bytes(GBK, ZH);
    let decoded = check(&gbk, Some("text/html; charset=utf-8"), "GBK", How::Guess, ZH);
    assert_eq!(decoded.alternative.unwrap().encoding, "UTF-8");
    check(ZH.as_bytes(), Some("text/html; charset=iso-8859-1"), "UTF-8", How::Utf8, ZH);
}

#[test]
fn a_stray_byte_does_not_overthrow_the_declaration() {
    let mut body = ZH.repeat(3).into_bytes();
    body.push(0xff);
    let decoded = check(&body, Some("text/html; charset=utf-8"), "UTF-8", How::Header, ZH);
    assert!(decoded.malformed);
}

#[test]
fn undeclared_text_is_guessed() {
    check(ZH.as_bytes(), None, "UTF-8", How::Utf8, ZH);
    check(b"<p>plain", None, "UTF-8", How::Utf8, "plain");
    check(&bytes(GBK, ZH), None, "GBK", How::Guess, ZH);
    check(&bytes(GBK, "<title>欢迎光临本站</title>"), None, "GBK", How::Guess, "欢迎");
    check(&bytes(BIG5, ZH_HANT), None, "Big5", How::Guess, "網站");
    check(
        &bytes(SHIFT_JIS, "これは日本語のページです。よろしくお願いします。"),
        None,
        "Shift_JIS",
        How::Guess,
        "日本語",
    );
    check(
        &bytes(EUC_KR, "안녕하세요 우리 홈페이지에 오신 것을 환영합니다"),
        None,
        "EUC-KR",
        How::Guess,
        "환영",
    );
    let russian = "Добро пожаловать на наш сайт, здесь много интересного";
    check(&bytes(encoding_rs::WINDOWS_1251, russian), None, "windows-1251", How::Guess, "сайт");
    let utf16: Vec<u8> =
        "<html><p>plain words in two bytes each".encode_utf16().flat_map(u16::to_be_bytes).collect();
    check(&utf16, None, "UTF-16BE", How::Guess, "plain");
}

#[test]
fn utf_7_is_never_followed() {
    let body = b"+ADw-script+AD4-alert(1)";
    let decoded = decode(body, Some("text/html; charset=utf-7"));
    assert!(!decoded.text.contains('<'));
}

#[test]
fn binary_bodies_are_told_from_text() {
    assert!(looks_binary(b"\x89PNG\r\n\x1a\n\0\0\0"));
    assert!(looks_binary(b"PK\x03\x04\x14\0"));
    assert!(looks_binary(&(0..=255).cycle().take(2000).collect::<Vec<u8>>()));
    assert!(!looks_binary(b""));
    assert!(!looks_binary(ZH.as_bytes()));
    assert!(!looks_binary(&bytes(GBK, ZH)));
    assert!(!looks_binary(format!("<p>{}\0</p>", "x".repeat(200)).as_bytes()));
    let utf16: Vec<u8> = "<html><p>plain words".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(!looks_binary(&utf16));
}

proptest::proptest! {
    #[test]
    fn any_bytes_decode(body in proptest::collection::vec(proptest::num::u8::ANY, 0..400), header in ".{0,40}") {
        let _ = decode(&body, Some(&header));
        let _ = looks_binary(&body);
    }

    #[test]
    fn any_markup_is_scanned(markup in "(<meta|<!--|-->|charset|=|'|\"|>|content|http-equiv| |/|gbk|<a){0,30}") {
        let _ = declared_in_markup(markup.as_bytes());
    }
}
