package identity

import (
	"sync"
	"sync/atomic"

	"signet/policy"
)

// entry is a session as read at an epoch. Only used changes.
type entry struct {
	epoch   int64
	session Session
	who     policy.Principal
	used    atomic.Int64 // microseconds since 1970, as exact as granularity
}

// cache remembers sessions by the digest of their token. It holds two generations: when the young
// one is full it becomes the old one, and what was in the old one and not used since is forgotten.
type cache struct {
	half int

	mu         sync.RWMutex
	young, old map[digest]*entry // guarded by mu
}

func newCache(size int) *cache {
	return &cache{half: max(1, size/2), young: map[digest]*entry{}}
}

func (c *cache) get(d digest) *entry {
	c.mu.RLock()
	e, young := c.young[d]
	if !young {
		e = c.old[d]
	}
	c.mu.RUnlock()
	if e != nil && !young {
		c.put(d, e)
	}
	return e
}

func (c *cache) put(d digest, e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, there := c.young[d]; !there && len(c.young) >= c.half {
		c.old, c.young = c.young, make(map[digest]*entry, c.half)
	}
	c.young[d] = e
}

func (c *cache) drop(d digest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.young, d)
	delete(c.old, d)
}

func (c *cache) len() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.young) + len(c.old)
}
