package web

import (
	"context"
	"strings"
	"time"

	"signet/kms"
	"signet/policy"
)

// keyView is a key as the screen shows it. Of a key that one may not describe there is only its id.
type keyView struct {
	ID          string     `json:"id"`
	ARN         string     `json:"arn"`
	State       string     `json:"state" doc:"as KMS spells it; empty when hidden"`
	Description string     `json:"description"`
	Spec        string     `json:"spec"`
	Usage       string     `json:"usage"`
	Origin      string     `json:"origin"`
	Manager     string     `json:"manager" doc:"CUSTOMER, or AWS for a key of one of Signet's own services"`
	Aliases     []string   `json:"aliases" nullable:"false" doc:"without alias/"`
	Tags        []tag      `json:"tags" nullable:"false"`
	Grants      int        `json:"grants"`
	CreatedAt   *time.Time `json:"createdAt,omitempty"`
	DeletionAt  *time.Time `json:"deletionAt,omitempty"`
	ExpiresAt   *time.Time `json:"expiresAt,omitempty" doc:"of imported material"`
	Rotation    *rotation  `json:"rotation,omitempty" doc:"missing when the key's kind is never rotated"`
	Material    string     `json:"material,omitempty" doc:"id of the current key material"`
	May         []string   `json:"may" nullable:"false" doc:"operations that one may do on the key"`
}

type tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

type rotation struct {
	Days int        `json:"days" doc:"0 while the key is not rotated by itself"`
	Next *time.Time `json:"next,omitempty"`
}

type keyPage struct {
	Items     []keyView `json:"items" nullable:"false"`
	Next      string    `json:"next,omitempty"`
	MayCreate bool      `json:"mayCreate"`
	Region    string    `json:"region"`
}

type keyUse struct {
	Key       string    `json:"key" doc:"ARN"`
	At        time.Time `json:"at"`
	By        string    `json:"by"`
	Operation string    `json:"operation"`
	Result    string    `json:"result" doc:"ok, denied or the code of an error"`
}

type keyUsage struct {
	Since time.Time `json:"since" doc:"uses before it were not counted"`
	Hours []keyHour `json:"hours" nullable:"false" doc:"of the last thirty days, those with a use, oldest first"`
}

type keyHour struct {
	Start time.Time `json:"start"`
	Uses  int       `json:"uses"`
	Other int       `json:"other" doc:"denied or failed"`
}

type keyUses struct {
	Items []keyUse `json:"items" nullable:"false"`
}

type keyGrant struct {
	ID         string            `json:"id"`
	Name       string            `json:"name,omitempty"`
	Grantee    string            `json:"grantee"`
	Retiring   string            `json:"retiring,omitempty"`
	Operations []string          `json:"operations" nullable:"false"`
	Equals     map[string]string `json:"equals,omitempty" doc:"the whole encryption context must be this"`
	Subset     map[string]string `json:"subset,omitempty" doc:"the encryption context must hold this"`
	CreatedAt  time.Time         `json:"createdAt"`
}

type grantPage struct {
	Items []keyGrant `json:"items" nullable:"false"`
	Next  string     `json:"next,omitempty"`
}

type policyText struct {
	Policy string `json:"policy"`
}

type explanation struct {
	Allowed bool   `json:"allowed"`
	Why     string `json:"why"`
	Needed  string `json:"needed,omitempty" doc:"what would allow it; missing when it is allowed"`
}

// KeyPath names a key. It has a capital because it stands inside of other requests, where only such
// fields are read; the same holds for UserPath and EntityPath.
type KeyPath struct {
	ID string `path:"id" maxLength:"64"`
}

type keyPartRequest struct {
	KeyPath
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
	After string `query:"after" maxLength:"2000" doc:"next of the page before"`
}

type newKeyRequest struct {
	Body struct {
		Alias       string `json:"alias,omitempty" maxLength:"250" doc:"without alias/"`
		Description string `json:"description,omitempty" maxLength:"8192"`
	}
}

type deletionRequest struct {
	KeyPath
	Body struct {
		Days int `json:"days" minimum:"7" maximum:"30"`
	}
}

type rotationRequest struct {
	KeyPath
	Body struct {
		Days int `json:"days" maximum:"2560" minimum:"0" doc:"0 ends it"`
	}
}

type keyPolicyRequest struct {
	KeyPath
	Body policyText
}

type explainRequest struct {
	KeyPath
	Body struct {
		Principal string `json:"principal" minLength:"1" maxLength:"2048" doc:"a user's name, or a role's ARN"`
		Action    string `json:"action" minLength:"1" maxLength:"128" doc:"with or without kms:"`
		Policy    string `json:"policy,omitempty" doc:"one that the key might get; without it the one that it has"`
	}
}

// GET /keys
func (s *Server) keys(ctx context.Context, caller policy.Caller, in *listRequest) (*body[keyPage], error) {
	page, err := s.cfg.Keys.Outlines(ctx, caller, kms.ListInput{Scope: s.home(), Limit: in.Limit, Marker: in.After})
	if err != nil {
		return nil, err
	}
	out := keyPage{Items: make([]keyView, len(page.Items)), Next: page.NextMarker, MayCreate: asks(caller, "kms:CreateKey", "*"), Region: s.home().Region}
	for i, o := range page.Items {
		out.Items[i] = viewOf(o)
	}
	return &body[keyPage]{out}, nil
}

// POST /keys: an alias of its own comes in the same step; when it is taken, no key is made.
func (s *Server) createKey(ctx context.Context, caller policy.Caller, in *newKeyRequest) (*body[keyView], error) {
	alias := ""
	if in.Body.Alias != "" {
		alias = aliasPrefix + strings.TrimPrefix(in.Body.Alias, aliasPrefix)
	}
	m, err := s.cfg.Keys.CreateNamedKey(ctx, caller, kms.CreateKeyInput{Scope: s.home(), Description: in.Body.Description}, alias)
	if err != nil {
		return nil, err
	}
	return s.keyAfter(ctx, caller, m.KeyID, nil)
}

// GET /keys/{id}
func (s *Server) key(ctx context.Context, caller policy.Caller, in *KeyPath) (*body[keyView], error) {
	return s.keyAfter(ctx, caller, in.ID, nil)
}

// POST /keys/{id}/enable
func (s *Server) enableKey(ctx context.Context, caller policy.Caller, in *KeyPath) (*body[keyView], error) {
	return s.keyAfter(ctx, caller, in.ID, s.cfg.Keys.EnableKey(ctx, caller, s.named(in.ID)))
}

// POST /keys/{id}/disable
func (s *Server) disableKey(ctx context.Context, caller policy.Caller, in *KeyPath) (*body[keyView], error) {
	return s.keyAfter(ctx, caller, in.ID, s.cfg.Keys.DisableKey(ctx, caller, s.named(in.ID)))
}

// POST /keys/{id}/deletion
func (s *Server) deleteKey(ctx context.Context, caller policy.Caller, in *deletionRequest) (*body[keyView], error) {
	_, err := s.cfg.Keys.ScheduleKeyDeletion(ctx, caller, kms.ScheduleKeyDeletionInput{Scope: s.home(), KeyID: in.ID, PendingWindowInDays: in.Body.Days})
	return s.keyAfter(ctx, caller, in.ID, err)
}

// DELETE /keys/{id}/deletion
func (s *Server) keepKey(ctx context.Context, caller policy.Caller, in *KeyPath) (*body[keyView], error) {
	_, err := s.cfg.Keys.CancelKeyDeletion(ctx, caller, s.named(in.ID))
	return s.keyAfter(ctx, caller, in.ID, err)
}

// POST /keys/{id}/rotations
func (s *Server) rotateKey(ctx context.Context, caller policy.Caller, in *KeyPath) (*body[keyView], error) {
	_, err := s.cfg.Keys.RotateKeyOnDemand(ctx, caller, s.named(in.ID))
	return s.keyAfter(ctx, caller, in.ID, err)
}

// PUT /keys/{id}/rotation
func (s *Server) setRotation(ctx context.Context, caller policy.Caller, in *rotationRequest) (*body[keyView], error) {
	if in.Body.Days == 0 {
		return s.keyAfter(ctx, caller, in.ID, s.cfg.Keys.DisableKeyRotation(ctx, caller, s.named(in.ID)))
	}
	err := s.cfg.Keys.EnableKeyRotation(ctx, caller, kms.EnableKeyRotationInput{Scope: s.home(), KeyID: in.ID, RotationPeriodInDays: in.Body.Days})
	return s.keyAfter(ctx, caller, in.ID, err)
}

// GET /keys/{id}/policy
func (s *Server) keyPolicy(ctx context.Context, caller policy.Caller, in *KeyPath) (*body[policyText], error) {
	out, err := s.cfg.Keys.GetKeyPolicy(ctx, caller, kms.KeyPolicyInput{Scope: s.home(), KeyID: in.ID})
	return wrap(policyText{out.Policy}, err)
}

// PUT /keys/{id}/policy
func (s *Server) putKeyPolicy(ctx context.Context, caller policy.Caller, in *keyPolicyRequest) (*body[policyText], error) {
	err := s.cfg.Keys.PutKeyPolicy(ctx, caller, kms.PutKeyPolicyInput{
		KeyPolicyInput: kms.KeyPolicyInput{Scope: s.home(), KeyID: in.ID}, Policy: in.Body.Policy,
	})
	return wrap(in.Body, err)
}

// POST /keys/{id}/explain: kms knows the rules of the key, identity those of everybody.
func (s *Server) explainKey(ctx context.Context, caller policy.Caller, in *explainRequest) (*body[explanation], error) {
	question, err := s.cfg.Keys.Question(ctx, caller, kms.QuestionInput{
		KeyInput: s.named(in.ID), Operation: strings.TrimPrefix(in.Body.Action, "kms:"), Policy: in.Body.Policy,
	})
	if err != nil {
		return nil, err
	}
	answer, err := s.cfg.Identity.Explain(ctx, caller, in.Body.Principal, question)
	return wrap(explanation{answer.Allowed, answer.Why, answer.Needed}, err)
}

// GET /keys/{id}/grants
func (s *Server) keyGrants(ctx context.Context, caller policy.Caller, in *keyPartRequest) (*body[grantPage], error) {
	page, err := s.cfg.Keys.ListGrants(ctx, caller, kms.ListGrantsInput{ListOfKeyInput: kms.ListOfKeyInput{
		ListInput: kms.ListInput{Scope: s.home(), Limit: in.Limit, Marker: in.After}, KeyID: in.ID,
	}})
	if err != nil {
		return nil, err
	}
	out := grantPage{Items: make([]keyGrant, len(page.Items)), Next: page.NextMarker}
	for i, g := range page.Items {
		out.Items[i] = keyGrant{
			ID: g.GrantID, Name: g.Name, Grantee: g.GranteePrincipal, Retiring: g.RetiringPrincipal, Operations: g.Operations,
			Equals: g.EncryptionContextEquals, Subset: g.EncryptionContextSubset, CreatedAt: g.CreationDate,
		}
	}
	return &body[grantPage]{out}, nil
}

// GET /keys/{id}/uses
func (s *Server) usesOfKey(ctx context.Context, caller policy.Caller, in *keyPartRequest) (*body[keyUses], error) {
	return usesOf(s.cfg.Keys.Events(ctx, caller, s.named(in.ID), in.Limit))
}

// GET /keys/{id}/usage
func (s *Server) usageOfKey(ctx context.Context, caller policy.Caller, in *KeyPath) (*body[keyUsage], error) {
	u, err := s.cfg.Keys.Usage(ctx, caller, s.named(in.ID))
	return wrap(keyUsage{u.Since, list(u.Hours, func(h kms.Hour) keyHour { return keyHour(h) })}, err)
}

// GET /key-uses
func (s *Server) lastUses(ctx context.Context, caller policy.Caller, _ *emptyRequest) (*body[keyUses], error) {
	return usesOf(s.cfg.Keys.LastUses(ctx, caller))
}

func usesOf(events []kms.Event, err error) (*body[keyUses], error) {
	out := keyUses{Items: make([]keyUse, len(events))}
	for i, e := range events {
		out.Items[i] = keyUse{Key: e.KeyARN, At: e.Time, By: e.Who, Operation: e.Operation, Result: e.Result}
	}
	return wrap(out, err)
}

const aliasPrefix = "alias/"

// home is where the screens work: the server's home region.
func (s *Server) home() kms.Scope { return kms.Scope{Region: s.cfg.Identity.IAM().Region()} }

func (s *Server) named(id string) kms.KeyInput { return kms.KeyInput{Scope: s.home(), KeyID: id} }

// keyAfter answers with the key as it is now, unless what was done before failed.
func (s *Server) keyAfter(ctx context.Context, caller policy.Caller, id string, err error) (*body[keyView], error) {
	if err != nil {
		return nil, err
	}
	o, err := s.cfg.Keys.Outline(ctx, caller, s.named(id))
	return wrap(viewOf(o), err)
}

func viewOf(o kms.Outline) keyView {
	v := keyView{
		ID: o.KeyID, ARN: o.ARN, State: o.KeyState, Description: o.Description, Spec: o.KeySpec, Usage: o.KeyUsage, Origin: o.Origin,
		Manager: o.KeyManager, Aliases: make([]string, len(o.Aliases)), Tags: make([]tag, len(o.Tags)), Grants: o.Grants,
		CreatedAt: maybe(o.CreationDate), DeletionAt: maybe(o.DeletionDate), ExpiresAt: maybe(o.ValidTo), Material: o.CurrentKeyMaterialID,
		May: append([]string{}, o.May...),
	}
	for i, name := range o.Aliases {
		v.Aliases[i] = strings.TrimPrefix(name, aliasPrefix)
	}
	for i, t := range o.Tags {
		v.Tags[i] = tag{t.Key, t.Value}
	}
	if o.Rotation != nil {
		v.Rotation = &rotation{Days: o.Rotation.RotationPeriodInDays, Next: maybe(o.Rotation.NextRotationDate)}
	}
	return v
}

// maybe leaves a time out that there is none of.
func maybe(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
