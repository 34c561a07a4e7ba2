package secretsmanager_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	kmssdk "github.com/aws/aws-sdk-go-v2/service/kms"
	sm "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/google/go-cmp/cmp"

	"signet/aws/awstest"
)

func TestSecretsAndTheirVersions(t *testing.T) {
	w := start(t)
	ctx, c := t.Context(), w.admin()
	made := must(c.CreateSecret(ctx, &sm.CreateSecretInput{
		Name: s("app/db"), Description: s("first"), SecretString: s("one"), ClientRequestToken: token("v1"), Tags: []types.Tag{{Key: s("team"), Value: s("sales")}},
	}))
	if !strings.HasPrefix(*made.ARN, "arn:aws:secretsmanager:"+region+":"+account+":secret:app/db-") || *made.Name != "app/db" || *made.VersionId != *token("v1") {
		t.Errorf("%+v", made)
	}
	again := must(c.CreateSecret(ctx, &sm.CreateSecretInput{Name: s("app/db"), SecretString: s("one"), ClientRequestToken: token("v1")}))
	if *again.ARN != *made.ARN {
		t.Errorf("the same request made another secret: %s", *again.ARN)
	}
	_, err := c.CreateSecret(ctx, &sm.CreateSecretInput{Name: s("app/db"), SecretString: s("two")})
	awstest.Wants[*types.ResourceExistsException](t, "the name is taken", err, "The operation failed because the secret app/db already exists.")
	for _, id := range []string{"app/db", *made.ARN, strings.TrimSuffix(*made.ARN, (*made.ARN)[len(*made.ARN)-7:])} {
		got := must(c.GetSecretValue(ctx, &sm.GetSecretValueInput{SecretId: &id}))
		if *got.SecretString != "one" || got.SecretBinary != nil || *got.ARN != *made.ARN || *got.Name != "app/db" || *got.VersionId != *token("v1") ||
			!slices.Equal(got.VersionStages, []string{"AWSCURRENT"}) || time.Since(*got.CreatedDate) > time.Minute {
			t.Errorf("%s: %+v", id, got)
		}
	}
	put := must(c.PutSecretValue(ctx, &sm.PutSecretValueInput{SecretId: s("app/db"), SecretBinary: []byte{0, 255, 7}, ClientRequestToken: token("v2")}))
	if *put.VersionId != *token("v2") || !slices.Equal(put.VersionStages, []string{"AWSCURRENT"}) || *put.ARN != *made.ARN {
		t.Errorf("%+v", put)
	}
	must(c.PutSecretValue(ctx, &sm.PutSecretValueInput{SecretId: s("app/db"), SecretBinary: []byte{0, 255, 7}, ClientRequestToken: token("v2")}))
	_, err = c.PutSecretValue(ctx, &sm.PutSecretValueInput{SecretId: s("app/db"), SecretString: s("other"), ClientRequestToken: token("v2")})
	awstest.Wants[*types.ResourceExistsException](t, "a token used for another value", err, *token("v2"))
	got := must(c.GetSecretValue(ctx, &sm.GetSecretValueInput{SecretId: s("app/db")}))
	if got.SecretString != nil || !bytes.Equal(got.SecretBinary, []byte{0, 255, 7}) {
		t.Errorf("%+v", got)
	}
	previous := must(c.GetSecretValue(ctx, &sm.GetSecretValueInput{SecretId: s("app/db"), VersionStage: s("AWSPREVIOUS")}))
	byID := must(c.GetSecretValue(ctx, &sm.GetSecretValueInput{SecretId: s("app/db"), VersionId: token("v1")}))
	if *previous.SecretString != "one" || *byID.SecretString != "one" {
		t.Errorf("%+v %+v", previous, byID)
	}
	_, err = c.GetSecretValue(ctx, &sm.GetSecretValueInput{SecretId: s("none")})
	awstest.Wants[*types.ResourceNotFoundException](t, "no secret", err, "Secrets Manager can't find the specified secret.")
	_, err = c.GetSecretValue(ctx, &sm.GetSecretValueInput{SecretId: s("app/db"), VersionStage: s("AWSPENDING")})
	awstest.Wants[*types.ResourceNotFoundException](t, "no such label", err, "Secrets Manager can't find the specified secret value for staging label: AWSPENDING")
	_, err = c.GetSecretValue(ctx, &sm.GetSecretValueInput{SecretId: s("app/db"), VersionId: token("v1"), VersionStage: s("AWSCURRENT")})
	awstest.Wants[*types.InvalidRequestException](t, "another's label", err, "You provided a VersionStage that is not associated to the provided VersionId.")
}

func TestDescribeUpdateAndTags(t *testing.T) {
	w := start(t)
	ctx, c := t.Context(), w.admin()
	arn := create(c, "a", "one")
	d := must(c.DescribeSecret(ctx, &sm.DescribeSecretInput{SecretId: s("a")}))
	if *d.ARN != *arn || *d.Name != "a" || d.Description != nil || d.KmsKeyId != nil || d.RotationEnabled != nil || d.DeletedDate != nil ||
		len(d.VersionIdsToStages) != 1 || len(d.Tags) != 0 || time.Since(*d.CreatedDate) > time.Minute || time.Since(*d.LastChangedDate) > time.Minute {
		t.Errorf("%+v", d)
	}
	key := must(w.kms().CreateKey(ctx, &kmssdk.CreateKeyInput{})).KeyMetadata
	up := must(c.UpdateSecret(ctx, &sm.UpdateSecretInput{SecretId: arn, Description: s("text"), KmsKeyId: key.Arn, SecretString: s("two"), ClientRequestToken: token("v2")}))
	if *up.VersionId != *token("v2") || *up.ARN != *arn {
		t.Errorf("%+v", up)
	}
	_, err := c.UpdateSecret(ctx, &sm.UpdateSecretInput{SecretId: arn, SecretString: s("two"), ClientRequestToken: token("v2")})
	awstest.Wants[*types.ResourceExistsException](t, "a version that is there", err)
	if up := must(c.UpdateSecret(ctx, &sm.UpdateSecretInput{SecretId: arn, Description: s("")})); up.VersionId != nil {
		t.Errorf("%+v", up)
	}
	_, err = c.UpdateSecret(ctx, &sm.UpdateSecretInput{SecretId: arn, KmsKeyId: s("alias/none")})
	awstest.Wants[*types.EncryptionFailure](t, "no such key", err)
	must(c.TagResource(ctx, &sm.TagResourceInput{SecretId: arn, Tags: []types.Tag{{Key: s("b"), Value: s("")}, {Key: s("a"), Value: s("1")}}}))
	must(c.UntagResource(ctx, &sm.UntagResourceInput{SecretId: arn, TagKeys: []string{"b"}}))
	_, err = c.TagResource(ctx, &sm.TagResourceInput{SecretId: arn, Tags: []types.Tag{{Key: s("aws:x"), Value: s("")}}})
	awstest.Wants[*types.InvalidParameterException](t, "a reserved tag", err)
	var many []types.Tag
	for i := range 50 {
		many = append(many, types.Tag{Key: s(fmt.Sprint("t", i)), Value: s("v")})
	}
	_, err = c.TagResource(ctx, &sm.TagResourceInput{SecretId: arn, Tags: many})
	awstest.Wants[*types.LimitExceededException](t, "51 tags", err)
	must(get(c, "a"))
	d = must(c.DescribeSecret(ctx, &sm.DescribeSecretInput{SecretId: arn}))
	today := time.Now().UTC().Truncate(24 * time.Hour)
	if d.Description != nil || *d.KmsKeyId != *key.Arn || len(d.Tags) != 1 || *d.Tags[0].Key != "a" || d.LastAccessedDate == nil || today.Sub(*d.LastAccessedDate) > 24*time.Hour {
		t.Errorf("%+v", d)
	}
	if diff := cmp.Diff([]string{"AWSCURRENT"}, d.VersionIdsToStages[*token("v2")]); diff != "" || len(d.VersionIdsToStages) != 2 {
		t.Errorf("%v", d.VersionIdsToStages)
	}
	_, err = c.DescribeSecret(ctx, &sm.DescribeSecretInput{SecretId: s("none")})
	awstest.Wants[*types.ResourceNotFoundException](t, "no secret", err, "Secrets Manager can't find the specified secret.")
}

func TestLabelsAndVersionLists(t *testing.T) {
	w := start(t)
	ctx, c := t.Context(), w.admin()
	must(c.CreateSecret(ctx, &sm.CreateSecretInput{Name: s("a"), SecretString: s("1"), ClientRequestToken: token("v1")}))
	for _, v := range []string{"v2", "v3", "v4"} {
		must(c.PutSecretValue(ctx, &sm.PutSecretValueInput{SecretId: s("a"), SecretString: &v, ClientRequestToken: token(v), VersionStages: []string{"AWSCURRENT", "L" + v}}))
	}
	moved := must(c.UpdateSecretVersionStage(ctx, &sm.UpdateSecretVersionStageInput{SecretId: s("a"), VersionStage: s("AWSCURRENT"), RemoveFromVersionId: token("v4"), MoveToVersionId: token("v2")}))
	if value := must(get(c, "a")); value != "v2" || *moved.Name != "a" || !strings.HasSuffix((*moved.ARN)[:len(*moved.ARN)-7], ":a") {
		t.Errorf("%s %+v", value, moved)
	}
	_, err := c.UpdateSecretVersionStage(ctx, &sm.UpdateSecretVersionStageInput{SecretId: s("a"), VersionStage: s("AWSCURRENT"), MoveToVersionId: token("v3")})
	awstest.Wants[*types.InvalidParameterException](t, "without the holder", err, "RemoveFromVersionId can't be empty", *token("v2"))
	_, err = c.UpdateSecretVersionStage(ctx, &sm.UpdateSecretVersionStageInput{SecretId: s("a"), VersionStage: s("AWSCURRENT"), RemoveFromVersionId: token("v2")})
	awstest.Wants[*types.InvalidParameterException](t, "no current version", err)
	must(c.UpdateSecretVersionStage(ctx, &sm.UpdateSecretVersionStageInput{SecretId: s("a"), VersionStage: s("Lv3"), RemoveFromVersionId: token("v3")}))
	var ids []string
	pages := 0
	for p := sm.NewListSecretVersionIdsPaginator(c, &sm.ListSecretVersionIdsInput{SecretId: s("a"), IncludeDeprecated: sdk.Bool(true), MaxResults: sdk.Int32(3)}); p.HasMorePages(); pages++ {
		page := must(p.NextPage(ctx))
		if *page.Name != "a" || page.ARN == nil {
			t.Errorf("%+v", page)
		}
		for _, v := range page.Versions {
			if ids = append(ids, *v.VersionId); !slices.Equal(v.KmsKeyIds, []string{"DefaultEncryptionKey"}) || time.Since(*v.CreatedDate) > time.Minute {
				t.Errorf("%+v", v)
			}
		}
	}
	if want := []string{*token("v1"), *token("v2"), *token("v3"), *token("v4")}; !slices.Equal(ids, want) || pages != 2 {
		t.Errorf("%v in %d pages", ids, pages)
	}
	labelled := must(c.ListSecretVersionIds(ctx, &sm.ListSecretVersionIdsInput{SecretId: s("a")}))
	if len(labelled.Versions) != 2 || !slices.Equal(labelled.Versions[0].VersionStages, []string{"AWSCURRENT", "Lv2"}) || !slices.Contains(labelled.Versions[1].VersionStages, "AWSPREVIOUS") {
		t.Errorf("%+v", labelled.Versions)
	}
	_, err = c.ListSecretVersionIds(ctx, &sm.ListSecretVersionIdsInput{SecretId: s("a"), NextToken: s("x")})
	awstest.Wants[*types.InvalidNextTokenException](t, "token", err)
}

func TestListsAndBatches(t *testing.T) {
	w := start(t)
	ctx, c := t.Context(), w.admin()
	for i := range 5 {
		must(c.CreateSecret(ctx, &sm.CreateSecretInput{Name: s(fmt.Sprint("app/", i)), Description: s("of the app"), SecretString: s(fmt.Sprint("value", i))}))
	}
	create(c, "other", "x")
	byName := &sm.ListSecretsInput{MaxResults: sdk.Int32(2), SortBy: types.SortByTypeName, SortOrder: types.SortOrderTypeDesc,
		Filters: []types.Filter{{Key: types.FilterNameStringTypeName, Values: []string{"app/"}}}}
	var names []string
	for p := sm.NewListSecretsPaginator(c, byName); p.HasMorePages(); {
		for _, e := range must(p.NextPage(ctx)).SecretList {
			if names = append(names, *e.Name); *e.Description != "of the app" || len(e.SecretVersionsToStages) != 1 || e.ARN == nil {
				t.Errorf("%+v", e)
			}
		}
	}
	if !slices.Equal(names, []string{"app/4", "app/3", "app/2", "app/1", "app/0"}) {
		t.Errorf("%v", names)
	}
	var values []string
	for p := sm.NewBatchGetSecretValuePaginator(c, &sm.BatchGetSecretValueInput{MaxResults: sdk.Int32(2), Filters: byName.Filters}); p.HasMorePages(); {
		page := must(p.NextPage(ctx))
		for _, v := range page.SecretValues {
			values = append(values, *v.SecretString)
		}
		if len(page.Errors) != 0 {
			t.Errorf("%+v", page.Errors)
		}
	}
	if slices.Sort(values); !slices.Equal(values, []string{"value0", "value1", "value2", "value3", "value4"}) {
		t.Errorf("%v", values)
	}
	must(c.DeleteSecret(ctx, &sm.DeleteSecretInput{SecretId: s("app/3")}))
	batch := must(c.BatchGetSecretValue(ctx, &sm.BatchGetSecretValueInput{SecretIdList: []string{"app/0", "none", "app/3"}}))
	var errs []string
	for _, e := range batch.Errors {
		errs = append(errs, *e.SecretId+" "+*e.ErrorCode+" "+*e.Message)
	}
	want := []string{"none ResourceNotFoundException Secrets Manager can't find the specified secret.",
		"app/3 InvalidRequestException You can't perform this operation on the secret because it was marked for deletion."}
	if diff := cmp.Diff(want, errs); diff != "" || len(batch.SecretValues) != 1 || *batch.SecretValues[0].SecretString != "value0" {
		t.Errorf("%s %d", diff, len(batch.SecretValues))
	}
	_, err := c.BatchGetSecretValue(ctx, &sm.BatchGetSecretValueInput{SecretIdList: []string{"a"}, Filters: byName.Filters})
	awstest.Wants[*types.InvalidParameterException](t, "list and filters", err)
	_, err = c.BatchGetSecretValue(ctx, &sm.BatchGetSecretValueInput{Filters: byName.Filters, NextToken: s("x")})
	awstest.Wants[*types.InvalidNextTokenException](t, "token", err)
	if n := len(must(c.ListSecrets(ctx, &sm.ListSecretsInput{})).SecretList); n != 5 {
		t.Errorf("%d secrets", n)
	}
	planned := must(c.ListSecrets(ctx, &sm.ListSecretsInput{IncludePlannedDeletion: sdk.Bool(true), Filters: []types.Filter{{Key: types.FilterNameStringTypeName, Values: []string{"app/3"}}}})).SecretList
	if len(planned) != 1 || planned[0].DeletedDate == nil {
		t.Errorf("%+v", planned)
	}
	_, err = c.ListSecrets(ctx, &sm.ListSecretsInput{NextToken: s("x")})
	awstest.Wants[*types.InvalidNextTokenException](t, "token", err)
}

func TestDeletionAndRestoring(t *testing.T) {
	w := start(t)
	ctx, c := t.Context(), w.admin()
	arn := create(c, "a", "one")
	gone := must(c.DeleteSecret(ctx, &sm.DeleteSecretInput{SecretId: s("a"), RecoveryWindowInDays: sdk.Int64(7)}))
	if days := time.Until(*gone.DeletionDate).Hours() / 24; *gone.ARN != *arn || *gone.Name != "a" || days < 6.9 || days > 7.1 {
		t.Errorf("%+v", gone)
	}
	_, err := get(c, "a")
	awstest.Wants[*types.InvalidRequestException](t, "marked", err, "You can't perform this operation on the secret because it was marked for deletion.")
	_, err = c.CreateSecret(ctx, &sm.CreateSecretInput{Name: s("a"), SecretString: s("x")})
	awstest.Wants[*types.InvalidRequestException](t, "its name", err, "You can't create this secret because a secret with this name is already scheduled for deletion.")
	if restored := must(c.RestoreSecret(ctx, &sm.RestoreSecretInput{SecretId: s("a")})); *restored.ARN != *arn || *restored.Name != "a" {
		t.Errorf("%+v", restored)
	}
	if value := must(get(c, "a")); value != "one" {
		t.Errorf("%s", value)
	}
	must(c.DeleteSecret(ctx, &sm.DeleteSecretInput{SecretId: s("a"), ForceDeleteWithoutRecovery: sdk.Bool(true)}))
	_, err = c.RestoreSecret(ctx, &sm.RestoreSecretInput{SecretId: s("a")})
	awstest.Wants[*types.ResourceNotFoundException](t, "gone", err)
	_, err = c.DeleteSecret(ctx, &sm.DeleteSecretInput{SecretId: s("a")})
	awstest.Wants[*types.ResourceNotFoundException](t, "gone", err)
	if another := create(c, "a", "two"); *another == *arn {
		t.Error("a new secret has the ARN of the one before")
	}
}

func TestPasswords(t *testing.T) {
	w := start(t)
	ctx, c := t.Context(), w.admin()
	one, two := must(c.GetRandomPassword(ctx, &sm.GetRandomPasswordInput{})), must(c.GetRandomPassword(ctx, &sm.GetRandomPasswordInput{}))
	if len(*one.RandomPassword) != 32 || *one.RandomPassword == *two.RandomPassword {
		t.Errorf("%d characters", len(*one.RandomPassword))
	}
	digits := must(c.GetRandomPassword(ctx, &sm.GetRandomPasswordInput{PasswordLength: sdk.Int64(100), ExcludeLowercase: sdk.Bool(true), ExcludeUppercase: sdk.Bool(true),
		ExcludePunctuation: sdk.Bool(true), ExcludeCharacters: s("0"), IncludeSpace: sdk.Bool(true)}))
	if text := *digits.RandomPassword; len(text) != 100 || strings.Trim(text, "123456789 ") != "" || !strings.Contains(text, " ") {
		t.Errorf("%q", text)
	}
	_, err := c.GetRandomPassword(ctx, &sm.GetRandomPasswordInput{PasswordLength: sdk.Int64(3)})
	awstest.Wants[*types.InvalidParameterException](t, "too short for each type", err)
	if one := must(c.GetRandomPassword(ctx, &sm.GetRandomPasswordInput{PasswordLength: sdk.Int64(1), RequireEachIncludedType: sdk.Bool(false)})); len(*one.RandomPassword) != 1 {
		t.Errorf("%q", *one.RandomPassword)
	}
}

func TestResourcePolicies(t *testing.T) {
	w := start(t)
	ctx, c := t.Context(), w.admin()
	arn := create(c, "a", "one")
	if p := must(c.GetResourcePolicy(ctx, &sm.GetResourcePolicyInput{SecretId: s("a")})); p.ResourcePolicy != nil || *p.ARN != *arn || *p.Name != "a" {
		t.Errorf("%+v", p)
	}
	ben := w.user("ben")
	_, err := get(ben, "a")
	awstest.Code(t, "ben has no policy", err, "AccessDeniedException", "User: arn:aws:iam::"+account+":user/ben is not authorized to perform: secretsmanager:GetSecretValue on resource: a")
	allowed := awstest.Document(`"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + account + `:user/ben"},"Action":"secretsmanager:GetSecretValue","Resource":"*"`)
	if put := must(c.PutResourcePolicy(ctx, &sm.PutResourcePolicyInput{SecretId: s("a"), ResourcePolicy: &allowed, BlockPublicPolicy: sdk.Bool(true)})); *put.ARN != *arn || *put.Name != "a" {
		t.Errorf("%+v", put)
	}
	if got := must(c.GetResourcePolicy(ctx, &sm.GetResourcePolicyInput{SecretId: s("a")})); *got.ResourcePolicy != allowed {
		t.Errorf("%s", *got.ResourcePolicy)
	}
	if value := must(get(ben, "a")); value != "one" {
		t.Errorf("%s", value)
	}
	public := awstest.Document(`"Effect":"Allow","Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*"`)
	_, err = c.PutResourcePolicy(ctx, &sm.PutResourcePolicyInput{SecretId: s("a"), ResourcePolicy: &public, BlockPublicPolicy: sdk.Bool(true)})
	awstest.Wants[*types.PublicPolicyException](t, "public", err)
	_, err = c.PutResourcePolicy(ctx, &sm.PutResourcePolicyInput{SecretId: s("a"), ResourcePolicy: s(`{"Statement":[]}`)})
	awstest.Wants[*types.MalformedPolicyDocumentException](t, "malformed", err)
	valid := must(c.ValidateResourcePolicy(ctx, &sm.ValidateResourcePolicyInput{SecretId: s("a"), ResourcePolicy: &allowed}))
	wrong := must(c.ValidateResourcePolicy(ctx, &sm.ValidateResourcePolicyInput{ResourcePolicy: &public}))
	if !valid.PolicyValidationPassed || len(valid.ValidationErrors) != 0 || wrong.PolicyValidationPassed || len(wrong.ValidationErrors) != 1 || *wrong.ValidationErrors[0].CheckName != "PUBLIC_POLICY" {
		t.Errorf("%+v %+v", valid, wrong)
	}
	if gone := must(c.DeleteResourcePolicy(ctx, &sm.DeleteResourcePolicyInput{SecretId: s("a")})); *gone.ARN != *arn || *gone.Name != "a" {
		t.Errorf("%+v", gone)
	}
	_, err = get(ben, "a")
	awstest.Code(t, "ben's policy is gone", err, "AccessDeniedException")
	_, err = get(ben, "none")
	awstest.Code(t, "a secret that is not there", err, "AccessDeniedException")
}

func TestRotation(t *testing.T) {
	w := start(t)
	ctx, c := t.Context(), w.admin()
	create(c, "a", `{"engine":"postgres","host":"127.0.0.1","port":1,"username":"u","password":"p"}`)
	_, err := c.RotateSecret(ctx, &sm.RotateSecretInput{SecretId: s("a")})
	awstest.Wants[*types.InvalidRequestException](t, "no function", err, "No Lambda rotation function ARN is associated with this secret.")
	function := "arn:aws:lambda:" + region + ":" + account + ":function:"
	_, err = c.RotateSecret(ctx, &sm.RotateSecretInput{SecretId: s("a"), RotationLambdaARN: s(function + "Mine")})
	awstest.Code(t, "an unknown function", err, "AccessDeniedException", "Secrets Manager cannot invoke the specified Lambda function.")
	rotated := must(c.RotateSecret(ctx, &sm.RotateSecretInput{SecretId: s("a"), RotationLambdaARN: s(function + "SignetPostgreSQLSingleUser"), ClientRequestToken: token("r1"),
		RotationRules: &types.RotationRulesType{ScheduleExpression: s("cron(0 8 1 * ? *)"), Duration: s("3h")}}))
	if *rotated.VersionId != *token("r1") || *rotated.Name != "a" {
		t.Errorf("%+v", rotated)
	}
	d := must(c.DescribeSecret(ctx, &sm.DescribeSecretInput{SecretId: s("a")}))
	if !*d.RotationEnabled || *d.RotationLambdaARN != function+"SignetPostgreSQLSingleUser" || *d.RotationRules.Duration != "3h" || d.RotationRules.AutomaticallyAfterDays != nil ||
		d.NextRotationDate == nil || d.LastRotatedDate != nil || !slices.Equal(d.VersionIdsToStages[*token("r1")], []string{"AWSPENDING"}) {
		t.Errorf("%+v", d)
	}
	_, err = c.GetSecretValue(ctx, &sm.GetSecretValueInput{SecretId: s("a"), VersionStage: s("AWSPENDING")})
	awstest.Wants[*types.ResourceNotFoundException](t, "the new version is empty", err)
	_, err = c.RotateSecret(ctx, &sm.RotateSecretInput{SecretId: s("a"), ClientRequestToken: token("r2")})
	awstest.Wants[*types.InvalidRequestException](t, "a second rotation", err, "A previous rotation isn't complete.")
	cancelled := must(c.CancelRotateSecret(ctx, &sm.CancelRotateSecretInput{SecretId: s("a")}))
	if *cancelled.VersionId != *token("r1") {
		t.Errorf("%+v", cancelled)
	}
	if d := must(c.DescribeSecret(ctx, &sm.DescribeSecretInput{SecretId: s("a")})); *d.RotationEnabled || d.NextRotationDate != nil {
		t.Errorf("%+v", d)
	}
	must(c.UpdateSecretVersionStage(ctx, &sm.UpdateSecretVersionStageInput{SecretId: s("a"), VersionStage: s("AWSPENDING"), RemoveFromVersionId: token("r1")}))
	later := must(c.RotateSecret(ctx, &sm.RotateSecretInput{SecretId: s("a"), RotateImmediately: sdk.Bool(false), RotationRules: &types.RotationRulesType{AutomaticallyAfterDays: sdk.Int64(30)}}))
	d = must(c.DescribeSecret(ctx, &sm.DescribeSecretInput{SecretId: s("a")}))
	if later.VersionId != nil || *d.RotationRules.AutomaticallyAfterDays != 30 || time.Until(*d.NextRotationDate) < 29*24*time.Hour {
		t.Errorf("%+v %+v", later, d)
	}
}

// The last step of the second post: with the key disabled, the next request for the secret fails, and the
// one after the key is enabled again is served.
func TestADisabledKeyClosesTheSecretAtOnce(t *testing.T) {
	w := start(t)
	ctx, c := t.Context(), w.admin()
	key := must(w.kms().CreateKey(ctx, &kmssdk.CreateKeyInput{})).KeyMetadata
	must(c.CreateSecret(ctx, &sm.CreateSecretInput{Name: s("db"), SecretString: s("one"), KmsKeyId: key.KeyId}))
	must(get(c, "db"))
	must(w.kms().DisableKey(ctx, &kmssdk.DisableKeyInput{KeyId: key.KeyId}))
	_, err := get(c, "db")
	awstest.Wants[*types.DecryptionFailure](t, "disabled", err, "Secrets Manager can't decrypt the protected secret text using the provided KMS key.")
	_, err = c.PutSecretValue(ctx, &sm.PutSecretValueInput{SecretId: s("db"), SecretString: s("two")})
	awstest.Wants[*types.EncryptionFailure](t, "disabled", err)
	batch := must(c.BatchGetSecretValue(ctx, &sm.BatchGetSecretValueInput{SecretIdList: []string{"db"}}))
	if len(batch.SecretValues) != 0 || *batch.Errors[0].ErrorCode != "DecryptionFailure" {
		t.Errorf("%+v", batch)
	}
	must(w.kms().EnableKey(ctx, &kmssdk.EnableKeyInput{KeyId: key.KeyId}))
	if value := must(get(c, "db")); value != "one" {
		t.Errorf("%s", value)
	}
}

// A secret lives in the region of the signature, and the service's own key is made there when a value first
// needs it, also for those who may make no keys.
func TestRegions(t *testing.T) {
	w := start(t)
	ctx := t.Context()
	c := w.user("ana", `"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"`)
	create(c, "a", "here")
	for _, there := range []string{"eu-west-1", "ap-south-1"} {
		elsewhere := func(o *sm.Options) { o.Region = there }
		_, err := c.GetSecretValue(ctx, &sm.GetSecretValueInput{SecretId: s("a")}, elsewhere)
		awstest.Wants[*types.ResourceNotFoundException](t, there, err)
		made := must(c.CreateSecret(ctx, &sm.CreateSecretInput{Name: s("a"), SecretString: s("there")}, elsewhere))
		if !strings.HasPrefix(*made.ARN, "arn:aws:secretsmanager:"+there+":") {
			t.Errorf("%s", *made.ARN)
		}
		if got := must(c.GetSecretValue(ctx, &sm.GetSecretValueInput{SecretId: s("a")}, elsewhere)); *got.SecretString != "there" {
			t.Errorf("%s", *got.SecretString)
		}
	}
	alias := must(w.kms().DescribeKey(ctx, &kmssdk.DescribeKeyInput{KeyId: s("alias/aws/secretsmanager")})).KeyMetadata
	if alias.KeyManager != "AWS" {
		t.Errorf("%+v", alias)
	}
}
