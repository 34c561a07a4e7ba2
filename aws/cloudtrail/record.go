package cloudtrail

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"signet/audit"
)

// record is one record as CloudTrail writes it. Members that CloudTrail always has are always there,
// null when there is nothing to say.
type record struct {
	Version    string          `json:"eventVersion"`
	Identity   json.RawMessage `json:"userIdentity"`
	Time       string          `json:"eventTime"`
	Source     string          `json:"eventSource"`
	Name       string          `json:"eventName"`
	Region     string          `json:"awsRegion"`
	Address    string          `json:"sourceIPAddress"`
	Agent      string          `json:"userAgent"`
	ErrorCode  string          `json:"errorCode,omitempty"`
	ErrorText  string          `json:"errorMessage,omitempty"`
	Request    json.RawMessage `json:"requestParameters"`
	Response   json.RawMessage `json:"responseElements"`
	Additional map[string]any  `json:"additionalEventData,omitempty"`
	RequestID  string          `json:"requestID"`
	ID         string          `json:"eventID"`
	ReadOnly   bool            `json:"readOnly"`
	Resources  []touched       `json:"resources,omitempty"`
	Type       string          `json:"eventType"`
	Management bool            `json:"managementEvent"`
	Recipient  string          `json:"recipientAccountId"`
	Category   string          `json:"eventCategory"`

	accessKeyID string
}

type touched struct {
	Account string `json:"accountId"`
	Type    string `json:"type"`
	ARN     string `json:"ARN"`
}

// record joins an outcome with its attempt. Other events stand alone.
func (s service) record(f audit.Found) (record, error) {
	begun := f.Record
	if f.Phase == audit.PhaseOutcome {
		begun = f.Attempt
	}
	first, err := audit.ParseTrail(begun.AWS)
	if err != nil {
		return record{}, fmt.Errorf("cloudtrail: reading record %d: %w", begun.Index, err)
	}
	last, err := audit.ParseTrail(f.AWS)
	if err != nil {
		return record{}, fmt.Errorf("cloudtrail: reading record %d: %w", f.Index, err)
	}
	source, name, _ := strings.Cut(f.Action, ":")
	r := record{
		Version: "1.11", Identity: identityOf(f.Record, first), Time: begun.Time.UTC().Format("2006-01-02T15:04:05Z"),
		Source: hostOf(source, begun.AWS != ""), Name: name, Region: first.Region, Address: begun.SourceIP, Agent: begun.UserAgent,
		ErrorCode: last.ErrorCode, ErrorText: last.ErrorText, Request: first.Request, Response: last.Response,
		RequestID: begun.RequestID, ID: f.ID, ReadOnly: f.ReadOnly, Type: "AwsApiCall", Management: true, Recipient: s.account,
		Category: "Management", accessKeyID: first.AccessKeyID,
	}
	if name, ok := exceptions[r.ErrorCode]; ok && (source == "iam" || source == "sts") {
		r.ErrorCode = name
	}
	switch {
	case first.Service:
		r.ownDoing(source)
	case r.ErrorCode == "" && f.Phase == audit.PhaseDenial:
		r.ErrorCode = "AccessDenied"
	case r.ErrorCode == "" && f.Result != "" && f.Result != audit.ResultOK:
		r.ErrorCode = f.Result
	}
	r.Additional = additional(begun.Detail, f, first.Omitted || last.Omitted)
	if r.Region == "" && len(first.Resources) > 0 { // a job's: it is of no region
		r.Region = regionOf(first.Resources[0].ARN)
	}
	resources := last.Resources
	if len(resources) == 0 {
		resources = first.Resources
	}
	for _, one := range resources {
		r.Resources = append(r.Resources, touched{s.account, one.Type, one.ARN})
	}
	return r, nil
}

// exceptions are the errors of IAM and STS that CloudTrail calls otherwise than their answers do.
var exceptions = map[string]string{
	"ConcurrentModification":  "ConcurrentModificationException",
	"DeleteConflict":          "DeleteConflictException",
	"EntityAlreadyExists":     "EntityAlreadyExistsException",
	"InvalidInput":            "InvalidInputException",
	"LimitExceeded":           "LimitExceededException",
	"MalformedPolicyDocument": "MalformedPolicyDocumentException",
	"NoSuchEntity":            "NoSuchEntityException",
	"UnmodifiableEntity":      "UnmodifiableEntityException",
	"ValidationError":         "ValidationException",
}

// ownDoing makes it the record of an event that the service has made itself.
func (r *record) ownDoing(service string) {
	host := service + amazonHost
	r.Type, r.Address, r.Agent = "AwsServiceEvent", host, host
	r.Identity, _ = json.Marshal(map[string]string{"accountId": r.Recipient, "invokedBy": host}) // texts cannot fail
}

func regionOf(arn string) string {
	if parts := strings.Split(arn, ":"); len(parts) > 3 {
		return parts[3]
	}
	return ""
}

// additional is what Signet's own operations keep in the details of their events.
func additional(begun map[string]string, f audit.Found, omitted bool) map[string]any {
	all := map[string]any{}
	for k, v := range begun {
		all[k] = v
	}
	for k, v := range f.Detail {
		all[k] = v
	}
	if omitted {
		all["omitted"] = true
	}
	return all
}

// identityOf says who it was, also for operations that are not of the AWS side.
func identityOf(r audit.Record, t audit.Trail) json.RawMessage {
	if len(t.Identity) > 0 {
		return t.Identity
	}
	id := map[string]string{"type": "Unknown", "userName": r.Who.Name, "principalId": r.Who.ID}
	if r.Who.Type == audit.TypeSystem {
		id = map[string]string{"type": "AWSService", "invokedBy": r.Who.Name}
	}
	b, _ := json.Marshal(id) // texts cannot fail
	return b
}

// amazon are the services whose operations are called as AWS calls them. Signet's own, which have no trail,
// have a source of their own, so that nobody takes them for AWS's.
var amazon = []string{"cloudtrail", "iam", "kms", "quicksight", "secretsmanager", "sts"}

const (
	amazonHost = ".amazonaws.com"
	ownHost    = ".signet"
)

func hostOf(service string, trail bool) string {
	if trail && slices.Contains(amazon, service) {
		return service + amazonHost
	}
	return service + ownHost
}

func sourceOf(host string) string {
	return strings.TrimSuffix(strings.TrimSuffix(host, amazonHost), ownHost)
}
