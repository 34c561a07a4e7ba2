package secrets

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"signet/policy"
)

// request is one operation on its way to the gate.
type request struct {
	region   string
	action   string // without "secretsmanager:"
	secret   string // as the caller names it; "" for an operation on none
	create   bool   // secret is the name of one to be made
	absent   bool   // the secret need not be there
	readOnly bool

	params     params              // of the request, beside the secret
	record     *policy.Record      // where the act says what it answers; nil when it says no more than the secret
	conditions map[string][]string // of the operation, beside those of the secret
	detail     map[string]string   // recorded; never secret
}

// target is what a request is about: a secret, or the ARN that it would have.
type target struct {
	arn    string
	record *record // nil when there is none
}

// jobs may do everything: they are Signet's own.
var jobs = policy.Grant{Roles: []policy.Role{policy.System}}

// do is the way of every operation that reads or changes a secret's value or the secret: it finds the
// secret, passes the gate, and acts. act gets a target with a record, unless the request makes one or needs none.
func (s *Service) do(ctx context.Context, c policy.Caller, r request, act func(context.Context, target) (map[string]string, error)) error {
	op, t, err := s.prepare(ctx, r)
	if err != nil {
		return err
	}
	pass := s.gate.Do
	if r.readOnly {
		pass = s.gate.Use
	}
	err = pass(ctx, c, op, func(ctx context.Context) (map[string]string, error) {
		if r.secret != "" && !r.create && !r.absent && t.record == nil {
			return coded(nil, notFound()), notFound()
		}
		detail, err := act(ctx, t)
		if op.Record.Response == nil && !r.readOnly && touched(t.arn) != nil {
			op.Record.Response = answered(t.arn, "")
		}
		return coded(detail, err), err
	})
	return refused(c, op, r.named(), err)
}

// look is the way of every operation that reads about secrets.
func (s *Service) look(ctx context.Context, c policy.Caller, r request) (target, error) {
	r.readOnly = true
	op, t, err := s.prepare(ctx, r)
	if err != nil {
		return target{}, err
	}
	if r.secret != "" && t.record == nil {
		return target{}, refused(c, op, r.named(), s.gate.Fail(ctx, c, op, notFound()))
	}
	if err := s.gate.View(ctx, c, op); err != nil {
		return target{}, refused(c, op, r.named(), err)
	}
	return t, nil
}

// named is what a denial says that the request was about.
func (r request) named() string {
	if r.secret == "" {
		return "*"
	}
	return r.secret
}

// prepare finds the secret and gathers what policy decides by.
func (s *Service) prepare(ctx context.Context, r request) (policy.Operation, target, error) {
	if !regionForm.MatchString(r.region) {
		return policy.Operation{}, target{}, fail(ValidationException, "there is no Region %q", clip(r.region))
	}
	t := target{arn: "*"}
	if r.create {
		t.arn = s.arn(r.region, r.secret, unknownSuffix)
	} else if r.secret != "" {
		var err error
		if t, err = s.find(ctx, r.region, r.secret); err != nil {
			return policy.Operation{}, target{}, err
		}
	}
	rules := &policy.Rules{Resource: t.arn, Owner: s.account, Context: s.contextOf(r, t)}
	if t.record != nil && t.record.policy != "" {
		document, err := parsePolicy(t.record.policy)
		if err != nil {
			return policy.Operation{}, target{}, fmt.Errorf("reading the policy of %s: %w", t.arn, err)
		}
		rules.Policy = document
	}
	return policy.Operation{
		Action: "secretsmanager:" + r.action, Resource: t.arn, ReadOnly: r.readOnly, Allow: jobs, Rules: rules, Detail: r.detail,
		Record: r.recordOf(t),
	}, t, nil
}

// find looks up what a SecretId names.
func (s *Service) find(ctx context.Context, region, text string) (target, error) {
	a, err := parseAddress(s.account, region, text)
	if err != nil || a.arn != "" {
		return target{arn: a.arn}, err
	}
	now := s.clock()
	if a.name != "" {
		r, err := readRecord(ctx, s.db, region, a.name, now)
		if err != nil || r != nil && r.suffix == a.suffix {
			return s.targetOf(r), err
		}
	}
	r, err := readRecord(ctx, s.db, region, a.plain, now)
	if err != nil || r != nil {
		return s.targetOf(r), err
	}
	return target{arn: s.missing(region, a)}, nil
}

func (s *Service) targetOf(r *record) target {
	if r == nil {
		return target{}
	}
	return target{arn: s.arn(r.region, r.name, r.suffix), record: r}
}

// contextOf are the condition keys of a request.
func (s *Service) contextOf(r request, t target) map[string][]string {
	m := maps.Clone(r.conditions)
	if m == nil {
		m = map[string][]string{}
	}
	if r.secret != "" {
		m["secretsmanager:SecretPrimaryRegion"] = []string{r.region}
	}
	if r.secret != "" && !r.create {
		m["secretsmanager:SecretId"] = []string{t.arn}
	}
	if t.record == nil {
		return m
	}
	if t.record.rotator != "" {
		m["secretsmanager:resource/AllowRotationLambdaArn"] = []string{t.record.rotator}
	}
	for key, value := range t.record.tags {
		m["aws:ResourceTag/"+key] = []string{value}
		m["secretsmanager:ResourceTag/"+key] = []string{value}
	}
	return m
}

// given collects condition keys; those without a value are left out.
type given map[string][]string

func (g given) text(key, value string) given {
	if value != "" {
		g["secretsmanager:"+key] = []string{value}
	}
	return g
}

func (g given) flag(key string, value bool) given {
	return g.text(key, strconv.FormatBool(value))
}

// tags adds the keys about tags in a request.
func (g given) tags(tags []Tag) given {
	for _, tag := range tags {
		g["aws:RequestTag/"+tag.Key] = []string{tag.Value}
		g["aws:TagKeys"] = append(g["aws:TagKeys"], tag.Key)
	}
	slices.Sort(g["aws:TagKeys"])
	return g
}

// parsePolicy reads a stored policy.
func parsePolicy(text string) (*policy.Document, error) {
	return policy.ParseDocument([]byte(text), policy.Options{Kind: policy.ResourcePolicy, MaxBytes: maxPolicy})
}
