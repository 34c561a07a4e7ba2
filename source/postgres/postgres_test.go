package postgres_test

import (
	"testing"

	"signet/internal/testenv"
	"signet/source"
	"signet/source/postgres"
	"signet/source/sourcetest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func open(t testing.TB, url string) *postgres.Source {
	t.Helper()
	s, err := openAs(t, sourcetest.Postgres(t, "pg", url))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSuite(t *testing.T) {
	sourcetest.Run(t, sourcetest.Suite{
		Open: func(t *testing.T) source.Source { return open(t, testenv.Postgres(t)) },
		Writes: []string{
			"WITH w AS (INSERT INTO t VALUES (2, 20) RETURNING id) SELECT id FROM w",
			"WITH w AS (DELETE FROM t RETURNING id) SELECT id FROM w",
			"SELECT id FROM t FOR UPDATE",
			"SELECT id INTO u FROM t",
			"COPY t FROM PROGRAM 'echo 2,20'",
			"COPY (SELECT 1) TO PROGRAM 'cat'",
			"COPY t TO STDOUT",
			"SET TRANSACTION READ WRITE",
			"SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
			"SET default_transaction_read_only = off",
			"SELECT set_config('transaction_read_only', 'off', false)",
			"SELECT nextval('pg_catalog.nowhere')",
			"DO $$ BEGIN INSERT INTO t VALUES (2, 20); END $$",
			"COMMIT", "ROLLBACK", "LISTEN x", "PREPARE p AS INSERT INTO t VALUES (2, 20)",
			"CALL nothing()", "VACUUM t", "LOCK TABLE t",
		},
		Unreadable: "INTERVAL '1 day'",
	})
}
