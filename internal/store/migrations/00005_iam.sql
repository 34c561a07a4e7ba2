-- +goose Up

-- What IAM knows of a user besides: the path in the ARN, the ARN of the permissions boundary, and
-- tags as a JSON object.
ALTER TABLE users ADD COLUMN path TEXT NOT NULL DEFAULT '/';
ALTER TABLE users ADD COLUMN boundary TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN tags TEXT NOT NULL DEFAULT '{}';

-- A group exists here for its policies. Who is in it stands in users.group_names. folded is the name
-- in lower case: names that differ in case only are one name.
CREATE TABLE iam_groups (
    id         TEXT PRIMARY KEY,
    name       TEXT    NOT NULL,
    folded     TEXT    NOT NULL UNIQUE,
    path       TEXT    NOT NULL,
    created_at INTEGER NOT NULL
);

CREATE TABLE iam_roles (
    id          TEXT PRIMARY KEY,
    name        TEXT    NOT NULL,
    folded      TEXT    NOT NULL UNIQUE,
    path        TEXT    NOT NULL,
    description TEXT    NOT NULL,
    trust       TEXT    NOT NULL, -- a policy document: who may assume the role
    max_session INTEGER NOT NULL, -- seconds
    boundary    TEXT    NOT NULL,
    tags        TEXT    NOT NULL,
    created_at  INTEGER NOT NULL
);

-- Managed policies. The versions of one are numbered from 1 and never reused.
CREATE TABLE iam_policies (
    id              TEXT PRIMARY KEY,
    arn             TEXT    NOT NULL UNIQUE,
    name            TEXT    NOT NULL,
    folded          TEXT    NOT NULL UNIQUE,
    path            TEXT    NOT NULL,
    description     TEXT    NOT NULL,
    default_version INTEGER NOT NULL,
    last_version    INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL
);
CREATE TABLE iam_policy_versions (
    policy_id  TEXT    NOT NULL REFERENCES iam_policies (id),
    version    INTEGER NOT NULL,
    document   TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (policy_id, version)
);

-- owner is the id of a user, group or role. Ids are never given out twice, so a principal that is
-- made anew under an old name has none of the old one's policies.
CREATE TABLE iam_inline (
    owner    TEXT NOT NULL,
    name     TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (owner, name)
);
CREATE TABLE iam_attached (
    owner TEXT NOT NULL,
    arn   TEXT NOT NULL,
    PRIMARY KEY (owner, arn)
);
CREATE INDEX iam_attached_arn ON iam_attached (arn);

-- Access keys. sealed is the secret as identity/SPEC.md draws it.
CREATE TABLE access_keys (
    id           TEXT PRIMARY KEY,
    user_id      TEXT    NOT NULL REFERENCES users (id),
    sealed       BLOB    NOT NULL,
    active       INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    used_at      INTEGER NOT NULL, -- 0 for never
    used_service TEXT    NOT NULL,
    used_region  TEXT    NOT NULL
);
CREATE INDEX access_keys_user ON access_keys (user_id);

-- Temporary credentials. user_id is who they go back to, through any chain of roles, and parent the
-- access key that the chain began with ('' for none): when one of them ends, they end. role_id is the
-- role that was assumed; without one the session is the user's own.
CREATE TABLE aws_sessions (
    id         TEXT PRIMARY KEY,
    token_hash BLOB    NOT NULL,
    sealed     BLOB    NOT NULL,
    user_id    TEXT    NOT NULL REFERENCES users (id),
    role_id    TEXT REFERENCES iam_roles (id),
    parent     TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    policies   TEXT    NOT NULL, -- a JSON list of policy documents
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX aws_sessions_user ON aws_sessions (user_id);
CREATE INDEX aws_sessions_expires ON aws_sessions (expires_at);
