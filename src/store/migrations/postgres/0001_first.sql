-- Format 1. Times are microseconds since 1970-01-01 UTC. Columns named `body` hold JSON of the program's own types.

-- Sites and when they are due.
CREATE TABLE sites (
    target      TEXT    NOT NULL PRIMARY KEY, -- name in the registry
    due         BIGINT,                      -- next visit; NULL: retired
    ahead       BIGINT NOT NULL DEFAULT 0,   -- 1: before sites that are due longer
    visited     BIGINT,                      -- end of the last visit
    holder      TEXT,                         -- who leased it
    lease_until BIGINT,                      -- until when
    schedule    TEXT    NOT NULL,             -- JSON; what the schedule learned
    CONSTRAINT lease_is_whole CHECK ((holder IS NULL) = (lease_until IS NULL))
);
CREATE INDEX sites_by_due ON sites (ahead DESC, due) WHERE due IS NOT NULL;

-- Visits, one row each, written in the transaction of everything the visit changed.
CREATE TABLE visits (
    visit        TEXT    NOT NULL PRIMARY KEY,
    target       TEXT    NOT NULL,
    started      BIGINT NOT NULL,
    ended        BIGINT NOT NULL,
    requests     BIGINT NOT NULL,
    findings     BIGINT NOT NULL, -- how many findings the visit saw
    not_assessed TEXT    NOT NULL  -- JSON; what could not be looked at
);
CREATE INDEX visits_by_target ON visits (target, ended);
CREATE INDEX visits_by_end ON visits (ended) WHERE findings = 0;

-- Folders of evidence that are on disk; one that no evidence row refers to ages out.
CREATE TABLE folders (
    folder TEXT    NOT NULL PRIMARY KEY,
    visit  TEXT    NOT NULL,
    page   TEXT    NOT NULL,
    at     BIGINT  NOT NULL
);
CREATE INDEX folders_by_age ON folders (at);

-- Pages and what is known of them.
CREATE TABLE pages (
    target TEXT NOT NULL,
    page   TEXT NOT NULL, -- address as the frontier writes it
    body   TEXT,          -- JSON; PageState
    looks  TEXT NOT NULL, -- JSON; last look by every profile
    CONSTRAINT one_page PRIMARY KEY (target, page)
);

-- Incidents: findings of one cause on one site.
CREATE TABLE incidents (
    incident  TEXT    NOT NULL PRIMARY KEY,
    target    TEXT    NOT NULL,
    course    TEXT    NOT NULL, -- active, clean, rectified
    last_seen BIGINT NOT NULL,
    recheck   BIGINT,          -- when to look again after a fix
    body      TEXT    NOT NULL  -- JSON; Incident
);
CREATE INDEX incidents_by_target ON incidents (target);
CREATE INDEX incidents_by_sight ON incidents (last_seen);
CREATE INDEX incidents_by_recheck ON incidents (recheck) WHERE recheck IS NOT NULL;

-- Findings on pages, followed over visits.
CREATE TABLE findings (
    target    TEXT    NOT NULL,
    finding   TEXT    NOT NULL, -- fingerprint
    page      TEXT    NOT NULL,
    incident  TEXT    NOT NULL REFERENCES incidents (incident) DEFERRABLE INITIALLY DEFERRED,
    present   BIGINT NOT NULL, -- 1: it shows
    last_seen BIGINT NOT NULL,
    body      TEXT    NOT NULL, -- JSON; Tracked
    CONSTRAINT one_finding PRIMARY KEY (target, finding, page)
);
CREATE INDEX findings_by_incident ON findings (incident);
CREATE INDEX findings_by_fingerprint ON findings (finding);

-- What is kept behind the first and the last sight of a finding.
CREATE TABLE evidence (
    target  TEXT    NOT NULL,
    finding TEXT    NOT NULL,
    page    TEXT    NOT NULL,
    visit   TEXT    NOT NULL,
    sha256  TEXT    NOT NULL,
    at      BIGINT NOT NULL,
    body    TEXT    NOT NULL, -- JSON; EvidenceRef
    CONSTRAINT one_piece PRIMARY KEY (target, finding, page, visit, sha256),
    CONSTRAINT of_a_finding FOREIGN KEY (target, finding, page) REFERENCES findings (target, finding, page)
);
CREATE INDEX evidence_by_visit ON evidence (visit, page);

-- What happened, in order; alerts read on from the number they came to.
CREATE TABLE events (
    number   BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident TEXT    NOT NULL REFERENCES incidents (incident),
    target   TEXT    NOT NULL,
    body     TEXT    NOT NULL -- JSON; Event
);
CREATE INDEX events_by_incident ON events (incident);

-- What people decided. No re-scan ever writes here.
CREATE TABLE decisions (
    number   BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident TEXT    NOT NULL REFERENCES incidents (incident),
    at       BIGINT NOT NULL,
    body     TEXT    NOT NULL -- JSON; Decision
);
CREATE INDEX decisions_by_incident ON decisions (incident);
