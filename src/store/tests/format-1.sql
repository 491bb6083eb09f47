PRAGMA foreign_keys = OFF;
BEGIN TRANSACTION;
CREATE TABLE decisions (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    incident TEXT    NOT NULL REFERENCES incidents (incident),
    at       INTEGER NOT NULL,
    body     TEXT    NOT NULL -- JSON; Decision
) STRICT;
INSERT INTO "decisions" VALUES(1,'c24c2cb396c6',1795727587783381,'{"incident":"c24c2cb396c6","what":"confirm","who":"张三","at":"2026-11-26T21:13:07.783381122Z","why":"核实","until":null}');
CREATE TABLE events (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    incident TEXT    NOT NULL REFERENCES incidents (incident),
    target   TEXT    NOT NULL,
    body     TEXT    NOT NULL -- JSON; Event
) STRICT;
INSERT INTO "events" VALUES(1,'c24c2cb396c6','sample','{"incident":"c24c2cb396c6","at":"2026-11-26T21:13:07.526075331Z","what":"opened","visit":"sample@2026-11-26T21:13:07.526005017Z"}');
INSERT INTO "events" VALUES(2,'6913c88b06dd','sample','{"incident":"6913c88b06dd","at":"2026-11-26T21:13:07.526075331Z","what":"opened","visit":"sample@2026-11-26T21:13:07.526005017Z"}');
INSERT INTO "events" VALUES(3,'5ae419cda6d9','sample','{"incident":"5ae419cda6d9","at":"2026-11-26T21:13:07.526075331Z","what":"opened","visit":"sample@2026-11-26T21:13:07.526005017Z"}');
CREATE TABLE evidence (
    target  TEXT    NOT NULL,
    finding TEXT    NOT NULL,
    page    TEXT    NOT NULL,
    visit   TEXT    NOT NULL,
    sha256  TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    body    TEXT    NOT NULL, -- JSON; EvidenceRef
    CONSTRAINT one_piece PRIMARY KEY (target, finding, page, visit, sha256),
    CONSTRAINT of_a_finding FOREIGN KEY (target, finding, page) REFERENCES findings (target, finding, page)
) STRICT;
INSERT INTO "evidence" VALUES('sample','80e910846ab4be76','http://127.0.0.1:8099/','sample@2026-11-26T21:13:07.526005017Z','22ceb78b4d0bfaaa956f1b4cde1fd6c4bb93e5760500fc3e925324fbdb9e078f',1795727587528851,'{"sha256":"22ceb78b4d0bfaaa956f1b4cde1fd6c4bb93e5760500fc3e925324fbdb9e078f","sm3":"15d17e878dbab413546488fb258785f502dfe55a8ce7c4c1322889c874ff5501","role":"response","at":"2026-11-26T21:13:07.528851951Z"}');
INSERT INTO "evidence" VALUES('sample','25d08675736e8ca4','http://127.0.0.1:8099/','sample@2026-11-26T21:13:07.526005017Z','22ceb78b4d0bfaaa956f1b4cde1fd6c4bb93e5760500fc3e925324fbdb9e078f',1795727587535505,'{"sha256":"22ceb78b4d0bfaaa956f1b4cde1fd6c4bb93e5760500fc3e925324fbdb9e078f","sm3":"15d17e878dbab413546488fb258785f502dfe55a8ce7c4c1322889c874ff5501","role":"response","at":"2026-11-26T21:13:07.535505014Z"}');
INSERT INTO "evidence" VALUES('sample','637396f010427ccc','http://127.0.0.1:8099/','sample@2026-11-26T21:13:07.526005017Z','22ceb78b4d0bfaaa956f1b4cde1fd6c4bb93e5760500fc3e925324fbdb9e078f',1795727587535505,'{"sha256":"22ceb78b4d0bfaaa956f1b4cde1fd6c4bb93e5760500fc3e925324fbdb9e078f","sm3":"15d17e878dbab413546488fb258785f502dfe55a8ce7c4c1322889c874ff5501","role":"response","at":"2026-11-26T21:13:07.535505014Z"}');
CREATE TABLE findings (
    target    TEXT    NOT NULL,
    finding   TEXT    NOT NULL, -- fingerprint
    page      TEXT    NOT NULL,
    incident  TEXT    NOT NULL REFERENCES incidents (incident) DEFERRABLE INITIALLY DEFERRED,
    present   INTEGER NOT NULL, -- 1: it shows
    last_seen INTEGER NOT NULL,
    body      TEXT    NOT NULL, -- JSON; Tracked
    CONSTRAINT one_finding PRIMARY KEY (target, finding, page)
) STRICT;
INSERT INTO "findings" VALUES('sample','80e910846ab4be76','http://127.0.0.1:8099/','c24c2cb396c6',1,1795727587526075,'{"finding":{"id":"80e910846ab4be76","kind":"hidden-link","state":"confirmed","severity":"high","confidence":0.97,"target":"sample","url":"http://127.0.0.1:8099/","title":{"zh":"页面藏有 3 个推广违法内容的暗链","en":"3 hidden link(s) promote illegal content elsewhere"},"explanation":{"zh":"3 个链接（指向 bc.test、bd.test、be.test）被隐藏（<div style> left: -4000px）。这类链接通常由入侵者或被篡改的模板写入，为外站引流。","en":"3 link(s) to bc.test, bd.test, be.test: hidden (<div style> left: -4000px). Links of this kind are usually written by an intruder or a tampered template, to lend the site''s standing to others."},"remedy":{"zh":"删除该链接块，检查模板、数据库和近期被修改的文件，查清写入途径并修补；确属模板署名的，删除隐藏样式或整个链接。","en":"Remove the block, look through templates, database and recently changed files, find and close the way in; if it is a template maker''s credit, show it or take it out."},"detail":{"links":3,"domains":["bc.test","bd.test","be.test"],"visible":false,"hidden_by":"<div style> left: -4000px","user_content":false,"anchors":["百家乐投注","时时彩平台","真人娱乐城"]},"place":{"profile":"m","selector":"html > body > div:nth-child(3) > a:nth-child(1)","line":1,"snippet":{"text":"与管理。</p><div style=''position:absolute;left:-4000px''><a href=http://bc.test/>百家乐投注</a> <a href=http://bd.test/>时时彩平台</a> <a href=http://","mark":[60,103]},"method":"css-offscreen-position"},"payload":{"category":"gambling","urls":["http://bc.test/","http://bd.test/","http://be.test/"],"terms":["百家乐","投注","时时彩","平台","真人娱乐城"],"landing":null},"conditions":{"shows":[],"minimal":false,"profiles":["m","d","b","w","i","b-360","b-bing","r","s","g"],"visitors":[]},"signals":["mechanism","payload","foreignness","reproduction"],"first_seen":"2026-11-26T21:13:07.526075331Z","last_seen":"2026-11-26T21:13:07.526075331Z","exchanges":[0,1,2,3,4,5,6,7,8,9],"reproduce":"curl -g -sS -i --compressed -H ''sec-ch-ua: \"Not:A-Brand\";v=\"99\", \"Google Chrome\";v=\"145\", \"Chromium\";v=\"145\"'' -H ''sec-ch-ua-mobile: ?1'' -H ''sec-ch-ua-platform: \"Android\"'' -H ''Upgrade-Insecure-Requests: 1'' -A ''Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/145.0.0.0 Mobile Safari/537.36'' -H ''Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7'' -H ''Sec-Fetch-Site: cross-site'' -H ''Sec-Fetch-Mode: navigate'' -H ''Sec-Fetch-User: ?1'' -H ''Sec-Fetch-Dest: document'' -e ''https://m.baidu.com/'' -H ''Accept-Language: zh-CN,zh;q=0.9'' ''http://127.0.0.1:8099/''"},"page":"http://127.0.0.1:8099/","home":true,"incident":"c24c2cb396c6","present":true,"spells":[{"last_clean_before":null,"first_seen":"2026-11-26T21:13:07.526075331Z","last_seen":"2026-11-26T21:13:07.526075331Z","first_clean_after":null}],"last_clean":null,"needs":{"landings":false,"missing_path":false,"settled":true}}');
INSERT INTO "findings" VALUES('sample','25d08675736e8ca4','http://127.0.0.1:8099/','6913c88b06dd',1,1795727587526075,'{"finding":{"id":"25d08675736e8ca4","kind":"missing-icp-mark","state":"risk","severity":"medium","confidence":0.7,"target":"sample","url":"http://127.0.0.1:8099/","title":{"zh":"首页未见 ICP 备案标识","en":"No ICP filing mark was seen on the home page"},"explanation":{"zh":"在首页的文字、图片说明、链接和脚本中均未见 ICP 备案标识（查看 10 次）。未见标识不等于未备案，须以备案系统查询为准。","en":"No ICP filing mark was seen on the home page: not in text, alternative texts, links or scripts (10 views). Not seen is not the same as not filed; the register decides."},"remedy":{"zh":"先在备案系统核实：已备案的，在首页底部标明备案编号并链接到 beian.miit.gov.cn；未备案的，依法办理。","en":"Ask the register first. If the site is filed, show the number at the foot of the home page with a link to beian.miit.gov.cn; if not, file it."},"detail":{"views":10},"place":{"profile":"d","selector":null,"line":null,"snippet":null,"method":"icp-missing"},"payload":{"category":null,"urls":[],"terms":[],"landing":null},"conditions":{"shows":[],"minimal":false,"profiles":["d"],"visitors":[]},"signals":[],"first_seen":"2026-11-26T21:13:07.526075331Z","last_seen":"2026-11-26T21:13:07.526075331Z","exchanges":[1],"reproduce":"curl -g -sS -i --compressed -H ''sec-ch-ua: \"Not:A-Brand\";v=\"99\", \"Google Chrome\";v=\"145\", \"Chromium\";v=\"145\"'' -H ''sec-ch-ua-mobile: ?0'' -H ''sec-ch-ua-platform: \"Windows\"'' -H ''Upgrade-Insecure-Requests: 1'' -A ''Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/145.0.0.0 Safari/537.36'' -H ''Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7'' -H ''Sec-Fetch-Site: none'' -H ''Sec-Fetch-Mode: navigate'' -H ''Sec-Fetch-User: ?1'' -H ''Sec-Fetch-Dest: document'' -H ''Accept-Language: zh-CN,zh;q=0.9'' ''http://127.0.0.1:8099/''"},"page":"http://127.0.0.1:8099/","home":true,"incident":"6913c88b06dd","present":true,"spells":[{"last_clean_before":null,"first_seen":"2026-11-26T21:13:07.526075331Z","last_seen":"2026-11-26T21:13:07.526075331Z","first_clean_after":null}],"last_clean":null,"needs":{"landings":false,"missing_path":false,"settled":true}}');
INSERT INTO "findings" VALUES('sample','637396f010427ccc','http://127.0.0.1:8099/','5ae419cda6d9',1,1795727587526075,'{"finding":{"id":"637396f010427ccc","kind":"missing-police-mark","state":"risk","severity":"low","confidence":0.7,"target":"sample","url":"http://127.0.0.1:8099/","title":{"zh":"首页未见公安联网备案标识","en":"No public-security filing mark was seen on the home page"},"explanation":{"zh":"在首页的文字、图片说明、链接和脚本中均未见公安联网备案标识（查看 10 次）。未见标识不等于未备案，须以备案系统查询为准。","en":"No public-security filing mark was seen on the home page: not in text, alternative texts, links or scripts (10 views). Not seen is not the same as not filed; the register decides."},"remedy":{"zh":"先在全国互联网安全管理服务平台核实：已备案的，在首页底部悬挂备案编号和图标；未备案的，依法办理。","en":"Ask the register (beian.mps.gov.cn) first. If the site is filed, show number and badge at the foot of the home page; if not, file it."},"detail":{"views":10},"place":{"profile":"d","selector":null,"line":null,"snippet":null,"method":"psb-missing"},"payload":{"category":null,"urls":[],"terms":[],"landing":null},"conditions":{"shows":[],"minimal":false,"profiles":["d"],"visitors":[]},"signals":[],"first_seen":"2026-11-26T21:13:07.526075331Z","last_seen":"2026-11-26T21:13:07.526075331Z","exchanges":[1],"reproduce":"curl -g -sS -i --compressed -H ''sec-ch-ua: \"Not:A-Brand\";v=\"99\", \"Google Chrome\";v=\"145\", \"Chromium\";v=\"145\"'' -H ''sec-ch-ua-mobile: ?0'' -H ''sec-ch-ua-platform: \"Windows\"'' -H ''Upgrade-Insecure-Requests: 1'' -A ''Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/145.0.0.0 Safari/537.36'' -H ''Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7'' -H ''Sec-Fetch-Site: none'' -H ''Sec-Fetch-Mode: navigate'' -H ''Sec-Fetch-User: ?1'' -H ''Sec-Fetch-Dest: document'' -H ''Accept-Language: zh-CN,zh;q=0.9'' ''http://127.0.0.1:8099/''"},"page":"http://127.0.0.1:8099/","home":true,"incident":"5ae419cda6d9","present":true,"spells":[{"last_clean_before":null,"first_seen":"2026-11-26T21:13:07.526075331Z","last_seen":"2026-11-26T21:13:07.526075331Z","first_clean_after":null}],"last_clean":null,"needs":{"landings":false,"missing_path":false,"settled":true}}');
CREATE TABLE folders (
    folder TEXT    NOT NULL PRIMARY KEY,
    visit  TEXT    NOT NULL,
    page   TEXT    NOT NULL,
    at     INTEGER NOT NULL
) STRICT;
INSERT INTO "folders" VALUES('/var/lib/xuncha/xuncha-evidence/127.0.0.1-8099-20261126T211307.526075Z','sample@2026-11-26T21:13:07.526005017Z','http://127.0.0.1:8099/',1795727587526075);
CREATE TABLE incidents (
    incident  TEXT    NOT NULL PRIMARY KEY,
    target    TEXT    NOT NULL,
    course    TEXT    NOT NULL, -- active, clean, rectified
    last_seen INTEGER NOT NULL,
    recheck   INTEGER,          -- when to look again after a fix
    body      TEXT    NOT NULL  -- JSON; Incident
) STRICT;
INSERT INTO "incidents" VALUES('c24c2cb396c6','sample','active',1795727587526075,NULL,'{"id":"c24c2cb396c6","target":"sample","kinds":["hidden-link"],"category":"gambling","hosts":["bc.test","bd.test","be.test"],"severity":"high","course":"active","first_seen":"2026-11-26T21:13:07.526075331Z","last_seen":"2026-11-26T21:13:07.526075331Z","last_clean_before":null,"first_clean_after":null,"clean_looks":0,"next_recheck":null,"reopened":[]}');
INSERT INTO "incidents" VALUES('6913c88b06dd','sample','active',1795727587526075,NULL,'{"id":"6913c88b06dd","target":"sample","kinds":["missing-icp-mark"],"category":null,"hosts":[],"severity":"medium","course":"active","first_seen":"2026-11-26T21:13:07.526075331Z","last_seen":"2026-11-26T21:13:07.526075331Z","last_clean_before":null,"first_clean_after":null,"clean_looks":0,"next_recheck":null,"reopened":[]}');
INSERT INTO "incidents" VALUES('5ae419cda6d9','sample','active',1795727587526075,NULL,'{"id":"5ae419cda6d9","target":"sample","kinds":["missing-police-mark"],"category":null,"hosts":[],"severity":"low","course":"active","first_seen":"2026-11-26T21:13:07.526075331Z","last_seen":"2026-11-26T21:13:07.526075331Z","last_clean_before":null,"first_clean_after":null,"clean_looks":0,"next_recheck":null,"reopened":[]}');
CREATE TABLE pages (
    target TEXT NOT NULL,
    page   TEXT NOT NULL, -- address as the frontier writes it
    body   TEXT,          -- JSON; PageState
    looks  TEXT NOT NULL, -- JSON; last look by every profile
    CONSTRAINT one_page PRIMARY KEY (target, page)
) STRICT;
INSERT INTO "pages" VALUES('sample','http://127.0.0.1:8099/','{"page":"http://127.0.0.1:8099/","depth":0,"asked":"2026-11-26T21:13:07.526075331Z","status":200,"sha256":"22ceb78b4d0bfaaa956f1b4cde1fd6c4bb93e5760500fc3e925324fbdb9e078f","etag":null,"last_modified":null,"rules":"xuncha-rules-0.1.0","facts":{"template":"127.0.0.1:8099/","first_seen":"2026-11-26T21:13:07.526075331Z","last_changed":null,"changes":0,"in_degree":1,"judged":"2026-11-26T21:13:07.526075331Z","open":true,"answers":{"b":"d32d6c4107d249976098077e84e4349bd5466486c8e672cc1c36ee2810b60d72","b-360":"d32d6c4107d249976098077e84e4349bd5466486c8e672cc1c36ee2810b60d72","b-bing":"d32d6c4107d249976098077e84e4349bd5466486c8e672cc1c36ee2810b60d72","d":"d32d6c4107d249976098077e84e4349bd5466486c8e672cc1c36ee2810b60d72","g":"d32d6c4107d249976098077e84e4349bd5466486c8e672cc1c36ee2810b60d72","i":"d32d6c4107d249976098077e84e4349bd5466486c8e672cc1c36ee2810b60d72","m":"d32d6c4107d249976098077e84e4349bd5466486c8e672cc1c36ee2810b60d72","r":"d32d6c4107d249976098077e84e4349bd5466486c8e672cc1c36ee2810b60d72","s":"d32d6c4107d249976098077e84e4349bd5466486c8e672cc1c36ee2810b60d72","w":"d32d6c4107d249976098077e84e4349bd5466486c8e672cc1c36ee2810b60d72"},"parts":{},"outside":["bc.test","bd.test","be.test"],"onward":[],"learned":{"indexes":[],"parameters":{}},"label":null}}','{"b":{"at":"2026-11-26T21:13:07.526075331Z","rules":"xuncha-rules-0.1.0","means":{"landings":false,"missing_path":true,"settled":true}},"b-360":{"at":"2026-11-26T21:13:07.526075331Z","rules":"xuncha-rules-0.1.0","means":{"landings":false,"missing_path":true,"settled":true}},"b-bing":{"at":"2026-11-26T21:13:07.526075331Z","rules":"xuncha-rules-0.1.0","means":{"landings":false,"missing_path":true,"settled":true}},"d":{"at":"2026-11-26T21:13:07.526075331Z","rules":"xuncha-rules-0.1.0","means":{"landings":false,"missing_path":true,"settled":true}},"g":{"at":"2026-11-26T21:13:07.526075331Z","rules":"xuncha-rules-0.1.0","means":{"landings":false,"missing_path":true,"settled":true}},"i":{"at":"2026-11-26T21:13:07.526075331Z","rules":"xuncha-rules-0.1.0","means":{"landings":false,"missing_path":true,"settled":true}},"m":{"at":"2026-11-26T21:13:07.526075331Z","rules":"xuncha-rules-0.1.0","means":{"landings":false,"missing_path":true,"settled":true}},"r":{"at":"2026-11-26T21:13:07.526075331Z","rules":"xuncha-rules-0.1.0","means":{"landings":false,"missing_path":true,"settled":true}},"s":{"at":"2026-11-26T21:13:07.526075331Z","rules":"xuncha-rules-0.1.0","means":{"landings":false,"missing_path":true,"settled":true}},"w":{"at":"2026-11-26T21:13:07.526075331Z","rules":"xuncha-rules-0.1.0","means":{"landings":false,"missing_path":true,"settled":true}}}');
CREATE TABLE settings (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO "settings" VALUES('format','1');
CREATE TABLE sites (
    target      TEXT    NOT NULL PRIMARY KEY, -- name in the registry
    due         INTEGER,                      -- next visit; NULL: retired
    ahead       INTEGER NOT NULL DEFAULT 0,   -- 1: before sites that are due longer
    visited     INTEGER,                      -- end of the last visit
    holder      TEXT,                         -- who leased it
    lease_until INTEGER,                      -- until when
    schedule    TEXT    NOT NULL,             -- JSON; what the schedule learned
    CONSTRAINT lease_is_whole CHECK ((holder IS NULL) = (lease_until IS NULL))
) STRICT;
INSERT INTO "sites" VALUES('sample',1795812110200301,0,1795727587571737,NULL,NULL,'{"version":1,"failures":0,"failing_since":null,"visits":1,"cost":14.0,"exposure":0.0,"incidents":0,"looked":"2026-11-26T21:13:07.571737891Z","infected":true}');
CREATE TABLE visits (
    visit        TEXT    NOT NULL PRIMARY KEY,
    target       TEXT    NOT NULL,
    started      INTEGER NOT NULL,
    ended        INTEGER NOT NULL,
    requests     INTEGER NOT NULL,
    findings     INTEGER NOT NULL, -- how many findings the visit saw
    not_assessed TEXT    NOT NULL  -- JSON; what could not be looked at
) STRICT;
INSERT INTO "visits" VALUES('sample@2026-11-26T21:13:07.526005017Z','sample',1795727587526005,1795727587571737,14,3,'[]');
CREATE INDEX sites_by_due ON sites (ahead DESC, due) WHERE due IS NOT NULL;
CREATE INDEX visits_by_target ON visits (target, ended);
CREATE INDEX visits_by_end ON visits (ended) WHERE findings = 0;
CREATE INDEX folders_by_age ON folders (at);
CREATE INDEX incidents_by_target ON incidents (target);
CREATE INDEX incidents_by_sight ON incidents (last_seen);
CREATE INDEX incidents_by_recheck ON incidents (recheck) WHERE recheck IS NOT NULL;
CREATE INDEX findings_by_incident ON findings (incident);
CREATE INDEX findings_by_fingerprint ON findings (finding);
CREATE INDEX evidence_by_visit ON evidence (visit, page);
CREATE INDEX events_by_incident ON events (incident);
CREATE INDEX decisions_by_incident ON decisions (incident);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('events',3);
INSERT INTO "sqlite_sequence" VALUES('decisions',1);
COMMIT;
