package duckdb

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/duckdb/duckdb-go/v2/mapping"

	"signet/source"
)

// tableFunctions lists the functions that may stand in FROM. The engine has others that change
// its settings whatever is locked, or end the process when they meet a locked door:
// enable_logging, for one, throws while its connection is closed. So the plan is asked which
// functions a statement calls, before it runs for the first time (threats A5, A15).
var tableFunctions = map[string]bool{
	"RANGE": true, "GENERATE_SERIES": true, "REPEAT": true, "REPEAT_ROW": true, "UNNEST": true, "JSON_EACH": true, "JSON_TREE": true,
	"SUMMARY": true, "DUCKDB_COLUMNS": true, "DUCKDB_TABLES": true, "DUCKDB_VIEWS": true,
}

// planned are the statements that have a plan with scans.
var planned = map[mapping.StatementType]bool{
	mapping.StatementTypeSelect: true, mapping.StatementTypeInsert: true, mapping.StatementTypeUpdate: true,
	mapping.StatementTypeDelete: true, mapping.StatementTypeCreate: true,
}

type planNode struct {
	Name     string                     `json:"name"`
	Children []planNode                 `json:"children"`
	Extra    map[string]json.RawMessage `json:"extra_info"`
}

// inspect refuses a statement whose plan calls a table function that is not on the list.
func (c *conn) inspect(ctx context.Context, p *prepared, st source.Statement) error {
	if !planned[p.kind] || c.db.inspected.has(st.SQL) {
		return nil
	}
	plan, err := c.prepareUnlisted("EXPLAIN (FORMAT JSON) " + st.SQL)
	if err != nil {
		return err
	}
	defer mapping.DestroyPrepare(&plan.stmt)
	r, err := c.execute(ctx, plan, st.Args, 0)
	if err != nil {
		return err
	}
	for _, row := range r.Rows {
		var nodes []planNode
		if err := json.Unmarshal([]byte(row[len(row)-1].String()), &nodes); err != nil {
			return fmt.Errorf("reading the plan: %v", err)
		}
		if err := allowed(nodes); err != nil {
			return err
		}
	}
	c.db.inspected.add(st.SQL)
	return nil
}

// maxInspected bounds how many statements are remembered as inspected.
const maxInspected = 4096

// statementSet remembers statements by their texts.
type statementSet struct {
	mu   sync.Mutex // guards sums
	sums map[[sha256.Size]byte]bool
}

func (s *statementSet) has(sql string) bool {
	sum := sha256.Sum256([]byte(sql))
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sums[sum]
}

func (s *statementSet) add(sql string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sums == nil || len(s.sums) >= maxInspected {
		s.sums = map[[sha256.Size]byte]bool{}
	}
	s.sums[sha256.Sum256([]byte(sql))] = true
}

func allowed(nodes []planNode) error {
	for _, n := range nodes {
		called := n.Extra["Function"]
		if n.Name == "INOUT_FUNCTION" {
			called = n.Extra["Name"]
		}
		if called != nil {
			var name string
			if err := json.Unmarshal(called, &name); err != nil || !tableFunctions[strings.ToUpper(name)] {
				return fmt.Errorf("%w: the function %s may not stand in FROM", source.ErrPermission, called)
			}
		}
		if err := allowed(n.Children); err != nil {
			return err
		}
	}
	return nil
}
