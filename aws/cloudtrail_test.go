package aws_test

import (
	"encoding/json"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	trailsdk "github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	iamsdk "github.com/aws/aws-sdk-go-v2/service/iam"
)

func (w *world) trail(c sdk.Credentials) *trailsdk.Client {
	return trailsdk.NewFromConfig(w.config(c, "eu-west-1"))
}

// by asks for what has one attribute.
func by(key types.LookupAttributeKey, value string) *trailsdk.LookupEventsInput {
	return &trailsdk.LookupEventsInput{LookupAttributes: []types.LookupAttribute{{AttributeKey: key, AttributeValue: &value}}}
}

func TestLookupEvents(t *testing.T) {
	w := newWorld(t)
	ctx, c := t.Context(), w.trail(w.admin)
	role, err := w.iam(w.admin).CreateRole(ctx, &iamsdk.CreateRoleInput{RoleName: s("auditor"), AssumeRolePolicyDocument: s(trustAll)})
	w.must(err)
	_, err = w.iam(w.admin).CreateRole(ctx, &iamsdk.CreateRoleInput{RoleName: s("auditor"), AssumeRolePolicyDocument: s(trustAll)})
	w.code("twice", err, "EntityAlreadyExists")
	out, err := c.LookupEvents(ctx, by(types.LookupAttributeKeyEventName, "CreateRole"))
	w.must(err)
	if len(out.Events) != 2 {
		t.Fatalf("%d events", len(out.Events))
	}
	failed, made := out.Events[0], out.Events[1]
	if *made.EventSource != "iam.amazonaws.com" || *made.Username != "root" || *made.ReadOnly != "false" || *made.AccessKeyId != w.admin.AccessKeyID || time.Since(*made.EventTime) > time.Minute {
		t.Errorf("%+v", made)
	}
	var r struct {
		UserIdentity                             map[string]any
		EventVersion, AwsRegion, SourceIPAddress string
		EventID, ErrorCode, RecipientAccountId   string
		RequestParameters                        map[string]any
		ResponseElements                         struct{ Role map[string]string }
	}
	w.must(json.Unmarshal([]byte(*made.CloudTrailEvent), &r))
	if r.UserIdentity["arn"] != "arn:aws:iam::123456789012:user/root" || r.UserIdentity["type"] != "IAMUser" || r.AwsRegion != "us-east-1" && r.AwsRegion != "eu-west-1" ||
		r.RequestParameters["roleName"] != "auditor" || r.ResponseElements.Role["arn"] != *role.Role.Arn || r.EventID != *made.EventId || r.SourceIPAddress != "192.0.2.7" || r.RecipientAccountId != "123456789012" {
		t.Errorf("%s", *made.CloudTrailEvent)
	}
	w.must(json.Unmarshal([]byte(*failed.CloudTrailEvent), &r))
	if r.ErrorCode != "EntityAlreadyExistsException" {
		t.Errorf("%s", *failed.CloudTrailEvent)
	}
	for what, in := range map[string]*trailsdk.LookupEventsInput{
		"id":       by(types.LookupAttributeKeyEventId, *made.EventId),
		"resource": by(types.LookupAttributeKeyResourceName, *role.Role.Arn),
		"key":      by(types.LookupAttributeKeyAccessKeyId, w.admin.AccessKeyID),
		"source":   by(types.LookupAttributeKeyEventSource, "iam.amazonaws.com"),
		"user":     by(types.LookupAttributeKeyUsername, "root"),
		"writes":   by(types.LookupAttributeKeyReadOnly, "false"),
	} {
		out, err := c.LookupEvents(ctx, in)
		w.must(err)
		there := false
		for _, e := range out.Events {
			there = there || *e.EventId == *made.EventId
		}
		if !there {
			t.Errorf("not found by %s", what)
		}
	}
	w.pages(c)
	w.refusedLookups(c)
}

func (w *world) pages(c *trailsdk.Client) {
	seen := map[string]bool{}
	in := &trailsdk.LookupEventsInput{MaxResults: sdk.Int32(3), EndTime: sdk.Time(time.Now())}
	for {
		out, err := c.LookupEvents(w.t.Context(), in)
		w.must(err)
		for _, e := range out.Events {
			if seen[*e.EventId] {
				w.t.Errorf("%s twice", *e.EventId)
			}
			seen[*e.EventId] = true
		}
		if in.NextToken = out.NextToken; out.NextToken == nil {
			break
		}
	}
	if len(seen) < 5 {
		w.t.Errorf("%d events on all pages", len(seen))
	}
}

func (w *world) refusedLookups(c *trailsdk.Client) {
	ctx := w.t.Context()
	now := time.Now()
	for want, in := range map[string]*trailsdk.LookupEventsInput{
		"InvalidMaxResultsException":    {MaxResults: sdk.Int32(51)},
		"InvalidNextTokenException":     {NextToken: s("?")},
		"InvalidTimeRangeException":     {StartTime: sdk.Time(now), EndTime: sdk.Time(now.Add(-time.Hour))},
		"InvalidEventCategoryException": {EventCategory: types.EventCategoryInsight},
		"InvalidLookupAttributesException": {LookupAttributes: []types.LookupAttribute{
			{AttributeKey: types.LookupAttributeKeyEventName, AttributeValue: s("a")}, {AttributeKey: types.LookupAttributeKeyUsername, AttributeValue: s("b")}}},
	} {
		_, err := c.LookupEvents(ctx, in)
		w.code(want, err, want)
	}
	_, err := c.DescribeTrails(ctx, &trailsdk.DescribeTrailsInput{})
	w.code("unknown operation", err, "UnknownOperationException")
	_, err = w.iam(w.admin).CreateUser(ctx, &iamsdk.CreateUserInput{UserName: s("nosy")})
	w.must(err)
	_, err = w.trail(w.AccessKey("nosy")).LookupEvents(ctx, &trailsdk.LookupEventsInput{})
	w.code("not allowed", err, "AccessDeniedException")
	wrong := w.admin
	wrong.SecretAccessKey += "x"
	_, err = w.trail(wrong).LookupEvents(ctx, &trailsdk.LookupEventsInput{})
	w.code("another secret", err, "InvalidSignatureException")
	_, err = w.trail(sdk.Credentials{AccessKeyID: "AKIAAAAAAAAAAAAAAAAA", SecretAccessKey: "x"}).LookupEvents(ctx, &trailsdk.LookupEventsInput{})
	w.code("unknown key", err, "UnrecognizedClientException")
}
