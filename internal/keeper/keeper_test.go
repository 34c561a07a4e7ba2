package keeper_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"signet/internal/keeper"
)

func TestURLs(t *testing.T) {
	for _, good := range []string{
		"awskms:///alias/signet?region=eu-west-1", "awskms:///arn:aws:kms:eu-west-1:123456789012:key/0a0b", "gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k",
		"azurekeyvault://v.vault.azure.net/keys/k", "hashivault://signet", "hashivault://team/signet?engine=other",
	} {
		if err := keeper.Check(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for bad, says := range map[string]string{
		"":                          "no kind of external key",
		"signet":                    "no kind of external key",
		"file:///etc/key":           "no kind of external key",
		"base64key://c2VjcmV0":      "known are awskms:///alias/NAME?region=REGION, azurekeyvault://",
		"AWSKMS\x00://":             "no URL",
		"hashivault://":             "names no key: hashivault://KEY",
		"awskms:///?region=x":       "names no key",
		"hashivault://u:secret@key": "no user or password",
	} {
		err := keeper.Check(bad)
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "secret@") || strings.Contains(err.Error(), "c2Vj") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// vault answers every request in one way.
func vault(t *testing.T, answer http.HandlerFunc) *keeper.Keeper {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	t.Setenv("VAULT_ADDR", s.URL)
	t.Setenv("VAULT_TOKEN", "t")
	k, err := keeper.Open(t.Context(), "hashivault://key")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.Close() })
	return k
}

func respond(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// Whatever a provider answers is a refusal, an outage or a ciphertext that is none; never a panic, and never bytes.
func TestAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		answer           http.HandlerFunc
		reached, invalid bool
	}{
		"forbidden":     {respond(403, `{"errors":["permission denied"]}`), true, false},
		"no such key":   {respond(400, `{"errors":["encryption key not found"]}`), true, false},
		"another key's": {respond(400, `{"errors":["cipher: message authentication failed"]}`), true, true},
		"broken":        {respond(500, `{"errors":["internal error"]}`), false, false},
		"too busy":      {respond(429, `{"errors":["slow down"]}`), false, false},
		"nothing":       {respond(204, ""), true, false},
		"other members": {respond(200, `{"data":{"other":1}}`), true, false},
		"empty":         {respond(200, `{"data":{"plaintext":""}}`), true, false},
	} {
		k := vault(t, c.answer)
		out, err := k.Decrypt(t.Context(), []byte("vault:v1:x"))
		var e *keeper.Error
		if !errors.As(err, &e) || len(out) > 0 || e.Reached != c.reached || e.Invalid != c.invalid || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "hashivault://key") {
			t.Errorf("%s: %q, %v", name, out, err)
		}
	}
}

// A provider that takes a request and says nothing holds nobody longer than they wait.
func TestSilence(t *testing.T) {
	quit := make(chan struct{})
	k := vault(t, func(http.ResponseWriter, *http.Request) { <-quit })
	t.Cleanup(func() { close(quit) })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := k.Encrypt(ctx, []byte("value"))
	var e *keeper.Error
	if !errors.As(err, &e) || e.Reached || time.Since(began) > 5*time.Second {
		t.Errorf("%v after %s", err, time.Since(began))
	}
}
