-- +goose Up

-- One row an event. body is the canonical encoding, which is the leaf of the tree; the other columns
-- repeat parts of it, so that events can be found, and audit.Verify compares them.
CREATE TABLE audit_events (
    idx      INTEGER PRIMARY KEY,
    time     INTEGER NOT NULL,
    phase    TEXT    NOT NULL,
    attempt  INTEGER NOT NULL,
    action   TEXT    NOT NULL,
    resource TEXT    NOT NULL,
    who      TEXT    NOT NULL,
    body     BLOB    NOT NULL
);

-- The hashes of the tree in stored order: one row holds those that one batch of events added.
CREATE TABLE audit_hashes (
    start  INTEGER PRIMARY KEY,
    hashes BLOB NOT NULL
);

-- The one row that every append changes: the size and the signed checkpoint of the whole log.
CREATE TABLE audit_head (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    size       INTEGER NOT NULL,
    checkpoint BLOB    NOT NULL
);

-- Signed checkpoints of the past, at most one a second.
CREATE TABLE audit_checkpoints (
    size       INTEGER PRIMARY KEY,
    checkpoint BLOB NOT NULL
);

-- Where the search for attempts without an outcome goes on: every attempt of the action before upto
-- has an outcome, but for those whose indexes are listed in pending.
CREATE TABLE audit_settled (
    action  TEXT PRIMARY KEY,
    upto    INTEGER NOT NULL,
    pending TEXT    NOT NULL
);
