//! The ways in which something lies open, with severity and words. Ids and severities: group 7 of the detection
//! catalogue.

use crate::detect::card::Text;
use crate::finding::Severity;

/// One way in which something lies open.
#[derive(Debug)]
pub(super) struct Technique {
    /// The stable id.
    pub(super) id: &'static str,
    /// How bad it is at its worst.
    pub(super) severity: Severity,
    /// What lies open: `content` that is not for everybody, or a `surface` that others can try. Duties go by it.
    pub(super) exposes: &'static str,
    /// How often such a judgement is right.
    pub(super) confidence: f64,
    /// One line.
    pub(super) title: Text,
    /// Why it matters.
    pub(super) matters: Text,
    /// What to do.
    pub(super) remedy: Text,
}

pub(super) static LISTING: Technique = Technique {
    id: "exp-dir-listing",
    exposes: "content",
    severity: Severity::Medium,
    confidence: 0.9,
    title: Text { zh: "目录列表对外公开", en: "A directory listing is public" },
    matters: Text {
        zh: "任何人都能看到该目录下的全部文件名，其中可能有不应公开的文件。",
        en: "Anybody can see the names of all files in this directory, and some may not be meant for the public.",
    },
    remedy: Text {
        zh: "关闭服务器的自动目录索引（nginx autoindex off；Apache Options -Indexes；IIS 停用目录浏览），并清理其中不应公开的文件。",
        en: "Switch automatic indexes off (nginx autoindex off; Apache Options -Indexes; IIS directory browsing) and remove what is \
             not meant for the public.",
    },
};

pub(super) static PHPINFO: Technique = Technique {
    id: "exp-phpinfo",
    exposes: "surface",
    severity: Severity::Medium,
    confidence: 0.95,
    title: Text {
        zh: "运行环境信息页（探针）对外公开",
        en: "A page that shows the server's environment is public",
    },
    matters: Text {
        zh: "该页显示软件版本、绝对路径、组件配置，可能还有环境变量中的口令，便于他人选择攻击方法。",
        en: "It shows versions, absolute paths, settings and perhaps secrets in environment variables, which helps an attacker choose.",
    },
    remedy: Text {
        zh: "删除探针、phpinfo 等测试文件；环境变量中如有口令密钥，应当更换。",
        en: "Delete probe and phpinfo files; change secrets that stood in environment variables.",
    },
};

pub(super) static ERROR: Technique = Technique {
    id: "exp-error-debug",
    exposes: "surface",
    severity: Severity::Medium,
    confidence: 0.85,
    title: Text {
        zh: "页面显示报错或调试信息", en: "A page shows errors or debugging information"
    },
    matters: Text {
        zh: "报错中的路径、语句、调用栈和组件版本暴露系统内部结构；调试模式还可能显示配置。",
        en: "Paths, statements, stacks and versions in errors lay the inside of the system open; debug mode may show settings too.",
    },
    remedy: Text {
        zh: "生产环境关闭调试模式，改为统一的错误页，详细错误只写入服务器日志；并修复所报的错误。",
        en: "Switch debug mode off in production, show a plain error page, write details to the server's log only; and mend the error.",
    },
};

pub(super) static CONSOLE: Technique = Technique {
    id: "exp-api-console",
    exposes: "surface",
    severity: Severity::Medium,
    confidence: 0.9,
    title: Text {
        zh: "接口文档或管理控制台对外公开",
        en: "API documentation or a management console is public",
    },
    matters: Text {
        zh: "控制台或接口清单面向公众，他人可据此了解、尝试内部接口；是否另有登录保护须人工核实。",
        en: "A console or a list of interfaces faces the public, so that others can study and try them; whether a login protects it is \
             for a person to verify.",
    },
    remedy: Text {
        zh: "限制为内网或指定地址访问，启用身份鉴别；生产环境停用接口文档。",
        en: "Admit internal or named addresses only, require a login, and switch API documentation off in production.",
    },
};

pub(super) static ADMIN: Technique = Technique {
    id: "exp-admin-login",
    exposes: "surface",
    severity: Severity::Low,
    confidence: 0.8,
    title: Text { zh: "后台登录页对外公开", en: "The administrators' login is public" },
    matters: Text {
        zh: "管理后台可从互联网打开，易被尝试口令；本程序从不尝试登录。",
        en: "The administration can be reached from the Internet, where passwords get tried; this program never tries any.",
    },
    remedy: Text {
        zh: "限制后台的访问地址或经 VPN 访问，启用验证码与多因素鉴别，全程使用 HTTPS。",
        en: "Admit named addresses or a VPN only, require captcha and a second factor, and serve it over HTTPS.",
    },
};

pub(super) static OFFICE: Technique = Technique {
    id: "exp-oa",
    exposes: "surface",
    severity: Severity::Medium,
    confidence: 0.8,
    title: Text { zh: "办公系统对外公开", en: "An office system is reachable from the Internet" },
    matters: Text {
        zh: "办公（OA）系统是勒索与窃密的常见入口；此处仅由页面引用的资源识别，未作任何漏洞验证。",
        en: "Office systems are a common way in for ransom and theft; it was recognised by the files that its page loads, and nothing \
             was tested.",
    },
    remedy: Text {
        zh: "不需要面向公众的办公系统应改为经 VPN 或零信任网关访问，并及时安装厂商补丁。",
        en: "Put office systems that the public does not need behind a VPN or gateway, and install the vendor's patches.",
    },
};

pub(super) static EDITOR: Technique = Technique {
    id: "exp-editor-upload",
    exposes: "surface",
    severity: Severity::Info,
    confidence: 0.9,
    title: Text {
        zh: "引用带上传功能的编辑器组件", en: "An editor component that can upload is in use"
    },
    matters: Text {
        zh: "此类编辑器的旧版本曾有上传漏洞；仅见引用，未作任何验证。",
        en: "Old versions of such editors had faults in uploading; only the reference was seen and nothing was tested.",
    },
    remedy: Text {
        zh: "核实编辑器版本，升级或移除；前台不需要的上传接口应当关闭。",
        en: "Check the version, update or remove it, and close upload interfaces that the public site does not need.",
    },
};

pub(super) static SOURCE_MAP: Technique = Technique {
    id: "exp-sourcemap",
    exposes: "surface",
    severity: Severity::Low,
    confidence: 0.9,
    title: Text {
        zh: "前端源码映射文件可读取或被引用",
        en: "Source maps of scripts can be read or are named",
    },
    matters: Text {
        zh: "源码映射可还原前端源代码与注释，其中可能有内部接口和路径。",
        en: "A source map restores the source of scripts with comments, which may name internal interfaces and paths.",
    },
    remedy: Text {
        zh: "生产环境构建时不生成、不发布 .map 文件，并去掉脚本末尾的 sourceMappingURL。",
        en: "Do not build or publish .map files for production, and take sourceMappingURL off the scripts.",
    },
};

pub(super) static SCRIPT_SECRET: Technique = Technique {
    id: "exp-sourcemap",
    exposes: "surface",
    severity: Severity::Low,
    confidence: 0.8,
    title: Text {
        zh: "前端脚本中疑有密钥或内网地址",
        en: "Scripts of the site seem to hold keys or internal addresses",
    },
    matters: Text {
        zh: "写在前端脚本中的云服务密钥人人可读；是否有效须由运营者核实，本程序不作尝试。",
        en: "Cloud keys in scripts can be read by anybody; whether they are valid is for the operator to verify, this program does not try.",
    },
    remedy: Text {
        zh: "立即停用并更换该密钥，改由后端签发临时凭证；前端不写内网地址。",
        en: "Revoke and replace the key, have the server issue temporary credentials, and keep internal addresses out of scripts.",
    },
};

pub(super) static VERSION: Technique = Technique {
    id: "exp-version-eol",
    exposes: "surface",
    severity: Severity::Info,
    confidence: 0.7,
    title: Text {
        zh: "响应头显示早已停止维护的软件版本",
        en: "The header names software long past its end of life",
    },
    matters: Text {
        zh: "仅为信息：版本号由服务器自称，可能已由发行方另行修补，不等于存在漏洞。",
        en: "Information only: the server says so itself, distributors may have patched it, and this is no proof of a fault.",
    },
    remedy: Text {
        zh: "核实版本，升级到仍受维护的版本，并去掉响应头中的版本号。",
        en: "Check the version, move to one that is still maintained, and take version numbers out of the header.",
    },
};

pub(super) static PERSONAL: Technique = Technique {
    id: "exp-pii",
    exposes: "content",
    severity: Severity::High,
    confidence: 0.85,
    title: Text {
        zh: "页面公示未脱敏的身份证号码", en: "A page shows identity numbers in full"
    },
    matters: Text {
        zh: "号码校验位正确且未作遮盖，涉及个人信息；报告中均已遮盖，只记位置。",
        en: "The numbers bear right check digits and are not masked: personal data. This report masks them and keeps the place only.",
    },
    remedy: Text {
        zh: "立即撤下或遮盖号码，检查附件与历史页面、搜索引擎快照，并按个人信息保护要求处置。",
        en: "Withdraw or mask the numbers at once, look at attachments, older pages and search-engine copies, and handle it as the \
             protection of personal data asks.",
    },
};

pub(super) static ROBOTS: Technique = Technique {
    id: "exp-robots-leak",
    exposes: "surface",
    severity: Severity::Info,
    confidence: 0.8,
    title: Text { zh: "robots.txt 列出敏感路径", en: "robots.txt names sensitive paths" },
    matters: Text {
        zh: "robots.txt 人人可读，等于公布了这些路径；本程序只记名称，不去访问。",
        en: "Anybody can read robots.txt, so these paths are public; only their names were noted, they were not visited.",
    },
    remedy: Text {
        zh: "敏感路径用访问控制保护，不要依靠 robots.txt 隐藏。",
        en: "Protect sensitive paths by access control; robots.txt hides nothing.",
    },
};

pub(super) static REPOSITORY: Technique = Technique {
    id: "exp-vcs",
    exposes: "content",
    severity: Severity::High,
    confidence: 0.95,
    title: Text {
        zh: "版本库文件可从外部读取",
        en: "Files of a version control system can be read from outside",
    },
    matters: Text {
        zh: "由版本库目录可还原整站源代码，其中常有数据库口令和密钥。只读取了证明可读所需的最少字节，未取其他文件。",
        en: "From such a folder the source of the whole site can be restored, often with passwords and keys. Only the few bytes that prove \
             it were read, and no other file.",
    },
    remedy: Text {
        zh: "从网站目录删除 .git、.svn、.hg，并在服务器上禁止访问以点开头的目录；更换源代码中的口令密钥，查阅访问日志判断是否已被取走。",
        en: "Delete .git, .svn and .hg from the web folder, deny folders that begin with a dot, change the secrets in the source, and read \
             the access log for signs that it was taken.",
    },
};

pub(super) static LEFT_OVER: Technique = Technique {
    id: "exp-config-bak",
    exposes: "content",
    severity: Severity::High,
    confidence: 0.9,
    title: Text {
        zh: "配置文件或其残留副本可从外部读取",
        en: "A settings file or a left-over copy can be read from outside",
    },
    matters: Text {
        zh: "此类文件常含数据库口令、密钥或目录结构。只读取了开头数个字节用以辨认，值一律不显示。",
        en: "Such files often hold passwords, keys or the names of files. Only the first few bytes were read to tell what it is, and no \
             value is shown.",
    },
    remedy: Text {
        zh: "移出网站目录或禁止访问，更换其中的口令密钥，查阅访问日志判断是否已被取走。",
        en: "Move it out of the web folder or deny access, change the secrets in it, and read the access log for signs that it was taken.",
    },
};

pub(super) static BACKUP: Technique = Technique {
    id: "exp-backup",
    exposes: "content",
    severity: Severity::Critical,
    confidence: 0.95,
    title: Text { zh: "备份文件可从外部下载", en: "A backup can be downloaded from outside" },
    matters: Text {
        zh: "备份常含整站源代码和数据库，可能包括个人信息。只读取了文件头数个字节用以辨认，未下载。",
        en: "Backups often hold the whole site and its database, perhaps personal data. Only the first few bytes were read to tell what it \
             is; it was not downloaded.",
    },
    remedy: Text {
        zh: "立即移出网站目录；查阅访问日志判断是否已被下载；如含口令或个人信息，更换口令并按规定评估、报告。",
        en: "Move it out of the web folder at once, read the access log for signs that it was taken, change the passwords in it, and assess \
             and report as required where it holds personal data.",
    },
};
