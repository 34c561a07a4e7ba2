package mysql_test

import (
	"context"
	"testing"
	"time"

	"signet/identity"
	"signet/internal/testenv"
	"signet/source"
	"signet/source/mysql"
	"signet/source/sourcetest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

var system = identity.System("test")

func open(t testing.TB, def source.Definition) *mysql.Source {
	t.Helper()
	s, err := mysql.OpenWith(def, sourcetest.Logins(t, system, def))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func timeout(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestSuite(t *testing.T) {
	port := testenv.MariaDB(t)
	sourcetest.Run(t, sourcetest.Suite{
		Open: func(t *testing.T) source.Source {
			testenv.ExecMariaDB(t, port, "DROP DATABASE IF EXISTS other") // a schema is a database here, and shared
			return open(t, sourcetest.MariaDB(t, "db", port))
		},
		Writes: []string{
			"SET SESSION TRANSACTION READ WRITE",
			"SET @@session.sql_mode = ''",
			"SET GLOBAL read_only = 0",
			"SELECT id FROM t INTO OUTFILE '/tmp/signet-test-outfile'",
			"SELECT id INTO @x FROM t",
			"SELECT LAST_INSERT_ID(9) INTO DUMPFILE '/tmp/signet-test-dumpfile'",
			"LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE t",
			"REPLACE INTO t VALUES (1, 99)",
			"INSERT INTO t VALUES (1, 99) ON DUPLICATE KEY UPDATE n = 99",
			"WITH w AS (SELECT 1) UPDATE t SET n = 99",
			"EXECUTE IMMEDIATE 'UPDATE t SET n = 99'",
			"PREPARE p FROM 'UPDATE t SET n = 99'",
			"BEGIN NOT ATOMIC UPDATE t SET n = 99; END",
			"CREATE TEMPORARY TABLE u (x INTEGER)",
			"LOCK TABLES t WRITE", "FLUSH TABLES", "KILL 1", "DO SLEEP(0)", "CALL nothing()", "HANDLER t OPEN", "COMMIT", "ROLLBACK",
			"ANALYZE TABLE t", "OPTIMIZE TABLE t", "SHOW TABLES", "USE mysql", "RESET QUERY CACHE",
			"/*!50000 UPDATE t SET n = 99 */", "/*M! UPDATE t SET n = 99 */", "UPDATE t SET n = 99 -- ) (",
			"SELECT 1) AS q; UPDATE t SET n = 99; -- ", "SELECT 1 AS a) AS q, (SELECT 2 AS b",
		},
		Unreadable: "TIME '10:00:00'",
		Finite:     true,
		NoNames:    []string{"naïve ☃ 🙂", " lead"}, // names hold no characters beyond the first 65536, and an alias loses its first spaces
		Long:       "SELECT BENCHMARK(2000000000, SHA2('x', 512))",
	})
}
