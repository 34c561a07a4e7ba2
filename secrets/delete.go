package secrets

import (
	"context"
	"database/sql"
	"strconv"
	"time"

	"signet/internal/store"
	"signet/policy"
)

const (
	usualWindow = 30 // days
	leastWindow = 7
	mostWindow  = 30
)

// DeleteSecretInput says how a secret ends.
type DeleteSecretInput struct {
	Region                     string
	SecretID                   string
	RecoveryWindowInDays       int // 7 to 30; 0 for 30
	ForceDeleteWithoutRecovery bool
}

// DeleteSecretOutput says when a secret ends.
type DeleteSecretOutput struct {
	ARN, Name    string
	DeletionDate time.Time
}

// DeleteSecret plans the end of a secret, or ends it at once.
func (s *Service) DeleteSecret(ctx context.Context, c policy.Caller, in DeleteSecretInput) (DeleteSecretOutput, error) {
	asked := params{"forceDeleteWithoutRecovery": in.ForceDeleteWithoutRecovery, "recoveryWindowInDays": in.RecoveryWindowInDays}
	if err := in.check(); err != nil {
		return DeleteSecretOutput{}, err
	}
	conditions := given{}.flag("ForceDeleteWithoutRecovery", in.ForceDeleteWithoutRecovery)
	if !in.ForceDeleteWithoutRecovery {
		conditions.text("RecoveryWindowInDays", strconv.Itoa(in.RecoveryWindowInDays))
	}
	rec := &policy.Record{}
	r := request{region: in.Region, action: "DeleteSecret", secret: in.SecretID, params: asked, conditions: conditions, absent: in.ForceDeleteWithoutRecovery, record: rec}
	var out DeleteSecretOutput
	err := s.do(ctx, c, r, func(ctx context.Context, t target) (map[string]string, error) {
		if t.record == nil { // as AWS has it, ending at once what is not there is no error
			out = DeleteSecretOutput{ARN: t.arn, Name: in.SecretID, DeletionDate: s.clock().UTC()}
			return nil, nil
		}
		ends, err := s.end(ctx, t, in)
		if err != nil {
			return nil, err
		}
		out = DeleteSecretOutput{ARN: t.arn, Name: t.record.name, DeletionDate: ends}
		rec.Response = params{"arn": out.ARN, "name": out.Name, "deletionDate": policy.Timestamp(ends)}
		return map[string]string{"ends": policy.Timestamp(ends)}, nil
	})
	return out, err
}

func (in *DeleteSecretInput) check() error {
	switch days := in.RecoveryWindowInDays; {
	case in.ForceDeleteWithoutRecovery && days != 0:
		return invalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
	case days == 0:
		in.RecoveryWindowInDays = usualWindow
	case days < leastWindow || days > mostWindow:
		return invalidParameter("The RecoveryWindowInDays value must be between %d and %d days (inclusive).", leastWindow, mostWindow)
	}
	return nil
}

func (s *Service) end(ctx context.Context, t target, in DeleteSecretInput) (time.Time, error) {
	now := s.clock().UTC().Truncate(time.Microsecond)
	if in.ForceDeleteWithoutRecovery {
		return now, s.db.TxOn(ctx, smTopic, func(tx *store.Tx) error { return erase(ctx, tx, t.record.id) })
	}
	ends := now.AddDate(0, 0, in.RecoveryWindowInDays)
	_, _, err := s.alter(ctx, t, func(_ context.Context, _ *store.Tx, r *record) (map[string]string, error) {
		if err := r.living(); err != nil {
			return nil, err
		}
		r.deleted, r.deleteAt = at(now), at(ends)
		r.rotateAt = sql.NullInt64{} // until it is restored
		return nil, nil
	})
	return ends, err
}

// RestoreSecret takes back the end of a secret, as long as it has not come.
func (s *Service) RestoreSecret(ctx context.Context, c policy.Caller, in SecretInput) (NamedOutput, error) {
	r := request{region: in.Region, action: "RestoreSecret", secret: in.SecretID}
	t, err := s.change(ctx, c, r, func(_ context.Context, _ *store.Tx, r *record) (map[string]string, error) {
		if !r.deleteAt.Valid {
			return nil, nil // as AWS has it, restoring what lives is no error
		}
		r.deleted, r.deleteAt = sql.NullInt64{}, sql.NullInt64{}
		return nil, r.plan(s.clock())
	})
	if err != nil {
		return NamedOutput{}, err
	}
	return NamedOutput{t.arn, t.record.name}, nil
}

// purged is how many secrets one transaction of Purge removes.
const purged = 100

// Purge removes what is left of secrets whose end has come. Signet's own job calls it; nobody could read
// them before.
func (s *Service) Purge(ctx context.Context, c policy.Caller) error {
	var n int
	if err := s.db.QueryRow(ctx, "SELECT COUNT(*) FROM sm_secrets WHERE delete_at <= ?", s.clock().UnixMicro()).Scan(&n); err != nil || n == 0 {
		return err
	}
	op := policy.Operation{Action: "secretsmanager:Purge", Resource: "*", Allow: jobs}
	return s.gate.Do(ctx, c, op, func(ctx context.Context) (map[string]string, error) {
		total := 0
		for {
			n, err := s.purge(ctx)
			total += n
			if err != nil || n == 0 {
				return map[string]string{"secrets": strconv.Itoa(total)}, err
			}
		}
	})
}

const selectEnded = "SELECT id FROM sm_secrets WHERE delete_at <= ? ORDER BY delete_at LIMIT ?"

func (s *Service) purge(ctx context.Context) (n int, err error) {
	err = s.db.TxOn(ctx, smTopic, func(tx *store.Tx) error {
		rows, err := tx.Query(ctx, selectEnded, s.clock().UnixMicro(), purged)
		if err != nil {
			return err
		}
		ids, err := texts(rows)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := erase(ctx, tx, id); err != nil {
				return err
			}
		}
		n = len(ids)
		return nil
	})
	return n, err
}

// texts reads rows of one text and closes them.
func texts(rows *sql.Rows) ([]string, error) {
	defer rows.Close()
	var out []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	return out, rows.Err()
}
