package secretsmanager_test

import (
	"context"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	kmssdk "github.com/aws/aws-sdk-go-v2/service/kms"
	sm "github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"signet/aws/awstest"
)

const (
	account = awstest.Account
	region  = "us-east-1"
)

// server is a server that AWS clients talk to, with an administrator.
type server struct{ *awstest.Server }

func start(t testing.TB) *server {
	t.Helper()
	return &server{awstest.Start(t, awstest.Options{Home: region, Regions: []string{"*"}})}
}

// user makes an IAM user with statements as its policy, and returns a client of theirs.
func (s *server) user(name string, statements ...string) *sm.Client {
	s.T.Helper()
	return sm.NewFromConfig(s.Config(s.User(name, statements...)))
}

// admin is a client of the administrator.
func (s *server) admin() *sm.Client { return sm.NewFromConfig(s.Config(s.Root)) }

func (s *server) kms() *kmssdk.Client { return kmssdk.NewFromConfig(s.Config(s.Root)) }

// send posts a body as an operation.
func (s *server) send(c sdk.Credentials, operation, body string) (int, string) {
	s.T.Helper()
	return s.Send(c, "secretsmanager", "secretsmanager."+operation, body)
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
