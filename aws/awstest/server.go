// Package awstest starts the door of AWS clients for tests: all services over one store, behind the gate,
// on a listener of the test's own. It guarantees that each test has its own store, and that what a test
// reads of the log, of the server's journal and of the store is all that there is.
package awstest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"signet/audit"
	"signet/aws"
	"signet/aws/cloudtrail"
	"signet/aws/iam"
	awskms "signet/aws/kms"
	"signet/aws/secretsmanager"
	"signet/aws/sts"
	"signet/identity"
	"signet/internal/rootkey"
	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/kms"
	"signet/policy"
	"signet/secrets"
	"signet/secrets/secretstest"
)

// Account is the account of every server.
const Account = "123456789012"

// Origin is the address that every request comes from.
const Origin = "192.0.2.7"

// System is the test as a job of Signet's own, which needs no policy.
var System = identity.System("test")

// Options say how a server differs from the usual one.
type Options struct {
	Home    string   // region; "" for us-east-1
	Regions []string // that it serves besides; "*" for all
}

// Server is a server that AWS clients talk to.
type Server struct {
	T       testing.TB
	DB      *store.DB
	Log     *audit.Log
	People  *identity.Service
	Keys    *kms.Service
	Secrets *secrets.Service
	URL     string
	Home    string
	Text    *Journal        // what the server logs
	Root    sdk.Credentials // of the administrator

	files string // of the store, "" when the test opened it
}

// Journal is what a server logs.
type Journal struct {
	mu sync.Mutex
	b  bytes.Buffer // guarded by mu
}

// Write adds to the journal.
func (j *Journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(b)
}

// String returns all of the journal.
func (j *Journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

// Start is Open on a store of its own, with an administrator who is called root.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	url := storetest.SQLiteURL(t)
	s := Open(t, storetest.Open(t, url), secretstest.RootKey(t), o)
	s.files = strings.TrimPrefix(url, "sqlite:")
	s.MakeRoot()
	return s
}

// Open starts a server over a store. Two over one store and root key are two processes of one account.
func Open(t testing.TB, db *store.DB, root rootkey.Key, o Options) *Server {
	t.Helper()
	s := &Server{T: t, DB: db, Home: o.Home, Text: &Journal{}}
	if s.Home == "" {
		s.Home = "us-east-1"
	}
	gate, log := secretstest.Gate(t, db, root)
	s.Log = log
	vault, err := secrets.Open(t.Context(), db, secretstest.Ring(t, db, root), gate, time.Now)
	s.check(err)
	s.check(vault.Generate(t.Context(), System, identity.AccessKeySecret, identity.AccessKeySecretSize))
	logger := slog.New(slog.NewTextHandler(s.Text, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s.People, err = identity.Open(t.Context(), identity.Config{DB: db, Gate: gate, Clock: time.Now, Keys: vault, Log: logger, Account: Account, Region: s.Home})
	s.check(err)
	t.Cleanup(func() { _ = s.People.Close() })
	s.Keys, err = kms.Open(t.Context(), db, secretstest.Ring(t, db, root), gate, time.Now, kms.Config{Account: Account})
	s.check(err)
	s.Secrets, err = secrets.OpenService(db, s.Keys, gate, time.Now, secrets.Config{Account: Account, KeyMaker: System})
	s.check(err)
	listener := httptest.NewServer(aws.New(aws.Config{
		Identity: s.People, Gate: gate, Home: s.Home, Regions: o.Regions, Logger: logger,
		Origin: func(*http.Request) (string, bool) { return Origin, false },
		Services: []aws.Service{
			sts.New(s.People), iam.New(s.People), cloudtrail.New(gate, Account), awskms.New(s.Keys), secretsmanager.New(s.Secrets),
		},
	}))
	t.Cleanup(listener.Close)
	s.URL = listener.URL
	return s
}

func (s *Server) check(err error) {
	s.T.Helper()
	if err != nil {
		s.T.Fatal(err)
	}
}

// MakeRoot makes the administrator and an access key.
func (s *Server) MakeRoot() {
	s.T.Helper()
	_, err := s.People.Create(s.T.Context(), System, identity.NewUser{Name: "root", Role: policy.Admin})
	s.check(err)
	s.Root = s.AccessKey("root")
}

// AccessKey makes an access key of a user.
func (s *Server) AccessKey(user string) sdk.Credentials {
	s.T.Helper()
	k, secret, err := s.People.IAM().CreateAccessKey(s.T.Context(), System, user)
	s.check(err)
	return sdk.Credentials{AccessKeyID: k.ID, SecretAccessKey: string(secret.Reveal())}
}

// User makes an IAM user with statements as its policy, and an access key of it.
func (s *Server) User(name string, statements ...string) sdk.Credentials {
	s.T.Helper()
	_, err := s.People.IAM().CreateUser(s.T.Context(), System, name, "/", "", nil)
	s.check(err)
	if len(statements) > 0 {
		s.May(name, statements...)
	}
	return s.AccessKey(name)
}

// May replaces a user's policy.
func (s *Server) May(name string, statements ...string) {
	s.T.Helper()
	s.check(s.People.IAM().PutInline(s.T.Context(), System, identity.AUser, name, "p", Document(statements...)))
}

// Document is a policy of statements, each without its braces.
func Document(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[{` + strings.Join(statements, "},{") + "}]}"
}

// UserARN is the ARN of a user whose path is /.
func UserARN(name string) string { return "arn:aws:iam::" + Account + ":user/" + name }

// Config is that of an SDK client in the home region. A failed call is not tried again.
func (s *Server) Config(c sdk.Credentials) sdk.Config {
	return sdk.Config{
		Region: s.Home, BaseEndpoint: &s.URL, RetryMaxAttempts: 1,
		Credentials: sdk.CredentialsProviderFunc(func(context.Context) (sdk.Credentials, error) { return c, nil }),
	}
}

// Send posts a body to a service of JSON, signed as an AWS client signs. target is the header that names the
// operation, as TrentService.Encrypt.
func (s *Server) Send(c sdk.Credentials, service, target, body string) (status int, answer string) {
	s.T.Helper()
	return s.post(c, service, body, http.Header{"Content-Type": {"application/x-amz-json-1.1"}, "X-Amz-Target": {target}})
}

// SendForm is Send for the services that take a form.
func (s *Server) SendForm(c sdk.Credentials, service, form string) (status int, answer string) {
	s.T.Helper()
	return s.post(c, service, form, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
}

func (s *Server) post(c sdk.Credentials, service, body string, header http.Header) (status int, answer string) {
	s.T.Helper()
	ctx := s.T.Context()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/", strings.NewReader(body))
	s.check(err)
	r.Header = header
	sum := sha256.Sum256([]byte(body))
	s.check(v4.NewSigner().SignHTTP(ctx, c, r, hex.EncodeToString(sum[:]), service, s.Home, time.Now()))
	resp, err := http.DefaultClient.Do(r)
	s.check(err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	s.check(err)
	return resp.StatusCode, string(text)
}

// Events are all records of the log.
func (s *Server) Events() []audit.Record {
	s.T.Helper()
	var all []audit.Record
	for from := audit.Index(0); ; {
		batch, err := s.Log.Events(s.T.Context(), from, 500)
		s.check(err)
		if len(batch) == 0 {
			return all
		}
		all, from = append(all, batch...), batch[len(batch)-1].Index+1
	}
}

// Files are the bytes of the store by file: the database and the journals beside it.
func (s *Server) Files() map[string][]byte {
	s.T.Helper()
	names, err := filepath.Glob(s.files + "*")
	s.check(err)
	if s.files == "" || len(names) < 2 {
		s.T.Fatalf("awstest: the store has files %v", names)
	}
	all := map[string][]byte{}
	for _, name := range names {
		all[filepath.Base(name)], err = os.ReadFile(name)
		s.check(err)
	}
	return all
}
