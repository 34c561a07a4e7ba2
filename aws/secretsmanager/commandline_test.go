package secretsmanager_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// commandLine runs the aws command against the server.
func (s *server) commandLine(args ...string) (string, error) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "aws", append(args, "--endpoint-url", s.url)...)
	env := slices.DeleteFunc(os.Environ(), func(kv string) bool { return strings.HasPrefix(kv, "AWS_") })
	cmd.Env = append(env, "AWS_ACCESS_KEY_ID="+s.root.AccessKeyID, "AWS_SECRET_ACCESS_KEY="+s.root.SecretAccessKey, "AWS_DEFAULT_REGION="+region,
		"AWS_DEFAULT_OUTPUT=json", "AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER=", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// run is commandLine for what must succeed; it reads the answer.
func (s *server) run(into any, args ...string) {
	s.t.Helper()
	out, err := s.commandLine(args...)
	if err != nil {
		s.t.Fatalf("aws %s: %v: %s", strings.Join(args, " "), err, out)
	}
	if strings.TrimSpace(out) == "" {
		return
	}
	if err := json.Unmarshal([]byte(out), into); err != nil {
		s.t.Fatalf("aws %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// The commands of the two posts, as they stand there but for the endpoint.
func TestTheCommandsOfThePosts(t *testing.T) {
	if _, err := exec.LookPath("aws"); err != nil {
		t.Skip("the aws command is not on this machine: install the package awscli")
	}
	w := start(t)
	var secret struct {
		ARN, Name, VersionId, SecretString string
		VersionStages                      []string
	}
	w.run(&secret, "secretsmanager", "create-secret", "--name", "name_of_secret", "--description", "Secret key to sign hash",
		"--secret-string", `{" name_of_key ":"value"}`, "--region", "us-east-1")
	if secret.Name != "name_of_secret" || len(secret.VersionId) != 36 || !strings.HasPrefix(secret.ARN, "arn:aws:secretsmanager:us-east-1:"+account+":secret:name_of_secret-") {
		t.Errorf("%+v", secret)
	}
	w.run(&secret, "secretsmanager", "get-secret-value", "--secret-id", "name_of_secret")
	if secret.SecretString != `{" name_of_key ":"value"}` || strings.Join(secret.VersionStages, "") != "AWSCURRENT" {
		t.Errorf("%+v", secret)
	}
	var described struct {
		Description        string
		VersionIdsToStages map[string][]string
		DeletedDate        any
	}
	w.run(&described, "secretsmanager", "describe-secret", "--secret-id", secret.ARN)
	if described.Description != "Secret key to sign hash" || len(described.VersionIdsToStages[secret.VersionId]) != 1 {
		t.Errorf("%+v", described)
	}
	var list struct{ SecretList []struct{ Name string } }
	w.run(&list, "secretsmanager", "list-secrets", "--filters", "Key=name,Values=name_of")
	if len(list.SecretList) != 1 || list.SecretList[0].Name != "name_of_secret" {
		t.Errorf("%+v", list)
	}
	w.run(&secret, "secretsmanager", "delete-secret", "--secret-id", "name_of_secret", "--recovery-window-in-days", "7")
	out, err := w.commandLine("secretsmanager", "get-secret-value", "--secret-id", "name_of_secret")
	if err == nil || !strings.Contains(out, "An error occurred (InvalidRequestException) when calling the GetSecretValue operation: You can't perform this operation on the secret because it was marked for deletion.") {
		t.Errorf("%v: %s", err, out)
	}
	w.run(&secret, "secretsmanager", "restore-secret", "--secret-id", "name_of_secret")
	w.run(&secret, "secretsmanager", "get-secret-value", "--secret-id", "name_of_secret")
	var caller struct{ Arn string }
	w.run(&caller, "sts", "get-caller-identity")
	if caller.Arn != "arn:aws:iam::"+account+":user/root" {
		t.Errorf("%+v", caller)
	}
	w.commandsOfTheSecondPost()
}

func (s *server) commandsOfTheSecondPost() {
	s.t.Helper()
	var key struct {
		KeyMetadata struct{ KeyId, KeyState string }
	}
	s.run(&key, "kms", "create-key", "--description", "key of the database's secret")
	id := key.KeyMetadata.KeyId
	var secret struct{ SecretString string }
	s.run(&secret, "secretsmanager", "create-secret", "--name", "hospitaldata", "--kms-key-id", id, "--secret-string", `{"username":"u","password":"p"}`)
	s.run(&secret, "secretsmanager", "get-secret-value", "--secret-id", "hospitaldata")
	if secret.SecretString != `{"username":"u","password":"p"}` {
		s.t.Errorf("%+v", secret)
	}
	s.run(&key, "kms", "disable-key", "--key-id", id)
	if s.run(&key, "kms", "describe-key", "--key-id", id); key.KeyMetadata.KeyState != "Disabled" {
		s.t.Errorf("%+v", key)
	}
	out, err := s.commandLine("secretsmanager", "get-secret-value", "--secret-id", "hospitaldata")
	if err == nil || !strings.Contains(out, "(DecryptionFailure)") {
		s.t.Errorf("%v: %s", err, out)
	}
}
