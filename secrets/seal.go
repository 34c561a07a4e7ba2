package secrets

import (
	"encoding/binary"
	"fmt"

	"signet/internal/opaque"
	"signet/internal/rootkey"
)

// purpose names secret versions among all that the root key seals.
const purpose = "secret version"

// sealer seals secret versions; SPEC.md draws the form.
type sealer struct{ rootkey.Sealer }

func newSealer(root *rootkey.Ring) (sealer, error) {
	s, err := root.Sealer(purpose)
	return sealer{s}, err
}

// label is what a sealed value is bound to. A value moved to another name, version or key id does not open.
type label struct {
	name    string
	version int64
	kid     string
}

func (l label) place() []byte {
	return binary.BigEndian.AppendUint64(rootkey.Place(l.name, l.kid), uint64(l.version))
}

func (s sealer) seal(l label, value []byte) ([]byte, error) {
	sealed, err := s.Seal(l.place(), value)
	if err != nil {
		return nil, fmt.Errorf("secret %s: %w", l.name, err)
	}
	return sealed, nil
}

func (s sealer) open(l label, sealed []byte) (opaque.Bytes, error) {
	value, err := s.Open(l.place(), sealed)
	if err != nil {
		return opaque.Bytes{}, fmt.Errorf("opening %s: %w", l.name, err)
	}
	return value, nil
}
