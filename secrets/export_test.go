package secrets

import (
	"errors"
	"time"

	"signet/internal/opaque"
	"signet/internal/rootkey"
)

// The bridge for tests of the sealed form; the product seals through the Vault only.

type Sealer struct{ s sealer }

func NewSealer(root rootkey.Key) (Sealer, error) {
	s, err := root.Sealer(purpose)
	return Sealer{sealer{s}}, err
}

func (k Sealer) SealWith(nonce []byte, name string, version int64, kid string, value []byte) ([]byte, error) {
	return k.s.SealWith([24]byte(nonce), label{name, version, kid}.place(), value)
}

func (k Sealer) Open(name string, version int64, kid string, sealed []byte) (opaque.Bytes, error) {
	return k.s.open(label{name, version, kid}, sealed)
}

func (k Sealer) Seal(name string, value []byte) ([]byte, error) {
	return k.s.seal(label{name: name}, value)
}

// NextWindow reads rules and returns the window that opens next.
func NextWindow(r RotationRules, last, after time.Time) (opens, closes time.Time, err error) {
	s, err := r.parse()
	if err != nil {
		return opens, closes, err
	}
	opens, closes, ok := s.next(last, after)
	if !ok {
		return opens, closes, errors.New("no window")
	}
	return opens, closes, nil
}

// AfterStep is called after each step of a rotation; an error or a panic of it stops the rotation there.
func (s *Service) AfterStep(f func(step string) error) { s.afterStep = f }

// Queries are the statements whose cost must not grow with the number of secrets.
func Queries() []string {
	queries := []string{
		"SELECT " + recordColumns + " FROM sm_secrets WHERE region = ? AND name = ?",
		"SELECT " + recordColumns + " FROM sm_secrets WHERE id = ?",
		"SELECT " + versionColumns + " FROM sm_versions WHERE secret_id = ? AND version_id = ?",
		selectDue, selectEnded,
	}
	for _, column := range sorts {
		for _, down := range []bool{false, true} {
			for _, after := range []position{start, {1, "x"}} {
				query, _ := walk{column: column, down: down, after: after}.query()
				queries = append(queries, query)
			}
		}
	}
	return queries
}
