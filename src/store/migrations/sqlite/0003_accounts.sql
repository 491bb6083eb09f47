-- Format 3: who may use the console and the API, and what they did.

-- People, by the name under which they log in.
CREATE TABLE accounts (
    account TEXT NOT NULL PRIMARY KEY,
    body    TEXT NOT NULL -- JSON; Account, the password as a salted hash
) STRICT;

-- Logged in browsers and programs with a token; the key itself is nowhere, only its digest.
CREATE TABLE grants (
    digest  TEXT    NOT NULL PRIMARY KEY, -- SHA-256 of the key
    account TEXT    NOT NULL REFERENCES accounts (account),
    kind    TEXT    NOT NULL, -- session, token
    expires INTEGER NOT NULL,
    body    TEXT    NOT NULL  -- JSON; Grant
) STRICT;
CREATE INDEX grants_by_account ON grants (account);

-- Failed log-ins in a row, by account and by address.
CREATE TABLE attempts (
    subject  TEXT    NOT NULL PRIMARY KEY,
    failures INTEGER NOT NULL,
    last     INTEGER NOT NULL
) STRICT;

-- What people did, each entry bound to the one before it.
CREATE TABLE audit (
    number INTEGER NOT NULL PRIMARY KEY,
    hash   TEXT    NOT NULL, -- SHA-256 over the hash before and the body
    body   TEXT    NOT NULL  -- JSON; Deed
) STRICT;
