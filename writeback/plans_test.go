package writeback_test

import (
	"fmt"
	"testing"
	"time"

	"signet/internal/testenv"
)

// TestGrownTablesAreNotReadWhole: PostgreSQL plans the statements of the click while the ledger and
// the target are empty. They must stay quick lookups when the tables have grown since.
func TestGrownTablesAreNotReadWhole(t *testing.T) {
	database := testenv.Postgres(t)
	w := newWorld(t, onPostgres(t, database))
	const before, lookups, grown = 20, 20, 5000 // PostgreSQL keeps a plan from the sixth execution on
	for range before {
		w.mustSubmit(w.ana, "generate-quote", w.quoteTicket("TX"), nil)
	}
	w.exec("insert into signet_ledger select 'x' || lpad(n::text, 25, '0'), 'a', 't', 'r', 's', 'i', 'n', now(), repeat('receipt', 100) from generate_series(1, 5000) n",
		"insert into tbquote (quote_id, cust, bgc, skilledtrades, shift, state, jobdutydescription, status, created_at, receipt_id)"+
			" select 'r' || n, 'Customer ' || n, 'No', 'Skill', 'Day', 'NY', repeat('duty', 100), 'generated', now(), 'x' || n from generate_series(1, 5000) n")
	read := "select sum(seq_tup_read), min(idx_scan) from pg_stat_user_tables where relname in ('signet_ledger', 'tbquote')"
	w.exec("select pg_stat_reset()::text")
	for range lookups {
		w.mustSubmit(w.ana, "generate-quote", w.quoteTicket("TX"), nil)
	}
	// A server process counts at its end, or a good while later.
	testenv.Exec(t, database, "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()")
	var scanned, looked int
	for end := time.Now().Add(20 * time.Second); looked < lookups && scanned < grown && time.Now().Before(end); {
		if _, err := fmt.Sscanf(w.table(read)[0], "%d|%d", &scanned, &looked); err != nil {
			t.Fatal(err)
		}
	}
	if scanned >= grown || looked < lookups {
		t.Errorf("%d submissions read %d rows by scanning whole tables, and looked up %d times by an index", lookups, scanned, looked)
	}
}
