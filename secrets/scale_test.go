package secrets_test

import (
	"slices"
	"strings"
	"testing"

	"signet/secrets"
)

// 100,000 secrets: every question that a list or a reading asks is answered through an index, and reads no
// more than its page. The benchmarks measure the same; this does not depend on the machine.
func TestReadingsUseIndexes(t *testing.T) {
	m := onSQLite(t)
	for _, query := range secrets.Queries() {
		rows, err := m.db.Query(t.Context(), "EXPLAIN QUERY PLAN "+query, make([]any, strings.Count(query, "?"))...)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		var plan []string
		for rows.Next() {
			var id, parent, unused int
			var step string
			if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
				t.Fatal(err)
			}
			plan = append(plan, step)
		}
		_ = rows.Close()
		if len(plan) == 0 || slices.ContainsFunc(plan, func(step string) bool {
			return strings.HasPrefix(step, "SCAN") || strings.Contains(step, "TEMP B-TREE")
		}) {
			t.Errorf("%s\n%s", query, strings.Join(plan, "\n"))
		}
	}
}
