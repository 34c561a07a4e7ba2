package epoch_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"signet/internal/epoch"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

// Whoever asks after a change was committed sees it, however many ask at once.
func TestSharedReadsAreNeverOld(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		here, there := open(), open()
		s := epoch.NewShared(there, name)
		var readers sync.WaitGroup
		for range 8 {
			readers.Go(func() {
				for range 40 {
					least := bump(t, here)
					if got, err := s.Read(t.Context()); err != nil || got < least {
						t.Errorf("got %d, %v after %d was committed", got, err, least)
					}
				}
			})
		}
		readers.Wait()
	})
}

// A reader that gives up, or a store that fails, leaves nothing behind for those who come later.
func TestSharedReadsFailAlone(t *testing.T) {
	db := storetest.Open(t, storetest.SQLiteURL(t))
	s := epoch.NewShared(db, name)
	want := bump(t, db)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			if i%2 == 0 {
				if _, err := s.Read(gone); err != nil && !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
				return
			}
			if got, err := s.Read(t.Context()); err != nil || got != want {
				t.Errorf("got %d, %v, want %d", got, err, want)
			}
		})
	}
	all.Wait()
	missing := epoch.NewShared(db, "no such counter")
	for range 2 {
		if _, err := missing.Read(t.Context()); !store.IsNoRows(err) {
			t.Errorf("got %v", err)
		}
	}
}
