package identity

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"signet/internal/fault"
	"signet/internal/opaque"
	"signet/internal/store"
	"signet/policy"
)

// Credentials are temporary ones. Secret and Token are shown once.
type Credentials struct {
	ID        string
	Secret    opaque.Bytes
	Token     opaque.Bytes
	ExpiresAt time.Time
}

const tokenPrefix = "signet_t_"

// Limits of temporary credentials, in seconds.
const (
	maxUserSession     = 129600
	usualUserSession   = 43200
	maxChained         = 3600
	maxSessionPolicies = 10
	maxPolicyBytes     = 2048
)

// lineage is who temporary credentials go back to.
type lineage struct {
	user   string // id of the user
	parent string // access key
}

// lineageOf reads it from a caller who is signed in, through any chain of roles.
func (m IAM) lineageOf(ctx context.Context, db queries, c policy.Caller) (lineage, error) {
	p := c.Principal()
	if strings.HasPrefix(p.AWS.AccessKeyID, sessionKey) {
		var l lineage
		err := db.QueryRow(ctx, "SELECT user_id, parent FROM aws_sessions WHERE id = ?", p.AWS.AccessKeyID).Scan(&l.user, &l.parent)
		if store.IsNoRows(err) {
			return lineage{}, ErrNoKey
		}
		return l, err
	}
	if p.AWS.Requester.Type != policy.User {
		return lineage{}, refused("AccessDenied", "Only users and their sessions can have temporary credentials")
	}
	return lineage{user: p.ID, parent: p.AWS.AccessKeyID}, nil
}

// Assumption is what AssumeRole asks for.
type Assumption struct {
	RoleARN    string
	Session    string
	Seconds    int // an hour when 0
	ExternalID string
	Policy     string   // limits the session
	PolicyARNs []string // limit it too
}

func (a *Assumption) check() error {
	if a.Seconds == 0 {
		a.Seconds = usualSession
	}
	if err := checkName("roleSessionName", a.Session); err != nil {
		return err
	}
	if a.Seconds < minSession || a.Seconds > maxSession {
		return refused(validation, "The requested DurationSeconds must be between %d and %d", minSession, maxSession)
	}
	if len(a.PolicyARNs) > maxSessionPolicies {
		return refused(validation, "At most %d session policies are allowed", maxSessionPolicies)
	}
	return nil
}

// Assumed is a role's session that was just made.
type Assumed struct {
	Credentials
	ARN string // of the session
	ID  string // AROA...:session
}

// AssumeRole makes temporary credentials of a role, for whom its trust policy lets in. They end with
// the role, the caller's user and the access key that all began with.
func (m IAM) AssumeRole(ctx context.Context, c policy.Caller, a Assumption) (Assumed, error) {
	if err := a.check(); err != nil {
		return Assumed{}, err
	}
	role, err := m.roleByARN(ctx, m.s.db, a.RoleARN)
	if err != nil {
		return Assumed{}, err
	}
	op := a.operation()
	if role.Trust != "" { // without one, as of a role that is not there, nobody passes
		if op.Rules.Policy, err = m.s.documents.parse(policy.TrustPolicy, role.Name, role.Trust); err != nil {
			return Assumed{}, err
		}
	}
	made := Assumed{ID: role.ID + ":" + a.Session, ARN: "arn:aws:sts::" + m.s.account + ":assumed-role/" + role.Name + "/" + a.Session}
	err = m.change(ctx, c, op, func(tx *store.Tx) error {
		// The role may have changed, but what was decided was about this trust policy.
		now, err := m.roleByARN(ctx, tx, a.RoleARN)
		if err != nil {
			return err
		}
		if now.owner != role.owner || now.Trust != role.Trust {
			return refused("ConcurrentModification", "The role was changed meanwhile; try again")
		}
		limits, err := m.sessionLimits(ctx, tx, a, role, c)
		if err != nil {
			return err
		}
		from, err := m.lineageOf(ctx, tx, c)
		if err != nil {
			return err
		}
		made.Credentials, err = m.begin(ctx, tx, from, role.owner, a.Session, limits, time.Duration(a.Seconds)*time.Second)
		op.Record.Response = params{"credentials": made.record(), "assumedRoleUser": params{"arn": made.ARN, "assumedRoleId": made.ID}}
		return err
	})
	return made, err
}

func (a *Assumption) operation() policy.Operation {
	var arns []params
	for _, arn := range a.PolicyARNs {
		arns = append(arns, params{"arn": arn})
	}
	op := operation("sts:AssumeRole", a.RoleARN, params{
		"roleArn": a.RoleARN, "roleSessionName": a.Session, "durationSeconds": a.Seconds, "externalId": a.ExternalID,
		"policy": a.Policy, "policyArns": arns,
	})
	op.Allow = policy.Grant{} // a session goes back to a user, and Signet's own work has none
	condition(&op, "sts:RoleSessionName", a.Session)
	if a.ExternalID != "" {
		condition(&op, "sts:ExternalId", a.ExternalID)
	}
	return op
}

// roleByARN returns the zero Entity for an ARN that is no role of this account.
func (m IAM) roleByARN(ctx context.Context, db queries, arn string) (Entity, error) {
	name := arn[strings.LastIndexByte(arn, '/')+1:]
	e, err := m.lookUp(ctx, db, ARole, name)
	if err != nil || e.ARN != arn {
		return Entity{}, err
	}
	return e, nil
}

// sessionLimits checks how long a session may be and gathers its policies.
func (m IAM) sessionLimits(ctx context.Context, tx *store.Tx, a Assumption, role Entity, c policy.Caller) ([]string, error) {
	if c.Principal().AWS.Requester.Type == policy.AssumedRole && a.Seconds > maxChained {
		return nil, refused(validation, "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
	}
	if a.Seconds > role.MaxSession {
		return nil, refused(validation, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	limits := []string{}
	if a.Policy != "" {
		if err := parsePolicy(policy.IdentityPolicy, a.Policy, maxPolicyBytes); err != nil {
			return nil, err
		}
		limits = append(limits, a.Policy)
	}
	for _, arn := range a.PolicyARNs {
		text, err := managedText(ctx, tx, arn)
		if err != nil {
			return nil, err
		}
		limits = append(limits, text)
	}
	return limits, nil
}

// record is what the trail keeps of credentials: not the secret, not the token.
func (c Credentials) record() params {
	return params{"accessKeyId": c.ID, "expiration": policy.Timestamp(c.ExpiresAt)}
}

// begin makes temporary credentials. The store keeps a hash of the token and the sealed secret.
func (m IAM) begin(ctx context.Context, tx *store.Tx, from lineage, role, name string, limits []string, life time.Duration) (Credentials, error) {
	now := m.s.clock().UTC()
	made := Credentials{ID: newKeyID(sessionKey), Secret: newSecret(), ExpiresAt: now.Add(life).Truncate(time.Second)}
	var d digest
	made.Token, d = newToken(tokenPrefix)
	sealed, err := sealSecret(m.s.keys, made.ID, made.Secret.Reveal())
	if err != nil {
		return Credentials{}, err
	}
	text, err := json.Marshal(limits)
	if err != nil {
		return Credentials{}, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO aws_sessions (id, token_hash, sealed, user_id, role_id, parent, name, policies, created_at, expires_at)
		VALUES (?, ?, ?, ?, NULLIF(?, ''), ?, ?, ?, ?, ?)`, made.ID, d[:], sealed, from.user, role, from.parent, name, string(text), now.UnixMicro(), made.ExpiresAt.UnixMicro())
	return made, err
}

// GetSessionToken makes temporary credentials of the caller's own, without a policy for it. Sessions
// cannot make further ones.
func (m IAM) GetSessionToken(ctx context.Context, c policy.Caller, seconds int) (Credentials, error) {
	if seconds == 0 {
		seconds = usualUserSession
	}
	if seconds < minSession || seconds > maxUserSession {
		return Credentials{}, refused(validation, "The requested DurationSeconds must be between %d and %d", minSession, maxUserSession)
	}
	p := c.Principal()
	op := operation("sts:GetSessionToken", "*", params{"durationSeconds": seconds})
	op.Allow = policy.Grant{}
	if p.AWS.Requester.Type == policy.User && !strings.HasPrefix(p.AWS.AccessKeyID, sessionKey) {
		op.Allow.Users = []string{p.Name}
	} else {
		op.Rules = nil // no policy can open it
	}
	var made Credentials
	err := m.change(ctx, c, op, func(tx *store.Tx) (err error) {
		from, err := m.lineageOf(ctx, tx, c)
		if err != nil {
			return err
		}
		made, err = m.begin(ctx, tx, from, "", "", []string{}, time.Duration(seconds)*time.Second)
		op.Record.Response = params{"credentials": made.record()}
		return err
	})
	return made, err
}

// CredentialsFor makes temporary credentials of a user, for who works on the server itself.
func (m IAM) CredentialsFor(ctx context.Context, c policy.Caller, name string, life time.Duration) (Credentials, error) {
	var made Credentials
	op := about("MakeCredentials", fold(name))
	op.Allow = own
	err := m.change(ctx, c, op, func(tx *store.Tx) error {
		a, err := existing(ctx, tx, name)
		if err != nil {
			return err
		}
		if a.Disabled {
			return fault.New(fault.InvalidInput, "%s is disabled", a.Name)
		}
		made, err = m.begin(ctx, tx, lineage{user: a.ID}, "", "", []string{}, life)
		return err
	})
	return made, err
}

// WhoAmI is GetCallerIdentity: everybody whom identity vouches for may ask.
func (m IAM) WhoAmI(ctx context.Context, c policy.Caller) (policy.Requester, error) {
	p := c.Principal()
	op := operation("sts:GetCallerIdentity", "*", nil)
	if p.AWS.Requester.Type != "" {
		op.Allow = policy.Grant{Users: []string{p.Name}}
	}
	if err := m.view(ctx, c, op); err != nil {
		return policy.Requester{}, err
	}
	return p.AWS.Requester, nil
}

// tokenDigest is the digest of a session token as it came in.
func tokenDigest(token opaque.Bytes) digest {
	d, ok := digestOf(tokenPrefix, string(token.Reveal()))
	if !ok {
		return sha256.Sum256(append([]byte("no token of ours\x00"), token.Reveal()...))
	}
	return d
}

// What Signed refuses with, besides the errors of package sigv4.
var (
	ErrNoKey   = errors.New("identity: no such access key, or it is switched off")
	ErrToken   = errors.New("identity: the session token is not that of the access key")
	ErrExpired = errors.New("identity: the temporary credentials have expired")
)
