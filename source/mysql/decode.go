package mysql

import (
	"database/sql/driver"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"signet/internal/value"
	"signet/source"
)

// kinds gives the kind of each type by the name that the driver has for it. A type that is not here cannot be
// read: TIME is a span, BINARY and BLOB hold bytes.
var kinds = map[string]value.Kind{
	"TINYINT": value.Integer, "SMALLINT": value.Integer, "MEDIUMINT": value.Integer, "INT": value.Integer, "BIGINT": value.Integer, "YEAR": value.Integer,
	"UNSIGNED TINYINT": value.Integer, "UNSIGNED SMALLINT": value.Integer, "UNSIGNED MEDIUMINT": value.Integer, "UNSIGNED INT": value.Integer,
	"UNSIGNED BIGINT": value.Decimal, // half of it is beyond an integer
	"DECIMAL":         value.Decimal, "FLOAT": value.Float, "DOUBLE": value.Float,
	"DATE": value.Date, "DATETIME": value.Timestamp, "TIMESTAMP": value.Timestamp,
	"CHAR": value.Text, "VARCHAR": value.Text, "TINYTEXT": value.Text, "TEXT": value.Text, "MEDIUMTEXT": value.Text, "LONGTEXT": value.Text,
	"ENUM": value.Text, "SET": value.Text, "JSON": value.Text, "NULL": value.Text,
}

// rows is what the driver's rows can.
type rows interface {
	driver.Rows
	driver.RowsColumnTypeDatabaseTypeName
}

func columnsOf(r rows) []source.Column {
	names := r.Columns()
	columns := make([]source.Column, len(names))
	for i, name := range names {
		t := r.ColumnTypeDatabaseTypeName(i)
		columns[i] = source.Column{Name: name, Kind: kinds[t], Type: strings.ToLower(t)}
		if (t == "TINYINT" || t == "BIT") && width(r, i) == 1 {
			columns[i].Kind, columns[i].Type = value.Boolean, columns[i].Type+"(1)"
		}
	}
	return columns
}

// width returns the display width of a column, 0 when the driver does not tell. BOOLEAN is TINYINT(1) to the
// server, and only its width tells it from a small number; the driver reads it and keeps it to itself.
func width(r rows, i int) uint64 {
	v := reflect.ValueOf(r)
	for _, name := range []string{"rs", "columns"} {
		if v = reflect.Indirect(v); v.Kind() != reflect.Struct {
			return 0
		}
		if v = v.FieldByName(name); !v.IsValid() {
			return 0
		}
	}
	if v.Kind() != reflect.Slice || i >= v.Len() || v.Index(i).Kind() != reflect.Struct {
		return 0
	}
	if v = v.Index(i).FieldByName("length"); !v.IsValid() || !v.CanUint() {
		return 0
	}
	return v.Uint()
}

// unreadable returns an error when there is a column that has no kind.
func unreadable(columns []source.Column) error {
	for _, c := range columns {
		if c.Kind == 0 {
			return fmt.Errorf("%w: column %q has the type %s, which cannot be read: cast it to text in SQL", source.ErrSchema, c.Name, c.Type)
		}
	}
	return nil
}

// decode reads a row. Texts are copied: the driver's are gone with the next row.
func decode(columns []source.Column, cells []driver.Value) ([]value.Value, error) {
	row := make([]value.Value, len(cells))
	for i, cell := range cells {
		if cell == nil {
			row[i] = value.Null(columns[i].Kind)
			continue
		}
		v, err := read(columns[i].Kind, cell)
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", columns[i].Name, err)
		}
		row[i] = v
	}
	return row, nil
}

func read(k value.Kind, cell driver.Value) (value.Value, error) {
	switch cell := cell.(type) {
	case int64:
		return readInteger(k, cell)
	case float32:
		return value.OfFloat(float64(cell)), nil
	case float64:
		return value.OfFloat(cell), nil
	case []byte:
		return readText(k, string(cell))
	case string:
		return readText(k, cell)
	}
	return value.Value{}, fmt.Errorf("the driver's %T is not expected", cell)
}

func readInteger(k value.Kind, i int64) (value.Value, error) {
	switch k {
	case value.Decimal:
		return value.OfDecimal(strconv.FormatInt(i, 10))
	case value.Boolean:
		if i != 0 && i != 1 {
			return value.Value{}, fmt.Errorf("%w: %d is neither true nor false: cast the column to an integer in SQL", source.ErrValue, i)
		}
		return value.OfBoolean(i == 1), nil
	}
	return value.OfInteger(i), nil
}

func readText(k value.Kind, s string) (value.Value, error) {
	switch k {
	case value.Decimal:
		return value.OfDecimal(s)
	case value.Boolean: // BIT(1)
		return value.OfBoolean(s == "\x01"), nil
	case value.Date, value.Timestamp:
		return readTime(k, s)
	}
	return value.OfText(s), nil
}

// readTime refuses the dates that are none: the server may hold 0000-00-00 and 2026-02-00.
func readTime(k value.Kind, s string) (value.Value, error) {
	form := timeForm
	if k == value.Date {
		form = dateForm
	}
	t, err := time.Parse(form, s)
	if err != nil || inCalendar(t) != nil {
		return value.Value{}, fmt.Errorf("%w: %q is no date of the calendar: give NULL for it in SQL, as with nullif", source.ErrValue, s)
	}
	if k == value.Date {
		return value.OfDate(t), nil
	}
	return value.OfTimestamp(t), nil
}

// inCalendar refuses times that the server cannot hold.
func inCalendar(t time.Time) error {
	if y := t.Year(); y < 1 || y > 9999 {
		return fmt.Errorf("%w: the year %d is outside of 1 to 9999", source.ErrValue, y)
	}
	return nil
}
