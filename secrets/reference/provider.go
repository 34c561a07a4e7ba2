package reference

import (
	"context"
	"fmt"
	"time"

	"signet/internal/opaque"
	"signet/policy"
)

// MaxValue bounds a secret, in bytes.
const MaxValue = 64 << 10

// Provider reads the secrets of one kind.
type Provider interface {
	// Fetch reads a secret anew, whole: the reference's Field is not its business. c is who asks, for those that
	// decide about callers themselves. An error never holds anything of a secret.
	Fetch(ctx context.Context, c policy.Caller, r Reference) (Fetched, error)
}

// Fetched is a secret as it was read.
type Fetched struct {
	Value opaque.Bytes // whoever gets it wipes it
	Lease Lease        // nil for a secret that nobody made for us
	Until time.Time    // the end of the lease
}

// Lease is a secret that was made for us, for a time.
type Lease interface {
	// Renew asks for more time and returns the new end, which may be no later than the old one: then, and after
	// an error, another secret is needed.
	Renew(ctx context.Context) (until time.Time, err error)
	// Revoke gives the secret back: it is of no use to anybody then.
	Revoke(ctx context.Context) error
}

// Refusal is a reading that the server's operator has not allowed. Its text is for them; authors get plain words.
type Refusal struct {
	Why  string
	Mend string // which setting, and how
}

// Error is for the operator.
func (r *Refusal) Error() string { return r.Why + ": " + r.Mend }

// Allowed checks a name against the prefixes that the operator allows of one kind; * allows all of them. No
// prefix at all is a kind that is switched off.
func Allowed(prefixes []string, r Reference, setting string) error {
	if len(prefixes) == 0 {
		return &Refusal{Why: fmt.Sprintf("secrets of the kind %s are switched off", r.Kind),
			Mend: fmt.Sprintf("set %s to the beginnings of the names that may be read, such as app/,shared/, or to * for all", setting)}
	}
	for _, p := range prefixes {
		if p == "*" || len(r.Plain()) >= len(p) && r.Plain()[:len(p)] == p {
			return nil
		}
	}
	return &Refusal{Why: fmt.Sprintf("%s begins with nothing that may be read", r.Plain()), Mend: "add the beginning of its name to " + setting}
}
