package audit_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"

	"signet/audit"
	"signet/internal/fault"
	"signet/internal/store/storetest"
)

var update = flag.Bool("update", false, "write testdata again")

// both knows two keys of one name.
type both struct{ a, b key }

func (v both) Verifier(name string, hash uint32) (note.Verifier, error) {
	if found, err := v.a.verifiers.Verifier(name, hash); err == nil {
		return found, nil
	}
	return v.b.verifiers.Verifier(name, hash)
}

func TestProofs(t *testing.T) {
	k := newKey(t, "test")
	db := storetest.Open(t, storetest.SQLiteURL(t))
	sample(t, db, k)
	l := openLog(t, db, k, audit.Options{})
	for i := range int64(11) {
		p, err := l.Prove(t.Context(), i)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var read audit.Proof
		if err := json.Unmarshal(text, &read); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p, read); diff != "" {
			t.Fatal(diff)
		}
		e, err := audit.VerifyProof(read, k.verifiers)
		if err != nil || e.RequestID == "" || e.Time.Unix() != 1700000000+i {
			t.Errorf("record %d: %+v %v", i, e, err)
		}
		if _, err := audit.VerifyProof(p, newKey(t, "test").verifiers); err == nil {
			t.Errorf("record %d: a foreign key verifies it", i)
		}
	}
	for _, index := range []audit.Index{-1, 11} {
		if _, err := l.Prove(t.Context(), index); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("record %d: got %v", index, err)
		}
	}
}

// vector is a proof that must verify, made with the key of a fixed seed; SPEC.md tells of it.
func vector(t testing.TB) (proof []byte, k key) {
	t.Helper()
	private, public, err := note.GenerateKey(fixed{}, "example")
	if err != nil {
		t.Fatal(err)
	}
	k = keyFrom(t, private, public)
	path := filepath.Join("testdata", "proof.json")
	if *update {
		writeVectors(t, k, public, path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text, k
}

func writeVectors(t testing.TB, k key, public, path string) {
	t.Helper()
	db := storetest.Open(t, storetest.SQLiteURL(t))
	l := openLog(t, db, k, audit.Options{})
	for i := range 6 {
		e := attempt(i)
		if i == 3 {
			e = outcome(2)
			e.Detail = map[string]string{"note": "quote \" backslash \\ tab \t umlaut ä"}
		}
		e.ID, e.Time = "event-"+string(rune('a'+i)), time.Date(2026, 1, 31, 10, 11, 12+i, 123456789, time.UTC)
		mustAppend(t, l, e)
	}
	p, err := l.Prove(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll("testdata", 0o755); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		path: append(text, '\n'), "testdata/event.json": p.Leaf, "testdata/key.txt": []byte(public + "\n"),
		"testdata/checkpoint.txt": []byte(p.Checkpoint),
	} {
		if err := os.WriteFile(name, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestVectors: the files under testdata are what they were, and what the log writes today.
func TestVectors(t *testing.T) {
	text, k := vector(t)
	var p audit.Proof
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatal(err)
	}
	e, err := audit.VerifyProof(p, k.verifiers)
	if err != nil {
		t.Fatal(err)
	}
	want := audit.Event{
		ID: "event-d", Time: time.Date(2026, 1, 31, 10, 11, 15, 123456000, time.UTC), Phase: audit.PhaseOutcome, Attempt: 2,
		Action: "writeback:Submit", Resource: "action/generate-quote", Who: audit.Who{Type: audit.TypeUser, ID: "u_ana", Name: "ana"},
		SourceIP: "127.0.0.1", RequestID: "r2", UserAgent: "test/1.0", Result: audit.ResultOK,
		Detail: map[string]string{"note": "quote \" backslash \\ tab \t umlaut ä"},
	}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Error(diff)
	}
	for name, got := range map[string]string{"event.json": string(p.Leaf), "checkpoint.txt": p.Checkpoint} {
		if file, err := os.ReadFile(filepath.Join("testdata", name)); err != nil || string(file) != got {
			t.Errorf("%s differs from the proof: %v", name, err)
		}
	}
	db := storetest.Open(t, storetest.SQLiteURL(t))
	l := openLog(t, db, k, audit.Options{})
	for range 3 {
		mustAppend(t, l, attempt(0))
	}
	mustAppend(t, l, e)
	if again, err := l.Prove(t.Context(), 3); err != nil || string(again.Leaf) != string(p.Leaf) {
		t.Errorf("the event is encoded otherwise today: %v\n%s\n%s", err, again.Leaf, p.Leaf)
	}
}

// TestEveryFlippedByteOfAProofIsRefused flips each byte of the JSON, but for spaces.
func TestEveryFlippedByteOfAProofIsRefused(t *testing.T) {
	text, k := vector(t)
	for i := range text {
		if text[i] == ' ' || text[i] == '\n' {
			continue
		}
		for _, bit := range []byte{1, 2, 0x20, 0x80} {
			changed := slices.Clone(text)
			changed[i] ^= bit
			var p audit.Proof
			if err := json.Unmarshal(changed, &p); err != nil {
				continue
			}
			if _, err := audit.VerifyProof(p, k.verifiers); err == nil {
				t.Errorf("byte %d (%q) can become %q", i, text[i], changed[i])
			}
		}
	}
}

func TestProofJSONIsStrict(t *testing.T) {
	text, _ := vector(t)
	good := string(text)
	for name, changed := range map[string]string{
		"unknown field":  strings.Replace(good, `"log"`, `"extra": 1, "log"`, 1),
		"repeated field": strings.Replace(good, `"index": 3`, `"index": 3, "index": 3`, 1),
		"missing field":  strings.Replace(good, `"index": 3,`, ``, 1),
		"other case":     strings.Replace(good, `"index"`, `"Index"`, 1),
		"null":           strings.Replace(good, `"index": 3`, `"index": null`, 1),
		"other version":  strings.Replace(good, `proof-v1`, `proof-v2`, 1),
		"float":          strings.Replace(good, `"index": 3`, `"index": 3.0`, 1),
		"base64 newline": strings.Replace(good, `"leaf": "`, `"leaf": "\n`, 1),
		"trailing":       good + "{}",
		"not an object":  "[]",
		"empty":          "",
		"cut":            good[:len(good)-3],
	} {
		var p audit.Proof
		if changed == good || json.Unmarshal([]byte(changed), &p) == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

// TestEventsHaveOneSpelling: whatever decodes is exactly what would be written.
func TestEventsHaveOneSpelling(t *testing.T) {
	text, err := os.ReadFile("testdata/event.json")
	if err != nil {
		t.Fatal(err)
	}
	good := string(text)
	if _, err := audit.DecodeEvent(text); err != nil {
		t.Fatal(err)
	}
	for name, changed := range map[string]string{
		"unknown field":  strings.Replace(good, `"id"`, `"ie":"","id"`, 1),
		"repeated field": strings.Replace(good, `"v":1`, `"v":1,"v":1`, 1),
		"missing field":  strings.Replace(good, `"result":"ok",`, ``, 1),
		"other order":    strings.Replace(good, `"attempt":2,`, ``, 1)[:len(good)-len(`"attempt":2,`)-1] + `,"attempt":2}`,
		"other case":     strings.Replace(good, `"action"`, `"Action"`, 1),
		"space":          strings.Replace(good, `:2,`, `: 2,`, 1),
		"other escape":   strings.Replace(good, `ä`, `\u00e4`, 1),
		"short escape":   strings.Replace(good, `\u0009`, `\t`, 1),
		"other time":     strings.Replace(good, `.123456Z`, `.1234560Z`, 1),
		"other zone":     strings.Replace(good, `.123456Z`, `.123456+00:00`, 1),
		"other version":  strings.Replace(good, `"v":1`, `"v":2`, 1),
		"other phase":    strings.Replace(good, `"outcome"`, `"income"`, 1),
		"no attempt":     strings.Replace(good, `"attempt":2`, `"attempt":-1`, 1),
		"exponent":       strings.Replace(good, `"attempt":2`, `"attempt":2e0`, 1),
		"bad UTF-8":      strings.Replace(good, `ä`, "\xe4", 1),
		"long":           strings.Replace(good, `event-d`, strings.Repeat("d", 2000), 1),
		"endless":        strings.Replace(good, `event-d`, strings.Repeat("d", 1<<20), 1),
		"trailing":       good + " ",
		"cut":            good[:len(good)-1],
		"empty":          "",
	} {
		if changed == good {
			t.Errorf("%s changes nothing", name)
		}
		if _, err := audit.DecodeEvent([]byte(changed)); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func FuzzDecodeEvent(f *testing.F) {
	text, err := os.ReadFile("testdata/event.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"v":1}`))
	f.Fuzz(func(t *testing.T, leaf []byte) {
		e, err := audit.DecodeEvent(leaf)
		if err != nil {
			return
		}
		if again := audit.Encode(e); string(again) != string(leaf) {
			t.Errorf("%q was accepted and is written as %q", leaf, again)
		}
	})
}

func FuzzProof(f *testing.F) {
	text, k := vector(f)
	var good audit.Proof
	if err := json.Unmarshal(text, &good); err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		var p audit.Proof
		if json.Unmarshal(text, &p) != nil {
			return
		}
		if _, err := audit.VerifyProof(p, k.verifiers); err == nil && !cmp.Equal(p, good) {
			t.Errorf("a proof that nobody made verifies: %s", text)
		}
	})
}
