package yamlfile

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// Enum is a text type with a closed set of values.
type Enum interface{ Enum() []string }

type decoder struct {
	file     *File
	problems []Problem
}

func (d *decoder) add(at Position, field, format string, args ...any) {
	d.problems = append(d.problems, Problem{Position: at, Field: field, Message: fmt.Sprintf(format, args...)})
}

func (d *decoder) root(body ast.Node, into any) {
	d.file.at[""] = Position{1, 1}
	d.decode(body, reflect.ValueOf(into).Elem(), "", 0)
}

var (
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
	durationType = reflect.TypeFor[time.Duration]()
)

// decode fills v from n; path is the field's name for problems.
func (d *decoder) decode(n ast.Node, v reflect.Value, path string, depth int) {
	at := position(n.GetToken())
	if _, ok := d.file.at[path]; !ok {
		d.file.at[path] = at
	}
	if depth > maxDepth {
		d.add(at, path, "is nested deeper than %d levels", maxDepth)
		return
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	if n.Type() == ast.NullType {
		if v.Kind() == reflect.Interface {
			return // a value of any type may be NULL
		}
		d.add(at, path, "is empty: give a value or leave it out")
		return
	}
	if reflect.PointerTo(v.Type()).Implements(textType) || v.Type() == durationType {
		d.scalar(n, v, path)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.mapping(n, path, func(key string, at Position) (reflect.Value, bool) { return d.field(v, key, path, at) }, nil, depth)
	case reflect.Map:
		d.table(n, v, path, depth)
	case reflect.Slice:
		d.list(n, v, path, depth)
	default:
		d.scalar(n, v, path)
	}
}

// mapping walks the keys of a map; slot gives the value that a key's content is decoded into.
func (d *decoder) mapping(n ast.Node, path string, slot func(key string, at Position) (reflect.Value, bool), done func(key string, v reflect.Value), depth int) {
	m, ok := n.(ast.MapNode)
	if !ok {
		d.add(position(n.GetToken()), path, "%s is not a map: want keys and values", describe(n))
		return
	}
	count := 0
	for it := m.MapRange(); it.Next(); {
		key, at := it.Key().GetToken().Value, position(it.Key().GetToken())
		if count++; count > maxEntries {
			d.add(at, path, "has more than %d entries", maxEntries)
			return
		}
		v, ok := slot(key, at)
		if !ok {
			continue
		}
		child := join(path, key)
		if !inline(it.Value()) {
			d.file.at[child] = at // a block is found by its key
		}
		d.decode(it.Value(), v, child, depth+1)
		if done != nil {
			done(key, v)
		}
	}
}

// inline reports whether a value is best pointed at itself, not at its key.
func inline(n ast.Node) bool {
	switch n.(type) {
	case ast.MapNode, ast.ArrayNode, *ast.LiteralNode, *ast.NullNode:
		return false
	}
	return true
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func (d *decoder) field(v reflect.Value, key, path string, at Position) (reflect.Value, bool) {
	names := fieldNames(v.Type())
	if i := slices.Index(names, key); i >= 0 && key != "" {
		return v.Field(i), true
	}
	names = slices.DeleteFunc(names, func(s string) bool { return s == "" })
	d.add(at, join(path, key), "is unknown here: want %s", strings.Join(names, ", "))
	return reflect.Value{}, false
}

// fieldNames returns the YAML name of each field of a struct; "" for one that files cannot set.
func fieldNames(t reflect.Type) []string {
	names := make([]string, t.NumField())
	for i := range names {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		if name != "-" && t.Field(i).IsExported() {
			names[i] = name
		}
	}
	return names
}

func (d *decoder) table(n ast.Node, v reflect.Value, path string, depth int) {
	v.Set(reflect.MakeMap(v.Type()))
	slot := func(string, Position) (reflect.Value, bool) { return reflect.New(v.Type().Elem()).Elem(), true }
	d.mapping(n, path, slot, func(key string, e reflect.Value) {
		v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), e)
	}, depth)
}

func (d *decoder) list(n ast.Node, v reflect.Value, path string, depth int) {
	a, ok := n.(*ast.SequenceNode)
	if !ok {
		d.add(position(n.GetToken()), path, "%s is not a list: write [a, b] or lines that start with a dash", describe(n))
		return
	}
	if len(a.Values) > maxEntries {
		d.add(position(n.GetToken()), path, "has more than %d entries", maxEntries)
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(a.Values), len(a.Values)))
	for i, e := range a.Values {
		d.decode(e, v.Index(i), fmt.Sprintf("%s[%d]", path, i), depth+1)
	}
}

func (d *decoder) scalar(n ast.Node, v reflect.Value, path string) {
	text, ok := scalarText(n)
	if !ok {
		d.add(position(n.GetToken()), path, "%s is not a plain value", describe(n))
		return
	}
	if err := setScalar(n, text, v); err != nil {
		d.add(position(n.GetToken()), path, "%v", err)
	}
}

func setScalar(n ast.Node, text string, v reflect.Value) error {
	if v.Type() == durationType {
		t, err := time.ParseDuration(text)
		if err != nil {
			return fmt.Errorf("%.40q is not a duration such as 30s, 15m or 2h", text)
		}
		v.SetInt(int64(t))
		return nil
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	switch v.Kind() {
	case reflect.String:
		if e, ok := v.Interface().(Enum); ok && !slices.Contains(e.Enum(), text) {
			return fmt.Errorf("%.40q is unknown: want %s", text, strings.Join(e.Enum(), ", "))
		}
		v.SetString(text)
	case reflect.Bool:
		b, ok := n.(*ast.BoolNode)
		if !ok {
			return fmt.Errorf("%.40q is neither true nor false", text)
		}
		v.SetBool(b.Value)
	case reflect.Int, reflect.Int64:
		i, ok := integer(n)
		if !ok || v.OverflowInt(i) {
			return fmt.Errorf("%.40q is not a whole number", text)
		}
		v.SetInt(i)
	case reflect.Interface:
		x, err := plain(n, text)
		if err != nil {
			return err
		}
		v.Set(reflect.ValueOf(x))
	default:
		panic("yamlfile: internal error: cannot decode into " + v.Type().String())
	}
	return nil
}

// scalarText returns the value as it is written, without its quotes.
func scalarText(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	}
	return "", false
}

func integer(n ast.Node) (int64, bool) {
	i, ok := n.(*ast.IntegerNode)
	if !ok {
		return 0, false
	}
	switch x := i.Value.(type) {
	case int64:
		return x, true
	case uint64:
		return int64(x), x <= 1<<63-1
	}
	return 0, false
}

// plain keeps a value of any type: text, bool, int64, or a json.Number with the digits as written.
func plain(n ast.Node, text string) (any, error) {
	switch n := n.(type) {
	case *ast.BoolNode:
		return n.Value, nil
	case *ast.IntegerNode, *ast.FloatNode:
		if i, ok := integer(n); ok {
			return i, nil
		}
		if !json.Valid([]byte(text)) {
			return nil, fmt.Errorf("%.40q is not a number such as 12.50", text)
		}
		return json.Number(text), nil
	}
	return text, nil
}

func describe(n ast.Node) string {
	if text, ok := scalarText(n); ok {
		return fmt.Sprintf("%.40q", text)
	}
	switch n.(type) {
	case ast.MapNode:
		return "a map"
	case *ast.SequenceNode:
		return "a list"
	}
	return "this"
}
