package value_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"signet/internal/value"
)

func TestDecimalHasOneSpelling(t *testing.T) {
	for in, want := range map[string]string{
		"12.50": "12.5", "012": "12", "-0.00": "0", "+3": "3", ".5": "0.5", "5.": "5",
		"1e3": "1000", "1.25e1": "12.5", "125e-4": "0.0125", "-7.10": "-7.1", "0": "0",
	} {
		v, err := value.OfDecimal(in)
		if err != nil || v.String() != want {
			t.Errorf("OfDecimal(%q) = %q, %v; want %q", in, v.String(), err, want)
		}
	}
	for _, in := range []string{"", ".", "-", "1.2.3", "1e", "1e99999", "NaN", "0x10", "1_000", "1 ", "--1", "+-1"} {
		if v, err := value.OfDecimal(in); err == nil {
			t.Errorf("OfDecimal(%q) = %q; want an error", in, v)
		}
	}
}

func TestCompare(t *testing.T) {
	dec := func(s string) value.Value { v, _ := value.OfDecimal(s); return v }
	for _, c := range []struct {
		a, b value.Value
		want int
	}{
		{dec("9"), dec("10"), -1},
		{dec("-9"), dec("-10"), 1},
		{dec("0.5"), dec("0.50"), 0},
		{value.OfText("a"), value.OfText("b"), -1},
		{value.OfInteger(2), value.Null(value.Integer), -1},
		{value.Null(value.Integer), value.Null(value.Integer), 0},
		{value.OfFloat(-1), value.OfFloat(2), -1},
	} {
		if got := value.Compare(c.a, c.b); got != c.want {
			t.Errorf("Compare(%v, %v) = %d; want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestJSONKeepsExactValues(t *testing.T) {
	dec, _ := value.OfDecimal("0.10")
	for _, c := range []struct {
		v    value.Value
		want string
	}{
		{dec, `"0.1"`},
		{value.OfInteger(7), `7`},
		{value.OfInteger(math.MaxInt64), `"9223372036854775807"`},
		{value.OfBoolean(true), `true`},
		{value.Null(value.Text), `null`},
		{value.OfDate(time.Date(2026, 1, 31, 23, 0, 0, 0, time.UTC)), `"2026-01-31"`},
		{value.OfTimestamp(time.Date(2026, 1, 31, 10, 11, 12, 123456789, time.UTC)), `"2026-01-31T10:11:12.123456Z"`},
	} {
		got, err := json.Marshal(c.v)
		if err != nil || string(got) != c.want {
			t.Errorf("Marshal(%v) = %s, %v; want %s", c.v, got, err, c.want)
		}
	}
}

func FuzzJSONString(f *testing.F) {
	for _, s := range []string{"", "plain", `a"b\c`, "<&>", "tab\t", "\u2028", "Söhne", "\xff\xfe", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if got := value.AppendJSONString([]byte("x"), s); string(got) != "x"+string(want) {
			t.Errorf("%q: got %s; want %s", s, got[1:], want)
		}
	})
}

func TestParseNamesTheWantedForm(t *testing.T) {
	_, err := value.Parse(value.Date, "31.1.2026")
	if err == nil || err.Error() != `"31.1.2026" is not a date such as 2026-01-31` {
		t.Errorf("got %v", err)
	}
	if _, err := value.Parse(value.Text, 3.0); err == nil {
		t.Error("a number was taken for a text")
	}
	if v, err := value.Parse(value.Decimal, 12.5); err != nil || v.String() != "12.5" {
		t.Errorf("got %v, %v", v, err)
	}
}

func TestCanonicalTimes(t *testing.T) {
	for year := -3; year < 12000; year += 7 {
		at := time.Date(year, time.Month(year&7+1), 28, year&15, year&31, year&31, year&1023*1000, time.UTC)
		if got, want := value.OfDate(at).String(), at.Format(time.DateOnly); got != want {
			t.Fatalf("date %q; want %q", got, want)
		}
		if got, want := value.OfTimestamp(at).String(), at.Format("2006-01-02T15:04:05.000000Z"); got != want {
			t.Fatalf("timestamp %q; want %q", got, want)
		}
	}
}

func FuzzCanonical(f *testing.F) {
	for k := value.Text; k <= value.Timestamp; k++ {
		for _, s := range []string{"", "0", "-1.5", "t", "2026-01-31", "2026-01-31T10:11:12.000001Z", "7ff8000000000001"} {
			f.Add(uint8(k), s)
		}
	}
	f.Fuzz(func(t *testing.T, k uint8, s string) {
		v, err := value.ParseCanonical(value.Kind(k), s)
		if err != nil {
			return
		}
		if got := string(v.AppendCanonical(nil)); got != s {
			t.Errorf("%q came back as %q", s, got)
		}
		if value.Compare(v, v) != 0 && v.Kind() != value.Float {
			t.Errorf("%v differs from itself", v)
		}
	})
}

func TestConvertLosesNothing(t *testing.T) {
	dec := func(s string) value.Value { v, _ := value.OfDecimal(s); return v }
	day := time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		v    value.Value
		to   value.Kind
		want value.Value // invalid: an error
	}{
		{value.OfInteger(7), value.Decimal, dec("7")},
		{dec("7"), value.Integer, value.OfInteger(7)},
		{dec("7.5"), value.Integer, value.Value{}},
		{value.OfInteger(1), value.Boolean, value.OfBoolean(true)},
		{value.OfInteger(0), value.Boolean, value.OfBoolean(false)},
		{value.OfInteger(2), value.Boolean, value.Value{}},
		{value.OfFloat(0.1), value.Decimal, dec("0.1")},
		{value.OfFloat(math.Inf(1)), value.Decimal, value.Value{}},
		{dec("0.25"), value.Float, value.OfFloat(0.25)},
		{value.Null(value.Text), value.Date, value.Null(value.Date)},
		{value.OfText("7"), value.Integer, value.Value{}},
		{value.OfBoolean(true), value.Text, value.OfText("true")},
		{value.OfDate(day), value.Timestamp, value.OfTimestamp(day)},
		{value.OfTimestamp(day.Add(time.Second)), value.Date, value.Value{}},
	} {
		got, err := value.Convert(c.v, c.to)
		if (err != nil) != (c.want.Kind() == 0) || err == nil && !got.Equal(c.want) {
			t.Errorf("Convert(%s %v, %s) = %v, %v; want %v", c.v.Kind(), c.v, c.to, got, err, c.want)
		}
	}
}
