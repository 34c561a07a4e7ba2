package identity

import (
	"context"
	"fmt"
	"time"

	"signet/internal/fault"
	"signet/internal/store"
	"signet/policy"
)

// ofOneself is an operation on a user that keepers may do, and the user too.
func ofOneself(action, name string) policy.Operation {
	op := about(action, fold(name))
	op.Allow.Users = []string{fold(name)}
	return op
}

// Sessions lists a user's sessions in browsers that still hold, last used first.
func (s *Service) Sessions(ctx context.Context, c policy.Caller, name string) ([]Session, error) {
	op := ofOneself("ListSessions", name)
	op.ReadOnly = true
	if err := s.gate.View(ctx, c, op); err != nil {
		return nil, err
	}
	a, err := existing(ctx, s.db, name)
	if err != nil {
		return nil, err
	}
	at := s.clock()
	rows, err := s.db.Query(ctx, `SELECT id, created_at, last_seen, expires_at, ip, user_agent FROM sessions
		WHERE user_id = ? AND expires_at > ? ORDER BY last_seen DESC, id`, a.ID, at.UnixMicro())
	if err != nil {
		return nil, fmt.Errorf("listing sessions: %w", err)
	}
	defer rows.Close()
	var all []Session
	for rows.Next() {
		one := Session{User: a.User}
		var created, used, expires int64
		if err := rows.Scan(&one.ID, &created, &used, &expires, &one.IP, &one.UserAgent); err != nil {
			return nil, fmt.Errorf("listing sessions: %w", err)
		}
		one.CreatedAt, one.ExpiresAt = time.UnixMicro(created).UTC(), time.UnixMicro(expires).UTC()
		one.LastSeen = time.UnixMicro(max(used, s.seen.last(one.ID))).UTC()
		if at.Sub(one.LastSeen) < s.idle {
			all = append(all, one)
		}
	}
	return all, rows.Err()
}

// EndSession ends one session of a user at once: its next request is refused.
func (s *Service) EndSession(ctx context.Context, c policy.Caller, name, id string) error {
	op := ofOneself("EndSession", name)
	op.Detail = map[string]string{"session": clip(id)}
	return s.gated(ctx, c, op, func(ctx context.Context) error {
		return s.commit(ctx, func(tx *store.Tx) error {
			a, err := existing(ctx, tx, name)
			if err != nil {
				return err
			}
			done, err := tx.Exec(ctx, "DELETE FROM sessions WHERE id = ? AND user_id = ?", id, a.ID)
			if err != nil {
				return err
			}
			if n, err := done.RowsAffected(); err != nil || n == 0 {
				return first2(err, fault.New(fault.NotFound, "%s has no such session; it may have ended already", a.Name))
			}
			return nil
		})
	})
}
