package kms_test

import (
	"fmt"
	"testing"

	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/kms"
)

// manyKeys copies a key's row and material n times under other ids. The copies can be listed, not used.
func (p process) manyKeys(n int) {
	p.t.Helper()
	k := p.create("", "")
	check(p.db.Tx(p.ctx, func(tx *store.Tx) error {
		for i := range n {
			id := fmt.Sprintf("%08x-0000-4000-8000-%012x", uint32(i)*2654435761, i)
			_, err := tx.Exec(p.ctx, `INSERT INTO kms_keys (id, region, manager, state, spec, key_usage, origin, description, policy, tags, rotation_days, grants, revision, created_at)
				SELECT ?, region, manager, state, spec, key_usage, origin, description, policy, tags, rotation_days, grants, revision, created_at FROM kms_keys WHERE id = ?`, id, k.KeyID)
			if err != nil {
				return err
			}
			_, err = tx.Exec(p.ctx, `INSERT INTO kms_materials (key_id, version, material_id, state, sealed, description, rotation, created_at)
				SELECT ?, version, material_id, state, sealed, description, rotation, created_at FROM kms_materials WHERE key_id = ?`, id, k.KeyID)
			if err != nil {
				return err
			}
		}
		return nil
	}))
}

// Each operation with one key in the store, and with ten thousand others.
func BenchmarkKeys(b *testing.B) {
	for _, others := range []int{0, 10_000} {
		p := single(b)
		if others > 0 {
			p.manyKeys(others)
		}
		k := p.create("", "")
		c := admin(b)
		blob := p.encrypt(k.KeyID, "value", nil)
		for name, call := range map[string]func() error{
			"Encrypt": func() error {
				_, err := p.Encrypt(p.ctx, c, kms.EncryptInput{Use: use(k.KeyID), Plaintext: plain("value")})
				return err
			},
			"Decrypt": func() error {
				_, err := p.Decrypt(p.ctx, c, kms.DecryptInput{Use: use(""), CiphertextBlob: blob})
				return err
			},
			"GenerateDataKey": func() error {
				_, err := p.GenerateDataKey(p.ctx, c, kms.GenerateDataKeyInput{Use: use(k.KeyID), KeySpec: "AES_256"})
				return err
			},
			"ListKeys": func() error {
				_, err := p.ListKeys(p.ctx, c, kms.ListInput{Scope: scope, Limit: 100})
				return err
			},
		} {
			b.Run(fmt.Sprintf("%s/others=%d", name, others), func(b *testing.B) {
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if err := call(); err != nil {
							b.Error(err)
							return
						}
					}
				})
			})
		}
	}
}

// The work of a message alone, without the log.
func BenchmarkCiphertext(b *testing.B) {
	material, message := random(32), random(64)
	for b.Loop() {
		blob, err := kms.SealWith([32]byte(material), material, "0a0a0a0a-0000-4000-8000-000000000000", fmt.Sprintf("%064x", 1), 1, here+"key/x", nil, message)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := kms.Unseal(material, blob, here+"key/x", nil); err != nil {
			b.Fatal(err)
		}
	}
}

// The next request sees a change of a store that only one process writes, at the price of one read.
func BenchmarkDescribe(b *testing.B) {
	w := newWorld(b)
	p := w.start(b, storetest.Open(b, storetest.SQLiteURL(b)))
	k := p.create("", "")
	c := admin(b)
	for b.Loop() {
		if _, err := p.DescribeKey(p.ctx, c, kms.DescribeKeyInput{Scope: scope, KeyID: k.KeyID}); err != nil {
			b.Fatal(err)
		}
	}
}
