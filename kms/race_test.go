package kms_test

import (
	"fmt"
	"sync"
	"testing"

	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/kms"
)

// While one process rotates a key, grants and revokes, and changes its policy, the others go on encrypting,
// and all that they encrypted opens.
func TestUseWhileTheKeyChanges(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		w := newWorld(t)
		here, there := w.start(t, open()), w.start(t, open())
		k := here.create("", "")
		c := admin(t)
		var wg sync.WaitGroup
		for i := range 4 {
			p := []process{here, there}[i%2]
			wg.Go(func() {
				for j := range 20 {
					text := fmt.Sprint(i, j)
					out, err := p.Encrypt(p.ctx, c, kms.EncryptInput{Use: use(k.KeyID), Plaintext: plain(text)})
					if err != nil {
						t.Error(err)
						return
					}
					p.opens(out.CiphertextBlob, text, nil)
				}
			})
		}
		for range 10 {
			check2(here.RotateKeyOnDemand(here.ctx, c, kms.KeyInput{Scope: scope, KeyID: k.KeyID}))
			g := must(there.grant(c, kms.CreateGrantInput{KeyID: k.KeyID, GranteePrincipal: userARN("eve"), Operations: []string{"Encrypt"}}))
			check(here.RevokeGrant(here.ctx, c, kms.GrantInput{Scope: scope, KeyID: k.KeyID, GrantID: g.GrantID}))
			check(there.TagResource(there.ctx, c, kms.TagResourceInput{Scope: scope, KeyID: k.KeyID, Tags: []kms.Tag{{Key: "a", Value: "b"}}}))
		}
		wg.Wait()
		if n := len(must(here.ListKeyRotations(here.ctx, c, rotationsOf(k.KeyID, ""))).Items); n != 10 {
			t.Errorf("%d rotations", n)
		}
	})
}

// Processes that need a service's key at once agree on one.
func TestManyMakeOneServiceKey(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		w := newWorld(t)
		arns := make([]string, 4)
		var wg sync.WaitGroup
		for i := range arns {
			p := w.start(t, open())
			wg.Go(func() { arns[i], _ = p.EnsureServiceKey(p.ctx, system, region, "spice") })
		}
		wg.Wait()
		for _, arn := range arns {
			if arn == "" || arn != arns[0] {
				t.Fatalf("%v", arns)
			}
		}
	})
}
