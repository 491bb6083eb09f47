//! Kinds of finding: name, what it means, what to do.

use super::{Words, words};
use crate::finding::Kind;

/// The name of a kind.
pub fn kind(kind: Kind) -> Words {
    match kind {
        Kind::HiddenLink => words("隐藏链接（暗链）", "Hidden link"),
        Kind::InjectedKeywords => words("植入关键词", "Injected keywords"),
        Kind::IllicitRedirect => words("违法跳转", "Illicit redirect"),
        Kind::Cloaking => words("伪装内容", "Cloaking"),
        Kind::Defacement => words("网页篡改", "Defacement"),
        Kind::IllegalContent => words("违法内容", "Illegal content"),
        Kind::HijackedOutlink => words("外链失守", "Hijacked outside link"),
        Kind::SuspiciousScript => words("可疑脚本", "Suspicious script"),
        Kind::MissingIcpMark => words("未见ICP备案标识", "No ICP filing mark seen"),
        Kind::MissingPoliceMark => words("未见公安备案标识", "No public-security filing mark seen"),
        Kind::InconsistentMark => words("备案标识不一致", "Inconsistent filing mark"),
        Kind::ExposedResource => words("敏感资源暴露", "Exposed resource"),
        Kind::TlsProblem => words("加密传输问题", "TLS problem"),
        Kind::UnreachableSite => words("网站无法访问", "Unreachable site"),
    }
}

/// What a kind means.
pub fn kind_about(kind: Kind) -> Words {
    match kind {
        Kind::HiddenLink => words(
            "页面里有人眼看不到、搜索引擎却能读到的链接，多为入侵者植入，用来给违法网站引流。",
            "The page holds links that people cannot see and search engines can, usually planted by an intruder to promote illegal sites.",
        ),
        Kind::InjectedKeywords => words(
            "标题、描述、结构化数据或隐藏文字中被塞入违法推广词。",
            "Words that promote illegal services were put into title, description, structured data or hidden text.",
        ),
        Kind::IllicitRedirect => words(
            "访客被状态码、响应头、页面刷新、脚本或框架送往违法网站。",
            "Visitors are sent to an illegal site by status, header, refresh, script or frame.",
        ),
        Kind::Cloaking => words(
            "同一网址对搜索引擎或部分访客给出另一份含违法内容的页面。",
            "The same address serves search engines or some visitors another page that bears illegal content.",
        ),
        Kind::Defacement => words(
            "页面被替换、插入标语或署名，或留有勒索信息。",
            "The page was replaced, marked with slogans or a signature, or holds a ransom note.",
        ),
        Kind::IllegalContent => {
            words("页面自身在推广违法内容或服务。", "The page itself promotes something illegal.")
        }
        Kind::HijackedOutlink => words(
            "页面所链接或引用的外部域名现已指向违法内容，或可被他人接管。",
            "An outside host that the page links to or loads from now serves illegal content or was taken over.",
        ),
        Kind::SuspiciousScript => words(
            "脚本经过混淆或冒充常见程序库，作用尚未证实。",
            "A script is obfuscated or imitates a known library; its effect is not proven.",
        ),
        Kind::MissingIcpMark => words(
            "在所见页面未见ICP备案号；不等于未备案。",
            "No ICP filing number was seen on the page; this does not mean that the site is not filed.",
        ),
        Kind::MissingPoliceMark => words(
            "在所见页面未见公安联网备案号；不等于未备案。",
            "No public-security filing number was seen on the page; this does not mean that the site is not filed.",
        ),
        Kind::InconsistentMark => words(
            "备案号格式有误、为占位内容、自相矛盾，或与登记、链接不符。",
            "A filing mark is malformed, a placeholder, contradicts itself, or differs from the registry or its link.",
        ),
        Kind::ExposedResource => words(
            "目录列表、版本库或备份等本不应公开的资源可以从外部读取。",
            "Something that should not be public, such as a directory listing, repository or backup, can be read from outside.",
        ),
        Kind::TlsProblem => words(
            "证书过期、域名不符或传输未加密，访客与网站之间的内容可能被窃听或改动。",
            "The certificate is expired or for another name, or transport is not protected; traffic can be read or changed.",
        ),
        Kind::UnreachableSite => {
            words("检查时网站无法正常访问。", "The site could not be reached when it was checked.")
        }
    }
}

/// What to do about a kind, where a finding does not say more.
pub fn kind_remedy(kind: Kind) -> Words {
    match kind {
        Kind::HiddenLink => words(
            "先留存证据，再清除所列代码，查清写入途径并修补，更换相关口令。",
            "Keep the evidence, remove the code shown, find and close the way it was written, change the passwords involved.",
        ),
        Kind::InjectedKeywords => words(
            "先留存证据，再恢复标题与描述，查清模板或数据库被改途径。",
            "Keep the evidence, restore title and description, find how template or database were changed.",
        ),
        Kind::IllicitRedirect => words(
            "先留存证据，按所列条件复现，检查服务器配置、入口程序和被引用脚本。",
            "Keep the evidence, reproduce under the conditions shown, examine server configuration, entry program and scripts.",
        ),
        Kind::Cloaking => words(
            "先留存证据，检查服务器模块与入口程序中按来源或客户端判断的代码。",
            "Keep the evidence, examine server modules and entry program for code that tests referrer or client.",
        ),
        Kind::Defacement => words(
            "先留存证据，从可信备份恢复，查清入侵途径，按规定报告。",
            "Keep the evidence, restore from a trusted backup, find the intrusion path, report as required.",
        ),
        Kind::IllegalContent => words(
            "先留存证据，停止传输、核实主体，按职责分工处置。",
            "Keep the evidence, stop the transmission, verify who is behind it, handle it within your remit.",
        ),
        Kind::HijackedOutlink => words(
            "移除或更新该外链与引用，并检查其他页面有无同一域名。",
            "Remove or update the link or reference, and look for the same host on other pages.",
        ),
        Kind::SuspiciousScript => words(
            "与源文件比对，确认脚本来历；来历不明的移除并留存。",
            "Compare with the source files and establish where the script comes from; remove and keep what is unknown.",
        ),
        Kind::MissingIcpMark => words(
            "在首页底部标明ICP备案号，并链接到 beian.miit.gov.cn。",
            "Show the ICP filing number at the foot of the home page with a link to beian.miit.gov.cn.",
        ),
        Kind::MissingPoliceMark => words(
            "在首页底部标明公安备案号与图标，并链接到 beian.mps.gov.cn。",
            "Show the public-security filing number and emblem at the foot of the home page with a link to beian.mps.gov.cn.",
        ),
        Kind::InconsistentMark => words(
            "在备案系统查询核实后更正页面上的备案号和链接。",
            "Verify in the filing system, then correct number and link on the page.",
        ),
        Kind::ExposedResource => words(
            "关闭对外访问，评估已经泄露的内容并更换其中的口令密钥。",
            "Close it to the outside, assess what has leaked and change the secrets in it.",
        ),
        Kind::TlsProblem => words(
            "更新或更换证书，启用加密传输。",
            "Renew or replace the certificate and protect the transport.",
        ),
        Kind::UnreachableSite => words(
            "核实是否停用、故障或被攻击；停用的应注销备案与解析。",
            "Find out whether it is closed, broken or under attack; cancel filing and name records of a closed site.",
        ),
    }
}
