-- Format 2: the accepted states of pages.
CREATE TABLE baselines (
    target  TEXT   NOT NULL,
    page    TEXT   NOT NULL, -- address as the frontier writes it
    decided BIGINT NOT NULL, -- decisions of people; a visit that began before the last one writes nothing
    body    TEXT   NOT NULL, -- JSON; Baseline
    CONSTRAINT one_baseline PRIMARY KEY (target, page)
);
