package secrets_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signet/audit"
	"signet/internal/fault"
	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/kms"
	"signet/policy"
	"signet/secrets"
	"signet/secrets/secretstest"
)

const (
	account = "123456789012"
	region  = "us-east-1"
)

// now is a clock that tests turn.
type now struct {
	mu sync.Mutex
	at time.Time // guarded by mu
}

func (n *now) time() time.Time {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.at
}

func (n *now) pass(d time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.at = n.at.Add(d)
}

// manager is a Secrets Manager over a store, with its KMS and log.
type manager struct {
	*secrets.Service
	t     testing.TB
	db    *store.DB
	kms   *kms.Service
	log   *audit.Log
	clock *now
}

func manage(t testing.TB, db *store.DB) manager {
	t.Helper()
	root := secretstest.RootKey(t)
	gate, log := secretstest.Gate(t, db, root)
	clock := &now{at: time.Date(2026, 3, 4, 10, 30, 0, 0, time.UTC)}
	keys, err := kms.Open(t.Context(), db, secretstest.Ring(t, db, root), gate, clock.time, kms.Config{Account: account})
	if err != nil {
		t.Fatal(err)
	}
	s, err := secrets.OpenService(db, keys, gate, clock.time, secrets.Config{Account: account})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.EnsureKeys(t.Context(), job, region, "eu-west-1"); err != nil {
		t.Fatal(err)
	}
	return manager{s, t, db, keys, log, clock}
}

func onSQLite(t testing.TB) manager {
	t.Helper()
	return manage(t, storetest.Open(t, storetest.SQLiteURL(t)))
}

// onEach runs a test on each kind of store.
func onEach(t *testing.T, f func(t *testing.T, m manager)) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) { f(t, manage(t, open())) })
}

var (
	job    = policy.NewCaller(policy.Principal{ID: "job", Name: "job", Role: policy.System})
	ada    = user("ada", `{"Effect":"Allow","Action":"*","Resource":"*"}`)
	nobody = user("eve")
)

// user is a caller with an identity policy of the given statements.
func user(name string, statements ...string) policy.Caller {
	return userOf(account, name, statements...)
}

func userOf(account, name string, statements ...string) policy.Caller {
	i := policy.Identity{Requester: policy.Requester{
		Type: policy.User, ARN: "arn:aws:iam::" + account + ":user/" + name, Account: account, Name: name, ID: "AIDA" + strings.ToUpper(name),
	}}
	if len(statements) > 0 {
		d, err := policy.ParseDocument([]byte(`{"Version":"2012-10-17","Statement":[`+strings.Join(statements, ",")+`]}`),
			policy.Options{Kind: policy.IdentityPolicy, Name: name})
		if err != nil {
			panic(err)
		}
		i.Policies = []*policy.Document{d}
	}
	return policy.NewCaller(policy.Principal{ID: name, Name: name, Role: policy.Author, AWS: i})
}

// token makes a version's id of a short name.
func token(name string) string { return name + strings.Repeat("-", 32-len(name)) }

func text(s string) secrets.Value { return secrets.Text([]byte(s)) }

func (m manager) create(name, value string) secrets.VersionOutput {
	m.t.Helper()
	in := secrets.CreateSecretInput{Region: region, Name: name}
	if value != "" {
		in.ClientRequestToken, in.Value = token("v1"), text(value)
	}
	return have(m.CreateSecret(m.t.Context(), ada, in))(m.t)
}

func (m manager) put(id, version, value string, labels ...string) secrets.VersionOutput {
	m.t.Helper()
	return have(m.PutSecretValue(m.t.Context(), ada, secrets.PutSecretValueInput{
		Region: region, SecretID: id, ClientRequestToken: token(version), Value: text(value), VersionStages: labels}))(m.t)
}

func (m manager) get(id, version, stage string) (string, error) {
	in := secrets.GetSecretValueInput{Region: region, SecretID: id, VersionStage: stage}
	if version != "" {
		in.VersionID = token(version)
	}
	out, err := m.GetSecretValue(m.t.Context(), ada, in)
	return string(out.Value.Reveal()), err
}

func (m manager) want(id, stage, value string) {
	m.t.Helper()
	got, err := m.get(id, "", stage)
	if err != nil || got != value {
		m.t.Fatalf("%s %s = %q, %v; want %q", id, stage, got, err, value)
	}
}

func (m manager) describe(id string) secrets.Description {
	m.t.Helper()
	return have(m.DescribeSecret(m.t.Context(), ada, secrets.SecretInput{Region: region, SecretID: id}))(m.t)
}

func have[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// refuses wants an error of a code; its message holds the words.
func refuses(t testing.TB, err error, code, words string) {
	t.Helper()
	e, ok := errors.AsType[*secrets.Error](err)
	if !ok || e.Code != code || !strings.Contains(e.Message, words) {
		t.Fatalf("error = %v; want %s: …%s…", err, code, words)
	}
}

func in(id string) secrets.SecretInput { return secrets.SecretInput{Region: region, SecretID: id} }

func TestLifeOfASecret(t *testing.T) {
	onEach(t, func(t *testing.T, m manager) {
		ctx := t.Context()
		out := have(m.CreateSecret(ctx, ada, secrets.CreateSecretInput{Region: region, Name: "prod/db", Description: "The shop",
			ClientRequestToken: token("v1"), Value: text("one"), Tags: []secrets.Tag{{"team", "shop"}}}))(t)
		if !strings.HasPrefix(out.ARN, "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-") || len(out.ARN) != len("arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-")+6 {
			t.Errorf("ARN %s", out.ARN)
		}
		for _, id := range []string{"prod/db", out.ARN, out.ARN[:len(out.ARN)-7]} {
			m.want(id, "", "one")
		}
		m.put("prod/db", "v2", "two")
		m.want("prod/db", "AWSCURRENT", "two")
		m.want("prod/db", "AWSPREVIOUS", "one")

		binary := have(secrets.NewValue(nil, []byte{0, 255}))(t)
		have(m.PutSecretValue(ctx, ada, secrets.PutSecretValueInput{Region: region, SecretID: "prod/db", ClientRequestToken: token("v3"), Value: binary}))(t)
		got := have(m.GetSecretValue(ctx, ada, secrets.GetSecretValueInput{Region: region, SecretID: "prod/db"}))(t)
		if got.Value.IsText() || !bytes.Equal(got.Value.Reveal(), []byte{0, 255}) || got.VersionID != token("v3") || !cmp.Equal(got.VersionStages, []string{"AWSCURRENT"}) {
			t.Errorf("binary: %v %v %v", got.Value.Reveal(), got.VersionID, got.VersionStages)
		}

		m.clock.pass(time.Hour)
		words := "The new shop"
		up := have(m.UpdateSecret(ctx, ada, secrets.UpdateSecretInput{Region: region, SecretID: "prod/db", Description: &words}))(t)
		if up.VersionID != "" {
			t.Errorf("an update without a value made version %q", up.VersionID)
		}
		have(m.UpdateSecret(ctx, ada, secrets.UpdateSecretInput{Region: region, SecretID: "prod/db", ClientRequestToken: token("v4"), Value: text("four")}))(t)
		want := secrets.Description{
			ARN: out.ARN, Name: "prod/db", Description: words, PrimaryRegion: region, Tags: []secrets.Tag{{"team", "shop"}},
			CreatedDate: m.clock.time().Add(-time.Hour), LastChangedDate: m.clock.time(), LastAccessedDate: m.clock.time().Truncate(24 * time.Hour),
			VersionIDsToStages: map[string][]string{token("v4"): {"AWSCURRENT"}, token("v3"): {"AWSPREVIOUS"}},
		}
		if diff := cmp.Diff(want, m.describe("prod/db")); diff != "" {
			t.Errorf("description (-want +got):\n%s", diff)
		}
		_, err := m.get("prod/db", "v1", "")
		if err != nil {
			t.Errorf("a version without a label is still there by its id: %v", err)
		}
		list := have(m.ListSecretVersionIDs(ctx, ada, secrets.ListSecretVersionIDsInput{Region: region, SecretID: "prod/db", IncludeDeprecated: true, MaxResults: 3}))(t)
		more := have(m.ListSecretVersionIDs(ctx, ada, secrets.ListSecretVersionIDsInput{Region: region, SecretID: "prod/db", IncludeDeprecated: true, MaxResults: 3, NextToken: list.NextToken}))(t)
		if len(list.Versions) != 3 || list.NextToken == "" || len(more.Versions) != 1 || more.NextToken != "" || list.Versions[0].KmsKeyIDs[0] != "DefaultEncryptionKey" {
			t.Errorf("versions: %+v, %+v", list, more)
		}
	})
}

func TestErrorsOfRequests(t *testing.T) {
	m := onSQLite(t)
	ctx := t.Context()
	m.create("a", "one")
	m.create("empty", "")
	big := strings.Repeat("x", 65537)
	for name, c := range map[string]struct {
		do          func() error
		code, words string
	}{
		"no secret":   {func() error { _, err := m.get("none", "", ""); return err }, "ResourceNotFoundException", "Secrets Manager can't find the specified secret."},
		"no previous": {func() error { _, err := m.get("a", "", "AWSPREVIOUS"); return err }, "ResourceNotFoundException", "value for staging label: AWSPREVIOUS"},
		"no version":  {func() error { _, err := m.get("a", "v9", ""); return err }, "ResourceNotFoundException", "value for VersionId: v9"},
		"no value":    {func() error { _, err := m.get("empty", "", ""); return err }, "ResourceNotFoundException", "value for staging label: AWSCURRENT"},
		"wrong pair":  {func() error { _, err := m.get("a", "v1", "AWSPENDING"); return err }, "InvalidRequestException", "You provided a VersionStage that is not associated to the provided VersionId."},
		"bad id":      {func() error { _, err := m.get("a b", "", ""); return err }, "ValidationException", "Invalid name."},
		"exists": {func() error {
			_, err := m.CreateSecret(ctx, ada, secrets.CreateSecretInput{Region: region, Name: "a"})
			return err
		}, "ResourceExistsException", "The operation failed because the secret a already exists."},
		"bad name": {func() error {
			_, err := m.CreateSecret(ctx, ada, secrets.CreateSecretInput{Region: region, Name: "a b"})
			return err
		}, "ValidationException", "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"},
		"no token": {func() error {
			_, err := m.PutSecretValue(ctx, ada, secrets.PutSecretValueInput{Region: region, SecretID: "a", Value: text("x")})
			return err
		}, "InvalidParameterException", "You must provide a ClientRequestToken value. We recommend a UUID-type value."},
		"short token": {func() error {
			_, err := m.PutSecretValue(ctx, ada, secrets.PutSecretValueInput{Region: region, SecretID: "a", ClientRequestToken: "x", Value: text("x")})
			return err
		}, "ValidationException", "clientRequestToken"},
		"no value put": {func() error {
			_, err := m.PutSecretValue(ctx, ada, secrets.PutSecretValueInput{Region: region, SecretID: "a", ClientRequestToken: token("x")})
			return err
		}, "InvalidRequestException", "SecretString or SecretBinary"},
		"large": {func() error {
			_, err := m.PutSecretValue(ctx, ada, secrets.PutSecretValueInput{Region: region, SecretID: "a", ClientRequestToken: token("x"), Value: text(big)})
			return err
		}, "ValidationException", "65536"},
		"two values": {func() error { _, err := secrets.NewValue([]byte{}, []byte{}); return err }, "InvalidParameterException", "both a binary"},
		"window": {func() error {
			_, err := m.DeleteSecret(ctx, ada, secrets.DeleteSecretInput{Region: region, SecretID: "a", RecoveryWindowInDays: 6})
			return err
		}, "InvalidParameterException", "between 7 and 30 days"},
		"both ends": {func() error {
			_, err := m.DeleteSecret(ctx, ada, secrets.DeleteSecretInput{Region: region, SecretID: "a", RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true})
			return err
		}, "InvalidParameterException", "ForceDeleteWithoutRecovery"},
		"no rotator": {func() error {
			_, err := m.RotateSecret(ctx, ada, secrets.RotateSecretInput{Region: region, SecretID: "a", ClientRequestToken: token("r")})
			return err
		}, "InvalidRequestException", "No Lambda rotation function ARN is associated with this secret."},
		"other rotator": {func() error {
			_, err := m.RotateSecret(ctx, ada, secrets.RotateSecretInput{Region: region, SecretID: "a", ClientRequestToken: token("r"), RotationLambdaARN: "arn:aws:lambda:us-east-1:123456789012:function:Mine"})
			return err
		}, "AccessDeniedException", "Secrets Manager cannot invoke the specified Lambda function."},
		"replicas": {func() error { return m.ReplicateSecretToRegions(ctx, ada, in("a")) }, "UnsupportedOperationException", "not supported here"},
		"bad policy": {func() error {
			_, err := m.PutResourcePolicy(ctx, ada, secrets.PutResourcePolicyInput{Region: region, SecretID: "a", ResourcePolicy: "{}"})
			return err
		}, "MalformedPolicyDocumentException", "Statement"},
		"bad NextToken": {func() error {
			_, err := m.ListSecrets(ctx, ada, secrets.ListSecretsInput{Region: region, NextToken: "x"})
			return err
		}, "InvalidNextTokenException", "NextToken"},
		"tag aws:": {func() error {
			return m.TagResource(ctx, ada, secrets.TagResourceInput{Region: region, SecretID: "a", Tags: []secrets.Tag{{"AWS:x", ""}}})
		}, "InvalidParameterException", "aws:"},
	} {
		t.Run(name, func(t *testing.T) { refuses(t, c.do(), c.code, c.words) })
	}
}

func TestTokensAreIdempotent(t *testing.T) {
	m := onSQLite(t)
	ctx := t.Context()
	first := m.create("a", "one")
	if again := m.create("a", "one"); !cmp.Equal(again, first) {
		t.Errorf("again: %+v, want %+v", again, first)
	}
	_, err := m.CreateSecret(ctx, ada, secrets.CreateSecretInput{Region: region, Name: "a", ClientRequestToken: token("v1"), Value: text("other")})
	refuses(t, err, "ResourceExistsException", "already exists")

	m.put("a", "v2", "two")
	m.put("a", "v3", "three")
	if again := m.put("a", "v2", "two"); len(again.VersionStages) != 1 || again.VersionStages[0] != "AWSPREVIOUS" {
		t.Errorf("a repeat moved labels: %v", again.VersionStages)
	}
	m.want("a", "", "three")
	_, err = m.PutSecretValue(ctx, ada, secrets.PutSecretValueInput{Region: region, SecretID: "a", ClientRequestToken: token("v2"), Value: text("2")})
	refuses(t, err, "ResourceExistsException", "You can't use ClientRequestToken "+token("v2")+" because that value is already in use for a version of secret "+first.ARN)
	_, err = m.UpdateSecret(ctx, ada, secrets.UpdateSecretInput{Region: region, SecretID: "a", ClientRequestToken: token("v2"), Value: text("two")})
	refuses(t, err, "ResourceExistsException", "already in use")
}

func TestLabelsMove(t *testing.T) {
	type stages = map[string]string // label to version
	for name, c := range map[string]struct {
		label, from, to string
		want            stages // nil when refused
	}{
		"current back":          {"AWSCURRENT", "v3", "v2", stages{"AWSCURRENT": "v2", "AWSPREVIOUS": "v3", "blue": "v1"}},
		"current to unlabelled": {"AWSCURRENT", "v3", "v1", stages{"AWSCURRENT": "v1", "AWSPREVIOUS": "v3", "blue": "v1"}},
		"custom moves":          {"blue", "v1", "v3", stages{"AWSCURRENT": "v3", "AWSPREVIOUS": "v2", "blue": "v3"}},
		"custom goes":           {"blue", "v1", "", stages{"AWSCURRENT": "v3", "AWSPREVIOUS": "v2"}},
		"new label":             {"green", "", "v2", stages{"AWSCURRENT": "v3", "AWSPREVIOUS": "v2", "blue": "v1", "green": "v2"}},
		"where it is":           {"blue", "", "v1", stages{"AWSCURRENT": "v3", "AWSPREVIOUS": "v2", "blue": "v1"}},
		"current goes":          {"AWSCURRENT", "v3", "", nil},
		"not named":             {"AWSCURRENT", "", "v2", nil},
		"not its holder":        {"blue", "v2", "v3", nil},
		"to nowhere":            {"blue", "v1", "v9", nil},
	} {
		t.Run(name, func(t *testing.T) {
			m := onSQLite(t)
			m.create("a", "1")
			m.put("a", "v2", "2")
			m.put("a", "v3", "3")
			move := func(label, from, to string) error {
				in := secrets.UpdateSecretVersionStageInput{Region: region, SecretID: "a", VersionStage: label}
				if from != "" {
					in.RemoveFromVersionID = token(from)
				}
				if to != "" {
					in.MoveToVersionID = token(to)
				}
				_, err := m.UpdateSecretVersionStage(t.Context(), ada, in)
				return err
			}
			if err := move("blue", "", "v1"); err != nil {
				t.Fatal(err)
			}
			err := move(c.label, c.from, c.to)
			if c.want == nil {
				if err == nil {
					t.Fatal("it was not refused")
				}
				c.want = stages{"AWSCURRENT": "v3", "AWSPREVIOUS": "v2", "blue": "v1"}
			} else if err != nil {
				t.Fatal(err)
			}
			got := stages{}
			for version, labels := range m.describe("a").VersionIDsToStages {
				for _, label := range labels {
					got[label] = strings.TrimRight(version, "-")
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("labels (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLabelsAndVersionsAreBounded(t *testing.T) {
	m := onSQLite(t)
	m.create("a", "1")
	var labels []string
	for i := range 20 {
		labels = append(labels, fmt.Sprint("label", i))
	}
	m.put("a", "v2", "2", append(labels[:19:19], "AWSCURRENT")...)
	m.put("a", "v2b", "2", labels[19])
	_, err := m.PutSecretValue(t.Context(), ada, secrets.PutSecretValueInput{Region: region, SecretID: "a", ClientRequestToken: token("v3"), Value: text("3"), VersionStages: []string{"too many"}})
	refuses(t, err, "LimitExceededException", "20 staging labels")
	for i := range 110 {
		m.put("a", fmt.Sprint("w", i), "x")
	}
	count := func() int {
		var n int
		if err := m.db.QueryRow(t.Context(), "SELECT COUNT(*) FROM sm_versions").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := count(); n != 113 {
		t.Errorf("%d versions: those of today are kept", n)
	}
	m.clock.pass(25 * time.Hour)
	m.put("a", "last", "x")
	if n := count(); n != 100 {
		t.Errorf("%d versions, want 100", n)
	}
	m.want("a", "label3", "2")
}

func TestDeletionAndRecovery(t *testing.T) {
	onEach(t, func(t *testing.T, m manager) {
		ctx := t.Context()
		first := m.create("a", "one")
		out := have(m.DeleteSecret(ctx, ada, secrets.DeleteSecretInput{Region: region, SecretID: "a", RecoveryWindowInDays: 7}))(t)
		if want := m.clock.time().AddDate(0, 0, 7); !out.DeletionDate.Equal(want) {
			t.Errorf("ends %v, want %v", out.DeletionDate, want)
		}
		_, err := m.get("a", "", "")
		refuses(t, err, "InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion.")
		_, err = m.CreateSecret(ctx, ada, secrets.CreateSecretInput{Region: region, Name: "a"})
		refuses(t, err, "InvalidRequestException", "You can't create this secret because a secret with this name is already scheduled for deletion.")
		if d := m.describe("a"); !d.DeletedDate.Equal(out.DeletionDate) {
			t.Errorf("described as deleted at %v", d.DeletedDate)
		}
		list := func(planned bool) int {
			return len(have(m.ListSecrets(ctx, ada, secrets.ListSecretsInput{Region: region, IncludePlannedDeletion: planned}))(t).Secrets)
		}
		if list(false) != 0 || list(true) != 1 {
			t.Error("a secret that waits for its end is listed only when asked for")
		}
		have(m.RestoreSecret(ctx, ada, in("a")))(t)
		m.want("a", "", "one")

		have(m.DeleteSecret(ctx, ada, secrets.DeleteSecretInput{Region: region, SecretID: "a"}))(t)
		m.clock.pass(30 * 24 * time.Hour)
		for _, id := range []string{"a", first.ARN} {
			_, err = m.RestoreSecret(ctx, ada, in(id))
			refuses(t, err, "ResourceNotFoundException", "")
		}
		if list(true) != 0 {
			t.Error("it is still listed")
		}
		second := m.create("a", "new") // before Purge
		if second.ARN == first.ARN {
			t.Error("the new secret has the ARN of the old one")
		}
		_, err = m.get(first.ARN, "", "")
		refuses(t, err, "ResourceNotFoundException", "")

		have(m.DeleteSecret(ctx, ada, secrets.DeleteSecretInput{Region: region, SecretID: "a", ForceDeleteWithoutRecovery: true}))(t)
		have(m.DeleteSecret(ctx, ada, secrets.DeleteSecretInput{Region: region, SecretID: "a", ForceDeleteWithoutRecovery: true}))(t)
		m.create("b", "x")
		have(m.DeleteSecret(ctx, ada, secrets.DeleteSecretInput{Region: region, SecretID: "b"}))(t)
		m.clock.pass(31 * 24 * time.Hour)
		if err := m.Purge(ctx, job); err != nil {
			t.Fatal(err)
		}
		var n int
		if err := m.db.QueryRow(ctx, "SELECT (SELECT COUNT(*) FROM sm_secrets) + (SELECT COUNT(*) FROM sm_versions)").Scan(&n); err != nil || n != 0 {
			t.Errorf("%d rows are left, %v", n, err)
		}
	})
}

func TestFilters(t *testing.T) {
	m := onSQLite(t)
	ctx := t.Context()
	for _, s := range []struct {
		name, words string
		tags        []secrets.Tag
	}{
		{"prod/db", "Main Database", []secrets.Tag{{"team", "shop"}}},
		{"prod/api", "the api's key", []secrets.Tag{{"Team", "web"}}},
		{"dev/db", "main database of dev", nil},
	} {
		have(m.CreateSecret(ctx, ada, secrets.CreateSecretInput{Region: region, Name: s.name, Description: s.words, Tags: s.tags}))(t)
		m.clock.pass(time.Second)
	}
	for _, c := range []struct {
		filters []secrets.Filter
		want    string
	}{
		{nil, "prod/db prod/api dev/db"},
		{[]secrets.Filter{{"name", []string{"prod"}}}, "prod/db prod/api"},
		{[]secrets.Filter{{"name", []string{"Prod"}}}, ""},
		{[]secrets.Filter{{"name", []string{"!prod"}}}, "dev/db"},
		{[]secrets.Filter{{"name", []string{"dev", "prod/a"}}}, "prod/api dev/db"},
		{[]secrets.Filter{{"name", []string{"prod"}}, {"name", []string{"!prod/d"}}}, "prod/api"},
		{[]secrets.Filter{{"description", []string{"MAIN"}}}, "prod/db dev/db"},
		{[]secrets.Filter{{"tag-key", []string{"team"}}}, "prod/db"},
		{[]secrets.Filter{{"tag-value", []string{"we", "sh"}}}, "prod/db prod/api"},
		{[]secrets.Filter{{"tag-value", []string{"!we"}}}, "prod/db dev/db"},
		{[]secrets.Filter{{"primary-region", []string{"us"}}}, "prod/db prod/api dev/db"},
		{[]secrets.Filter{{"owning-service", []string{"rds"}}}, ""},
		{[]secrets.Filter{{"all", []string{"DATABASE prod"}}}, "prod/db"},
		{[]secrets.Filter{{"all", []string{"!database"}}}, "prod/api"},
	} {
		var got []string
		for _, d := range have(m.ListSecrets(ctx, ada, secrets.ListSecretsInput{Region: region, Filters: c.filters}))(t).Secrets {
			got = append(got, d.Name)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%v: %v, want %s", c.filters, got, c.want)
		}
	}
	_, err := m.ListSecrets(ctx, ada, secrets.ListSecretsInput{Region: region, Filters: []secrets.Filter{{"size", []string{"1"}}}})
	refuses(t, err, "ValidationException", "filters.key")
}

func TestPagesAreStable(t *testing.T) {
	onEach(t, func(t *testing.T, m manager) {
		ctx := t.Context()
		for i := range 25 {
			m.create(fmt.Sprintf("s%02d", i), "")
			m.clock.pass(time.Millisecond)
		}
		for _, by := range []string{"", "name", "created-date", "last-changed-date", "last-accessed-date"} {
			for _, order := range []string{"asc", "desc"} {
				seen := map[string]int{}
				page := secrets.ListSecretsInput{Region: region, MaxResults: 7, SortBy: by, SortOrder: order}
				var names []string
				for pages := 0; ; pages++ {
					out := have(m.ListSecrets(ctx, ada, page))(t)
					for _, d := range out.Secrets {
						seen[d.Name]++
						names = append(names, d.Name)
					}
					if out.NextToken == "" {
						break
					}
					page.NextToken = out.NextToken
					if pages == 0 { // what goes or comes between two pages moves nothing else
						have(m.DeleteSecret(ctx, ada, secrets.DeleteSecretInput{Region: region, SecretID: names[0], ForceDeleteWithoutRecovery: true}))(t)
					}
				}
				for name, n := range seen {
					if n != 1 {
						t.Errorf("%s %s: %s is there %d times", by, order, name, n)
					}
				}
				if len(seen) != 25 {
					t.Errorf("%s %s: %d secrets", by, order, len(seen))
				}
				if by == "name" && order == "desc" && names[0] < names[1] {
					t.Errorf("descending: %v", names)
				}
				m.create(names[0], "")
			}
		}
		one := have(m.ListSecrets(ctx, ada, secrets.ListSecretsInput{Region: region, MaxResults: 7}))(t)
		_, err := m.ListSecrets(ctx, ada, secrets.ListSecretsInput{Region: region, MaxResults: 7, SortOrder: "desc", NextToken: one.NextToken})
		refuses(t, err, "InvalidNextTokenException", "")
	})
}

func TestBatch(t *testing.T) {
	m := onSQLite(t)
	ctx := t.Context()
	m.create("a", "1")
	m.create("b", "2")
	m.create("none", "")
	out := have(m.BatchGetSecretValue(ctx, ada, secrets.BatchGetSecretValueInput{Region: region, SecretIDs: []string{"b", "missing", "a"}}))(t)
	if len(out.SecretValues) != 2 || out.SecretValues[0].Name != "b" || string(out.SecretValues[1].Value.Reveal()) != "1" {
		t.Errorf("%d values", len(out.SecretValues))
	}
	if diff := cmp.Diff([]secrets.BatchError{{"missing", "ResourceNotFoundException", "Secrets Manager can't find the specified secret."}}, out.Errors); diff != "" {
		t.Error(diff)
	}
	out = have(m.BatchGetSecretValue(ctx, ada, secrets.BatchGetSecretValueInput{Region: region, Filters: []secrets.Filter{{"name", []string{"a", "b"}}}, MaxResults: 1}))(t)
	if len(out.SecretValues) != 1 || out.NextToken == "" {
		t.Errorf("%d values, next %q", len(out.SecretValues), out.NextToken)
	}
	_, err := m.BatchGetSecretValue(ctx, ada, secrets.BatchGetSecretValueInput{Region: region})
	refuses(t, err, "InvalidParameterException", "SecretIdList or Filters")
}

// A key that was switched off closes its secrets for the next request; another key opens them again.
func TestKeyRules(t *testing.T) {
	m := onSQLite(t)
	ctx := t.Context()
	key := have(m.kms.CreateKey(ctx, ada, kms.CreateKeyInput{Scope: kms.Scope{Region: region}}))(t)
	in := secrets.CreateSecretInput{Region: region, Name: "a", ClientRequestToken: token("v1"), Value: text("one"), KmsKeyID: key.KeyID}
	have(m.CreateSecret(ctx, ada, in))(t)
	m.put("a", "v2", "two")
	m.want("a", "", "two")
	if err := m.kms.DisableKey(ctx, ada, kms.KeyInput{Scope: kms.Scope{Region: region}, KeyID: key.KeyID}); err != nil {
		t.Fatal(err)
	}
	_, err := m.get("a", "", "")
	refuses(t, err, "DecryptionFailure", "can't decrypt")
	_, err = m.PutSecretValue(ctx, ada, secrets.PutSecretValueInput{Region: region, SecretID: "a", ClientRequestToken: token("v3"), Value: text("3")})
	refuses(t, err, "EncryptionFailure", "can't encrypt")
	if err := m.kms.EnableKey(ctx, ada, kms.KeyInput{Scope: kms.Scope{Region: region}, KeyID: key.KeyID}); err != nil {
		t.Fatal(err)
	}
	other := ""
	have(m.UpdateSecret(ctx, ada, secrets.UpdateSecretInput{Region: region, SecretID: "a", KmsKeyID: &other}))(t)
	if err := m.kms.DisableKey(ctx, ada, kms.KeyInput{Scope: kms.Scope{Region: region}, KeyID: key.KeyID}); err != nil {
		t.Fatal(err)
	}
	m.want("a", "AWSCURRENT", "two")
	m.want("a", "AWSPREVIOUS", "one")
	in.Name, in.KmsKeyID, in.Value = "b", "alias/none", secrets.Value{}
	_, err = m.CreateSecret(ctx, ada, in)
	refuses(t, err, "EncryptionFailure", "")

	noKeys := user("bob", `{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"}`, `{"Effect":"Deny","Action":"kms:*","Resource":"*"}`)
	_, err = m.GetSecretValue(ctx, noKeys, secrets.GetSecretValueInput{Region: region, SecretID: "a"})
	refuses(t, err, "AccessDeniedException", "Access to KMS is not allowed")
	if fault.CodeOf(err) != fault.Denied {
		t.Errorf("as a fault it is %s", fault.CodeOf(err))
	}
}
