package store

import "testing"

func TestPlaceholders(t *testing.T) {
	for query, want := range map[string]string{
		"":                       "",
		"SELECT 1":               "SELECT 1",
		"a = ? AND b IN (?,?)":   "a = $1 AND b IN ($2,$3)",
		"'?' || ? || 'it''s ?'":  "'?' || $1 || 'it''s ?'",
		`"a?b" = ?`:              `"a?b" = $1`,
		"? -- why?\n + ?":        "$1 -- why?\n + $2",
		"? /* why? 'x */ + ?":    "$1 /* why? 'x */ + $2",
		"a - ? / ?":              "a - $1 / $2",
		"? + 'open ? ":           "$1 + 'open ? ",
		"? /* open ? ":           "$1 /* open ? ",
		"? -- 'quote'\n = '?' ?": "$1 -- 'quote'\n = '?' $2",
	} {
		if got := placeholders(query); got != want {
			t.Errorf("%q: got %q, want %q", query, got, want)
		}
	}
}

func TestTypesOfPostgres(t *testing.T) {
	got := string(pgText([]byte("x BLOB, -- a BLOB\n y INTEGER, BLOBS 'INTEGER'")))
	if want := "x BYTEA, -- a BLOB\n y BIGINT, BLOBS 'INTEGER'"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
