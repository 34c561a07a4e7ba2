package dataset_test

import (
	"testing"

	"signet/dataset"
	"signet/internal/testenv"
	"signet/internal/value"
	"signet/policy"
	"signet/source"
	"signet/source/sourcetest"
)

// TestRefusedFormulaIsTold: a function that the source's database does not have is told at its character, and a
// query that is made all the same gets an error.
func TestRefusedFormulaIsTold(t *testing.T) {
	src, err := openMySQL(t, sourcetest.MariaDB(t, "db", testenv.MariaDB(t)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = src.Close() })
	exec(t, src, source.Statement{SQL: "CREATE TABLE q (id INTEGER)"})
	def := dataset.Definition{ID: "d", Source: "db", Table: "q", Key: []string{"id"}, Fields: []dataset.Field{
		{Name: "id", Type: value.Integer}, {Name: "x", Formula: "1 + median({id})"}, {Name: "y", Formula: "split('a', ';', 1)"},
	}}
	d, bad := dataset.New(def)
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	var got string
	for _, f := range d.Check(within(t), src) {
		got += f.Field + ": " + f.Message + "\n"
	}
	if want := "fields[1].formula: character 5: median is not served on mysql\nfields[2].formula: character 1: split is not served on mysql\n"; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
	set := newSet(t, src, def)
	if _, err := set.Query(within(t), caller("ana", policy.Admin), "d", dataset.Query{Fields: []string{"id", "y"}}); err == nil {
		t.Error("the query has an answer")
	}
}
