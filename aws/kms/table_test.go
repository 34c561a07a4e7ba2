package kms_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	kmssdk "github.com/aws/aws-sdk-go-v2/service/kms"

	awskms "signet/aws/kms"
)

// operationsOfSDK are the methods of the official client that take a context and an input.
func operationsOfSDK() []string {
	var names []string
	client := reflect.TypeFor[*kmssdk.Client]()
	for i := range client.NumMethod() {
		if m := client.Method(i); m.Type.NumIn() == 4 && m.Type.In(1) == reflect.TypeFor[context.Context]() {
			names = append(names, m.Name)
		}
	}
	return names
}

// Every operation that the official client knows is served or refused by its name.
func TestTheTableHasEveryOperation(t *testing.T) {
	table := awskms.New(nil).Operations
	names := operationsOfSDK()
	for _, name := range names {
		if table[name] == nil {
			t.Errorf("%s is neither served nor refused", name)
		}
	}
	if len(names) < 56 || len(table) != len(names) {
		t.Errorf("the client has %d operations, the table %d", len(names), len(table))
	}
}

// An operation that reaches a key needs its name; an empty one must not pass for an operation on no key.
func TestWhatIsMissingIsNamed(t *testing.T) {
	w := single(t)
	free := map[string]bool{"CreateKey": true, "ListKeys": true, "ListAliases": true}
	for _, name := range operationsOfSDK() {
		for _, body := range []string{`{}`, `{"KeyId":""}`, `{"KeyId":null,"Limit":null}`} {
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

// What is no request of the kind is refused, and never an error of the server.
func TestBodiesThatAreNone(t *testing.T) {
	w := single(t)
	for _, c := range []struct{ operation, body, code string }{
		{"Encrypt", `{"KeyId":"alias/x","Plaintext":"not base64!"}`, "SerializationException"},
		{"Encrypt", `{"KeyId":"alias/x","Plaintext":true}`, "SerializationException"},
		{"Encrypt", `{"KeyId":1}`, "SerializationException"},
		{"Encrypt", `{"KeyId":"a","KeyId":"b"}`, "SerializationException"},
		{"Encrypt", `[]`, "SerializationException"},
		{"Encrypt", `{"KeyId":"alias/x","EncryptionContext":["a"]}`, "SerializationException"},
		{"GenerateDataKey", `{"KeyId":"alias/x","NumberOfBytes":1.5}`, "SerializationException"},
		{"GenerateDataKey", `{"KeyId":"alias/x","NumberOfBytes":0}`, "ValidationException"},
		{"ListKeys", `{"Limit":0}`, "ValidationException"},
		{"ListKeys", `{"Limit":100000}`, "ValidationException"},
		{"ListKeys", `{"Marker":"x"}`, "InvalidMarkerException"},
		{"ScheduleKeyDeletion", `{"KeyId":"x","PendingWindowInDays":-1}`, "ValidationException"},
		{"ImportKeyMaterial", `{"KeyId":"x","ValidTo":"tomorrow"}`, "SerializationException"},
		{"CreateKey", `{"KeySpec":"RSA_2048","CustomerMasterKeySpec":"RSA_4096","KeyUsage":"SIGN_VERIFY"}`, "ValidationException"},
		{"MakeCoffee", `{}`, "UnknownOperationException"},
	} {
		status, answer := w.send(w.Root, c.operation, c.body)
		var e struct {
			Type string `json:"__type"`
		}
		if err := json.Unmarshal([]byte(answer), &e); err != nil || status != 400 || e.Type != c.code {
			t.Errorf("%s %s: %d %s, want %s", c.operation, c.body, status, answer, c.code)
		}
	}
}

// A member that must be refused is not one that is passed over in silence.
func TestWhatIsNotSupportedIsRefused(t *testing.T) {
	w := single(t)
	const recipient = `"Recipient":{"KeyEncryptionAlgorithm":"RSAES_OAEP_SHA_256","AttestationDocument":"AAAA"}`
	id := *makeKey(w.client(w.Root), "", "").KeyId
	for operation, members := range map[string]string{
		"Decrypt":             `"CiphertextBlob":"AAAA",` + recipient,
		"GenerateDataKey":     `"KeySpec":"AES_256",` + recipient,
		"GenerateDataKeyPair": `"KeyPairSpec":"ECC_NIST_P256",` + recipient,
		"GenerateRandom":      `"NumberOfBytes":8,` + recipient,
		"DeriveSharedSecret":  `"KeyAgreementAlgorithm":"ECDH","PublicKey":"AAAA",` + recipient,
		"ReEncrypt":           `"DestinationKeyId":"x","DryRunModifiers":["IGNORE_CIPHERTEXT"]`,
		"CreateKey":           `"MultiRegion":true`,
	} {
		status, answer := w.send(w.Root, operation, fmt.Sprintf(`{"KeyId":%q,%s}`, id, members))
		if status != 400 || !strings.Contains(answer, "UnsupportedOperationException") || !strings.Contains(answer, "is not supported here") {
			t.Errorf("%s: %d %s", operation, status, answer)
		}
	}
	for _, operation := range []string{"CreateCustomKeyStore", "ConnectCustomKeyStore", "DisconnectCustomKeyStore", "UpdateCustomKeyStore",
		"DeleteCustomKeyStore", "DescribeCustomKeyStores", "ReplicateKey", "UpdatePrimaryRegion", "GetKeyLastUsage", "Encapsulate", "Decapsulate"} {
		if status, answer := w.send(w.Root, operation, `{}`); status != 400 || !strings.Contains(answer, "UnsupportedOperationException") {
			t.Errorf("%s: %d %s", operation, status, answer)
		}
	}
}

// A null for a recipient is none.
func TestNullIsNothing(t *testing.T) {
	w := single(t)
	status, answer := w.send(w.Root, "GenerateRandom", `{"NumberOfBytes":8,"Recipient":null}`)
	if status != 200 || !strings.Contains(answer, "Plaintext") {
		t.Errorf("%d %s", status, answer)
	}
}

// When the store is gone the client learns that it is the server's fault, and nothing about it.
func TestAFailureOfTheServerIsItsOwn(t *testing.T) {
	w := single(t)
	must(w.DB.Exec(w.T.Context(), "DROP TABLE kms_aliases"))
	status, answer := w.send(w.Root, "ListAliases", `{}`)
	if status != 500 || !strings.Contains(answer, "KMSInternalException") || strings.Contains(answer, "kms_aliases") {
		t.Errorf("%d %s", status, answer)
	}
	if !strings.Contains(w.Text.String(), "kms_aliases") {
		t.Error("the log does not say what failed")
	}
	if !bytes.Contains([]byte(answer), []byte("request id")) {
		t.Errorf("%s", answer)
	}
}

// Clients of old say and read CustomerMasterKeySpec.
func TestTheNameOfOldOfAKeySpec(t *testing.T) {
	w := single(t)
	status, answer := w.send(w.Root, "CreateKey", `{"CustomerMasterKeySpec":"ECC_NIST_P256","KeyUsage":"SIGN_VERIFY"}`)
	if status != 200 || !strings.Contains(answer, `"CustomerMasterKeySpec":"ECC_NIST_P256","KeySpec":"ECC_NIST_P256"`) {
		t.Errorf("%d %s", status, answer)
	}
}
