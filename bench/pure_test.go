package bench_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/blake2b"
	"golang.org/x/mod/sumdb/note"

	"signet/audit"
	"signet/internal/opaque"
	"signet/internal/store/storetest"
	"signet/internal/value"
	"signet/ticket"
)

// page is what a table page signs: rows of the price list.
type page struct {
	secret []byte
	header ticket.Header
	names  []string
	rows   [][]value.Value
}

func newPage(rows int) page {
	secret := make([]byte, ticket.KeySize)
	_, _ = rand.Read(secret) // never fails
	now := time.Now().Truncate(time.Millisecond)
	p := page{
		secret: secret,
		header: ticket.Header{Instance: "signet-12ab34cd", Action: "generate-quote", Dataset: "quote-generation", Target: "warehouse/tbquote", Principal: "01K7Q4Q2V2M3A8Z9", Issued: now, Expires: now.Add(30 * time.Minute)},
		names:  []string{"customername", "skill", "jobdutydescription", "shift", "state", "bgcheckrequired", "cost"},
	}
	for i := range rows {
		cost, err := value.Parse(value.Decimal, "6074.26")
		if err != nil {
			panic(err)
		}
		p.rows = append(p.rows, []value.Value{value.OfText("Bayside Medical Center"), value.OfText("HVAC technician"), value.OfText("Balance air flow after fit-out"),
			value.OfText("Day"), value.OfText([]string{"CA", "TX"}[i%2]), value.OfText("Yes"), cost})
	}
	return p
}

// sign makes the tickets of the page as the engine does: a fingerprint and a signature for each row.
func (b *bench) sign(p page, each func(token string, version [ticket.VersionSize]byte)) {
	head, err := ticket.NewPage(ticket.Key{ID: "k3f9a2", Secret: opaque.New(p.secret)}, p.header, p.names)
	if err != nil {
		b.t.Fatal(err)
	}
	signer, err := head.Signer()
	if err != nil {
		b.t.Fatal(err)
	}
	var bits [ticket.NonceSize - 6]byte
	for i, row := range p.rows {
		bits[0], bits[1] = byte(i), byte(i>>8)
		version := signer.RowVersion(p.names, row)
		each(signer.Sign(head.Nonce(bits), version, row), version)
	}
}

// signing measures the tickets of a page beside nothing but the hashing of the same bytes: keyed
// BLAKE2b-256 over what each ticket signs and over what its row's fingerprint covers.
func (b *bench) signing() {
	b.t.Helper()
	const rows = 100
	p := newPage(rows)
	var messages [][]byte
	b.sign(p, func(part string, version [ticket.VersionSize]byte) {
		signed, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil {
			b.t.Fatal(err)
		}
		_, columns, found := bytes.Cut(signed, version[:])
		if !found {
			b.t.Fatal("the ticket does not hold the row's fingerprint before its columns: mend this benchmark")
		}
		// The mac at the end is as long as the digest of the page's head, which is signed in front. The
		// fingerprint covers the columns with their names.
		named := columns[:len(columns)-blake2b.Size256]
		for _, name := range p.names {
			named = append(named, name+" "...)
		}
		messages = append(messages, signed, named)
	})
	hash, err := blake2b.New256(p.secret)
	if err != nil {
		b.t.Fatal(err)
	}
	var sum []byte
	ours, raw := inTurns(
		func() float64 {
			return rows * b.repeat(func() { b.sign(p, func(string, [ticket.VersionSize]byte) {}) })
		},
		func() float64 {
			return rows * b.repeat(func() {
				for _, m := range messages {
					hash.Reset()
					hash.Write(m)
					sum = hash.Sum(sum[:0])
				}
			})
		})
	b.add(result{Name: "tickets signed, one core", Value: ours, Unit: "rows/s", Peer: raw, PeerName: "raw keyed BLAKE2b-256 over the same bytes", reach: atLeastTimes(0.5)})
}

// repeat returns how often a second f runs, for at most a second.
func (b *bench) repeat(f func()) float64 {
	n, begin := 0, time.Now()
	for time.Since(begin) < min(b.turn, time.Second) {
		f()
		n++
	}
	return float64(n) / time.Since(begin).Seconds()
}

// appends measures the audit log alone: events that are on the disk, from 64 goroutines.
func (b *bench) appends() {
	b.t.Helper()
	private, _, err := note.GenerateKey(rand.Reader, "bench")
	if err != nil {
		b.t.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		b.t.Fatal(err)
	}
	ctx := context.Background()
	log, err := audit.Open(ctx, storetest.Open(b.t, storetest.SQLiteURL(b.t)), signer, time.Now, audit.Options{})
	if err != nil {
		b.t.Fatal(err)
	}
	defer log.Close()
	event := audit.Event{Phase: audit.PhaseAttempt, Attempt: audit.NoAttempt, Action: "writeback:Submit", Resource: "action/generate-quote",
		Who: audit.Who{Type: audit.TypeUser, ID: "01K7Q4Q2V2M3A8Z9", Name: "ana"}, SourceIP: "127.0.0.1", RequestID: "0123456789abcdef",
		Detail: map[string]string{"ticket": "01K7Q4Q2V2M3A8Z901K7Q4Q2V2", "source": "warehouse", "target": "tbquote", "lock": "0123456789abcdef"}}
	var rates []float64
	for range rounds {
		var n atomic.Int64
		var all sync.WaitGroup
		begin := time.Now()
		for range 64 {
			all.Go(func() {
				for time.Since(begin) < b.turn {
					if _, err := log.Append(ctx, event); err != nil {
						b.t.Error(err)
						return
					}
					n.Add(1)
				}
			})
		}
		all.Wait()
		rates = append(rates, float64(n.Load())/time.Since(begin).Seconds())
	}
	b.add(result{Name: "audit events on disk, 64 at once", Value: median(rates), Unit: "1/s", reach: atLeast(20_000)})
}
