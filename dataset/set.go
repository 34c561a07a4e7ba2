package dataset

import (
	"slices"
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

// Reading returns the ids of the datasets that a write to a table changes, sorted.
func (s *Set) Reading(source, table string) []string {
	ids := []string{}
	for id, d := range *s.datasets.Load() {
		if d.Source() == source && slices.Contains(d.Tables(), table) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}
