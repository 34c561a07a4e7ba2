package kms_test

import (
	"testing"
	"time"

	"signet/kms"
)

func rotationsOf(id, include string) kms.ListKeyRotationsInput {
	return kms.ListKeyRotationsInput{ListOfKeyInput: ofKey(id), IncludeKeyMaterial: include}
}

// Rotation changes what encrypts, never what opens.
func TestRotationKeepsDecrypting(t *testing.T) {
	everywhere(t, func(t *testing.T, p process) {
		k := p.create("", "")
		key := kms.KeyInput{Scope: scope, KeyID: k.KeyID}
		pairs := map[string]string{"a": "b"}
		blobs := [][]byte{p.encrypt(k.KeyID, "value", pairs)}
		seen := map[string]bool{k.CurrentKeyMaterialID: true}
		rotated := func(what string) {
			t.Helper()
			d := must(p.DescribeKey(p.ctx, admin(t), kms.DescribeKeyInput{Scope: scope, KeyID: k.KeyID}))
			if seen[d.CurrentKeyMaterialID] || d.KeyID != k.KeyID {
				t.Errorf("%s: the material is the old one", what)
			}
			seen[d.CurrentKeyMaterialID] = true
			blobs = append(blobs, p.encrypt(k.KeyID, "value", pairs))
			for _, blob := range blobs {
				p.opens(blob, "value", pairs)
			}
		}
		for range 2 {
			if arn := must(p.RotateKeyOnDemand(p.ctx, admin(t), key)); arn != k.ARN {
				t.Errorf("arn %s", arn)
			}
			rotated("on demand")
		}
		for _, days := range []int{89, 2561, -1} {
			wants(t, "period", p.EnableKeyRotation(p.ctx, admin(t), kms.EnableKeyRotationInput{Scope: scope, KeyID: k.KeyID, RotationPeriodInDays: days}), kms.ValidationException)
		}
		check(p.EnableKeyRotation(p.ctx, admin(t), kms.EnableKeyRotationInput{Scope: scope, KeyID: k.KeyID, RotationPeriodInDays: 90}))
		next := p.w.now().Add(90 * day)
		p.w.pass(10 * day)
		check(p.EnableKeyRotation(p.ctx, admin(t), kms.EnableKeyRotationInput{Scope: scope, KeyID: k.KeyID, RotationPeriodInDays: 90}))
		if st := must(p.GetKeyRotationStatus(p.ctx, admin(t), key)); !st.KeyRotationEnabled || st.RotationPeriodInDays != 90 || !st.NextRotationDate.Equal(next) {
			t.Errorf("%+v", st)
		}
		p.w.pass(80*day - time.Second)
		if n := must(p.RotateDue(p.ctx, system)); n != 0 {
			t.Error("rotated too early")
		}
		p.w.pass(time.Second)
		check(p.DisableKey(p.ctx, admin(t), key))
		if n := must(p.RotateDue(p.ctx, system)); n != 0 {
			t.Error("rotated a disabled key")
		}
		check(p.EnableKey(p.ctx, admin(t), key))
		if n := must(p.RotateDue(p.ctx, system)); n != 1 {
			t.Errorf("rotated %d", n)
		}
		rotated("by itself")
		if n := must(p.RotateDue(p.ctx, system)); n != 0 {
			t.Error("rotated twice")
		}
		list := must(p.ListKeyRotations(p.ctx, admin(t), rotationsOf(k.KeyID, ""))).Items
		if len(list) != 3 || list[0].RotationType != "ON_DEMAND" || list[2].RotationType != "AUTOMATIC" || list[2].KeyMaterialState != "CURRENT" || !list[2].RotationDate.Equal(p.w.now()) {
			t.Errorf("%+v", list)
		}
		if all := must(p.ListKeyRotations(p.ctx, admin(t), rotationsOf(k.KeyID, "ALL_KEY_MATERIAL"))).Items; len(all) != 4 || all[0].KeyMaterialState != "NON_CURRENT" {
			t.Errorf("%+v", all)
		}
		check(p.DisableKeyRotation(p.ctx, admin(t), key))
		if st := must(p.GetKeyRotationStatus(p.ctx, admin(t), key)); st.KeyRotationEnabled || !st.NextRotationDate.IsZero() {
			t.Errorf("%+v", st)
		}
	})
}

func TestRotationLimits(t *testing.T) {
	p := single(t)
	k := p.create("", "")
	for range 25 {
		must(p.RotateKeyOnDemand(p.ctx, admin(t), kms.KeyInput{Scope: scope, KeyID: k.KeyID}))
	}
	_, err := p.RotateKeyOnDemand(p.ctx, admin(t), kms.KeyInput{Scope: scope, KeyID: k.KeyID})
	wants(t, "the 26th", err, kms.LimitExceededException)
	for spec, usage := range map[string]string{"HMAC_256": kms.GenerateVerifyMac, "ECC_NIST_P256": kms.SignVerify} {
		k := p.create(spec, usage)
		_, err := p.RotateKeyOnDemand(p.ctx, admin(t), kms.KeyInput{Scope: scope, KeyID: k.KeyID})
		wants(t, spec, err, kms.UnsupportedOperationException)
		wants(t, spec, p.EnableKeyRotation(p.ctx, admin(t), kms.EnableKeyRotationInput{Scope: scope, KeyID: k.KeyID}), kms.UnsupportedOperationException)
		_, err = p.GetKeyRotationStatus(p.ctx, admin(t), kms.KeyInput{Scope: scope, KeyID: k.KeyID})
		wants(t, spec, err, kms.UnsupportedOperationException)
	}
}
