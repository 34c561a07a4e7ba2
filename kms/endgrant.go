package kms

import (
	"context"
	"database/sql"
	"fmt"

	"signet/internal/store"
	"signet/policy"
)

// GrantInput names a grant.
type GrantInput struct {
	Scope
	KeyID, GrantID string
	GrantToken     string // for RetireGrant, in place of both
	DryRun         bool
}

// RevokeGrant ends a grant. It is for those who look after the key.
func (s *Service) RevokeGrant(ctx context.Context, c policy.Caller, in GrantInput) error {
	if !grantIDForm.MatchString(in.GrantID) {
		return fail(InvalidGrantIDException, "Invalid grant ID %s", clip(in.GrantID))
	}
	return s.endGrant(ctx, c, in, request{Scope: in.Scope, action: "RevokeGrant", key: in.KeyID})
}

// RetireGrant ends a grant. It is for its retiring principal, and for the grantee when the grant says so.
func (s *Service) RetireGrant(ctx context.Context, c policy.Caller, in GrantInput) error {
	if in.GrantToken != "" {
		if in.KeyID != "" || in.GrantID != "" {
			return invalid("Name the grant by its token, or by key and id.")
		}
		var ok bool
		if in.KeyID, in.GrantID, ok = s.readGrantToken(in.GrantToken); !ok {
			return fail(InvalidGrantTokenException, "The grant token is not valid.")
		}
	}
	if !grantIDForm.MatchString(in.GrantID) {
		return fail(InvalidGrantIDException, "Invalid grant ID %s", clip(in.GrantID))
	}
	found, err := s.collectGrants(s.db.Query(ctx, selectGrants+" WHERE id = ?", in.GrantID))
	if err != nil {
		return err
	}
	r := request{Scope: in.Scope, action: "RetireGrant", key: in.KeyID, params: params{}, grants: func([]Grant) []policy.KeyGrant {
		var rules []policy.KeyGrant
		for _, g := range found { // only this grant speaks for its end
			rules = append(rules, g.rule())
			if g.RetiringPrincipal != "" {
				rules = append(rules, policy.KeyGrant{Name: g.GrantID, Grantee: g.RetiringPrincipal, Operations: []string{"RetireGrant"}})
			}
		}
		return rules
	}}
	if len(found) == 1 {
		if id, _, err := s.address(in.Region, in.KeyID); err != nil || s.keyARN(in.Region, id) != found[0].KeyARN {
			found = nil // of another key: it must not open this one
		}
	}
	for _, g := range found { // so that the trail tells what for the key is no longer used
		r.params["constraints"] = constraintParams(g.EncryptionContextEquals, g.EncryptionContextSubset, g.SourceArn)
	}
	return s.endGrant(ctx, c, in, r)
}

func (s *Service) endGrant(ctx context.Context, c policy.Caller, in GrantInput, r request) error {
	if r.params == nil {
		r.params = params{}
	}
	r.params["grantId"], r.params["dryRun"] = in.GrantID, in.DryRun
	r.detail = map[string]string{"grant": in.GrantID}
	return s.change(ctx, c, r, in.DryRun, func(ctx context.Context, tx *store.Tx, k *known) (map[string]string, error) {
		result, err := tx.Exec(ctx, "DELETE FROM kms_grants WHERE id = ? AND key_id = ?", in.GrantID, k.id)
		if err != nil {
			return nil, err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return nil, fail(NotFoundException, "Grant ID %s not found", in.GrantID)
		}
		_, err = tx.Exec(ctx, "UPDATE kms_keys SET grants = grants - 1 WHERE id = ?", k.id)
		return nil, err
	})
}

// ListGrantsInput asks for the grants of a key.
type ListGrantsInput struct {
	ListOfKeyInput
	GrantID          string // only this one
	GranteePrincipal string // only those of this principal
}

// ListGrants lists a key's grants, by id.
func (s *Service) ListGrants(ctx context.Context, c policy.Caller, in ListGrantsInput) (Page[Grant], error) {
	if in.GrantID != "" && !grantIDForm.MatchString(in.GrantID) {
		return Page[Grant]{}, fail(InvalidGrantIDException, "Invalid grant ID %s", clip(in.GrantID))
	}
	grantee := in.GranteePrincipal
	if accountForm.MatchString(grantee) {
		grantee = rootOf(grantee)
	}
	k, err := s.look(ctx, c, request{Scope: in.Scope, action: "ListGrants", key: in.KeyID,
		params: params{"limit": in.Limit, "grantId": in.GrantID, "granteePrincipal": in.GranteePrincipal}})
	if err != nil {
		return Page[Grant]{}, err
	}
	p, err := openPage("ListGrants", in.ListInput, 50, 100, k.id, in.GrantID, grantee)
	if err != nil {
		return Page[Grant]{}, err
	}
	var rows *sql.Rows
	switch {
	case in.GrantID != "":
		rows, err = s.db.Query(ctx, selectGrants+" WHERE id = ? AND key_id = ? AND (grantee = ? OR ? = '')", in.GrantID, k.id, grantee, grantee)
	case grantee != "":
		rows, err = s.db.Query(ctx, selectGrants+" WHERE key_id = ? AND grantee = ? AND id > ? ORDER BY id LIMIT ?", k.id, grantee, p.after, p.limit+1)
	default:
		rows, err = s.db.Query(ctx, selectGrants+" WHERE key_id = ? AND id > ? ORDER BY id LIMIT ?", k.id, p.after, p.limit+1)
	}
	grants, err := s.collectGrants(rows, err)
	if err != nil {
		return Page[Grant]{}, err
	}
	return closePage(p, grants, func(g Grant) string { return g.GrantID }), nil
}

// ListRetirableGrantsInput asks for the grants that a principal can retire.
type ListRetirableGrantsInput struct {
	ListInput
	RetiringPrincipal string
}

// ListRetirableGrants lists the grants of a region whose retiring principal is the named one, by id.
func (s *Service) ListRetirableGrants(ctx context.Context, c policy.Caller, in ListRetirableGrantsInput) (Page[Grant], error) {
	who, err := grantPrincipal(in.RetiringPrincipal, "", "")
	if err == nil && who == "" {
		err = invalid("The retiring principal is missing.")
	}
	if err != nil {
		return Page[Grant]{}, err
	}
	p, err := openPage("ListRetirableGrants", in.ListInput, 50, 100, who)
	if err != nil {
		return Page[Grant]{}, err
	}
	r := request{Scope: in.Scope, action: "ListRetirableGrants", keyless: true, params: params{"limit": in.Limit, "retiringPrincipal": in.RetiringPrincipal}}
	if _, err := s.look(ctx, c, r); err != nil {
		return Page[Grant]{}, err
	}
	grants, err := s.collectGrants(s.db.Query(ctx, selectGrants+" WHERE region = ? AND retiring = ? AND retiring <> '' AND id > ? ORDER BY id LIMIT ?",
		in.Region, who, p.after, p.limit+1))
	if err != nil {
		return Page[Grant]{}, fmt.Errorf("listing grants: %w", err)
	}
	return closePage(p, grants, func(g Grant) string { return g.GrantID }), nil
}
