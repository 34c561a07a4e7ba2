package kms

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"signet/policy"
)

// known is a key as memory holds it. But for what it learns later (seen, grants and opened material)
// it never changes: a change in the store makes a new one.
type known struct {
	row
	arn       string
	policy    *policy.Document
	aliases   []string // sorted
	materials []material

	seen   atomic.Int64 // epoch up to which the store has nothing newer about the key
	grants grantMemory
}

// load returns a key as the store has it now, or nil. The epoch costs one read of one row; the key
// itself is only read again when some key changed, and its parts only when it did.
func (s *Service) load(ctx context.Context, id string) (*known, error) {
	now, err := s.epoch.Read(ctx) // before the key: what is read later is not older
	if err != nil {
		return nil, err
	}
	before := s.cache.get(id)
	if before != nil && before.seen.Load() >= now {
		return before, nil
	}
	k, err := s.read(ctx, s.db, id, before)
	if err != nil || k == nil {
		s.cache.drop(id)
		return nil, err
	}
	k.saw(now)
	s.cache.put(k)
	return k, nil
}

// saw notes that the key is as the store had it at an epoch.
func (k *known) saw(now int64) {
	for {
		seen := k.seen.Load()
		if seen >= now || k.seen.CompareAndSwap(seen, now) {
			return
		}
	}
}

// read reads a key, or returns nil when there is none. It returns before itself when that is what the
// store still has.
func (s *Service) read(ctx context.Context, db reader, id string, before *known) (*known, error) {
	r, err := readRow(ctx, db, id)
	if err != nil || r == nil {
		return nil, err
	}
	if before != nil && before.revision == r.revision {
		return before, nil
	}
	k := &known{row: *r, arn: s.keyARN(r.region, r.id)}
	if k.policy, err = parsePolicy(r.policyText); err != nil {
		return nil, fmt.Errorf("reading the policy of %s: %w", k.arn, err)
	}
	if k.materials, err = readMaterials(ctx, db, id); err != nil {
		return nil, err
	}
	if k.aliases, err = readAliasesOf(ctx, db, id); err != nil {
		return nil, err
	}
	if before != nil && k.state == Enabled {
		k.keepOpen(before)
	}
	return k, nil
}

// keepOpen takes over what is open already, so that a new policy does not cost an RSA key's parsing.
// Of a key that is not enabled nothing stays open.
func (k *known) keepOpen(before *known) {
	for i := range k.materials {
		for _, old := range before.materials {
			if old.id == k.materials[i].id && string(old.sealed) == string(k.materials[i].sealed) {
				k.materials[i].opened = old.opened
			}
		}
	}
}

// maxCached bounds the keys in memory.
const maxCached = 4096

// cache holds keys in two generations: when the young one is half of the bound, it becomes the old
// one, and what was not asked for since is forgotten. The zero cache is ready.
type cache struct {
	mu         sync.Mutex
	young, old map[string]*known // guarded by mu
}

func (c *cache) get(id string) *known {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k, ok := c.young[id]; ok {
		return k
	}
	k := c.old[id]
	if k != nil {
		c.keep(k)
	}
	return k
}

func (c *cache) put(k *known) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keep(k)
}

func (c *cache) keep(k *known) {
	if c.young == nil || len(c.young) >= maxCached/2 {
		c.young, c.old = map[string]*known{}, c.young
	}
	c.young[k.id] = k
}

func (c *cache) drop(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.young, id)
	delete(c.old, id)
}

func (c *cache) len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.young) + len(c.old)
}
