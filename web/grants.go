package web

import (
	"context"
	"strings"

	"signet/kms"
	"signet/policy"
)

type newGrantRequest struct {
	KeyPath
	Body struct {
		Name       string            `json:"name,omitempty" maxLength:"256"`
		Grantee    string            `json:"grantee" maxLength:"256" doc:"ARN of a user or role, or an account"`
		Retiring   string            `json:"retiring,omitempty" maxLength:"256" doc:"who may end the grant besides those who look after the key"`
		Operations []string          `json:"operations" maxItems:"20" nullable:"false"`
		Equals     map[string]string `json:"equals,omitempty" doc:"the whole encryption context must be this"`
		Subset     map[string]string `json:"subset,omitempty" doc:"the encryption context must hold this"`
	}
}

type grantMade struct {
	ID string `json:"id"`
}

type grantRequest struct {
	KeyPath
	Grant string `path:"grant" maxLength:"64"`
}

type aliasRequest struct {
	KeyPath
	Body struct {
		Alias string `json:"alias" minLength:"1" maxLength:"256" doc:"with or without alias/"`
	}
}

type aliasQuery struct {
	Alias string `query:"alias" required:"true" maxLength:"256" doc:"with or without alias/"`
}

type keyTagsRequest struct {
	KeyPath
	Body struct {
		Tags []tag `json:"tags" maxItems:"50" nullable:"false"`
	}
}

type descriptionRequest struct {
	KeyPath
	Body struct {
		Description string `json:"description" maxLength:"8192"`
	}
}

// POST /keys/{id}/grants
func (s *Server) createGrant(ctx context.Context, caller policy.Caller, in *newGrantRequest) (*body[grantMade], error) {
	out, err := s.cfg.Keys.CreateGrant(ctx, caller, kms.CreateGrantInput{
		Scope: s.home(), KeyID: in.ID, Name: in.Body.Name, GranteePrincipal: in.Body.Grantee, RetiringPrincipal: in.Body.Retiring,
		Operations: in.Body.Operations, EncryptionContextEquals: in.Body.Equals, EncryptionContextSubset: in.Body.Subset,
	})
	return wrap(grantMade{out.GrantID}, err)
}

// DELETE /keys/{id}/grants/{grant}
func (s *Server) revokeGrant(ctx context.Context, caller policy.Caller, in *grantRequest) (*nothing, error) {
	return nil, s.cfg.Keys.RevokeGrant(ctx, caller, kms.GrantInput{Scope: s.home(), KeyID: in.ID, GrantID: in.Grant})
}

// POST /keys/{id}/grants/{grant}/retirement
func (s *Server) retireGrant(ctx context.Context, caller policy.Caller, in *grantRequest) (*nothing, error) {
	return nil, s.cfg.Keys.RetireGrant(ctx, caller, kms.GrantInput{Scope: s.home(), KeyID: in.ID, GrantID: in.Grant})
}

func (s *Server) alias(key, name string) kms.AliasInput {
	return kms.AliasInput{Scope: s.home(), AliasName: aliasPrefix + strings.TrimPrefix(name, aliasPrefix), TargetKeyID: key}
}

// POST /keys/{id}/aliases
func (s *Server) createAlias(ctx context.Context, caller policy.Caller, in *aliasRequest) (*body[keyView], error) {
	return s.keyAfter(ctx, caller, in.ID, s.cfg.Keys.CreateAlias(ctx, caller, s.alias(in.ID, in.Body.Alias)))
}

// PUT /keys/{id}/aliases: the key takes the alias over from another.
func (s *Server) moveAlias(ctx context.Context, caller policy.Caller, in *aliasRequest) (*body[keyView], error) {
	return s.keyAfter(ctx, caller, in.ID, s.cfg.Keys.UpdateAlias(ctx, caller, s.alias(in.ID, in.Body.Alias)))
}

// DELETE /key-aliases
func (s *Server) removeAlias(ctx context.Context, caller policy.Caller, in *aliasQuery) (*nothing, error) {
	return nil, s.cfg.Keys.DeleteAlias(ctx, caller, s.alias("", in.Alias))
}

// PUT /keys/{id}/description
func (s *Server) setKeyDescription(ctx context.Context, caller policy.Caller, in *descriptionRequest) (*body[keyView], error) {
	err := s.cfg.Keys.UpdateKeyDescription(ctx, caller, kms.UpdateKeyDescriptionInput{Scope: s.home(), KeyID: in.ID, Description: in.Body.Description})
	return s.keyAfter(ctx, caller, in.ID, err)
}

// PUT /keys/{id}/tags: what is left out is taken away.
func (s *Server) setKeyTags(ctx context.Context, caller policy.Caller, in *keyTagsRequest) (*body[keyView], error) {
	o, err := s.cfg.Keys.Outline(ctx, caller, s.named(in.ID))
	if err != nil {
		return nil, err
	}
	have := map[string]string{}
	for _, t := range o.Tags {
		have[t.Key] = t.Value
	}
	put, gone, err := retag(have, in.Body.Tags)
	if err == nil && len(gone) > 0 {
		err = s.cfg.Keys.UntagResource(ctx, caller, kms.UntagResourceInput{Scope: s.home(), KeyID: in.ID, TagKeys: gone})
	}
	if err == nil && len(put) > 0 {
		tags := list(tagsOf(put), func(t tag) kms.Tag { return kms.Tag{Key: t.Key, Value: t.Value} })
		err = s.cfg.Keys.TagResource(ctx, caller, kms.TagResourceInput{Scope: s.home(), KeyID: in.ID, Tags: tags})
	}
	return s.keyAfter(ctx, caller, in.ID, err)
}
