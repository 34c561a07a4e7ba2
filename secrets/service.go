package secrets

import (
	"context"
	"crypto/x509"
	"fmt"
	"time"

	"signet/audit"
	"signet/internal/store"
	"signet/kms"
	"signet/policy"
)

// smTopic is that of the write transactions of Secrets Manager.
const smTopic = "secretsmanager"

// Service is the Secrets Manager of one account. Nothing of a secret stays in memory: what a key or a
// policy forbids is forbidden for the next request.
type Service struct {
	db      *store.DB
	gate    *audit.Gate
	clock   func() time.Time
	account string
	seal    envelope
	dial    dialer
	due     chan struct{}

	afterStep func(step string) error // nil but in tests, where it stops a rotation as a crash does
}

// Config says for whom the service keeps secrets.
type Config struct {
	Account     string         // 12 digits
	RotationCAs *x509.CertPool // who vouches for the databases that rotations change; nil for the system's
	KeyMaker    policy.Caller  // a job that makes the service's own key in a region where a value first needs it; nobody for EnsureKeys alone
}

// OpenService opens Secrets Manager over a store.
func OpenService(db *store.DB, keys *kms.Service, gate *audit.Gate, clock func() time.Time, config Config) (*Service, error) {
	if !accountForm.MatchString(config.Account) {
		return nil, fmt.Errorf("secrets: account %q: an account has 12 digits", config.Account)
	}
	return &Service{
		db: db, gate: gate, clock: clock, account: config.Account, seal: envelope{&keyring{kms: keys, maker: config.KeyMaker}},
		dial: dialer{roots: config.RotationCAs}, due: make(chan struct{}, 1),
	}, nil
}

// change is do for a change of one secret: f gets the secret as it is in the transaction, and what it
// changes of it is written. The secret's date of change becomes now.
func (s *Service) change(ctx context.Context, c policy.Caller, r request, f func(context.Context, *store.Tx, *record) (map[string]string, error)) (target, error) {
	var out target
	if r.record == nil {
		r.record = &policy.Record{}
	}
	err := s.do(ctx, c, r, func(ctx context.Context, t target) (detail map[string]string, err error) {
		out, detail, err = s.alter(ctx, t, f)
		if err == nil && r.record.Response == nil {
			r.record.Response = answered(out.arn, out.record.name)
		}
		return detail, err
	})
	return out, err
}

// alter runs f in a transaction on a secret and writes what it changes.
func (s *Service) alter(ctx context.Context, t target, f func(context.Context, *store.Tx, *record) (map[string]string, error)) (out target, detail map[string]string, err error) {
	err = s.db.TxOn(ctx, smTopic, func(tx *store.Tx) error {
		r, err := readByID(ctx, tx, t.record.id, s.clock())
		if err != nil {
			return err
		}
		if r == nil {
			return notFound()
		}
		r.changed = s.clock().UnixMicro()
		if detail, err = f(ctx, tx, r); err != nil {
			return err
		}
		out = s.targetOf(r)
		return saveRecord(ctx, tx, r)
	})
	return out, detail, err
}

// living refuses what cannot be done with a secret that waits for its deletion.
func (r *record) living() error {
	if r.deleteAt.Valid {
		return invalidRequest("You can't perform this operation on the secret because it was marked for deletion.")
	}
	return nil
}
