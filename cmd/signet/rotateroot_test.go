package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"signet/internal/opaque"
	"signet/internal/rootkey"
	"signet/internal/store/storetest"
	"signet/kms"
	"signet/secrets"
	"signet/writeback"
)

// house is a data folder and a store, which any number of processes may open.
type house struct {
	t     *testing.T
	f     *folder
	cfg   config
	scope kms.Scope
}

func newHouse(t *testing.T, url string) *house {
	t.Helper()
	f, err := openFolder(filepath.Join(t.TempDir(), "data"))
	if err != nil {
		t.Fatal(err)
	}
	return &house{t: t, f: f, cfg: config{data: f.path, store: url, account: "123456789012", region: "us-east-1", sessionLife: time.Hour, sessionIdle: time.Hour}, scope: kms.Scope{Region: "us-east-1"}}
}

// trust opens the house as a process does. The caller closes it.
func (h *house) trust() *trust {
	h.t.Helper()
	return must[*trust](h.t)(openTrust(h.t.Context(), &h.cfg, h.f, newLogger(&h.cfg, io.Discard)))
}

// rotate runs the command until the nth step is done; 0 runs it to its end.
func (h *house) rotate(nth int) (done bool, last string) {
	h.t.Helper()
	tr := h.trust()
	defer tr.close()
	killed := errors.New("killed here")
	var said strings.Builder
	r := rotation{trust: tr, cfg: &h.cfg, path: rootKeyPath(&h.cfg, h.f), say: func(f string, args ...any) { fmt.Fprintf(&said, f+"\n", args...) }}
	steps := 0
	r.afterStep = func(step string) error {
		last = step
		if steps++; steps == nth {
			return killed
		}
		return nil
	}
	err := r.run(h.t.Context())
	if err != nil && !errors.Is(err, killed) {
		h.t.Fatalf("after %q: %v", last, err)
	}
	return err == nil, last
}

// belongings are things that must outlive every rotation.
type belongings struct {
	key, mac, rsa kms.KeyMetadata
	blob, tag     []byte
	secret        string
	ticketKeys    map[string]opaque.Bytes
	imported      kms.KeyMetadata
	material      []byte // that was imported, and deleted
	importToken   []byte
	wrapping      *rsa.PublicKey
	grantToken    string
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// furnish makes one of everything that is sealed under the root key, directly or not.
func (h *house) furnish() belongings {
	h.t.Helper()
	tr, ctx := h.trust(), h.t.Context()
	defer tr.close()
	b := belongings{ticketKeys: map[string]opaque.Bytes{}, material: make([]byte, 32)}
	_, _ = rand.Read(b.material)
	key := must[kms.KeyMetadata](h.t)
	b.key = key(tr.kms.CreateKey(ctx, operator, kms.CreateKeyInput{Scope: h.scope}))
	b.mac = key(tr.kms.CreateKey(ctx, operator, kms.CreateKeyInput{Scope: h.scope, KeySpec: "HMAC_256", KeyUsage: kms.GenerateVerifyMac}))
	b.rsa = key(tr.kms.CreateKey(ctx, operator, kms.CreateKeyInput{Scope: h.scope, KeySpec: "RSA_2048", KeyUsage: kms.SignVerify}))
	b.imported = key(tr.kms.CreateKey(ctx, operator, kms.CreateKeyInput{Scope: h.scope, Origin: kms.External}))
	b.blob = must[kms.EncryptOutput](h.t)(tr.kms.Encrypt(ctx, operator, kms.EncryptInput{Use: h.use(b.key), Plaintext: opaque.New([]byte("before"))})).CiphertextBlob
	if _, err := tr.kms.RotateKeyOnDemand(ctx, operator, kms.KeyInput{Scope: h.scope, KeyID: b.key.KeyID}); err != nil {
		h.t.Fatal(err)
	}
	b.tag = must[kms.MacOutput](h.t)(tr.kms.GenerateMac(ctx, operator, kms.GenerateMacInput{Use: h.use(b.mac), Message: []byte("m"), MacAlgorithm: "HMAC_SHA_256"})).Mac
	b.grantToken = must[kms.CreateGrantOutput](h.t)(tr.kms.CreateGrant(ctx, operator, kms.CreateGrantInput{Scope: h.scope, KeyID: b.key.KeyID,
		GranteePrincipal: "arn:aws:iam::123456789012:root", Operations: []string{"Decrypt"}})).GrantToken
	p := must[kms.GetParametersForImportOutput](h.t)(tr.kms.GetParametersForImport(ctx, operator,
		kms.GetParametersForImportInput{Scope: h.scope, KeyID: b.imported.KeyID, WrappingAlgorithm: "RSAES_OAEP_SHA_256", WrappingKeySpec: "RSA_2048"}))
	public, err := x509.ParsePKIXPublicKey(p.PublicKey)
	if err != nil {
		h.t.Fatal(err)
	}
	b.importToken, b.wrapping = p.ImportToken, public.(*rsa.PublicKey)
	h.importInto(tr, b, b.material)
	if _, err := tr.kms.DeleteImportedKeyMaterial(ctx, operator, kms.DeleteImportedKeyMaterialInput{Scope: h.scope, KeyID: b.imported.KeyID}); err != nil {
		h.t.Fatal(err)
	}
	if err := tr.secrets.EnsureKeys(ctx, operator, "us-east-1"); err != nil {
		h.t.Fatal(err)
	}
	b.secret = "db"
	if _, err := tr.secrets.CreateSecret(ctx, operator, secrets.CreateSecretInput{Region: "us-east-1", Name: b.secret, Value: secrets.Text([]byte("s3cret")), ClientRequestToken: strings.Repeat("t", 32)}); err != nil {
		h.t.Fatal(err)
	}
	if _, err := tr.vault.Rotate(ctx, operator, writeback.TicketKey); err != nil {
		h.t.Fatal(err)
	}
	for _, v := range must[[]secrets.Version](h.t)(tr.vault.Versions(writeback.TicketKey)) {
		b.ticketKeys[v.KeyID] = must[opaque.Bytes](h.t)(tr.vault.Version(writeback.TicketKey, v.KeyID))
	}
	return b
}

func (h *house) use(k kms.KeyMetadata) kms.Use { return kms.Use{Scope: h.scope, KeyID: k.KeyID} }

// importInto imports with the wrapping key and token that were made before any rotation.
func (h *house) importInto(tr *trust, b belongings, material []byte) {
	h.t.Helper()
	wrapped, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, b.wrapping, material, nil)
	if err == nil {
		_, err = tr.kms.ImportKeyMaterial(h.t.Context(), operator, kms.ImportKeyMaterialInput{Scope: h.scope, KeyID: b.imported.KeyID, ImportToken: b.importToken,
			EncryptedKeyMaterial: wrapped, ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE"})
	}
	if err != nil {
		h.t.Fatalf("importing: %v", err)
	}
}

// check opens everything, in a new process.
func (h *house) check(b belongings) {
	h.t.Helper()
	tr := h.trust()
	defer tr.close()
	h.checkIn(tr, b)
}

func (h *house) checkIn(tr *trust, b belongings) {
	h.t.Helper()
	ctx := h.t.Context()
	use := h.use(b.key)
	use.GrantTokens = []string{b.grantToken}
	got, err := tr.kms.Decrypt(ctx, operator, kms.DecryptInput{Use: use, CiphertextBlob: b.blob})
	if err != nil || string(got.Plaintext.Reveal()) != "before" {
		h.t.Errorf("decrypting what was encrypted before, with a grant token from before: %v", err)
	}
	if _, err := tr.kms.VerifyMac(ctx, operator, kms.VerifyMacInput{GenerateMacInput: kms.GenerateMacInput{Use: h.use(b.mac), Message: []byte("m"), MacAlgorithm: "HMAC_SHA_256"}, Mac: b.tag}); err != nil {
		h.t.Errorf("verifying a MAC: %v", err)
	}
	if _, err := tr.kms.Sign(ctx, operator, kms.SignInput{Use: h.use(b.rsa), Message: []byte("m"), MessageType: "RAW", SigningAlgorithm: "RSASSA_PSS_SHA_256"}); err != nil {
		h.t.Errorf("signing: %v", err)
	}
	secret, err := tr.secrets.GetSecretValue(ctx, operator, secrets.GetSecretValueInput{Region: "us-east-1", SecretID: b.secret})
	if err != nil || string(secret.Value.Reveal()) != "s3cret" {
		h.t.Errorf("reading a secret: %v", err)
	}
	for kid, want := range b.ticketKeys {
		if key, err := tr.vault.Version(writeback.TicketKey, kid); err != nil || !key.Equal(want) {
			h.t.Errorf("ticket key %s: %v", kid, err)
		}
	}
	// The id of material is a keyed hash: the same bytes, and no others, may come back.
	h.importInto(tr, b, b.material)
	if _, err := tr.kms.DeleteImportedKeyMaterial(ctx, operator, kms.DeleteImportedKeyMaterialInput{Scope: h.scope, KeyID: b.imported.KeyID}); err != nil {
		h.t.Error(err)
	}
}

// checkOldIsUseless wants the old root key to open nothing: neither the store as a whole nor any value in it.
func (h *house) checkOldIsUseless(old rootkey.Key) {
	h.t.Helper()
	db := storetest.Open(h.t, storeURL(&h.cfg, h.f))
	if _, err := rootkey.Open(h.t.Context(), db, old); err == nil {
		h.t.Error("the old root key opens the store")
	}
	for _, query := range []string{
		"SELECT sealed FROM secret_versions WHERE LENGTH(sealed) > 0", "SELECT sealed FROM kms_materials WHERE sealed IS NOT NULL",
		"SELECT sealed FROM root_kept", "SELECT linked FROM root_keys WHERE linked IS NOT NULL",
	} {
		rows, err := db.Query(h.t.Context(), query)
		if err != nil {
			h.t.Fatal(err)
		}
		for rows.Next() {
			var sealed []byte
			if err := rows.Scan(&sealed); err != nil {
				h.t.Fatal(err)
			}
			if id, err := rootkey.SealedUnder(sealed); err != nil || id == old.ID() {
				h.t.Errorf("%s: a value is still under the old root key (%v)", query, err)
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			h.t.Fatal(err)
		}
	}
}

// complete runs the command as often as an operator would, until the rotation is over.
func (h *house) complete() {
	h.t.Helper()
	for _, h.cfg.finish = range []bool{false, true} {
		if done, last := h.rotate(0); !done {
			h.t.Fatalf("the run ended after the step %q", last)
		}
	}
	h.cfg.finish = false
}

// A rotation may die after any step. What is there then opens, with the files as they are; the next run goes on,
// and at its end the old root key opens nothing.
func TestRotateRootMayDieAfterEachStep(t *testing.T) {
	storetest.URLs(t, func(t *testing.T, url string) {
		h := newHouse(t, url)
		b := h.furnish()
		seen := map[string]bool{}
		for nth, done := 1, false; !done; nth++ {
			old := must[rootkey.Key](t)(rootkey.Load(h.f.file("root.key")))
			var last string
			if done, last = h.rotate(nth); !done {
				seen[last] = true
			}
			h.check(b)
			h.complete()
			h.check(b)
			h.checkOldIsUseless(old)
			if t.Failed() {
				t.Fatalf("killed at step %d, %q", nth, last)
			}
		}
		want := []string{"made", "begun", "kept", "own", "some materials", "materials", "replaced"}
		if strings.HasPrefix(url, "sqlite:") {
			want = append(want, "finished") // a shared store waits for the copies of the file
		}
		for _, step := range want {
			if !seen[step] {
				t.Errorf("no run died after the step %q", step)
			}
		}
	})
}

// Two servers are used without a pause while the root key is rotated: no request fails, and what they
// wrote meanwhile opens afterwards.
func TestRotateRootUnderLoad(t *testing.T) {
	storetest.URLs(t, func(t *testing.T, url string) {
		h := newHouse(t, url)
		b := h.furnish()
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var servers [2]*trust
		for i := range servers {
			servers[i] = h.trust()
			defer servers[i].close()
			go func() { _ = servers[i].root.Follow(ctx) }()
		}
		var requests, failed atomic.Int64
		var made sync.Map // key ids and ciphertexts
		var clients sync.WaitGroup
		for i := range 8 {
			clients.Go(func() {
				for n := 0; ctx.Err() == nil; n++ {
					if err := h.ask(servers[i%2], b, n, &made); err != nil && ctx.Err() == nil {
						failed.Add(1)
						t.Errorf("client %d, request %d: %v", i, n, err)
						return
					}
					requests.Add(1)
				}
			})
		}
		const rotations = 5
		for range rotations {
			old := must[rootkey.Key](t)(rootkey.Load(h.f.file("root.key")))
			h.complete()
			h.checkOldIsUseless(old)
		}
		for reached := requests.Load() + 200; requests.Load() < reached && failed.Load() == 0; { // some more under the last key
			time.Sleep(time.Millisecond)
		}
		stop()
		clients.Wait()
		fresh, n := h.trust(), 0
		defer fresh.close()
		made.Range(func(blob, _ any) bool {
			n++
			if _, err := fresh.kms.Decrypt(t.Context(), operator, kms.DecryptInput{Use: kms.Use{Scope: h.scope}, CiphertextBlob: []byte(blob.(string))}); err != nil {
				t.Errorf("a key that was made under load: %v", err)
			}
			return n < 500
		})
		h.checkIn(fresh, b)
		t.Logf("%d requests during %d rotations, %d failed; %d new ciphertexts opened", requests.Load(), rotations, failed.Load(), n)
	})
}

// ask does one of the things that servers do.
func (h *house) ask(tr *trust, b belongings, n int, made *sync.Map) error {
	ctx := context.WithoutCancel(h.t.Context())
	switch n % 7 {
	case 0:
		out, err := tr.kms.Encrypt(ctx, operator, kms.EncryptInput{Use: h.use(b.key), Plaintext: opaque.New([]byte("x"))})
		made.Store(string(out.CiphertextBlob), true)
		return err
	case 1:
		_, err := tr.kms.Decrypt(ctx, operator, kms.DecryptInput{Use: kms.Use{Scope: h.scope, GrantTokens: []string{b.grantToken}}, CiphertextBlob: b.blob})
		return err
	case 2:
		_, err := tr.secrets.GetSecretValue(ctx, operator, secrets.GetSecretValueInput{Region: "us-east-1", SecretID: b.secret})
		return err
	case 3:
		_, _, err := tr.vault.Current(writeback.TicketKey)
		return err
	case 4: // a new key, used at once
		k, err := tr.kms.CreateKey(ctx, operator, kms.CreateKeyInput{Scope: h.scope})
		if err != nil {
			return fmt.Errorf("making a key: %w", err)
		}
		out, err := tr.kms.Encrypt(ctx, operator, kms.EncryptInput{Use: h.use(k), Plaintext: opaque.New([]byte("x"))})
		made.Store(string(out.CiphertextBlob), true)
		return err
	case 5:
		_, err := tr.kms.GetParametersForImport(ctx, operator, kms.GetParametersForImportInput{Scope: h.scope, KeyID: b.imported.KeyID, WrappingAlgorithm: "RSAES_OAEP_SHA_256", WrappingKeySpec: "RSA_2048"})
		return err
	}
	if n%35 != 6 { // rarely: old versions add up
		return nil
	}
	_, err := tr.vault.Rotate(ctx, operator, writeback.TicketKey)
	return err
}

// The program is killed while it rotates, again and again. Whatever it had done, the store opens, and one run to
// the end leaves nothing under any old root key.
func TestRotateRootKilledAnywhere(t *testing.T) {
	h := newHouse(t, "")
	b := h.furnish()
	tr := h.trust()
	for range 300 { // so that there is something to do
		if _, err := tr.kms.CreateKey(t.Context(), operator, kms.CreateKeyInput{Scope: h.scope}); err != nil {
			t.Fatal(err)
		}
	}
	tr.close()
	command := func() *exec.Cmd {
		cmd := exec.Command(binary, "keys", "rotate-root", "--data", h.f.path)
		cmd.Env = cleanEnvironment()
		return cmd
	}
	var killed, whole int
	for round := range 12 {
		old := must[rootkey.Key](t)(rootkey.Load(h.f.file("root.key")))
		cmd, output := command(), &syncBuffer{}
		cmd.Stdout = output
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		// Each round waits for one more line of progress, or for a part of the start.
		for end := time.Now().Add(time.Minute); strings.Count(output.String(), "\n") < round/2 && len(ended) == 0 && time.Now().Before(end); {
			time.Sleep(100 * time.Microsecond)
		}
		_ = cmd.Process.Kill()
		if err := <-ended; err != nil {
			killed++
		} else {
			whole++
		}
		h.check(b)
		if out, err := command().CombinedOutput(); err != nil {
			t.Fatalf("round %d: going on: %v\n%s", round, err, out)
		}
		h.check(b)
		if now := must[rootkey.Key](t)(rootkey.Load(h.f.file("root.key"))); now.ID() == old.ID() {
			t.Errorf("round %d: the root key is still the old one", round)
		}
		h.checkOldIsUseless(old)
	}
	t.Logf("%d runs were killed, %d were faster", killed, whole)
	if killed == 0 {
		t.Error("no run was killed")
	}
}

// A value that a slow server writes under the old root key at the last moment is refused by the database, or
// keeps the old root key; it is never lost.
func TestRotateRootKeepsWhatIsWrittenLate(t *testing.T) {
	storetest.URLs(t, func(t *testing.T, url string) {
		h := newHouse(t, url)
		b := h.furnish()
		tr := h.trust()
		defer tr.close()
		late, err := tr.root.Sealer("kms material")
		if err != nil {
			t.Fatal(err)
		}
		old := tr.root.Current()
		for nth := 1; ; nth++ { // until the new root key is current and everything is sealed anew
			if _, last := h.rotate(nth); last == "replaced" {
				break
			}
		}
		sealed, err := late.Seal([]byte("place"), []byte("late")) // tr has not noticed
		if err != nil {
			t.Fatal(err)
		}
		insert := func(version int) error {
			_, err := tr.db.Exec(t.Context(), `INSERT INTO kms_materials (key_id, version, material_id, state, root, sealed, description, rotation, created_at)
				VALUES (?, ?, '', 'NON_CURRENT', ?, ?, '', '', 0)`, b.mac.KeyID, version, old[:], sealed)
			return err
		}
		if err := insert(100); err != nil {
			t.Fatalf("while the old root key is there: %v", err)
		}
		other := h.trust()
		defer other.close()
		if err := other.root.Finish(t.Context(), kms.Kept()); err == nil {
			t.Fatal("the old root key left while a value is under it")
		}
		if _, err := tr.db.Exec(t.Context(), "DELETE FROM kms_materials WHERE version = 100"); err != nil {
			t.Fatal(err)
		}
		h.complete()
		if err := insert(101); err == nil {
			t.Error("a value under a root key that left was taken")
		}
		h.check(b)
	})
}

// What is wrong is said before anything is done.
func TestRotateRootRefuses(t *testing.T) {
	h := newHouse(t, "")
	b := h.furnish()
	for name, want := range map[string]struct {
		set  func(*config)
		says string
	}{
		"a weak new key": {func(c *config) {
			c.newRootKey = filepath.Join(h.f.path, "weak")
			if err := os.WriteFile(c.newRootKey, bytes.Repeat([]byte("a7"), 32), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "weak"},
		"the same key again": {func(c *config) { c.newRootKey = h.f.file("root.key") }, "the one that there is"},
		"a provider that is not there": {func(c *config) {
			c.newRootKeyURL = "awskms:///alias/x?region=us-east-1&anonymous=true&endpoint=http://127.0.0.1:1"
		}, "not reached"},
	} {
		tr := h.trust()
		cfg := h.cfg
		want.set(&cfg)
		r := rotation{trust: tr, cfg: &cfg, path: rootKeyPath(&cfg, h.f), say: func(string, ...any) {}}
		err := r.run(t.Context())
		if err == nil || !strings.Contains(err.Error(), want.says) {
			t.Errorf("%s: %v", name, err)
		}
		if _, under := tr.root.Rotating(); under {
			t.Errorf("%s: a rotation was begun", name)
		}
		tr.close()
	}
	h.check(b)
}
