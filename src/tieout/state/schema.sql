-- The steps that bring a database to its newest version, in order. `PRAGMA user_version` counts those taken.
-- A released step is never edited: a change is a new step.

-- name: state 1
CREATE TABLE reads (
    connection TEXT NOT NULL,
    month      TEXT NOT NULL,  -- 2026-11, in UTC
    count      INTEGER NOT NULL,
    PRIMARY KEY (connection, month)
) WITHOUT ROWID;

CREATE TABLE watermarks (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL        -- a JSON object
) WITHOUT ROWID;

-- name: vault 1
CREATE TABLE secrets (
    identity TEXT NOT NULL PRIMARY KEY,
    sealed   BLOB NOT NULL     -- nonce and AES-GCM ciphertext, with the identity as associated data
) WITHOUT ROWID;
