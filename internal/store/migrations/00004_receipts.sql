-- +goose Up

-- Where the receipt of a write-back is: its place in the audit log, which holds the receipt itself.
CREATE TABLE receipts (
    receipt_id  TEXT PRIMARY KEY,
    ticket_id   TEXT    NOT NULL UNIQUE,
    action      TEXT    NOT NULL,
    source      TEXT    NOT NULL,
    record_id   TEXT    NOT NULL,
    audit_index INTEGER NOT NULL,
    created_at  INTEGER NOT NULL
);

CREATE INDEX receipts_record ON receipts (source, record_id, created_at);
