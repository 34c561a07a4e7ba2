package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"signet/internal/opaque"
	"signet/internal/rootkey"
	"signet/internal/store/storetest"
	"signet/internal/testenv"
	"signet/kms"
	"signet/secrets"
)

// provider is where keys live outside of the Signet that is tested.
type provider struct {
	name    string
	url     func(key string) string // of a key that is there; the first call makes it
	disable func(key string)        // nil when the provider knows no such thing
	enable  func(key string)
	stop    func() // nil for one that is not ours to stop
}

// providers runs a test with each provider that there is: another Signet as AWS KMS, and the transit
// engine of Vault.
func providers(t *testing.T, f func(t *testing.T, p provider)) {
	t.Run("signet", func(t *testing.T) { f(t, anotherSignet(t)) })
	t.Run("vault", func(t *testing.T) { f(t, transit(t)) })
}

// anotherSignet starts a server with an administrator, and lets the AWS clients of this process sign as them.
func anotherSignet(t *testing.T) provider {
	t.Helper()
	const id, secret = "AKIAQQQQWWWWEEEERRRR", "p0Yx2tq8RrW1vN5cZk7LmB3sHd9Jf4Gg6TaQeUiO"
	p := startIn(t, []string{"SIGNET_ADMIN_ACCESS_KEY_ID=" + id, "SIGNET_ADMIN_SECRET_ACCESS_KEY=" + secret},
		"Ready for sign-in", "serve", "--data", filepath.Join(t.TempDir(), "outside"), "--project", example, "--listen", "127.0.0.1:0")
	t.Setenv("AWS_ACCESS_KEY_ID", id)
	t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	client := awskms.NewFromConfig(aws.Config{Region: "us-east-1", BaseEndpoint: &p.base, Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: id, SecretAccessKey: secret}, nil
	})})
	ids := map[string]*string{}
	fatal := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	return provider{
		name: "awskms",
		url: func(key string) string {
			if ids[key] == nil {
				out, err := client.CreateKey(t.Context(), &awskms.CreateKeyInput{})
				fatal(err)
				ids[key] = out.KeyMetadata.KeyId
				_, err = client.CreateAlias(t.Context(), &awskms.CreateAliasInput{AliasName: aws.String("alias/" + key), TargetKeyId: ids[key]})
				fatal(err)
			}
			return "awskms:///alias/" + key + "?region=us-east-1&endpoint=" + url.QueryEscape(p.base)
		},
		disable: func(key string) {
			_, err := client.DisableKey(t.Context(), &awskms.DisableKeyInput{KeyId: ids[key]})
			fatal(err)
		},
		enable: func(key string) {
			_, err := client.EnableKey(t.Context(), &awskms.EnableKeyInput{KeyId: ids[key]})
			fatal(err)
		},
		stop: p.kill,
	}
}

// transit makes keys in an engine of the test's own.
func transit(t *testing.T) provider {
	t.Helper()
	v := testenv.Vault(t)
	t.Setenv("VAULT_ADDR", v.Address)
	t.Setenv("VAULT_TOKEN", v.Token)
	mount := v.Mount(t, "transit")
	made := map[string]bool{}
	return provider{name: "hashivault", url: func(key string) string {
		if !made[key] {
			made[key] = true
			v.Do(t, http.MethodPost, mount+"/keys/"+key, nil)
		}
		return "hashivault://" + key + "?engine=" + mount
	}}
}

// The root key is wrapped by a key outside; no file holds it. A provider that refuses or is not there stops a
// start, and running servers go on. A wrapped root key that does not open is never replaced.
func TestRootKeyFromOutside(t *testing.T) {
	providers(t, func(t *testing.T, p provider) {
		h := newHouse(t, "")
		h.cfg.rootKeyURL = p.url("signet")
		b := h.furnish()
		h.check(b)
		if _, err := os.Stat(h.f.file("root.key")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("there is a file of the root key: %v", err)
		}
		running := h.trust()
		defer running.close()
		refusal := func(says ...string) {
			t.Helper()
			tr, err := openTrust(t.Context(), &h.cfg, h.f, newLogger(&h.cfg, io.Discard))
			if err == nil {
				tr.close()
				t.Error("a start went on")
				return
			}
			for _, want := range append(says, "--root-key-url (SIGNET_ROOT_KEY_URL)") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("no %q in: %v", want, err)
				}
			}
			h.checkIn(running, b)
		}
		if p.disable != nil {
			p.disable("signet")
			refusal("refused to decrypt", "mend it: see that the key is there and enabled", "alias/signet")
			p.enable("signet")
			h.check(b)
		}
		// A wrapping by somebody else's key, or none at all, is no reason to begin anew.
		db := storetest.Open(t, storeURL(&h.cfg, h.f))
		var wrapped []byte
		if err := db.QueryRow(t.Context(), "SELECT wrapped FROM root_keys").Scan(&wrapped); err != nil {
			t.Fatal(err)
		}
		broken := bytes.Clone(wrapped)
		broken[len(broken)-1] ^= 1
		set := func(b []byte) {
			t.Helper()
			if _, err := db.Exec(t.Context(), "UPDATE root_keys SET wrapped = ?", b); err != nil {
				t.Fatal(err)
			}
		}
		set(broken)
		refusal("opening the root key " + running.root.Current().String())
		set(nil)
		refusal("is in a file and not wrapped")
		set(wrapped)
		h.check(b)
		if p.stop != nil {
			p.stop()
			refusal("was not reached to decrypt", "mend it: see that the provider can be reached")
		}
	})
}

// A root key moves from a file to a key outside, is rotated there, and comes back, while a server runs.
func TestRotateRootMovesOutsideAndBack(t *testing.T) {
	providers(t, func(t *testing.T, p provider) {
		h := newHouse(t, "")
		b := h.furnish()
		running := h.trust()
		defer running.close()
		follow := func() {
			t.Helper()
			if err := running.root.Refresh(t.Context()); err != nil {
				t.Error(err)
			}
			h.checkIn(running, b)
		}
		old := must[rootkey.Key](t)(rootkey.Load(h.f.file("root.key")))
		h.cfg.newRootKeyURL = p.url("signet")
		if done, last := h.rotate(0); !done {
			t.Fatalf("ended after %s", last)
		}
		h.cfg.newRootKeyURL = ""
		h.check(b) // with the file
		follow()
		h.cfg.rootKeyURL = p.url("signet")
		h.check(b) // with the key outside
		h.cfg.finish = true
		h.rotate(0)
		h.cfg.finish = false
		h.check(b)
		h.checkOldIsUseless(old)
		follow()

		wrapped := h.cfg
		h.cfg.rootKeyURL = ""
		if _, err := openTrust(t.Context(), &h.cfg, h.f, newLogger(&h.cfg, io.Discard)); err == nil || !strings.Contains(err.Error(), "name that with --root-key-url") {
			t.Errorf("started with the old file: %v", err)
		}
		h.cfg = wrapped

		was := running.root.Current()
		if done, _ := h.rotate(0); !done { // a new root key under the same key outside
			t.Fatal("not done")
		}
		h.check(b)
		now := h.trust()
		if now.root.Current() == was {
			t.Error("the root key is the same")
		}
		now.close()

		path := filepath.Join(h.f.path, "new.key")
		h.cfg.newRootKey = path
		h.rotate(0)
		h.cfg.newRootKey = ""
		h.check(b)
		h.cfg.rootKeyURL, h.cfg.rootKey, h.cfg.finish = "", path, true
		h.check(b)
		h.rotate(0)
		h.check(b)
		h.cfg.rootKeyURL, h.cfg.rootKey = wrapped.rootKeyURL, ""
		if _, err := openTrust(t.Context(), &h.cfg, h.f, newLogger(&h.cfg, io.Discard)); err == nil || !strings.Contains(err.Error(), "is in a file") {
			t.Errorf("started with the key outside: %v", err)
		}
	})
}

// code is AWS's name of a failure.
func code(err error) string {
	if e, ok := errors.AsType[*kms.Error](err); ok {
		return e.Code
	}
	if err == nil {
		return ""
	}
	return err.Error()
}

// A KMS key whose material lives outside does what a local one does, under the same rules; what the
// provider refuses is refused with the next request; what makes no sense for it is refused in AWS's words.
func TestKeyOutside(t *testing.T) {
	providers(t, func(t *testing.T, p provider) {
		h := newHouse(t, "")
		tr := h.trust()
		defer tr.close()
		ctx := t.Context()
		key, err := tr.kms.ConnectKey(ctx, operator, kms.ConnectKeyInput{Scope: h.scope, Alias: "alias/payroll", URL: p.url("payroll")})
		if err != nil {
			t.Fatal(err)
		}
		d, err := tr.kms.DescribeKey(ctx, operator, kms.DescribeKeyInput{Scope: h.scope, KeyID: "alias/payroll"})
		if err != nil || d.Origin != "EXTERNAL_KEY_STORE" || d.KeySpec != kms.SymmetricDefault || d.CurrentKeyMaterialID != "" || !d.Enabled {
			t.Errorf("described: %+v, %v", d, err)
		}
		use := kms.Use{Scope: h.scope, KeyID: "alias/payroll"}
		pairs := map[string]string{"app": "payroll"}
		encrypted, err := tr.kms.Encrypt(ctx, operator, kms.EncryptInput{Use: use, Plaintext: opaque.New([]byte("salary")), EncryptionContext: pairs})
		if err != nil {
			t.Fatal(err)
		}
		decrypt := func(blob []byte, pairs map[string]string) (string, error) {
			out, err := tr.kms.Decrypt(ctx, operator, kms.DecryptInput{Use: kms.Use{Scope: h.scope}, CiphertextBlob: blob, EncryptionContext: pairs})
			return string(out.Plaintext.Reveal()), err
		}
		if got, err := decrypt(encrypted.CiphertextBlob, pairs); err != nil || got != "salary" {
			t.Errorf("decrypted %q, %v", got, err)
		}
		if _, err := decrypt(encrypted.CiphertextBlob, nil); code(err) != kms.InvalidCiphertextException {
			t.Errorf("with another context: %v", err)
		}
		for at := range encrypted.CiphertextBlob {
			if at%7 != 0 && at > 40 { // each of them asks the provider
				continue
			}
			blob := bytes.Clone(encrypted.CiphertextBlob)
			blob[at] ^= 4
			if _, err := decrypt(blob, pairs); err == nil || !strings.Contains("AccessDeniedException InvalidCiphertextException KMSInvalidStateException", code(err)) { // of no key, changed, and of no key of the provider's
				t.Errorf("byte %d changed: %v", at, err)
			}
		}
		data, err := tr.kms.GenerateDataKey(ctx, operator, kms.GenerateDataKeyInput{Use: use, KeySpec: "AES_256"})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := decrypt(data.CiphertextBlob, nil); err != nil || got != string(data.Plaintext.Reveal()) {
			t.Errorf("data key: %v", err)
		}
		local, err := tr.kms.CreateKey(ctx, operator, kms.CreateKeyInput{Scope: h.scope})
		if err != nil {
			t.Fatal(err)
		}
		for _, to := range []string{local.KeyID, key.KeyID} { // from outside, and back
			out, err := tr.kms.ReEncrypt(ctx, operator, kms.ReEncryptInput{Scope: h.scope, CiphertextBlob: encrypted.CiphertextBlob, SourceEncryptionContext: pairs, DestinationKeyID: to, DestinationEncryptionContext: pairs})
			if err != nil {
				t.Fatalf("to %s: %v", to, err)
			}
			encrypted.CiphertextBlob = out.CiphertextBlob
			if got, err := decrypt(out.CiphertextBlob, pairs); err != nil || got != "salary" {
				t.Errorf("after ReEncrypt: %q, %v", got, err)
			}
		}
		// Another key outside, at the same key of the provider, opens nothing of this one's.
		twin, err := tr.kms.ConnectKey(ctx, operator, kms.ConnectKeyInput{Scope: h.scope, Alias: "alias/twin", URL: p.url("payroll")})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tr.kms.Decrypt(ctx, operator, kms.DecryptInput{Use: kms.Use{Scope: h.scope, KeyID: twin.KeyID}, CiphertextBlob: encrypted.CiphertextBlob, EncryptionContext: pairs}); code(err) != kms.IncorrectKeyException {
			t.Errorf("by a twin: %v", err)
		}
		h.secretUnder(tr, p)
		h.senseless(tr, key)
		h.providerFails(tr, p, use, decrypt, encrypted.CiphertextBlob, pairs)
	})
}

// An operator connects a key on the command line, and AWS clients use it as any other, with AWS's errors.
func TestKeyOutsideOnTheWire(t *testing.T) {
	p := anotherSignet(t)
	data := filepath.Join(t.TempDir(), "data")
	const id, secret = "AKIAZZZZXXXXCCCCVVVV", "Zx9Yt2qL8RrWb1vN5cDk7mB3sHf9Jg4Gh6TaQeUi"
	env := []string{"SIGNET_ADMIN_ACCESS_KEY_ID=" + id, "SIGNET_ADMIN_SECRET_ACCESS_KEY=" + secret}
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_EC2_METADATA_DISABLED"} {
		env = append(env, name+"="+os.Getenv(name))
	}
	server := startIn(t, env, "Ready for sign-in", "serve", "--data", data, "--project", example, "--listen", "127.0.0.1:0")
	connect := exec.Command(binary, "keys", "connect", "payroll", p.url("payroll"), "--data", data)
	connect.Env = cleanEnvironment(env[2:]...)
	if out, err := connect.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("alias/payroll is arn:aws:kms:us-east-1:")) {
		t.Fatalf("%v: %s", err, out)
	}
	client := awskms.NewFromConfig(aws.Config{Region: "us-east-1", BaseEndpoint: &server.base, RetryMaxAttempts: 1, Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: id, SecretAccessKey: secret}, nil
	})})
	ctx := t.Context()
	d, err := client.DescribeKey(ctx, &awskms.DescribeKeyInput{KeyId: aws.String("alias/payroll")})
	if err != nil || d.KeyMetadata.Origin != types.OriginTypeExternalKeyStore || d.KeyMetadata.CurrentKeyMaterialId != nil {
		t.Fatalf("%+v, %v", d, err)
	}
	k, err := client.GenerateDataKey(ctx, &awskms.GenerateDataKeyInput{KeyId: d.KeyMetadata.Arn, KeySpec: types.DataKeySpecAes256})
	if err != nil || k.KeyMaterialId != nil {
		t.Fatalf("%+v, %v", k, err)
	}
	decrypt := func() error {
		out, err := client.Decrypt(ctx, &awskms.DecryptInput{CiphertextBlob: k.CiphertextBlob})
		if err == nil && !bytes.Equal(out.Plaintext, k.Plaintext) {
			err = errors.New("another plaintext")
		}
		return err
	}
	if err := decrypt(); err != nil {
		t.Error(err)
	}
	p.disable("payroll")
	if _, refused := errors.AsType[*types.KMSInvalidStateException](decrypt()); !refused {
		t.Errorf("disabled at the provider: %v", decrypt())
	}
	p.enable("payroll")
	if err := decrypt(); err != nil {
		t.Error(err)
	}
	p.stop()
	if _, late := errors.AsType[*types.DependencyTimeoutException](decrypt()); !late {
		t.Errorf("without the provider: %v", decrypt())
	}
	_, err = client.CreateKey(ctx, &awskms.CreateKeyInput{Origin: types.OriginTypeExternalKeyStore})
	if _, unsupported := errors.AsType[*types.UnsupportedOperationException](err); !unsupported {
		t.Errorf("CreateKey over the wire: %v", err)
	}
}

// secretUnder keeps a secret under the key.
func (h *house) secretUnder(tr *trust, _ provider) {
	h.t.Helper()
	_, err := tr.secrets.CreateSecret(h.t.Context(), operator, secrets.CreateSecretInput{Region: "us-east-1", Name: "outside", KmsKeyID: "alias/payroll", Value: secrets.Text([]byte("v")), ClientRequestToken: strings.Repeat("o", 32)})
	if err != nil {
		h.t.Fatal(err)
	}
	out, err := tr.secrets.GetSecretValue(h.t.Context(), operator, secrets.GetSecretValueInput{Region: "us-east-1", SecretID: "outside"})
	if err != nil || string(out.Value.Reveal()) != "v" {
		h.t.Errorf("the secret under a key outside: %v", err)
	}
}

// senseless tries what only keys with material of their own can do.
func (h *house) senseless(tr *trust, key kms.KeyMetadata) {
	h.t.Helper()
	ctx, in, use := h.t.Context(), kms.KeyInput{Scope: h.scope, KeyID: key.KeyID}, h.use(key)
	for name, try := range map[string]struct {
		do   func() error
		code string
	}{
		"EnableKeyRotation": {func() error {
			return tr.kms.EnableKeyRotation(ctx, operator, kms.EnableKeyRotationInput{Scope: h.scope, KeyID: key.KeyID})
		}, kms.UnsupportedOperationException},
		"RotateKeyOnDemand":    {func() error { _, err := tr.kms.RotateKeyOnDemand(ctx, operator, in); return err }, kms.UnsupportedOperationException},
		"GetKeyRotationStatus": {func() error { _, err := tr.kms.GetKeyRotationStatus(ctx, operator, in); return err }, kms.UnsupportedOperationException},
		"GetParametersForImport": {func() error {
			_, err := tr.kms.GetParametersForImport(ctx, operator, kms.GetParametersForImportInput{Scope: h.scope, KeyID: key.KeyID, WrappingAlgorithm: "RSAES_OAEP_SHA_256", WrappingKeySpec: "RSA_2048"})
			return err
		}, kms.UnsupportedOperationException},
		"GetPublicKey": {func() error {
			_, err := tr.kms.GetPublicKey(ctx, operator, kms.GetPublicKeyInput{Scope: h.scope, KeyID: key.KeyID})
			return err
		}, kms.UnsupportedOperationException},
		"Sign": {func() error {
			_, err := tr.kms.Sign(ctx, operator, kms.SignInput{Use: use, Message: []byte("m"), SigningAlgorithm: "RSASSA_PSS_SHA_256"})
			return err
		}, kms.InvalidKeyUsageException},
		"GenerateDataKeyPair": {func() error {
			_, err := tr.kms.GenerateDataKeyPair(ctx, operator, kms.GenerateDataKeyPairInput{Use: use, KeyPairSpec: "ECC_NIST_P256"})
			return err
		}, kms.UnsupportedOperationException},
		"CreateKey with the origin": {func() error {
			_, err := tr.kms.CreateKey(ctx, operator, kms.CreateKeyInput{Scope: h.scope, Origin: "EXTERNAL_KEY_STORE"})
			return err
		}, kms.UnsupportedOperationException},
		"an unknown URL": {func() error {
			_, err := tr.kms.ConnectKey(ctx, operator, kms.ConnectKeyInput{Scope: h.scope, Alias: "alias/other", URL: "base64key://"})
			return err
		}, kms.ValidationException},
	} {
		if err := try.do(); code(err) != try.code {
			h.t.Errorf("%s: %v, want %s", name, err, try.code)
		}
	}
}

// providerFails has the provider refuse, and go away.
func (h *house) providerFails(tr *trust, p provider, use kms.Use, decrypt func([]byte, map[string]string) (string, error), blob []byte, pairs map[string]string) {
	h.t.Helper()
	ctx := h.t.Context()
	both := func(want string) {
		h.t.Helper()
		_, err := decrypt(blob, pairs)
		if code(err) != want {
			h.t.Errorf("Decrypt: %v, want %q", err, want)
		}
		if _, err = tr.kms.Encrypt(ctx, operator, kms.EncryptInput{Use: use, Plaintext: opaque.New([]byte("x"))}); code(err) != want {
			h.t.Errorf("Encrypt: %v, want %q", err, want)
		}
		if want != "" && err != nil && strings.Contains(err.Error(), "127.0.0.1") {
			h.t.Errorf("the client is told where the provider is: %v", err)
		}
	}
	if p.disable != nil {
		p.disable("payroll")
		both(kms.KMSInvalidStateException)
		p.enable("payroll")
	}
	both("")
	if p.stop != nil {
		p.stop()
		both(kms.DependencyTimeoutException)
	}
	if err := tr.kms.DisableKey(ctx, operator, kms.KeyInput{Scope: h.scope, KeyID: keyIDOf(h.t, tr, use)}); err != nil {
		h.t.Fatal(err)
	}
	both(kms.DisabledException) // without asking anybody
}

func keyIDOf(t *testing.T, tr *trust, use kms.Use) string {
	t.Helper()
	d, err := tr.kms.DescribeKey(t.Context(), operator, kms.DescribeKeyInput{Scope: use.Scope, KeyID: use.KeyID})
	if err != nil {
		t.Fatal(err)
	}
	return d.KeyID
}
