package writeback

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"signet/dataset"
	"signet/internal/fault"
	"signet/internal/value"
	"signet/policy"
	"signet/source"
)

// Entry is one step of a record: a row of the target and, where Signet wrote it, its receipt.
type Entry struct {
	ReceiptID string    `json:"receiptId,omitempty"` // "" when the row was not written by Signet
	At        time.Time `json:"at"`
	Who       Person    `json:"who"`
	Action    ActionRef `json:"action"`
	RecordID  string    `json:"recordId"`
	Status    string    `json:"status"`
	Before    []Field   `json:"before,omitempty"`
	After     []Field   `json:"after"`
	Inputs    []Field   `json:"inputs"`
}

// HistoryPage is a part of a record's history, newest first.
type HistoryPage struct {
	Items []Entry `json:"items"`
	Next  string  `json:"next,omitempty"`
}

const historyPage = 50

func appendKeyPart(b []byte, v value.Value) []byte {
	b = append(b, byte(v.Kind()))
	if v.IsNull() {
		return append(b, 1)
	}
	s := v.AppendCanonical(nil)
	return append(binary.AppendUvarint(append(b, 0), uint64(len(s))), s...)
}

func parseKey(key string, kinds []value.Kind) ([]value.Value, bool) {
	b, err := base64.RawURLEncoding.DecodeString(key)
	if err != nil {
		return nil, false
	}
	values := make([]value.Value, 0, len(kinds))
	for _, kind := range kinds {
		if len(b) < 2 || value.Kind(b[0]) != kind || b[1] > 1 {
			return nil, false
		}
		null := b[1] == 1
		if b = b[2:]; null {
			values = append(values, value.Null(kind))
			continue
		}
		n, size := binary.Uvarint(b)
		if size <= 0 || n > uint64(len(b)-size) {
			return nil, false
		}
		v, err := value.ParseCanonical(kind, string(b[size:size+int(n)]))
		if err != nil {
			return nil, false
		}
		values, b = append(values, v), b[size+int(n):]
	}
	return values, len(b) == 0
}

// History returns the steps of the record behind a row's key, those that the caller may see.
// after is the Next of the page before, or "".
func (e *Engine) History(ctx context.Context, caller policy.Caller, ds *dataset.Dataset, actions []string, key, after string) (*HistoryPage, error) {
	id, encoded, _ := strings.Cut(key, ".")
	a := e.historian(ds, actions)
	if a == nil || a.ID != id {
		return nil, fault.New(fault.NotFound, "There is no history behind this row.")
	}
	kinds := make([]value.Kind, len(a.match))
	for i, m := range a.match {
		kinds[i] = a.dataset.Fields()[a.signed[m]].Type
	}
	match, ok := parseKey(encoded, kinds)
	if !ok {
		return nil, fault.New(fault.BadRequest, "The row's key is not whole. Reload the page.")
	}
	if err := e.cfg.Gate.View(ctx, caller, policy.Operation{Action: "writeback:History", Resource: "dataset/" + ds.ID(), ReadOnly: true, Allow: policy.Everyone}); err != nil {
		return nil, err
	}
	return e.history(ctx, caller, a, match, after)
}

func (e *Engine) history(ctx context.Context, caller policy.Caller, a *action, match []value.Value, after string) (*HistoryPage, error) {
	src, err := e.source(a.dataset.Source())
	if err != nil {
		return nil, err
	}
	s, err := a.steps(src.Dialect(), match, after)
	if err != nil {
		return nil, err
	}
	rows, err := e.query(ctx, a, s)
	if err != nil {
		return nil, err
	}
	steps := slices.DeleteFunc(rows.Rows, func(row []value.Value) bool { return !a.maySee(caller, row) })
	receipts, err := e.receiptsOf(ctx, a, src.Dialect(), steps)
	if err != nil {
		return nil, err
	}
	page := &HistoryPage{Items: []Entry{}}
	for i, row := range steps {
		if i == historyPage {
			last := steps[i-1]
			page.Next = last[a.places[a.System.At]].String() + "~" + last[a.places[a.System.Receipt]].String()
			break
		}
		entry := a.entry(row, receipts[row[a.places[a.System.Receipt]].String()])
		if i+1 < len(steps) {
			entry.Before = a.rowFields(steps[i+1])
		}
		page.Items = append(page.Items, entry)
	}
	return page, nil
}

// steps asks for the record's rows, newest first, and for one more than a page.
func (a *action) steps(d source.Dialect, match []value.Value, after string) (source.Statement, error) {
	b := source.NewBuilder(d).Raw("SELECT ")
	b.List(", ", len(a.target), func(i int) { b.Ident("t", a.target[i].Name) })
	b.Raw(" FROM ").Table(a.Target).Raw(" ").Ident("t").Raw(" WHERE ")
	b.List(" AND ", len(match), func(i int) {
		same(b, func() { b.Ident("t", a.matchColumn(i)) }, match[i])
	})
	if after != "" {
		at, receipt, _ := strings.Cut(after, "~")
		when, err := value.ParseCanonical(value.Timestamp, at)
		if err != nil {
			return source.Statement{}, fault.New(fault.BadRequest, "The page's cursor is not whole. Reload the page.")
		}
		b.Raw(" AND (").Ident("t", a.System.At).Raw(" < ").Arg(when).Raw(" OR ").Ident("t", a.System.At).Raw(" = ").Arg(when)
		b.Raw(" AND ")
		b.Dialect.Compare(b, func() { b.Ident("t", a.System.Receipt) }, "<", value.OfText(receipt))
		b.Raw(")")
	}
	a.newestFirst(b.Raw(" ORDER BY "))
	b.Raw(" LIMIT ").Arg(value.OfInteger(historyPage + 1))
	return b.Statement(), nil
}

// maySee applies the dataset's row policy to a row of the target; a field that the target does not
// hold cannot be judged and hides the row.
func (a *action) maySee(caller policy.Caller, row []value.Value) bool {
	return a.dataset.Allows(caller, func(field string) (value.Value, bool) {
		i := slices.Index(a.fields, field)
		if i < 0 {
			return value.Value{}, false
		}
		column := a.dataset.Fields()[i].Column
		if !a.Transition() {
			j := slices.IndexFunc(a.Definition.Signed, func(s Signed) bool { return s.Field == field })
			if j < 0 {
				return value.Value{}, false
			}
			column = a.Definition.Signed[j].Column
		}
		at, ok := a.places[column]
		if !ok {
			return value.Value{}, false
		}
		v, err := value.Convert(row[at], a.dataset.Fields()[i].Type)
		return v, err == nil
	})
}

func (e *Engine) receiptsOf(ctx context.Context, a *action, d source.Dialect, rows [][]value.Value) (map[string]*Receipt, error) {
	var ids []string
	for _, row := range rows {
		ids = append(ids, row[a.places[a.System.Receipt]].String())
	}
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := e.query(ctx, a, ledgerLookup(d, ids))
	if err != nil {
		return nil, err
	}
	receipts := map[string]*Receipt{}
	for id, row := range ledgerRows(found) {
		if receipts[id], err = parseReceipt(row.receipt); err != nil {
			return nil, err
		}
	}
	return receipts, nil
}

func (a *action) entry(row []value.Value, r *Receipt) Entry {
	entry := Entry{
		RecordID: row[a.places[a.Record.Column]].String(), Status: row[a.places[a.Status.Column]].String(),
		Who: Person{Name: row[a.places[a.System.Who]].String()}, After: a.rowFields(row), Inputs: []Field{},
	}
	if at := row[a.places[a.System.At]]; !at.IsNull() {
		entry.At = at.Time()
	}
	if r != nil {
		entry.ReceiptID, entry.Who, entry.Action, entry.Inputs = r.ID, r.Who, r.Action, r.Inputs
	}
	return entry
}
