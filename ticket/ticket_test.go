package ticket_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/blake2b"

	"signet/internal/opaque"
	"signet/internal/value"
	"signet/ticket"
)

var update = flag.Bool("update", false, "write testdata/vectors.json anew")

var start = time.Date(2026, 1, 31, 10, 0, 0, 0, time.UTC)

func secret(b byte) opaque.Bytes {
	key := make([]byte, ticket.KeySize)
	for i := range key {
		key[i] = b + byte(i)
	}
	return opaque.New(key)
}

func header() ticket.Header {
	return ticket.Header{
		Instance: "i-1", Action: "generate-quote", Version: [16]byte{1, 2, 3}, Dataset: "quotes", Target: "warehouse/tbquote",
		Principal: "u-ana", Issued: start, Expires: start.Add(30 * time.Minute),
	}
}

func decimal(t testing.TB, s string) value.Value {
	v, err := value.OfDecimal(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

var names = []string{"customer", "bgc", "skill", "shift", "state", "cost", "seats", "open", "since", "seen", "score"}

func row(t testing.TB) []value.Value {
	return []value.Value{
		value.OfText("Ünïcode & Söhne"), value.Null(value.Text), value.OfText(""), value.OfText(strings.Repeat("x", 300)),
		value.OfText("TX"), decimal(t, "1234.50"), value.OfInteger(-7), value.OfBoolean(true),
		value.OfDate(start), value.OfTimestamp(start.Add(123456 * time.Microsecond)), value.OfFloat(0.1),
	}
}

func sign(t testing.TB, key ticket.Key, h ticket.Header, names []string, values []value.Value) string {
	t.Helper()
	p, s := signer(t, key, h, names)
	return ticket.Token(p.Head(), s.Sign([16]byte{9, 9, 9}, s.RowVersion(names, values), values))
}

func signer(t testing.TB, key ticket.Key, h ticket.Header, names []string) (*ticket.Page, *ticket.Signer) {
	t.Helper()
	p, err := ticket.NewPage(key, h, names)
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.Signer()
	if err != nil {
		t.Fatal(err)
	}
	return p, s
}

// parts decodes the two parts of a token.
func parts(t testing.TB, token string) (head, row []byte) {
	t.Helper()
	first, second, _ := strings.Cut(strings.TrimPrefix(token, "sgt1."), ".")
	head, err := base64.RawURLEncoding.DecodeString(first)
	if err != nil {
		t.Fatal(err)
	}
	if row, err = base64.RawURLEncoding.DecodeString(second); err != nil {
		t.Fatal(err)
	}
	return head, row
}

func joined(head, row []byte) string {
	return ticket.Token("sgt1."+base64.RawURLEncoding.EncodeToString(head), base64.RawURLEncoding.EncodeToString(row))
}

func keys(ids map[string]opaque.Bytes) func(string) (opaque.Bytes, error) {
	return func(id string) (opaque.Bytes, error) {
		if k, ok := ids[id]; ok {
			return k, nil
		}
		return opaque.Bytes{}, errRetired
	}
}

var errRetired = errors.New("no such key")

func TestRoundTrip(t *testing.T) {
	token := sign(t, ticket.Key{ID: "k1", Secret: secret(0)}, header(), names, row(t))
	got, err := ticket.Open(token, keys(map[string]opaque.Bytes{"k1": secret(0)}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(header(), got.Header); diff != "" {
		t.Error(diff)
	}
	for i, v := range row(t) {
		if c := got.Columns[i]; c.Name != names[i] || !c.Value.Equal(v) {
			t.Errorf("column %d: got %s = %v, want %s = %v", i, c.Name, c.Value, names[i], v)
		}
	}
	version, err := ticket.RowVersion(secret(0), names, row(t))
	if err != nil || version != got.RowVersion {
		t.Errorf("row version %x, %v; the ticket has %x", version, err, got.RowVersion)
	}
	if got.ID() != "144GJ000000000000000000000" {
		t.Errorf("id %s", got.ID())
	}
}

func TestNoncesSortByTime(t *testing.T) {
	early := ticket.Ticket{Nonce: ticket.NewNonce(start, [10]byte{255, 255})}
	late := ticket.Ticket{Nonce: ticket.NewNonce(start.Add(time.Millisecond), [10]byte{})}
	if early.ID() >= late.ID() || len(late.ID()) != 26 {
		t.Errorf("%s does not sort before %s", early.ID(), late.ID())
	}
}

// TestA19EveryBitFlipped: no changed ticket opens, whichever bit of the signed bytes changes, and
// no other character in the token gives one that opens.
func TestA19EveryBitFlipped(t *testing.T) {
	find := keys(map[string]opaque.Bytes{"k1": secret(0)})
	token := sign(t, ticket.Key{ID: "k1", Secret: secret(0)}, header(), names, row(t))
	head, row := parts(t, token)
	for _, part := range [][]byte{head, row} {
		for i := range part {
			for bit := range 8 {
				part[i] ^= 1 << bit
				if got, err := ticket.Open(joined(head, row), find); err == nil {
					t.Fatalf("byte %d of %d bit %d flipped: opened as %+v", i, len(part), bit, got)
				}
				part[i] ^= 1 << bit
			}
		}
	}
	if _, err := ticket.Open(joined(head, row), find); err != nil {
		t.Fatal(err)
	}
	for i := range token {
		for _, c := range []byte("A_-=. \n\x00z9") {
			if token[i] == c {
				continue
			}
			if _, err := ticket.Open(token[:i]+string(c)+token[i+1:], find); err == nil {
				t.Fatalf("character %d as %q: opened", i, c)
			}
		}
	}
	for n := range token {
		if _, err := ticket.Open(token[:n], find); err == nil {
			t.Fatalf("cut to %d characters: opened", n)
		}
	}
	for _, tail := range []string{"A", "AAAA", "=", ".", "\n", " "} {
		if _, err := ticket.Open(token+tail, find); err == nil {
			t.Fatalf("with %q behind: opened", tail)
		}
	}
}

// TestA19RowsKeepTheirHead: a row's part does not open behind the head of another page, whatever differs there.
func TestA19RowsKeepTheirHead(t *testing.T) {
	key := ticket.Key{ID: "k1", Secret: secret(0)}
	find := keys(map[string]opaque.Bytes{"k1": secret(0)})
	_, part := parts(t, sign(t, key, header(), names, row(t)))
	other := header()
	other.Principal = "u-eva"
	renamed := slices.Clone(names)
	renamed[0], renamed[2] = names[2], names[0]
	for name, head := range map[string]string{
		"of somebody else":   sign(t, key, other, names, row(t)),
		"with other columns": sign(t, key, header(), renamed, row(t)),
	} {
		head, _ := parts(t, head)
		if _, err := ticket.Open(joined(head, part), find); !errors.Is(err, ticket.ErrForged) {
			t.Errorf("behind a head %s: %v", name, err)
		}
	}
}

// TestS1FieldsDoNotShift: values moved over a field's border, or between fields, sign differently.
func TestS1FieldsDoNotShift(t *testing.T) {
	key := ticket.Key{ID: "k1", Secret: secret(0)}
	text := value.OfText
	seen := map[string]int{}
	for i, c := range []struct {
		names  []string
		values []value.Value
	}{
		{[]string{"a", "b"}, []value.Value{text("AB"), text("C")}},
		{[]string{"a", "b"}, []value.Value{text("A"), text("BC")}},
		{[]string{"a", "b"}, []value.Value{text("ABC"), text("")}},
		{[]string{"a", "b"}, []value.Value{text("C"), text("AB")}},
		{[]string{"b", "a"}, []value.Value{text("AB"), text("C")}},
		{[]string{"a", "c"}, []value.Value{text("AB"), text("C")}},
		{[]string{"ab", "b"}, []value.Value{text("B"), text("C")}},
		{[]string{"a"}, []value.Value{text("AB\x01b\x01\x01C")}},
	} {
		version, err := ticket.RowVersion(key.Secret, c.names, c.values)
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range []string{sign(t, key, header(), c.names, c.values), string(version[:])} {
			if other, ok := seen[form]; ok {
				t.Errorf("rows %d and %d sign the same", other, i)
			}
			seen[form] = i
		}
	}
}

// TestS2NullIsNotEmpty: NULL, the empty text, the text NULL and the NULLs of other types differ.
func TestS2NullIsNotEmpty(t *testing.T) {
	seen := map[[16]byte]value.Value{}
	for _, v := range []value.Value{
		value.Null(value.Text), value.OfText(""), value.OfText("NULL"), value.OfText("\x00"),
		value.Null(value.Integer), value.OfInteger(0), value.Null(value.Decimal), decimal(t, "0"), value.OfBoolean(false), value.OfText("0"), value.OfText("f"),
	} {
		version, err := ticket.RowVersion(secret(0), []string{"a"}, []value.Value{v})
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[version]; ok {
			t.Errorf("%s %v and %s %v sign the same", other.Kind(), other, v.Kind(), v)
		}
		seen[version] = v
	}
}

// TestS4EverythingIsBound: a ticket differs when anything that it must bind differs.
func TestS4EverythingIsBound(t *testing.T) {
	key := ticket.Key{ID: "k1", Secret: secret(0)}
	plain := mac(t, sign(t, key, header(), names, row(t)))
	for name, change := range map[string]func(*ticket.Header){
		"instance":  func(h *ticket.Header) { h.Instance = "i-2" },
		"action":    func(h *ticket.Header) { h.Action = "accept-quote" },
		"version":   func(h *ticket.Header) { h.Version[15]++ },
		"dataset":   func(h *ticket.Header) { h.Dataset = "others" },
		"target":    func(h *ticket.Header) { h.Target = "warehouse/other" },
		"principal": func(h *ticket.Header) { h.Principal = "u-ben" },
		"issued":    func(h *ticket.Header) { h.Issued = h.Issued.Add(time.Millisecond) },
		"expires":   func(h *ticket.Header) { h.Expires = h.Expires.Add(time.Millisecond) },
	} {
		h := header()
		change(&h)
		if mac(t, sign(t, key, h, names, row(t))) == plain {
			t.Errorf("%s is not bound", name)
		}
	}
}

func mac(t *testing.T, token string) string {
	_, row := parts(t, token)
	return string(row[len(row)-32:])
}

// TestS10KeyIDs: the ticket names its key; another key under that name does not open it.
func TestS10KeyIDs(t *testing.T) {
	token := sign(t, ticket.Key{ID: "k1", Secret: secret(0)}, header(), names, row(t))
	both := map[string]opaque.Bytes{"k1": secret(0), "k2": secret(1)}
	if _, err := ticket.Open(token, keys(both)); err != nil {
		t.Errorf("beside a newer key: %v", err)
	}
	if _, err := ticket.Open(token, keys(map[string]opaque.Bytes{"k2": secret(1)})); !errors.Is(err, errRetired) {
		t.Errorf("key gone: got %v", err)
	}
	if _, err := ticket.Open(token, keys(map[string]opaque.Bytes{"k1": secret(1)})); !errors.Is(err, ticket.ErrForged) {
		t.Errorf("other key under the same id: got %v", err)
	}
}

func TestSignerRefuses(t *testing.T) {
	good := ticket.Key{ID: "k1", Secret: secret(0)}
	if _, err := ticket.NewPage(ticket.Key{ID: "k1", Secret: opaque.New(make([]byte, 16))}, header(), names); err == nil {
		t.Error("a short key was taken")
	}
	h := header()
	h.Expires = h.Issued
	if _, err := ticket.NewPage(good, h, names); err == nil {
		t.Error("a ticket without a life was made")
	}
	if _, err := ticket.NewPage(good, header(), nil); err == nil {
		t.Error("a ticket without columns was made")
	}
}

type vector struct {
	Key, Head, Row, RowVersion, Token string
}

// TestVectors recomputes the recorded ticket with BLAKE2b alone, as another implementation would.
func TestVectors(t *testing.T) {
	const path = "testdata/vectors.json"
	token := sign(t, ticket.Key{ID: "k1", Secret: secret(0)}, header(), names, row(t))
	version, err := ticket.RowVersion(secret(0), names, row(t))
	if err != nil {
		t.Fatal(err)
	}
	head, row := parts(t, token)
	now := []vector{{hex.EncodeToString(secret(0).Reveal()), hex.EncodeToString(head), hex.EncodeToString(row[:len(row)-32]), hex.EncodeToString(version[:]), token}}
	if *update {
		b, _ := json.MarshalIndent(now, "", "  ")
		if err := os.WriteFile(path, append(b, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var recorded []vector
	if err := json.Unmarshal(b, &recorded); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(recorded, now); diff != "" {
		t.Errorf("the format changed (recorded, now):\n%s", diff)
	}
	for _, v := range recorded {
		key, _ := hex.DecodeString(v.Key)
		head, _ := hex.DecodeString(v.Head)
		row, _ := hex.DecodeString(v.Row)
		h, err := blake2b.New256(key)
		if err != nil {
			t.Fatal(err)
		}
		h.Write(append([]byte("\x15signet ticket head v1"), head...))
		digest := h.Sum(nil)
		h.Reset()
		h.Write([]byte("\x10signet ticket v1"))
		h.Write(append(digest, row...))
		if want := joined(head, h.Sum(row)); want != v.Token {
			t.Errorf("by the specification: %s\nrecorded: %s", want, v.Token)
		}
	}
}

func FuzzOpen(f *testing.F) {
	key := secret(0)
	token := sign(f, ticket.Key{ID: "k1", Secret: key}, header(), names, row(f))
	f.Add(token)
	f.Add(token[:40])
	f.Add("sgt1.AQ")
	f.Fuzz(func(t *testing.T, token string) {
		got, err := ticket.Open(token, func(string) (opaque.Bytes, error) { return key, nil })
		if err != nil {
			return
		}
		columns := make([]string, len(got.Columns))
		values := make([]value.Value, len(got.Columns))
		for i, c := range got.Columns {
			columns[i], values[i] = c.Name, c.Value
		}
		p, s := signer(t, ticket.Key{ID: got.KeyID, Secret: key}, got.Header, columns)
		if again := ticket.Token(p.Head(), s.Sign(got.Nonce, got.RowVersion, values)); again != token {
			t.Errorf("two spellings of one ticket:\n%s\n%s", token, again)
		}
	})
}

func BenchmarkSign(b *testing.B) {
	values := row(b)
	values[3] = value.OfText("night")
	_, s := signer(b, ticket.Key{ID: "k1", Secret: secret(0)}, header(), names)
	for b.Loop() {
		s.Sign([16]byte{1}, [16]byte{2}, values)
	}
}

// BenchmarkRawBLAKE2b is the floor: the hash alone over the bytes that BenchmarkSign signs.
func BenchmarkRawBLAKE2b(b *testing.B) {
	values := row(b)
	values[3] = value.OfText("night")
	token := sign(b, ticket.Key{ID: "k1", Secret: secret(0)}, header(), names, values)
	_, row := parts(b, token) // its mac is as long as the head's digest, which is hashed in its place
	h, err := blake2b.New256(secret(0).Reveal())
	if err != nil {
		b.Fatal(err)
	}
	var out [32]byte
	for b.Loop() {
		h.Reset()
		h.Write(row)
		h.Sum(out[:0])
	}
}

// BenchmarkPage signs a page of 100 rows as a dashboard does: a row version and a ticket for each.
func BenchmarkPage(b *testing.B) {
	columns := []string{"customername", "bgcheckrequired", "skill", "shift", "state", "jobdutydescription", "cost"}
	values := []value.Value{value.OfText("Customer 017"), value.OfText("Yes"), value.OfText("Welder"), value.OfText("Night"), value.OfText("TX"),
		value.OfText("Pipe welding, night turn"), decimal(b, "1234.5")}
	for b.Loop() {
		_, s := signer(b, ticket.Key{ID: "k1", Secret: secret(0)}, header(), columns)
		for range 100 {
			s.Sign([16]byte{1}, s.RowVersion(columns, values), values)
		}
	}
}
