package dataset

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"signet/formula"
	"signet/internal/fault"
	"signet/internal/value"
	"signet/policy"
	"signet/source"
)

// Query returns a page of a dataset, of the rows that the caller may see. The view is on record
// before anything is read.
func (s *Set) Query(ctx context.Context, caller policy.Caller, id string, q Query) (*Result, error) {
	op := policy.Operation{Action: "dataset:Query", Resource: "dataset/" + id, ReadOnly: true, Allow: policy.Everyone}
	if err := s.gate.View(ctx, caller, op); err != nil {
		return nil, err
	}
	d, ok := s.Get(id)
	if !ok {
		return nil, fault.New(fault.NotFound, "There is no dataset %.80q.", id)
	}
	src, ok := s.sources(d.Source())
	if !ok {
		return nil, fault.New(fault.TargetUnavailable, "The source %s of the dataset %s is not open.", d.Source(), id)
	}
	if _, ok := formula.For(src.Dialect().Name()); !ok && len(d.exprs) > 0 {
		return nil, fault.New(fault.TargetUnavailable, "The dataset %s calculates fields, which is not served on %s yet.", id, src.Dialect().Name())
	}
	p, err := d.prepare(q)
	if err != nil {
		return nil, err
	}
	after, err := p.cursor()
	if err != nil {
		return nil, err
	}
	r, err := p.run(ctx, src, caller, after)
	return r, source.Fault(err, d.Source())
}

// run reads the page and, beside it, the totals.
func (p *plan) run(ctx context.Context, src source.Source, caller policy.Caller, after *cursor) (*Result, error) {
	r := &Result{AsOf: time.Now().UTC()}
	for _, o := range p.out[:p.shown] {
		r.Columns = append(r.Columns, Column{o.name, o.kind})
	}
	both, ctx := errgroup.WithContext(ctx)
	if !p.grouped && (p.q.Count || len(p.q.Totals) > 0) {
		both.Go(func() error { return p.readTotals(ctx, src, caller, r) })
	}
	if len(p.out) > 0 && (p.grouped || len(p.q.Fields) > 0 || p.q.WholeRows) {
		both.Go(func() error { return p.readPage(ctx, src, caller, after, r) })
	}
	return r, both.Wait()
}

func (p *plan) readPage(ctx context.Context, src source.Source, caller policy.Caller, after *cursor, r *Result) error {
	st := p.statement(src.Dialect(), caller, after)
	r.SQL = st.SQL
	answer, err := src.Query(ctx, st, p.fetch(after))
	if err != nil {
		return err
	}
	rows := answer.Rows
	if after != nil {
		rows = rows[p.shownBefore(rows, after):]
	}
	if err := p.convert(rows); err != nil {
		return err
	}
	if len(rows) > p.limit {
		if p.cut {
			return fault.New(fault.RowLimit, "The answer has more than %d rows, the limit of the dataset %s. Narrow the filters.", p.limit, p.d.ID())
		}
		rows = rows[:p.limit]
		r.Next = p.next(rows, after)
	}
	p.share(rows, r)
	return nil
}

// shownBefore counts the rows at the start that the page before has shown already.
func (p *plan) shownBefore(rows [][]value.Value, after *cursor) int {
	n := 0
	for n < len(rows) && n < after.skip {
		for i, o := range p.order {
			v, err := value.Convert(rows[n][o.at], p.out[o.at].kind)
			if err != nil || !v.Equal(after.values[i]) {
				return n
			}
		}
		n++
	}
	return n
}

// convert gives the values the types that their columns declare.
func (p *plan) convert(rows [][]value.Value) error {
	for _, row := range rows {
		for i, o := range p.out {
			if row[i].Kind() == o.kind {
				continue
			}
			v, err := value.Convert(row[i], o.kind)
			if err != nil {
				return fault.Wrap(err, fault.TargetSchema, "The column %q of the dataset %s is declared as %s, but the source gives another type.", o.name, p.d.ID(), o.kind)
			}
			row[i] = v
		}
	}
	return nil
}

// share hands out the columns that were asked for and, with WholeRows, all fields.
func (p *plan) share(rows [][]value.Value, r *Result) {
	r.Rows = make([][]value.Value, len(rows))
	for i, row := range rows {
		r.Rows[i] = row[:p.shown:p.shown]
	}
	if !p.q.WholeRows {
		return
	}
	places := make([]int, len(p.d.fields))
	for i, f := range p.d.fields {
		places[i] = p.place(f)
	}
	r.Whole = make([][]value.Value, len(rows))
	cells := make([]value.Value, len(rows)*len(places))
	for i, row := range rows {
		r.Whole[i] = cells[i*len(places) : (i+1)*len(places) : (i+1)*len(places)]
		for j, at := range places {
			r.Whole[i][j] = row[at]
		}
	}
}

func (p *plan) readTotals(ctx context.Context, src source.Source, caller policy.Caller, r *Result) error {
	answer, err := src.Query(ctx, p.totalsStatement(src.Dialect(), caller), 1)
	if err != nil {
		return err
	}
	row := answer.Rows[0]
	r.Count = row[0].Int()
	r.Sums = make(map[string]value.Value, len(p.totals))
	for i, f := range p.totals {
		if r.Sums[f.Name], err = value.Convert(row[i+1], f.Type); err != nil {
			return fault.Wrap(err, fault.TargetSchema, "The sum of %q in the dataset %s is not %s.", f.Name, p.d.ID(), f.Type)
		}
	}
	return nil
}
