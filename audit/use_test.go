package audit_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"signet/audit"
	"signet/internal/fault"
	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/policy"
)

func decrypting() policy.Operation {
	return policy.Operation{Action: "kms:Decrypt", Resource: "key/1", ReadOnly: true, Allow: policy.Everyone,
		Detail: map[string]string{"algorithm": "a"}, Record: &policy.Record{Request: map[string]string{"keyId": "1"}}}
}

// S11: a use is one record with who, what and how it ended, and on disk before its answer.
func TestS11UsesAreOneRecord(t *testing.T) {
	l, db, k := sqliteLog(t)
	gate := audit.NewGate(l)
	failure := fault.New(fault.InvalidInput, "not a ciphertext")
	for _, result := range []error{nil, failure} {
		err := gate.Use(t.Context(), ana(), decrypting(), func(context.Context) (map[string]string, error) {
			return map[string]string{"material": "m"}, result
		})
		if err != result {
			t.Errorf("got %v, want the act's own error", err)
		}
	}
	var got []map[string]string
	for _, e := range all(t, l) {
		trail, err := audit.ParseTrail(e.AWS)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, map[string]string{"phase": string(e.Phase), "who": e.Who.Name, "result": e.Result, "algorithm": e.Detail["algorithm"],
			"material": e.Detail["material"], "asked": string(trail.Request), "code": trail.ErrorCode, "ending": string(e.Ending())})
	}
	want := []map[string]string{
		{"phase": "use", "who": "ana", "result": "ok", "algorithm": "a", "material": "m", "asked": `{"keyId":"1"}`, "code": "", "ending": "ok"},
		{"phase": "use", "who": "ana", "result": "invalid_input", "algorithm": "a", "material": "m", "asked": `{"keyId":"1"}`, "code": "invalid_input", "ending": "failed"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if r := verified(t, db, k); r.Size != 2 || r.Open != 0 {
		t.Errorf("size %d, %d open", r.Size, r.Open)
	}
}

// A23: what cannot be put on record is not answered, on its own or inside another use.
func TestA23UsesThatAreNotRecordedAreNotAnswered(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		db, k := open(), newKey(t, "test")
		l := openLog(t, db, k, audit.Options{})
		gate := audit.NewGate(l)
		mend := breakLog(t, db)
		nested := func(ctx context.Context) (map[string]string, error) {
			return nil, gate.Use(ctx, ana(), decrypting(), nothing)
		}
		for name, act := range map[string]func(context.Context) (map[string]string, error){"alone": nothing, "nested": nested} {
			if err := gate.Use(t.Context(), ana(), decrypting(), act); fault.CodeOf(err) != fault.LogUnavailable {
				t.Errorf("%s: got %v", name, err)
			}
		}
		mend()
		if err := gate.Use(t.Context(), ana(), decrypting(), nested); err != nil {
			t.Errorf("after the mend: %v", err)
		}
		if r := verified(t, db, k); r.Size != 2 {
			t.Errorf("size %d, want the two records of the last use", r.Size)
		}
	})
}

func nothing(context.Context) (map[string]string, error) { return nil, nil }

// A use that policy refuses does nothing, and its denial is on record; so is one inside another.
func TestDeniedUsesDoNothing(t *testing.T) {
	l, _, _ := sqliteLog(t)
	gate := audit.NewGate(l)
	refused := decrypting()
	refused.Allow = policy.Grant{}
	err := gate.Use(t.Context(), ana(), refused, func(context.Context) (map[string]string, error) {
		t.Error("it was done")
		return nil, nil
	})
	inner := gate.Use(t.Context(), ana(), decrypting(), func(ctx context.Context) (map[string]string, error) {
		return nil, gate.Use(ctx, ana(), refused, nothing)
	})
	for _, err := range []error{err, inner} {
		if fault.CodeOf(err) != fault.Denied {
			t.Errorf("got %v", err)
		}
	}
	var phases []string
	for _, e := range all(t, l) {
		phases = append(phases, string(e.Phase)+" "+e.Result)
	}
	if diff := cmp.Diff([]string{"denial denied", "denial denied", "use denied"}, phases); diff != "" {
		t.Error(diff)
	}
}
