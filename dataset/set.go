package dataset

import (
	"sync/atomic"

	"signet/audit"
	"signet/source"
)

// Set holds the datasets of a project; queries go through it.
type Set struct {
	sources  func(id string) (source.Source, bool)
	gate     *audit.Gate
	datasets atomic.Pointer[map[string]*Dataset]
}

// NewSet returns an empty set.
func NewSet(sources func(id string) (source.Source, bool), gate *audit.Gate) *Set {
	s := &Set{sources: sources, gate: gate}
	s.datasets.Store(&map[string]*Dataset{})
	return s
}

// Swap replaces all datasets at once.
func (s *Set) Swap(datasets []*Dataset) {
	m := make(map[string]*Dataset, len(datasets))
	for _, d := range datasets {
		m[d.ID()] = d
	}
	s.datasets.Store(&m)
}

// Get returns a dataset.
func (s *Set) Get(id string) (*Dataset, bool) {
	d, ok := (*s.datasets.Load())[id]
	return d, ok
}
