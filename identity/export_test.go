package identity

import (
	"context"

	"signet/internal/opaque"
)

// The bridge for tests of what runs by itself, and of the pure parts.

func (s *Service) Flush(ctx context.Context) error { return s.flush(ctx) }

func (s *Service) Prune(ctx context.Context) error { return s.prune(ctx) }

func (s *Service) Cached() int { return s.cache.len() }

func Weakness(userName, password string) string { return weakness(userName, password) }

func Network(ip string) string { return network(ip) }

type Cost = cost

func ParsePHC(s string) (Cost, []byte, []byte, bool) { return parsePHC(s) }

func PHC(c Cost, salt, key []byte) string { return phc(c, salt, key) }

func Verify(ctx context.Context, stored, password string) (ok, renew bool, err error) {
	return newHasher().verify(ctx, stored, password)
}

func Hash(ctx context.Context, password string) (string, error) {
	return newHasher().hash(ctx, password)
}

func (s *Service) Take(ctx context.Context, name string, o Origin) error { return s.take(ctx, name, o) }

// Real is the cost of the product. Tests that are not about hashing use a cheap one, see TestMain.
var Real = today

// UseCost sets the cost of new hashes and returns how to undo it.
func UseCost(c Cost) (undo func()) {
	before := today
	today = c
	return func() { today = before }
}

var Cheap = cost{memory: 256, time: 1, threads: 1}

func SealWith(key []byte, kid string, nonce [24]byte, id string, secret []byte) ([]byte, error) {
	return sealWith(opaque.New(key), kid, nonce, id, secret)
}

func OpenWith(key []byte, id string, sealed []byte) ([]byte, error) {
	b, err := openWith(opaque.New(key), id, sealed)
	return b.Reveal(), err
}

// Builtins are the built-in managed policies.
var Builtins = builtins
