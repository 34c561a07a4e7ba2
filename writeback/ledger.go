package writeback

import (
	"context"
	"fmt"

	"signet/internal/value"
	"signet/policy"
	"signet/source"
)

// ledgerTable is the table in the target database that makes a submission exactly-once: its row is
// written in the transaction that writes the user's row.
const ledgerTable = "signet_ledger"

var ledgerColumns = []struct {
	name string
	kind value.Kind
}{
	{"ticket_id", value.Text}, {"action", value.Text}, {"target", value.Text}, {"record_id", value.Text}, {"status", value.Text},
	{"who_id", value.Text}, {"who_name", value.Text}, {"written_at", value.Timestamp}, {"receipt", value.Text},
}

// ticketIDLength is the number of characters of every ticket's id.
const ticketIDLength = 26

// LedgerSQL returns the statements that make the ledger, for those who may create tables and for
// those who must ask somebody who may.
func LedgerSQL(d source.Dialect) []string {
	b := source.NewBuilder(d).Raw("CREATE TABLE IF NOT EXISTS ").Ident(ledgerTable).Raw(" (")
	for i, c := range ledgerColumns {
		if i == 0 {
			b.Ident(c.name).Raw(" " + d.KeyType(ticketIDLength) + " NOT NULL PRIMARY KEY, ")
			continue
		}
		b.Ident(c.name).Raw(" " + d.Type(c.kind) + " NOT NULL, ")
	}
	b.Raw("CHECK (length(").Ident("ticket_id").Raw(fmt.Sprintf(") = %d))", ticketIDLength)).Raw(d.KeepWhole())
	return []string{b.Statement().SQL}
}

// EnsureLedger makes the ledger in a source when it is missing. Only admins and Signet itself may.
func (e *Engine) EnsureLedger(ctx context.Context, caller policy.Caller, sourceID string) error {
	op := policy.Operation{Action: "writeback:CreateLedger", Resource: "source/" + sourceID,
		Allow: policy.Grant{Roles: []policy.Role{policy.System, policy.Admin}}}
	return e.cfg.Gate.Do(ctx, caller, op, func(ctx context.Context) (map[string]string, error) {
		src, err := e.source(sourceID)
		if err != nil {
			return nil, err
		}
		if _, err := src.Columns(ctx, ledgerTable); err == nil {
			// It stands; the database's user may lack the right to create tables.
			return nil, source.Fault(checkTarget(ctx, src, ledgerTable), sourceID)
		}
		tx, err := src.BeginWrite(ctx, nil)
		if err != nil {
			return nil, source.Fault(err, sourceID)
		}
		defer tx.Rollback()
		var statements []source.Statement
		for _, sql := range LedgerSQL(src.Dialect()) {
			statements = append(statements, source.Statement{SQL: sql})
		}
		if _, err := tx.Commit(ctx, statements...); err != nil {
			return nil, source.Fault(fmt.Errorf("creating the table %s: %w", ledgerTable, err), sourceID)
		}
		return nil, nil
	})
}

var idColumn = []source.Column{{Name: "id", Kind: value.Text}}

// ledgerLookup finds the receipts of tickets that were used.
func ledgerLookup(d source.Dialect, ids []string) source.Statement {
	rows := make([][]value.Value, len(ids))
	for i, id := range ids {
		rows[i] = []value.Value{value.OfText(id)}
	}
	b := source.NewBuilder(d).Raw("SELECT ").Ident("l", "ticket_id").Raw(", ").Ident("l", "receipt").Raw(", ").Ident("l", "who_id").Raw(" FROM ")
	b.Rows("r", idColumn, rows)
	used := func() { b.Ident("l", "ticket_id").Raw(" = ").Ident("r", "id") }
	if d.Lateral() {
		b.Raw(" CROSS JOIN LATERAL (SELECT ").Ident("l").Raw(".* FROM ").Ident(ledgerTable).Raw(" ").Ident("l").Raw(" WHERE ")
		used()
		b.Raw(" LIMIT 1) ").Ident("l")
		return b.Statement()
	}
	b.Raw(" JOIN ").Ident(ledgerTable).Raw(" ").Ident("l").Raw(" ON ")
	used()
	return b.Statement()
}

// ledgerRow is a used ticket.
type ledgerRow struct {
	receipt string
	who     string
}

func ledgerRows(r source.Result) map[string]ledgerRow {
	found := make(map[string]ledgerRow, len(r.Rows))
	for _, row := range r.Rows {
		found[row[0].String()] = ledgerRow{receipt: row[1].String(), who: row[2].String()}
	}
	return found
}

// insertRows writes rows into a table in one statement. The bound columns have names of their own:
// the table's may be called anything, "ord" too.
func insertRows(d source.Dialect, table string, columns []source.Column, rows [][]value.Value) source.Statement {
	bound := make([]source.Column, len(columns))
	for i, c := range columns {
		bound[i] = source.Column{Name: fmt.Sprintf("c%d", i), Kind: c.Kind}
	}
	b := source.NewBuilder(d).Raw("INSERT INTO ").Table(table).Raw(" (")
	b.List(", ", len(columns), func(i int) { b.Ident(columns[i].Name) }).Raw(") SELECT ")
	b.List(", ", len(columns), func(i int) { b.Ident("r", bound[i].Name) }).Raw(" FROM ").Rows("r", bound, rows)
	b.Raw(" ORDER BY ").Ident("r", "ord")
	return b.Statement()
}
