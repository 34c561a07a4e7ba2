-- +goose Up

INSERT INTO epochs (name, value) VALUES ('identity', 1);

-- Who may sign in. origin says who keeps the row: 'hand' (an administrator) or 'project' (its files).
-- sign_in is 'local' or 'sso'; a user of single sign-on has no password path. Times are in
-- microseconds since 1970.
CREATE TABLE users (
    id           TEXT PRIMARY KEY,
    name         TEXT    NOT NULL UNIQUE,
    display_name TEXT    NOT NULL,
    role         TEXT    NOT NULL,
    group_names  TEXT    NOT NULL, -- a JSON list
    password     TEXT    NOT NULL, -- an argon2id hash, '' for none
    origin       TEXT    NOT NULL,
    sign_in      TEXT    NOT NULL,
    disabled_by  TEXT    NOT NULL, -- '' while enabled, else 'hand' or 'project'
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
);

-- A session is found by the hash of its token; the token itself is nowhere.
CREATE TABLE sessions (
    id         TEXT PRIMARY KEY,
    token_hash BLOB    NOT NULL UNIQUE,
    user_id    TEXT    NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    last_seen  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ip         TEXT    NOT NULL,
    user_agent TEXT    NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expires ON sessions (expires_at);

-- One-time links. kind is 'sign-in' or 'set-up'; a set-up link has no user yet.
CREATE TABLE links (
    token_hash BLOB PRIMARY KEY,
    kind       TEXT    NOT NULL,
    user_id    TEXT REFERENCES users (id),
    created_by TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
);

-- Brakes on guessing: a key may try again when its mark lies less than a burst ahead of now.
CREATE TABLE sign_in_limits (
    key  TEXT PRIMARY KEY,
    mark INTEGER NOT NULL
);
