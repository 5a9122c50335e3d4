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

-- name: state 2
CREATE TABLE runs (
    id       TEXT NOT NULL PRIMARY KEY,  -- 20261125-021229-4f1c09ab
    name     TEXT NOT NULL,              -- the process, or the verb and its address
    identity TEXT NOT NULL,              -- the company written to: online:4620816365@https://…
    command  TEXT NOT NULL,              -- a digest of what was asked for, to know the same command again
    source   TEXT NOT NULL,              -- where the records came from
    host     TEXT NOT NULL,
    pid      INTEGER NOT NULL,
    started  TEXT NOT NULL,              -- times are UTC, ISO 8601
    ended    TEXT,                       -- absent while it runs, and of one that was killed
    state    TEXT NOT NULL,              -- running, finished, stopped, interrupted
    reason   TEXT NOT NULL DEFAULT ''    -- why it was stopped
);
CREATE INDEX runs_started ON runs (started);

CREATE TABLE changes (
    identity  TEXT NOT NULL,
    id        TEXT NOT NULL,             -- the same whenever the change is given again
    run       TEXT NOT NULL,             -- the last run that dealt with it
    verb      TEXT NOT NULL,
    type      TEXT NOT NULL,
    key       TEXT NOT NULL,
    place     TEXT NOT NULL,
    contents  TEXT NOT NULL,             -- a digest, of what may be done again
    state     TEXT NOT NULL,             -- done, refused, unknown, released (surely not done)
    attempt   INTEGER NOT NULL,          -- rises after a definite refusal only
    request   TEXT NOT NULL,             -- the id of the request it went with
    record_id TEXT NOT NULL,
    total     TEXT,                      -- a decimal
    kind      TEXT NOT NULL,             -- of a refusal: the name of its error
    code      TEXT NOT NULL,
    element   TEXT NOT NULL,
    message   TEXT NOT NULL,
    advice    TEXT NOT NULL,
    record    TEXT NOT NULL,             -- of what is not done: the record as it was given, JSON
    note      TEXT NOT NULL,
    at        TEXT NOT NULL,
    PRIMARY KEY (identity, id)
) WITHOUT ROWID;
CREATE INDEX changes_of_run ON changes (run, state);
CREATE INDEX changes_by_record ON changes (identity, type, record_id);

CREATE TABLE requests (                  -- sent, perhaps, and without an answer so far
    identity TEXT NOT NULL,
    id       TEXT NOT NULL,
    run      TEXT NOT NULL,
    at       TEXT NOT NULL,
    envelope TEXT NOT NULL,              -- JSON
    body     BLOB NOT NULL,              -- compressed
    members  TEXT NOT NULL,              -- JSON
    PRIMARY KEY (identity, id)
) WITHOUT ROWID;

CREATE TABLE documents (
    identity TEXT NOT NULL,
    request  TEXT NOT NULL,
    at       TEXT NOT NULL,
    way      TEXT NOT NULL,              -- out, in
    run      TEXT NOT NULL,
    body     BLOB NOT NULL               -- compressed, redacted
);
CREATE INDEX documents_of_run ON documents (run);

CREATE TABLE links (
    identity  TEXT NOT NULL,
    type      TEXT NOT NULL,
    key       TEXT NOT NULL,             -- order_no=17
    record_id TEXT NOT NULL,
    total     TEXT,
    run       TEXT NOT NULL,
    at        TEXT NOT NULL,
    PRIMARY KEY (identity, type, key)
) WITHOUT ROWID;

-- name: state 3
CREATE TABLE connector_users (            -- whom Web Connectors sign in as, one for each company file
    username   TEXT NOT NULL PRIMARY KEY,
    connection TEXT NOT NULL,             -- its name in the project file
    password   TEXT NOT NULL,             -- Argon2id
    owner_id   TEXT NOT NULL,
    file_id    TEXT NOT NULL,
    numbered   INTEGER NOT NULL,          -- documents so far
    wanted     TEXT NOT NULL,             -- since when somebody wants a session without waiting for it, or empty
    called     TEXT NOT NULL,             -- when it last signed in, or empty
    version    TEXT NOT NULL,             -- of the Web Connector
    file       TEXT NOT NULL,             -- the company file, as QuickBooks names it
    complaint  TEXT NOT NULL              -- what went wrong last time
) WITHOUT ROWID;

CREATE TABLE connector_sessions (
    ticket    TEXT NOT NULL PRIMARY KEY,
    username  TEXT NOT NULL,
    state     TEXT NOT NULL,              -- open, idle, asked, pacing, done, failed, closed
    opened    TEXT NOT NULL,
    seen      TEXT NOT NULL,
    address   TEXT NOT NULL,
    file      TEXT NOT NULL,
    versions  TEXT NOT NULL,              -- of qbXML, separated by blanks
    document  INTEGER NOT NULL,           -- the one that is out, or was answered last
    answered  INTEGER NOT NULL,           -- how many were
    progress  INTEGER NOT NULL,           -- percent
    attempts  INTEGER NOT NULL,           -- to reach QuickBooks
    hresult   TEXT NOT NULL,
    complaint TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX connector_sessions_of_user ON connector_sessions (username, opened);

CREATE TABLE mailbox_visitors (           -- who puts documents into a mailbox and waits there
    username TEXT NOT NULL,
    visitor  TEXT NOT NULL,
    seen     TEXT NOT NULL,
    PRIMARY KEY (username, visitor)
) WITHOUT ROWID;

CREATE TABLE mailbox (
    username TEXT NOT NULL,
    number   INTEGER NOT NULL,
    ticket   TEXT NOT NULL,               -- the session that it is for
    visitor  TEXT NOT NULL,
    at       TEXT NOT NULL,
    state    TEXT NOT NULL,               -- put, taken, answered, withdrawn (never taken), lost (taken, no answer)
    request  BLOB NOT NULL,
    hresult  TEXT NOT NULL,
    message  TEXT NOT NULL,
    PRIMARY KEY (username, number)
);

CREATE TABLE mailbox_answers (
    username TEXT NOT NULL,
    number   INTEGER NOT NULL,
    piece    INTEGER NOT NULL,
    body     BLOB NOT NULL,
    PRIMARY KEY (username, number, piece)
);

-- name: state 4
CREATE TABLE run_figures (                -- of a run of a process: in, out, refused …, and milliseconds of its steps
    run   TEXT NOT NULL,
    name  TEXT NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (run, name)
) WITHOUT ROWID;

CREATE TABLE run_documents (              -- what became of each document in each run
    run      TEXT NOT NULL,
    document TEXT NOT NULL,               -- order_no=17, or a digest of what has no key
    process  TEXT NOT NULL,
    place    TEXT NOT NULL,
    state    TEXT NOT NULL,               -- done, refused, unknown, skipped, changed (since it was linked)
    tracked  TEXT NOT NULL,               -- JSON: the tracked fields
    why      TEXT NOT NULL,
    advice   TEXT NOT NULL,
    given    TEXT NOT NULL,               -- the document, JSON, where it is kept
    made     TEXT NOT NULL,               -- the records it became, JSON, where they are kept
    at       TEXT NOT NULL,
    PRIMARY KEY (run, document)
) WITHOUT ROWID;
CREATE INDEX run_documents_at ON run_documents (at);

CREATE TABLE document_changes (           -- which changes a document became: from a record to its document, and back
    run      TEXT NOT NULL,
    document TEXT NOT NULL,
    identity TEXT NOT NULL,
    change   TEXT NOT NULL,
    type     TEXT NOT NULL,
    record   TEXT NOT NULL,               -- the id of the record there
    PRIMARY KEY (run, document, identity, change)
) WITHOUT ROWID;
CREATE INDEX document_changes_by_record ON document_changes (type, record);

CREATE TABLE process_documents (          -- how each document of a process stands now
    process  TEXT NOT NULL,
    document TEXT NOT NULL,
    digest   TEXT NOT NULL,
    state    TEXT NOT NULL,               -- done, refused, unknown, owing (done, and not yet written back)
    run      TEXT NOT NULL,
    place    TEXT NOT NULL,
    given    TEXT NOT NULL,               -- JSON, until it is done
    record   TEXT NOT NULL,               -- the id of the record it became
    PRIMARY KEY (process, document)
) WITHOUT ROWID;
CREATE INDEX process_documents_held ON process_documents (process, state);

CREATE TABLE sequences (
    name  TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL                -- the last number given out
) WITHOUT ROWID;

-- name: state 5
CREATE TABLE callbacks (                  -- sign-ins that a browser comes back from
    secret  TEXT NOT NULL PRIMARY KEY,    -- a digest of the `state` that went with it
    at      TEXT NOT NULL,
    address TEXT NOT NULL                 -- where the browser ended, or empty until it does
) WITHOUT ROWID;

-- name: state agenda
CREATE TABLE agenda (                     -- what runs unattended: one row for each process and company
    environment TEXT NOT NULL,
    process   TEXT NOT NULL,
    company   TEXT NOT NULL,
    lane      TEXT NOT NULL,              -- of the rows in a lane one runs at a time
    due       TEXT NOT NULL,              -- when it is to begin, empty when nothing is planned
    asked     INTEGER NOT NULL,           -- 1 when a person wants it now, in closed hours too
    state     TEXT NOT NULL,              -- idle, queued, running, cancelling
    task      TEXT NOT NULL,              -- the engine's, when queued or running
    outcome   TEXT NOT NULL,              -- of the last run: succeeded, incomplete, waiting, failed, cancelled, or empty before the first
    begun     TEXT NOT NULL,              -- times are UTC, ISO 8601, or empty
    ended     TEXT NOT NULL,
    succeeded TEXT NOT NULL,
    waits     INTEGER NOT NULL,           -- how often in a row it could not go on
    reason    TEXT NOT NULL,
    advice    TEXT NOT NULL,
    counts    TEXT NOT NULL,              -- of the last run, JSON
    PRIMARY KEY (environment, process, company)
) WITHOUT ROWID;
CREATE INDEX agenda_due ON agenda (environment, state, due);

CREATE TABLE pauses (                     -- an empty process or company is all of them
    environment TEXT NOT NULL,
    process TEXT NOT NULL,
    company TEXT NOT NULL,
    since   TEXT NOT NULL,
    PRIMARY KEY (environment, process, company)
) WITHOUT ROWID;

CREATE TABLE alerts (
    environment TEXT NOT NULL,
    process TEXT NOT NULL,
    company TEXT NOT NULL,
    kind    TEXT NOT NULL,                -- refused, failed, sign-in, waiting, stale, budget
    since   TEXT NOT NULL,
    message TEXT NOT NULL,
    advice  TEXT NOT NULL,
    told    INTEGER NOT NULL,             -- whether it was delivered
    PRIMARY KEY (environment, process, company, kind)
) WITHOUT ROWID;

CREATE TABLE events (                     -- what QuickBooks told by webhook
    id       TEXT NOT NULL PRIMARY KEY,
    company  TEXT NOT NULL,
    type     TEXT NOT NULL,
    record   TEXT NOT NULL,
    verb     TEXT NOT NULL,
    at       TEXT NOT NULL,
    received TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX events_received ON events (received);

-- name: state arrivals
CREATE TABLE arrivals (                   -- documents that were sent to a connection that listens, until they are dealt with
    connection TEXT NOT NULL,
    id         TEXT NOT NULL,             -- sorts in the order in which they came
    type       TEXT NOT NULL,
    name       TEXT NOT NULL,             -- the document's own id, or a digest of what has none
    digest     TEXT NOT NULL,
    document   TEXT NOT NULL,             -- JSON
    PRIMARY KEY (connection, id)
) WITHOUT ROWID;
CREATE INDEX arrivals_by_name ON arrivals (connection, type, name);

CREATE TABLE deliveries (                 -- requests that carried an idempotency key
    connection TEXT NOT NULL,
    key        TEXT NOT NULL,
    digest     TEXT NOT NULL,
    ids        TEXT NOT NULL,             -- JSON: what was answered
    at         TEXT NOT NULL,
    PRIMARY KEY (connection, key)
) WITHOUT ROWID;

-- name: state access
CREATE TABLE console_users (              -- who may look at the console
    name     TEXT NOT NULL PRIMARY KEY,
    role     TEXT NOT NULL,               -- viewer, operator, admin
    password TEXT NOT NULL,               -- a hash
    made     TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE console_sessions (           -- browsers that are signed in
    digest TEXT NOT NULL PRIMARY KEY,     -- of the secret in the browser's cookie
    name   TEXT NOT NULL,                 -- of the user, empty for whoever came by a link of the server
    begun  TEXT NOT NULL,
    seen   TEXT NOT NULL,
    browser TEXT NOT NULL                 -- where it is and what it calls itself
) WITHOUT ROWID;

CREATE TABLE api_keys (                   -- programs that may call
    name   TEXT NOT NULL PRIMARY KEY,
    role   TEXT NOT NULL,
    digest TEXT NOT NULL UNIQUE,          -- of the key
    made   TEXT NOT NULL,
    used   TEXT NOT NULL                  -- when last, to the minute, or empty before the first time
) WITHOUT ROWID;

-- name: state company files
CREATE TABLE company_files (              -- of QuickBooks Desktop, as they were met
    identity TEXT NOT NULL PRIMARY KEY,   -- the connection's: desktop:C:\…@this machine
    file     TEXT NOT NULL,               -- the full path, as QuickBooks names it
    file_id  TEXT NOT NULL,               -- a GUID that stands in the file, or empty where a person took it without one
    company  TEXT NOT NULL,               -- its name
    at       TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX company_files_by_id ON company_files (file_id);

-- name: state secrets
CREATE TABLE secrets (                    -- the vault of machines that share this state
    identity TEXT NOT NULL PRIMARY KEY,
    sealed   BLOB NOT NULL                -- as in vault.db
) WITHOUT ROWID;

-- name: state zones
CREATE TABLE company_zones (              -- time zones, as companies told them
    company TEXT NOT NULL PRIMARY KEY,
    zone    TEXT NOT NULL                 -- America/New_York
) WITHOUT ROWID;

-- name: state tie-outs
CREATE TABLE tie_outs (                   -- what came of comparing a mirror with QuickBooks
    environment TEXT NOT NULL,
    process  TEXT NOT NULL,
    company  TEXT NOT NULL,
    at       TEXT NOT NULL,
    agrees   INTEGER NOT NULL,
    records  INTEGER NOT NULL,            -- how many differ
    accounts INTEGER NOT NULL,            -- how many differ
    told     TEXT NOT NULL,               -- JSON
    PRIMARY KEY (environment, process, company, at)
) WITHOUT ROWID;

CREATE TABLE tie_outs_wanted (            -- which the next run of a mirror is to make
    environment TEXT NOT NULL,
    process TEXT NOT NULL,
    company TEXT NOT NULL,
    PRIMARY KEY (environment, process, company)
) WITHOUT ROWID;

-- name: state unknown
CREATE INDEX changes_unknown ON changes (identity) WHERE state = 'unknown';

-- name: state held
CREATE INDEX process_documents_waiting ON process_documents (process, document) WHERE state IN ('refused', 'unknown');

-- name: state document fields
CREATE TABLE document_fields (            -- by which documents are found: tracked fields and the parts of keys
    name     TEXT NOT NULL,
    value    TEXT NOT NULL,               -- in small letters, a number without needless zeros, cut off
    run      TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (name, value, run, document)
) WITHOUT ROWID;

INSERT INTO watermarks (key, value)       -- documents of before are entered by the first search
SELECT 'document_fields', '{"whole": true}' WHERE NOT EXISTS (SELECT 1 FROM run_documents);

-- name: state progress
-- How far the run under way has come, as JSON, or empty.
ALTER TABLE agenda ADD COLUMN progress TEXT NOT NULL DEFAULT '';

-- name: state by hand
CREATE TABLE mirrors_by_hand (            -- runs of mirrors that a person began, as long as they are under way
    environment TEXT NOT NULL,
    process   TEXT NOT NULL,
    company   TEXT NOT NULL,
    run       TEXT NOT NULL,
    host      TEXT NOT NULL,
    pid       INTEGER NOT NULL,
    begun     TEXT NOT NULL,
    cancelled INTEGER NOT NULL,
    progress  TEXT NOT NULL,              -- as in the agenda
    PRIMARY KEY (environment, process, company)
) WITHOUT ROWID;
