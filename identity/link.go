package identity

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"signet/internal/fault"
	"signet/internal/opaque"
	"signet/internal/store"
	"signet/policy"
)

const (
	signInLink = "sign-in"
	setUpLink  = "set-up"

	setUpLife = time.Hour
	linkLife  = 24 * time.Hour
	maxLife   = 7 * 24 * time.Hour
)

// errLinkUsed is one answer for links that are used, expired or unknown.
func errLinkUsed() error {
	return fault.New(fault.LinkUsed, "this link was used already, or has expired; ask for a new one")
}

// MakeLink returns the token of a link that signs a user in once, for at most life (a day when 0).
func (s *Service) MakeLink(ctx context.Context, c policy.Caller, name string, life time.Duration) (opaque.Bytes, error) {
	if life == 0 {
		life = linkLife
	}
	if life < 0 || life > maxLife {
		return opaque.Bytes{}, fault.New(fault.InvalidInput, "a link lives for at most %s", maxLife)
	}
	token, d := newToken(linkPrefix)
	err := s.gated(ctx, c, about("MakeLink", fold(name)), func(ctx context.Context) error {
		return s.db.TxOn(ctx, topic, func(tx *store.Tx) error {
			a, err := existing(ctx, tx, name)
			switch {
			case err != nil:
				return err
			case a.Disabled:
				return fault.New(fault.InvalidInput, "%s is disabled", a.Name)
			case a.SSO:
				return fault.New(fault.InvalidInput, "%s signs in through single sign-on, not by links", a.Name)
			}
			return s.insertLink(ctx, tx, d, signInLink, sql.NullString{String: a.ID, Valid: true}, c, life)
		})
	})
	if err != nil {
		return opaque.Bytes{}, err
	}
	return token, nil
}

func (s *Service) insertLink(ctx context.Context, tx *store.Tx, d digest, kind string, user sql.NullString, c policy.Caller, life time.Duration) error {
	at := s.clock()
	_, err := tx.Exec(ctx, "INSERT INTO links (token_hash, kind, user_id, created_by, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
		d[:], kind, user, c.Principal().Name, at.UnixMicro(), at.Add(life).UnixMicro())
	return err
}

// UseLink makes a session for the user of a sign-in link, once.
func (s *Service) UseLink(ctx context.Context, o Origin, token string) (opaque.Bytes, policy.Caller, error) {
	d, _ := digestOf(linkPrefix, token) // no link has the zero digest
	row := s.db.QueryRow(ctx, "SELECT "+userColumns+` FROM links l JOIN users u ON u.id = l.user_id
		WHERE l.token_hash = ? AND l.kind = 'sign-in' AND l.used_at IS NULL AND l.expires_at > ? AND u.disabled_by = ''`,
		d[:], s.clock().UnixMicro())
	a, err := one(scanAccount(row))
	if err != nil {
		return opaque.Bytes{}, policy.Caller{}, err
	}
	if a.ID == "" || a.SSO {
		err := s.refuse(ctx, "UseLink", account{}, o)
		if fault.CodeOf(err) == fault.Denied {
			err = errLinkUsed()
		}
		return opaque.Bytes{}, policy.Caller{}, err
	}
	return s.begin(ctx, a, o, "UseLink", func(tx *store.Tx) error {
		now, err := byID(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		if now.ID == "" || now.Disabled || now.SSO {
			return errLinkUsed()
		}
		return s.consume(ctx, tx, d, signInLink)
	})
}

// consume uses a link up; of many tries at once, one gets nil.
func (s *Service) consume(ctx context.Context, tx *store.Tx, d digest, kind string) error {
	now := s.clock().UnixMicro()
	done, err := tx.Exec(ctx, "UPDATE links SET used_at = ? WHERE token_hash = ? AND kind = ? AND used_at IS NULL AND expires_at > ?", now, d[:], kind, now)
	if err != nil {
		return fmt.Errorf("using a link: %w", err)
	}
	if n, err := done.RowsAffected(); err != nil || n != 1 {
		return errLinkUsed()
	}
	return nil
}

// mustHit fails when a statement changed no row: what it was for has ended meanwhile.
func mustHit(done sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n != 1 {
		return errSignedOut()
	}
	return nil
}
