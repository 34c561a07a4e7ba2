package audit_test

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"signet/audit"
	"signet/internal/fault"
	"signet/internal/store/storetest"
	"signet/internal/testenv"
)

// TestServerLostUnderLoad kills PostgreSQL while events are written, several times. What was promised
// is there once, and the log goes on by itself when the server is back.
func TestServerLostUnderLoad(t *testing.T) {
	server := testenv.StartPostgres(t, nil)
	db, k := storetest.Open(t, server.Database(t)), newKey(t, "test")
	l := openLog(t, db, k, audit.Options{})
	var promised sync.Map
	var written, refused atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for ctx.Err() == nil {
				e := attempt(i)
				index, err := l.Append(context.Background(), e)
				if err != nil {
					if fault.CodeOf(err) != fault.LogUnavailable {
						t.Error(err)
					}
					refused.Add(1)
					continue
				}
				if _, twice := promised.LoadOrStore(index, true); twice {
					t.Errorf("place %d was promised twice", index)
				}
				written.Add(1)
			}
		})
	}
	until := func(counter *atomic.Int64, more int64) {
		for want := counter.Load() + more; counter.Load() < want; {
			runtime.Gosched()
		}
	}
	for range 3 {
		until(&written, 200)
		server.Kill()
		until(&refused, 20)
		server.Start(t)
		until(&written, 1)
	}
	stop()
	wg.Wait()
	if r := verified(t, db, k); r.Size < written.Load() {
		t.Errorf("%d events were promised, %d are there", written.Load(), r.Size)
	}
}
