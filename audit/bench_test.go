package audit_test

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"

	"signet/audit"
	"signet/internal/store/storetest"
	"signet/internal/testenv"
)

// BenchmarkAppend is one event from append to disk, at several numbers of appenders on SQLite.
func BenchmarkAppend(b *testing.B) {
	for _, appenders := range []struct {
		name string
		n    int
	}{{"1", 1}, {"64", 64}, {"256", 256}} {
		b.Run(appenders.name, func(b *testing.B) { appendAll(b, storetest.SQLiteURL(b), appenders.n) })
	}
}

// BenchmarkAppendPostgres is the same on PostgreSQL.
func BenchmarkAppendPostgres(b *testing.B) { appendAll(b, testenv.Postgres(b), 64) }

func appendAll(b *testing.B, url string, appenders int) {
	k := newKey(b, "test")
	l := openLog(b, storetest.Open(b, url), k, audit.Options{})
	var n atomic.Int64
	b.SetParallelism(max(1, appenders/runtime.GOMAXPROCS(0)))
	if appenders == 1 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	}
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := l.Append(context.Background(), attempt(int(n.Add(1)))); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkVerify is one event of a verification.
func BenchmarkVerify(b *testing.B) {
	l, db, k := sqliteLog(b)
	pending := make([]*audit.Pending, 0, 10_000)
	for i := range cap(pending) {
		pending = append(pending, l.AppendAsync(attempt(i)))
	}
	for _, p := range pending {
		if _, err := p.Wait(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if r, err := audit.Verify(b.Context(), db, k.verifiers); err != nil || r.Bad != nil {
			b.Fatal(r.Bad, err)
		}
	}
	b.ReportMetric(float64(b.N)*float64(cap(pending))/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkProve is one proof from a log of 10,000 events.
func BenchmarkProve(b *testing.B) {
	l, _, _ := sqliteLog(b)
	var last *audit.Pending
	for i := range 10_000 {
		last = l.AppendAsync(attempt(i))
	}
	if _, err := last.Wait(b.Context()); err != nil {
		b.Fatal(err)
	}
	for i := int64(0); b.Loop(); i++ {
		if _, err := l.Prove(b.Context(), i%10_000); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkUnsettled is the longest search for attempts without an outcome at a start.
func BenchmarkUnsettled(b *testing.B) {
	l, db, _ := sqliteLog(b)
	for i := range 8 {
		fill(b, l, attempt(i), audit.SettleEvery/16)
		fill(b, l, outcome(0), audit.SettleEvery/16)
	}
	for b.Loop() {
		if _, err := db.Exec(b.Context(), "DELETE FROM audit_settled"); err != nil {
			b.Fatal(err)
		}
		if _, err := l.Unsettled(b.Context(), "writeback:Nothing"); err != nil {
			b.Fatal(err)
		}
	}
}
