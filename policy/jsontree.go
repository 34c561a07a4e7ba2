package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxDepth is more than a policy needs: document, Statement, its element, Condition, operator, key, values.
const maxDepth = 8

// node is one value of a JSON text, as it was written: keys stay in order, numbers stay text.
type node struct {
	kind  kindOfNode
	text  string   // of a string, number or boolean
	keys  []string // of an object
	items []node   // of an array or object
}

type kindOfNode string

const (
	anObject kindOfNode = "an object"
	aList    kindOfNode = "a list"
	aText    kindOfNode = "a text"
	aNumber  kindOfNode = "a number"
	aBoolean kindOfNode = "true or false"
	aNull    kindOfNode = "null"
)

// errEnd is a closing bracket, which is no value.
var errEnd = errors.New("end of list or object")

// readTree reads JSON strictly: valid UTF-8, one value, no key twice, no control characters.
// encoding/json alone takes the last of two equal keys; two readers of one policy could then
// disagree about what it says.
func readTree(raw []byte) (node, error) {
	if !utf8.Valid(raw) {
		return node{}, errors.New("it is not valid UTF-8")
	}
	var whole json.RawMessage
	if err := json.Unmarshal(raw, &whole); err != nil {
		return node{}, locate(raw, err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	n, err := readNode(d, 0)
	if err != nil {
		return node{}, locate(raw[:min(len(raw), int(d.InputOffset()))], err)
	}
	return n, nil
}

// locate adds the line on which reading stopped.
func locate(raw []byte, err error) error {
	at := len(raw)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		at = min(at, int(syntax.Offset))
	}
	if errors.Is(err, io.EOF) {
		err = errors.New("it is empty")
	}
	return fmt.Errorf("line %d: %v", 1+bytes.Count(raw[:at], []byte("\n")), err)
}

func readNode(d *json.Decoder, depth int) (node, error) {
	if depth > maxDepth {
		return node{}, fmt.Errorf("it is nested more than %d levels deep", maxDepth)
	}
	t, err := d.Token()
	if err != nil {
		return node{}, err
	}
	switch v := t.(type) {
	case json.Delim:
		return readInside(d, v, depth)
	case string:
		return node{kind: aText, text: v}, printable(v)
	case json.Number:
		return node{kind: aNumber, text: v.String()}, nil
	case bool:
		return node{kind: aBoolean, text: fmt.Sprint(v)}, nil
	default:
		return node{kind: aNull}, nil
	}
}

// readInside reads the items of a list, or the keys and values of an object, with their end.
func readInside(d *json.Decoder, open json.Delim, depth int) (node, error) {
	switch open {
	case '[':
		n := node{kind: aList}
		for {
			item, err := readNode(d, depth+1)
			if errors.Is(err, errEnd) {
				return n, nil
			} else if err != nil {
				return node{}, fmt.Errorf("item %d: %w", len(n.items), err)
			}
			n.items = append(n.items, item)
		}
	case '{':
		return readObject(d, depth)
	default:
		return node{}, errEnd
	}
}

func readObject(d *json.Decoder, depth int) (node, error) {
	n, seen := node{kind: anObject}, map[string]string{}
	for {
		key, err := readNode(d, depth)
		if errors.Is(err, errEnd) {
			return n, nil
		} else if err != nil {
			return node{}, err
		}
		// Condition keys do not differ by case, so two keys must not either.
		if first, twice := seen[fold(key.text)]; twice {
			return node{}, fmt.Errorf("key %q is there twice (first as %q): keep one", clip(key.text), clip(first))
		}
		seen[fold(key.text)] = key.text
		value, err := readNode(d, depth+1)
		if err != nil {
			return node{}, fmt.Errorf("%s: %w", clip(key.text), err)
		}
		n.keys, n.items = append(n.keys, key.text), append(n.items, value)
	}
}

func printable(s string) error {
	if strings.IndexFunc(s, unicode.IsControl) >= 0 {
		return fmt.Errorf("%q has a control character: remove it", clip(s))
	}
	return nil
}

// get returns the value of a key of an object.
func (n node) get(key string) (node, bool) {
	for i, k := range n.keys {
		if k == key {
			return n.items[i], true
		}
	}
	return node{}, false
}

// listed returns the items of a list, or the one value that stands for a list of one.
func (n node) listed() []node {
	if n.kind == aList {
		return n.items
	}
	return []node{n}
}
