package main

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"signet/identity"
	"signet/internal/keeper"
	"signet/internal/opaque"
	secretenv "signet/secrets/env"
	"signet/secrets/reference"
	"signet/secrets/vault"
)

// config is all that can be set. It is passed down; nothing reads flags or the environment later.
type config struct {
	data, listen, url, store, project, sources string

	rootKey               string // file
	rootKeyURL            string // of the external key that wraps it
	newRootKey            string
	newRootKeyURL         string
	finish                bool
	adminPassword         opaque.Bytes
	adminKeyID            string
	adminSecret           opaque.Bytes
	account, region       string
	regions               []string // served besides the home region
	metricsToken          opaque.Bytes
	tlsCert, tlsKey       string
	trustedProxies        []netip.Prefix
	logLevel              slog.Level
	logFormat             string
	sessionLife           time.Duration
	sessionIdle           time.Duration
	noOpen, printSQL      bool
	receiptKey            string
	secretsLife           time.Duration
	secretsFiles          string
	secretsAWS            []string
	secretsAWSRegion      string
	vault                 vault.Config
	secretsEnv            secretenv.Provider // the variables for secrets of projects
	listenSet, projectSet bool               // given by the user, not by default
}

// setting is one row of the table: --name, SIGNET_NAME and, where a file may hold it,
// SIGNET_NAME_FILE. A secret has no flag, because a command line can be read by everyone on the machine.
type setting struct {
	name   string
	value  string // by default
	help   string
	secret bool
	inFile bool // may hold a secret, so that a file may hold it; secrets always may
	toggle bool
	set    func(*config, string) error
}

// env is the setting's name in the environment.
func (s setting) env() string {
	return "SIGNET_" + strings.ToUpper(strings.ReplaceAll(s.name, "-", "_"))
}

// settings is the table. A command names those that it takes.
var settings = []setting{
	{name: "data", help: "folder of the server's own state: keys, store, embedded warehouses", set: text(func(c *config) *string { return &c.data })},
	{name: "listen", value: "127.0.0.1:8480", help: "address to serve on", set: text(func(c *config) *string { return &c.listen })},
	{name: "url", help: "address that people reach the server under, for links; from listen by default", set: setURL},
	{name: "store", inFile: true, help: "metadata store: sqlite:PATH or postgres://...; signet.db in the data folder by default", set: text(func(c *config) *string { return &c.store })},
	{name: "project", help: "folder of the project: sources, datasets, dashboards, actions, users", set: text(func(c *config) *string { return &c.project })},
	{name: "sources", help: "folder of sources that replaces the project's own, such as one for each environment", set: text(func(c *config) *string { return &c.sources })},
	{name: "root-key-file", help: "file of the root key; root.key in the data folder by default", set: text(func(c *config) *string { return &c.rootKey })},
	{name: "root-key-url", help: "external key that wraps the root key, in place of a file: awskms://, gcpkms://, azurekeyvault:// or hashivault://", set: keeperURL(func(c *config) *string { return &c.rootKeyURL })},
	{name: "new-root-key-file", help: "file of the new root key, made when it is not there", set: text(func(c *config) *string { return &c.newRootKey })},
	{name: "new-root-key-url", help: "external key that wraps the new root key", set: keeperURL(func(c *config) *string { return &c.newRootKeyURL })},
	{name: "finish", toggle: true, help: "end the rotation: the old root key opens nothing any more", set: toggle(func(c *config) *bool { return &c.finish })},
	{name: "tls-cert", help: "certificate file (PEM) to serve TLS with", set: text(func(c *config) *string { return &c.tlsCert })},
	{name: "tls-key", help: "the certificate's key file (PEM)", set: text(func(c *config) *string { return &c.tlsKey })},
	{name: "trusted-proxies", help: "addresses of proxies whose X-Forwarded headers count, such as 10.0.0.0/8,127.0.0.1", set: setProxies},
	{name: "log-level", value: "info", help: "debug, info, warn or error; debug logs each request", set: func(c *config, v string) error { return c.logLevel.UnmarshalText([]byte(v)) }},
	{name: "log-format", value: "text", help: "text or json", set: setLogFormat},
	{name: "session-life", value: "168h", help: "a session ends so long after signing in", set: duration(func(c *config) *time.Duration { return &c.sessionLife })},
	{name: "session-idle", value: "12h", help: "a session ends so long after its last use", set: duration(func(c *config) *time.Duration { return &c.sessionIdle })},
	{name: "no-open", toggle: true, help: "do not open a browser", set: toggle(func(c *config) *bool { return &c.noOpen })},
	{name: "print-sql", toggle: true, help: "print the statements instead of running them", set: toggle(func(c *config) *bool { return &c.printSQL })},
	{name: "key", help: "verifier key of the audit log, as `signet audit verify` prints it", set: text(func(c *config) *string { return &c.receiptKey })},
	{name: "admin-password", secret: true, help: "makes the user admin with this password at the first start", set: secret(func(c *config) *opaque.Bytes { return &c.adminPassword })},
	{name: "admin-access-key-id", inFile: true, help: "access key of the user admin, made with it at the first start", set: text(func(c *config) *string { return &c.adminKeyID })},
	{name: "admin-secret-access-key", secret: true, help: "the secret of that access key", set: secret(func(c *config) *opaque.Bytes { return &c.adminSecret })},
	{name: "account-id", value: identity.DefaultAccount, help: "account of 12 digits that the server's ARNs are in", set: setAccount},
	{name: "region", value: identity.DefaultRegion, help: "home region: AWS clients sign for it", set: setRegion},
	{name: "regions", help: "regions that are served besides, such as eu-west-1,eu-central-1, or * for all", set: setRegions},
	{name: "secrets-life", value: "5s", help: "how long the value of a project's secret is kept in memory, at most 1m", set: setSecretsLife},
	{name: "secrets-files", help: "folder of the secrets that references to files (file:NAME) may name", set: text(func(c *config) *string { return &c.secretsFiles })},
	{name: "secrets-aws", help: "beginnings of names that may be read from AWS Secrets Manager, such as app/,shared/, or * for all; none by default", set: prefixes(func(c *config) *[]string { return &c.secretsAWS })},
	{name: "secrets-aws-region", help: "region of those without an ARN; by default that of AWS's own configuration", set: text(func(c *config) *string { return &c.secretsAWSRegion })},
	{name: "secrets-vault", help: "beginnings of MOUNT/PATH that may be read from Vault or OpenBao, such as secret/app/, or * for all; none by default", set: prefixes(func(c *config) *[]string { return &c.vault.Allowed })},
	{name: "secrets-vault-address", help: "address of Vault, such as https://vault.example.com:8200", set: text(func(c *config) *string { return &c.vault.Address })},
	{name: "secrets-vault-ca", help: "file of the authorities (PEM) that vouch for Vault; by default the system's", set: text(func(c *config) *string { return &c.vault.CA })},
	{name: "secrets-vault-namespace", help: "namespace in Vault", set: text(func(c *config) *string { return &c.vault.Namespace })},
	{name: "secrets-vault-token-file", help: "file of a token for Vault; it is read again when the token has ended", set: text(func(c *config) *string { return &c.vault.TokenFile })},
	{name: "secrets-vault-role-id", help: "or the role to log in to Vault as, by AppRole", set: text(func(c *config) *string { return &c.vault.RoleID })},
	{name: "secrets-vault-secret-id-file", help: "file of the secret id for that role", set: text(func(c *config) *string { return &c.vault.SecretIDFile })},
	{name: "secrets-vault-approle", value: "approle", help: "where AppRole is mounted in Vault", set: text(func(c *config) *string { return &c.vault.AppRole })},
	{name: "metrics-token", secret: true, help: "bearer token for /metrics from other machines", set: secret(func(c *config) *opaque.Bytes { return &c.metricsToken })},
}

func text(at func(*config) *string) func(*config, string) error {
	return func(c *config, v string) error { *at(c) = v; return nil }
}

// keeperURL refuses a kind of external key that is unknown before anything is opened.
func keeperURL(at func(*config) *string) func(*config, string) error {
	return func(c *config, v string) error { *at(c) = v; return keeper.Check(v) }
}

func secret(at func(*config) *opaque.Bytes) func(*config, string) error {
	return func(c *config, v string) error { *at(c) = opaque.New([]byte(v)); return nil }
}

func toggle(at func(*config) *bool) func(*config, string) error {
	return func(c *config, v string) error {
		switch v {
		case "true", "1", "yes", "on":
			*at(c) = true
		case "false", "0", "no", "off", "":
			*at(c) = false
		default:
			return fmt.Errorf("%q is neither true nor false", v)
		}
		return nil
	}
}

func duration(at func(*config) *time.Duration) func(*config, string) error {
	return func(c *config, v string) error {
		d, err := time.ParseDuration(v)
		if err != nil || d < time.Minute {
			return fmt.Errorf("%q is no duration of a minute or more, such as 24h", v)
		}
		*at(c) = d
		return nil
	}
}

// maxSecretsLife is the longest that a value is in memory which nobody uses.
const maxSecretsLife = time.Minute

func setSecretsLife(c *config, v string) error {
	d, err := time.ParseDuration(v)
	if err != nil || d < 0 || d > maxSecretsLife {
		return fmt.Errorf("%q is no duration from 0s to %s", v, maxSecretsLife)
	}
	c.secretsLife = d
	return nil
}

// prefixes reads a list of beginnings of names.
func prefixes(at func(*config) *[]string) func(*config, string) error {
	return func(c *config, v string) error {
		for part := range strings.SplitSeq(v, ",") {
			if part = strings.TrimSpace(part); part == "" {
				return fmt.Errorf("%q has an empty part: want beginnings of names, such as app/,shared/, or *", v)
			}
			*at(c) = append(*at(c), part)
		}
		return nil
	}
}

func setURL(c *config, v string) error {
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("%q is no address such as https://signet.example.com", v)
	}
	c.url = strings.TrimRight(v, "/")
	return nil
}

var (
	accountForm = regexp.MustCompile(`^[0-9]{12}$`)
	regionForm  = regexp.MustCompile(`^[a-z]{2,}(-[a-z0-9]+)+$`)
)

func setAccount(c *config, v string) error {
	if !accountForm.MatchString(v) {
		return fmt.Errorf("%q is no account of 12 digits", v)
	}
	c.account = v
	return nil
}

func setRegion(c *config, v string) error {
	if !regionForm.MatchString(v) || len(v) > 32 {
		return fmt.Errorf("%q is no region such as us-east-1", v)
	}
	c.region = v
	return nil
}

func setRegions(c *config, v string) error {
	for part := range strings.SplitSeq(v, ",") {
		part = strings.TrimSpace(part)
		if part != "*" && (!regionForm.MatchString(part) || len(part) > 32) {
			return fmt.Errorf("%q is no region such as us-east-1, nor *", part)
		}
		c.regions = append(c.regions, part)
	}
	return nil
}

func setLogFormat(c *config, v string) error {
	if v != "text" && v != "json" {
		return fmt.Errorf("%q is unknown: want text or json", v)
	}
	c.logFormat = v
	return nil
}

func setProxies(c *config, v string) error {
	for part := range strings.SplitSeq(v, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		p, err := netip.ParsePrefix(part)
		if err != nil {
			a, aerr := netip.ParseAddr(part)
			if aerr != nil {
				return fmt.Errorf("%q is neither an address nor a prefix such as 10.0.0.0/8", part)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		c.trustedProxies = append(c.trustedProxies, p)
	}
	return nil
}

// setting returns the table's row of a name that a command asks for.
func settingOf(name string) setting {
	i := slices.IndexFunc(settings, func(s setting) bool { return s.name == name })
	if i < 0 {
		panic("signet: internal error: no setting " + name)
	}
	return settings[i]
}

// addFlags makes the flags of the named settings. Secrets have none.
func addFlags(flags *pflag.FlagSet, names []string) {
	for _, name := range names {
		s := settingOf(name)
		switch {
		case s.secret:
		case s.toggle:
			flags.Bool(s.name, false, s.help+" ("+s.env()+")")
		default:
			flags.String(s.name, s.value, s.help+" ("+s.env()+")")
		}
	}
}

// resolve reads the named settings: the flag, else the environment, else the default.
func resolve(flags *pflag.FlagSet, names []string, env map[string]string) (*config, error) {
	if err := refuseUnknown(env); err != nil {
		return nil, err
	}
	c := &config{secretsEnv: secretenv.New(env)}
	for _, name := range names {
		s := settingOf(name)
		v, given, err := s.read(flags, env)
		if err != nil {
			return nil, err
		}
		if v == "" {
			continue
		}
		if err := s.set(c, v); err != nil {
			return nil, usage("--%s (%s): %v", s.name, s.env(), err)
		}
		c.listenSet = c.listenSet || name == "listen" && given
		c.projectSet = c.projectSet || name == "project" && given
	}
	return c, checkVault(c.vault)
}

func (s setting) read(flags *pflag.FlagSet, env map[string]string) (v string, given bool, err error) {
	if f := flags.Lookup(s.name); f != nil && f.Changed {
		return f.Value.String(), true, nil
	}
	v, given = env[s.env()]
	path, fromFile := env[s.env()+"_FILE"]
	fromFile = fromFile && (s.secret || s.inFile)
	switch {
	case given && fromFile:
		return "", false, usage("%s and %s_FILE are both set: want one", s.env(), s.env())
	case given:
		return v, true, nil
	case !fromFile:
		return s.value, false, nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", false, usage("%s_FILE: %v", s.env(), err)
	}
	return strings.TrimRight(string(b), "\r\n"), true, nil
}

// refuseUnknown finds misspelt variables: one that nothing reads would be ignored in silence.
// SIGNET_SECRET_* are secrets for projects, SIGNET_TEST_* belong to the tests.
func refuseUnknown(env map[string]string) error {
	known := []string{}
	for _, s := range settings {
		if known = append(known, s.env()); s.secret || s.inFile {
			known = append(known, s.env()+"_FILE")
		}
	}
	for _, key := range slices.Sorted(maps.Keys(env)) {
		if !strings.HasPrefix(key, "SIGNET_") || strings.HasPrefix(key, reference.EnvPrefix) || strings.HasPrefix(key, "SIGNET_TEST_") || slices.Contains(known, key) {
			continue
		}
		return usage("%s is not a setting: did you mean %s?", key, nearest(key, known))
	}
	return nil
}

// nearest returns the candidate with the fewest changed letters.
func nearest(word string, candidates []string) string {
	return slices.MinFunc(candidates, func(a, b string) int { return distance(word, a) - distance(word, b) })
}

// distance counts the letters to insert, remove or replace to make b from a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}

// printEnvironment writes the table for the help of the root command.
func printEnvironment(w io.Writer) {
	for _, s := range settings {
		name := s.env()
		if s.secret || s.inFile {
			name += "[_FILE]"
		}
		fmt.Fprintf(w, "  %-37s %s\n", name, s.help)
	}
}
