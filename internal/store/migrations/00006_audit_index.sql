-- +goose Up

-- The search index of the log, by segments of 1,024 events; audit/SPEC.md describes it. It can be
-- derived from the events again. Times are microseconds since 1970.
CREATE TABLE audit_segments (
    segment    INTEGER PRIMARY KEY,
    first_time INTEGER NOT NULL,
    last_time  INTEGER NOT NULL
);
CREATE TABLE audit_terms (
    term    TEXT    NOT NULL,
    segment INTEGER NOT NULL,
    PRIMARY KEY (term, segment)
);
CREATE INDEX audit_terms_segment ON audit_terms (segment);
