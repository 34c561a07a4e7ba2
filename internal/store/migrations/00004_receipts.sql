-- +goose Up

-- Where a receipt is: by its id and its ticket, with its place in the audit log.
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
