-- Format 3: who may use the console and the API, and what they did.

-- People, by the name under which they log in.
CREATE TABLE accounts (
    account TEXT NOT NULL PRIMARY KEY,
    body    TEXT NOT NULL -- JSON; Account, the password as a salted hash
);

-- Logged in browsers and programs with a token; the key itself is nowhere, only its digest.
CREATE TABLE grants (
    digest  TEXT    NOT NULL PRIMARY KEY, -- SHA-256 of the key
    account TEXT    NOT NULL REFERENCES accounts (account),
    kind    TEXT    NOT NULL, -- session, token
    expires BIGINT NOT NULL,
    body    TEXT    NOT NULL  -- JSON; Grant
);
CREATE INDEX grants_by_account ON grants (account);

-- Failed log-ins in a row, by account and by address.
CREATE TABLE attempts (
    subject  TEXT    NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    last     BIGINT NOT NULL
);

-- What people did, each entry bound to the one before it.
CREATE TABLE audit (
    number BIGINT NOT NULL PRIMARY KEY,
    hash   TEXT    NOT NULL, -- SHA-256 over the hash before and the body
    body   TEXT    NOT NULL  -- JSON; Deed
);
