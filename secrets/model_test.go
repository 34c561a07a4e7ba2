package secrets_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"signet/secrets"
)

// model is Secrets Manager in a few lines: one secret, its versions by token, and its labels.
type model struct {
	values map[string]string
	on     map[string]string
	going  bool
}

func (m *model) current(version string) {
	if before := m.on["AWSCURRENT"]; before != "" && before != version {
		m.on["AWSPREVIOUS"] = before
	}
	m.on["AWSCURRENT"] = version
}

// put reports whether it is allowed.
func (m *model) put(version, value, label string) bool {
	if m.going {
		return false
	}
	if before, ok := m.values[version]; ok {
		return before == value
	}
	m.values[version] = value
	if label != "AWSCURRENT" {
		m.on[label] = version
	}
	if label == "AWSCURRENT" || m.on["AWSCURRENT"] == "" {
		m.current(version)
	}
	return true
}

func (m *model) move(label, from, to string) bool {
	_, known := m.values[to]
	if m.going || !known || m.on[label] != from && !(from == "" && m.on[label] == to) {
		return false
	}
	if from != "" {
		if _, ok := m.values[from]; !ok {
			return false
		}
	}
	if label == "AWSCURRENT" {
		m.current(to)
	} else {
		m.on[label] = to
	}
	return true
}

// TestModel does random operations on a secret and on the model; they must agree on what is allowed and on
// what can be read.
func TestModel(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	m := onSQLite(t)
	ctx := t.Context()
	labels := []string{"AWSCURRENT", "AWSPREVIOUS", "AWSPENDING", "blue"}
	for round := range 6 {
		name := fmt.Sprint("s", round)
		m.create(name, "")
		want := model{values: map[string]string{}, on: map[string]string{}}
		version := func() string { return fmt.Sprint("v", r.IntN(8)) }
		for step := range 60 {
			label := labels[r.IntN(len(labels))]
			var did string
			var err error
			var ok bool
			switch r.IntN(8) {
			case 0:
				_, err = m.DeleteSecret(ctx, ada, secrets.DeleteSecretInput{Region: region, SecretID: name})
				ok, want.going, did = !want.going, true, "delete"
			case 1, 2:
				_, err = m.RestoreSecret(ctx, ada, in(name))
				ok, want.going, did = true, false, "restore"
			case 3, 4:
				from, to := want.on[label], version()
				if r.IntN(4) == 0 {
					from = version()
				}
				in := secrets.UpdateSecretVersionStageInput{Region: region, SecretID: name, VersionStage: label, MoveToVersionID: token(to)}
				if from != "" {
					in.RemoveFromVersionID = token(from)
				}
				_, err = m.UpdateSecretVersionStage(ctx, ada, in)
				ok, did = want.move(label, from, to), fmt.Sprint("move ", label, " from ", from, " to ", to)
			default:
				v, value := version(), fmt.Sprint("value", r.IntN(2))
				_, err = m.PutSecretValue(ctx, ada, secrets.PutSecretValueInput{Region: region, SecretID: name, ClientRequestToken: token(v), Value: text(value), VersionStages: []string{label}})
				ok, did = want.put(v, value, label), fmt.Sprint("put ", v, " ", value, " ", label)
			}
			if ok != (err == nil) {
				t.Fatalf("step %d: %s: %v; the model allows it: %t", step, did, err, ok)
			}
			for _, label := range labels {
				got, err := m.get(name, "", label)
				value, there := want.values[want.on[label]]
				if there = there && !want.going; there != (err == nil) || there && got != value {
					t.Fatalf("step %d: after %s %s is %q, %v; the model has %q, %t", step, did, label, got, err, value, there)
				}
			}
		}
		have(m.RestoreSecret(ctx, ada, in(name)))(t)
		for version, labels := range m.describe(name).VersionIDsToStages {
			for _, label := range labels {
				if want.on[label] != strings.TrimRight(version, "-") {
					t.Errorf("%s is on %s; the model has %s", label, version, want.on[label])
				}
			}
		}
	}
}
