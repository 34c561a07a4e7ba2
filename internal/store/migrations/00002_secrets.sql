-- +goose Up

-- Counters that a change of security state raises in its own transaction, so that every process
-- notices changes of the others by reading one row.
CREATE TABLE epochs (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
);
INSERT INTO epochs (name, value) VALUES ('secrets', 1);

-- Generated secrets. kind is 'generated' or 'fixed'; a fixed one is never rotated.
CREATE TABLE secrets (
    name       TEXT PRIMARY KEY,
    kind       TEXT    NOT NULL,
    size       INTEGER NOT NULL,
    created_at INTEGER NOT NULL
);

-- One row a version. The one that is neither retired nor revoked is current. sealed is drawn in
-- secrets/SPEC.md; a revoked version has none left.
CREATE TABLE secret_versions (
    name       TEXT    NOT NULL REFERENCES secrets (name),
    version    INTEGER NOT NULL,
    key_id     TEXT    NOT NULL UNIQUE,
    sealed     BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    retired_at INTEGER,
    revoked_at INTEGER,
    PRIMARY KEY (name, version)
);
CREATE UNIQUE INDEX secret_current ON secret_versions (name) WHERE retired_at IS NULL AND revoked_at IS NULL;
