package writeback_test

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"signet/audit"
	"signet/internal/opaque"
	"signet/policy"
	"signet/source"
	"signet/ticket"
)

// TestRecoverBesideTheRepeatedSubmission: people submit again what a killed server left open. While
// they do, the new server settles the attempt of the old one, and leaves its own alone.
func TestRecoverBesideTheRepeatedSubmission(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.mustSubmit(w.ana, "generate-quote", w.quoteTicket("TX"), nil)
		announced, err := w.log.Events(w.ctx, w.log.Size()-2, 1)
		if err != nil {
			t.Fatal(err)
		}
		token := w.quoteTicket("TX")
		opened, err := ticket.Open(token, func(id string) (opaque.Bytes, error) { return w.keys.Version("", id) })
		if err != nil {
			t.Fatal(err)
		}
		left := w.leave(map[string]string{"ticket": opened.ID(), "source": "warehouse", "lock": "01"})
		w.engine = w.newEngine("instance-1")
		w.load(generateQuote())
		release := w.hold(announced[0].Detail["lock"])
		var repeated sync.WaitGroup
		repeated.Go(func() { w.mustSubmit(w.ana, "generate-quote", token, nil) })
		for w.log.Size() == left+1 { // until the repeated submission's attempt is on record
			w.idle()
		}
		if open, err := w.engine.Recover(w.ctx, w.system, time.Now()); err != nil || open != 0 {
			t.Errorf("%d open, %v", open, err)
		}
		if report := w.wantSound(); report.Open != 1 {
			t.Errorf("%d attempts without an outcome; want only the one under way", report.Open)
		}
		release()
		repeated.Wait()
		if report := w.wantSound(); report.Open != 0 {
			t.Errorf("in the end %d attempts without an outcome", report.Open)
		}
		if got := w.table("select count(*) from tbquote"); got[0] != "2" {
			t.Errorf("%s rows", got[0])
		}
	})
}

// leave records an attempt that no server works on and returns its index.
func (w *world) leave(detail map[string]string) audit.Index {
	w.t.Helper()
	op := policy.Operation{Action: "writeback:Submit", Resource: "action/generate-quote", Allow: policy.Everyone, Detail: detail}
	a, err := audit.NewGate(w.log).Begin(w.ctx, w.ana, op)
	if err == nil {
		err = a.Recorded(w.ctx)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return a.Index()
}

// hold takes the lock that an earlier submission took, until release is called.
func (w *world) hold(lock string) (release func()) {
	w.t.Helper()
	n, err := strconv.ParseUint(lock, 16, 64)
	if err != nil {
		w.t.Fatal(err)
	}
	tx, err := w.src.BeginWrite(w.ctx, []uint64{n})
	if err == nil {
		_, err = tx.Run(w.ctx, source.Statement{SQL: "select 1"})
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return tx.Rollback
}
