//! What a scan is doing, in words.

use crate::lang::Bilingual;
use crate::scan::Progress;

/// One line in both languages. Addresses come from pages; whoever shows them escapes them.
pub fn told(progress: &Progress) -> Bilingual {
    match progress {
        Progress::Visiting { url, profile } => {
            Bilingual::new(format!("访问 [{profile}] {url}"), format!("visiting [{profile}] {url}"))
        }
        Progress::Landing { url } => Bilingual::new(format!("落地页 {url}"), format!("landing {url}")),
        Progress::Rendering { url, profile } => {
            Bilingual::new(format!("浏览器 [{profile}] {url}"), format!("browser [{profile}] {url}"))
        }
        Progress::Judging { url } => Bilingual::new(format!("判断 {url}"), format!("judging {url}")),
    }
}
