package kms_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	kmssdk "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"signet/audit"
	"signet/aws"
	"signet/aws/cloudtrail"
	awskms "signet/aws/kms"
	"signet/identity"
	"signet/internal/rootkey"
	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/internal/testenv"
	"signet/kms"
	"signet/policy"
	"signet/secrets"
	"signet/secrets/secretstest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

const (
	account = "123456789012"
	region  = "eu-west-1"
)

var system = identity.System("test")

// server is one server over a store, that AWS clients talk to.
type server struct {
	t      testing.TB
	ctx    context.Context
	db     *store.DB
	people *identity.Service
	log    *audit.Log
	url    string
	text   *journal // what the server logs
	root   sdk.Credentials
}

// journal is the log of a server.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer // guarded by mu
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

func start(t testing.TB, db *store.DB, root rootkey.Key) *server {
	t.Helper()
	s := &server{t: t, ctx: t.Context(), db: db, text: &journal{}}
	gate, log := secretstest.Gate(t, db, root)
	s.log = log
	vault := must(secrets.Open(s.ctx, db, secretstest.Ring(t, db, root), gate, time.Now))
	check(vault.Generate(s.ctx, system, identity.AccessKeySecret, identity.AccessKeySecretSize))
	logger := slog.New(slog.NewTextHandler(s.text, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s.people = must(identity.Open(s.ctx, identity.Config{DB: db, Gate: gate, Clock: time.Now, Keys: vault, Log: logger, Account: account, Region: region}))
	t.Cleanup(func() { _ = s.people.Close() })
	keys := must(kms.Open(s.ctx, db, secretstest.Ring(t, db, root), gate, time.Now, kms.Config{Account: account}))
	listener := httptest.NewServer(aws.New(aws.Config{
		Identity: s.people, Services: []aws.Service{awskms.New(keys), cloudtrail.New(gate, account)}, Home: region, Regions: []string{"us-west-2"},
		Origin: func(*http.Request) (string, bool) { return "192.0.2.7", false }, Logger: logger,
	}))
	t.Cleanup(listener.Close)
	s.url = listener.URL
	return s
}

// single is one server on SQLite, with an administrator.
func single(t testing.TB) *server {
	t.Helper()
	s := start(t, storetest.Open(t, storetest.SQLiteURL(t)), secretstest.RootKey(t))
	s.makeRoot()
	return s
}

// makeRoot makes the administrator and an access key.
func (s *server) makeRoot() {
	s.t.Helper()
	must(s.people.Create(s.ctx, system, identity.NewUser{Name: "root", Role: policy.Admin}))
	s.root = s.key("root")
}

func (s *server) key(user string) sdk.Credentials {
	s.t.Helper()
	k, secret, err := s.people.IAM().CreateAccessKey(s.ctx, system, user)
	check(err)
	return sdk.Credentials{AccessKeyID: k.ID, SecretAccessKey: string(secret.Reveal())}
}

// user makes an IAM user with statements as its policy, and returns a client of theirs.
func (s *server) user(name string, statements ...string) *kmssdk.Client {
	s.t.Helper()
	must(s.people.IAM().CreateUser(s.ctx, system, name, "/", "", nil))
	if len(statements) > 0 {
		s.may(name, statements...)
	}
	return s.client(s.key(name))
}

// may replaces a user's policy.
func (s *server) may(name string, statements ...string) {
	s.t.Helper()
	check(s.people.IAM().PutInline(s.ctx, system, identity.AUser, name, "p", document(statements...)))
}

func (s *server) client(c sdk.Credentials) *kmssdk.Client {
	return kmssdk.NewFromConfig(sdk.Config{
		Region: region, BaseEndpoint: &s.url, RetryMaxAttempts: 1,
		Credentials: sdk.CredentialsProviderFunc(func(context.Context) (sdk.Credentials, error) { return c, nil }),
	})
}

func document(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[{` + strings.Join(statements, "},{") + "}]}"
}

const everything = `"Effect":"Allow","Action":"kms:*","Resource":"*"`

func userARN(name string) string { return "arn:aws:iam::" + account + ":user/" + name }

// events are the records of the log.
func (s *server) events() []audit.Record {
	s.t.Helper()
	var all []audit.Record
	for from := audit.Index(0); ; {
		batch := must(s.log.Events(s.ctx, from, 500))
		if len(batch) == 0 {
			return all
		}
		all, from = append(all, batch...), batch[len(batch)-1].Index+1
	}
}

// make makes a key of a spec and usage.
func makeKey(c *kmssdk.Client, spec types.KeySpec, usage types.KeyUsageType) *types.KeyMetadata {
	return must(c.CreateKey(context.Background(), &kmssdk.CreateKeyInput{KeySpec: spec, KeyUsage: usage})).KeyMetadata
}

// wants fails the test unless err is the API's error of type E, with texts in its message.
func wants[E smithy.APIError](t testing.TB, what string, err error, texts ...string) {
	t.Helper()
	e, ok := errors.AsType[E](err)
	if !ok {
		t.Errorf("%s: %v", what, err)
		return
	}
	for _, text := range texts {
		if !strings.Contains(e.ErrorMessage(), text) {
			t.Errorf("%s: %q lacks %q", what, e.ErrorMessage(), text)
		}
	}
}

// code fails the test unless err has the code. It is for those that the SDK has no type for.
func code(t testing.TB, what string, err error, want string, texts ...string) {
	t.Helper()
	wants[smithy.APIError](t, what, err, texts...)
	if e, ok := errors.AsType[smithy.APIError](err); ok && e.ErrorCode() != want {
		t.Errorf("%s: %s, want %s", what, e.ErrorCode(), want)
	}
}

func s(v string) *string { return &v }

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
