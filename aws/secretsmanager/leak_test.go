package secretsmanager_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	sm "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// A25: a marked value goes over the wire in every way that there is. It is in no event, not in what the
// server logs, in no file of the store and in no error.
func TestA25NoValueLeavesTheWay(t *testing.T) {
	w := start(t)
	ctx, c, eve := t.Context(), w.admin(), w.user("eve")
	const mark = "MARKED7f3a9c"
	var errs []error
	note := func(_ any, err error) { errs = append(errs, err) }
	create(c, "a", mark)
	must(c.CreateSecret(ctx, &sm.CreateSecretInput{Name: s("b"), SecretBinary: []byte(mark)}))
	must(c.PutSecretValue(ctx, &sm.PutSecretValueInput{SecretId: s("a"), SecretString: s(mark + "2"), ClientRequestToken: token("v2")}))
	must(c.UpdateSecret(ctx, &sm.UpdateSecretInput{SecretId: s("a"), SecretString: s(mark + "3")}))
	if got := must(get(c, "a")); got != mark+"3" {
		t.Fatalf("%s", got)
	}
	must(c.BatchGetSecretValue(ctx, &sm.BatchGetSecretValueInput{SecretIdList: []string{"a", "b"}}))
	note(c.CreateSecret(ctx, &sm.CreateSecretInput{Name: s("a"), SecretString: s(mark)}))
	note(c.CreateSecret(ctx, &sm.CreateSecretInput{Name: s("no name"), SecretString: s(mark)}))
	note(c.CreateSecret(ctx, &sm.CreateSecretInput{Name: s("c"), SecretString: s(mark), SecretBinary: []byte(mark)}))
	note(c.CreateSecret(ctx, &sm.CreateSecretInput{Name: s("c"), SecretString: s(mark), KmsKeyId: s("alias/none")}))
	note(c.PutSecretValue(ctx, &sm.PutSecretValueInput{SecretId: s("a"), SecretString: s(mark + "4"), ClientRequestToken: token("v2")}))
	note(c.PutSecretValue(ctx, &sm.PutSecretValueInput{SecretId: s("none"), SecretString: s(mark)}))
	note(eve.PutSecretValue(ctx, &sm.PutSecretValueInput{SecretId: s("a"), SecretString: s(mark)}))
	note(eve.CreateSecret(ctx, &sm.CreateSecretInput{Name: s("d"), SecretBinary: []byte(mark)}))
	for i, err := range errs {
		if err == nil {
			t.Errorf("request %d did not fail", i)
		}
	}
	status, answer := w.send(w.Root, "CreateSecret", `{"Name":"e","SecretString":"`+mark+`","SecretString":1}`)
	places := map[string][]byte{"the log of the server": []byte(w.Text.String()), "errors": fmt.Append(nil, errs, status, answer), "events": fmt.Appendf(nil, "%+v", w.Events())}
	for name, content := range w.Files() {
		places[name] = content
	}
	forms := []string{mark}
	for i := range 3 { // base64 at each offset, without what its neighbours change
		coded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(" ", i) + mark))
		forms = append(forms, coded[4:len(coded)-4])
	}
	for place, content := range places {
		for _, form := range forms {
			if at := bytes.Index(content, []byte(form)); at >= 0 {
				t.Errorf("%s: …%s…", place, content[max(0, at-80):min(len(content), at+60)])
			}
		}
	}
}

// Each reading of a value is on the log: who, what, from where, and how it ended.
func TestReadingsAreOnTheLog(t *testing.T) {
	w := start(t)
	arn, eve := create(w.admin(), "a", "one"), w.user("eve")
	must(get(w.admin(), "a"))
	if _, err := get(eve, "a"); err == nil {
		t.Fatal("eve reads the secret")
	}
	read, denied := 0, 0
	for _, e := range w.Events() {
		if e.Action != "secretsmanager:GetSecretValue" {
			continue
		}
		if e.Resource != *arn || e.SourceIP != "192.0.2.7" {
			t.Errorf("%+v", e)
		}
		switch {
		case e.Who.Name == "root" && e.Result == "ok":
			read++
		case e.Who.Name == "eve" && e.Result == "denied":
			denied++
		}
	}
	if read != 1 || denied != 1 {
		t.Errorf("%d readings and %d denials are on the log", read, denied)
	}
}
