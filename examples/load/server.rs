//! The sites: one nginx that answers at every address of loopback with the same few pages.

use std::collections::HashMap;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

/// A running server; it ends with this value.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    pub(crate) page_bytes: usize,
    log: PathBuf,
}

impl Server {
    pub(crate) fn start(folder: &Path, pages: usize) -> Result<Self, Box<dyn Error>> {
        let root = folder.join("site");
        fs::create_dir_all(&root)?;
        let mut page_bytes = 0;
        for number in 0..pages {
            let text = page(number, pages);
            page_bytes = text.len();
            fs::write(root.join(file(number)), text)?;
        }
        fs::write(root.join("style.css"), STYLE)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let log = folder.join("access.log");
        fs::write(folder.join("nginx.conf"), configuration(folder, &root, &log, port))?;
        // The workers run as another user and must reach the files.
        open_to_all(folder)?;
        let child =
            Command::new("nginx").arg("-c").arg(folder.join("nginx.conf")).arg("-p").arg(folder).spawn();
        let child = child
            .map_err(|error| format!("nginx cannot be started ({error}); apt-get install nginx-light"))?;
        let server = Self { child, port, page_bytes, log };
        server.await_answer()?;
        Ok(server)
    }

    #[expect(clippy::disallowed_methods, reason = "another process is waited for")]
    fn await_answer(&self) -> Result<(), Box<dyn Error>> {
        for _ in 0..100 {
            if std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err("nginx does not answer".into())
    }

    /// Begins the counts anew.
    pub(crate) fn forget(&self) {
        let _ = fs::write(&self.log, "");
    }

    /// Requests since the counts began.
    pub(crate) fn requests(&self) -> std::io::Result<usize> {
        Ok(fs::read_to_string(&self.log)?.lines().count())
    }

    /// The most requests that one host got within one second of the clock.
    pub(crate) fn busiest(&self) -> std::io::Result<usize> {
        let text = fs::read_to_string(&self.log)?;
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for line in text.lines() {
            *counts.entry(line).or_default() += 1;
        }
        Ok(counts.into_values().max().unwrap_or(0))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
fn open_to_all(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn open_to_all(_folder: &Path) -> std::io::Result<()> {
    Ok(())
}

fn configuration(folder: &Path, root: &Path, log: &Path, port: u16) -> String {
    let (folder, root, log) = (folder.display(), root.display(), log.display());
    format!(
        "daemon off;\nworker_processes 1;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\n\
         events {{ worker_connections 8192; }}\nhttp {{\n\
         log_format second '$host $time_iso8601';\naccess_log {log} second;\ndefault_type text/html;\n\
         types {{ text/html html; text/css css; }}\nclient_body_temp_path {folder}/t1;\nproxy_temp_path {folder}/t2;\n\
         fastcgi_temp_path {folder}/t3;\nuwsgi_temp_path {folder}/t4;\nscgi_temp_path {folder}/t5;\n\
         keepalive_requests 10000;\ncharset utf-8;\n\
         server {{ listen 0.0.0.0:{port} backlog=8192; root {root}; index index.html; }}\n}}\n"
    )
}

pub(crate) fn file(number: usize) -> String {
    if number == 0 { "index.html".to_owned() } else { format!("page{number}.html") }
}

const STYLE: &str = "body{margin:0;font:16px/1.6 sans-serif}.nav a{display:inline-block;padding:4px 12px}.menu ul{display:none}\
                     .menu:hover ul{display:block}footer{color:#666}@media(max-width:600px){.wide{display:none}}";

/// A page of a small official site, about 14 KB.
fn page(number: usize, pages: usize) -> String {
    let mut text = String::from(
        "<!DOCTYPE html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><link rel=\"stylesheet\" href=\"/style.css\">",
    );
    let _ = write!(text, "<title>某某县教育局 第{number}页</title></head><body><div class=\"nav\">");
    for other in 0..pages {
        let _ = write!(text, "<a href=\"/{}\">栏目{other}</a>", file(other));
    }
    text.push_str("</div><div class=\"menu\"><b>政务公开</b><ul><li><a href=\"/\">指南</a></li></ul></div>");
    let mut item = 0;
    while text.len() < 13_400 {
        let _ = write!(
            text,
            "<div class=\"item\"><h3>关于做好第{item}期学校安全工作的通知</h3><p>各中小学校、幼儿园：为进一步加强校园安全管理，现将有关事项通知如下，\
             请认真贯彻执行。联系电话 0831-20{item:05}。</p><span class=\"date\">2026-0{}-1{}</span></div>",
            item % 9 + 1,
            item % 10,
        );
        item += 1;
    }
    text.push_str(
        "<script>var _t=new Date();document.getElementById('y')&&(document.getElementById('y').innerHTML=_t.getFullYear());</script>\
         <footer>主办：某某县教育局 <a href=\"https://beian.miit.gov.cn/\">蜀ICP备12009876号-1</a> \
         <a href=\"https://beian.mps.gov.cn/#/query/webSearch?code=51150202000123\">川公网安备51150202000123号</a></footer></body></html>",
    );
    text
}
