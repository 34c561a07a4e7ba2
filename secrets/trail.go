package secrets

import (
	"context"
	"maps"
	"strings"

	"signet/policy"
)

// params is what the trail keeps of a request or of an answer: never a value, nor a part of one.
type params = policy.Params

// recordOf is what the trail keeps of a request about a target. An act may add to it.
func (r request) recordOf(t target) *policy.Record {
	rec := r.record
	if rec == nil {
		rec = &policy.Record{}
	}
	p := params{}
	maps.Copy(p, r.params)
	if r.create {
		p["name"] = r.secret
	} else {
		p["secretId"] = r.secret
	}
	rec.Request, rec.Resources = p.Tidy(), touched(t.arn)
	return rec
}

// touched is the secret behind an ARN; none for "*" and for a name that no secret has.
func touched(arn string) []policy.Resource {
	if !strings.Contains(arn, ":secret:") || strings.HasSuffix(arn, unknownSuffix) {
		return nil
	}
	return []policy.Resource{{ARN: arn, Type: "AWS::SecretsManager::Secret"}}
}

// answered is the part of an answer that AWS records of every change: the secret's ARN, and its name when
// the answer has it.
func answered(arn, name string) params {
	return params{"arn": arn, "name": name}.Tidy()
}

func tagParams(tags []Tag) []params {
	out := make([]params, len(tags))
	for i, t := range tags {
		out[i] = params{"key": t.Key, "value": t.Value}
	}
	return out
}

func filterParams(filters []Filter) []params {
	out := make([]params, len(filters))
	for i, f := range filters {
		out[i] = params{"key": f.Key, "values": f.Values}
	}
	return out
}

func (r RotationRules) params() params {
	return params{"automaticallyAfterDays": r.AutomaticallyAfterDays, "scheduleExpression": r.ScheduleExpression, "duration": r.Duration}.Tidy()
}

// tell records an event of the service itself, under the name that CloudTrail has for it.
func (s *Service) tell(ctx context.Context, c policy.Caller, r *rotation, name string, detail map[string]string) error {
	detail["SecretId"] = r.arn
	op := policy.Operation{
		Action: "secretsmanager:" + name, Resource: r.arn, Allow: jobs, Detail: detail,
		Record: &policy.Record{Resources: touched(r.arn), Service: true},
	}
	return s.gate.Do(ctx, c, op, func(context.Context) (map[string]string, error) { return nil, nil })
}
