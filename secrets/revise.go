package secrets

import (
	"context"
	"errors"

	"signet/internal/store"
)

// errAgain says that a secret changed between its plan and its transaction.
var errAgain = errors.New("secrets: the secret has changed meanwhile")

const maxAgain = 100

// apply is the part of a change that runs in the transaction.
type apply func(tx *store.Tx, r *record) error

// revise changes a secret with the help of KMS. Keys are used outside transactions, whose writer the log
// of their use needs; so plan works on the secret as it is, and its result is applied only when the
// secret is still the same. Otherwise it plans anew.
func (s *Service) revise(ctx context.Context, t target, plan func(*record) (apply, error)) (target, error) {
	for range maxAgain {
		seen, err := readByID(ctx, s.db, t.record.id, s.clock())
		if err != nil {
			return target{}, err
		}
		if seen == nil {
			return target{}, notFound()
		}
		do, err := plan(seen)
		if err != nil || do == nil {
			return s.targetOf(seen), err
		}
		out, _, err := s.alter(ctx, t, func(_ context.Context, tx *store.Tx, r *record) (map[string]string, error) {
			if r.revision != seen.revision {
				return nil, errAgain
			}
			return nil, do(tx, r)
		})
		if !errors.Is(err, errAgain) {
			return out, err
		}
	}
	return target{}, fail(InternalServiceError, "The secret changes too often at the moment. Try again.")
}
