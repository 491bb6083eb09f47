//! Pages that are not for the public: environment pages, consoles, administrators' logins, office systems; and editors
//! that can upload.
//!
//! Each is known by what its program writes: a whole title together with a piece of its markup, or the files that the
//! page loads from its own site. Words in running text never decide, so manuals and tutorials stay silent.

use url::Url;

use super::answer::{Answer, Exposure, shortened};
use super::technique::{ADMIN, CONSOLE, EDITOR, OFFICE, PHPINFO};
use crate::exchange::host::same_site;
use crate::page::Role;

/// A console: its titles, and pieces of markup of which one must be there.
struct Console {
    product: &'static str,
    /// Whole titles; empty: any.
    titles: &'static [&'static str],
    marks: &'static [&'static str],
}

/// Consoles by what their landing page is.
const CONSOLES: &[Console] = &[
    Console { product: "Swagger UI", titles: &["Swagger UI"], marks: &["swagger-ui"] },
    Console {
        product: "Knife4j",
        titles: &["接口文档", "Knife4j"],
        marks: &["knife4j", "swagger-bootstrap-ui"],
    },
    Console { product: "Druid", titles: &["Druid Stat Index", "druid monitor"], marks: &["druid"] },
    Console { product: "Nacos", titles: &["Nacos"], marks: &["nacos", "Nacos"] },
    Console { product: "Kibana", titles: &["Kibana", "Elastic"], marks: &["kbn-injected-metadata"] },
    Console { product: "H2 Console", titles: &["H2 Console"], marks: &["login.jsp", "H2 Console"] },
    Console { product: "phpMyAdmin", titles: &["phpMyAdmin"], marks: &["pma_username", "pmahomme"] },
    Console { product: "Spring Boot Actuator", titles: &[""], marks: &["{\"_links\":{\"self\":{\"href\":"] },
];

/// The makers of those consoles, whose demonstrations are meant to be public.
const MAKERS: &[&str] =
    &["swagger.io", "alibaba.com", "nacos.io", "elastic.co", "phpmyadmin.net", "xiaominfo.com"];

/// A console's landing page.
pub(super) fn console(answer: &Answer<'_>) -> Option<Exposure> {
    if answer.status != 200 || is_of(answer.url(), MAKERS) {
        return None;
    }
    let title = answer.title();
    let console = CONSOLES.iter().find(|console| {
        console.titles.iter().any(|one| title.eq_ignore_ascii_case(one)) && answer.has(console.marks)
    })?;
    // Actuator's index is a document of its own, not a page that quotes one.
    if console.titles == [""] && !answer.source.trim_start().starts_with(console.marks[0]) {
        return None;
    }
    Some(Exposure::new(&CONSOLE, console.product, shortened(title, 80)))
}

/// Rows that environment pages (探针) show; two of them make one.
const ROWS: [&str; 8] = [
    "服务器解译引擎",
    "PHP运行方式",
    "PHP已编译模块检测",
    "服务器实时数据",
    "PHP相关参数",
    "网站文档目录",
    "脚本占用最大内存",
    "POST方法提交最大限制",
];

/// phpinfo, or a page of that sort.
pub(super) fn environment(answer: &Answer<'_>) -> Option<Exposure> {
    if answer.status != 200 {
        return None;
    }
    let title = answer.title();
    let phpinfo = title == "phpinfo()" || title.ends_with(" - phpinfo()");
    if phpinfo && answer.has(&["<h1 class=\"p\">PHP Version"]) {
        return Some(Exposure::new(&PHPINFO, "phpinfo()", title));
    }
    if !title.contains("探针") {
        return None;
    }
    let plain = || answer.page.blocks.iter().filter(|block| block.role != Role::Quoted);
    // A row's name begins its cell; prose about it does not.
    let rows =
        ROWS.iter().filter(|row| plain().any(|block| block.text.trim_start().starts_with(**row))).count();
    (rows >= 2).then(|| Exposure::new(&PHPINFO, shortened(title, 40), shortened(title, 80)))
}

/// What a title says of an administrators' login.
const ADMIN_TITLES: [&str; 11] = [
    "后台管理",
    "管理后台",
    "后台登录",
    "后台登陆",
    "网站后台",
    "管理员登录",
    "管理员登陆",
    "管理中心登录",
    "admin login",
    "administrator login",
    "管理系统登录",
];

/// An administrators' login: a password is asked for under a title that says whose.
pub(super) fn admin_login(answer: &Answer<'_>) -> Option<Exposure> {
    if !answer.page.forms.iter().any(|form| form.password) {
        return None;
    }
    let title = answer.title().to_lowercase();
    if !ADMIN_TITLES.iter().any(|word| title.contains(word)) {
        return None;
    }
    let form = answer.page.forms.iter().find(|form| form.password)?;
    let path = shortened(answer.url().path(), 120);
    Some(Exposure::new(&ADMIN, path, shortened(answer.title(), 80)).at(&form.selector, form.line))
}

/// Office systems by the files that their pages load.
const OFFICES: &[(&str, &[&str])] = &[
    ("致远 Seeyon", &["/seeyon/common/", "/yyoa/common/", "/seeyon/main/"]),
    ("泛微 Weaver", &["/wui/theme/ecology", "/wui/common/", "/cloudstore/resource/pc/"]),
    ("通达 Tongda", &["/static/images/tongda.ico", "/images/tongda.ico"]),
    ("蓝凌 Landray", &["/sys/ui/extend/theme/default/style/icon.css"]),
    ("用友 Yonyou", &["/nccloud/resources/", "/platform/yui/", "/uapws/"]),
    ("万户 ezOFFICE", &["/defaultroot/scripts/", "/defaultroot/style/"]),
    ("禅道 ZenTao", &["/zentao/theme/", "/zentao/js/"]),
];

/// The makers of office systems, whose sites show them on purpose.
const OFFICE_MAKERS: &[&str] = &[
    "seeyon.com",
    "weaver.com.cn",
    "e-cology.com.cn",
    "tongda2000.com",
    "landray.com.cn",
    "yonyou.com",
    "whir.net",
    "zentao.net",
];

/// An office system, by the files that the page loads from its own site.
pub(super) fn office(answer: &Answer<'_>) -> Option<Exposure> {
    if is_of(answer.url(), OFFICE_MAKERS) {
        return None;
    }
    let loaded = loads(answer);
    for (product, marks) in OFFICES {
        let found = loaded.iter().find(|(url, ..)| marks.iter().any(|mark| url.path().contains(mark)));
        if let Some((url, selector, line)) = found {
            return Some(Exposure::new(&OFFICE, *product, shortened(url.path(), 120)).at(selector, *line));
        }
    }
    let seeyon = answer.response.header("server").is_some_and(|server| server.starts_with("SY80"));
    let weaver =
        answer.response.header_all("set-cookie").any(|cookie| cookie.starts_with("ecology_JSessionid="));
    let product = if seeyon { "致远 Seeyon" } else { "泛微 Weaver" };
    (seeyon || weaver)
        .then(|| Exposure::new(&OFFICE, product, if seeyon { "Server: SY80…" } else { "ecology_JSessionid" }))
}

/// Editors that can upload, by a part of the path of their scripts.
const EDITORS: [(&str, &str); 6] = [
    ("UEditor", "/ueditor."),
    ("KindEditor", "/kindeditor"),
    ("FCKeditor", "/fckeditor"),
    ("eWebEditor", "/ewebeditor"),
    ("CKFinder", "/ckfinder"),
    ("xhEditor", "/xheditor"),
];

/// An editor that a page loads from its own site.
pub(super) fn editor(answer: &Answer<'_>) -> Option<Exposure> {
    for (url, selector, line) in loads(answer) {
        let path = url.path().to_ascii_lowercase();
        if let Some((product, _)) = EDITORS.iter().find(|(_, mark)| path.contains(mark)) {
            return Some(Exposure::new(&EDITOR, *product, shortened(url.path(), 120)).at(selector, line));
        }
    }
    None
}

/// The scripts and style sheets that a page loads from its own site, with their places.
fn loads<'a>(answer: &Answer<'a>) -> Vec<(&'a Url, &'a str, u32)> {
    let page = answer.page;
    let scripts =
        page.scripts.iter().filter_map(|one| Some((one.url.as_ref()?, one.selector.as_str(), one.line)));
    let relations = page.relations.iter().map(|one| (&one.url, "", one.line));
    scripts.chain(relations).filter(|(url, ..)| same_site(url, &page.url)).collect()
}

/// Whether an address belongs to one of those domains.
fn is_of(url: &Url, domains: &[&str]) -> bool {
    crate::exchange::host::domain_of(url).is_some_and(|domain| domains.contains(&&*domain))
}
