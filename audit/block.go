package audit

import (
	"context"
	"encoding/binary"
	"fmt"

	"signet/internal/store"
)

// A block is one row of the store: events that were appended together, and the hashes that they
// added to the tree. One row for many events is what makes an append cheap; who wants one event
// reads its block.
//
//	events   frame | frame | ...     frame = uvarint length, then the leaf
//	hashes   32 bytes each, in tlog's stored order
type block struct {
	start  Index
	hashes []byte
	events []byte
}

// maxBlock is how many events a block holds at most: who reads one event reads no more than these.
const maxBlock = 128

func appendFrame(b, leaf []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(leaf))), leaf...)
}

// cutFrame takes the first leaf off a block's events.
func cutFrame(events []byte) (leaf, rest []byte, err error) {
	n, size := binary.Uvarint(events)
	if size <= 0 || n == 0 || n > maxLeaf || n > uint64(len(events)-size) || len(binary.AppendUvarint(nil, n)) != size {
		return nil, nil, fmt.Errorf("audit: a block's frame of %d bytes is not whole", len(events))
	}
	return events[size : size+int(n)], events[size+int(n):], nil
}

const (
	insertBlock = "INSERT INTO audit_blocks (start, hashes, events) VALUES (?, ?, ?)"

	// blocksPerRead bounds what one statement reads: blocks are of a few hundred bytes or of 100 kB.
	blocksPerRead = 32
	selectBlocks  = `SELECT start, events FROM audit_blocks
WHERE start >= COALESCE((SELECT MAX(start) FROM audit_blocks WHERE start <= ?), 0) AND start < ? ORDER BY start LIMIT 32`
)

// leaves calls f with each event from an index on and before end, in order, until f returns false.
func leaves(ctx context.Context, db *store.DB, from, end Index, f func(Index, []byte) (more bool, err error)) error {
	for from < end {
		blocks, err := readBlocks(ctx, db, from, end)
		if err != nil {
			return err
		}
		for _, b := range blocks {
			index := b.start
			for rest := b.events; len(rest) > 0; index++ {
				var leaf []byte
				if leaf, rest, err = cutFrame(rest); err != nil {
					return fmt.Errorf("record %d: %w", index, err)
				}
				if index < from || index >= end {
					continue
				}
				if more, err := f(index, leaf); err != nil || !more {
					return err
				}
			}
			from = max(from, index)
		}
		if len(blocks) < blocksPerRead {
			return nil
		}
	}
	return nil
}

// readBlocks reads the block that holds an index and the next ones.
func readBlocks(ctx context.Context, db *store.DB, from, end Index) ([]block, error) {
	rows, err := db.Query(ctx, selectBlocks, from, end)
	if err != nil {
		return nil, fmt.Errorf("audit: reading events: %w", err)
	}
	defer rows.Close()
	var blocks []block
	for rows.Next() {
		var b block
		if err := rows.Scan(&b.start, &b.events); err != nil {
			return nil, fmt.Errorf("audit: reading events: %w", err)
		}
		blocks = append(blocks, b)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("audit: reading events: %w", err)
	}
	return blocks, nil
}

// readLeaf reads one event's bytes; found is false when the log does not hold it.
func readLeaf(ctx context.Context, db *store.DB, index Index) (leaf []byte, found bool, err error) {
	err = leaves(ctx, db, index, index+1, func(_ Index, l []byte) (bool, error) {
		leaf, found = l, true
		return false, nil
	})
	return leaf, found, err
}
