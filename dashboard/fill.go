package dashboard

import (
	"time"

	"signet/internal/value"
)

// fill adds the periods without a row to a line over time: a day without quotes is a zero, not a
// straight line between its neighbours. Averages and ratios of nothing stay empty.
func (v *visual) fill(rows [][]value.Value) [][]value.Value {
	if v.def.Type != Line || len(v.def.Sort) > 0 || len(v.def.Dimensions) != 1 || v.def.Dimensions[0].Granularity == "" {
		return rows
	}
	step := steps[v.def.Dimensions[0].Granularity]
	var out [][]value.Value
	for _, row := range rows {
		for len(out) > 0 && !row[0].IsNull() && len(out) <= maxGroups {
			next := value.OfDate(step(out[len(out)-1][0].Time()))
			if value.Compare(next, row[0]) >= 0 {
				break
			}
			out = append(out, v.gap(next, row))
		}
		out = append(out, row)
	}
	if len(out) > maxGroups {
		return rows
	}
	return out
}

var steps = map[Granularity]func(time.Time) time.Time{
	"day":     func(t time.Time) time.Time { return t.AddDate(0, 0, 1) },
	"week":    func(t time.Time) time.Time { return t.AddDate(0, 0, 7) },
	"month":   func(t time.Time) time.Time { return t.AddDate(0, 1, 0) },
	"quarter": func(t time.Time) time.Time { return t.AddDate(0, 3, 0) },
	"year":    func(t time.Time) time.Time { return t.AddDate(1, 0, 0) },
}

// gap is the row of a period in which nothing happened; like gives the kinds.
func (v *visual) gap(at value.Value, like []value.Value) []value.Value {
	row := []value.Value{at}
	for i, m := range v.def.Measures {
		kind := like[i+1].Kind()
		zero := value.Null(kind)
		if m.Op == "count" || m.Op == "count_distinct" || m.Op == "sum" {
			zero = zeroOf(kind)
		}
		row = append(row, zero)
	}
	return row
}

func zeroOf(k value.Kind) value.Value {
	zero, err := value.Parse(k, "0")
	if err != nil {
		return value.Null(k) // only numbers are counted and summed
	}
	return zero
}
