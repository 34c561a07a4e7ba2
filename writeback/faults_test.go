package writeback_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"signet/audit"
	"signet/internal/fault"
	"signet/internal/testenv"
	"signet/internal/value"
	"signet/policy"
	"signet/writeback"
)

// ownServer is a world on a PostgreSQL server that the test may stop and kill.
func ownServer(t *testing.T) (*world, *testenv.PostgresServer, string) {
	t.Helper()
	server := testenv.StartPostgres(t, nil)
	address := server.Database(t)
	return newWorld(t, onPostgres(t, address)), server, address
}

// TestTargetFails: each way in which a target can refuse has its own clear error and its event, and
// nothing is written; when the target is well again, the same ticket works.
func TestTargetFails(t *testing.T) {
	w, server, address := ownServer(t)
	token := w.quoteTicket("TX")
	refused := func(name string, want fault.Code, detail string) {
		t.Helper()
		_, _, err := w.submit(w.ana, "generate-quote", token, nil)
		var f *fault.Error
		if !errors.As(err, &f) || f.Code != want || !strings.Contains(f.Detail, detail) {
			t.Errorf("%s: got %v; want %s: …%s…", name, err, want, detail)
		}
		if got := w.lastEvents(1)[0]; got != "outcome writeback:Submit ana "+string(want) {
			t.Errorf("%s: event %q", name, got)
		}
	}
	server.Stop()
	refused("stopped", fault.TargetUnavailable, "cannot be reached")
	server.Start(t)
	testenv.SetReadOnly(t, address, true)
	refused("read-only", fault.TargetReadOnly, "accepts no writes")
	testenv.SetReadOnly(t, address, false)
	for _, table := range []string{"tbquote", "signet_ledger"} {
		accept := testenv.RefuseWrites(t, address, table, "53100")
		refused("disk full at "+table, fault.TargetFull, "out of space")
		accept()
	}
	accept := testenv.RefuseWrites(t, address, "tbquote", "23514")
	refused("constraint", fault.InvalidInput, "refuses this row")
	accept()
	testenv.Exec(t, address, "alter table tbquote rename column note to remark")
	refused("column gone", fault.TargetSchema, "missing")
	testenv.Exec(t, address, "alter table tbquote rename column remark to note", "alter table signet_ledger rename to elsewhere")
	refused("ledger gone", fault.TargetSchema, "missing")
	testenv.Exec(t, address, "alter table elsewhere rename to signet_ledger")
	w.wantNothing()
	if r := w.mustSubmit(w.ana, "generate-quote", token, nil); r.Record.Status != "generated" {
		t.Errorf("in the end: %+v", r.Record)
	}
	if report := w.wantSound(); report.Open != 0 {
		t.Errorf("%d attempts without an outcome", report.Open)
	}
}

// TestMariaDBTargetFails is TestTargetFails for the errors that MariaDB has for the same.
func TestMariaDBTargetFails(t *testing.T) {
	server := testenv.StartMariaDB(t)
	w := newWorld(t, onMariaDB(t, server.Port()))
	token := w.quoteTicket("TX")
	database := w.table("select database()")[0]
	exec := func(sql string) { testenv.ExecMariaDBIn(t, server.Port(), database, sql) }
	refused := func(name string, want fault.Code) {
		t.Helper()
		if _, _, err := w.submit(w.ana, "generate-quote", token, nil); fault.CodeOf(err) != want {
			t.Errorf("%s: got %v; want %s", name, err, want)
		}
	}
	server.Stop()
	refused("stopped", fault.TargetUnavailable)
	server.Start(t)
	for _, table := range []string{"tbquote", "signet_ledger"} {
		for number, want := range map[string]fault.Code{"1114": fault.TargetFull, "1290": fault.TargetReadOnly, "1644": fault.InvalidInput, "1213": fault.TargetUnavailable} {
			exec("CREATE TRIGGER refuse BEFORE INSERT ON " + table + " FOR EACH ROW SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = " + number)
			refused(number+" at "+table, want)
			exec("DROP TRIGGER refuse")
		}
	}
	exec("alter table tbquote rename column note to remark")
	refused("column gone", fault.TargetSchema)
	exec("alter table tbquote rename column remark to note")
	exec("rename table signet_ledger to elsewhere")
	refused("ledger gone", fault.TargetSchema)
	exec("rename table elsewhere to signet_ledger")
	w.wantNothing()
	if r := w.mustSubmit(w.ana, "generate-quote", token, nil); r.Record.Status != "generated" {
		t.Errorf("in the end: %+v", r.Record)
	}
	if report := w.wantSound(); report.Open != 0 {
		t.Errorf("%d attempts without an outcome", report.Open)
	}
	// A table without transactions would keep what a failed one wrote.
	exec("alter table tbquote drop index tbquote_combination, engine = MyISAM")
	_, problems := w.engine.Prepare(w.ctx, []writeback.Definition{generateQuote()}, w.catalogue())
	if len(problems) != 1 || problems[0].Field.Field != "target" || !strings.Contains(problems[0].Message, "MyISAM") {
		t.Errorf("a table of MyISAM: %+v", problems)
	}
	exec("alter table signet_ledger engine = Aria transactional = 0")
	if err := w.engine.EnsureLedger(w.ctx, w.system, "warehouse"); fault.CodeOf(err) != fault.TargetSchema {
		t.Errorf("a ledger of Aria: %v", err)
	}
}

// TestCollationsDoNotMix: texts that the target's collation holds to be equal are rows, records and keys of their
// own.
func TestCollationsDoNotMix(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.exec("insert into billing_input_tbl values ('acme', 'Yes', 'Welder', 'Night', 'TX', 'Pipe welding', 7), ('Acme ', 'Yes', 'Welder', 'Night', 'TX', 'Pipe welding', 8)")
		records := map[string]bool{}
		for cost, first := range map[string]string{"100": "Acme", "7": "acme", "8": "Acme "} {
			tokens := w.tickets(w.ana, "generate-quote", "quote-generation", func(row map[string]value.Value) bool { return row["cost"].String() == cost })
			r := w.mustSubmit(w.ana, "generate-quote", tokens[0], nil)
			if r.Record.Status != "generated" || r.Signed[0].Value.String() != first || records[r.Record.ID] {
				t.Errorf("%q: %+v of %q", first, r.Record, r.Signed[0].Value)
			}
			records[r.Record.ID] = true
		}
	})
}

// TestOneBadRowDoesNotSpoilTheGroup: a row that the target refuses fails alone.
func TestOneBadRowDoesNotSpoilTheGroup(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var wg sync.WaitGroup
		for i := range 40 {
			refused := i%10 == 3
			token := w.quoteTicket("TX")
			wg.Go(func() {
				_, err := w.engine.Submit(w.ctx, w.ana, "generate-quote", token, map[string]any{"discount": map[bool]int{true: 29}[refused]})
				if refused != (fault.CodeOf(err) == fault.InvalidInput) || !refused && err != nil {
					t.Errorf("submission %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		if got := w.table("select count(*), count(distinct quote_id) from tbquote"); got[0] != "36|1" {
			t.Errorf("rows and quotes: %s", got[0])
		}
	})
}

// TestServerKilledWhileCommitting: submissions that are repeated until they are acknowledged are
// each written once, however often the target dies meanwhile.
func TestServerKilledWhileCommitting(t *testing.T) {
	t.Run("postgres", func(t *testing.T) {
		w, server, _ := ownServer(t)
		killedWhileCommitting(t, w, server.Kill, func() { server.Start(t) })
	})
	t.Run("mariadb", func(t *testing.T) {
		server := testenv.StartMariaDB(t)
		killedWhileCommitting(t, newWorld(t, onMariaDB(t, server.Port())), server.Kill, func() { server.Start(t) })
	})
}

func killedWhileCommitting(t *testing.T, w *world, kill, start func()) {
	const clients, each = 8, 12
	var tokens []string
	for range clients * each {
		tokens = append(tokens, w.quoteTicket("TX"))
	}
	acknowledged := make(chan string, clients*each)
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			for _, token := range tokens[c*each : (c+1)*each] {
				for {
					s, err := w.engine.Submit(w.ctx, w.ana, "generate-quote", token, nil)
					if err == nil {
						acknowledged <- string(s.Receipt)
						break
					}
					if code := fault.CodeOf(err); code != fault.TargetUnavailable {
						t.Errorf("got %v", err)
						return
					}
				}
			}
		})
	}
	for range 3 {
		for before := len(acknowledged); len(acknowledged) < before+clients; { // some land between the kills
			if t.Failed() || len(acknowledged) == cap(acknowledged) {
				break
			}
			w.idle()
		}
		kill()
		start()
	}
	wg.Wait()
	if got := w.table("select count(*), count(distinct receipt_id), count(distinct quote_id) from tbquote"); got[0] != "96|96|1" {
		t.Errorf("rows, receipts, quotes: %s", got[0])
	}
	if open, err := w.engine.Recover(w.ctx, w.system, time.Now()); err != nil || open != 0 {
		t.Errorf("recovering: %d open, %v", open, err)
	}
	if report := w.wantSound(); report.Open != 0 {
		t.Errorf("%d attempts without an outcome", report.Open)
	}
}

// idle lets others run: one round trip to the log.
func (w *world) idle() {
	_, _ = w.log.Events(w.ctx, 0, 1)
}

// TestRecover settles what a dead server left open: written or not, as the ledger says.
func TestRecover(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		token := w.quoteTicket("TX")
		w.mustSubmit(w.ana, "generate-quote", token, nil)
		gate := audit.NewGate(w.log)
		announced, err := w.log.Events(w.ctx, w.log.Size()-2, 1)
		if err != nil {
			t.Fatal(err)
		}
		written, missing := announced[0].Detail, map[string]string{}
		for k, v := range written {
			missing[k] = v
		}
		missing["ticket"] = strings.Repeat("0", 26)
		lost := map[string]string{"ticket": missing["ticket"], "source": "gone", "lock": "00"}
		for _, detail := range []map[string]string{written, missing, nil, lost} {
			a, err := gate.Begin(context.Background(), w.ana, policy.Operation{Action: "writeback:Submit", Resource: "action/generate-quote", Allow: policy.Everyone, Detail: detail})
			if err != nil {
				t.Fatal(err)
			}
			if err := a.Recorded(w.ctx); err != nil {
				t.Fatal(err)
			}
		}
		before := w.log.Size()
		if open, err := w.engine.Recover(w.ctx, w.system, time.Now().Add(-time.Minute)); open != 0 || err != nil || w.log.Size() != before {
			t.Errorf("attempts that another server may be working on: %d open, %v", open, err)
		}
		open, err := w.engine.Recover(w.ctx, w.system, time.Now())
		if open != 1 || err == nil || !strings.Contains(err.Error(), `"gone"`) {
			t.Errorf("%d open, %v", open, err)
		}
		records, err := w.log.Events(w.ctx, w.log.Size()-3, 3)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []string{"written ok", "not written target_unavailable", " target_unavailable"} {
			if got := records[i].Detail["recovered"] + " " + records[i].Result; got != want || records[i].Who.Name != "system" {
				t.Errorf("event %d: %q by %s; want %q", i, got, records[i].Who.Name, want)
			}
		}
		if report := w.wantSound(); report.Open != 1 {
			t.Errorf("%d attempts without an outcome; want the one whose target is gone", report.Open)
		}
		if got := w.table("select count(*) from tbquote"); got[0] != "1" {
			t.Errorf("%s rows", got[0])
		}
	})
}
