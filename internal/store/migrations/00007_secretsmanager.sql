-- +goose Up

-- Secrets of Secrets Manager; Signet's own keys are in the table secrets. arn_suffix is the end of the
-- ARN. revision counts changes. Times are in microseconds since 1970.
CREATE TABLE sm_secrets (
    id                TEXT PRIMARY KEY,
    region            TEXT    NOT NULL,
    name              TEXT    NOT NULL,
    arn_suffix        TEXT    NOT NULL,
    description       TEXT    NOT NULL,
    kms_key           TEXT    NOT NULL, -- as it was named; '' for the service's own
    tags              TEXT    NOT NULL, -- a JSON object
    stages            TEXT    NOT NULL, -- a JSON object: which version each label is on
    policy            TEXT    NOT NULL, -- '' for none
    owning_service    TEXT    NOT NULL, -- '' for none
    revision          INTEGER NOT NULL,
    created_at        INTEGER NOT NULL,
    changed_at        INTEGER NOT NULL,
    accessed_at       INTEGER NOT NULL, -- the day, 0 for never
    deleted_at        INTEGER,          -- when the deletion was asked for
    delete_at         INTEGER,          -- when it comes true
    rotator           TEXT    NOT NULL, -- the ARN of what rotates it, '' for nothing
    rotation_on       INTEGER NOT NULL, -- 1 while it is rotated by itself
    rotation_days     INTEGER NOT NULL, -- 0 for a schedule
    rotation_schedule TEXT    NOT NULL,
    rotation_duration TEXT    NOT NULL,
    rotation_token    TEXT    NOT NULL, -- version that a rotation under way makes, '' for none
    rotation_failures INTEGER NOT NULL, -- in a row
    rotated_at        INTEGER,
    rotate_at         INTEGER,          -- when the next attempt is due
    rotate_by         INTEGER,          -- when its window closes
    rotating_until    INTEGER NOT NULL, -- a process is at it, until then at most
    UNIQUE (region, name)
);
CREATE INDEX sm_secrets_created ON sm_secrets (region, created_at, id);
CREATE INDEX sm_secrets_changed ON sm_secrets (region, changed_at, id);
CREATE INDEX sm_secrets_accessed ON sm_secrets (region, accessed_at, id);
CREATE INDEX sm_secrets_rotate ON sm_secrets (rotate_at) WHERE rotate_at IS NOT NULL;
CREATE INDEX sm_secrets_delete ON sm_secrets (delete_at) WHERE delete_at IS NOT NULL;

-- Versions. kind is 'text' or 'binary', and '' of a version that a rotation has not filled yet; sealed
-- is drawn in secrets/SPEC.md.
CREATE TABLE sm_versions (
    secret_id   TEXT    NOT NULL REFERENCES sm_secrets (id),
    version_id  TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    sealed      BLOB,
    kms_key     TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    accessed_at INTEGER NOT NULL, -- the day, 0 for never
    PRIMARY KEY (secret_id, version_id)
);
