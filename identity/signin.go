package identity

import (
	"context"
	"fmt"

	"signet/internal/fault"
	"signet/internal/opaque"
	"signet/internal/store"
	"signet/policy"
)

// SignIn makes a session for a name and its password. A wrong password, an unknown name, a disabled
// user and one without a password get one answer, after the same work.
func (s *Service) SignIn(ctx context.Context, o Origin, name, password string) (opaque.Bytes, policy.Caller, error) {
	name = fold(name)
	if err := s.take(ctx, name, o); err != nil {
		return opaque.Bytes{}, policy.Caller{}, err
	}
	a, err := byName(ctx, s.db, name)
	if err != nil {
		return opaque.Bytes{}, policy.Caller{}, err
	}
	ok, renew, err := s.hashes.verify(ctx, a.usable(), password)
	if err != nil {
		return opaque.Bytes{}, policy.Caller{}, err
	}
	if !ok {
		err := s.refuse(ctx, "SignIn", a, o)
		if fault.CodeOf(err) == fault.Denied {
			err = fault.New(fault.BadCredentials, "the name or the password is wrong")
		}
		return opaque.Bytes{}, policy.Caller{}, err
	}
	if err := s.giveBack(ctx, name, o); err != nil {
		return opaque.Bytes{}, policy.Caller{}, err
	}
	token, c, err := s.begin(ctx, a, o, "SignIn", func(tx *store.Tx) error { return unchanged(ctx, tx, a) })
	if err == nil && renew {
		s.renew(ctx, a, password)
	}
	return token, c, err
}

// usable is the hash that a password may be checked against now.
func (a account) usable() string {
	if a.Disabled || a.SSO {
		return ""
	}
	return a.password
}

// unchanged stops a sign-in whose user was disabled, or got another password, while it was checked.
func unchanged(ctx context.Context, tx *store.Tx, before account) error {
	now, err := byID(ctx, tx, before.ID)
	if err != nil {
		return err
	}
	if now.usable() == "" || now.password != before.password {
		return fault.New(fault.BadCredentials, "the name or the password is wrong")
	}
	return nil
}

// refuse puts a failed try on record and returns the gate's denial. A name that nobody has is not
// recorded: people type passwords into the wrong field.
func (s *Service) refuse(ctx context.Context, action string, a account, o Origin) error {
	name := a.Name
	if name == "" {
		name = "unknown"
	}
	op := policy.Operation{Action: "identity:" + action, Resource: "user/" + name}
	if _, err := s.gate.Begin(ctx, stranger(name, o), op); err != nil {
		return err
	}
	return fmt.Errorf("identity: the gate let a stranger pass for %s", action)
}

// renew replaces a hash of an older cost. A failure is no reason to turn the user away.
func (s *Service) renew(ctx context.Context, a account, password string) {
	hash, err := s.hashes.hash(ctx, password)
	if err == nil {
		_, err = s.db.Exec(ctx, "UPDATE users SET password = ? WHERE id = ? AND password = ?", hash, a.ID, a.password)
	}
	if err != nil {
		s.log.Warn("identity: renewing a password hash", "user", a.Name, "err", err)
	}
}

// ChangePassword sets the caller's own password. current may be empty while there is none. Every
// other session of the user ends at once; the caller's goes on under the token that is returned.
func (s *Service) ChangePassword(ctx context.Context, c policy.Caller, current, next string) (opaque.Bytes, error) {
	p := c.Principal()
	a, err := byID(ctx, s.db, p.ID)
	if err != nil {
		return opaque.Bytes{}, err
	}
	if a.ID == "" || p.Session == "" {
		return opaque.Bytes{}, errSignedOut()
	}
	if a.password != "" {
		if err := s.checkCurrent(ctx, c, a, current); err != nil {
			return opaque.Bytes{}, err
		}
	}
	hash, err := s.newPassword(ctx, "password", a.User, next)
	if err != nil {
		return opaque.Bytes{}, err
	}
	token, d := newToken(sessionPrefix)
	op := policy.Operation{Action: "identity:ChangePassword", Resource: "user/" + a.Name, Allow: policy.Grant{Users: []string{a.Name}}}
	err = s.gated(ctx, c, op, func(ctx context.Context) error {
		return s.commit(ctx, func(tx *store.Tx) error {
			if err := s.setPassword(ctx, tx, a, hash, p.Session); err != nil {
				return err
			}
			return mustHit(tx.Exec(ctx, "UPDATE sessions SET token_hash = ? WHERE id = ?", d[:], p.Session))
		})
	})
	if err != nil {
		return opaque.Bytes{}, err
	}
	return token, nil
}

func (s *Service) checkCurrent(ctx context.Context, c policy.Caller, a account, current string) error {
	p := c.Principal()
	o := Origin{IP: p.SourceIP, UserAgent: p.UserAgent, RequestID: p.RequestID}
	if err := s.take(ctx, a.Name, o); err != nil {
		return err
	}
	ok, _, err := s.hashes.verify(ctx, a.usable(), current)
	if err != nil {
		return err
	}
	if ok {
		return s.giveBack(ctx, a.Name, o)
	}
	if err := s.refuse(ctx, "ChangePassword", a, o); fault.CodeOf(err) != fault.Denied {
		return err
	}
	return &fault.Error{
		Code: fault.InvalidInput, Detail: "the current password is wrong",
		Fields: []fault.Field{{Field: "current", Message: "this is not your password"}},
	}
}

// SetPassword gives a user a password, by an administrator. Every session of the user ends at once.
func (s *Service) SetPassword(ctx context.Context, c policy.Caller, name, password string) error {
	return s.gated(ctx, c, about("SetPassword", fold(name)), func(ctx context.Context) error {
		a, err := existing(ctx, s.db, name)
		if err != nil {
			return err
		}
		hash, err := s.newPassword(ctx, "password", a.User, password)
		if err != nil {
			return err
		}
		return s.commit(ctx, func(tx *store.Tx) error { return s.setPassword(ctx, tx, a, hash, "") })
	})
}

// setPassword writes a hash unless the password changed meanwhile, and ends what was begun under the
// old one: links, and sessions but for one.
func (s *Service) setPassword(ctx context.Context, tx *store.Tx, a account, hash, keep string) error {
	err := mustHit(tx.Exec(ctx, "UPDATE users SET password = ?, updated_at = ? WHERE id = ? AND password = ? AND disabled_by = ''",
		hash, s.clock().UnixMicro(), a.ID, a.password))
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "DELETE FROM links WHERE user_id = ?", a.ID); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "DELETE FROM sessions WHERE user_id = ? AND id <> ?", a.ID, keep)
	return err
}
