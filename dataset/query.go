package dataset

import (
	"time"

	"signet/internal/value"
)

// Query asks a dataset for rows (Fields), or for groups (Measures, and Dimensions to group by).
// It names fields and holds typed values; SQL never comes from outside (threat A16).
type Query struct {
	Fields     []string
	Dimensions []Dimension
	Measures   []Measure
	Filters    []Filter
	Sort       []Sort
	After      string   // Next of the page before; the query must be the same
	Limit      int      // rows of a page; 0 asks for all, and more than the dataset's row limit are an error
	Totals     []string // fields to sum over all rows that the filters let through
	Count      bool     // count those rows
	WholeRows  bool     // also return each row with all fields
}

// Dimension is a field to group by; a granularity (day, week, month, quarter, year) cuts a date or
// a timestamp to the first day of its period. Its column has the field's name.
type Dimension struct {
	Field       string
	Granularity string
}

// Measure is a number over the rows of a group: count, count_distinct, sum, avg, min, max,
// ratio or formula, which is a field whose formula aggregates. A ratio divides its own count, or the sum of its field, by the measure Of; nothing
// divided by nothing is NULL.
type Measure struct {
	Name  string
	Op    string
	Field string
	Where []Filter // only these rows
	Of    *Measure
}

// Filter keeps the rows whose field fits: in and not_in one of Values (NULL is a value of its
// own), between From and To, both included and either left out as the zero Value, contains a text
// in any case, is_null, not_null.
type Filter struct {
	Field  string
	Op     string
	Values []value.Value
	From   value.Value
	To     value.Value
}

// Sort orders by a column of the answer or, for rows, by any field. NULLs come last.
type Sort struct {
	Column     string
	Descending bool
}

// Column is a column of an answer.
type Column struct {
	Name string
	Type value.Kind
}

// Result is a page of an answer.
type Result struct {
	Columns []Column
	Rows    [][]value.Value
	Whole   [][]value.Value // all fields in the dataset's order, with WholeRows
	Next    string          // asks for the page behind this one; "" on the last
	Count   int64
	Sums    map[string]value.Value
	AsOf    time.Time
	SQL     string // what ran, without the values
}
