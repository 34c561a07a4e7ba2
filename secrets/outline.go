package secrets

import (
	"context"
	"strconv"
	"strings"
	"time"

	"signet/audit"
	"signet/policy"
)

// State is how a secret stands, in a word.
type State string

// The states, the most pressing first: a secret has the first that fits.
const (
	Deleting State = "deleting" // it waits for its deletion
	Rotating State = "rotating" // a process is at it, or will be within the minute
	Failed   State = "failed"   // the last try of a rotation failed; it is tried again
	Due      State = "due"      // the window of its rotation is open
	Empty    State = "empty"    // it has no current value
	InUse    State = "in-use"
)

// Outline is what people see of a secret at a glance.
type Outline struct {
	Description
	State    State
	Rotator  string    // name of the built-in rotator, "" for none
	Pending  string    // version that a rotation is making, "" for none
	Failures int64     // tries of the rotation under way that failed
	RetryAt  time.Time // of a rotation that failed: when it is tried again
	OpensAt  time.Time // begin of the next window; NextRotationDate is its end
	May      []string  // operations that the caller may do on the secret, of those that change it or tell more
}

// offered are the operations that an outline tells about.
var offered = []string{
	"GetSecretValue", "PutSecretValue", "UpdateSecret", "TagResource", "UntagResource", "ListSecretVersionIds", "UpdateSecretVersionStage",
	"RotateSecret", "CancelRotateSecret", "DeleteSecret", "RestoreSecret", "GetResourcePolicy", "PutResourcePolicy", "DeleteResourcePolicy",
}

// Outline is DescribeSecret with what Signet knows besides. It needs the permission for DescribeSecret.
func (s *Service) Outline(ctx context.Context, c policy.Caller, in SecretInput) (Outline, error) {
	t, err := s.look(ctx, c, request{region: in.Region, action: "DescribeSecret", secret: in.SecretID})
	if err != nil {
		return Outline{}, err
	}
	o := s.outline(t.record)
	o.May, err = s.may(ctx, c, in)
	return o, err
}

// may says what the caller may do with a secret. It puts nothing on record: nothing is done, only offered
// or left out.
func (s *Service) may(ctx context.Context, c policy.Caller, in SecretInput) (may []string, err error) {
	op, _, err := s.prepare(ctx, request{region: in.Region, action: offered[0], secret: in.SecretID})
	for _, name := range offered {
		op.Action = "secretsmanager:" + name // what policies decide by is the same for all of them
		if err == nil && policy.Decide(c, op) {
			may = append(may, name)
		}
	}
	return may, err
}

// OutlinesInput asks for one page of a region's secrets, by name.
type OutlinesInput struct {
	Region string
	Words  string // each must be somewhere in the name, the description or the tags; "" for all secrets
	State  State  // "" for any
	Limit  int    // 1 to 100; 0 for 100
	Token  string // of the page before
}

// Outlines lists secrets, those too that wait for their deletion, without what the caller may do. A page
// may be short, or empty, before the list ends. It needs the permission for ListSecrets.
func (s *Service) Outlines(ctx context.Context, c policy.Caller, in OutlinesInput) (page []Outline, next string, err error) {
	list := ListSecretsInput{Region: in.Region, IncludePlannedDeletion: true, SortBy: "name", MaxResults: in.Limit}
	if words := strings.TrimSpace(in.Words); words != "" {
		list.Filters = []Filter{{Key: "all", Values: []string{" " + words}}} // a "!" in front would turn the filter round
	}
	w, err := list.walk()
	if err != nil {
		return nil, "", err
	}
	w.cursor = append(w.cursor, "Outlines", string(in.State))
	if w.after, err = w.cursor.open(in.Token); err != nil {
		return nil, "", err
	}
	if in.State != "" {
		w.only = func(r *record) bool { return r.state(s.clock()) == in.State }
	}
	if _, err := s.look(ctx, c, request{region: in.Region, action: "ListSecrets"}); err != nil {
		return nil, "", err
	}
	found, next, err := s.page(ctx, w)
	for _, r := range found {
		page = append(page, s.outline(r))
	}
	return page, next, err
}

func (s *Service) outline(r *record) Outline {
	now := s.clock()
	o := Outline{Description: s.describe(r), State: r.state(now), Rotator: r.rotator[strings.LastIndexByte(r.rotator, ':')+1:], Pending: r.on.rotating(), Failures: r.failures}
	if !r.rotationOn || !r.rotateAt.Valid {
		return o
	}
	if r.token == "" && r.failures == 0 {
		o.OpensAt = timeOf(r.rotateAt)
	} else if o.State == Failed {
		o.RetryAt = timeOf(r.rotateAt)
	}
	return o
}

func (r *record) state(now time.Time) State {
	due := r.rotationOn && r.rotateAt.Valid && r.rotateAt.Int64 <= now.UnixMicro()
	switch {
	case r.deleteAt.Valid:
		return Deleting
	case r.rotatingUntil > now.UnixMicro(), due && r.token != "":
		return Rotating
	case r.failures > 0:
		return Failed
	case due:
		return Due
	case r.on[Current] == "":
		return Empty
	}
	return InUse
}

// Reading is one time that somebody asked for a secret's value.
type Reading struct {
	At                 time.Time
	Who, From, Version string
	Index              audit.Index // of the event
	Result             string      // "ok", "denied" or the code of a fault
}

// Readings tells who last asked for the value of a secret, newest first; more says that the log has
// older ones. It needs the permission for the secret and for the audit log.
func (s *Service) Readings(ctx context.Context, c policy.Caller, in SecretInput, limit int) (all []Reading, more bool, err error) {
	found, next, err := s.eventsOf(ctx, c, in, "GetSecretValue", limit)
	for _, f := range found {
		all = append(all, Reading{At: f.Time, Who: f.Who.Name, From: f.SourceIP, Version: f.Detail["version"], Index: f.Index, Result: f.Result})
	}
	return all, next != "", err
}

// StepTaken is a step of a rotation that was done, or failed.
type StepTaken struct {
	At                    time.Time
	Step, Version, Result string
	Reason                string // why it failed, in words that hold nothing of the secret
}

// StepsTaken tells the last steps of a secret's rotations, newest first. It needs the permission for the
// secret and for the audit log.
func (s *Service) StepsTaken(ctx context.Context, c policy.Caller, in SecretInput, limit int) ([]StepTaken, error) {
	found, _, err := s.eventsOf(ctx, c, in, "RotationStep", limit)
	var all []StepTaken
	for _, f := range found {
		all = append(all, StepTaken{At: f.Time, Step: f.Attempt.Detail["step"], Version: f.Attempt.Detail["version"], Result: f.Result, Reason: f.Detail["reason"]})
	}
	return all, err
}

func (s *Service) eventsOf(ctx context.Context, c policy.Caller, in SecretInput, name string, limit int) ([]audit.Found, string, error) {
	t, err := s.look(ctx, c, request{region: in.Region, action: "DescribeSecret", secret: in.SecretID})
	if err != nil {
		return nil, "", err
	}
	q := audit.Query{Source: "secretsmanager", Name: name, Resource: t.arn, Acts: true, Limit: limit}
	return s.gate.Lookup(ctx, c, q, map[string]string{"resource": t.arn, "name": name})
}

// NextRotation says when a secret would be rotated by rules that it might get: the next window, from the
// date of its last rotation on. ok is false when there is none.
func (s *Service) NextRotation(ctx context.Context, c policy.Caller, in SecretInput, rules RotationRules) (opens, closes time.Time, ok bool, err error) {
	t, err := s.look(ctx, c, request{region: in.Region, action: "DescribeSecret", secret: in.SecretID})
	if err != nil {
		return opens, closes, false, err
	}
	plan, err := rules.parse()
	if err != nil {
		return opens, closes, false, err
	}
	now := s.clock()
	last := now
	if t.record.rotated.Valid {
		last = timeOf(t.record.rotated)
	}
	opens, closes, ok = plan.next(last, now)
	return opens, closes, ok, nil
}

// RotatorARN is the name by which RotateSecret takes a built-in rotator.
func (s *Service) RotatorARN(region, name string) string {
	return "arn:aws:lambda:" + region + ":" + s.account + ":function:" + name
}

// Expression is the rules as a schedule expression, "" for never.
func (r RotationRules) Expression() string {
	if r.AutomaticallyAfterDays > 0 {
		return "rate(" + strconv.Itoa(r.AutomaticallyAfterDays) + " days)"
	}
	return r.ScheduleExpression
}
