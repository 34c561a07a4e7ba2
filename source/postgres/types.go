package postgres

import (
	"context"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"signet/internal/value"
	"signet/source"
)

// types remembers the types of one database that are not built in: enums, domains, extensions.
type types struct {
	mu    sync.Mutex // guards known
	known map[uint32]wireType
}

const typeSQL = `SELECT format_type(oid, NULL), typtype, typcategory, typbasetype FROM pg_catalog.pg_type WHERE oid = $1`

// resolve returns how each field is read, and asks the server for types that it has not met.
func (t *types) resolve(ctx context.Context, s *session, fields []pgconn.FieldDescription) ([]wireType, error) {
	out := make([]wireType, len(fields))
	for i, f := range fields {
		w, err := t.one(ctx, s, f.DataTypeOID)
		if err != nil {
			return nil, err
		}
		out[i] = w
	}
	return out, nil
}

func (t *types) one(ctx context.Context, s *session, oid uint32) (wireType, error) {
	if w, ok := wireTypes[oid]; ok {
		return w, nil
	}
	t.mu.Lock()
	w, ok := t.known[oid]
	t.mu.Unlock()
	if ok {
		return w, nil
	}
	w, err := t.ask(ctx, s, oid)
	if err != nil {
		return w, fmt.Errorf("looking up type %d: %w", oid, err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.known == nil {
		t.known = map[uint32]wireType{}
	}
	t.known[oid] = w
	return w, nil
}

func (t *types) ask(ctx context.Context, s *session, oid uint32) (wireType, error) {
	results, err := s.exchange(ctx, limits{}, source.Statement{SQL: typeSQL, Args: []any{value.OfInteger(int64(oid))}})
	if err != nil {
		return wireType{}, err
	}
	if len(results[0].Rows) == 0 {
		return wireType{name: fmt.Sprintf("type %d", oid)}, nil
	}
	row := results[0].Rows[0]
	name, class, category, base := row[0].String(), row[1].String(), row[2].String(), uint32(row[3].Int())
	switch {
	case class == "d":
		w, err := t.one(ctx, s, base)
		w.name = name
		return w, err
	case class == "e" || category == "S":
		w := wireTypes[pgtype.TextOID]
		w.name = name
		return w, nil
	}
	return wireType{name: name}, nil
}

func columnsOf(fields []pgconn.FieldDescription, wires []wireType) []source.Column {
	columns := make([]source.Column, len(fields))
	for i, f := range fields {
		columns[i] = source.Column{Name: f.Name, Kind: wires[i].kind, Type: wires[i].name}
	}
	return columns
}
