package aws_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	iamsdk "github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	stssdk "github.com/aws/aws-sdk-go-v2/service/sts"

	"signet/audit"
	"signet/aws/awstest"
	"signet/identity"
	"signet/policy"
)

// world is a server that AWS clients talk to.
type world struct {
	*awstest.Server
	t     testing.TB
	admin sdk.Credentials
}

func newWorld(t testing.TB, regions ...string) *world {
	t.Helper()
	server := awstest.Start(t, awstest.Options{Home: "eu-west-1", Regions: regions})
	return &world{server, t, server.Root}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) config(c sdk.Credentials, region string) sdk.Config {
	config := w.Config(c)
	config.Region = region
	return config
}

func (w *world) sts(c sdk.Credentials) *stssdk.Client {
	return stssdk.NewFromConfig(w.config(c, "eu-west-1"))
}

func (w *world) iam(c sdk.Credentials) *iamsdk.Client {
	return iamsdk.NewFromConfig(w.config(c, "us-east-1"))
}

func (w *world) code(what string, err error, want string) {
	w.t.Helper()
	awstest.Code(w.t, what, err, want)
}

const (
	listUsers = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*"}]}`
	trustAll  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}]}`
)

func s(v string) *string { return &v }

func TestSTS(t *testing.T) {
	w := newWorld(t)
	ctx, c := t.Context(), w.sts(w.admin)
	who, err := c.GetCallerIdentity(ctx, &stssdk.GetCallerIdentityInput{})
	w.must(err)
	if *who.Arn != "arn:aws:iam::123456789012:user/root" || *who.Account != "123456789012" || !strings.HasPrefix(*who.UserId, "AIDA") {
		t.Errorf("%s %s %s", *who.Arn, *who.Account, *who.UserId)
	}
	role, err := w.iam(w.admin).CreateRole(ctx, &iamsdk.CreateRoleInput{RoleName: s("Worker"), AssumeRolePolicyDocument: s(trustAll)})
	w.must(err)
	made, err := c.AssumeRole(ctx, &stssdk.AssumeRoleInput{RoleArn: role.Role.Arn, RoleSessionName: s("shift"), Policy: s(listUsers)})
	w.must(err)
	as := sdk.Credentials{AccessKeyID: *made.Credentials.AccessKeyId, SecretAccessKey: *made.Credentials.SecretAccessKey, SessionToken: *made.Credentials.SessionToken}
	who, err = w.sts(as).GetCallerIdentity(ctx, &stssdk.GetCallerIdentityInput{})
	w.must(err)
	if *who.Arn != "arn:aws:sts::123456789012:assumed-role/Worker/shift" || *who.UserId != *role.Role.RoleId+":shift" || *made.AssumedRoleUser.Arn != *who.Arn {
		t.Errorf("%s %s", *who.Arn, *who.UserId)
	}
	token, err := c.GetSessionToken(ctx, &stssdk.GetSessionTokenInput{DurationSeconds: sdk.Int32(900)})
	w.must(err)
	if left := time.Until(*token.Credentials.Expiration); left < 14*time.Minute || left > 15*time.Minute {
		t.Errorf("it lives %s", left)
	}
	_, err = w.sts(as).GetSessionToken(ctx, &stssdk.GetSessionTokenInput{})
	w.code("a session of a session", err, "AccessDenied")
	_, err = c.AssumeRole(ctx, &stssdk.AssumeRoleInput{RoleArn: s("arn:aws:iam::123456789012:role/Nobody"), RoleSessionName: s("shift")})
	w.code("no role", err, "AccessDenied")
	_, err = c.AssumeRole(ctx, &stssdk.AssumeRoleInput{RoleArn: role.Role.Arn, RoleSessionName: s("x y")})
	w.code("session name", err, "ValidationError")
	_, err = c.AssumeRole(ctx, &stssdk.AssumeRoleInput{RoleArn: role.Role.Arn, RoleSessionName: s("shift"), SourceIdentity: s("ana")})
	w.code("unsupported", err, "ValidationError")
	_, err = c.GetFederationToken(ctx, &stssdk.GetFederationTokenInput{Name: s("x1")})
	w.code("unknown operation", err, "InvalidAction")
}

// A24, A30: what is not right is refused, each with the code that clients know.
func TestA24A30Refusals(t *testing.T) {
	w := newWorld(t, "us-west-2")
	ctx := t.Context()
	ask := func(c sdk.Credentials, region string) error {
		_, err := stssdk.NewFromConfig(w.config(c, region)).GetCallerIdentity(ctx, &stssdk.GetCallerIdentityInput{})
		return err
	}
	w.must(ask(w.admin, "eu-west-1"))
	w.must(ask(w.admin, "us-west-2"))
	err := ask(w.admin, "ap-south-1")
	w.code("another region", err, "SignatureDoesNotMatch")
	if !strings.Contains(err.Error(), "eu-west-1") {
		t.Errorf("the error does not name the home region: %v", err)
	}
	wrong := w.admin
	wrong.SecretAccessKey += "x"
	w.code("another secret", ask(wrong, "eu-west-1"), "SignatureDoesNotMatch")
	w.code("unknown key", ask(sdk.Credentials{AccessKeyID: "AKIAAAAAAAAAAAAAAAAA", SecretAccessKey: "x"}, "eu-west-1"), "InvalidClientTokenId")
	wrong = w.admin
	wrong.SessionToken = "signet_t_x"
	w.code("a token that is not the key's", ask(wrong, "eu-west-1"), "InvalidClientTokenId")
	w.must(w.People.IAM().UpdateAccessKey(ctx, awstest.System, "root", w.admin.AccessKeyID, false))
	w.code("switched off", ask(w.admin, "eu-west-1"), "InvalidClientTokenId")
	w.must(w.People.IAM().UpdateAccessKey(ctx, awstest.System, "root", w.admin.AccessKeyID, true))
	w.must(ask(w.admin, "eu-west-1"))
	_, err = w.People.Create(ctx, awstest.System, identity.NewUser{Name: "second", Role: policy.Admin})
	w.must(err)
	w.must(w.People.Disable(ctx, awstest.System, "root"))
	w.code("disabled", ask(w.admin, "eu-west-1"), "InvalidClientTokenId")
}

// A23: requests without a proof reach no operation, and are on record without what they held.
func TestA23NoProofNoOperation(t *testing.T) {
	w := newWorld(t)
	for what, change := range map[string]func(*http.Request){
		"no signature": func(r *http.Request) { r.Header.Del("Authorization") },
		"other service": func(r *http.Request) {
			r.Header.Set("Authorization", strings.ReplaceAll(r.Header.Get("Authorization"), "/sts/", "/nothing/"))
		},
		"json":     func(r *http.Request) { r.Header.Set("X-Amz-Target", "TrentService.ListKeys") },
		"nonsense": func(r *http.Request) { r.Header.Set("Authorization", "AWS4-HMAC-SHA256 x") },
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL, strings.NewReader("Action=GetCallerIdentity&Version=2011-06-15"))
		w.must(err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Amz-Date", time.Now().UTC().Format("20060102T150405Z"))
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+w.admin.AccessKeyID+"/"+time.Now().UTC().Format("20060102")+"/eu-west-1/sts/aws4_request, SignedHeaders=host;x-amz-date, Signature="+strings.Repeat("0", 64))
		change(r)
		resp, err := http.DefaultClient.Do(r)
		w.must(err)
		_ = resp.Body.Close()
		if resp.StatusCode < 400 || resp.Header.Get("X-Amzn-Requestid") == "" || resp.Header.Get("Date") == "" {
			t.Errorf("%s: %d %v", what, resp.StatusCode, resp.Header)
		}
	}
	events, err := w.Log.Events(t.Context(), 0, 1000)
	w.must(err)
	n := 0
	for _, e := range events {
		if e.Action == "sts:VerifySignature" {
			n++
			if e.Phase != audit.PhaseDenial || e.SourceIP != "192.0.2.7" || e.Detail["reason"] == "" {
				t.Errorf("%+v", e)
			}
		}
	}
	if n != 4 {
		t.Errorf("%d failures are on record", n)
	}
}

// A25: no secret of a key or token is in the log of the program or in the audit log.
func TestA25NoSecretsOnTheWire(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	made, err := w.sts(w.admin).GetSessionToken(ctx, &stssdk.GetSessionTokenInput{})
	w.must(err)
	key, err := w.iam(w.admin).CreateAccessKey(ctx, &iamsdk.CreateAccessKeyInput{})
	w.must(err)
	_, _ = w.sts(sdk.Credentials{AccessKeyID: "AKIAAAAAAAAAAAAAAAAA", SecretAccessKey: "x", SessionToken: *made.Credentials.SessionToken}).GetCallerIdentity(ctx, &stssdk.GetCallerIdentityInput{})
	rows, err := w.DB.Query(ctx, "SELECT events FROM audit_blocks")
	w.must(err)
	defer rows.Close()
	text := w.Text.String()
	for rows.Next() {
		var b []byte
		w.must(rows.Scan(&b))
		text += string(b)
	}
	for _, secret := range []string{w.admin.SecretAccessKey, *made.Credentials.SecretAccessKey, *made.Credentials.SessionToken, *key.AccessKey.SecretAccessKey} {
		if strings.Contains(text, secret) {
			t.Error("a log holds a secret")
		}
	}
}

// The operations of IAM, driven by the official client.
func TestIAM(t *testing.T) {
	w := newWorld(t)
	ctx, c := t.Context(), w.iam(w.admin)
	w.users(ctx, c)
	w.groups(ctx, c)
	w.roles(ctx, c)
	w.keys(ctx, c)
	w.managed(ctx, c)
	_, err := c.ListVirtualMFADevices(ctx, &iamsdk.ListVirtualMFADevicesInput{})
	w.code("unknown operation", err, "InvalidAction")
}

func (w *world) users(ctx context.Context, c *iamsdk.Client) {
	t := w.t
	_, err := c.CreateUser(ctx, &iamsdk.CreateUserInput{UserName: s("ana"), Path: s("/sales/"), Tags: []iamtypes.Tag{{Key: s("team"), Value: s("x & y <z>")}}})
	w.code("bad tag", err, "InvalidInput")
	made, err := c.CreateUser(ctx, &iamsdk.CreateUserInput{UserName: s("ana"), Path: s("/sales/"), Tags: []iamtypes.Tag{{Key: s("team"), Value: s("north")}}})
	w.must(err)
	if *made.User.Arn != "arn:aws:iam::123456789012:user/sales/ana" || len(*made.User.UserId) != 21 {
		t.Errorf("%s %s", *made.User.Arn, *made.User.UserId)
	}
	_, err = c.CreateUser(ctx, &iamsdk.CreateUserInput{UserName: s("ana")})
	w.code("twice", err, "EntityAlreadyExists")
	got, err := c.GetUser(ctx, &iamsdk.GetUserInput{UserName: s("ana")})
	w.must(err)
	if *got.User.UserId != *made.User.UserId || len(got.User.Tags) != 1 || time.Since(*got.User.CreateDate) > time.Minute {
		t.Errorf("%+v", got.User)
	}
	self, err := c.GetUser(ctx, &iamsdk.GetUserInput{})
	w.must(err)
	if *self.User.UserName != "root" {
		t.Errorf("myself: %s", *self.User.UserName)
	}
	_, err = c.GetUser(ctx, &iamsdk.GetUserInput{UserName: s("nobody")})
	w.code("missing", err, "NoSuchEntity")
	if e, ok := errors.AsType[*iamtypes.NoSuchEntityException](err); !ok || e.ErrorMessage() != "The user with name nobody cannot be found." {
		t.Errorf("%v", err)
	}
	page, err := c.ListUsers(ctx, &iamsdk.ListUsersInput{MaxItems: sdk.Int32(1)})
	w.must(err)
	if len(page.Users) != 1 || !page.IsTruncated || page.Marker == nil {
		t.Errorf("%+v", page)
	}
	page, err = c.ListUsers(ctx, &iamsdk.ListUsersInput{Marker: page.Marker})
	w.must(err)
	if len(page.Users) != 1 || page.IsTruncated {
		t.Errorf("%+v", page)
	}
	page, err = c.ListUsers(ctx, &iamsdk.ListUsersInput{PathPrefix: s("/sales/")})
	w.must(err)
	if len(page.Users) != 1 || *page.Users[0].UserName != "ana" {
		t.Errorf("%+v", page)
	}
	_, err = c.TagUser(ctx, &iamsdk.TagUserInput{UserName: s("ana"), Tags: []iamtypes.Tag{{Key: s("a"), Value: s("b")}}})
	w.must(err)
	_, err = c.UntagUser(ctx, &iamsdk.UntagUserInput{UserName: s("ana"), TagKeys: []string{"team"}})
	w.must(err)
	tags, err := c.ListUserTags(ctx, &iamsdk.ListUserTagsInput{UserName: s("ana")})
	w.must(err)
	if len(tags.Tags) != 1 || *tags.Tags[0].Key != "a" {
		t.Errorf("%+v", tags.Tags)
	}
	_, err = c.PutUserPermissionsBoundary(ctx, &iamsdk.PutUserPermissionsBoundaryInput{UserName: s("ana"), PermissionsBoundary: s("arn:aws:iam::aws:policy/ReadOnlyAccess")})
	w.must(err)
	got, err = c.GetUser(ctx, &iamsdk.GetUserInput{UserName: s("ana")})
	w.must(err)
	if got.User.PermissionsBoundary == nil || *got.User.PermissionsBoundary.PermissionsBoundaryArn != "arn:aws:iam::aws:policy/ReadOnlyAccess" {
		t.Errorf("%+v", got.User)
	}
	_, err = c.DeleteUserPermissionsBoundary(ctx, &iamsdk.DeleteUserPermissionsBoundaryInput{UserName: s("ana")})
	w.must(err)
	_, err = w.iam(w.AccessKey("ana")).ListUsers(ctx, &iamsdk.ListUsersInput{})
	w.code("without a policy", err, "AccessDenied")
	if !strings.Contains(err.Error(), "User: arn:aws:iam::123456789012:user/sales/ana is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::123456789012:user/") {
		t.Errorf("%v", err)
	}
	_, err = c.CreateUser(ctx, &iamsdk.CreateUserInput{UserName: s("gone")})
	w.must(err)
	_, err = c.DeleteUser(ctx, &iamsdk.DeleteUserInput{UserName: s("gone")})
	w.must(err)
	_, err = c.DeleteUser(ctx, &iamsdk.DeleteUserInput{UserName: s("ana")})
	w.code("with a key", err, "DeleteConflict")
	_, err = c.PutUserPolicy(ctx, &iamsdk.PutUserPolicyInput{UserName: s("ana"), PolicyName: s("lists"), PolicyDocument: s(listUsers)})
	w.must(err)
	document, err := c.GetUserPolicy(ctx, &iamsdk.GetUserPolicyInput{UserName: s("ana"), PolicyName: s("lists")})
	w.must(err)
	if !strings.HasPrefix(*document.PolicyDocument, "%7B%22Version%22%3A%222012-10-17%22") {
		t.Errorf("%s", *document.PolicyDocument)
	}
	_, err = c.PutUserPolicy(ctx, &iamsdk.PutUserPolicyInput{UserName: s("ana"), PolicyName: s("bad"), PolicyDocument: s(`{"Statement":[]}`)})
	w.code("malformed", err, "MalformedPolicyDocument")
	names, err := c.ListUserPolicies(ctx, &iamsdk.ListUserPoliciesInput{UserName: s("ana")})
	w.must(err)
	if len(names.PolicyNames) != 1 {
		t.Errorf("%v", names.PolicyNames)
	}
	_, err = c.DeleteUserPolicy(ctx, &iamsdk.DeleteUserPolicyInput{UserName: s("ana"), PolicyName: s("lists")})
	w.must(err)
	_, err = c.GetUserPolicy(ctx, &iamsdk.GetUserPolicyInput{UserName: s("ana"), PolicyName: s("lists")})
	w.code("deleted", err, "NoSuchEntity")
}

func (w *world) groups(ctx context.Context, c *iamsdk.Client) {
	t := w.t
	_, err := c.CreateGroup(ctx, &iamsdk.CreateGroupInput{GroupName: s("Sales")})
	w.must(err)
	_, err = c.CreateGroup(ctx, &iamsdk.CreateGroupInput{GroupName: s("sales")})
	w.code("twice", err, "EntityAlreadyExists")
	_, err = c.AddUserToGroup(ctx, &iamsdk.AddUserToGroupInput{GroupName: s("Sales"), UserName: s("ana")})
	w.must(err)
	group, err := c.GetGroup(ctx, &iamsdk.GetGroupInput{GroupName: s("Sales")})
	w.must(err)
	if len(group.Users) != 1 || *group.Users[0].UserName != "ana" || !strings.HasPrefix(*group.Group.GroupId, "AGPA") {
		t.Errorf("%+v", group)
	}
	all, err := c.ListGroups(ctx, &iamsdk.ListGroupsInput{})
	w.must(err)
	of, err := c.ListGroupsForUser(ctx, &iamsdk.ListGroupsForUserInput{UserName: s("ana")})
	w.must(err)
	if len(all.Groups) != 1 || len(of.Groups) != 1 {
		t.Errorf("%d, %d", len(all.Groups), len(of.Groups))
	}
	_, err = c.PutGroupPolicy(ctx, &iamsdk.PutGroupPolicyInput{GroupName: s("Sales"), PolicyName: s("p"), PolicyDocument: s(listUsers)})
	w.must(err)
	_, err = c.GetGroupPolicy(ctx, &iamsdk.GetGroupPolicyInput{GroupName: s("Sales"), PolicyName: s("p")})
	w.must(err)
	names, err := c.ListGroupPolicies(ctx, &iamsdk.ListGroupPoliciesInput{GroupName: s("Sales")})
	w.must(err)
	_, err = c.AttachGroupPolicy(ctx, &iamsdk.AttachGroupPolicyInput{GroupName: s("Sales"), PolicyArn: s("arn:aws:iam::aws:policy/IAMReadOnlyAccess")})
	w.must(err)
	attached, err := c.ListAttachedGroupPolicies(ctx, &iamsdk.ListAttachedGroupPoliciesInput{GroupName: s("Sales")})
	w.must(err)
	if len(names.PolicyNames) != 1 || len(attached.AttachedPolicies) != 1 || *attached.AttachedPolicies[0].PolicyName != "IAMReadOnlyAccess" {
		t.Errorf("%+v %+v", names, attached)
	}
	_, err = c.DeleteGroup(ctx, &iamsdk.DeleteGroupInput{GroupName: s("Sales")})
	w.code("with members", err, "DeleteConflict")
	_, err = c.DetachGroupPolicy(ctx, &iamsdk.DetachGroupPolicyInput{GroupName: s("Sales"), PolicyArn: s("arn:aws:iam::aws:policy/IAMReadOnlyAccess")})
	w.must(err)
	_, err = c.DeleteGroupPolicy(ctx, &iamsdk.DeleteGroupPolicyInput{GroupName: s("Sales"), PolicyName: s("p")})
	w.must(err)
	_, err = c.RemoveUserFromGroup(ctx, &iamsdk.RemoveUserFromGroupInput{GroupName: s("Sales"), UserName: s("ana")})
	w.must(err)
	_, err = c.DeleteGroup(ctx, &iamsdk.DeleteGroupInput{GroupName: s("Sales")})
	w.must(err)
}

func (w *world) roles(ctx context.Context, c *iamsdk.Client) {
	t := w.t
	_, err := c.CreateRole(ctx, &iamsdk.CreateRoleInput{RoleName: s("auditor"), AssumeRolePolicyDocument: s(listUsers)})
	w.code("no trust policy", err, "MalformedPolicyDocument")
	made, err := c.CreateRole(ctx, &iamsdk.CreateRoleInput{RoleName: s("auditor"), AssumeRolePolicyDocument: s(trustAll), Description: s("looks"), MaxSessionDuration: sdk.Int32(7200)})
	w.must(err)
	if *made.Role.Arn != "arn:aws:iam::123456789012:role/auditor" || !strings.HasPrefix(*made.Role.RoleId, "AROA") {
		t.Errorf("%+v", made.Role)
	}
	_, err = c.UpdateRole(ctx, &iamsdk.UpdateRoleInput{RoleName: s("auditor"), MaxSessionDuration: sdk.Int32(3600)})
	w.must(err)
	_, err = c.UpdateAssumeRolePolicy(ctx, &iamsdk.UpdateAssumeRolePolicyInput{RoleName: s("auditor"), PolicyDocument: s(strings.Replace(trustAll, "Version", "Version", 1))})
	w.must(err)
	got, err := c.GetRole(ctx, &iamsdk.GetRoleInput{RoleName: s("auditor")})
	w.must(err)
	if *got.Role.Description != "looks" || *got.Role.MaxSessionDuration != 3600 {
		t.Errorf("%+v", got.Role)
	}
	list, err := c.ListRoles(ctx, &iamsdk.ListRolesInput{})
	w.must(err)
	_, err = c.TagRole(ctx, &iamsdk.TagRoleInput{RoleName: s("auditor"), Tags: []iamtypes.Tag{{Key: s("a"), Value: s("")}}})
	w.must(err)
	tags, err := c.ListRoleTags(ctx, &iamsdk.ListRoleTagsInput{RoleName: s("auditor")})
	w.must(err)
	if len(list.Roles) != 1 || len(tags.Tags) != 1 {
		t.Errorf("%d roles, %d tags", len(list.Roles), len(tags.Tags))
	}
	_, err = c.UntagRole(ctx, &iamsdk.UntagRoleInput{RoleName: s("auditor"), TagKeys: []string{"a"}})
	w.must(err)
	_, err = c.PutRolePermissionsBoundary(ctx, &iamsdk.PutRolePermissionsBoundaryInput{RoleName: s("auditor"), PermissionsBoundary: s("arn:aws:iam::aws:policy/ReadOnlyAccess")})
	w.must(err)
	_, err = c.DeleteRolePermissionsBoundary(ctx, &iamsdk.DeleteRolePermissionsBoundaryInput{RoleName: s("auditor")})
	w.must(err)
	_, err = c.PutRolePolicy(ctx, &iamsdk.PutRolePolicyInput{RoleName: s("auditor"), PolicyName: s("p"), PolicyDocument: s(listUsers)})
	w.must(err)
	_, err = c.GetRolePolicy(ctx, &iamsdk.GetRolePolicyInput{RoleName: s("auditor"), PolicyName: s("p")})
	w.must(err)
	_, err = c.ListRolePolicies(ctx, &iamsdk.ListRolePoliciesInput{RoleName: s("auditor")})
	w.must(err)
	_, err = c.DeleteRole(ctx, &iamsdk.DeleteRoleInput{RoleName: s("auditor")})
	w.code("with a policy", err, "DeleteConflict")
	_, err = c.DeleteRolePolicy(ctx, &iamsdk.DeleteRolePolicyInput{RoleName: s("auditor"), PolicyName: s("p")})
	w.must(err)
	_, err = c.AttachRolePolicy(ctx, &iamsdk.AttachRolePolicyInput{RoleName: s("auditor"), PolicyArn: s("arn:aws:iam::aws:policy/ReadOnlyAccess")})
	w.must(err)
	attached, err := c.ListAttachedRolePolicies(ctx, &iamsdk.ListAttachedRolePoliciesInput{RoleName: s("auditor")})
	w.must(err)
	if len(attached.AttachedPolicies) != 1 {
		t.Errorf("%+v", attached)
	}
	_, err = c.DetachRolePolicy(ctx, &iamsdk.DetachRolePolicyInput{RoleName: s("auditor"), PolicyArn: s("arn:aws:iam::aws:policy/ReadOnlyAccess")})
	w.must(err)
	_, err = c.DeleteRole(ctx, &iamsdk.DeleteRoleInput{RoleName: s("auditor")})
	w.must(err)
}

func (w *world) keys(ctx context.Context, c *iamsdk.Client) {
	t := w.t
	made, err := c.CreateAccessKey(ctx, &iamsdk.CreateAccessKeyInput{UserName: s("ana")})
	w.must(err)
	k := made.AccessKey
	if len(*k.AccessKeyId) != 20 || len(*k.SecretAccessKey) != 40 || k.Status != iamtypes.StatusTypeActive {
		t.Errorf("%+v", k)
	}
	_, err = c.CreateAccessKey(ctx, &iamsdk.CreateAccessKeyInput{UserName: s("ana")})
	w.code("a third", err, "LimitExceeded")
	_, err = w.sts(sdk.Credentials{AccessKeyID: *k.AccessKeyId, SecretAccessKey: *k.SecretAccessKey}).GetCallerIdentity(ctx, &stssdk.GetCallerIdentityInput{})
	w.must(err)
	used, err := c.GetAccessKeyLastUsed(ctx, &iamsdk.GetAccessKeyLastUsedInput{AccessKeyId: k.AccessKeyId})
	w.must(err)
	if *used.UserName != "ana" || used.AccessKeyLastUsed.LastUsedDate == nil {
		t.Errorf("%+v", used)
	}
	list, err := c.ListAccessKeys(ctx, &iamsdk.ListAccessKeysInput{UserName: s("ana")})
	w.must(err)
	if len(list.AccessKeyMetadata) != 2 {
		t.Errorf("%+v", list)
	}
	_, err = c.UpdateAccessKey(ctx, &iamsdk.UpdateAccessKeyInput{UserName: s("ana"), AccessKeyId: k.AccessKeyId, Status: iamtypes.StatusTypeInactive})
	w.must(err)
	_, err = w.sts(sdk.Credentials{AccessKeyID: *k.AccessKeyId, SecretAccessKey: *k.SecretAccessKey}).GetCallerIdentity(ctx, &stssdk.GetCallerIdentityInput{})
	w.code("inactive", err, "InvalidClientTokenId")
	_, err = c.DeleteAccessKey(ctx, &iamsdk.DeleteAccessKeyInput{UserName: s("ana"), AccessKeyId: k.AccessKeyId})
	w.must(err)
	_, err = c.DeleteAccessKey(ctx, &iamsdk.DeleteAccessKeyInput{UserName: s("ana"), AccessKeyId: k.AccessKeyId})
	w.code("twice", err, "NoSuchEntity")
}

func (w *world) managed(ctx context.Context, c *iamsdk.Client) {
	t := w.t
	made, err := c.CreatePolicy(ctx, &iamsdk.CreatePolicyInput{PolicyName: s("lists"), PolicyDocument: s(listUsers), Path: s("/p/"), Description: s("d")})
	w.must(err)
	arn := made.Policy.Arn
	if *arn != "arn:aws:iam::123456789012:policy/p/lists" || *made.Policy.DefaultVersionId != "v1" {
		t.Errorf("%+v", made.Policy)
	}
	_, err = c.CreatePolicy(ctx, &iamsdk.CreatePolicyInput{PolicyName: s("lists"), PolicyDocument: s(listUsers)})
	w.code("twice", err, "EntityAlreadyExists")
	_, err = c.AttachUserPolicy(ctx, &iamsdk.AttachUserPolicyInput{UserName: s("ana"), PolicyArn: arn})
	w.must(err)
	attached, err := c.ListAttachedUserPolicies(ctx, &iamsdk.ListAttachedUserPoliciesInput{UserName: s("ana")})
	w.must(err)
	got, err := c.GetPolicy(ctx, &iamsdk.GetPolicyInput{PolicyArn: arn})
	w.must(err)
	if len(attached.AttachedPolicies) != 1 || *got.Policy.AttachmentCount != 1 {
		t.Errorf("%+v %+v", attached, got.Policy)
	}
	version, err := c.CreatePolicyVersion(ctx, &iamsdk.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: s(listUsers), SetAsDefault: true})
	w.must(err)
	if *version.PolicyVersion.VersionId != "v2" || !version.PolicyVersion.IsDefaultVersion {
		t.Errorf("%+v", version.PolicyVersion)
	}
	_, err = c.SetDefaultPolicyVersion(ctx, &iamsdk.SetDefaultPolicyVersionInput{PolicyArn: arn, VersionId: s("v1")})
	w.must(err)
	one, err := c.GetPolicyVersion(ctx, &iamsdk.GetPolicyVersionInput{PolicyArn: arn, VersionId: s("v1")})
	w.must(err)
	if !one.PolicyVersion.IsDefaultVersion || one.PolicyVersion.Document == nil {
		t.Errorf("%+v", one.PolicyVersion)
	}
	versions, err := c.ListPolicyVersions(ctx, &iamsdk.ListPolicyVersionsInput{PolicyArn: arn})
	w.must(err)
	list, err := c.ListPolicies(ctx, &iamsdk.ListPoliciesInput{Scope: iamtypes.PolicyScopeTypeLocal})
	w.must(err)
	builtin, err := c.ListPolicies(ctx, &iamsdk.ListPoliciesInput{Scope: iamtypes.PolicyScopeTypeAws})
	w.must(err)
	if len(versions.Versions) != 2 || len(list.Policies) != 1 || len(builtin.Policies) < 5 {
		t.Errorf("%d versions, %d and %d policies", len(versions.Versions), len(list.Policies), len(builtin.Policies))
	}
	where, err := c.ListEntitiesForPolicy(ctx, &iamsdk.ListEntitiesForPolicyInput{PolicyArn: arn})
	w.must(err)
	if len(where.PolicyUsers) != 1 || *where.PolicyUsers[0].UserName != "ana" {
		t.Errorf("%+v", where)
	}
	_, err = c.DeletePolicy(ctx, &iamsdk.DeletePolicyInput{PolicyArn: arn})
	w.code("attached", err, "DeleteConflict")
	_, err = c.DetachUserPolicy(ctx, &iamsdk.DetachUserPolicyInput{UserName: s("ana"), PolicyArn: arn})
	w.must(err)
	_, err = c.DetachUserPolicy(ctx, &iamsdk.DetachUserPolicyInput{UserName: s("ana"), PolicyArn: arn})
	w.code("twice", err, "NoSuchEntity")
	_, err = c.DeletePolicyVersion(ctx, &iamsdk.DeletePolicyVersionInput{PolicyArn: arn, VersionId: s("v2")})
	w.must(err)
	_, err = c.DeletePolicy(ctx, &iamsdk.DeletePolicyInput{PolicyArn: arn})
	w.must(err)
	_, err = c.GetPolicy(ctx, &iamsdk.GetPolicyInput{PolicyArn: arn})
	w.code("deleted", err, "NoSuchEntity")
}

// The command line, where it is on the machine, with each protocol: forms, and JSON.
func TestCommandLine(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ args, want string }{
		{"sts get-caller-identity --output text --query Arn", "arn:aws:iam::123456789012:user/root"},
		{"iam create-user --user-name ana --tags Key=team,Value=sales --output text --query User.Arn", "arn:aws:iam::123456789012:user/ana"},
		{"cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=CreateUser --output text --query Events[0].Resources[0].ResourceName", "arn:aws:iam::123456789012:user/ana"},
	} {
		out, err := w.CommandLine(strings.Fields(c.args)...)
		if err != nil || out != c.want {
			t.Errorf("aws %s: %v: %s", c.args, err, out)
		}
	}
}
