package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// resolved reads settings as a command that takes them all.
func resolved(t *testing.T, args []string, env map[string]string) (*config, error) {
	t.Helper()
	var names []string
	for _, s := range settings {
		names = append(names, s.name)
	}
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	addFlags(flags, names)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	return resolve(flags, names, env)
}

func TestSettingsComeFromFlagThenEnvironmentThenDefault(t *testing.T) {
	c, err := resolved(t, nil, nil)
	if err != nil || c.listen != "127.0.0.1:8480" || c.listenSet {
		t.Errorf("default: %+v, %v", c, err)
	}
	c, err = resolved(t, nil, map[string]string{"SIGNET_LISTEN": ":1", "SIGNET_NO_OPEN": "true"})
	if err != nil || c.listen != ":1" || !c.listenSet || !c.noOpen {
		t.Errorf("environment: %+v, %v", c, err)
	}
	c, err = resolved(t, []string{"--listen", ":2"}, map[string]string{"SIGNET_LISTEN": ":1"})
	if err != nil || c.listen != ":2" {
		t.Errorf("flag: %+v, %v", c, err)
	}
}

func TestSecretsComeFromFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("from-the-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := resolved(t, nil, map[string]string{"SIGNET_ADMIN_PASSWORD_FILE": file})
	if err != nil || string(c.adminPassword.Reveal()) != "from-the-file" {
		t.Errorf("got %q, %v", c.adminPassword.Reveal(), err)
	}
	if _, err := resolved(t, nil, map[string]string{"SIGNET_ADMIN_PASSWORD_FILE": file, "SIGNET_ADMIN_PASSWORD": "x"}); err == nil {
		t.Error("both forms were taken")
	}
	if _, err := resolved(t, nil, map[string]string{"SIGNET_ADMIN_PASSWORD_FILE": file + "x"}); err == nil {
		t.Error("a missing file was taken")
	}
	if c, err := resolved(t, nil, map[string]string{"SIGNET_STORE_FILE": file}); err != nil || c.store != "from-the-file" {
		t.Errorf("the store's address from a file: %q, %v", c.store, err)
	}
	for _, s := range settings {
		flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
		if addFlags(flags, []string{s.name}); s.secret && flags.Lookup(s.name) != nil {
			t.Errorf("--%s would show a secret in the list of processes", s.name)
		}
	}
}

func TestBadSettings(t *testing.T) {
	for _, c := range []struct{ key, value, want string }{
		{"SIGNET_LISTN", ":1", "SIGNET_LISTEN"},
		{"SIGNET_ADMIN_PASWORD_FILE", "x", "SIGNET_ADMIN_PASSWORD_FILE"},
		{"SIGNET_LOG_LEVEL", "loud", "--log-level"},
		{"SIGNET_LOG_FORMAT", "xml", "json"},
		{"SIGNET_TRUSTED_PROXIES", "proxy", "10.0.0.0/8"},
		{"SIGNET_SESSION_LIFE", "5", "24h"},
		{"SIGNET_NO_OPEN", "maybe", "true"},
		{"SIGNET_URL", "signet.example.com", "https://"},
	} {
		_, err := resolved(t, nil, map[string]string{c.key: c.value})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s=%s: %v", c.key, c.value, err)
		}
	}
	if _, err := resolved(t, nil, map[string]string{"SIGNET_SECRET_PASSWORD": "x", "SIGNET_TEST_X": "y", "HOME": "/"}); err != nil {
		t.Errorf("others' variables: %v", err)
	}
}

func TestExitCodes(t *testing.T) {
	empty := t.TempDir()
	for _, c := range []struct {
		args string
		env  string
		code int
		want string
	}{
		{"version", "", 0, "signet "},
		{"help", "", 0, "SIGNET_ADMIN_PASSWORD[_FILE]"},
		{"serve --help", "", 0, "Examples:"},
		{"openapi", "", 0, "/api/v1/session"},
		{"nothing", "", 2, "unknown command"},
		{"serve --no-such-flag", "", 2, "no-such-flag"},
		{"serve", "", 2, "--data"},
		{"version extra", "", 2, "extra"},
		{"version", "SIGNET_DATTA=x", 2, "SIGNET_DATA"},
		{"keys", "", 2, "help keys"},
		{"ticket-key revoke", "", 2, "accepts 1 arg"},
		{"receipt verify x", "", 2, "--key"},
		{"receipt verify x --key nonsense", "", 2, "--key"},
		{"keys list --data " + empty + "/none", "", 1, "no data folder"},
		{"keys list --data " + empty, "", 1, "no root.key"},
		{"audit verify --data " + empty + "/none", "", 1, "no data folder"},
		{"validate --project " + empty, "", 1, "problem"},
	} {
		var out, errs bytes.Buffer
		code := run(t.Context(), strings.Fields(c.args), strings.Fields(c.env), strings.NewReader(""), &out, &errs)
		if code != c.code || !strings.Contains(out.String()+errs.String(), c.want) {
			t.Errorf("signet %s: exit %d\n%s%s", c.args, code, out.String(), errs.String())
		}
	}
}

// TestEveryCommandHasHelp wants a line of what it does and, for what one calls, an example.
func TestEveryCommandHasHelp(t *testing.T) {
	var out bytes.Buffer
	root := (&terminal{out: &out, err: &out}).root()
	for _, c := range root.Commands() {
		all := append(c.Commands(), c)
		for _, c := range all {
			if c.Short == "" || c.Example == "" && !c.HasSubCommands() && c.Name() != "version" && c.Name() != "help" {
				t.Errorf("signet %s: short %q, example %q", c.CommandPath(), c.Short, c.Example)
			}
		}
	}
}

func TestFolderIsPrivateAndTakenOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := openFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := f.take(); err != nil {
		t.Fatal(err)
	}
	second, err := openFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := second.take(); err == nil {
		t.Error("two servers have one folder")
	}
	f.release()
	if err := second.take(); err != nil {
		t.Errorf("after the first one's end: %v", err)
	}
}
