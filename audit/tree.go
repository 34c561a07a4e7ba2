package audit

import (
	"context"
	"database/sql"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// edge is the right edge of the tree: for each bit that is set in size, the hash of the perfect
// subtree of that height. It is all that an append needs.
//
//	size 6 = 0b110       level[2]      level[1]
//	                    /   |  \  \     /  \
//	records            0    1   2  3   4    5
type edge struct {
	size  int64
	level [63]tlog.Hash
}

// add appends a leaf's hash and the hashes of the subtrees that it completes to stored, in tlog's
// order of stored hashes.
func (e *edge) add(leaf tlog.Hash, stored []byte) []byte {
	h, l := leaf, 0
	stored = append(stored, h[:]...)
	for ; e.size>>l&1 == 1; l++ {
		h = tlog.NodeHash(e.level[l], h)
		stored = append(stored, h[:]...)
	}
	e.level[l] = h
	e.size++
	return stored
}

// root returns the hash of the whole tree.
func (e *edge) root() (tlog.Hash, error) {
	return tlog.TreeHash(e.size, tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			l, _ := tlog.SplitStoredHashIndex(index)
			hashes[i] = e.level[l]
		}
		return hashes, nil
	}))
}

// rowQuerier is the part of a store and of its transactions that reads one row.
type rowQuerier interface {
	QueryRow(ctx context.Context, query string, args ...any) *sql.Row
}

const selectHashes = "SELECT start, hashes FROM audit_blocks WHERE start <= ? ORDER BY start DESC LIMIT 1"

// storedHashes reads hashes of the tree where blocks put them: a hash came with the last event below it.
func storedHashes(ctx context.Context, q rowQuerier) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			var b block
			level, n := tlog.SplitStoredHashIndex(index)
			if err := q.QueryRow(ctx, selectHashes, (n+1)<<level-1).Scan(&b.start, &b.hashes); err != nil {
				return nil, fmt.Errorf("audit: reading hash %d: %w", index, err)
			}
			at := (index - tlog.StoredHashCount(b.start)) * tlog.HashSize
			if at < 0 || at+tlog.HashSize > int64(len(b.hashes)) {
				return nil, fmt.Errorf("audit: hash %d is missing", index)
			}
			hashes[i] = tlog.Hash(b.hashes[at : at+tlog.HashSize])
		}
		return hashes, nil
	})
}

// loadEdge reads the edge of a tree of a known size.
func loadEdge(ctx context.Context, q rowQuerier, size int64) (edge, error) {
	e := edge{size: size}
	reader := storedHashes(ctx, q)
	for l := range e.level {
		if size>>l&1 == 0 {
			continue
		}
		hashes, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(l, size>>l-1)})
		if err != nil {
			return edge{}, err
		}
		e.level[l] = hashes[0]
	}
	return e, nil
}
