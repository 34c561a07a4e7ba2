package secretsmanager_test

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
	sm "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/smithy-go"

	"signet/audit"
	"signet/aws"
	awskms "signet/aws/kms"
	"signet/aws/secretsmanager"
	"signet/aws/sts"
	"signet/identity"
	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/kms"
	"signet/policy"
	"signet/secrets"
	"signet/secrets/secretstest"
)

const (
	account = "123456789012"
	region  = "us-east-1"
)

var system = identity.System("test")

// server is a server that AWS clients talk to, with an administrator.
type server struct {
	t       testing.TB
	ctx     context.Context
	storeAt string // URL
	db      *store.DB
	people  *identity.Service
	secrets *secrets.Service
	log     *audit.Log
	url     string
	text    *journal // what the server logs
	root    sdk.Credentials
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

func start(t testing.TB) *server {
	t.Helper()
	s := &server{t: t, ctx: t.Context(), text: &journal{}, storeAt: storetest.SQLiteURL(t)}
	s.db = storetest.Open(t, s.storeAt)
	root := secretstest.RootKey(t)
	gate, log := secretstest.Gate(t, s.db, root)
	s.log = log
	vault := must(secrets.Open(s.ctx, s.db, secretstest.Ring(t, s.db, root), gate, time.Now))
	check(vault.Generate(s.ctx, system, identity.AccessKeySecret, identity.AccessKeySecretSize))
	logger := slog.New(slog.NewTextHandler(s.text, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s.people = must(identity.Open(s.ctx, identity.Config{DB: s.db, Gate: gate, Clock: time.Now, Keys: vault, Log: logger, Account: account, Region: region}))
	t.Cleanup(func() { _ = s.people.Close() })
	keys := must(kms.Open(s.ctx, s.db, secretstest.Ring(t, s.db, root), gate, time.Now, kms.Config{Account: account}))
	s.secrets = must(secrets.OpenService(s.db, keys, gate, time.Now, secrets.Config{Account: account, KeyMaker: system}))
	listener := httptest.NewServer(aws.New(aws.Config{
		Identity: s.people, Services: []aws.Service{sts.New(s.people), awskms.New(keys), secretsmanager.New(s.secrets)}, Home: region, Regions: []string{"*"},
		Origin: func(*http.Request) (string, bool) { return "192.0.2.7", false }, Logger: logger,
	}))
	t.Cleanup(listener.Close)
	s.url = listener.URL
	must(s.people.Create(s.ctx, system, identity.NewUser{Name: "root", Role: policy.Admin}))
	s.root = s.key("root")
	return s
}

func (s *server) key(user string) sdk.Credentials {
	s.t.Helper()
	k, secret, err := s.people.IAM().CreateAccessKey(s.ctx, system, user)
	check(err)
	return sdk.Credentials{AccessKeyID: k.ID, SecretAccessKey: string(secret.Reveal())}
}

// user makes an IAM user with statements as its policy, and returns a client of theirs.
func (s *server) user(name string, statements ...string) *sm.Client {
	s.t.Helper()
	must(s.people.IAM().CreateUser(s.ctx, system, name, "/", "", nil))
	if len(statements) > 0 {
		check(s.people.IAM().PutInline(s.ctx, system, identity.AUser, name, "p", document(statements...)))
	}
	return sm.NewFromConfig(s.config(s.key(name)))
}

func (s *server) config(c sdk.Credentials) sdk.Config {
	return sdk.Config{
		Region: region, BaseEndpoint: &s.url, RetryMaxAttempts: 1,
		Credentials: sdk.CredentialsProviderFunc(func(context.Context) (sdk.Credentials, error) { return c, nil }),
	}
}

// admin is a client of the administrator.
func (s *server) admin() *sm.Client { return sm.NewFromConfig(s.config(s.root)) }

func (s *server) kms() *kmssdk.Client { return kmssdk.NewFromConfig(s.config(s.root)) }

func document(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[{` + strings.Join(statements, "},{") + "}]}"
}

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

// create makes a secret with a text and returns its ARN.
func create(c *sm.Client, name, value string) *string {
	return must(c.CreateSecret(context.Background(), &sm.CreateSecretInput{Name: &name, SecretString: &value})).ARN
}

func get(c *sm.Client, id string) (string, error) {
	out, err := c.GetSecretValue(context.Background(), &sm.GetSecretValueInput{SecretId: &id})
	if err != nil {
		return "", err
	}
	return *out.SecretString, nil
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

// token makes a version's id of a short name.
func token(name string) *string { return s(name + strings.Repeat("-", 32-len(name))) }

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
