package identity

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"signet/internal/fault"
	"signet/internal/opaque"
	"signet/internal/store"
	"signet/internal/weak"
	"signet/policy"
)

func errSetUpDone() error { return fault.New(fault.NotFound, "set-up is done") }

// NeedsSetup reports whether there is no administrator yet.
func (s *Service) NeedsSetup(ctx context.Context) (bool, error) {
	n, err := admins(ctx, s.db)
	if err != nil {
		return false, fmt.Errorf("looking for an administrator: %w", err)
	}
	return n == 0, nil
}

// SetupLink returns the token of a link that makes the first administrator, once, within an hour. It
// ends earlier set-up links. There is none when an administrator exists: fault not_found. The server
// prints it on its console; no route hands it out.
func (s *Service) SetupLink(ctx context.Context) (opaque.Bytes, error) {
	token, d := newToken(linkPrefix)
	c := System("start")
	op := policy.Operation{Action: "identity:MakeSetupLink", Resource: "setup", Allow: keepers}
	err := s.gated(ctx, c, op, func(ctx context.Context) error {
		return s.db.TxOn(ctx, topic, func(tx *store.Tx) error {
			if n, err := admins(ctx, tx); err != nil || n > 0 {
				return orDone(err)
			}
			if _, err := tx.Exec(ctx, "DELETE FROM links WHERE kind = ?", setUpLink); err != nil {
				return err
			}
			return s.insertLink(ctx, tx, d, setUpLink, sql.NullString{}, c, setUpLife)
		})
	})
	if err != nil {
		return opaque.Bytes{}, err
	}
	return token, nil
}

func orDone(err error) error {
	if err != nil {
		return err
	}
	return errSetUpDone()
}

// Setup makes the first administrator from a set-up link, and a session for them. A mistake in the
// input does not use the link up. Once there is an administrator it is gone: fault not_found.
func (s *Service) Setup(ctx context.Context, o Origin, token, name, displayName, password string) (opaque.Bytes, policy.Caller, error) {
	if needed, err := s.NeedsSetup(ctx); err != nil || !needed {
		return opaque.Bytes{}, policy.Caller{}, orDone(err)
	}
	d, _ := digestOf(linkPrefix, token) // no link has the zero digest
	var open int
	err := s.db.QueryRow(ctx, "SELECT COUNT(*) FROM links WHERE token_hash = ? AND kind = 'set-up' AND used_at IS NULL AND expires_at > ?",
		d[:], s.clock().UnixMicro()).Scan(&open)
	if err != nil {
		return opaque.Bytes{}, policy.Caller{}, fmt.Errorf("using a link: %w", err)
	}
	if open == 0 {
		err := s.refuse(ctx, "Setup", account{}, o)
		if fault.CodeOf(err) == fault.Denied {
			err = errLinkUsed()
		}
		return opaque.Bytes{}, policy.Caller{}, err
	}
	a, err := s.firstAdmin(ctx, name, displayName, password, false)
	if err != nil {
		return opaque.Bytes{}, policy.Caller{}, err
	}
	return s.begin(ctx, a, o, "Setup", func(tx *store.Tx) error {
		if n, err := admins(ctx, tx); err != nil || n > 0 {
			return orDone(err)
		}
		if err := s.consume(ctx, tx, d, setUpLink); err != nil {
			return err
		}
		return s.add(ctx, tx, a)
	})
}

// firstAdmin is checked but not yet stored. onlyKey is for one who signs requests and has no password.
func (s *Service) firstAdmin(ctx context.Context, name, displayName, password string, onlyKey bool) (account, error) {
	a := account{User: User{
		ID: newID("usr_"), Name: name, DisplayName: displayName, Role: policy.Admin, Origin: ByHand,
		HasPassword: password != "", CreatedAt: s.clock().UTC(),
	}}
	wrong := tidy(&a.User, "")
	if why := weakness(a.Name, password); why != "" && !onlyKey {
		wrong = append(wrong, fault.Field{Field: "password", Message: why})
	}
	if err := invalid(wrong); err != nil {
		return account{}, err
	}
	if onlyKey {
		return a, nil
	}
	hash, err := s.hashes.hash(ctx, password)
	a.password = hash
	return a, err
}

// FirstAdmin is the administrator of the server's settings: with a password, an access key, or both.
type FirstAdmin struct {
	Name        string
	Password    opaque.Bytes
	AccessKeyID string
	Secret      opaque.Bytes
}

// AdminFromEnv makes the first administrator from the server's settings, for scripts and fleets. When
// there is an administrator already, it changes nothing: the settings are no way to reset a password,
// nor to bring back an access key that was deleted.
func (s *Service) AdminFromEnv(ctx context.Context, f FirstAdmin) error {
	name, password := f.Name, string(f.Password.Reveal())
	if needed, err := s.NeedsSetup(ctx); err != nil || !needed {
		return err
	}
	if why := f.weakness(); why != "" {
		return fault.New(fault.InvalidInput, "making the administrator %q from the settings: %s", name, why)
	}
	a, err := s.firstAdmin(ctx, name, "", password, password == "" && f.AccessKeyID != "")
	if err != nil {
		return fmt.Errorf("making the administrator %q from the settings: %s%w", name, mistakes(err), err)
	}
	return s.gated(ctx, System("start"), about("CreateUser", a.Name), func(ctx context.Context) error {
		return s.db.TxOn(ctx, topic, func(tx *store.Tx) error {
			if n, err := admins(ctx, tx); err != nil || n > 0 {
				return err // another process was first
			}
			if _, err := tx.Exec(ctx, "DELETE FROM links WHERE kind = ?", setUpLink); err != nil {
				return err
			}
			if err := s.add(ctx, tx, a); err != nil || f.AccessKeyID == "" {
				return err
			}
			return s.insertKey(ctx, tx, AccessKey{ID: f.AccessKeyID, CreatedAt: s.clock().UTC()}, a.ID, f.Secret)
		})
	})
}

var settledKeyID = regexp.MustCompile(`^[A-Z0-9]{16,128}$`)

// weakness says what is wrong with an access key that somebody chose, "" when nothing is.
func (f FirstAdmin) weakness() string {
	secret := string(f.Secret.Reveal())
	switch {
	case f.AccessKeyID == "" && secret == "":
		return ""
	case !settledKeyID.MatchString(f.AccessKeyID) || strings.HasPrefix(f.AccessKeyID, sessionKey):
		return "the access key id has 16 to 128 of A-Z and 0-9, such as AKIA and 16 more, and does not begin with ASIA"
	case len(secret) < 32 || len(secret) > 128:
		return "the secret access key has 32 to 128 characters; make one with: openssl rand -base64 30"
	case strings.Contains(secret, "EXAMPLE"):
		return "the secret access key is one that is printed as an example"
	case weak.Pattern(f.Secret.Reveal()) != "" || weak.Distinct(f.Secret.Reveal()) < 12:
		return "the secret access key is easy to guess; make one with: openssl rand -base64 30"
	}
	return ""
}

// mistakes spells out what the fields of a fault say, for errors that are read on a console.
func mistakes(err error) string {
	var text strings.Builder
	if e, ok := errors.AsType[*fault.Error](err); ok {
		for _, f := range e.Fields {
			fmt.Fprintf(&text, "%s: %s; ", f.Field, f.Message)
		}
	}
	return text.String()
}
