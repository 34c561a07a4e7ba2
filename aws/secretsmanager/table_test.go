package secretsmanager_test

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	sm "github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"signet/aws/awstest"
	"signet/aws/secretsmanager"
)

// operationsOfSDK are the methods of the official client that take a context and an input.
func operationsOfSDK() []string {
	var names []string
	client := reflect.TypeFor[*sm.Client]()
	for i := range client.NumMethod() {
		if m := client.Method(i); m.Type.NumIn() == 4 && m.Type.In(1) == reflect.TypeFor[context.Context]() {
			names = append(names, m.Name)
		}
	}
	return names
}

// Every operation that the official client knows is served.
func TestTheTableHasEveryOperation(t *testing.T) {
	table := secretsmanager.New(nil).Operations
	names := operationsOfSDK()
	for _, name := range names {
		if table[name] == nil {
			t.Errorf("%s is not served", name)
		}
	}
	if len(names) < 23 || len(table) != len(names) {
		t.Errorf("the client has %d operations, the table %d", len(names), len(table))
	}
}

// An operation that reaches a secret needs its name; an empty one must not pass for an operation on none.
func TestWhatIsMissingIsNamed(t *testing.T) {
	w := start(t)
	free := map[string]bool{"GetRandomPassword": true, "ListSecrets": true}
	for _, name := range operationsOfSDK() {
		for _, body := range []string{`{}`, `{"SecretId":"","Name":"","SecretIdList":[""]}`, `{"SecretId":null,"MaxResults":null,"Filters":null,"SecretString":null}`} {
			status, answer := w.send(w.Root, name, body)
			if want := map[bool]int{true: 200, false: 400}[free[name]]; status != want {
				t.Errorf("%s %s: %d %s", name, body, status, answer)
			}
		}
	}
	if text := w.Text.String(); strings.Contains(text, "level=ERROR") {
		t.Errorf("%s", text)
	}
}

// What is no request of the kind is refused, and never an error of the server. Errors carry the message
// under the name that Secrets Manager gives it, and never what a value was.
func TestBodiesThatAreNone(t *testing.T) {
	w := start(t)
	create(w.admin(), "x", "v")
	const long = `"ClientRequestToken":"0123456789012345678901234567890123456789"`
	for _, c := range []struct{ operation, body, code, message string }{
		{"CreateSecret", `{"Name":"a","SecretBinary":"not base64 MARKED"}`, "SerializationException", ""},
		{"CreateSecret", `{"Name":"a","SecretString":["MARKED"]}`, "SerializationException", ""},
		{"CreateSecret", `{"Name":"a","SecretString":{"password":"MARKED"}}`, "SerializationException", ""},
		{"CreateSecret", `{"Name":"a","SecretString":"MARKED","SecretString":"MARKED"}`, "SerializationException", ""},
		{"CreateSecret", `{"Name":"a","SecretString":"MARKED"}`, "InvalidParameterException", "You must provide a ClientRequestToken value. We recommend a UUID-type value."},
		{"CreateSecret", `{"Name":"a","SecretString":"MARKED","SecretBinary":"TUFSS0VE",` + long + `}`, "InvalidParameterException", "You can't specify both"},
		{"CreateSecret", `{"Name":"a","SecretString":"",` + long + `}`, "ValidationException", "secretString"},
		{"CreateSecret", `{"Name":"a","SecretString":"` + strings.Repeat("MARKED", 11000) + `",` + long + `}`, "ValidationException", "65536"},
		{"CreateSecret", `{"Name":"a b","SecretString":"MARKED",` + long + `}`, "ValidationException", "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"},
		{"CreateSecret", `{"Name":"a","Type":"SalesforceClientSecret"}`, "UnsupportedOperationException", "is not supported here"},
		{"CreateSecret", `{"Name":"a","AddReplicaRegions":[{"Region":"eu-west-1"}]}`, "UnsupportedOperationException", "is not supported here"},
		{"UpdateSecret", `{"SecretId":"x","Type":"SalesforceClientSecret"}`, "UnsupportedOperationException", "is not supported here"},
		{"RotateSecret", `{"SecretId":"x",` + long + `,"ExternalSecretRotationRoleArn":"arn:aws:iam::123456789012:role/r"}`, "UnsupportedOperationException", ""},
		{"RotateSecret", `{"SecretId":"x"}`, "InvalidParameterException", "ClientRequestToken"},
		{"RotateSecret", `{"SecretId":"x",` + long + `,"RotationRules":{"AutomaticallyAfterDays":0}}`, "ValidationException", "automaticallyAfterDays"},
		{"PutSecretValue", `{"SecretId":"x",` + long + `}`, "InvalidRequestException", "You must provide either SecretString or SecretBinary."},
		{"DeleteSecret", `{"SecretId":"x","RecoveryWindowInDays":0}`, "ValidationException", "recoveryWindowInDays"},
		{"DeleteSecret", `{"SecretId":"x","RecoveryWindowInDays":6}`, "InvalidParameterException", "between 7 and 30"},
		{"DeleteSecret", `{"SecretId":"x","RecoveryWindowInDays":7,"ForceDeleteWithoutRecovery":true}`, "InvalidParameterException", "ForceDeleteWithoutRecovery"},
		{"ListSecrets", `{"MaxResults":0}`, "ValidationException", ""},
		{"ListSecrets", `{"MaxResults":101}`, "ValidationException", ""},
		{"ListSecrets", `{"NextToken":"x"}`, "InvalidNextTokenException", "NextToken"},
		{"ListSecrets", `{"Filters":[{"Key":"colour","Values":["red"]}]}`, "ValidationException", "filters.key"},
		{"ListSecretVersionIds", `{"SecretId":"x","NextToken":"x"}`, "InvalidNextTokenException", ""},
		{"BatchGetSecretValue", `{}`, "InvalidParameterException", "SecretIdList"},
		{"GetRandomPassword", `{"PasswordLength":4097}`, "InvalidParameterException", "PasswordLength"},
		{"GetRandomPassword", `{"PasswordLength":"a"}`, "SerializationException", ""},
		{"GetSecretValue", `{"SecretId":"arn:aws:s3:::bucket"}`, "ValidationException", "Invalid secret ARN"},
		{"TagResource", `{"SecretId":"x"}`, "ValidationException", "tags"},
		{"MakeCoffee", `{}`, "UnknownOperationException", ""},
	} {
		status, answer := w.send(w.Root, c.operation, c.body)
		var e struct {
			Type    string `json:"__type"`
			Message string `json:"Message"`
		}
		if err := json.Unmarshal([]byte(answer), &e); err != nil || status != 400 || e.Type != c.code || !strings.Contains(e.Message, c.message) {
			t.Errorf("%s %.100s: %d %s, want %s", c.operation, c.body, status, answer, c.code)
		}
		if strings.Contains(answer, "MARKED") {
			t.Errorf("%s %.100s: the error repeats the value: %s", c.operation, c.body, answer)
		}
	}
	if text := w.Text.String(); strings.Contains(text, "level=ERROR") || strings.Contains(text, "MARKED") {
		t.Errorf("%s", text)
	}
}

// Replication is refused by name, to those who may ask.
func TestReplicationIsRefused(t *testing.T) {
	w := start(t)
	create(w.admin(), "x", "v")
	must(w.People.IAM().CreateUser(w.T.Context(), awstest.System, "eve", "/", "", nil))
	eve := w.AccessKey("eve")
	for _, operation := range []string{"ReplicateSecretToRegions", "RemoveRegionsFromReplication", "StopReplicationToReplica"} {
		body := `{"SecretId":"x","AddReplicaRegions":[{"Region":"eu-west-1"}],"RemoveReplicaRegions":["eu-west-1"]}`
		if status, answer := w.send(w.Root, operation, body); status != 400 || !strings.Contains(answer, "is not supported here") {
			t.Errorf("%s: %d %s", operation, status, answer)
		}
		if _, answer := w.send(eve, operation, body); !strings.Contains(answer, "AccessDeniedException") {
			t.Errorf("%s by eve: %s", operation, answer)
		}
	}
}

// When the store is gone the client learns that it is the server's fault, and nothing about it.
func TestAFailureOfTheServerIsItsOwn(t *testing.T) {
	w := start(t)
	must(w.DB.Exec(w.T.Context(), "DROP TABLE sm_secrets"))
	status, answer := w.send(w.Root, "ListSecrets", `{}`)
	if status != 500 || !strings.Contains(answer, "InternalServiceError") || !strings.Contains(answer, "request id") || strings.Contains(answer, "sm_secrets") {
		t.Errorf("%d %s", status, answer)
	}
	if !strings.Contains(w.Text.String(), "sm_secrets") {
		t.Error("the log does not say what failed")
	}
}

// A text is what was sent, byte for byte, whatever JSON has to escape.
func TestTextsSurviveTheWire(t *testing.T) {
	w := start(t)
	for i, value := range []string{`{" name_of_key ":"value"}`, "<&>'\"\\/", "\u2028\u00e9\U0001F511", "line\nline\ttab\x00nul\x7f", " "} {
		name := fmt.Sprint("s", i)
		create(w.admin(), name, value)
		if got, err := get(w.admin(), name); err != nil || got != value {
			t.Errorf("%q came back as %q, %v", value, got, err)
		}
	}
}
