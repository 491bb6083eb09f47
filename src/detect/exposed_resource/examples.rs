//! What the detector must find, and its honest twins that it must leave alone.

use crate::detect::card::{Example, Seen};
use crate::detect::dossier::{Asked, Dossier, Exposures, ProbeRole};
use crate::detect::rehearsal::{Answer, Rehearsal};
use crate::exchange::Purpose;
use crate::id::ExchangeId;

use super::probe;

pub(super) const FIND: &[Example] = &[
    Example {
        name: "a listing that nginx made of the uploads folder",
        seen: Seen::Visit(|| {
            Dossier::of_page(
                "http://www.example.test/uploads/",
                "<html><head><title>Index of /uploads/</title></head><body><h1>Index of /uploads/</h1><hr><pre>\
                 <a href=\"../\">../</a>\n<a href=\"a.docx\">a.docx</a> 01-Jan-2026 10:00 4096\n</pre></body></html>",
            )
        }),
    },
    Example {
        name: "a listing that IIS made",
        seen: Seen::Visit(|| {
            Dossier::of_page(
                "http://www.example.test/files/",
                "<html><head><title>www.example.test - /files/</title></head><body><H1>www.example.test - /files/</H1><hr><pre>\
                 <A HREF=\"/\">[转到父目录]</A><br><br> 2026/1/1 <A HREF=\"/files/x.xls\">x.xls</A><br></pre></body></html>",
            )
        }),
    },
    Example {
        name: "phpinfo",
        seen: Seen::Page(
            "<html><head><title>PHP 7.4.3 - phpinfo()</title></head><body><div class=center><table><tr><td>\
             <h1 class=\"p\">PHP Version 7.4.3</h1></td></tr></table><table><tr><td class=\"e\">System </td></tr></table></body></html>",
        ),
    },
    Example {
        name: "an environment page (探针)",
        seen: Seen::Page(
            "<title>雅黑PHP探针[简体版]v0.4.7</title><table><tr><td>服务器解译引擎</td><td>nginx/1.20</td></tr>\
             <tr><td>PHP运行方式</td><td>FPM-FCGI</td></tr></table>",
        ),
    },
    Example {
        name: "a warning of PHP with the path on the server",
        seen: Seen::Page(
            "<title>某某局</title><br />\n<b>Warning</b>:  mysqli_connect(): (HY000/1045): Access denied in \
             <b>/var/www/html/inc/db.php</b> on line <b>12</b><br />\n<p>通知公告",
        ),
    },
    Example {
        name: "a framework's debug page at an address that does not exist",
        seen: Seen::Visit(|| {
            Rehearsal::new()
                .view("d", Answer::Html("<title>某某局</title><p>简介"))
                .probe(
                    "m",
                    Answer::Status(
                        404,
                        "<title>系统发生错误</title><h1>无法加载模块:Q7x2k9</h1><p>错误位置 FILE: /www/ThinkPHP/Library/Think/Dispatcher.class.php",
                    ),
                )
                .end()
        }),
    },
    Example {
        name: "a page that is nothing but a database's message",
        seen: Seen::Page(
            "<p>SQLSTATE[42S02]: Base table or view not found: 1146 Table 'site.news' doesn't exist</p>",
        ),
    },
    Example {
        name: "an administrators' login",
        seen: Seen::Page(
            "<title>网站后台管理系统</title><form action=login.php method=post><input name=u><input type=password name=p></form>",
        ),
    },
    Example {
        name: "the landing page of a console",
        seen: Seen::Page(
            "<title>Swagger UI</title><link rel=stylesheet href=swagger-ui.css><div id=swagger-ui></div>",
        ),
    },
    Example {
        name: "an office system by the files that its page loads",
        seen: Seen::Page("<title>协同办公</title><script src=/seeyon/common/js/a.js></script><p>登录"),
    },
    Example {
        name: "a list of people with their identity numbers in full",
        seen: Seen::Page(
            "<title>公示</title><table><tr><td>张某</td><td>510199199003070011</td></tr><tr><td>李某</td><td>510199198501121227</td></tr></table>",
        ),
    },
    Example {
        name: "a git repository, where asking was authorised",
        seen: Seen::Visit(|| asked(|path| (path == "/.git/HEAD").then_some("ref: refs/heads/master\n"))),
    },
    Example {
        name: "a backup, where asking was authorised",
        seen: Seen::Visit(|| asked(|path| (path == "/wwwroot.zip").then_some("PK\u{3}\u{4}\u{14}\u{0}"))),
    },
];

pub(super) const SPARE: &[Example] = &[
    Example {
        name: "a tutorial about listings",
        seen: Seen::Page(
            "<title>Index of / 目录遍历漏洞怎么修复</title><h1>Index of / 是什么</h1><pre>&lt;title&gt;Index of /uploads&lt;/title&gt;</pre>\
             <p>在配置文件中加入 autoindex off 即可，见 <a href=/help/a.html>说明</a>。",
        ),
    },
    Example {
        name: "a public mirror",
        seen: Seen::Visit(|| {
            Dossier::of_page(
                "http://mirrors.example.test/debian/",
                "<title>Index of /debian/</title><pre><a href=../>../</a> <a href=pool/>pool/</a></pre>",
            )
        }),
    },
    Example {
        name: "a tutorial that quotes a stack trace and messages",
        seen: Seen::Page(
            "<title>Java 空指针异常排查</title><p>运行时报错如下，原因是没有判空，下面一步一步说明怎样定位，并给出修改后的代码与注意事项。</p>\
             <pre>java.lang.NullPointerException\n at com.a.B.c(B.java:12)\n at com.a.D.e(D.java:3)\n at com.a.F.g(F.java:9)</pre>\
             <p>数据库另报 <code>SQLSTATE[42S02]: Base table or view not found</code>，建表即可。</p>\
             <pre>&lt;b&gt;Warning&lt;/b&gt;: in &lt;b&gt;/a.php&lt;/b&gt; on line &lt;b&gt;1&lt;/b&gt;</pre>",
        ),
    },
    Example {
        name: "an article about phpinfo and probes",
        seen: Seen::Page(
            "<title>phpinfo() 函数与 PHP 探针的用法</title><p>页面会显示 PHP Version，注意服务器解译引擎与 PHP运行方式两栏，用完应当删除。",
        ),
    },
    Example {
        name: "a question about a message, linked from a list",
        seen: Seen::Page(
            "<title>问答</title><ul><li><a href=/q/1>SQLSTATE[42S02]: Base table or view not found 怎么办</a></ul>",
        ),
    },
    Example {
        name: "the login of the site's users",
        seen: Seen::Page(
            "<title>用户登录 - 某某图书馆</title><form><input name=u><input type=password name=p></form>",
        ),
    },
    Example {
        name: "a manual of an office system",
        seen: Seen::Page(
            "<title>致远OA使用手册</title><p>登录地址为 /seeyon/common/ 下的页面，用户名为工号。",
        ),
    },
    Example {
        name: "an official list with masked numbers, and an example of a number",
        seen: Seen::Page(
            "<title>公示</title><table><tr><td>张某</td><td>510199********0011</td></tr></table>\
             <p>填写示例：510199199003070011</p><p>统一社会信用代码：915101006MA61TXXX7</p>",
        ),
    },
    Example {
        name: "a site that answers 200 with the same page to everything",
        seen: Seen::Visit(|| {
            asked(|_| {
                Some("<!DOCTYPE html><title>网站后台管理系统</title><form><input type=password></form>")
            })
        }),
    },
    Example {
        name: "a site that answers any name with an archive",
        seen: Seen::Visit(|| asked(|path| path.ends_with(".zip").then_some("PK\u{3}\u{4}\u{14}\u{0}"))),
    },
    Example { name: "a site on which nothing of the list lies open", seen: Seen::Visit(|| asked(|_| None)) },
];

/// A visit with written authorisation to a site that answers paths with those bodies, and 404 to the rest: everything is
/// asked for as the list says.
fn asked(answers: fn(&str) -> Option<&'static str>) -> Dossier {
    let mut dossier = Dossier::of_page("http://www.example.test/", "<title>某某局</title><p>简介");
    dossier.exposures = Some(Exposures {
        authorisation: "授权〔2026〕1号".to_owned(),
        robots: None,
        asked: Vec::new(),
        complete: false,
    });
    let probes = probe::probes(&dossier);
    while let Some(step) = probe::next(&dossier, &probes) {
        let id = ExchangeId(u32::try_from(dossier.exchanges.len()).unwrap_or(u32::MAX));
        let body = answers(step.url.path());
        let mut exchange = dossier.exchanges[0].clone();
        (exchange.id, exchange.purpose, exchange.request.url) = (id, Purpose::Exposure, step.url.clone());
        if let Ok(response) = &mut exchange.result {
            response.status = if body.is_some() { 200 } else { 404 };
            response.body = bytes::Bytes::from_static(body.unwrap_or("not found").as_bytes());
        }
        dossier.exchanges.push(exchange);
        let role: ProbeRole = step.role;
        if let Some(exposures) = &mut dossier.exposures {
            exposures.asked.push(Asked { url: step.url, role, exchange: Some(id) });
        }
    }
    dossier
}
