package source_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"signet/internal/opaque"
	"signet/source"
)

func TestLoginsOfSecrets(t *testing.T) {
	for text, want := range map[string]string{
		`{"username":"app","password":"p\"w"}`:                                    `app p"w`,
		`{"engine":"postgres","host":"elsewhere","username":"app","password":""}`: "app ",
		`{"username":"app","password":"x","USERNAME":"other","port":"5432"}`:      "app x",
		`{"Username":"app","password":"MARKED"}`:                                  "",
		`{"username":"","password":"MARKED"}`:                                     "",
		`{"username":null,"password":"MARKED"}`:                                   "",
		`{"username":"app","password":5}`:                                         "",
		`{"username":"MARKED"}`:                                                   "",
		`["MARKED"]`:                                                              "",
		`MARKED`:                                                                  "",
		``:                                                                        "",
	} {
		logins := source.NewLogins(func(context.Context, string) (opaque.Bytes, error) { return opaque.New([]byte(text)), nil })
		login, err := logins.Get(t.Context(), "db", time.Time{})
		got := ""
		if err == nil {
			got = login.User + " " + string(login.Password.Reveal())
		}
		if got != want {
			t.Errorf("%s: %q, %v", text, got, err)
		}
		if err != nil && (strings.Contains(err.Error(), "MARKED") || !strings.Contains(err.Error(), "the secret db is not a login")) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// A login is shared for seconds, read again when it was refused, and an error is not kept.
func TestLoginsAreKeptForSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reads, failing := 0, errors.New("closed")
		var broken error
		logins := source.NewLogins(func(context.Context, string) (opaque.Bytes, error) {
			reads++
			return opaque.New([]byte(`{"username":"app","password":"x"}`)), broken
		})
		get := func(stale time.Time) error {
			_, err := logins.Get(t.Context(), "db", stale)
			return err
		}
		want := func(what string, n int) {
			t.Helper()
			if reads != n {
				t.Errorf("%s: %d readings, want %d", what, reads, n)
			}
		}
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() { _ = get(time.Time{}) })
		}
		all.Wait()
		want("together", 1)
		time.Sleep(time.Second)
		refused := time.Now()
		time.Sleep(time.Millisecond)
		_ = get(refused)
		want("refused", 2)
		time.Sleep(time.Second)
		_ = get(refused)
		want("refused before the last reading", 2)
		time.Sleep(5 * time.Second)
		broken = failing
		if err := get(time.Time{}); !errors.Is(err, failing) {
			t.Errorf("%v", err)
		}
		broken = nil
		_ = get(time.Time{})
		want("after an error", 4)
	})
}
