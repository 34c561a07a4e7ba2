package reference_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"signet/secrets/reference"
)

func TestParse(t *testing.T) {
	arn := "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf"
	for text, want := range map[string]reference.Reference{
		"anycompany/warehouse":             {Name: "anycompany/warehouse"},
		"anycompany/warehouse#password":    {Name: "anycompany/warehouse", Field: "password"},
		arn:                                {Name: arn},
		"aws-secretsmanager:prod/db":       {Kind: reference.AWS, Name: "prod/db"},
		"aws-secretsmanager:" + arn + "#a": {Kind: reference.AWS, Name: arn, Field: "a"},
		"vault:secret/app/db#password":     {Kind: reference.Vault, Name: "secret/app/db", Field: "password"},
		"vault-database:database/app":      {Kind: reference.VaultDatabase, Name: "database/app"},
		"file:db/password":                 {Kind: reference.File, Name: "db/password"},
		"file:..data":                      {Kind: reference.File, Name: "..data"},
		"env:SIGNET_SECRET_DB":             {Kind: reference.Env, Name: "SIGNET_SECRET_DB"},
	} {
		got, err := reference.Parse(text)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", text, err, diff)
		}
	}
	for text, want := range map[string]string{
		"":                                  "not the name of a secret",
		"a b":                               "not the name of a secret",
		"a#":                                "name of a member",
		"a##":                               "name of a member",
		"a#b c":                             "name of a member",
		"aws:prod/db":                       `"aws" is no kind of secret`,
		"Vault:secret/app":                  `"Vault" is no kind of secret`,
		":x":                                "no kind of secret",
		"aws-secretsmanager:":               "not the name of a secret",
		"arn:aws:kms:eu-west-1:1:key:x":     "not the ARN of a secret",
		"arn:aws:secretsmanager::1:secret:": "not the ARN of a secret",
		"vault:secret":                      "MOUNT/PATH",
		"vault:secret/../sys/seal":          "MOUNT/PATH",
		"vault:/secret/x":                   "MOUNT/PATH",
		"vault:secret//x":                   "MOUNT/PATH",
		"vault:secret/x?version=1":          "MOUNT/PATH",
		"vault-database:database":           "MOUNT/ROLE",
		"vault-database:a/creds/app":        "MOUNT/ROLE",
		"file:/etc/passwd":                  "below the folder",
		"file:../x":                         "below the folder",
		"file:a/./x":                        "below the folder",
		`file:a\..\x`:                       "below the folder",
		"file:":                             "below the folder",
		"env:HOME":                          "begins with SIGNET_SECRET_",
		"env:SIGNET_SECRET_":                "begins with SIGNET_SECRET_",
		"env:SIGNET_ADMIN_PASSWORD":         "begins with SIGNET_SECRET_",
		strings.Repeat("x", 901):            "at most 900",
	} {
		if r, err := reference.Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v; want %q", text, r, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"a/b", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf", "vault:secret/app#x", "vault-database:database/app",
		"file:../x", "env:SIGNET_SECRET_X", "aws-secretsmanager:a#b", "file:a/..", "vault:a/%2e%2e/b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := reference.Parse(text)
		if err != nil {
			return
		}
		if r.String() != text {
			t.Errorf("%q is written as %q", text, r)
		}
		if again, err := reference.Parse(r.String()); err != nil || again != r {
			t.Errorf("%q: %v, %v", text, again, err)
		}
		for part := range strings.SplitSeq(r.Name, "/") {
			if r.Kind != reference.Local && r.Kind != reference.AWS && (part == ".." || part == "") {
				t.Errorf("%q leads elsewhere", text)
			}
		}
	})
}
