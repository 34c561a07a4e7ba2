package identity

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"signet/internal/fault"
	"signet/internal/opaque"
	"signet/internal/store"
	"signet/policy"
)

// Session is one sign-in of one user.
type Session struct {
	ID        string
	User      User
	CreatedAt time.Time
	LastSeen  time.Time // as the store has it; up to a minute old
	ExpiresAt time.Time // at the latest; an unused session ends earlier
	IP        string    // of the sign-in
	UserAgent string
}

func errSignedOut() error {
	return fault.New(fault.Unauthenticated, "you are not signed in, or your session has ended")
}

// Authenticate returns who holds a session's token: somebody only when the session, its user and its
// times are good now. It fails closed: no answer from the store is no caller.
func (s *Service) Authenticate(ctx context.Context, token string, o Origin) (policy.Caller, Session, error) {
	d, ok := digestOf(sessionPrefix, token)
	if !ok {
		return policy.Caller{}, Session{}, errSignedOut()
	}
	now, err := s.watch.Current(ctx)
	if err != nil {
		return policy.Caller{}, Session{}, fmt.Errorf("authenticating: %w", err)
	}
	at := s.clock()
	e := s.cache.get(d)
	if e == nil || e.epoch < now || !s.live(e, at) {
		if e, err = s.load(ctx, d, now, at); err != nil {
			return policy.Caller{}, Session{}, err
		}
	}
	s.touch(e, at)
	return as(e.who, o, at), e.session, nil
}

// live reports whether a session is within its life and was used lately.
func (s *Service) live(e *entry, at time.Time) bool {
	return at.Before(e.session.ExpiresAt) && at.Sub(time.UnixMicro(e.used.Load())) < s.idle
}

const selectSession = "SELECT " + userColumns + `, s.id, s.created_at, s.last_seen, s.expires_at, s.ip, s.user_agent
	FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.token_hash = ? AND u.disabled_by = ''`

// load reads a session. now is the epoch read before, so the entry is never taken for newer than it is.
func (s *Service) load(ctx context.Context, d digest, now int64, at time.Time) (*entry, error) {
	e := &entry{epoch: now}
	var created, used, expires int64
	a, err := scanAccount(s.db.QueryRow(ctx, selectSession, d[:]), &e.session.ID, &created, &used, &expires, &e.session.IP, &e.session.UserAgent)
	if store.IsNoRows(err) {
		s.cache.drop(d)
		return nil, errSignedOut()
	}
	if err != nil {
		return nil, fmt.Errorf("authenticating: %w", err)
	}
	e.session.User = a.User
	e.session.CreatedAt, e.session.ExpiresAt = time.UnixMicro(created).UTC(), time.UnixMicro(expires).UTC()
	e.session.LastSeen = time.UnixMicro(used).UTC()
	e.used.Store(max(used, s.seen.last(e.session.ID)))
	if !s.live(e, at) {
		s.cache.drop(d)
		return nil, errSignedOut()
	}
	if e.who, err = s.principal(ctx, a.User, e.session.ID); err != nil {
		return nil, fmt.Errorf("authenticating: %w", err)
	}
	s.cache.put(d, e)
	return e, nil
}

// touch notes the use of a session, at most once per granularity.
func (s *Service) touch(e *entry, at time.Time) {
	before, now := e.used.Load(), at.UnixMicro()
	if now-before >= s.granularity.Microseconds() && e.used.CompareAndSwap(before, now) {
		s.seen.note(e.session.ID, now)
	}
}

// newcomer is a user who is about to get a session; the AWS side knows them from the next request on.
func (s *Service) newcomer(u User, session string, o Origin) policy.Caller {
	return as(policy.Principal{ID: u.ID, Name: u.Name, Role: u.Role, Groups: u.Groups, Session: session}, o, s.clock())
}

// begin makes a session for a user who has just proved who they are. inside runs in the transaction
// that makes it, and stops it with an error when the proof no longer holds.
func (s *Service) begin(ctx context.Context, a account, o Origin, action string, inside func(*store.Tx) error) (opaque.Bytes, policy.Caller, error) {
	token, d := newToken(sessionPrefix)
	id := newID("ses_")
	c := s.newcomer(a.User, id, o)
	op := policy.Operation{Action: "identity:" + action, Resource: "user/" + a.Name, Allow: policy.Grant{Users: []string{a.Name}}}
	err := s.gated(ctx, c, op, func(ctx context.Context) error {
		return s.db.TxOn(ctx, topic, func(tx *store.Tx) error {
			if err := inside(tx); err != nil {
				return err
			}
			return s.insertSession(ctx, tx, id, d, a.ID, o)
		})
	})
	if err != nil {
		return opaque.Bytes{}, policy.Caller{}, err
	}
	return token, c, nil
}

func (s *Service) insertSession(ctx context.Context, tx *store.Tx, id string, d digest, user string, o Origin) error {
	at := s.clock()
	_, err := tx.Exec(ctx, `INSERT INTO sessions (id, token_hash, user_id, created_at, last_seen, expires_at, ip, user_agent)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		id, d[:], user, at.UnixMicro(), at.UnixMicro(), at.Add(s.life).UnixMicro(), clip(o.IP), clip(o.UserAgent))
	return err
}

// clip makes what a browser sent fit for a table: short, valid, printable.
func clip(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if runes := []rune(s); len(runes) > 200 {
		return string(runes[:200])
	}
	return s
}

// SignOut ends the caller's session at once.
func (s *Service) SignOut(ctx context.Context, c policy.Caller) error {
	p := c.Principal()
	op := policy.Operation{Action: "identity:SignOut", Resource: "user/" + p.Name, Allow: policy.Grant{Users: []string{p.Name}}}
	return s.gated(ctx, c, op, func(ctx context.Context) error {
		return s.commit(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(ctx, "DELETE FROM sessions WHERE id = ?", p.Session)
			return err
		})
	})
}
