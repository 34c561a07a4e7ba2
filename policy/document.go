package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"signet/internal/fault"
)

// Kind says what a policy document is attached to. Each kind has rules of its own.
type Kind string

// The kinds of documents. The empty kind is none of them and is refused everywhere.
const (
	IdentityPolicy Kind = "identity policy" // of a user or role, also a boundary or session policy: names no principal
	ResourcePolicy Kind = "resource policy" // of a secret, say: names principals and resources
	KeyPolicy      Kind = "key policy"      // of a KMS key: without it nobody has access, whatever other policies say
	TrustPolicy    Kind = "trust policy"    // of a role, who may assume it: names principals, but no resource
)

func (k Kind) valid() bool {
	return k == IdentityPolicy || k == ResourcePolicy || k == KeyPolicy || k == TrustPolicy
}

func (k Kind) namesPrincipals() bool { return k != IdentityPolicy }

func (k Kind) namesResources() bool { return k != TrustPolicy }

// DefaultMaxBytes bounds a document. It is what a key policy may have; other limits are lower.
const DefaultMaxBytes = 32 << 10

// What one document may hold. The size bounds all of it; these only keep messages short.
const (
	maxStatements = 300
	maxListed     = 300
	maxTests      = 100
	maxMistakes   = 20
)

// Options says how to read a document.
type Options struct {
	Kind     Kind
	Name     string // what people call the policy; errors and explanations use it
	MaxBytes int    // a limit below DefaultMaxBytes; 0 for DefaultMaxBytes
}

// The versions of the policy language. Only the newer one has variables; a document that names
// none is of the older one.
const (
	version2012 = "2012-10-17"
	version2008 = "2008-10-17"
)

// Document is a policy document that was read whole and found right. It does not change, so
// goroutines may share it. The zero Document and a nil one allow nothing.
type Document struct {
	name       string
	kind       Kind
	version    string
	id         string
	statements []statement
	text       []byte
}

// Kind is what the document may be attached to.
func (d *Document) Kind() Kind { return d.kind }

// Name is what people call the policy.
func (d *Document) Name() string { return d.name }

// Text is the document as it was written, for whoever asks for it back.
func (d *Document) Text() []byte { return bytes.Clone(d.text) }

// ParseDocument reads a policy document. It refuses what it does not know or understand: a *fault.Error
// of code invalid_input (too_large for size) has each mistake with its statement and element.
func ParseDocument(raw []byte, o Options) (*Document, error) {
	if !o.Kind.valid() {
		return nil, fmt.Errorf("policy: %q is not a kind of policy document", o.Kind)
	}
	limit := DefaultMaxBytes
	if o.MaxBytes > 0 {
		limit = min(limit, o.MaxBytes)
	}
	if len(raw) > limit {
		return nil, fault.New(fault.TooLarge, "%s has %d bytes: at most %d are allowed", o.label(), len(raw), limit)
	}
	root, err := readTree(raw)
	if err != nil {
		return nil, fault.New(fault.InvalidInput, "%s cannot be read: %v", o.label(), err)
	}
	d := &Document{name: o.Name, kind: o.Kind, text: bytes.Clone(raw)}
	p := &parser{kind: o.Kind}
	p.document(root, d)
	if len(p.Bad) > 0 {
		return nil, p.fault(o.label())
	}
	return d, nil
}

func (o Options) label() string {
	if o.Name == "" {
		return "the " + string(o.Kind)
	}
	return fmt.Sprintf("%s %q", o.Kind, clip(o.Name))
}

// parser gathers the mistakes of one document.
type parser struct {
	fault.Check
	kind      Kind
	variables bool // of a 2012-10-17 document
}

func (p *parser) fault(label string) error {
	first := p.Bad[0]
	detail := fmt.Sprintf("%s has mistakes: %s: %s", label, first.Field, first.Message)
	if more := len(p.Bad) - 1; more > 0 {
		detail += fmt.Sprintf(" (and %d more)", more)
	}
	return &fault.Error{Code: fault.InvalidInput, Detail: detail, Fields: p.Bad[:min(len(p.Bad), maxMistakes)]}
}

// known checks the keys of an object and reports whether it is one.
func (p *parser) known(n node, field string, keys ...string) bool {
	if n.kind != anObject {
		p.Add(field, "it is %s: write an object, in {}", n.kind)
		return false
	}
	for _, key := range n.keys {
		p.Want(slices.Contains(keys, key), join(field, clip(key)), "there is no such element here: use %v, spelt so", keys)
	}
	return true
}

func join(field, key string) string {
	if field == "document" {
		return key
	}
	return field + "." + key
}

func (p *parser) document(root node, d *Document) {
	if !p.known(root, "document", "Version", "Id", "Statement") {
		return
	}
	d.version = version2008
	if n, ok := root.get("Version"); ok {
		d.version = n.text
		p.Want(n.kind == aText && (n.text == version2012 || n.text == version2008), "Version",
			"it is %s: write %q (or %q, which has no variables)", quoted(n), version2012, version2008)
	}
	p.variables = d.version == version2012
	if n, ok := root.get("Id"); ok {
		d.id = n.text
		p.Want(n.kind == aText && n.text != "" && len(n.text) <= 512, "Id", "write a text of at most 512 bytes, or leave it out")
	}
	n, ok := root.get("Statement")
	if !ok || len(n.listed()) == 0 {
		p.Add("Statement", "it is missing: a policy needs at least one statement")
		return
	}
	if len(n.listed()) > maxStatements {
		p.Add("Statement", "there are %d: at most %d are allowed", len(n.listed()), maxStatements)
		return
	}
	p.statements(n.listed(), d)
}

func (p *parser) statements(items []node, d *Document) {
	sids := map[string]int{}
	for i, item := range items {
		s := p.statement(item, i)
		if first, twice := sids[s.sid]; twice && s.sid != "" {
			p.Add(s.label()+".Sid", "statement %d has the same: give each its own", first)
		}
		sids[s.sid] = i
		d.statements = append(d.statements, s)
	}
}

func quoted(n node) string {
	if n.kind == aText {
		return fmt.Sprintf("%q", clip(n.text))
	}
	return string(n.kind)
}

// Canonical writes the document in one form: fixed order of elements, all lists as lists, conditions
// sorted, no white space. Reading it again gives the same document.
func (d *Document) Canonical() []byte {
	if d == nil || !d.kind.valid() {
		return nil
	}
	w := &writer{}
	w.member("Version", d.version)
	if d.id != "" {
		w.member("Id", d.id)
	}
	w.key("Statement")
	w.open('[')
	for _, s := range d.statements {
		w.item()
		s.write(w)
	}
	w.close(']')
	return append(append([]byte{'{'}, w.b...), '}')
}

// writer puts JSON together.
type writer struct {
	b     []byte
	fresh bool // right after an opening bracket
}

func (w *writer) item() {
	if len(w.b) > 0 && !w.fresh {
		w.b = append(w.b, ',')
	}
	w.fresh = false
}

func (w *writer) open(c byte)  { w.b, w.fresh = append(w.b, c), true }
func (w *writer) close(c byte) { w.b, w.fresh = append(w.b, c), false }

func (w *writer) string(s string) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string and a buffer cannot fail
	w.b = append(w.b, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}

func (w *writer) key(k string) {
	w.item()
	w.string(k)
	w.b = append(w.b, ':')
}

func (w *writer) member(k, v string) {
	w.key(k)
	w.string(v)
}

func (w *writer) list(k string, values []string) {
	w.key(k)
	w.open('[')
	for _, v := range values {
		w.item()
		w.string(v)
	}
	w.close(']')
}
