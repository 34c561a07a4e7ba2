package identity

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"signet/internal/opaque"
	"signet/internal/store"
	"signet/policy"
	"signet/sigv4"
)

// signer is what an access key id stands for, as read at an epoch.
type signer struct {
	epoch     int64
	principal policy.Principal
	secret    opaque.Bytes
	temporary bool
	token     digest    // of temporary credentials
	expires   time.Time // of temporary credentials
}

// Signed returns who signed a request, and the request's body. There is somebody only when the access
// key is there and on, its user is not disabled, the session token is that of the key and in its
// time, and the whole request was signed with the key's secret. An error is one of this package's
// (ErrNoKey, ErrToken, ErrExpired), one of package sigv4, or says that the store does not answer.
func (s *Service) Signed(ctx context.Context, sig *sigv4.Signature, o Origin, maxBody int64) (policy.Caller, []byte, error) {
	now, err := s.signing.Read(ctx) // from the store: what is shut out elsewhere is so here, at the next request
	if err != nil {
		return policy.Caller{}, nil, fmt.Errorf("authenticating: %w", err)
	}
	from := s.signers.get(sig.AccessKeyID)
	if from == nil || from.epoch < now {
		if from, err = s.loadSigner(ctx, sig.AccessKeyID, now); err != nil {
			return policy.Caller{}, nil, err
		}
	}
	if err := from.checkToken(sig.SessionToken); err != nil {
		return policy.Caller{}, nil, err
	}
	at := s.clock()
	body, err := sig.ReadBody(sigv4.Check{Secret: from.secret, Now: at, MaxBody: maxBody})
	if err != nil {
		return policy.Caller{}, nil, err
	}
	if from.temporary && !at.Before(from.expires) {
		return policy.Caller{}, nil, ErrExpired
	}
	s.keyUses.note(sig.AccessKeyID, at.UnixMicro(), sig.Scope)
	return as(from.principal, o, at), body, nil
}

// checkToken compares digests in constant time. A key of a user has no token.
func (f *signer) checkToken(token opaque.Bytes) error {
	if !f.temporary {
		if token.Len() > 0 {
			return ErrToken
		}
		return nil
	}
	d := tokenDigest(token)
	if subtle.ConstantTimeCompare(d[:], f.token[:]) != 1 {
		return ErrToken
	}
	return nil
}

// loadSigner reads what an access key id stands for. now is the epoch read before, so that what is
// kept is never taken for newer than it is.
func (s *Service) loadSigner(ctx context.Context, id string, now int64) (*signer, error) {
	load := s.loadKey
	if len(id) == keyIDSize && id[:len(sessionKey)] == sessionKey {
		load = s.loadTemporary
	}
	f, err := load(ctx, id)
	if store.IsNoRows(err) {
		s.signers.drop(id)
		return nil, ErrNoKey
	}
	if err != nil {
		return nil, fmt.Errorf("authenticating: %w", err)
	}
	f.epoch = now
	s.signers.put(id, f)
	return f, nil
}

func (s *Service) loadKey(ctx context.Context, id string) (*signer, error) {
	var sealed []byte
	a, err := scanAccount(s.db.QueryRow(ctx, "SELECT "+userColumns+`, k.sealed FROM access_keys k JOIN users u ON u.id = k.user_id
		WHERE k.id = ? AND k.active = 1 AND u.disabled_by = ''`, id), &sealed)
	if err != nil {
		return nil, err
	}
	return s.signerOf(ctx, id, a.User, sealed)
}

func (s *Service) signerOf(ctx context.Context, id string, u User, sealed []byte) (*signer, error) {
	secret, err := openSecret(s.keys, id, sealed)
	if err != nil {
		return nil, err
	}
	p, err := s.principal(ctx, u, "")
	p.AWS.AccessKeyID = id
	return &signer{principal: p, secret: secret}, err
}

// principal is a user with the rights of now.
func (s *Service) principal(ctx context.Context, u User, session string) (policy.Principal, error) {
	rights, err := s.userRights(ctx, s.db, u)
	return policy.Principal{ID: u.ID, Name: u.Name, Role: u.Role, Groups: u.Groups, Session: session, AWS: rights}, err
}

// loadTemporary joins everything that temporary credentials depend on: when one of it is gone, so
// are they.
func (s *Service) loadTemporary(ctx context.Context, id string) (*signer, error) {
	var hash, sealed []byte
	var role, name, limits string
	var expires int64
	a, err := scanAccount(s.db.QueryRow(ctx, "SELECT "+userColumns+`, t.token_hash, t.sealed, COALESCE(r.name, ''), t.name, t.policies, t.expires_at
		FROM aws_sessions t JOIN users u ON u.id = t.user_id LEFT JOIN iam_roles r ON r.id = t.role_id
		WHERE t.id = ? AND u.disabled_by = '' AND (t.parent = '' OR EXISTS (SELECT 1 FROM access_keys k WHERE k.id = t.parent AND k.active = 1))`, id),
		&hash, &sealed, &role, &name, &limits, &expires)
	if err != nil {
		return nil, err
	}
	f, err := s.signerOf(ctx, id, a.User, sealed)
	if err != nil {
		return nil, err
	}
	if role != "" {
		if f.principal, err = s.rolePrincipal(ctx, id, role, name); err != nil {
			return nil, err
		}
	}
	f.temporary, f.expires = true, time.UnixMicro(expires).UTC()
	if copy(f.token[:], hash) != len(f.token) {
		return nil, errors.New("the hash of a session token is not whole")
	}
	f.principal.AWS.Session, err = s.sessionPolicies(limits)
	return f, err
}

// rolePrincipal is a session of a role. It has no role and no groups of Signet's own: it may do what
// policies allow and nothing else.
func (s *Service) rolePrincipal(ctx context.Context, id, role, session string) (policy.Principal, error) {
	e, err := s.IAM().find(ctx, s.db, ARole, role)
	if err != nil {
		return policy.Principal{}, err
	}
	rights, err := s.roleRights(ctx, s.db, e, session)
	rights.AccessKeyID = id
	return policy.Principal{ID: rights.Requester.ID, Name: roleName(e.Name, session), AWS: rights}, err
}

// RefuseSignature puts a request on record whose sender proved nothing. id is written down only when
// it is one of ours: people paste secrets into the wrong field.
func (s *Service) RefuseSignature(ctx context.Context, id, why string, o Origin) error {
	key := "unknown"
	if f := s.signers.get(id); f != nil {
		key = id
	}
	op := policy.Operation{Action: "sts:VerifySignature", Resource: "access-key/" + key, Detail: map[string]string{"reason": why}}
	if _, err := s.gate.Begin(ctx, stranger("unknown", o), op); err != nil {
		return err
	}
	return errors.New("identity: the gate let a stranger pass")
}
