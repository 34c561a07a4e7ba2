package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"signet/internal/fault"
	"signet/policy"
)

// Trail is what an event of the AWS side holds besides: Event.AWS is its encoding. An attempt, a view
// and a denial have who and what was asked; an outcome has the end; a use has both. AccessKeyID and Resources are in
// both, so that a search finds the outcome by them.
type Trail struct {
	AccessKeyID string            `json:"accessKeyId,omitempty"`
	Region      string            `json:"awsRegion,omitempty"`
	DecidedBy   string            `json:"decidedBy,omitempty"` // the statements that allowed or denied it, or what it lacks
	ErrorCode   string            `json:"errorCode,omitempty"`
	ErrorText   string            `json:"errorMessage,omitempty"`
	Omitted     bool              `json:"omitted,omitempty"` // request or response were too long
	Request     json.RawMessage   `json:"requestParameters,omitempty"`
	Resources   []policy.Resource `json:"resources,omitempty"`
	Response    json.RawMessage   `json:"responseElements,omitempty"`
	Service     bool              `json:"serviceEvent,omitempty"` // a service's own doing
	Identity    json.RawMessage   `json:"userIdentity,omitempty"`
}

// MaxTrail bounds Event.AWS, in bytes.
const MaxTrail = 64 << 10

// ParseTrail reads Event.AWS; the zero Trail for an event that has none.
func ParseTrail(text string) (Trail, error) {
	var t Trail
	if text == "" {
		return t, nil
	}
	return t, json.Unmarshal([]byte(text), &t)
}

// trailOf encodes the part of an operation that begins; "" for one that is not of the AWS side.
func trailOf(c policy.Caller, op policy.Operation, d policy.Decision) string {
	if op.Record == nil {
		return ""
	}
	return begun(c, op, d).encode()
}

func begun(c policy.Caller, op policy.Operation, d policy.Decision) Trail {
	id := c.Principal().AWS
	t := Trail{
		AccessKeyID: id.AccessKeyID, Region: id.Region, DecidedBy: clean(d.By(), MaxString), Request: compact(op.Record.Request),
		Resources: op.Record.Resources, Service: op.Record.Service, Identity: compact(userIdentity(c.Principal())),
	}
	if !d.Allowed() {
		t.ErrorCode, t.ErrorText = "AccessDenied", clean(policy.Refusal(c, op), MaxString)
	}
	return t
}

// trailWhole encodes an operation that one event tells of.
func trailWhole(c policy.Caller, op policy.Operation, d policy.Decision, result error) string {
	if op.Record == nil {
		return ""
	}
	t := begun(c, op, d)
	t.end(op, result)
	return t.encode()
}

// trailEnd encodes the part of an operation that ended.
func trailEnd(c policy.Caller, op policy.Operation, result error) string {
	if op.Record == nil {
		return ""
	}
	t := Trail{AccessKeyID: c.Principal().AWS.AccessKeyID, Resources: op.Record.Resources}
	t.end(op, result)
	return t.encode()
}

// end says how an operation came out.
func (t *Trail) end(op policy.Operation, result error) {
	if result == nil {
		t.Response = compact(op.Record.Response)
		return
	}
	t.ErrorCode = string(fault.CodeOf(result))
	if e, ok := errors.AsType[*fault.Error](result); ok {
		t.ErrorText = clean(e.Detail, MaxString)
		if e.Name != "" {
			t.ErrorCode = e.Name
		}
	}
}

// compact encodes one member; nothing for one that is not there.
func compact(v any) json.RawMessage {
	if v == nil {
		return nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil || b.String() == "null\n" || b.String() == "{}\n" {
		return nil
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// encode drops what is too long and says so.
func (t Trail) encode() string {
	text := compact(t)
	if len(text) <= MaxTrail {
		return string(text)
	}
	t.Request, t.Response, t.Omitted = nil, nil, true
	if text = compact(t); len(text) <= MaxTrail {
		return string(text)
	}
	return tooLong
}

const tooLong = `{"omitted":true}`

// normalTrail keeps what Append was given within its bounds.
func normalTrail(s string) string {
	if s == "" || len(s) <= MaxTrail && isClean(s, MaxTrail) && json.Valid([]byte(s)) {
		return s
	}
	return tooLong
}

// userIdentity is the principal in the form of CloudTrail's records.
func userIdentity(p policy.Principal) map[string]any {
	r := p.AWS.Requester
	if p.Role == policy.System {
		return map[string]any{"type": "AWSService", "invokedBy": p.Name}
	}
	id := map[string]any{"principalId": r.ID, "arn": r.ARN, "accountId": r.Account}
	if p.AWS.AccessKeyID != "" {
		id["accessKeyId"] = p.AWS.AccessKeyID
	}
	switch r.Type {
	case policy.User:
		id["type"], id["userName"] = "IAMUser", r.Name
	case policy.AssumedRole:
		issuer, _, _ := strings.Cut(r.ID, ":")
		id["type"] = "AssumedRole"
		id["sessionContext"] = map[string]any{
			"attributes": map[string]any{"mfaAuthenticated": "false"},
			"sessionIssuer": map[string]any{"type": "Role", "principalId": issuer, "arn": r.Issuer, "accountId": r.Account,
				"userName": r.Issuer[strings.LastIndexByte(r.Issuer, '/')+1:]},
		}
	default:
		id["type"] = "Unknown"
	}
	return id
}
