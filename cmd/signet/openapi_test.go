package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// The screens' types are made from this file: a change of the API that they have not seen must not pass.
func TestScreensKnowTheAPI(t *testing.T) {
	const path = "../../ui/openapi.json"
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"openapi"}, nil, strings.NewReader(""), &out, &errs); code != 0 {
		t.Fatalf("signet openapi: exit %d\n%s", code, errs.String())
	}
	if !bytes.Equal(out.Bytes(), want) {
		t.Error("ui/openapi.json is not what the server has; run: go run ./cmd/signet openapi > ui/openapi.json && npm --prefix ui run api")
	}
}
