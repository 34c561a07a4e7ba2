package audit_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signet/audit"
	"signet/internal/fault"
	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/policy"
)

func ana() policy.Caller {
	return policy.NewCaller(policy.Principal{
		ID: "u_ana", Name: "ana", Role: policy.Author, Session: "s1", SourceIP: "192.0.2.7", UserAgent: "browser", RequestID: "r1",
	})
}

func submit() policy.Operation {
	return policy.Operation{
		Action: "writeback:Submit", Resource: "action/generate-quote",
		Allow: policy.Grant{Roles: []policy.Role{policy.Author}}, Detail: map[string]string{"ticket": "ab"},
	}
}

func read(resource string) policy.Operation {
	return policy.Operation{Action: "dataset:Query", Resource: resource, ReadOnly: true, Allow: policy.Everyone}
}

// all returns every event of a log, without ids and times.
func all(t *testing.T, l *audit.Log) []audit.Event {
	t.Helper()
	records, err := l.Events(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var events []audit.Event
	for _, r := range records {
		r.ID, r.Time = "", time.Time{}
		events = append(events, r.Event)
	}
	return events
}

// TestS11EveryOperationHasAnActorAndAnOutcome: who, from where, what, and how it ended.
func TestS11EveryOperationHasAnActorAndAnOutcome(t *testing.T) {
	l, db, k := sqliteLog(t)
	gate := audit.NewGate(l)
	err := gate.Do(t.Context(), ana(), submit(), func(context.Context) (map[string]string, error) {
		if events := all(t, l); len(events) != 1 || events[0].Phase != audit.PhaseAttempt {
			t.Errorf("the act began before its attempt was on the log: %+v", events)
		}
		return map[string]string{"receipt": "rc_1"}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	changed := fault.New(fault.RowChanged, "the row changed")
	ctx, cancel := context.WithCancel(t.Context())
	err = gate.Do(ctx, ana(), submit(), func(context.Context) (map[string]string, error) {
		cancel() // the client is gone, but the outcome is not
		return nil, changed
	})
	if !errors.Is(err, changed) {
		t.Errorf("got %v", err)
	}
	event := func(phase audit.Phase, attempt audit.Index, result string, detail map[string]string) audit.Event {
		return audit.Event{
			Phase: phase, Attempt: attempt, Action: "writeback:Submit", Resource: "action/generate-quote", Result: result,
			Who:      audit.Who{Type: audit.TypeUser, ID: "u_ana", Name: "ana"},
			SourceIP: "192.0.2.7", UserAgent: "browser", RequestID: "r1", Detail: detail,
		}
	}
	signed := map[string]string{"ticket": "ab"}
	want := []audit.Event{
		event(audit.PhaseAttempt, audit.NoAttempt, "", signed),
		event(audit.PhaseOutcome, 0, audit.ResultOK, map[string]string{"receipt": "rc_1"}),
		event(audit.PhaseAttempt, audit.NoAttempt, "", signed),
		event(audit.PhaseOutcome, 2, "row_changed", map[string]string{}),
	}
	if diff := cmp.Diff(want, all(t, l)); diff != "" {
		t.Error(diff)
	}
	if r := verified(t, db, k); r.Open != 0 {
		t.Errorf("%d attempts are open", r.Open)
	}
}

// TestA23NobodyIsDenied: the zero Caller passes nowhere, whatever the grant says.
func TestA23NobodyIsDenied(t *testing.T) {
	l, _, _ := sqliteLog(t)
	gate := audit.NewGate(l)
	op := submit()
	op.Allow = policy.Everyone
	var nobody policy.Caller
	if _, err := gate.Begin(t.Context(), nobody, op); fault.CodeOf(err) != fault.Denied {
		t.Errorf("begin: got %v", err)
	}
	acted := false
	err := gate.Do(t.Context(), nobody, op, func(context.Context) (map[string]string, error) {
		acted = true
		return nil, nil
	})
	if fault.CodeOf(err) != fault.Denied || acted {
		t.Errorf("do: got %v, acted %v", err, acted)
	}
	if err := gate.View(t.Context(), nobody, op); fault.CodeOf(err) != fault.Denied {
		t.Errorf("view: got %v", err)
	}
	if _, err := gate.Settle(t.Context(), nobody, audit.Record{}, nil, nil); fault.CodeOf(err) != fault.Denied {
		t.Errorf("settle: got %v", err)
	}
	l.Close()
	events := all(t, l)
	if len(events) != 3 {
		t.Fatalf("%d denials were recorded, want 3", len(events))
	}
	for _, e := range events {
		if e.Phase != audit.PhaseDenial || e.Result != audit.ResultDenied || e.Who != (audit.Who{Type: audit.TypeNobody}) {
			t.Errorf("got %+v", e)
		}
	}
}

func TestDenialsAreRecorded(t *testing.T) {
	l, _, _ := sqliteLog(t)
	gate := audit.NewGate(l)
	vera := policy.NewCaller(policy.Principal{ID: "u_vera", Name: "vera", Role: policy.Reader, Session: "s2"})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := gate.Begin(gone, vera, submit()); fault.CodeOf(err) != fault.Denied {
		t.Errorf("got %v", err)
	}
	l.Close()
	events := all(t, l)
	if len(events) != 1 || events[0].Phase != audit.PhaseDenial || events[0].Who.Name != "vera" {
		t.Errorf("the denial of a client that hung up: got %+v", events)
	}
}

// breakLog makes every append fail in the store, and returns what mends it.
func breakLog(t *testing.T, db *store.DB) (mend func()) {
	t.Helper()
	rename := func(from, to string) {
		if _, err := db.Exec(context.Background(), "ALTER TABLE "+from+" RENAME TO "+to); err != nil {
			t.Fatal(err)
		}
	}
	rename("audit_blocks", "audit_blocks_away")
	return func() { rename("audit_blocks_away", "audit_blocks") }
}

// TestA23FailedLogDenies: what cannot be recorded is not done, and the log mends itself.
func TestA23FailedLogDenies(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		db, k := open(), newKey(t, "test")
		l := openLog(t, db, k, audit.Options{})
		gate := audit.NewGate(l)
		if err := gate.View(t.Context(), ana(), read("dataset/seen")); err != nil {
			t.Fatal(err)
		}
		mustAppend(t, l, attempt(0))
		mend := breakLog(t, db)
		acted := false
		err := gate.Do(t.Context(), ana(), submit(), func(context.Context) (map[string]string, error) {
			acted = true
			return nil, nil
		})
		if fault.CodeOf(err) != fault.LogUnavailable || acted {
			t.Errorf("do: got %v, acted %v", err, acted)
		}
		if _, err := l.Append(t.Context(), attempt(1)); fault.CodeOf(err) != fault.LogUnavailable {
			t.Errorf("append: got %v", err)
		}
		for _, resource := range []string{"dataset/seen", "dataset/new"} {
			if err := gate.View(t.Context(), ana(), read(resource)); fault.CodeOf(err) != fault.LogUnavailable {
				t.Errorf("view of %s: got %v", resource, err)
			}
		}
		mend()
		if err := gate.View(t.Context(), ana(), read("dataset/new")); err != nil {
			t.Errorf("view after the mend: %v", err)
		}
		if err := gate.Do(t.Context(), ana(), submit(), func(context.Context) (map[string]string, error) { return nil, nil }); err != nil {
			t.Errorf("do after the mend: %v", err)
		}
		if r := verified(t, db, k); r.Size != 5 {
			t.Errorf("size %d, want 5", r.Size)
		}
	})
}

// TestViewsOfAFailedBatchAreKept: a read that was let through is recorded in the end.
func TestViewsOfAFailedBatchAreKept(t *testing.T) {
	l, db, k := sqliteLog(t)
	gate := audit.NewGate(l)
	mend := breakLog(t, db)
	if err := gate.View(t.Context(), ana(), read("dataset/a")); err != nil {
		t.Fatal(err)
	}
	for gate.View(t.Context(), ana(), read("dataset/a")) == nil { // until the batch has failed
	}
	mend()
	ctx, cancel := context.WithCancel(t.Context())
	_ = l.Follow(ctx, 0, func(r audit.Record) {
		if r.Phase != audit.PhaseView || r.Resource != "dataset/a" {
			t.Errorf("got %+v", r)
		}
		cancel()
	})
	verified(t, db, k)
}

func TestViewsAreRecordedOnceAMinute(t *testing.T) {
	l, _, _ := sqliteLog(t)
	gate := audit.NewGate(l)
	for range 5 {
		for _, resource := range []string{"dataset/a", "dataset/b"} {
			if err := gate.View(t.Context(), ana(), read(resource)); err != nil {
				t.Fatal(err)
			}
		}
		if err := gate.View(t.Context(), policy.Caller{}, read("dataset/a")); fault.CodeOf(err) != fault.Denied {
			t.Fatal(err)
		}
	}
	l.Close()
	if events := all(t, l); len(events) != 3 {
		t.Errorf("%d events, want 3: %+v", len(events), events)
	}
}

// holdWriter keeps the log from writing until let go, as a disk that does not answer would.
func holdWriter(t *testing.T, db *store.DB) (letGo func()) {
	t.Helper()
	held, release, ended := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		ended <- db.TxOn(context.Background(), "audit", func(*store.Tx) error {
			close(held)
			<-release
			return nil
		})
	}()
	<-held
	return func() {
		close(release)
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// TestA23ReadsStopWhenTheLogStandsStill covers both bounds: how many wait, and for how long.
func TestA23ReadsStopWhenTheLogStandsStill(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		db, k := open(), newKey(t, "test")
		l := openLog(t, db, k, audit.Options{Views: 2, StandStill: 300 * time.Millisecond})
		gate := audit.NewGate(l)
		letGo := holdWriter(t, open())
		for _, resource := range []string{"dataset/a", "dataset/b"} {
			if err := gate.View(t.Context(), ana(), read(resource)); err != nil {
				t.Fatal(err)
			}
		}
		if err := gate.View(t.Context(), ana(), read("dataset/c")); fault.CodeOf(err) != fault.LogUnavailable {
			t.Errorf("the queue is full, yet: %v", err)
		}
		began := time.Now()
		for gate.View(t.Context(), ana(), read("dataset/a")) == nil {
		}
		if waited := time.Since(began); waited > 2*time.Second {
			t.Errorf("a log that stands still denied reads only after %v", waited)
		}
		letGo()
		for gate.View(t.Context(), ana(), read("dataset/c")) != nil {
		}
		l.Close()
		verified(t, db, k)
	})
}

func TestFullQueueFailsAtOnce(t *testing.T) {
	db, k := storetest.Open(t, storetest.SQLiteURL(t)), newKey(t, "test")
	l := openLog(t, db, k, audit.Options{Queue: 1})
	letGo := holdWriter(t, db)
	var pending []*audit.Pending
	full := func(p *audit.Pending) bool {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := p.Wait(ctx)
		return err != nil && !errors.Is(err, context.Canceled)
	}
	for len(pending) == 0 || !full(pending[len(pending)-1]) {
		if len(pending) > 10 {
			t.Fatal("a queue of one takes more and more")
		}
		pending = append(pending, l.AppendAsync(attempt(0)))
	}
	if _, err := pending[len(pending)-1].Wait(t.Context()); fault.CodeOf(err) != fault.LogUnavailable {
		t.Errorf("got %v", err)
	}
	letGo()
	for _, p := range pending[:len(pending)-1] {
		if _, err := p.Wait(t.Context()); err != nil {
			t.Error(err)
		}
	}
	verified(t, db, k)
}

func TestSettleClosesWhatWasLeft(t *testing.T) {
	l, db, k := sqliteLog(t)
	gate := audit.NewGate(l)
	left, err := gate.Begin(t.Context(), ana(), submit())
	if err != nil {
		t.Fatal(err)
	}
	if err := left.Recorded(t.Context()); err != nil {
		t.Fatal(err)
	}
	records, err := l.Unsettled(t.Context(), "writeback:Submit")
	if err != nil || len(records) != 1 || records[0].Index != left.Index() {
		t.Fatalf("got %v %v", records, err)
	}
	job := policy.NewCaller(policy.Principal{ID: "job", Name: "recover", Role: policy.System})
	if _, err := gate.Settle(t.Context(), job, records[0], nil, map[string]string{"found": "in the ledger"}); err != nil {
		t.Fatal(err)
	}
	last := all(t, l)[1]
	if last.Who.Type != audit.TypeSystem || last.Attempt != left.Index() || last.Detail["found"] == "" || len(last.Detail) != 1 {
		t.Errorf("got %+v", last)
	}
	if _, err := gate.Settle(t.Context(), job, records[0], nil, nil); err != nil { // another process found it too
		t.Fatal(err)
	}
	if r := verified(t, db, k); r.Open != 0 || r.Repeated != 1 {
		t.Errorf("got %+v", r)
	}
}
