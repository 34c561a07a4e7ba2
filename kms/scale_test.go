package kms_test

import (
	"strings"
	"testing"

	"signet/kms"
)

// A page of keys costs the same however many there are: it is read from an index alone, without the rows of the
// keys, which are wide and lie anywhere.
func TestAPageOfKeysIsReadFromAnIndex(t *testing.T) {
	p := single(t)
	rows, err := p.db.Query(t.Context(), "EXPLAIN QUERY PLAN "+kms.ListKeysQuery, region, "", 0, 101)
	check(err)
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var step string
		check(rows.Scan(&id, &parent, &unused, &step))
		if !strings.Contains(step, "SEARCH kms_keys USING COVERING INDEX kms_keys_region (region=? AND id>?)") {
			t.Error(step)
		}
	}
	check(rows.Err())
}
