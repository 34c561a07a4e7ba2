package kms

import (
	"context"
	"encoding/json"
	"strconv"

	"signet/internal/epoch"
	"signet/internal/store"
	"signet/policy"
)

// request is one operation on its way to the gate.
type request struct {
	Scope
	action   string // without "kms:"
	keyless  bool   // on no key. Every other operation needs one
	key      string // as the caller names it
	member   string // what AWS calls key; "" for keyId
	lookedUp bool   // key is not in the request
	resource string // of an operation on no key; "" for "*"
	byAlias  bool   // key may name an alias
	unnamed  bool   // key was found in a ciphertext
	ended    bool   // key may be one whose waiting period is over
	readOnly bool
	other    string // ARN of the other key of ReEncrypt

	params     params              // of the request, beside the key's name
	record     *policy.Record      // where the act says what it made; nil when it says nothing
	conditions map[string][]string // of the operation, beside those of the key
	detail     map[string]string   // recorded; never secret
	grants     func([]Grant) []policy.KeyGrant
}

// jobs may do everything: they are Signet's own.
var jobs = policy.Grant{Roles: []policy.Role{policy.System}}

// do is the way of every operation that uses or changes a key: it finds the key, passes the gate, and
// acts. act gets nil when the operation is on no key.
func (s *Service) do(ctx context.Context, c policy.Caller, r request, act func(context.Context, *known) (map[string]string, error)) error {
	op, t, err := s.prepare(ctx, c, r)
	if err != nil {
		return err
	}
	pass := s.gate.Do
	if r.readOnly {
		pass = s.gate.Use
	}
	err = pass(ctx, c, op, func(ctx context.Context) (map[string]string, error) {
		if !r.keyless && t.key == nil {
			err := t.missing(r.unnamed)
			return coded(nil, err), err
		}
		detail, err := act(ctx, t.key)
		return coded(detail, err), err
	})
	return refused(c, op, err)
}

// look is the way of every operation that reads about a key. It returns nil when the operation is on none.
func (s *Service) look(ctx context.Context, c policy.Caller, r request) (*known, error) {
	r.readOnly = true
	op, t, err := s.prepare(ctx, c, r)
	if err != nil {
		return nil, err
	}
	if !r.keyless && t.key == nil {
		return nil, refused(c, op, s.gate.Fail(ctx, c, op, t.missing(false)))
	}
	if err := s.gate.View(ctx, c, op); err != nil {
		return nil, refused(c, op, err)
	}
	return t.key, nil
}

// change is do for a change of one key: in a transaction that has read the key again, and raises the
// epoch. A dry run does all of it and is rolled back.
func (s *Service) change(ctx context.Context, c policy.Caller, r request, dry bool, f func(context.Context, *store.Tx, *known) (map[string]string, error)) error {
	if r.record == nil {
		r.record = &policy.Record{}
	}
	return s.do(ctx, c, r, func(ctx context.Context, seen *known) (detail map[string]string, err error) {
		err = s.db.TxOn(ctx, topic, func(tx *store.Tx) error {
			k, err := s.read(ctx, tx, seen.id, seen)
			if err != nil {
				return err
			}
			if k == nil {
				return notFound(seen.arn)
			}
			if detail, err = f(ctx, tx, k); err != nil {
				return err
			}
			if dry {
				return dryRun()
			}
			if r.record.Response == nil {
				r.record.Response = params{"keyId": k.arn} // AWS records it also where it does not answer it
			}
			return touch(ctx, tx, k.id)
		})
		return detail, err
	})
}

// touch raises the epoch and notes it with the key, so that every process reads the key again.
func touch(ctx context.Context, tx *store.Tx, id string) error {
	now, err := epoch.Bump(ctx, tx, topic)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "UPDATE kms_keys SET revision = ? WHERE id = ?", now, id)
	return err
}

// prepare finds the key and gathers what policy decides by. A key that is not there is judged as one
// whose policy leaves everything to the account, so that who may do nothing learns nothing.
func (s *Service) prepare(ctx context.Context, c policy.Caller, r request) (policy.Operation, target, error) {
	t := target{arn: r.resource}
	if t.arn == "" {
		t.arn = "*"
	}
	if !r.keyless {
		if r.key == "" {
			return policy.Operation{}, target{}, absent(r.keyMember())
		}
		var err error
		if t, err = s.find(ctx, r); err != nil {
			return policy.Operation{}, target{}, err
		}
	}
	rules := &policy.Rules{Resource: t.arn, Owner: s.account, Context: s.conditions(c, r, t)}
	if !r.keyless && t.key == nil {
		rules.Policy = s.delegating
	}
	if t.key != nil {
		rules.Policy = t.key.policy
		grants, err := s.grantsFor(ctx, t.key, c)
		if err != nil {
			return policy.Operation{}, target{}, err
		}
		if r.grants == nil {
			r.grants = plainGrants
		}
		rules.Grants = r.grants(grants)
	}
	return policy.Operation{
		Action: "kms:" + r.action, Resource: t.arn, ReadOnly: r.readOnly, Allow: jobs, Rules: rules, Detail: r.detail,
		Record: r.recordOf(t),
	}, t, nil
}

// conditions are the condition keys of a request.
func (s *Service) conditions(c policy.Caller, r request, t target) map[string][]string {
	m := map[string][]string{}
	set := func(key, value string) {
		if value != "" {
			m[key] = []string{value}
		}
	}
	for key, values := range r.conditions {
		m[key] = values
	}
	set("kms:CallerAccount", c.Principal().AWS.Requester.Account)
	set("aws:SourceArn", r.SourceArn)
	if r.Via != "" {
		set("kms:ViaService", viaService(r.Via, r.Region))
	}
	set("kms:RequestAlias", t.alias)
	if r.other != "" {
		set("kms:ReEncryptOnSameKey", strconv.FormatBool(t.arn == r.other))
	}
	k := t.key
	if k == nil {
		return m
	}
	set("kms:KeySpec", k.spec)
	set("kms:KeyUsage", k.usage)
	set("kms:KeyOrigin", k.origin)
	set("kms:MultiRegion", "false")
	if len(k.aliases) > 0 {
		m["kms:ResourceAliases"] = k.aliases
	}
	for tag, value := range k.tags {
		m["aws:ResourceTag/"+tag] = []string{value}
	}
	return m
}

func viaService(service, region string) string { return service + "." + region + ".amazonaws.com" }

// asJSON writes what the log and the store keep of small maps and lists.
func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic("kms: " + err.Error()) // only maps and lists of strings come here
	}
	return string(b)
}
