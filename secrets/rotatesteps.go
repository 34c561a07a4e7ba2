package secrets

import (
	"context"
	"errors"
	"fmt"

	"signet/internal/opaque"
	"signet/internal/store"
	"signet/policy"
)

// rotationStep is one of the four. Each can be repeated at any time: what it did before, it finds done.
type rotationStep struct {
	name string
	do   func(*Service, context.Context, policy.Caller, *rotation) error
}

var rotationSteps = []rotationStep{
	{"createSecret", (*Service).createSecret},
	{"setSecret", (*Service).setSecret},
	{"testSecret", (*Service).testSecret},
	{"finishSecret", (*Service).finishSecret},
}

// What new passwords are: long, and without characters that tools trip over.
const passwordLength = 32

var passwordTypes = []string{lower, upper, digits, "!#$%&()*+,-.:;<=>?[]^_{|}~"}

// createSecret fills the pending version with a new password.
func (s *Service) createSecret(ctx context.Context, c policy.Caller, r *rotation) error {
	v, err := readVersion(ctx, s.db, r.record.id, r.token)
	if err != nil {
		return err
	}
	if v != nil && v.kind != emptyValue {
		return nil
	}
	current, err := s.credentials(ctx, c, r, Current)
	if err != nil {
		return err
	}
	defer current.password.Wipe()
	username := current.username
	if r.rotator.alternating {
		username = current.other()
	}
	fresh := opaque.New(password(passwordTypes, passwordLength, true))
	defer fresh.Wipe()
	value, err := current.with(username, fresh)
	if err != nil {
		return err
	}
	defer value.Wipe()
	_, err = s.put(ctx, c, r.target, r.token, value, []string{Pending})
	if e, ok := errors.AsType[*Error](err); ok && e.Code == ResourceExistsException {
		return nil // another process was first; its password counts
	}
	return err
}

// credentials reads the version with a label.
func (s *Service) credentials(ctx context.Context, c policy.Caller, r *rotation, label string) (credentials, error) {
	creds, err := s.credentialsOf(ctx, c, r.target, label)
	if err != nil {
		return creds, err
	}
	return creds, r.rotator.serves(creds)
}

func (s *Service) credentialsOf(ctx context.Context, c policy.Caller, t target, label string) (credentials, error) {
	v, _, err := s.pick(ctx, t, "", label)
	if err != nil {
		return credentials{}, err
	}
	value, err := s.seal.open(ctx, c, t.place(v), v.kind, v.sealed)
	if err != nil {
		return credentials{}, err
	}
	defer value.Wipe()
	return parseCredentials(value)
}

// setSecret makes the database take the pending password.
func (s *Service) setSecret(ctx context.Context, c policy.Caller, r *rotation) error {
	pending, current, err := s.pair(ctx, c, r)
	if err != nil {
		return err
	}
	defer pending.password.Wipe()
	defer current.password.Wipe()
	err = s.dial.login(ctx, pending)
	if err == nil || !errors.Is(err, errRefused) {
		return err // done before, or the database cannot be asked
	}
	if r.rotator.alternating {
		return s.setOther(ctx, c, r, pending, current)
	}
	err = s.dial.setOwn(ctx, current, pending.password)
	if !errors.Is(err, errRefused) {
		return err
	}
	// Somebody may have put a rotation back: the database then still has the password before.
	previous, failed := s.credentials(ctx, c, r, Previous)
	if failed != nil || previous.username != pending.username || !previous.sameServer(pending) {
		return err
	}
	defer previous.password.Wipe()
	return s.dial.setOwn(ctx, previous, pending.password)
}

// pair reads the pending and the current version. Their server is one, so that a password goes nowhere else.
func (s *Service) pair(ctx context.Context, c policy.Caller, r *rotation) (pending, current credentials, err error) {
	if pending, err = s.credentials(ctx, c, r, Pending); err != nil {
		return pending, current, err
	}
	if current, err = s.credentials(ctx, c, r, Current); err != nil {
		return pending, current, err
	}
	username := current.username
	if r.rotator.alternating {
		username = current.other()
	}
	if !pending.sameServer(current) || pending.username != username {
		return pending, current, invalidRequest("The pending version is for another user or server than the current one. Take AWSPENDING from it, and rotate again.")
	}
	return pending, current, nil
}

// setOther has the user of the master secret change the one who takes turns. The current user must be
// able to log in: who names a master secret must have had a user on that server already. The master's
// own password goes to the server of its own secret only.
func (s *Service) setOther(ctx context.Context, c policy.Caller, r *rotation, pending, current credentials) error {
	if err := s.dial.login(ctx, current); err != nil {
		return fmt.Errorf("the current user: %w", err)
	}
	if current.master == "" {
		return badJSON("masterarn is missing")
	}
	t, err := s.find(ctx, r.record.region, current.master)
	if err != nil {
		return err
	}
	master, err := s.credentialsOf(ctx, c, t, Current)
	if err != nil {
		return fmt.Errorf("the master secret: %w", err)
	}
	defer master.password.Wipe()
	if !master.sameServer(current) {
		return invalidRequest("The master secret is for another database server.")
	}
	return s.dial.setOther(ctx, master, current.username, pending.username, pending.password)
}

// testSecret logs in with the pending version.
func (s *Service) testSecret(ctx context.Context, c policy.Caller, r *rotation) error {
	pending, err := s.credentials(ctx, c, r, Pending)
	if err != nil {
		return err
	}
	defer pending.password.Wipe()
	return s.dial.login(ctx, pending)
}

// finishSecret makes the pending version the current one.
func (s *Service) finishSecret(ctx context.Context, _ policy.Caller, r *rotation) error {
	_, _, err := s.alter(ctx, r.target, func(ctx context.Context, tx *store.Tx, now *record) (map[string]string, error) {
		if now.token != r.token || now.on[Pending] != r.token {
			return nil, invalidRequest("The rotation was cancelled.")
		}
		delete(now.on, Pending)
		if err := now.on.putAll([]string{Current}, r.token); err != nil {
			return nil, err
		}
		now.token, now.failures, now.rotatingUntil = "", 0, 0
		now.rotated = at(s.clock())
		return nil, errors.Join(now.plan(s.clock()), prune(ctx, tx, now, s.clock()))
	})
	return err
}
