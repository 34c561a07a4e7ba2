package audit

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"signet/internal/store"
)

// checkIndex derives the search index again, segment by segment, and compares. A segment that is not
// indexed yet is no mistake, unless a later one is: a search would not look into it.
func (v *verification) checkIndex(ctx context.Context, index Index, e *Event) error {
	if index%segmentSize == 0 {
		v.segment = newSegment(index / segmentSize)
	}
	if v.segment.add(e); v.segment.size < segmentSize {
		return nil
	}
	s := v.segment
	var first, last int64
	err := v.db.QueryRow(ctx, "SELECT first_time, last_time FROM audit_segments WHERE segment = ?", s.number).Scan(&first, &last)
	if store.IsNoRows(err) {
		return v.notIndexed(ctx, s.number)
	}
	if err != nil {
		return fmt.Errorf("audit: reading the index: %w", err)
	}
	stored, err := v.storedTerms(ctx, s.number)
	if err != nil {
		return err
	}
	from := s.number * segmentSize
	if first != s.first.UnixMicro() || last != s.last.UnixMicro() || !slices.Equal(stored, s.texts()) {
		return bad(from, "the search index of the records %d to %d is not what they hold", from, index)
	}
	return nil
}

// notIndexed lets a segment pass that is the next to be indexed, or after that.
func (v *verification) notIndexed(ctx context.Context, number int64) error {
	var later int
	err := v.db.QueryRow(ctx, "SELECT (SELECT COUNT(*) FROM audit_segments WHERE segment >= ?) + (SELECT COUNT(*) FROM audit_terms WHERE segment = ?)", number, number).Scan(&later)
	if err != nil {
		return fmt.Errorf("audit: reading the index: %w", err)
	}
	if later > 0 {
		return bad(number*segmentSize, "the search index lacks the records %d to %d", number*segmentSize, (number+1)*segmentSize-1)
	}
	return nil
}

func (v *verification) storedTerms(ctx context.Context, number int64) ([]string, error) {
	rows, err := v.db.Query(ctx, "SELECT term FROM audit_terms WHERE segment = ?", number)
	if err != nil {
		return nil, fmt.Errorf("audit: reading the index: %w", err)
	}
	defer rows.Close()
	var terms []string
	for rows.Next() {
		var term string
		if err := rows.Scan(&term); err != nil {
			return nil, fmt.Errorf("audit: reading the index: %w", err)
		}
		terms = append(terms, term)
	}
	slices.Sort(terms)
	return terms, rows.Err()
}

// noMoreSegments finds an index of records that there are not. The log may have grown since it was
// read, so what counts is its size now.
func (v *verification) noMoreSegments(ctx context.Context) error {
	var segment, terms sql.NullInt64
	var size int64
	err := v.db.QueryRow(ctx, "SELECT (SELECT MAX(segment) FROM audit_segments), (SELECT MAX(segment) FROM audit_terms), (SELECT size FROM audit_head WHERE id = 1)").
		Scan(&segment, &terms, &size)
	if err != nil {
		return fmt.Errorf("audit: reading the index: %w", err)
	}
	if last := max(segment.Int64, terms.Int64); (segment.Valid || terms.Valid) && (last+1)*segmentSize > size || terms.Int64 > segment.Int64 {
		return bad(size, "the search index holds records past the end")
	}
	return nil
}
