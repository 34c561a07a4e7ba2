package kms_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"signet/internal/rootkey"
	"signet/internal/store/storetest"
	"signet/kms"
	"signet/secrets/secretstest"
)

// A25: neither what is encrypted, nor data keys, nor key material is in an event, an error or the store's
// files, in any spelling that somebody would look for.
func TestA25NothingSecretIsWrittenDown(t *testing.T) {
	folder := t.TempDir()
	w := newWorld(t)
	p := w.start(t, storetest.Open(t, "sqlite:"+filepath.Join(folder, "signet.db")))
	k, mac := p.create("", ""), p.create("HMAC_256", kms.GenerateVerifyMac)
	material := random(32)
	ext := p.external("", "")
	check2(p.imports(ext.KeyID, material, kms.ImportKeyMaterialInput{}))
	const mark = "marked-plaintext-4711-of-the-customer"
	blob := p.encrypt(k.KeyID, mark, map[string]string{"visible": "context-0815"})
	p.opens(blob, mark, map[string]string{"visible": "context-0815"})
	key := must(p.GenerateDataKey(p.ctx, admin(t), kms.GenerateDataKeyInput{Use: use(k.KeyID), KeySpec: "AES_256"})).Plaintext.Reveal()
	pair := must(p.GenerateDataKeyPair(p.ctx, admin(t), kms.GenerateDataKeyPairInput{Use: use(k.KeyID), KeyPairSpec: "ECC_NIST_P256"})).PrivateKeyPlaintext.Reveal()
	sum := must(p.GenerateMac(p.ctx, admin(t), kms.GenerateMacInput{Use: use(mac.KeyID), Message: []byte(mark), MacAlgorithm: "HMAC_SHA_256"})).Mac
	said := ""
	for _, err := range []error{
		second(p.decrypt(user(t, "eve"), blob, nil)), second(p.decrypt(admin(t), blob, nil)), second(p.decrypt(admin(t), blob[:90], nil)),
		second(p.Encrypt(p.ctx, admin(t), kms.EncryptInput{Use: use(mac.KeyID), Plaintext: plain(mark)})),
		second(p.VerifyMac(p.ctx, admin(t), kms.VerifyMacInput{GenerateMacInput: kms.GenerateMacInput{Use: use(mac.KeyID), Message: []byte(mark), MacAlgorithm: "HMAC_SHA_256"}, Mac: sum[1:]})),
	} {
		said += fmt.Sprintf("%v %+v\n", err, err)
	}
	log := p.events()
	if !strings.Contains(log, "context-0815") || !strings.Contains(log, "kms:GenerateDataKey") {
		t.Error("the log lacks the encryption context or the operation")
	}
	var files []byte
	for _, path := range must(filepath.Glob(filepath.Join(folder, "*"))) {
		files = append(files, must(os.ReadFile(path))...)
	}
	for name, secret := range map[string][]byte{"plaintext": []byte(mark), "data key": key, "private key": pair[len(pair)-40:], "imported material": material, "MAC": sum} {
		for _, spelling := range []string{string(secret), hex.EncodeToString(secret), base64.StdEncoding.EncodeToString(secret), base64.RawURLEncoding.EncodeToString(secret)} {
			for where, text := range map[string][]byte{"the log": []byte(log), "an error": []byte(said), "the store": files} {
				if bytes.Contains(text, []byte(spelling)) {
					t.Errorf("the %s is in %s", name, where)
				}
			}
		}
	}
}

func second[T any](_ T, err error) error { return err }

// Every use of a key is on the log, with its encryption context, and with AWS's name of a failure.
func TestUsesAreOnTheLog(t *testing.T) {
	p := single(t)
	k := p.create("", "")
	blob := p.encrypt(k.KeyID, "value", map[string]string{"app": "x"})
	_, _ = p.decrypt(admin(t), blob, nil)
	events := must(p.log.Events(p.ctx, 0, 100))
	var got []string
	for _, e := range events {
		if strings.HasPrefix(e.Action, "kms:") {
			got = append(got, fmt.Sprintf("%s %s %s %s%s", e.Phase, e.Action, e.Result, e.Detail["encryption_context"], e.Detail["error"]))
		}
	}
	want := []string{
		"attempt kms:CreateKey  ", "outcome kms:CreateKey ok ",
		`use kms:Encrypt ok {"app":"x"}`, "use kms:Decrypt invalid_input InvalidCiphertextException",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A1: no installation shares key material with another, and none opens under another root key.
func TestA1KeysBelongToTheirInstallation(t *testing.T) {
	db := storetest.Open(t, storetest.SQLiteURL(t))
	w := newWorld(t)
	p := w.start(t, db)
	k := p.create("", "")
	p.encrypt(k.KeyID, "value", nil)
	gate, _ := secretstest.Gate(t, db, w.root)
	_, err := rootkey.Open(t.Context(), db, secretstest.RootKey(t))
	if err == nil || !strings.Contains(err.Error(), "root key that belongs to this store") {
		t.Errorf("got %v", err)
	}
	for _, bad := range []string{"", "1234", "12345678901x"} {
		if _, err := kms.Open(t.Context(), db, secretstest.Ring(t, db, w.root), gate, time.Now, kms.Config{Account: bad}); err == nil {
			t.Errorf("account %q", bad)
		}
	}
}

// Material that somebody moved in the store opens nothing.
func TestMovedMaterialIsRefused(t *testing.T) {
	for what, change := range map[string]string{
		"to another key":  "UPDATE kms_materials SET sealed = (SELECT sealed FROM kms_materials WHERE key_id <> ?) WHERE key_id = ?",
		"to another spec": "UPDATE kms_keys SET spec = 'HMAC_256' WHERE id <> ? AND id = ?",
		"to another id":   "UPDATE kms_materials SET material_id = '00' || substr(material_id, 3) WHERE key_id <> ? AND key_id = ?",
	} {
		p := single(t)
		k, other := p.create("", ""), p.create("", "")
		id := k.KeyID
		if what == "to another key" {
			id = other.KeyID // both marks are of the row that gets the other's bytes
			check2(p.db.Exec(p.ctx, change, id, id))
		} else {
			check2(p.db.Exec(p.ctx, change, other.KeyID, id))
		}
		_, err := p.Encrypt(p.ctx, admin(t), kms.EncryptInput{Use: use(id), Plaintext: plain("x")})
		if err == nil {
			t.Errorf("%s: it encrypts", what)
		} else if !strings.Contains(err.Error(), "was changed") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// The cache has a bound, and keys that fell out of it still work.
func TestCacheIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("makes many keys")
	}
	p := single(t)
	p.manyKeys(kms.MaxCached + 100)
	page := kms.ListInput{Scope: scope, Limit: 1000}
	for {
		list := must(p.ListKeys(p.ctx, admin(t), page))
		for _, e := range list.Items {
			check2(p.DescribeKey(p.ctx, admin(t), kms.DescribeKeyInput{Scope: scope, KeyID: e.KeyID}))
		}
		if page.Marker = list.NextMarker; !list.Truncated {
			break
		}
	}
	if n := p.Cached(); n > kms.MaxCached || n < kms.MaxCached/2 {
		t.Errorf("%d keys in memory", n)
	}
}
