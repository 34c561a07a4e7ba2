package identity

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/netip"
	"time"

	"signet/internal/fault"
	"signet/internal/store"
)

// limitTopic is its own, so that guessing does not hold up other changes.
const limitTopic = "identity limits"

// brake lets burst tries pass at once, and then one per interval. The mark of a key lies one interval
// further ahead of now for each try that has not aged out.
type brake struct {
	burst    int64
	interval time.Duration
}

var (
	nameBrake    = brake{burst: 10, interval: 30 * time.Second}
	addressBrake = brake{burst: 100, interval: 2 * time.Second} // many people may share an address
)

// limitKeys hold neither name nor address: people type passwords into the wrong field.
func limitKeys(name string, o Origin) (byName, byAddress string) {
	return limitKey("name", name), limitKey("address", network(o.IP))
}

func limitKey(kind, what string) string {
	sum := sha256.Sum256([]byte("signet sign-in limit v1\x00" + kind + "\x00" + what))
	return kind + ":" + base64.RawURLEncoding.EncodeToString(sum[:16])
}

// network is what one person holds: an IPv4 address, or a whole /64 of IPv6.
func network(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	p, _ := a.Prefix(64) // 64 is in range
	return p.String()
}

// take counts a try before the password is checked, so that many tries at once do not slip through
// between the check and the count.
func (s *Service) take(ctx context.Context, name string, o Origin) error {
	nameKey, addressKey := limitKeys(name, o)
	now := s.clock()
	var wait time.Duration
	err := s.db.TxOn(ctx, limitTopic, func(tx *store.Tx) error {
		nameMark, nameWait, err := nameBrake.next(ctx, tx, nameKey, now)
		if err != nil {
			return err
		}
		addressMark, addressWait, err := addressBrake.next(ctx, tx, addressKey, now)
		if err != nil {
			return err
		}
		if wait = max(nameWait, addressWait); wait > 0 {
			return nil
		}
		if err := setMark(ctx, tx, nameKey, nameMark); err != nil {
			return err
		}
		return setMark(ctx, tx, addressKey, addressMark)
	})
	if err != nil {
		return fmt.Errorf("counting sign-ins: %w", err)
	}
	if wait > 0 {
		seconds := int((wait + time.Second - 1) / time.Second)
		return &fault.Error{Code: fault.RateLimited, Detail: "too many tries; wait a moment, or ask an administrator for a link", RetryAfter: seconds}
	}
	return nil
}

// giveBack forgets the tries of a name, and one of the address, after the right password. It does
// not clear the address: somebody with an account of their own could guess for ever.
func (s *Service) giveBack(ctx context.Context, name string, o Origin) error {
	nameKey, addressKey := limitKeys(name, o)
	err := s.db.TxOn(ctx, limitTopic, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, "DELETE FROM sign_in_limits WHERE key = ?", nameKey); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "UPDATE sign_in_limits SET mark = mark - ? WHERE key = ?", addressBrake.interval.Microseconds(), addressKey)
		return err
	})
	if err != nil {
		return fmt.Errorf("counting sign-ins: %w", err)
	}
	return nil
}

// next returns the mark after one more try, and how long to wait when there may be none.
func (b brake) next(ctx context.Context, tx *store.Tx, key string, now time.Time) (mark int64, wait time.Duration, err error) {
	err = tx.QueryRow(ctx, "SELECT mark FROM sign_in_limits WHERE key = ?", key).Scan(&mark)
	if err != nil && !store.IsNoRows(err) {
		return 0, 0, err
	}
	step := b.interval.Microseconds()
	mark = max(mark, now.UnixMicro()) + step
	ahead := mark - now.UnixMicro() - b.burst*step
	return mark, time.Duration(max(0, ahead)) * time.Microsecond, nil
}

func setMark(ctx context.Context, tx *store.Tx, key string, mark int64) error {
	_, err := tx.Exec(ctx, "INSERT INTO sign_in_limits (key, mark) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET mark = excluded.mark", key, mark)
	return err
}
