package kms_test

import (
	"context"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	kmssdk "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"signet/aws/awstest"
	"signet/internal/rootkey"
	"signet/internal/store"
	"signet/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

const (
	account = awstest.Account
	region  = "eu-west-1"
)

var options = awstest.Options{Home: region, Regions: []string{"us-west-2"}}

// server is one server over a store, that AWS clients talk to.
type server struct{ *awstest.Server }

func start(t testing.TB, db *store.DB, root rootkey.Key) *server {
	t.Helper()
	return &server{awstest.Open(t, db, root, options)}
}

// single is one server on SQLite, with an administrator.
func single(t testing.TB) *server {
	t.Helper()
	return &server{awstest.Start(t, options)}
}

// user makes an IAM user with statements as its policy, and returns a client of theirs.
func (s *server) user(name string, statements ...string) *kmssdk.Client {
	s.T.Helper()
	return s.client(s.User(name, statements...))
}

func (s *server) client(c sdk.Credentials) *kmssdk.Client { return kmssdk.NewFromConfig(s.Config(c)) }

// send posts a body as an operation.
func (s *server) send(c sdk.Credentials, operation, body string) (int, string) {
	s.T.Helper()
	return s.Send(c, "kms", "TrentService."+operation, body)
}

const everything = `"Effect":"Allow","Action":"kms:*","Resource":"*"`

// make makes a key of a spec and usage.
func makeKey(c *kmssdk.Client, spec types.KeySpec, usage types.KeyUsageType) *types.KeyMetadata {
	return must(c.CreateKey(context.Background(), &kmssdk.CreateKeyInput{KeySpec: spec, KeyUsage: usage})).KeyMetadata
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
