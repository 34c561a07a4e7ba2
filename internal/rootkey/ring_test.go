package rootkey_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"signet/internal/rootkey"
	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/internal/testenv"
)

var update = flag.Bool("update", false, "write testdata/vectors.json")

func TestMain(m *testing.M) { testenv.Main(m) }

func newKey(t *testing.T) rootkey.Key {
	t.Helper()
	return must(rootkey.Generate())
}

// settle writes a sealed value as the packages above do, and returns its root key.
func settle(t *testing.T, db *store.DB, s rootkey.Sealer, sealed []byte) (root rootkey.ID, settled []byte) {
	t.Helper()
	err := db.TxOn(t.Context(), "test", func(tx *store.Tx) error {
		id, b, err := s.Settle(t.Context(), tx, []byte("place"), sealed)
		if err == nil {
			root, settled = rootkey.ID(id), b
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return root, settled
}

// While a rotation is under way a start with either key finds both; after its end only the new one opens, and
// what was told to outlive the old one does.
func TestRingThroughARotation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		db, ctx := open(), t.Context()
		old, next := newKey(t), newKey(t)
		ring := must(rootkey.Open(ctx, db, old))
		other := must(rootkey.Open(ctx, open(), old)) // of another process
		keep := []rootkey.Keep{rootkey.KeepLasting("test ids"), rootkey.KeepSealed("test token", 0)}
		ids, values, tokens := must(ring.Lasting("test ids")), must(ring.Sealer("test value")), must(ring.Sealer("test token"))
		value, token := must(values.Seal([]byte("place"), []byte("v"))), must(tokens.Seal([]byte("place"), []byte("t")))
		lateValues := must(other.Sealer("test value"))
		late := must(lateValues.Seal([]byte("place"), []byte("late")))

		if err := ring.Begin(ctx, next, rootkey.Wrapped{}, keep); err != nil {
			t.Fatal(err)
		}
		if err := ring.Begin(ctx, newKey(t), rootkey.Wrapped{}, keep); err == nil {
			t.Error("a second rotation was begun")
		}
		if ring.Current() != next.ID() || other.Current() != old.ID() {
			t.Errorf("current %s, elsewhere %s", ring.Current(), other.Current())
		}
		// What the other process sealed before it noticed is sealed anew when it is written.
		if root, settled := settle(t, open(), lateValues, late); root != next.ID() || must(rootkey.SealedUnder(settled)) != next.ID() {
			t.Errorf("written under %s", root)
		}
		for name, held := range map[string]rootkey.Key{"the old key": old, "the new key": next} {
			r := must(rootkey.Open(ctx, open(), held))
			if r.Held() != (held.ID() == next.ID()) || r.Current() != next.ID() {
				t.Errorf("%s: held %t, current %s", name, r.Held(), r.Current())
			}
			if got, err := must(r.Sealer("test value")).Open([]byte("place"), value); err != nil || string(got.Reveal()) != "v" {
				t.Errorf("%s: %v", name, err)
			}
			if !must(r.Lasting("test ids")).Equal(ids) {
				t.Errorf("%s: the lasting key is another", name)
			}
		}
		if _, err := ring.RewrapKept(ctx); err != nil {
			t.Fatal(err)
		}
		if err := ring.Finish(ctx, keep); err != nil {
			t.Fatal(err)
		}
		if _, err := rootkey.Open(ctx, open(), old); err == nil || !strings.Contains(err.Error(), next.ID().String()) {
			t.Errorf("the old key opens, or nothing names the new one: %v", err)
		}
		fresh := must(rootkey.Open(ctx, open(), next))
		if _, err := must(fresh.Sealer("test value")).Open([]byte("place"), value); err == nil {
			t.Error("a value under the old key opens")
		}
		if got, err := must(fresh.Sealer("test token")).Open([]byte("place"), token); err != nil || string(got.Reveal()) != "t" {
			t.Errorf("a token from before: %v", err)
		}
		if !must(fresh.Lasting("test ids")).Equal(ids) {
			t.Error("the lasting key is another after the end")
		}
		// A second rotation keeps what the first one kept.
		last := newKey(t)
		if err := errors.Join(fresh.Begin(ctx, last, rootkey.Wrapped{}, keep), second(fresh.RewrapKept(ctx)), fresh.Finish(ctx, keep)); err != nil {
			t.Fatal(err)
		}
		fresh = must(rootkey.Open(ctx, open(), last))
		if _, err := must(fresh.Sealer("test token")).Open([]byte("place"), token); err != nil || !must(fresh.Lasting("test ids")).Equal(ids) {
			t.Errorf("after a second rotation: %v", err)
		}
	})
}

func second(_ int, err error) error { return err }

// A process that slept through whole rotations finds the root key where it came from, or says which one it needs.
func TestRingThatSleptThroughARotation(t *testing.T) {
	db, ctx := storetest.Open(t, storetest.SQLiteURL(t)), t.Context()
	held := newKey(t)
	ring := must(rootkey.Open(ctx, db, held))
	asleep, lost := must(rootkey.Open(ctx, db, held)), must(rootkey.Open(ctx, db, held))
	asleep.From(func(context.Context) (rootkey.Key, error) { return held, nil })
	for range 2 {
		held = newKey(t)
		if err := errors.Join(ring.Begin(ctx, held, rootkey.Wrapped{}, nil), ring.Finish(ctx, nil)); err != nil {
			t.Fatal(err)
		}
	}
	value := must(must(ring.Sealer("test value")).Seal(nil, []byte("v")))
	if _, err := must(asleep.Sealer("test value")).Open(nil, value); err != nil {
		t.Error(err)
	}
	if _, err := must(lost.Sealer("test value")).Open(nil, value); err == nil || !strings.Contains(err.Error(), held.ID().String()) {
		t.Errorf("got %v", err)
	}
}

// local is a keeper that keeps its key in the test, for what is not about providers.
type local struct{ s rootkey.Sealer }

func (l local) URL() string { return "test://key" }
func (l local) Encrypt(_ context.Context, b []byte) ([]byte, error) {
	return l.s.Seal([]byte("keeper"), b)
}
func (l local) Decrypt(_ context.Context, b []byte) ([]byte, error) {
	out, err := l.s.Open([]byte("keeper"), b)
	return out.Reveal(), err
}

// Two first starts with a key outside agree on one root key, and a wrapping of another one is no root key.
func TestWrappedRootKeys(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		ctx, k := t.Context(), local{must(newKey(t).Sealer("test keeper"))}
		a, b := open(), open()
		keys := make(chan rootkey.ID, 2)
		for _, db := range []*store.DB{a, b} {
			go func() {
				key, err := rootkey.LoadWrapped(ctx, db, k)
				if err != nil {
					t.Error(err)
				}
				keys <- key.ID()
			}()
		}
		if one, two := <-keys, <-keys; one != two {
			t.Errorf("two starts made %s and %s", one, two)
		}
		mine := must(rootkey.Wrap(ctx, k, newKey(t)))
		if _, err := a.Exec(ctx, "UPDATE root_keys SET wrapped = ?", mine.Bytes); err != nil {
			t.Fatal(err)
		}
		if _, err := rootkey.LoadWrapped(ctx, a, k); err == nil {
			t.Error("another key was taken for the root key")
		}
		mine.Bytes[0] = 9
		if _, err := rootkey.Unwrap(ctx, k, mine); err == nil || !strings.Contains(err.Error(), "form") {
			t.Errorf("an unknown form: %v", err)
		}
	})
}

// formVector is a sealed form of this package.
type formVector struct {
	Purpose string `json:"purpose"`
	RootKey string `json:"root_key"`
	Place   string `json:"place"`
	Nonce   string `json:"nonce"`
	Value   string `json:"value"`
	Sealed  string `json:"sealed"`
}

func TestFormsInTheStore(t *testing.T) {
	root, other, nonce := bytes.Repeat([]byte{1, 2, 3, 4}, 8), bytes.Repeat([]byte{5, 6, 7, 8}, 8), bytes.Repeat([]byte{9, 8, 7}, 8)
	id := must(rootkey.New(other)).ID()
	var got []formVector
	for _, v := range []struct {
		purpose      string
		place, value []byte
	}{
		{"root key", rootkey.LinkPlace(id), other},
		{"kept key", rootkey.KeptPlace(id, "seal kms grant tokens"), bytes.Repeat([]byte{5}, 32)},
	} {
		sealed := must(must(must(rootkey.New(root)).Sealer(v.purpose)).SealWith([24]byte(nonce), v.place, v.value))
		got = append(got, formVector{v.purpose, hex.EncodeToString(root), hex.EncodeToString(v.place), hex.EncodeToString(nonce), hex.EncodeToString(v.value), hex.EncodeToString(sealed)})
	}
	const file = "testdata/vectors.json"
	if *update {
		if err := os.WriteFile(file, append(must(json.MarshalIndent(got, "", "  ")), '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var want []formVector
	if err := json.Unmarshal(must(os.ReadFile(file)), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
