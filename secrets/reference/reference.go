// Package reference names secrets and reads what the names stand for.
//
// A Reference says where a secret is: in Signet itself, in AWS Secrets Manager, in Vault, in a file, in the
// environment. A Resolver reads it from there, through one provider for each kind. It guarantees that each
// reading of another system is on the audit log, that a value stays in memory for seconds, or for its lease,
// and is overwritten then, and that what was leased is renewed while it is used and given back afterwards.
package reference

import (
	"fmt"
	"slices"
	"strings"
)

// Kind is where a secret is kept. Its text is what a reference begins with.
type Kind string

// The kinds. A local secret has no beginning: it is a name, or an ARN.
const (
	Local         Kind = ""
	AWS           Kind = "aws-secretsmanager" // a name or an ARN
	Vault         Kind = "vault"              // MOUNT/PATH of a KV engine, version 2
	VaultDatabase Kind = "vault-database"     // MOUNT/ROLE: a user that Vault makes and leases
	File          Kind = "file"               // a file below a folder of the operator's
	Env           Kind = "env"                // a variable of the server's environment
)

var kinds = []Kind{AWS, Vault, VaultDatabase, File, Env}

// EnvPrefix begins the names of the variables that a reference may name.
const EnvPrefix = "SIGNET_SECRET_"

// maxText bounds a reference, in bytes, so that the audit log holds it whole.
const maxText = 900

// Reference names one secret, or one member of it. It is comparable.
type Reference struct {
	Kind  Kind
	Name  string // as the kind writes it
	Field string // a member of the JSON object that the secret is; "" for the whole
}

// Text is a reference as it is written in a file.
type Text string

// Pattern is the form of a reference, for JSON schemas. Parse is stricter.
func (Text) Pattern() string {
	return `^((aws-secretsmanager|vault|vault-database|file|env):)?[A-Za-z0-9/_+=.@!:-]+(#[A-Za-z0-9_.-]+)?$`
}

// String is the reference as it is written: Parse of it gives the same one.
func (r Reference) String() string {
	s := r.Name
	if r.Kind != Local {
		s = string(r.Kind) + ":" + s
	}
	if r.Field != "" {
		s += "#" + r.Field
	}
	return s
}

// Parse reads a reference. Its error is for who wrote it.
func Parse(text string) (Reference, error) {
	if len(text) > maxText {
		return Reference{}, fmt.Errorf("a reference to a secret has at most %d bytes", maxText)
	}
	var r Reference
	name, field, has := strings.Cut(text, "#")
	if r.Name, r.Field = name, field; has && (field == "" || len(field) > 128 || !only(field, nameBytes+"_.-")) {
		return Reference{}, fmt.Errorf("%q does not end in the name of a member: want # and letters, digits, _, . and -", text)
	}
	if begin, rest, ok := strings.Cut(name, ":"); ok && begin != "arn" {
		if r.Kind, r.Name = Kind(begin), rest; !slices.Contains(kinds, r.Kind) {
			return Reference{}, fmt.Errorf("%q is no kind of secret: want aws-secretsmanager, vault, vault-database, file or env before the colon, or the name of a local secret without one", begin)
		}
	}
	if err := r.check(); err != nil {
		return Reference{}, err
	}
	return r, nil
}

const nameBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

func only(s, bytes string) bool { return strings.Trim(s, bytes) == "" }

func (r Reference) check() error {
	switch r.Kind {
	case Local, AWS:
		return checkSecretID(r.Name)
	case Env:
		if rest, ok := strings.CutPrefix(r.Name, EnvPrefix); !ok || rest == "" || !only(rest, nameBytes+"_") {
			return fmt.Errorf("%q is no variable for a secret: its name begins with %s, and has letters, digits and _ behind it", r.Name, EnvPrefix)
		}
		return nil
	case File:
		return checkPath(r.Name, 1, 32, "a file's name below the folder for secrets, such as db/password")
	case VaultDatabase:
		return checkPath(r.Name, 2, 2, "MOUNT/ROLE, such as database/app")
	default:
		return checkPath(r.Name, 2, 32, "MOUNT/PATH, such as secret/app/db")
	}
}

// checkPath wants a path that means what it says: no part of it is empty, . or .., so that no server and no
// file system makes another one of it.
func checkPath(path string, atLeast, atMost int, want string) error {
	parts := strings.Split(path, "/")
	for _, p := range parts {
		if p == "" || p == "." || p == ".." || !only(p, nameBytes+"_+=.@!-") {
			return fmt.Errorf("%q is not %s", path, want)
		}
	}
	if len(parts) < atLeast || len(parts) > atMost {
		return fmt.Errorf("%q is not %s", path, want)
	}
	return nil
}

// checkSecretID wants the name or the ARN of a secret in a Secrets Manager.
func checkSecretID(id string) error {
	name := id
	if strings.HasPrefix(id, "arn:") {
		p := strings.SplitN(id, ":", 7)
		if len(p) != 7 || p[2] != "secretsmanager" || p[5] != "secret" || !only(p[1], nameBytes+"-") || p[3] == "" || !only(p[3], nameBytes+"-") || len(p[3]) > 32 || !only(p[4], "0123456789") {
			return fmt.Errorf("%q is not the ARN of a secret: want arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME", id)
		}
		name = p[6]
	}
	if name == "" || len(name) > 512 || !only(name, nameBytes+"/_+=.@!-") {
		return fmt.Errorf("%q is not the name of a secret: want letters, digits and /_+=.@!-, at most 512", name)
	}
	return nil
}

// Region is that of a secret's ARN, "" for a name.
func (r Reference) Region() string {
	if p := strings.SplitN(r.Name, ":", 7); len(p) == 7 {
		return p[3]
	}
	return ""
}

// Plain is the name without what stands before it in an ARN. The end of an ARN, a dash and six letters, stays.
func (r Reference) Plain() string {
	if p := strings.SplitN(r.Name, ":", 7); len(p) == 7 {
		return p[6]
	}
	return r.Name
}
