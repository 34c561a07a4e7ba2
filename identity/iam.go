package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"signet/internal/fault"
	"signet/internal/store"
	"signet/policy"
)

// IAM is the same people as the AWS side sees and changes them, with the groups, roles, policies and
// access keys that only it has. Each method is an operation of IAM or STS; the caller's policies
// decide, by the operation's own action and the ARN of what it is about.
type IAM struct{ s *Service }

// IAM returns the operations of the AWS side.
func (s *Service) IAM() IAM { return IAM{s} }

// Account is the account that every ARN of this server is in.
func (m IAM) Account() string { return m.s.account }

// Region is the server's home.
func (m IAM) Region() string { return m.s.region }

// Names of errors, as IAM has them.
const (
	noSuchEntity   = "NoSuchEntity"
	alreadyExists  = "EntityAlreadyExists"
	deleteConflict = "DeleteConflict"
	limitExceeded  = "LimitExceeded"
	malformed      = "MalformedPolicyDocument"
	unmodifiable   = "UnmodifiableEntity"
	invalidValue   = "InvalidInput"
	validation     = "ValidationError"
)

func missing(format string, args ...any) error {
	return &fault.Error{Code: fault.NotFound, Name: noSuchEntity, Detail: fmt.Sprintf(format, args...)}
}

func refused(name, format string, args ...any) error {
	return &fault.Error{Code: fault.InvalidInput, Name: name, Detail: fmt.Sprintf(format, args...)}
}

// own lets Signet's own work pass without a policy; all others need one, administrators too.
var own = policy.Grant{Roles: []policy.Role{policy.System}}

// params is the part of a request that the trail keeps.
type params = policy.Params

// operation describes one operation on the thing with an ARN.
func operation(action, arn string, request params) policy.Operation {
	op := policy.Operation{
		Action: action, Resource: arn, Allow: own,
		Rules: &policy.Rules{Resource: arn}, Record: &policy.Record{Request: request.Tidy()},
	}
	for part, kind := range resourceTypes {
		if strings.Contains(arn, part) && !strings.HasSuffix(arn, part) {
			op.Record.Resources = []policy.Resource{{ARN: arn, Type: kind}}
		}
	}
	return op
}

// resourceTypes are found by the part of an ARN that says what it is of.
var resourceTypes = map[string]string{
	":user/": "AWS::IAM::User", ":group/": "AWS::IAM::Group", ":role/": "AWS::IAM::Role", ":policy/": "AWS::IAM::ManagedPolicy",
}

// change passes an operation through the gate and runs it in a transaction after which every
// process looks at policies and keys anew.
func (m IAM) change(ctx context.Context, c policy.Caller, op policy.Operation, f func(*store.Tx) error) error {
	return m.s.gated(ctx, c, op, func(ctx context.Context) error { return m.s.commit(ctx, f) })
}

// view is the gate of an operation that reads.
func (m IAM) view(ctx context.Context, c policy.Caller, op policy.Operation) error {
	op.ReadOnly = true
	return m.s.gate.View(ctx, c, op)
}

// read is view for an operation that may find nothing. It looks first, so that the record says how it
// ended; what it found is handed out only once the record is on its way.
func read[T any](ctx context.Context, m IAM, c policy.Caller, op policy.Operation, look func() (T, error)) (T, error) {
	var nothing T
	op.ReadOnly = true
	found, err := look()
	if err != nil {
		return nothing, m.s.gate.Fail(ctx, c, op, err)
	}
	if err := m.s.gate.View(ctx, c, op); err != nil {
		return nothing, err
	}
	return found, nil
}

func (m IAM) arn(kind, path, name string) string {
	return "arn:aws:iam::" + m.s.account + ":" + kind + path + name
}

// iamID names a thing on the AWS side for ever: four letters of its kind, and 85 random bits.
func iamID(prefix string) string { return prefix + strings.ToUpper(newID("")[:17]) }

// userID is iamID of a user, made of the id that the user has anyway.
func userID(id string) string { return "AIDA" + strings.ToUpper(strings.TrimPrefix(id, "usr_"))[:17] }

var (
	iamName    = regexp.MustCompile(`^[A-Za-z0-9+=,.@_-]+$`)
	iamPath    = regexp.MustCompile(`^/([A-Za-z0-9_+=,.@-]+/)*$`)
	maxNames   = map[string]int{"groupName": 128, "roleName": 64, "policyName": 128, "roleSessionName": 64}
	minNames   = map[string]int{"roleSessionName": 2}
	tagText    = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+@-]*$`)
	maxTags    = 50
	maxTagKey  = 128
	maxTagText = 256
)

func checkName(field, name string) error {
	if !iamName.MatchString(name) || len(name) > maxNames[field] || len(name) < minNames[field] {
		return refused(validation, "The specified value for %s is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_- "+
			"and have at most %d of them", field, maxNames[field])
	}
	return nil
}

// checkPath fills an empty path in.
func checkPath(path *string) error {
	if *path == "" {
		*path = "/"
	}
	if len(*path) > 512 || !iamPath.MatchString(*path) {
		return refused(validation, "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / and _+=,.@-")
	}
	return nil
}

// mergeTags checks and merges tags; the result is what is stored.
func mergeTags(have map[string]string, set map[string]string) (map[string]string, error) {
	all := map[string]string{}
	for _, from := range []map[string]string{have, set} {
		for k, v := range from {
			all[k] = v
		}
	}
	for k, v := range set {
		if k == "" || len([]rune(k)) > maxTagKey || len([]rune(v)) > maxTagText || !tagText.MatchString(k) || !tagText.MatchString(v) || strings.HasPrefix(strings.ToLower(k), "aws:") {
			return nil, refused(invalidValue, "The tag %q is invalid: use letters, digits, spaces and _.:/=+-@, at most %d of them in a key and %d in a value, and no key that begins with aws:", k, maxTagKey, maxTagText)
		}
	}
	if len(all) > maxTags {
		return nil, refused(limitExceeded, "The number of tags has reached the maximum limit of %d.", maxTags)
	}
	return all, nil
}

// tagParams is how the trail writes tags.
func tagParams(tags map[string]string) []params {
	var all []params
	for _, k := range sortedKeys(tags) {
		all = append(all, params{"key": k, "value": tags[k]})
	}
	return all
}

func encodeTags(tags map[string]string) string {
	if tags == nil {
		return "{}"
	}
	b, _ := json.Marshal(tags) // a map of texts cannot fail
	return string(b)
}

// tagContext are the condition keys of a request that sets tags.
func tagContext(op *policy.Operation, tags map[string]string) {
	if len(tags) == 0 {
		return
	}
	condition(op, "aws:TagKeys", sortedKeys(tags)...)
	for k, v := range tags {
		condition(op, "aws:RequestTag/"+k, v)
	}
}

func condition(op *policy.Operation, key string, values ...string) {
	if op.Rules.Context == nil {
		op.Rules.Context = map[string][]string{}
	}
	op.Rules.Context[key] = values
}

// Page asks for a part of a list: what comes after a name, at most Limit.
type Page struct {
	After      string
	Limit      int
	PathPrefix string
}

func (p Page) limit() int {
	if p.Limit <= 0 {
		return 100
	}
	return min(p.Limit, 1000)
}

// cut takes one page off a list that holds at least one more when there are more.
func cut[T any](all []T, p Page, name func(T) string) (page []T, next string) {
	if n := p.limit(); len(all) > n {
		return all[:n], name(all[n-1])
	}
	return all, ""
}
