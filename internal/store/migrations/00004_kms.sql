-- +goose Up

INSERT INTO epochs (name, value) VALUES ('kms', 1);

-- Keys. state is 'Enabled', 'Disabled' or 'PendingDeletion'; that a key waits for an import follows
-- from its materials. revision is the epoch at which the key, its materials, aliases or grants last
-- changed. grants counts them. Times are in microseconds since 1970.
CREATE TABLE kms_keys (
    id            TEXT PRIMARY KEY,
    region        TEXT    NOT NULL,
    manager       TEXT    NOT NULL, -- 'CUSTOMER' or 'AWS'
    state         TEXT    NOT NULL,
    spec          TEXT    NOT NULL,
    key_usage     TEXT    NOT NULL,
    origin        TEXT    NOT NULL,
    description   TEXT    NOT NULL,
    policy        TEXT    NOT NULL,
    tags          TEXT    NOT NULL, -- a JSON object
    rotation_days INTEGER NOT NULL, -- 0 while automatic rotation is off
    rotate_at     INTEGER,
    grants        INTEGER NOT NULL,
    revision      INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    delete_at     INTEGER
);
CREATE INDEX kms_keys_region ON kms_keys (region, id);
CREATE INDEX kms_keys_rotate ON kms_keys (rotate_at) WHERE rotate_at IS NOT NULL;
CREATE INDEX kms_keys_delete ON kms_keys (delete_at) WHERE delete_at IS NOT NULL;

-- Key material, one row a version. state is 'CURRENT', 'NON_CURRENT' or 'PENDING_ROTATION'. sealed is
-- drawn in kms/SPEC.md; it is missing while imported material is not there.
CREATE TABLE kms_materials (
    key_id      TEXT    NOT NULL REFERENCES kms_keys (id),
    version     INTEGER NOT NULL,
    material_id TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    sealed      BLOB,
    description TEXT    NOT NULL,
    rotation    TEXT    NOT NULL, -- '', 'AUTOMATIC' or 'ON_DEMAND'
    created_at  INTEGER NOT NULL,
    rotated_at  INTEGER,
    expires_at  INTEGER,
    PRIMARY KEY (key_id, version)
);
CREATE UNIQUE INDEX kms_material_current ON kms_materials (key_id) WHERE state = 'CURRENT';
CREATE INDEX kms_material_expires ON kms_materials (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE kms_aliases (
    region     TEXT    NOT NULL,
    name       TEXT    NOT NULL, -- with 'alias/'
    key_id     TEXT    NOT NULL REFERENCES kms_keys (id),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (region, name)
);
CREATE INDEX kms_aliases_key ON kms_aliases (key_id, name);

CREATE TABLE kms_grants (
    id             TEXT PRIMARY KEY,
    key_id         TEXT    NOT NULL REFERENCES kms_keys (id),
    region         TEXT    NOT NULL,
    name           TEXT    NOT NULL, -- '' for none
    grantee        TEXT    NOT NULL,
    retiring       TEXT    NOT NULL, -- '' for nobody
    operations     TEXT    NOT NULL, -- a JSON list
    context_equals TEXT    NOT NULL, -- a JSON object
    context_subset TEXT    NOT NULL, -- a JSON object
    source_arn     TEXT    NOT NULL, -- '' for any
    issuer         TEXT    NOT NULL, -- the account that made it
    created_at     INTEGER NOT NULL
);
CREATE INDEX kms_grants_key ON kms_grants (key_id, id);
CREATE INDEX kms_grants_grantee ON kms_grants (key_id, grantee, id);
CREATE INDEX kms_grants_retiring ON kms_grants (region, retiring, id) WHERE retiring <> '';
