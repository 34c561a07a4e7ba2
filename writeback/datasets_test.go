package writeback_test

import (
	"testing"

	"signet/dataset"
	"signet/internal/value"
	"signet/policy"
)

func field(name string, kind value.Kind) dataset.Field { return dataset.Field{Name: name, Type: kind} }

// texasOnly lets vera see Texas and everybody else everything.
var texasOnly = []dataset.Rule{
	{Users: []string{"vera"}, Where: map[string][]any{"state": {"TX"}}},
	{Users: []string{"ana", "ben", "cleo"}, Roles: []policy.Role{policy.Admin}, All: true},
}

func newDataset(t testing.TB, def dataset.Definition) *dataset.Dataset {
	t.Helper()
	d, bad := dataset.New(def)
	if len(bad) > 0 {
		t.Fatalf("%+v", bad)
	}
	return d
}

func generation(t testing.TB) *dataset.Dataset {
	return newDataset(t, dataset.Definition{
		ID: "quote-generation", Source: "warehouse", Table: "billing_input_tbl", RowPolicy: texasOnly,
		Key: []string{"customername", "bgc", "skill", "shift", "state", "duty"},
		Fields: []dataset.Field{field("customername", value.Text), field("bgc", value.Text), field("skill", value.Text), field("shift", value.Text),
			field("state", value.Text), field("duty", value.Text), field("cost", value.Decimal)},
	})
}

func history(t testing.TB) *dataset.Dataset {
	return newDataset(t, dataset.Definition{
		ID: "quote-history", Source: "warehouse", RowPolicy: texasOnly, Key: []string{"receipt_id"}, Tables: []string{"tbquote"},
		SQLText: "select *, row_number() over (partition by quote_id order by created_at desc, receipt_id desc) = 1 as newest from tbquote -- all steps",
		Fields: []dataset.Field{field("quote_id", value.Text), field("cust", value.Text), field("state", value.Text), field("price", value.Decimal),
			field("status", value.Text), field("receipt_id", value.Text), field("newest", value.Boolean)},
	})
}

func datasetsOf(w *world) *dataset.Set {
	set := dataset.NewSet(nil, nil)
	var all []*dataset.Dataset
	for _, d := range w.datasets {
		all = append(all, d)
	}
	set.Swap(all)
	return set
}
