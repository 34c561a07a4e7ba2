-- +goose Up

-- One row a block: the events that one append brought, framed one after the other, and the hashes
-- that they added to the tree, in stored order. start is the index of the first event.
CREATE TABLE audit_blocks (
    start  INTEGER PRIMARY KEY,
    hashes BLOB NOT NULL,
    events BLOB NOT NULL
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
