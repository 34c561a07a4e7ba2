package dashboard

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"signet/dataset"
	"signet/internal/fault"
	"signet/internal/value"
)

// QueryRequest is what a browser may say about a visual: ids and typed values, nothing else.
type QueryRequest struct {
	Filters []FilterValue `json:"filters,omitempty"`
	Sort    []Sort        `json:"sort,omitempty"`
	After   string        `json:"after,omitempty"`
	Limit   int           `json:"limit,omitempty"`
	Totals  bool          `json:"totals,omitempty"`
}

// FilterValue is what a person chose in one filter.
type FilterValue struct {
	ID     string `json:"id"`
	Values []any  `json:"values,omitempty"`
	From   any    `json:"from,omitempty"`
	To     any    `json:"to,omitempty"`
	Search string `json:"search,omitempty"`
}

const (
	maxFilterValues = 200
	maxSearch       = 200 // characters
	maxSorts        = 8
	maxAfter        = 8 << 10
)

// plan adds the request to the visual's own query.
func (v *visual) plan(b *board, r QueryRequest) (dataset.Query, error) {
	q := v.query
	q.Filters = slices.Clone(q.Filters)
	bad := &validation{}
	v.filter(b, r.Filters, &q, bad)
	v.sort(r.Sort, &q, bad)
	bad.Want(len(r.After) <= maxAfter, "after", "is not a page of this visual")
	bad.Want(r.Limit >= 0 && r.Limit <= maxPageSize, "limit", "%d is out of range: want 1 to %d", r.Limit, maxPageSize)
	if len(bad.Bad) > 0 {
		return q, &fault.Error{Code: fault.InvalidInput, Detail: summary(bad.Bad), Fields: bad.Bad}
	}
	if v.grouped() {
		q.Limit = maxGroups + 1
		return q, nil
	}
	q.After, q.Limit = r.After, r.Limit
	if q.Limit == 0 {
		q.Limit = v.def.PageSize
	}
	if r.Totals {
		q.Totals = v.def.Totals
		q.Count = true
	}
	return q, nil
}

func summary(bad []fault.Field) string {
	if len(bad) == 1 {
		return fmt.Sprintf("%s %s.", bad[0].Field, bad[0].Message)
	}
	return fmt.Sprintf("%d parts of the request are not valid.", len(bad))
}

func (v *visual) grouped() bool { return len(v.query.Measures) > 0 }

func (v *visual) sort(sorts []Sort, q *dataset.Query, bad *validation) {
	if len(sorts) == 0 {
		return
	}
	bad.Want(len(sorts) <= maxSorts, "sort", "has more than %d columns", maxSorts)
	q.Sort = nil
	for _, s := range sorts {
		bad.Want(v.sortable(s.Column), "sort", "%.80q is not a column that this visual can be sorted by", s.Column)
		q.Sort = append(q.Sort, dataset.Sort{Column: s.Column, Descending: s.Descending})
	}
}

// filter applies each filter whose field the visual's dataset has; the others are only checked.
func (v *visual) filter(b *board, values []FilterValue, q *dataset.Query, bad *validation) {
	seen := map[string]bool{}
	for _, fv := range values {
		i := slices.IndexFunc(b.filters, func(f *filter) bool { return f.ID == fv.ID })
		if i < 0 {
			bad.Add("filters", "%.80q is not a filter of this dashboard", fv.ID)
			continue
		}
		f := b.filters[i]
		bad.Want(!seen[f.ID], f.ID, "is there twice")
		seen[f.ID] = true
		out, set, err := f.typed(fv)
		if err != nil {
			bad.Add(f.ID, "%v", err)
		}
		if set && v.fields[f.Field].Type == f.kind {
			q.Filters = append(q.Filters, out)
		}
	}
}

// typed reads the values as the field's type; set is false when the filter is left open.
func (f *filter) typed(fv FilterValue) (out dataset.Filter, set bool, err error) {
	switch f.Control {
	case Select:
		if fv.From != nil || fv.To != nil || fv.Search != "" {
			return out, false, errors.New("takes values")
		}
		return f.selected(fv.Values)
	case Range:
		if len(fv.Values) > 0 || fv.Search != "" {
			return out, false, errors.New("takes from and to")
		}
		return f.between(fv.From, fv.To)
	}
	if len(fv.Values) > 0 || fv.From != nil || fv.To != nil {
		return out, false, errors.New("takes a text to search")
	}
	text := strings.TrimSpace(fv.Search)
	if utf8.RuneCountInString(text) > maxSearch {
		return out, false, fmt.Errorf("has more than %d characters", maxSearch)
	}
	return dataset.Filter{Field: f.Field, Op: "contains", Values: []value.Value{value.OfText(text)}}, text != "", nil
}

func (f *filter) selected(values []any) (out dataset.Filter, set bool, err error) {
	out = dataset.Filter{Field: f.Field, Op: "in"}
	switch {
	case len(values) > maxFilterValues:
		return out, false, fmt.Errorf("has more than %d values", maxFilterValues)
	case len(values) > 1 && !f.Multiple:
		return out, false, errors.New("takes one value")
	}
	for _, x := range values {
		v, err := value.Parse(f.kind, x)
		if err != nil {
			return out, false, err
		}
		if v.IsNull() {
			return out, false, errors.New("holds an empty value")
		}
		out.Values = append(out.Values, v)
	}
	return out, len(values) > 0, nil
}

func (f *filter) between(from, to any) (out dataset.Filter, set bool, err error) {
	out = dataset.Filter{Field: f.Field, Op: "between"}
	from, to = open(from), open(to)
	if from != nil {
		if out.From, err = f.bound(from, false); err != nil {
			return out, false, fmt.Errorf("from: %w", err)
		}
	}
	if to != nil {
		if out.To, err = f.bound(to, true); err != nil {
			return out, false, fmt.Errorf("to: %w", err)
		}
	}
	if from != nil && to != nil && value.Compare(out.From, out.To) > 0 {
		return out, false, errors.New("starts after it ends")
	}
	return out, from != nil || to != nil, nil
}

// open makes the empty text of a form's field an open end.
func open(x any) any {
	if x == "" {
		return nil
	}
	return x
}

// bound reads one end of a range. A date that bounds a timestamp means the whole day, in UTC.
func (f *filter) bound(x any, end bool) (value.Value, error) {
	if s, ok := x.(string); ok && f.kind == value.Timestamp {
		if day, err := time.Parse(time.DateOnly, s); err == nil {
			if end {
				day = day.AddDate(0, 0, 1).Add(-time.Microsecond)
			}
			return value.OfTimestamp(day), nil
		}
	}
	v, err := value.Parse(f.kind, x)
	if err == nil && v.Kind() == value.Text {
		err = errors.New("a text has no range") // Compile refuses such a filter
	}
	return v, err
}
