package epoch_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"signet/internal/epoch"
	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

const name = "secrets" // a counter that the migrations make

func bump(t *testing.T, db *store.DB) (value int64) {
	t.Helper()
	err := db.Tx(t.Context(), func(tx *store.Tx) (err error) {
		value, err = epoch.Bump(t.Context(), tx, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func current(t *testing.T, w *epoch.Watch) int64 {
	t.Helper()
	value, err := w.Current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestAnotherProcessSeesAChangeInTime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		const limit = 50 * time.Millisecond
		here, there := open(), open()
		w := epoch.NewWatch(there, name, limit)
		current(t, w)
		want := bump(t, here)
		committed := time.Now()
		for current(t, w) != want {
			if late := time.Since(committed); late > limit+time.Second {
				t.Fatalf("not seen after %s", late)
			}
		}
		t.Logf("seen after %s", time.Since(committed))
	})
}

func TestOwnChangeIsSeenAtOnce(t *testing.T) {
	db := storetest.Open(t, storetest.SQLiteURL(t))
	w := epoch.NewWatch(db, name, time.Hour)
	before := current(t, w)
	w.Advance(bump(t, db))
	if got := current(t, w); got != before+1 {
		t.Errorf("got %d, want %d", got, before+1)
	}
	w.Advance(before) // late news changes nothing
	if got := current(t, w); got != before+1 {
		t.Errorf("went back to %d", got)
	}
}

// The hot path asks memory only: it works on a store that no longer answers.
func TestWithinTheLimitTheStoreIsNotAsked(t *testing.T) {
	db := storetest.Open(t, storetest.SQLiteURL(t))
	w := epoch.NewWatch(db, name, time.Hour)
	current(t, w)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Current(gone); err != nil {
		t.Errorf("asked the store: %v", err)
	}
	if _, err := w.Read(gone); err == nil {
		t.Error("Read did not ask the store")
	}
	if _, err := epoch.NewWatch(db, name, time.Hour).Current(gone); err == nil {
		t.Error("a watch that never read anything answers")
	}
}

func TestConcurrentReaders(t *testing.T) {
	db := storetest.Open(t, storetest.SQLiteURL(t))
	w := epoch.NewWatch(db, name, time.Microsecond)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			last := int64(0)
			for range 50 {
				value, err := w.Current(t.Context())
				if err != nil || value < last {
					t.Errorf("%d after %d, %v", value, last, err)
				}
				last = value
			}
		})
	}
	for range 20 {
		w.Advance(bump(t, db))
	}
	wg.Wait()
}
