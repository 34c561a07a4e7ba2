package bench_test

import (
	"signet/formula"
	"signet/internal/value"
	"signet/source"
	"signet/source/postgres"
)

// sql writes the SQL of a formula over columns of their fields' names.
type sql struct{ b *source.Builder }

func (w sql) Raw(text string)   { w.b.Raw(text) }
func (w sql) Arg(v value.Value) { w.b.Arg(v) }
func (w sql) Field(name string) { w.b.Ident("d", name) }

// formulas measures how many formulas of usual size are read, checked and written as SQL in a second, on one core.
func (b *bench) formulas() {
	b.t.Helper()
	const text = "ifelse({price} > 100 and contains({customer}, 'acme', CASE_INSENSITIVE), round({price} * 0.9, 2), in({status}, ['open', 'won', 'lost']), {price} - {cost}, coalesce({price}, 0))"
	kinds := map[string]value.Kind{"price": value.Decimal, "cost": value.Decimal, "customer": value.Text, "status": value.Text}
	d, ok := formula.For(postgres.Dialect{}.Name())
	if !ok {
		b.t.Fatal("there are no formulas for PostgreSQL")
	}
	n := b.repeat(func() {
		e, err := formula.Check(text, func(name string) (formula.Field, bool) { return formula.Field{Kind: kinds[name]}, kinds[name] != 0 })
		if err != nil {
			b.t.Fatal(err)
		}
		e.Write(sql{source.NewBuilder(postgres.Dialect{})}, d, formula.Options{})
	})
	b.add(result{Name: "formulas compiled, one core", Value: n, Unit: "formulas/s"})
}
