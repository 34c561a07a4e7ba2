package kms

import (
	"context"
	"slices"
	"strings"
	"time"

	"signet/audit"
	"signet/policy"
)

// Outline is what people see of a key at a glance. What the caller may not see of it is empty; of a
// key that they may not describe there is only the name.
type Outline struct {
	KeyMetadata
	Aliases  []string
	Tags     []Tag
	Rotation *RotationStatus // nil when hidden, or when the key's kind is never rotated
	Grants   int
	May      []string // operations that the caller may do on the key, of those that change it or tell more
}

// offered are the operations that an outline tells about.
var offered = []string{
	"EnableKey", "DisableKey", "ScheduleKeyDeletion", "CancelKeyDeletion", "RotateKeyOnDemand",
	"EnableKeyRotation", "DisableKeyRotation", "PutKeyPolicy", "GetKeyPolicy", "ListGrants",
	"CreateGrant", "RevokeGrant", "CreateAlias", "DeleteAlias", "UpdateAlias", "UpdateKeyDescription", "TagResource", "UntagResource",
}

// Outline describes a key and what belongs to it. It needs the permission for DescribeKey.
func (s *Service) Outline(ctx context.Context, c policy.Caller, in KeyInput) (Outline, error) {
	k, err := s.look(ctx, c, request{Scope: in.Scope, action: "DescribeKey", key: in.KeyID})
	if err != nil {
		return Outline{}, err
	}
	return s.outline(ctx, c, in, k)
}

// Outlines describes the keys of a region, by id. It needs the permission for ListKeys.
func (s *Service) Outlines(ctx context.Context, c policy.Caller, in ListInput) (Page[Outline], error) {
	keys, err := s.ListKeys(ctx, c, in)
	if err != nil {
		return Page[Outline]{}, err
	}
	all := make([]Outline, len(keys.Items))
	for i, e := range keys.Items {
		named := KeyInput{Scope: in.Scope, KeyID: e.KeyID}
		all[i].KeyID, all[i].ARN = e.KeyID, e.KeyARN
		if !s.allows(ctx, c, named, "DescribeKey") {
			continue
		}
		one, err := s.Outline(ctx, c, named)
		if err == nil {
			all[i] = one
		} else if notThere(err) { // deleted meanwhile
			continue
		} else {
			return Page[Outline]{}, err
		}
	}
	return Page[Outline]{Items: all, NextMarker: keys.NextMarker, Truncated: keys.Truncated}, nil
}

func notThere(err error) bool {
	e, ok := err.(*Error)
	return ok && e.Code == NotFoundException
}

func (s *Service) outline(ctx context.Context, c policy.Caller, in KeyInput, k *known) (Outline, error) {
	o := Outline{KeyMetadata: s.metadata(k, s.clock())}
	for _, operation := range offered {
		if s.allows(ctx, c, in, operation) && (k.manager == customer || slices.Contains([]string{"GetKeyPolicy", "ListGrants"}, operation)) {
			o.May = append(o.May, operation)
		}
	}
	if s.allows(ctx, c, KeyInput{Scope: in.Scope}, "ListAliases") {
		o.Aliases = slices.Clone(k.aliases)
	}
	if slices.Contains(o.May, "ListGrants") {
		o.Grants = k.grantCount
	}
	if s.allows(ctx, c, in, "ListResourceTags") {
		for key, value := range k.tags {
			o.Tags = append(o.Tags, Tag{key, value})
		}
		slices.SortFunc(o.Tags, func(a, b Tag) int { return strings.Compare(a.Key, b.Key) })
	}
	if k.rotates("GetKeyRotationStatus", FromKMS, External) == nil && s.allows(ctx, c, in, "GetKeyRotationStatus") {
		o.Rotation = &RotationStatus{KeyARN: k.arn, KeyRotationEnabled: k.rotationDays > 0, RotationPeriodInDays: k.rotationDays, NextRotationDate: timeOf(k.rotateAt)}
	}
	return o, nil
}

// allows asks policy without putting anything on record: nothing is done, only offered or left out.
func (s *Service) allows(ctx context.Context, c policy.Caller, in KeyInput, operation string) bool {
	op, _, err := s.prepare(ctx, c, request{Scope: in.Scope, action: operation, key: in.KeyID, keyless: in.KeyID == "", readOnly: true})
	return err == nil && policy.Decide(c, op)
}

// Event is something that happened to a key, or that was done with it.
type Event struct {
	KeyARN    string
	Time      time.Time
	Who       string
	Operation string
	Result    string // "ok", "denied" or the code of a fault
}

// uses are the operations that need a key's material.
var uses = []string{
	"Encrypt", "Decrypt", "ReEncrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateDataKeyPair",
	"GenerateDataKeyPairWithoutPlaintext", "Sign", "Verify", "GenerateMac", "VerifyMac", "DeriveSharedSecret",
}

// Events tells what was last done with a key or to it, newest first, without what was only read about
// it. It needs the permission for the key and for the audit log.
func (s *Service) Events(ctx context.Context, c policy.Caller, in KeyInput, limit int) ([]Event, error) {
	k, err := s.look(ctx, c, request{Scope: in.Scope, action: "DescribeKey", key: in.KeyID})
	if err != nil {
		return nil, err
	}
	found, _, err := s.gate.Lookup(ctx, c, audit.Query{Resource: k.arn, Acts: true, Limit: limit}, map[string]string{"resource": k.arn})
	return eventsOf(found), err
}

// lastEvents is how many of the log's events about keys LastUses looks at.
const lastEvents = 500

// LastUses tells of the last five hundred events about keys which use of each key is the newest. It needs
// the permission for the audit log.
func (s *Service) LastUses(ctx context.Context, c policy.Caller) ([]Event, error) {
	found, _, err := s.gate.Lookup(ctx, c, audit.Query{Source: "kms", Acts: true, Limit: lastEvents}, nil)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	var last []Event
	for _, f := range found {
		e := eventOf(f)
		if e.Result != audit.ResultOK || !slices.Contains(uses, e.Operation) {
			continue
		}
		for _, e.KeyARN = range keysOf(f) {
			if !seen[e.KeyARN] {
				seen[e.KeyARN] = true
				last = append(last, e)
			}
		}
	}
	return last, nil
}

// keysOf are the keys of an event: ReEncrypt has two.
func keysOf(f audit.Found) []string {
	trail, err := audit.ParseTrail(f.AWS)
	if err != nil || len(trail.Resources) < 2 {
		return []string{f.Resource}
	}
	return []string{trail.Resources[0].ARN, trail.Resources[1].ARN}
}

func eventOf(f audit.Found) Event {
	return Event{KeyARN: f.Resource, Time: f.Time, Who: f.Who.Name, Operation: strings.TrimPrefix(f.Action, "kms:"), Result: f.Result}
}

func eventsOf(found []audit.Found) []Event {
	all := make([]Event, len(found))
	for i, f := range found {
		all[i] = eventOf(f)
	}
	return all
}

// QuestionInput asks whether an operation on a key is allowed, by its policy or by one that it might get.
type QuestionInput struct {
	KeyInput
	Operation string // without "kms:"
	Policy    string // "" for the one that the key has
}

// maxAsked is how many grants of a key a question looks at.
const maxAsked = 1000

// Question prepares the question whether somebody may do an operation on a key, for those who may read
// its policy and its grants. identity, which knows everybody's own policies, answers it.
func (s *Service) Question(ctx context.Context, c policy.Caller, in QuestionInput) (policy.Operation, error) {
	k, err := s.look(ctx, c, request{Scope: in.Scope, action: "GetKeyPolicy", key: in.KeyID})
	if err != nil {
		return policy.Operation{}, err
	}
	if _, err := s.look(ctx, c, request{Scope: in.Scope, action: "ListGrants", key: in.KeyID}); err != nil {
		return policy.Operation{}, err
	}
	doc := k.policy
	if in.Policy != "" {
		if doc, err = s.newPolicy(c, k, in.Policy, true); err != nil {
			return policy.Operation{}, err
		}
	}
	grants, err := s.collectGrants(s.db.Query(ctx, selectGrants+" WHERE key_id = ? ORDER BY id LIMIT ?", k.id, maxAsked))
	if err != nil {
		return policy.Operation{}, err
	}
	context := s.conditions(c, request{Scope: in.Scope}, target{arn: k.arn, key: k})
	context["kms:CallerAccount"] = []string{s.account} // of whoever it is asked about
	return policy.Operation{Action: "kms:" + in.Operation, Resource: k.arn, Rules: &policy.Rules{
		Resource: k.arn, Owner: s.account, Policy: doc, Grants: plainGrants(grants), Context: context,
	}}, nil
}
