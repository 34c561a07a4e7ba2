package writeback

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"slices"
	"time"

	"signet/internal/fault"
	"signet/internal/value"
	"signet/source"
)

// apply decides each row, waits until the attempts are on the log's disk, and commits the rows
// with their receipts. Claims that are refused stay behind.
func (e *Engine) apply(ctx context.Context, d source.Dialect, tx source.Tx, a *action, claims []*claim) error {
	records := map[string]*claim{} // the newest claim of each record in this group
	var rows, ledger [][]value.Value
	for _, c := range claims {
		if c == nil || c.err != nil {
			continue
		}
		// Nothing is committed before the event that announces it is durable.
		if c.err = c.sub.attempt.Recorded(ctx); c.err != nil {
			continue
		}
		if c.err = e.decide(a, c, records); c.err != nil {
			continue
		}
		c.receipt = a.receipt(c)
		c.raw = string(c.receipt.encode())
		rows = append(rows, c.written)
		ledger = append(ledger, a.ledgerRow(c))
	}
	if len(rows) == 0 {
		return nil
	}
	columns := make([]source.Column, len(ledgerColumns))
	for i, l := range ledgerColumns {
		columns[i] = source.Column{Name: l.name, Kind: l.kind}
	}
	_, err := tx.Commit(ctx, insertRows(d, ledgerTable, columns, ledger), insertRows(d, a.Target, a.columns(), rows))
	return err
}

// decide gives the claim its record, status, time and row. Claims of one group on one record
// follow each other as if each had its own transaction.
func (e *Engine) decide(a *action, c *claim, records map[string]*claim) error {
	combination := string(recordKey(a, c))
	if before := records[combination]; before != nil {
		c.previous = a.inTargetOrder(before)
		if err := a.checkStatus(c); err != nil {
			return err
		}
	}
	c.at = e.cfg.Clock().UTC().Truncate(time.Microsecond)
	switch {
	case a.Transition():
		c.record, c.status = c.previous[a.places[a.Record.Column]].String(), a.Status.To
	case c.previous != nil:
		c.record, c.status = c.previous[a.places[a.Record.Column]].String(), a.Status.Again
	default:
		c.record, c.status = a.Record.Prefix+newRecordID(), a.Status.First
	}
	if c.previous != nil {
		if at := c.previous[a.places[a.System.At]]; at.Kind() == value.Timestamp && !at.IsNull() && !c.at.After(at.Time()) {
			c.at = at.Time().Add(time.Microsecond) // a record's rows have an order, whatever the clocks say
		}
	}
	written, err := a.rowOf(c)
	if err != nil {
		return err
	}
	c.written = written
	if err := a.mayWrite(c); err != nil {
		return err
	}
	records[combination] = c
	return nil
}

// newRecordID returns 50 random bits in letters and digits that people can read out.
func newRecordID() string {
	var b [7]byte
	_, _ = rand.Read(b[:]) // never fails
	return recordEncoding.EncodeToString(b[:])[:10]
}

var recordEncoding = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// recordKey is the combination, or the record, that the claim is about.
func recordKey(a *action, c *claim) []byte {
	var b []byte
	for _, v := range a.matchValues(c) {
		b = append(b, byte(v.Kind()), map[bool]byte{true: 1}[v.IsNull()])
		b = append(v.AppendCanonical(b), 0xff) // 0xff is in no UTF-8 text
	}
	return b
}

func (a *action) columns() []source.Column {
	columns := make([]source.Column, len(a.writing))
	for i, w := range a.writing {
		columns[i] = w.Column
	}
	return columns
}

// rowOf returns the values of the written columns.
func (a *action) rowOf(c *claim) ([]value.Value, error) {
	row := make([]value.Value, len(a.writing))
	for i, w := range a.writing {
		v, err := value.Convert(a.valueOf(c, w.from), w.Kind)
		if err != nil {
			return nil, fault.Wrap(err, fault.TargetSchema, "The column %q cannot take its value. Nothing was written; an author must mend the action.", w.Name)
		}
		row[i] = v
	}
	return row, nil
}

func (a *action) valueOf(c *claim, o origin) value.Value {
	switch o.from {
	case fromRecord:
		return value.OfText(c.record)
	case fromStatus:
		return value.OfText(c.status)
	case fromWho:
		return value.OfText(c.sub.caller.Principal().Name)
	case fromAt:
		return value.OfTimestamp(c.at)
	case fromReceipt:
		return value.OfText(c.sub.ticket.ID())
	case fromSigned:
		return c.sub.signed[o.index]
	case fromInput:
		return c.sub.inputs[o.index]
	case fromComputed:
		return c.computed[o.index]
	case fromPrevious:
		return c.previous[o.index]
	}
	panic("writeback: a value from nowhere")
}

// inTargetOrder gives a written row as the target will show it.
func (a *action) inTargetOrder(c *claim) []value.Value {
	row := make([]value.Value, len(a.target))
	for i, column := range a.target {
		row[i] = value.Null(column.Kind)
	}
	for i, w := range a.writing {
		row[w.place] = c.written[i]
	}
	return row
}

// mayWrite applies the dataset's row policy to the row that would be written (threat A18): a field
// of the policy is looked up in the column that takes it, and in the row that was shown otherwise.
func (a *action) mayWrite(c *claim) error {
	allowed := a.dataset.Allows(c.sub.caller, func(field string) (value.Value, bool) {
		at := slices.Index(a.fields, field)
		if at < 0 {
			return value.Value{}, false
		}
		for i, w := range a.writing {
			if w.from.from == fromSigned && a.signed[w.from.index] == at || w.from.from != fromSigned && w.Name == a.dataset.Fields()[at].Column {
				v, err := value.Convert(c.written[i], a.dataset.Fields()[at].Type)
				return v, err == nil
			}
		}
		return c.row[at], true
	})
	if !allowed {
		return fault.New(fault.Denied, "You may not write a row that you may not see. Nothing was written.")
	}
	return nil
}

func (a *action) ledgerRow(c *claim) []value.Value {
	p := c.sub.caller.Principal()
	return []value.Value{
		value.OfText(c.sub.ticket.ID()), value.OfText(a.ID), value.OfText(a.Target), value.OfText(c.record), value.OfText(c.status),
		value.OfText(p.ID), value.OfText(p.Name), value.OfTimestamp(c.at), value.OfText(c.raw),
	}
}
