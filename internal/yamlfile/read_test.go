package yamlfile_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signet/internal/value"
	"signet/internal/yamlfile"
)

type color string

func (color) Enum() []string { return []string{"red", "green"} }

type shape struct {
	Name   string           `yaml:"name"`
	Count  int              `yaml:"count,omitempty"`
	On     bool             `yaml:"on,omitempty"`
	Wait   time.Duration    `yaml:"wait,omitempty"`
	Kind   value.Kind       `yaml:"kind,omitempty"`
	Color  color            `yaml:"color,omitempty"`
	Any    any              `yaml:"any,omitempty"`
	Parts  []part           `yaml:"parts,omitempty"`
	Where  map[string][]any `yaml:"where,omitempty"`
	Self   *shape           `yaml:"self,omitempty"`
	Hidden string           `yaml:"-"`
}

type part struct {
	Name string `yaml:"name"`
	Rule string `yaml:"rule,omitempty"`
}

func TestRead(t *testing.T) {
	src := `
name: 2026
count: 3
on: true
wait: 90s
kind: decimal
color: green
any: 0.10
parts:
  - name: a
    rule: |
      one
      two
  - {name: no, rule: 'x'}
where:
  state: [TX, 7, 1.50, true, null]
self: {name: inner}
`
	var got shape
	f, problems := yamlfile.Read([]byte(src), &got)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := shape{Name: "2026", Count: 3, On: true, Wait: 90 * time.Second, Kind: value.Decimal, Color: "green",
		Any: json.Number("0.10"), Parts: []part{{Name: "a", Rule: "one\ntwo\n"}, {Name: "no", Rule: "x"}},
		Where: map[string][]any{"state": {"TX", int64(7), json.Number("1.50"), true, nil}}, Self: &shape{Name: "inner"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for field, want := range map[string]yamlfile.Position{
		"": {1, 1}, "name": {2, 7}, "parts": {9, 1}, "parts[0].rule": {11, 5}, "parts[1].rule": {14, 22},
		"parts[1].missing": {14, 5}, "parts[9].rule": {9, 1}, "where.state[1]": {16, 15}, "self.count": {17, 1}, "nowhere.at.all": {1, 1},
	} {
		if got := f.Position(field); got != want {
			t.Errorf("Position(%q) = %v, want %v", field, got, want)
		}
	}
}

func TestReadProblems(t *testing.T) {
	deep := strings.Repeat("{self: ", 40) + "{}" + strings.Repeat("}", 40)
	block := ""
	for i := range 40 {
		block += strings.Repeat(" ", i) + "self:\n"
	}
	for name, c := range map[string]struct{ src, want string }{
		"unknown key":     {"name: a\nnmae: b\n", "2:1 nmae: is unknown here: want name, count"},
		"hidden field":    {"Hidden: a\n", "1:1 Hidden: is unknown here"},
		"dash field":      {"\"-\": a\n", "1:1 -: is unknown here"},
		"empty key":       {"\"\": a\n", "is unknown here"},
		"repeated key":    {"name: a\nname: b\n", `2:1 : is not YAML: mapping key "name" already defined`},
		"null":            {"name: a\nparts:\n", "2:8 parts: is empty"},
		"anchor":          {"name: &x a\nany: *x\n", "1:7 : holds an anchor"},
		"alias":           {"name: *x\n", "1:7 : holds an anchor"},
		"merge":           {"<<: {name: a}\n", "1:1 : holds an anchor"},
		"tag":             {"name: !!str a\n", "1:7 : holds an anchor"},
		"complex key":     {"? name\n: a\n", "1:1 : holds an anchor"},
		"second document": {"name: a\n---\nname: b\n", "second document"},
		"empty":           {"# nothing\n", "1:1 : is empty"},
		"not a map":       {"- a\n", "1:1 : a list is not a map"},
		"list wanted":     {"parts: a\n", `1:8 parts: "a" is not a list`},
		"bad whole":       {"count: 1.5\n", `1:8 count: "1.5" is not a whole number`},
		"huge whole":      {"count: 18446744073709551615\n", "is not a whole number"},
		"bad bool":        {"on: yes\n", `1:5 on: "yes" is neither true nor false`},
		"bad wait":        {"wait: 30\n", `1:7 wait: "30" is not a duration`},
		"bad kind":        {"kind: money\n", `1:7 kind: unknown type "money"`},
		"bad enum":        {"color: blue\n", `1:8 color: "blue" is unknown: want red, green`},
		"bad any":         {"any: .inf\n", "is not a plain value"},
		"map for text":    {"name: {a: b}\n", "1:7 name: a map is not a plain value"},
		"flow depth":      {deep, "nested deeper"},
		"block depth":     {block, "nested deeper"},
		"bracket bomb":    {strings.Repeat("[", yamlfile.MaxBytes), "1:17 : is nested deeper"},
		"dash bomb":       {strings.Repeat("- ", yamlfile.MaxBytes/2), "is nested deeper"},
		"too large":       {"name: " + strings.Repeat("a", yamlfile.MaxBytes), "1:1 : is larger than 128 KiB"},
		"too many":        {"parts: [" + strings.Repeat("{name: a},", 2001) + "]", "1:8 parts: has more than 2000 entries"},
		"syntax":          {"name: [a\n", "is not YAML"},
	} {
		t.Run(name, func(t *testing.T) {
			var into shape
			_, problems := yamlfile.Read([]byte(c.src), &into)
			if len(problems) == 0 {
				t.Fatalf("read %+v, want a problem", into)
			}
			p := problems[0]
			if got := fmt.Sprintf("%d:%d %s: %s", p.Line, p.Column, p.Field, p.Message); !strings.Contains(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestReadTellsAllProblems(t *testing.T) {
	var into shape
	_, problems := yamlfile.Read([]byte("nmae: a\ncount: x\nparts:\n  - {name: a, rle: b}\n"), &into)
	if len(problems) != 3 {
		t.Errorf("got %d problems, want 3: %v", len(problems), problems)
	}
}

// FuzzRead wants that no input panics, and that what is refused is said somewhere in the file.
func FuzzRead(f *testing.F) {
	for _, s := range []string{"name: a\n", "parts: [{name: a}]", "where: {a: [1, 2.5, x]}", "a: |\n  b\n", "%YAML 1.2\n---\nname: a", "name: \"\\x41\"", "? a\n: b", "self:\n  self:\n    name: a\n", "any: 0x1F"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var into shape
		start := time.Now()
		file, problems := yamlfile.Read(b, &into)
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%d bytes took %s", len(b), took)
		}
		for _, p := range problems {
			if p.Line < 1 || p.Column < 1 || p.Message == "" {
				t.Errorf("bad problem %+v", p)
			}
		}
		file.Position("parts[0].name")
	})
}

func TestSchema(t *testing.T) {
	b, err := yamlfile.Schema(reflect.TypeFor[shape](), "a shape", map[reflect.Type][]string{reflect.TypeFor[value.Kind](): {"text"}})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Title, Type          string
		Required             []string
		AdditionalProperties bool
		Properties           map[string]any
		Definitions          map[string]struct{ Required []string }
	}
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"name": map[string]any{"type": "string"}, "count": map[string]any{"type": "integer"}, "on": map[string]any{"type": "boolean"},
		"wait": map[string]any{"type": "string", "pattern": "^([0-9.]+(ns|us|ms|s|m|h))+$"}, "kind": map[string]any{"enum": []any{"text"}},
		"color": map[string]any{"enum": []any{"red", "green"}}, "any": map[string]any{"type": []any{"string", "number", "boolean"}},
		"parts": map[string]any{"type": "array", "items": map[string]any{"$ref": "#/definitions/part"}},
		"where": map[string]any{"type": "object", "additionalProperties": map[string]any{"type": "array", "items": map[string]any{"type": []any{"string", "number", "boolean"}}}},
		"self":  map[string]any{"$ref": "#/definitions/shape"},
	}
	if d := cmp.Diff(want, got.Properties); d != "" {
		t.Error(d)
	}
	if got.AdditionalProperties || got.Title != "a shape" || got.Type != "object" {
		t.Errorf("got %+v", got)
	}
	if d := cmp.Diff([]string{"name"}, got.Definitions["shape"].Required); d != "" {
		t.Error(d)
	}
}
