package cloudtrail

import (
	"context"
	"encoding/json"
	"strconv"

	"signet/audit"
	"signet/aws"
)

type attribute struct {
	Key   string `json:"AttributeKey"`
	Value string `json:"AttributeValue"`
}

type lookup struct {
	Attributes []attribute `json:"LookupAttributes,omitempty"`
	Start      aws.Time    `json:"StartTime,omitzero"`
	End        aws.Time    `json:"EndTime,omitzero"`
	Category   string      `json:"EventCategory,omitempty"`
	Max        *int        `json:"MaxResults,omitempty"`
	Token      string      `json:"NextToken,omitempty"`
}

type events struct {
	Events []event `json:"Events"`
	Token  string  `json:"NextToken,omitempty"`
}

type event struct {
	ID          string     `json:"EventId"`
	Name        string     `json:"EventName"`
	ReadOnly    string     `json:"ReadOnly"`
	AccessKeyID string     `json:"AccessKeyId,omitempty"`
	Time        aws.Time   `json:"EventTime"`
	Source      string     `json:"EventSource"`
	User        string     `json:"Username,omitempty"`
	Resources   []resource `json:"Resources"`
	Record      string     `json:"CloudTrailEvent"`
}

type resource struct {
	Type string `json:"ResourceType,omitempty"`
	Name string `json:"ResourceName"`
}

const maxResults = 50

func (s service) lookupEvents(ctx context.Context, c *aws.Call, in *lookup) (*events, error) {
	q := audit.Query{From: in.Start.Time, To: in.End.Time, Limit: maxResults, Token: in.Token}
	if err := in.check(&q); err != nil {
		return nil, err
	}
	found, next, err := s.gate.Lookup(ctx, c.Caller, q, in)
	if err != nil {
		return nil, err
	}
	out := &events{Events: []event{}, Token: next}
	for _, f := range found {
		one, err := s.event(f)
		if err != nil {
			return nil, err
		}
		out.Events = append(out.Events, one)
	}
	return out, nil
}

// check reads the request into a query.
func (in *lookup) check(q *audit.Query) error {
	switch {
	case in.Category != "" && in.Category != "insight":
		return aws.Errorf("InvalidEventCategoryException", "The only event category that can be given is insight.")
	case in.Category == "insight":
		return aws.Errorf("InvalidEventCategoryException", "This server has no insight events.")
	case in.Max != nil && (*in.Max < 1 || *in.Max > maxResults):
		return aws.Errorf("InvalidMaxResultsException", "A value between 1 and %d must be specified for MaxResults.", maxResults)
	case !in.Start.IsZero() && !in.End.IsZero() && in.Start.After(in.End.Time):
		return aws.Errorf("InvalidTimeRangeException", "The start time is after the end time.")
	case len(in.Attributes) > 1:
		return aws.Errorf("InvalidLookupAttributesException", "You can specify only one lookup attribute.")
	}
	if in.Max != nil {
		q.Limit = *in.Max
	}
	for _, a := range in.Attributes {
		return a.into(q)
	}
	return nil
}

func (a attribute) into(q *audit.Query) error {
	if a.Value == "" || len(a.Value) > 2000 {
		return aws.Errorf("InvalidLookupAttributesException", "The lookup attribute has no value, or one that is too long.")
	}
	switch a.Key {
	case "EventId":
		q.EventID = a.Value
	case "EventName":
		q.Name = a.Value
	case "Username":
		q.User = a.Value
	case "ResourceType":
		q.ResourceType = a.Value
	case "ResourceName":
		q.Resource = a.Value
	case "EventSource":
		q.Source = sourceOf(a.Value)
	case "AccessKeyId":
		q.AccessKeyID = a.Value
	case "ReadOnly":
		only, err := strconv.ParseBool(a.Value)
		if err != nil {
			return aws.Errorf("InvalidLookupAttributesException", "ReadOnly must be true or false.")
		}
		q.ReadOnly = &only
	default:
		return aws.Errorf("InvalidLookupAttributesException", "There is no such lookup attribute.")
	}
	return nil
}

func (s service) event(f audit.Found) (event, error) {
	r, err := s.record(f)
	if err != nil {
		return event{}, err
	}
	text, err := json.Marshal(r)
	if err != nil {
		return event{}, err
	}
	e := event{
		ID: r.ID, Name: r.Name, ReadOnly: strconv.FormatBool(r.ReadOnly), AccessKeyID: r.accessKeyID, Time: aws.Time{Time: f.Time},
		Source: r.Source, User: f.Who.Name, Record: string(text), Resources: []resource{},
	}
	for _, one := range r.Resources {
		e.Resources = append(e.Resources, resource{one.Type, one.ARN})
	}
	if len(e.Resources) == 0 && f.Resource != "*" {
		e.Resources = append(e.Resources, resource{Name: f.Resource})
	}
	return e, nil
}
