package writeback_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"signet/writeback"
)

var update = flag.Bool("update", false, "write testdata/receipt.json anew")

// sample returns the recorded receipt file and the key that it verifies with.
func sample(t testing.TB) ([]byte, note.Verifiers) {
	t.Helper()
	file, err := os.ReadFile("testdata/receipt.json")
	if err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile("testdata/receipt.key")
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(key)))
	if err != nil {
		t.Fatal(err)
	}
	return file, note.VerifierList(verifier)
}

// TestRecordedReceiptFile keeps files verifiable that were downloaded from older servers.
func TestRecordedReceiptFile(t *testing.T) {
	if *update {
		w := newWorld(t, targets["duckdb"](t))
		r := w.mustSubmit(w.ana, "generate-quote", w.quoteTicket("TX"), map[string]any{"discount": 12.5, "note": "Söhne & <b>"})
		file, err := w.engine.ReceiptFile(w.ctx, w.ana, r.ID)
		if err != nil {
			t.Fatal(err)
		}
		for path, b := range map[string][]byte{"testdata/receipt.json": file, "testdata/receipt.key": []byte(w.publicKey + "\n")} {
			if err := os.WriteFile(path, b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	file, verifiers := sample(t)
	v, err := writeback.VerifyReceiptFile(file, verifiers)
	if err != nil {
		t.Fatal(err)
	}
	if v.Receipt.Record.Status != "generated" || v.Receipt.Who.Name != "ana" || v.Receipt.Inputs[1].Value.String() != "Söhne & <b>" || v.Event.Who.Name != "ana" {
		t.Errorf("got %+v", v.Receipt)
	}
	if _, err := writeback.VerifyReceiptFile(append(file, '{'), verifiers); err == nil {
		t.Error("something behind the file was taken")
	}
	if _, err := writeback.VerifyReceiptFile(file, note.VerifierList()); err == nil {
		t.Error("it verified without a key")
	}
}

func FuzzVerifyReceiptFile(f *testing.F) {
	file, verifiers := sample(f)
	f.Add(file)
	f.Add([]byte(`{"format":"signet receipt v1","receipt":{},"proof":{}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := writeback.VerifyReceiptFile(b, verifiers)
		if err != nil {
			return
		}
		want, err := writeback.VerifyReceiptFile(file, verifiers)
		if err != nil || v.Receipt.ID != want.Receipt.ID || len(v.Receipt.Written) != len(want.Receipt.Written) {
			t.Errorf("another receipt verifies: %+v", v.Receipt)
		}
	})
}

func FuzzTemplate(f *testing.F) {
	for _, s := range []string{"select :a", "select ':a' || :b -- :c\n", `select "x:y"::text`, "select 1; drop", "/* */ select", "select $1", "'"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		text, names, err := writeback.ParseTemplate(sql)
		if err != nil {
			return
		}
		if len(text) != len(names)+1 {
			t.Fatalf("%d texts and %d names", len(text), len(names))
		}
		whole := text[0]
		for i, name := range names {
			whole += ":" + name + text[i+1]
		}
		if whole != strings.TrimSpace(sql) {
			t.Errorf("%q became %q", sql, whole)
		}
	})
}
