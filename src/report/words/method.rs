//! Techniques by their ids (`where.method`), as people say them.

use super::{Words, words};

/// What a technique is, where its id is known; others are shown by their id.
pub fn method(id: &str) -> Option<Words> {
    METHODS.iter().find(|(name, _)| *name == id).map(|(_, words)| *words)
}

/// Ids of the detection catalogue and of redirect means.
const METHODS: &[(&str, Words)] = &[
    ("css-display-none-inline", words("行内样式 display:none", "inline display:none")),
    ("css-display-none-class", words("样式规则 display:none", "display:none by a style rule")),
    ("css-hide-by-adjacent-script", words("插入后由脚本隐藏", "hidden by an adjacent script")),
    ("css-docwrite-hidden-wrapper", words("document.write 写出隐藏外壳", "hidden wrapper by document.write")),
    ("css-visibility-hidden", words("visibility 隐藏", "visibility:hidden")),
    ("css-content-visibility", words("折叠或未打开的容器", "container that never opens")),
    ("css-opacity-zero", words("完全透明", "fully transparent")),
    ("css-offscreen-position", words("定位移出屏幕", "positioned off the screen")),
    ("css-offscreen-margin", words("负边距移出屏幕", "moved off by a negative margin")),
    ("css-offscreen-transform", words("平移移出屏幕", "moved off by a transform")),
    ("css-ie-expression", words("IE 表达式定位", "IE expression")),
    ("css-text-indent-negative", words("文字负缩进", "negative text indent")),
    ("css-zero-size-box", words("零尺寸容器", "box without size")),
    ("css-max-height-zero", words("限高裁剪", "clipped by a height limit")),
    ("css-clip", words("裁剪区域为空", "clipped away")),
    ("css-transform-scale-zero", words("缩放为零", "scaled to nothing")),
    ("css-font-size-zero", words("字号极小", "font size near zero")),
    ("css-line-height-zero", words("行高为零", "line height of zero")),
    ("css-same-color", words("文字与背景同色", "text in the colour of its background")),
    ("css-bg-image-blend", words("文字与背景图同色", "text in the colour of its background image")),
    ("css-zindex-under", words("压在其他内容之下", "placed beneath other content")),
    ("css-overlay-cover", words("被其他内容覆盖", "covered by other content")),
    ("css-overflow-scrolled", words("溢出容器且无法滚动到达", "overflows where nobody can scroll")),
    ("css-media-query-gate", words("媒体查询条件隐藏", "hidden by a media query")),
    ("css-pseudo-content", words("伪元素或字体映射文字", "text by pseudo element or font mapping")),
    ("html-table-far-right", words("表格远端单元格", "table cell far outside")),
    ("html-long-blank-pad", words("大量空白之后", "after a long blank stretch")),
    ("html-marquee-tiny", words("极小跑马灯", "marquee without size")),
    ("html-hidden-attr", words("hidden 属性", "hidden attribute")),
    ("html-noscript-links", words("noscript 内", "inside noscript")),
    ("html-template-inert", words("template 等惰性容器内", "inside an inert container")),
    ("html-comment-links", words("注释内", "inside a comment")),
    ("html-conditional-comment", words("IE 条件注释内", "inside a conditional comment")),
    ("html-after-closing-tag", words("在 </html> 之后追加", "appended after </html>")),
    ("html-before-doctype", words("在文档声明之前插入", "inserted before the doctype")),
    ("html-links-in-head", words("插在 head 内", "links inside the head")),
    ("html-iframe-zero", words("零尺寸框架", "frame without size")),
    ("html-object-embed-zero", words("零尺寸嵌入对象", "embedded object without size")),
    ("html-title-stuffing", words("标题被篡改", "stuffed title")),
    ("html-title-entity-encoded", words("标题以实体编码植入", "title written in entities")),
    ("html-meta-stuffing", words("关键词或描述堆砌", "stuffed keywords or description")),
    ("html-social-meta-stuffing", words("社交元信息堆砌", "stuffed social metadata")),
    ("html-jsonld-injection", words("结构化数据注入", "injected structured data")),
    ("html-canonical-hijack", words("规范网址被劫持", "hijacked canonical address")),
    ("html-alternate-hijack", words("备用网址被劫持", "hijacked alternate address")),
    ("html-base-hijack", words("基准网址被劫持", "hijacked base address")),
    ("html-dot-anchor", words("句点或单像素锚文本", "link on a dot or a single pixel")),
    ("html-anchor-inline-insert", words("正文内嵌链接", "link inserted into running text")),
    ("html-friendlink-spam", words("友情链接中夹带", "slipped in among friendly links")),
    ("html-attr-stuffing", words("属性中堆词", "stuffed attributes")),
    ("html-anchor-farm", words("链接农场", "link farm")),
    ("html-noise-tags", words("以空标签打散", "broken up by empty tags")),
    ("html-pinyin-noise", words("拼音夹注干扰", "pinyin noise")),
    ("html-entity-substitution", words("机构名称被替换", "substituted names")),
    ("html-remove-after-load", words("加载后由脚本移除", "removed after loading")),
    ("status", words("状态码跳转", "redirect by status")),
    ("refresh-header", words("Refresh 响应头跳转", "redirect by the Refresh header")),
    ("meta-refresh", words("页面刷新标签跳转", "redirect by meta refresh")),
    ("js-location-assign", words("脚本改写地址", "script assigns the location")),
    ("js-fullscreen-iframe", words("全屏框架覆盖", "full-window frame")),
    ("full-window-frame", words("全屏框架", "frame over the whole window")),
    ("hdr-30x-offsite", words("状态码跳转站外", "off-site redirect by status")),
    ("hdr-refresh", words("Refresh 响应头", "Refresh header")),
    ("hdr-link-canonical", words("Link 响应头改指正本", "canonical address in the Link header")),
    ("js-meta-refresh", words("页面刷新标签", "meta refresh")),
    ("def-hackedby-signature", words("入侵者署名", "intruder's signature")),
    ("def-homepage-replace", words("首页被替换", "replaced home page")),
    ("def-partial-slogan", words("插入标语", "inserted slogan")),
    ("def-ransom-note", words("勒索信息", "ransom note")),
    ("def-title-change", words("标题被改", "changed title")),
    ("def-block-inserted", words("插入攻击者的话", "inserted words of an intruder")),
    ("def-blank", words("页面被清空", "emptied page")),
    ("def-content-tamper", words("联系或收款方式被换", "altered contacts")),
    ("def-redesign", words("改版待确认", "redesign to be confirmed")),
    ("def-changed-hands", words("域名疑似易主", "name in other hands")),
    ("def-added-page", words("新增页面", "added page")),
    ("link-dropcatch-external", words("外链域名易主", "outside domain changed hands")),
    ("path-404-handler", words("不存在的路径被劫持", "paths that should not exist are hijacked")),
    ("path-catchall-200", words("任意路径都有内容", "every path answers with content")),
    ("cloak-per-ip-once", words("同一地址只显示一次", "shown once to each address")),
    ("cloak-probability", words("按概率出现", "shown by chance")),
    ("cloak-first-visit-cookie", words("仅首次访问出现", "shown to first visits only")),
    ("cloak-wechat-ua", words("仅在微信内出现", "shown inside WeChat only")),
    ("cloak-header-fingerprint", words("按请求头特征出现", "shown by traits of the request")),
    ("cloak-referrer-keyword", words("按来路关键词出现", "shown by keywords of the referrer")),
    ("cloak-mobile-and-referrer", words("仅手机且来自搜索时出现", "shown to phones that come from a search")),
    ("cloak-mobile-redirect", words("仅跳转手机访客", "redirect of phones")),
    ("cloak-referrer-30x", words("仅跳转搜索来客", "redirect of visitors from a search")),
    ("cloak-referrer-body", words("仅对搜索来客换内容", "other content for visitors from a search")),
    ("cloak-spider-tdk", words("仅对蜘蛛改标题和描述", "title and description changed for spiders")),
    ("cloak-spider-links", words("仅对蜘蛛追加链接", "links added for spiders")),
    ("cloak-spider-content", words("对蜘蛛另给整页", "another page for spiders")),
    ("psb-missing", words("无公安备案号", "no police filing number")),
    ("icp-missing", words("无 ICP 备案号", "no ICP filing number")),
    ("link-parked", words("外链已停靠", "outside link is parked")),
    ("link-redirect-chain", words("外链跳转变质", "outside link redirects elsewhere")),
    ("js-expired-thirdparty", words("第三方脚本域名易主", "third-party script in other hands")),
    ("js-opener-hijack", words("替换来源页", "replaces the page it was opened from")),
    ("js-back-hijack", words("劫持返回键", "hijacks the way back")),
    ("js-click-hijack", words("劫持点击或触摸", "hijacks clicks or touches")),
    ("js-gesture-gate", words("等访客动作才触发", "waits for a gesture")),
    ("js-synthetic-click", words("脚本代为点击", "clicks by itself")),
    ("js-docwrite-redirect", words("document.write 写入跳转", "redirect by document.write")),
    ("js-delay-timer", words("延时触发", "delayed by a timer")),
    ("def-popup-alert", words("弹窗", "pop-up dialog")),
    ("def-audio-video", words("自动播放音视频", "sound or video that plays by itself")),
    ("js-fake-analytics", words("仿冒统计或 CDN", "imitated analytics or CDN")),
    ("js-public-cdn-poison", words("公共 CDN 被投毒", "poisoned public CDN")),
    ("js-fake-library", words("仿冒库文件", "imitated library")),
    ("js-local-tail-append", words("本站脚本尾部被追加", "appended to a script of the site")),
    ("js-referrer-gate", words("脚本判断来路", "script asks for the referrer")),
    ("js-time-gate", words("脚本判断时间", "script asks for the time")),
    ("js-random-gate", words("脚本按概率执行", "script draws by chance")),
    ("js-cookie-gate", words("脚本判断首访", "script asks for earlier visits")),
    ("js-geo-gate", words("脚本判断地域", "script asks for the region")),
    ("js-ua-gate", words("脚本判断终端", "script asks for the client")),
    ("obf-script-encode", words("VBScript 或 JScript.Encode 编码", "VBScript or JScript.Encode")),
    ("ill-fake-official", words("仿冒官方页面", "imitated official page")),
    ("obf-aaencode", words("颜文字编码（AAencode）", "AAencode")),
    ("obf-jjencode", words("JJencode 编码", "JJencode")),
    ("obf-jsfuck", words("JSFuck 编码", "JSFuck")),
    ("obf-sojson-v4", words("sojson.v4 混淆", "sojson.v4")),
    ("obf-sojson-v5", words("sojson.v5 混淆", "sojson.v5")),
    ("obf-jsjiami-v6", words("jsjiami.com.v6 混淆", "jsjiami.com.v6")),
    ("obf-jsjiami-v7", words("jsjiami.com.v7 混淆", "jsjiami.com.v7")),
    ("obf-packer", words("eval packer 压缩", "eval packer")),
    ("obf-invisible-unicode", words("不可见字符藏码", "code in invisible characters")),
    ("obf-obfuscator-io", words("obfuscator.io 混淆", "obfuscator.io")),
    ("obf-hex-escape", words("十六进制转义", "hexadecimal escapes")),
    ("obf-unicode-escape", words("Unicode 转义", "Unicode escapes")),
    ("obf-fromcharcode", words("String.fromCharCode 拼字", "String.fromCharCode")),
    ("obf-urlencode", words("unescape 或 decodeURIComponent 解码", "unescape or decodeURIComponent")),
    ("obf-base64", words("Base64 解码", "Base64")),
    ("obf-cipher", words("自带解密算法", "a cipher of its own")),
    ("js-loader-docwrite", words("document.write 加载脚本", "loads a script by document.write")),
    ("js-loader-createelement", words("动态插入脚本", "loads a script by an element")),
    ("js-service-worker", words("Service Worker 劫持", "hijack by a service worker")),
    ("exp-dir-listing", words("目录列表", "directory listing")),
    ("exp-vcs", words("版本库泄露", "exposed version control")),
    ("exp-backup", words("备份文件可下载", "exposed backup")),
    ("exp-config-bak", words("配置文件或残留副本", "exposed settings or left-over copy")),
    ("exp-phpinfo", words("phpinfo 或探针", "phpinfo or environment page")),
    ("exp-admin-login", words("后台登录暴露", "exposed administrators' login")),
    ("exp-oa", words("办公系统暴露", "exposed office system")),
    ("exp-error-debug", words("报错或调试信息", "errors or debugging information")),
    ("exp-version-eol", words("停止维护的版本", "version past its end of life")),
    ("exp-api-console", words("接口或控制台暴露", "exposed API documentation or console")),
    ("exp-sourcemap", words("源码映射或前端泄密", "source map or secrets in scripts")),
    ("exp-robots-leak", words("robots.txt 列出敏感路径", "sensitive paths named by robots.txt")),
    ("exp-pii", words("个人信息未脱敏", "personal data in full")),
    ("exp-editor-upload", words("可上传的编辑器组件", "editor that can upload")),
    ("js-remote-config", words("远程取配置", "configuration fetched from elsewhere")),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_technique_stands_once_and_in_both_languages() {
        let names: BTreeSet<_> = METHODS.iter().map(|(name, _)| *name).collect();
        assert_eq!(names.len(), METHODS.len());
        for (name, words) in METHODS {
            assert!(!words.zh.is_empty() && words.en.is_ascii(), "{name}");
        }
    }

    #[test]
    fn every_means_of_redirect_is_known() {
        use crate::exchange::RedirectMeans::{MetaRefresh, RefreshHeader, Status};
        for means in [Status, RefreshHeader, MetaRefresh] {
            let id = serde_json::to_value(means).unwrap();
            assert!(method(id.as_str().unwrap()).is_some(), "{id}");
        }
    }
}
