-- +goose Up

-- A list of keys reads the index alone: each key's row is wide, and lies anywhere.
DROP INDEX kms_keys_region;
CREATE INDEX kms_keys_region ON kms_keys (region, id, delete_at);
