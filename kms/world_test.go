package kms_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"signet/audit"
	"signet/internal/opaque"
	"signet/internal/rootkey"
	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/internal/testenv"
	"signet/kms"
	"signet/policy"
	"signet/secrets/secretstest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

const (
	account = "123456789012"
	region  = "us-east-1"
	here    = "arn:aws:kms:us-east-1:123456789012:"
)

var scope = kms.Scope{Region: region}

// world is what the processes of one test share.
type world struct {
	root  rootkey.Key
	mu    sync.Mutex
	today time.Time // guarded by mu
}

func newWorld(t testing.TB) *world {
	return &world{root: secretstest.RootKey(t), today: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.today
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.today = w.today.Add(d)
}

const day = 24 * time.Hour

// process is one server over a store.
type process struct {
	*kms.Service
	t   testing.TB
	ctx context.Context
	w   *world
	db  *store.DB
	log *audit.Log
}

func (w *world) start(t testing.TB, db *store.DB) process {
	t.Helper()
	gate, log := secretstest.Gate(t, db, w.root)
	s, err := kms.Open(t.Context(), db, secretstest.Ring(t, db, w.root), gate, w.now, kms.Config{Account: account})
	if err != nil {
		t.Fatal(err)
	}
	return process{s, t, t.Context(), w, db, log}
}

// single is one process on SQLite, for rules that do not depend on the store.
func single(t testing.TB) process {
	t.Helper()
	return newWorld(t).start(t, storetest.Open(t, storetest.SQLiteURL(t)))
}

// everywhere runs f with one process on each engine.
func everywhere(t *testing.T, f func(t *testing.T, p process)) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) { f(t, newWorld(t).start(t, open())) })
}

// user is a user of the account with identity policies.
func user(t testing.TB, name string, statements ...string) policy.Caller {
	t.Helper()
	p := policy.Principal{ID: "id-" + name, Name: name, Role: policy.Reader, Session: "s-" + name, AWS: policy.Identity{
		Requester: policy.Requester{Type: policy.User, ARN: userARN(name), Account: account, Name: name, ID: "AIDA" + name},
	}}
	if len(statements) > 0 {
		doc, err := policy.ParseDocument([]byte(document(statements...)), policy.Options{Kind: policy.IdentityPolicy})
		if err != nil {
			t.Fatal(err)
		}
		p.AWS.Policies = []*policy.Document{doc}
	}
	return policy.NewCaller(p)
}

func userARN(name string) string { return "arn:aws:iam::" + account + ":user/" + name }

func document(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[{` + strings.Join(statements, "},{") + "}]}"
}

const allowKMS = `"Effect":"Allow","Action":"kms:*","Resource":"*"`

// admin may do everything that key policies leave to the account.
func admin(t testing.TB) policy.Caller { return user(t, "admin", allowKMS) }

var system = policy.NewCaller(policy.Principal{ID: "system:test", Name: "system:test", Role: policy.System})

// create makes a key of a spec and usage; both may be empty.
func (p process) create(spec, usage string) kms.KeyMetadata {
	p.t.Helper()
	return must(p.CreateKey(p.ctx, admin(p.t), kms.CreateKeyInput{Scope: scope, KeySpec: spec, KeyUsage: usage}))
}

func use(key string) kms.Use { return kms.Use{Scope: scope, KeyID: key} }

func plain(text string) opaque.Bytes { return opaque.New([]byte(text)) }

func (p process) encrypt(key, text string, pairs map[string]string) []byte {
	p.t.Helper()
	return must(p.Encrypt(p.ctx, admin(p.t), kms.EncryptInput{Use: use(key), Plaintext: plain(text), EncryptionContext: pairs})).CiphertextBlob
}

func (p process) decrypt(c policy.Caller, blob []byte, pairs map[string]string) (string, error) {
	out, err := p.Decrypt(p.ctx, c, kms.DecryptInput{Use: use(""), CiphertextBlob: blob, EncryptionContext: pairs})
	return string(out.Plaintext.Reveal()), err
}

// opens fails the test unless the ciphertext opens to the text.
func (p process) opens(blob []byte, text string, pairs map[string]string) {
	p.t.Helper()
	if got, err := p.decrypt(admin(p.t), blob, pairs); err != nil || got != text {
		p.t.Errorf("opened %q, %v", got, err)
	}
}

// wants fails the test unless err has the code, and a message with the texts.
func wants(t testing.TB, what string, err error, code string, texts ...string) {
	t.Helper()
	if code == "" {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
		return
	}
	var e *kms.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Errorf("%s: got %v, want %s", what, err, code)
		return
	}
	for _, text := range texts {
		if !strings.Contains(e.Message, text) {
			t.Errorf("%s: %q lacks %q", what, e.Message, text)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// events are the records of the log, as text.
func (p process) events() string {
	p.t.Helper()
	var out bytes.Buffer
	for from := int64(0); ; {
		batch := must(p.log.Events(p.ctx, from, 500))
		for _, e := range batch {
			fmt.Fprintf(&out, "%+v\n", e)
			from = e.Index + 1
		}
		if len(batch) == 0 {
			return out.String()
		}
	}
}
