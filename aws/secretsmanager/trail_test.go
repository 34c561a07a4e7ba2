package secretsmanager_test

import (
	"encoding/json"
	"testing"

	trailsdk "github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	sm "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/google/go-cmp/cmp"

	"signet/aws/awstest"
)

// A rotation tells of itself as AWS's does: events of the service, which nobody called.
func TestCloudTrailFindsARotation(t *testing.T) {
	w := start(t)
	ctx, c := t.Context(), w.admin()
	arn := create(c, "db", `{"engine":"postgres","host":"127.0.0.1","port":1,"username":"u","password":"p","dbname":"d"}`)
	must(c.RotateSecret(ctx, &sm.RotateSecretInput{SecretId: arn, RotationLambdaARN: s("arn:aws:lambda:us-east-1:" + account + ":function:SignetPostgreSQLSingleUser")}))
	if err := w.Secrets.RotateDue(ctx, awstest.System); err == nil {
		t.Fatal("a database that is not there was rotated")
	}
	out := must(trailsdk.NewFromConfig(w.Config(w.Root)).LookupEvents(ctx, &trailsdk.LookupEventsInput{
		LookupAttributes: []types.LookupAttribute{{AttributeKey: types.LookupAttributeKeyResourceName, AttributeValue: arn}},
	}))
	type record struct {
		EventName, EventSource, EventType, AwsRegion, SourceIPAddress, UserAgent string
		UserIdentity                                                             map[string]string
		AdditionalEventData                                                      map[string]string
		RequestParameters, ResponseElements                                      any
	}
	var got []record
	for _, e := range out.Events {
		if name := *e.EventName; name != "RotationStarted" && name != "RotationFailed" {
			continue
		}
		if len(e.Resources) != 1 || *e.Resources[0].ResourceName != *arn || *e.Resources[0].ResourceType != "AWS::SecretsManager::Secret" {
			t.Errorf("%s: %+v", *e.EventName, e.Resources)
		}
		var r record
		check(json.Unmarshal([]byte(*e.CloudTrailEvent), &r))
		got = append(got, r)
	}
	const host = "secretsmanager.amazonaws.com"
	own := func(name string, more map[string]string) record {
		more["SecretId"] = *arn
		return record{EventName: name, EventSource: host, EventType: "AwsServiceEvent", AwsRegion: region, SourceIPAddress: host, UserAgent: host,
			UserIdentity: map[string]string{"accountId": account, "invokedBy": host}, AdditionalEventData: more}
	}
	want := []record{own("RotationFailed", map[string]string{"step": "setSecret"}), own("RotationStarted", map[string]string{})}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
