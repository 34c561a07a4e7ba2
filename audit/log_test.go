package audit_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signet/audit"
	"signet/internal/fault"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

func TestAppendReadVerify(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		db, k := open(), newKey(t, "test")
		l := openLog(t, db, k, audit.Options{})
		for i := range 20 {
			a := mustAppend(t, l, attempt(i))
			if o := mustAppend(t, l, outcome(a)); a != int64(2*i) || o != a+1 {
				t.Fatalf("attempt %d got %d, outcome %d", i, a, o)
			}
		}
		open20 := mustAppend(t, l, attempt(20))
		r := verified(t, db, k)
		if r.Size != 41 || r.Open != 1 || r.Log != "signet-audit-v1/test" || l.Size() != 41 {
			t.Errorf("got %+v, size %d", r, l.Size())
		}
		for _, none := range []audit.Index{-1, 41} {
			if _, err := l.Event(t.Context(), none); fault.CodeOf(err) != fault.NotFound {
				t.Errorf("record %d: %v", none, err)
			}
		}
		records, err := l.Events(t.Context(), open20-1, 10)
		if err != nil || len(records) != 2 || records[1].Index != open20 {
			t.Fatalf("got %v %v", records, err)
		}
		want := attempt(20)
		want.ID, want.Time, want.Attempt = records[1].ID, records[1].Time, audit.NoAttempt
		if diff := cmp.Diff(audit.Record{Index: open20, Event: want}, records[1]); diff != "" {
			t.Error(diff)
		}
	})
}

// TestManyAppendersOfManyProcesses: every event has a place of its own and the tree fits.
func TestManyAppendersOfManyProcesses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		k := newKey(t, "test")
		dbs := []*store.DB{open(), open()}
		logs := []*audit.Log{openLog(t, dbs[0], k, audit.Options{}), openLog(t, dbs[1], k, audit.Options{})}
		var mu sync.Mutex
		places := map[audit.Index]string{}
		var wg sync.WaitGroup
		for i := range 32 {
			wg.Go(func() {
				for j := range 20 {
					e := attempt(i)
					e.ID = fmt.Sprintf("%d.%d", i, j)
					index, err := logs[i%2].Append(context.Background(), e)
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					places[index] = e.ID
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if r := verified(t, dbs[0], k); r.Size != 640 || len(places) != 640 {
			t.Errorf("size %d, %d places", r.Size, len(places))
		}
		records, err := logs[0].Events(t.Context(), 0, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			if places[r.Index] != r.ID {
				t.Errorf("record %d is %s, its appender was told %s", r.Index, r.ID, places[r.Index])
			}
		}
	})
}

func TestReopenGoesOn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		db, k := open(), newKey(t, "test")
		for i := range 9 { // sizes with every shape of edge
			l := openLog(t, db, k, audit.Options{})
			if got := mustAppend(t, l, attempt(i)); got != int64(i) {
				t.Fatalf("got place %d, want %d", got, i)
			}
			l.Close()
			if _, err := l.Append(t.Context(), attempt(i)); fault.CodeOf(err) != fault.LogUnavailable {
				t.Errorf("a closed log said %v", err)
			}
		}
		verified(t, db, k)
	})
}

func TestFollowSeesAllInOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		k, db := newKey(t, "test"), open()
		own, other := openLog(t, db, k, audit.Options{}), openLog(t, open(), k, audit.Options{})
		foreign := 5 // every how many
		if !db.Shared() {
			foreign = 40 // there a follower looks for others only once a second
		}
		for i := range 5 {
			mustAppend(t, other, attempt(i))
		}
		ctx, cancel := context.WithCancel(t.Context())
		seen := make(chan audit.Record, 1000)
		ended := make(chan error)
		go func() { ended <- own.Follow(ctx, 0, func(r audit.Record) { seen <- r }) }()
		for i := range 5 {
			if r := <-seen; r.Index != int64(i) {
				t.Errorf("got %d, want %d", r.Index, i)
			}
		}
		for i := 5; i < 50; i++ {
			from, began := own, time.Now()
			if i%foreign == 0 {
				from = other
			}
			mustAppend(t, from, attempt(i))
			if r := <-seen; r.Index != int64(i) || r.RequestID != fmt.Sprintf("r%d", i) {
				t.Errorf("got %d %s, want %d", r.Index, r.RequestID, i)
			}
			if took := time.Since(began); from == own && took > 250*time.Millisecond {
				t.Errorf("an own record came after %v", took)
			}
		}
		cancel()
		if err := <-ended; err != context.Canceled {
			t.Errorf("got %v", err)
		}
	})
}

func TestFollowFromTheEnd(t *testing.T) {
	l, _, _ := sqliteLog(t)
	mustAppend(t, l, attempt(0))
	ctx, cancel := context.WithCancel(t.Context())
	seen, ended := make(chan audit.Index, 100), make(chan struct{})
	go func() {
		defer close(ended)
		_ = l.Follow(ctx, audit.NoAttempt, func(r audit.Record) { seen <- r.Index })
	}()
	first := audit.Index(0)
	for first == 0 { // until it follows
		last := mustAppend(t, l, attempt(1))
		select {
		case first = <-seen:
		default:
		}
		if last > 10_000 {
			t.Fatal("nothing came")
		}
	}
	cancel()
	<-ended
}

// TestFollowerThatFallsBehind reads from the store what memory no longer has.
func TestFollowerThatFallsBehind(t *testing.T) {
	l, _, _ := sqliteLog(t)
	const n = 9000
	var next audit.Index
	blocked, ctxEnd := make(chan struct{}), make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer close(ctxEnd)
		_ = l.Follow(ctx, 0, func(r audit.Record) {
			if r.Index == 0 {
				<-blocked
			}
			if r.Index != next {
				t.Errorf("got %d, want %d", r.Index, next)
			}
			if next = r.Index + 1; next == n {
				cancel()
			}
		})
	}()
	var pending []*audit.Pending
	for i := range n {
		pending = append(pending, l.AppendAsync(attempt(i)))
	}
	for _, p := range pending {
		if _, err := p.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	close(blocked)
	<-ctxEnd
}

func TestUnsettledFindsWhatWasLeft(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		l := openLog(t, open(), newKey(t, "test"), audit.Options{})
		const action = "writeback:Submit"
		var want []audit.Index
		check := func() {
			t.Helper()
			for range 2 { // the second time from the mark
				records, err := l.Unsettled(t.Context(), action)
				if err != nil {
					t.Fatal(err)
				}
				var got []audit.Index
				for _, r := range records {
					got = append(got, r.Index)
				}
				if !slices.Equal(got, want) {
					t.Fatalf("got %v, want %v", got, want)
				}
			}
		}
		check()
		a, b := mustAppend(t, l, attempt(0)), mustAppend(t, l, attempt(1))
		mustAppend(t, l, outcome(a))
		denial := attempt(2)
		denial.Phase, denial.Result = audit.PhaseDenial, audit.ResultDenied
		mustAppend(t, l, denial)
		foreign := attempt(3)
		foreign.Action = "secrets:Rotate"
		mustAppend(t, l, foreign)
		want = []audit.Index{b}
		check()
		c := mustAppend(t, l, attempt(4))
		want = []audit.Index{b, c}
		check()
		mustAppend(t, l, outcome(b))
		want = []audit.Index{c}
		check()
		mustAppend(t, l, outcome(c))
		want = nil
		check()
	})
}

func TestLongAndHostileTextIsCut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		db, k := open(), newKey(t, "test")
		l := openLog(t, db, k, audit.Options{})
		e := attempt(0)
		e.UserAgent = strings.Repeat("é", 5000)
		e.Resource = "a\x00b\xff\"\\\n"
		e.Detail = map[string]string{strings.Repeat("k", 100): strings.Repeat("\xf0\x9f", 9000)}
		for i := range 100 {
			e.Detail[fmt.Sprintf("k%03d", i)] = "v"
		}
		index := mustAppend(t, l, e)
		records, err := l.Events(t.Context(), index, 1)
		if err != nil {
			t.Fatal(err)
		}
		got := records[0]
		if len(got.UserAgent) > audit.MaxString || !strings.HasSuffix(got.UserAgent, "é…") {
			t.Errorf("user agent of %d bytes ends in %q", len(got.UserAgent), got.UserAgent[len(got.UserAgent)-8:])
		}
		if got.Resource != "a\uFFFDb\uFFFD\"\\\n" {
			t.Errorf("got %q", got.Resource)
		}
		if len(got.Detail) != audit.MaxDetail || got.Detail["…"] != "70 more" {
			t.Errorf("%d details, %q", len(got.Detail), got.Detail["…"])
		}
		verified(t, db, k)
	})
}

func TestBadEventsAreRefused(t *testing.T) {
	l, db, k := sqliteLog(t)
	for name, change := range map[string]func(*audit.Event){
		"phase":            func(e *audit.Event) { e.Phase = "maybe" },
		"action":           func(e *audit.Event) { e.Action = "" },
		"outcome of none":  func(e *audit.Event) { e.Phase, e.Attempt = audit.PhaseOutcome, audit.NoAttempt },
		"year":             func(e *audit.Event) { e.Time = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"year before ours": func(e *audit.Event) { e.Time = time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC) },
	} {
		e := attempt(0)
		change(&e)
		if _, err := l.Append(t.Context(), e); fault.CodeOf(err) != fault.LogUnavailable {
			t.Errorf("%s: got %v", name, err)
		}
		if _, err := l.AppendAsync(e).Wait(t.Context()); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if r := verified(t, db, k); r.Size != 0 {
		t.Errorf("size %d", r.Size)
	}
}

// fill appends n equal events as fast as the log takes them.
func fill(t testing.TB, l *audit.Log, e audit.Event, n int) {
	t.Helper()
	for n > 0 {
		pending := make([]*audit.Pending, min(n, 4096))
		for i := range pending {
			pending[i] = l.AppendAsync(e)
		}
		for _, p := range pending {
			if _, err := p.Wait(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		n -= len(pending)
	}
}

// TestMarksMoveWhileTheLogGrows, so that a start after a crash searches a bounded part of it.
func TestMarksMoveWhileTheLogGrows(t *testing.T) {
	l, db, _ := sqliteLog(t)
	const action = "writeback:Submit"
	if _, err := l.Unsettled(t.Context(), action); err != nil { // from now on there is a mark
		t.Fatal(err)
	}
	left := mustAppend(t, l, attempt(0))
	view := attempt(1)
	view.Phase = audit.PhaseView
	fill(t, l, view, audit.SettleEvery)
	l.Close()
	var upto int64
	if err := db.QueryRow(t.Context(), "SELECT upto FROM audit_settled WHERE action = ?", action).Scan(&upto); err != nil {
		t.Fatal(err)
	}
	if upto < audit.SettleEvery {
		t.Errorf("the mark is at %d after %d events", upto, audit.SettleEvery)
	}
	records, err := l.Unsettled(t.Context(), action)
	if err != nil || len(records) != 1 || records[0].Index != left {
		t.Errorf("got %v %v", records, err)
	}
}
