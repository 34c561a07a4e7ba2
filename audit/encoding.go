package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"
)

// leafBegins is how each leaf begins, before its action.
const leafBegins = `{"action":`

// encode returns the canonical bytes of a normal event: JSON with every field present, sorted names, no
// spaces, and the fewest escapes. They are the leaf of the tree.
func encode(e Event) []byte {
	b := make([]byte, 0, 416+len(e.UserAgent)+64*len(e.Detail)+2*len(e.AWS))
	b = appendField(b, leafBegins, e.Action)
	b = strconv.AppendInt(append(b, `,"attempt":`...), e.Attempt, 10)
	b = appendField(b, `,"aws":`, e.AWS)
	b = append(b, `,"detail":{`...)
	for i, key := range slices.Sorted(maps.Keys(e.Detail)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, key), ':')
		b = appendString(b, e.Detail[key])
	}
	b = appendField(b, `},"id":`, e.ID)
	b = appendField(b, `,"phase":`, string(e.Phase))
	b = strconv.AppendBool(append(b, `,"readOnly":`...), e.ReadOnly)
	b = appendField(b, `,"requestId":`, e.RequestID)
	b = appendField(b, `,"resource":`, e.Resource)
	b = appendField(b, `,"result":`, e.Result)
	b = appendField(b, `,"sourceIp":`, e.SourceIP)
	b = e.Time.AppendFormat(append(b, `,"time":"`...), timeLayout)
	b = appendField(b, `","userAgent":`, e.UserAgent)
	b = strconv.AppendInt(append(b, `,"v":`...), version, 10)
	b = appendField(b, `,"who":{"id":`, e.Who.ID)
	b = appendField(b, `,"name":`, e.Who.Name)
	b = appendField(b, `,"type":`, e.Who.Type)
	return append(b, "}}"...)
}

func appendField(b []byte, name, value string) []byte {
	return appendString(append(b, name...), value)
}

// appendString quotes a string. Only the quote, the backslash and control characters are escaped.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[start:i]...)
		if c < 0x20 {
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		} else {
			b = append(b, '\\', c)
		}
		start = i + 1
	}
	return append(append(b, s[start:]...), '"')
}

// glance reads phase and attempt of a leaf from behind its action, for who looks through many. It can
// rely on the one spelling: no string holds a bare quote, so no string looks like the end of the details.
func glance(leaf []byte) (phase Phase, attempt Index) {
	const afterDetail, beforePhase = `},"id":"`, `","phase":"`
	number, _ := bytes.CutPrefix(leaf, []byte(`,"attempt":`))
	end := bytes.IndexByte(number, ',')
	_, tail, _ := bytes.Cut(leaf, []byte(afterDetail))
	_, tail, found := bytes.Cut(tail, []byte(beforePhase))
	quote := bytes.IndexByte(tail, '"')
	if end < 0 || !found || quote < 0 {
		return "", NoAttempt
	}
	attempt, err := strconv.ParseInt(string(number[:end]), 10, 64)
	if err != nil {
		return "", NoAttempt
	}
	return Phase(tail[:quote]), attempt
}

// wire mirrors the encoding for the JSON decoder.
type wire struct {
	Action    string            `json:"action"`
	Attempt   Index             `json:"attempt"`
	AWS       string            `json:"aws"`
	Detail    map[string]string `json:"detail"`
	ID        string            `json:"id"`
	Phase     Phase             `json:"phase"`
	ReadOnly  bool              `json:"readOnly"`
	RequestID string            `json:"requestId"`
	Resource  string            `json:"resource"`
	Result    string            `json:"result"`
	SourceIP  string            `json:"sourceIp"`
	Time      string            `json:"time"`
	UserAgent string            `json:"userAgent"`
	V         int               `json:"v"`
	Who       struct {
		ID   string `json:"id"`
		Name string `json:"name"`
		Type string `json:"type"`
	} `json:"who"`
}

// maxLeaf is more than any event that encode makes.
const maxLeaf = 512 << 10

// DecodeEvent reads a leaf. It accepts exactly what Append writes: encoding the result again must
// give the same bytes, so there are no unknown, repeated or missing fields, no trailing bytes and no
// second spelling of anything.
func DecodeEvent(leaf []byte) (Event, error) {
	if len(leaf) > maxLeaf {
		return Event{}, fmt.Errorf("audit: an event of %d bytes is longer than any", len(leaf))
	}
	var w wire
	dec := json.NewDecoder(bytes.NewReader(leaf))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&w); err != nil {
		return Event{}, fmt.Errorf("audit: decoding an event: %w", err)
	}
	if w.V != version {
		return Event{}, fmt.Errorf("audit: event version %d, known is %d", w.V, version)
	}
	at, err := time.Parse(timeLayout, w.Time)
	if err != nil {
		return Event{}, fmt.Errorf("audit: decoding an event: %w", err)
	}
	e := Event{
		ID: w.ID, Time: at.UTC(), Phase: w.Phase, Attempt: w.Attempt, Action: w.Action, Resource: w.Resource,
		Who:      Who{ID: w.Who.ID, Name: w.Who.Name, Type: w.Who.Type},
		SourceIP: w.SourceIP, RequestID: w.RequestID, UserAgent: w.UserAgent,
		ReadOnly: w.ReadOnly, Result: w.Result, Detail: w.Detail, AWS: w.AWS,
	}
	if err := e.check(); err != nil {
		return Event{}, err
	}
	e = e.normal()
	if !bytes.Equal(encode(e), leaf) {
		return Event{}, fmt.Errorf("audit: event %q is not in canonical form", e.ID)
	}
	return e, nil
}

// fields splits a JSON object and refuses names that are unknown, repeated or missing, and trailing
// bytes. The order is free.
func fields(data []byte, names ...string) (map[string]json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("it is not a JSON object")
	}
	found := make(map[string]json.RawMessage, len(names))
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name, _ := t.(string)
		if _, twice := found[name]; twice || !slices.Contains(names, name) {
			return nil, fmt.Errorf("field %q is unknown or repeated", name)
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return nil, err
		}
		found[name] = raw
	}
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("it has trailing bytes")
	}
	if len(found) != len(names) {
		return nil, fmt.Errorf("it lacks one of the fields %v", names)
	}
	return found, nil
}
