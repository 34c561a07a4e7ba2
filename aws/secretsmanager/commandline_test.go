package secretsmanager_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// run is CommandLine for what must succeed; it reads the answer.
func (s *server) run(into any, args ...string) {
	s.T.Helper()
	out, err := s.CommandLine(args...)
	if err != nil {
		s.T.Fatalf("aws %s: %v: %s", strings.Join(args, " "), err, out)
	}
	if strings.TrimSpace(out) == "" {
		return
	}
	if err := json.Unmarshal([]byte(out), into); err != nil {
		s.T.Fatalf("aws %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// The commands of the two posts, as they stand there but for the endpoint.
func TestTheCommandsOfThePosts(t *testing.T) {
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
	out, err := w.CommandLine("secretsmanager", "get-secret-value", "--secret-id", "name_of_secret")
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
	s.T.Helper()
	var key struct {
		KeyMetadata struct{ KeyId, KeyState string }
	}
	s.run(&key, "kms", "create-key", "--description", "key of the database's secret")
	id := key.KeyMetadata.KeyId
	var secret struct{ SecretString string }
	s.run(&secret, "secretsmanager", "create-secret", "--name", "hospitaldata", "--kms-key-id", id, "--secret-string", `{"username":"u","password":"p"}`)
	s.run(&secret, "secretsmanager", "get-secret-value", "--secret-id", "hospitaldata")
	if secret.SecretString != `{"username":"u","password":"p"}` {
		s.T.Errorf("%+v", secret)
	}
	s.run(&key, "kms", "disable-key", "--key-id", id)
	if s.run(&key, "kms", "describe-key", "--key-id", id); key.KeyMetadata.KeyState != "Disabled" {
		s.T.Errorf("%+v", key)
	}
	out, err := s.CommandLine("secretsmanager", "get-secret-value", "--secret-id", "hospitaldata")
	if err == nil || !strings.Contains(out, "(DecryptionFailure)") {
		s.T.Errorf("%v: %s", err, out)
	}
}
