package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"signet/internal/fault"
)

// cost is what one password hash costs. It is stored with each hash, in the PHC string form.
type cost struct {
	memory  uint32 // KiB
	time    uint32
	threads uint8
}

// today is the second recommended option of RFC 9106. Hashes made with another cost are renewed when
// their user signs in.
var today = cost{memory: 64 * 1024, time: 3, threads: 4}

// most bounds what a hash from the store may ask for, so that a changed row cannot take the machine down.
var most = cost{memory: 1024 * 1024, time: 16, threads: 64}

const (
	saltSize = 16
	keySize  = 32
	maxQueue = 256 // sign-ins that may wait for a turn
)

// hasher computes a bounded number of hashes at once: each takes 64 MiB.
type hasher struct {
	turn    chan struct{}
	waiting *atomic.Int64
	used    *atomic.Bool // since the last tidy
}

func newHasher() hasher {
	return hasher{turn: make(chan struct{}, min(4, max(1, runtime.GOMAXPROCS(0)))), waiting: new(atomic.Int64), used: new(atomic.Bool)}
}

// hash returns the PHC string of a password under a fresh salt.
func (h hasher) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails: it would end the process
	key, err := h.derive(ctx, password, salt, today, keySize)
	if err != nil {
		return "", err
	}
	return phc(today, salt, key), nil
}

// verify reports whether stored is a hash of password, and whether it should be renewed. A stored
// hash that is missing costs as much as a wrong password, so time does not tell them apart.
func (h hasher) verify(ctx context.Context, stored, password string) (ok, renew bool, err error) {
	c, salt, want, parsed := parsePHC(stored)
	if !parsed {
		c, salt, want = today, make([]byte, saltSize), make([]byte, keySize)
	}
	got, err := h.derive(ctx, password, salt, c, len(want))
	if err != nil {
		return false, false, err
	}
	same := subtle.ConstantTimeCompare(got, want) == 1
	return same && parsed, c != today, nil
}

func (h hasher) derive(ctx context.Context, password string, salt []byte, c cost, size int) ([]byte, error) {
	if h.waiting.Add(1) > maxQueue {
		h.waiting.Add(-1)
		return nil, &fault.Error{Code: fault.RateLimited, Detail: "too many people are signing in; try again in a moment", RetryAfter: 5}
	}
	defer h.waiting.Add(-1)
	select {
	case h.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting to check a password: %w", context.Cause(ctx))
	}
	defer func() { <-h.turn }()
	h.used.Store(true)
	return argon2.IDKey([]byte(normal(password)), salt, c.time, c.memory, c.threads, uint32(size)), nil
}

// tidy gives the memory of past hashes back to the machine: an idle server is small again.
func (h hasher) tidy() {
	if h.waiting.Load() == 0 && h.used.Swap(false) {
		debug.FreeOSMemory()
	}
}

// normal makes one text of the ways in which keyboards write the same letters.
func normal(password string) string { return norm.NFKC.String(password) }

func phc(c cost, salt, key []byte) string {
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.memory, c.time, c.threads, enc.EncodeToString(salt), enc.EncodeToString(key))
}

// parsePHC is strict: a string that phc would not write is no hash.
func parsePHC(s string) (c cost, salt, key []byte, ok bool) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 {
		return cost{}, nil, nil, false
	}
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memory, &c.time, &c.threads); n != 3 || err != nil {
		return cost{}, nil, nil, false
	}
	salt, err1 := base64.RawStdEncoding.Strict().DecodeString(parts[4])
	key, err2 := base64.RawStdEncoding.Strict().DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(salt) < 8 || len(key) < 16 || len(key) > 64 || !c.sane() || phc(c, salt, key) != s {
		return cost{}, nil, nil, false
	}
	return c, salt, key, true
}

func (c cost) sane() bool {
	return c.time >= 1 && c.threads >= 1 && c.memory >= 8*uint32(c.threads) &&
		c.time <= most.time && c.threads <= most.threads && c.memory <= most.memory
}
