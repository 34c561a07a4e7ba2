package secrets_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"signet/internal/store/storetest"
	"signet/secrets"
)

// A marked value goes through everything. It is in no event, no log, no error, and not in the store.
func TestNoValueLeaks(t *testing.T) {
	url := storetest.SQLiteURL(t)
	m := manage(t, storetest.Open(t, url))
	ctx := t.Context()
	const mark = "MARKED7f3a9c"
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	note := func(what any, err error) { logger.Info("done", "what", what, "err", err) }

	value := func(n int) secrets.Value { return text(fmt.Sprint(mark, n)) }
	created, err := m.CreateSecret(ctx, ada, secrets.CreateSecretInput{Region: region, Name: "a", ClientRequestToken: token("v1"), Value: value(1)})
	note(created, err)
	for i, who := range []string{"v2", "v2", "v1"} { // a new one, the same token twice with other values
		put := secrets.PutSecretValueInput{Region: region, SecretID: "a", ClientRequestToken: token(who), Value: value(i + 2)}
		note(put, nil)
		out, err := m.PutSecretValue(ctx, ada, put)
		note(out, err)
	}
	got, err := m.GetSecretValue(ctx, ada, secrets.GetSecretValueInput{Region: region, SecretID: "a"})
	if !strings.HasPrefix(string(got.Value.Reveal()), mark) {
		t.Fatal("the value is not marked")
	}
	note(got, err)
	note(fmt.Sprintf("%v %+v %#v %s %x", got, got, got, got.Value, got.Value), nil)
	batch, err := m.BatchGetSecretValue(ctx, ada, secrets.BatchGetSecretValueInput{Region: region, SecretIDs: []string{"a"}})
	note(batch, err)
	note(m.CreateSecret(ctx, ada, secrets.CreateSecretInput{Region: region, Name: "b c", ClientRequestToken: token("v1"), Value: value(9)}))
	note(m.CreateSecret(ctx, ada, secrets.CreateSecretInput{Region: region, Name: "a", ClientRequestToken: token("v1"), Value: value(9)}))
	note(m.UpdateSecret(ctx, ada, secrets.UpdateSecretInput{Region: region, SecretID: "a", ClientRequestToken: token("v1"), Value: value(9)}))
	note(m.UpdateSecret(ctx, nobody, secrets.UpdateSecretInput{Region: region, SecretID: "a", ClientRequestToken: token("v8"), Value: value(9)}))
	_, err = secrets.NewValue([]byte(mark), []byte(mark))
	note(nil, err)

	// A rotation that fails, with the mark in each field.
	for i, fields := range []string{
		`{"engine":"postgres","host":"127.0.0.1","port":1,"username":"` + mark + `","password":"` + mark + `","dbname":"` + mark + `"}`,
		`{"engine":"mysql","host":"127.0.0.1","port":1,"username":"` + mark + `","password":"` + mark + `"}`,
		`{"engine":"` + mark + `"}`, `{"host":"` + mark + `/"}`, mark,
	} {
		id := fmt.Sprint("rotated", i)
		rotator := function + "SignetPostgreSQLSingleUser"
		if strings.Contains(fields, "mysql") {
			rotator = function + "SignetMySQLSingleUser"
		}
		m.create(id, fields)
		note(m.RotateSecret(ctx, ada, secrets.RotateSecretInput{Region: region, SecretID: id, ClientRequestToken: token("r"), RotationLambdaARN: rotator}))
	}
	err = m.RotateDue(ctx, job)
	if err == nil {
		t.Error("the rotations did not fail")
	}
	note(nil, err)
	m.clock.pass(time.Hour)
	note(m.DescribeSecret(ctx, ada, in("a")))
	note(m.ListSecrets(ctx, ada, secrets.ListSecretsInput{Region: region, IncludePlannedDeletion: true}))
	for _, r := range have(m.log.Events(ctx, 0, 10000))(t) {
		note(fmt.Sprintf("%+v", r), nil)
	}

	files, _ := filepath.Glob(strings.TrimPrefix(url, "sqlite:") + "*")
	everything := map[string][]byte{"the log": log.Bytes()}
	for _, name := range files {
		everything[filepath.Base(name)] = have(os.ReadFile(name))(t)
	}
	if len(files) < 2 || log.Len() < 1000 {
		t.Fatalf("too little to look at: %v, %d bytes", files, log.Len())
	}
	forms := []string{mark, hex.EncodeToString([]byte(mark)), strings.ToUpper(hex.EncodeToString([]byte(mark)))}
	for i := range 3 { // base64 at each offset, without what its neighbours change
		coded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(" ", i) + mark))
		forms = append(forms, coded[4:len(coded)-4])
	}
	for name, content := range everything {
		for _, form := range forms {
			if at := bytes.Index(content, []byte(form)); at >= 0 {
				t.Errorf("%s has the value: …%s…", name, content[max(0, at-80):min(len(content), at+60)])
			}
		}
	}
}
