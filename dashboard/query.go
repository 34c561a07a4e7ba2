package dashboard

import (
	"context"
	"errors"

	"signet/dataset"
	"signet/internal/fault"
	"signet/internal/value"
	"signet/policy"
	"signet/writeback"
)

// maxGroups bounds a chart or a list of numbers. More is an error: a cut chart would lie.
const maxGroups = 1000

// maxOptions bounds the choices of a filter; more can be reached by searching.
const maxOptions = 200

// Query returns a visual's data under the caller's row policy, with the tickets of its rows.
func (s *Set) Query(ctx context.Context, caller policy.Caller, id, visual string, r QueryRequest) (*VisualData, error) {
	b, v, err := s.visual(ctx, caller, id, visual)
	if err != nil {
		return nil, err
	}
	q, err := v.plan(b, r)
	if err != nil {
		return nil, err
	}
	q.WholeRows = len(v.actionsFor(caller)) > 0 || v.def.History
	result, err := s.cfg.Datasets.Query(ctx, caller, v.def.Dataset, q)
	if err != nil {
		return nil, err
	}
	if v.grouped() && len(result.Rows) > maxGroups {
		return nil, fault.New(fault.RowLimit, "%s has more than %d groups. Narrow the filters.", v.def.Title, maxGroups)
	}
	data := &VisualData{AsOf: result.AsOf, Columns: v.columns, Rows: v.fill(result.Rows), Next: result.Next}
	if data.Rows == nil {
		data.Rows = [][]value.Value{}
	}
	if r.Totals && !v.grouped() {
		data.Totals = &Totals{Count: result.Count, Sums: result.Sums}
	}
	if len(v.actions) > 0 {
		data.Offers = noOffers(len(data.Rows))
	}
	if q.WholeRows {
		err = s.offers(ctx, caller, v, result, data)
	}
	return data, err
}

// noOffers is an empty list for each row: the API has no null in the place of a list.
func noOffers(rows int) [][]string {
	lists := make([][]string, rows)
	for i := range lists {
		lists[i] = []string{}
	}
	return lists
}

// offers adds the tickets that the caller may use on each row, and the keys of the rows' histories.
func (s *Set) offers(ctx context.Context, caller policy.Caller, v *visual, result *dataset.Result, data *VisualData) error {
	ds, ok := s.cfg.Datasets.Get(v.def.Dataset)
	if !ok {
		return errChanged
	}
	if v.def.History {
		data.Keys = s.cfg.Actions.RowKeys(ds, v.def.Actions, result.Whole)
	}
	offers, err := s.cfg.Actions.Offers(ctx, caller, ds, v.def.Actions, result.Whole)
	data.Offered = offers.Offered
	for i, row := range offers.Rows {
		if len(row) > 0 {
			data.Offers[i] = row
		}
	}
	return err
}

var errChanged = errors.New("the project changed while the visual was read")

// OptionList is what a filter can be set to: values of a select, or the ends of a range.
type OptionList struct {
	Values    []Option     `json:"values,omitzero"` // an empty list of a select is still a list
	Truncated bool         `json:"truncated"`
	Min       *value.Value `json:"min,omitempty"`
	Max       *value.Value `json:"max,omitempty"`
}

// Option is one choice and how many rows have it.
type Option struct {
	Value value.Value `json:"value"`
	Count int64       `json:"count"`
}

// Options returns what a filter can be set to, under the caller's row policy.
func (s *Set) Options(ctx context.Context, caller policy.Caller, id, filterID, search string) (*OptionList, error) {
	b, err := s.board(ctx, s.current.Load(), caller, id)
	if err != nil {
		return nil, err
	}
	for _, f := range b.filters {
		if f.ID == filterID {
			return s.options(ctx, caller, f, search)
		}
	}
	return nil, fault.New(fault.NotFound, "The dashboard has no filter %.80q. It may have been changed; reload the page.", filterID)
}

func (s *Set) options(ctx context.Context, caller policy.Caller, f *filter, search string) (*OptionList, error) {
	if f.Control == Range {
		return s.ends(ctx, caller, f)
	}
	q := dataset.Query{
		Dimensions: []dataset.Dimension{{Field: f.Field}},
		Measures:   []dataset.Measure{{Name: other(f.Field, "rows"), Op: "count"}},
		Filters:    []dataset.Filter{{Field: f.Field, Op: "not_null"}},
		Sort:       []dataset.Sort{{Column: f.Field}},
		Limit:      maxOptions + 1,
	}
	if f.kind == value.Text {
		part, set, err := (&filter{Filter: Filter{Field: f.Field, Control: Search}}).typed(FilterValue{Search: search})
		if err != nil {
			return nil, invalid("search", "search %v.", err)
		}
		if set {
			q.Filters = append(q.Filters, part)
		}
	}
	result, err := s.cfg.Datasets.Query(ctx, caller, f.Dataset, q)
	if err != nil {
		return nil, err
	}
	list := &OptionList{Values: []Option{}, Truncated: len(result.Rows) > maxOptions}
	for _, row := range result.Rows[:min(len(result.Rows), maxOptions)] {
		list.Values = append(list.Values, Option{Value: row[0], Count: row[1].Int()})
	}
	return list, nil
}

func (s *Set) ends(ctx context.Context, caller policy.Caller, f *filter) (*OptionList, error) {
	result, err := s.cfg.Datasets.Query(ctx, caller, f.Dataset, dataset.Query{
		Measures: []dataset.Measure{{Name: "low", Op: "min", Field: f.Field}, {Name: "high", Op: "max", Field: f.Field}},
		Limit:    1,
	})
	if err != nil || len(result.Rows) == 0 {
		return &OptionList{}, err
	}
	return &OptionList{Min: &result.Rows[0][0], Max: &result.Rows[0][1]}, nil
}

// other returns a name for a measure that is not the field's.
func other(field, name string) string {
	if field == name {
		return name + "_"
	}
	return name
}

const maxKey = 1 << 10

// History returns what happened to the record that a row of a table belongs to.
func (s *Set) History(ctx context.Context, caller policy.Caller, id, visual, key, after string) (*writeback.HistoryPage, error) {
	_, v, err := s.visual(ctx, caller, id, visual)
	if err != nil {
		return nil, err
	}
	if !v.def.History {
		return nil, fault.New(fault.NotFound, "%s has no history.", v.def.Title)
	}
	if key == "" || len(key) > maxKey || len(after) > maxAfter {
		return nil, invalid("key", "key is not a key of a row.")
	}
	ds, ok := s.cfg.Datasets.Get(v.def.Dataset)
	if !ok {
		return nil, errChanged
	}
	return s.cfg.Actions.History(ctx, caller, ds, v.def.Actions, key, after)
}
