-- +goose Up

INSERT INTO epochs (name, value) VALUES ('root', 1);

-- Root keys that something is sealed under; internal/rootkey/SPEC.md describes the protocol. state is
-- 'current' or, while a rotation is under way, 'old'. No key itself is here: wrapped is the key under an
-- external one, and linked the key under the other root key of a rotation. Times are in microseconds since 1970.
CREATE TABLE root_keys (
    id         BLOB PRIMARY KEY,
    state      TEXT    NOT NULL,
    url        TEXT    NOT NULL, -- of the external key that wraps it, '' for a key in a file
    wrapped    BLOB,
    linked     BLOB,
    created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX root_key_current ON root_keys (state) WHERE state = 'current';

INSERT INTO root_keys (id, state, url, created_at)
    SELECT DISTINCT substr(sealed, 2, 8), 'current', '', 0 FROM (
        SELECT sealed FROM secret_versions UNION SELECT sealed FROM kms_materials
    ) AS values_sealed WHERE LENGTH(sealed) > 8;

-- The root key that each value is sealed under, so that the database itself keeps a root key from leaving
-- while it is needed, and keeps values of a root key that left from coming in.
ALTER TABLE secret_versions ADD COLUMN root BLOB REFERENCES root_keys (id) CHECK (root = substr(sealed, 2, 8));
ALTER TABLE kms_materials ADD COLUMN root BLOB REFERENCES root_keys (id) CHECK (root = substr(sealed, 2, 8));
UPDATE secret_versions SET root = substr(sealed, 2, 8) WHERE LENGTH(sealed) > 8;
UPDATE kms_materials SET root = substr(sealed, 2, 8) WHERE LENGTH(sealed) > 8;
CREATE INDEX secret_versions_root ON secret_versions (root);
CREATE INDEX kms_materials_root ON kms_materials (root, key_id, version);

-- Keys that were derived from a root key and live on after it, such as the one that old tokens are sealed
-- with. origin is the root key that a key was derived from, root the one that it is sealed under.
CREATE TABLE root_kept (
    purpose TEXT NOT NULL,
    origin  BLOB NOT NULL,
    sealed  BLOB NOT NULL,
    root    BLOB NOT NULL REFERENCES root_keys (id) CHECK (root = substr(sealed, 2, 8)),
    until   INTEGER, -- nothing needs it after
    PRIMARY KEY (purpose, origin)
);

-- Where a key is that lives outside: the URL that internal/keeper opens. '' for all others.
ALTER TABLE kms_keys ADD COLUMN url TEXT NOT NULL DEFAULT '';
