package project

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"signet/secrets/reference"
	"signet/source"
)

// closeAfter is how long a replaced source stays open for those who took it just before. Closing
// then waits for the statements that still run.
const closeAfter = time.Minute

// Sources is the open connections of the served project. A source whose definition did not change
// stays open over a reload.
type Sources struct {
	open    func(context.Context, source.Definition) (source.Source, error)
	current atomic.Pointer[map[string]source.Source] // by id
	defined atomic.Pointer[[]source.Definition]      // of the served project

	mu      sync.Mutex
	held    map[string]source.Source // guarded by mu; of the current project, by connection
	retired map[string]retiree       // guarded by mu; by connection
	closing sync.WaitGroup           // one for each retired source
}

// retiree is a replaced source that is still open.
type retiree struct {
	source.Source
	timer *time.Timer
}

// NewSources returns no sources yet; open connects to one.
func NewSources(open func(context.Context, source.Definition) (source.Source, error)) *Sources {
	s := &Sources{open: open, held: map[string]source.Source{}, retired: map[string]retiree{}}
	s.current.Store(&map[string]source.Source{})
	s.defined.Store(&[]source.Definition{})
	return s
}

// Naming returns the served project's sources that log in with a secret of Signet's own, by any of its names.
func (s *Sources) Naming(names ...string) []source.Definition {
	var found []source.Definition
	for _, d := range *s.defined.Load() {
		for _, text := range d.References() {
			if r, err := reference.Parse(string(text)); err == nil && r.Kind == reference.Local && slices.Contains(names, r.Name) {
				found = append(found, d)
				break
			}
		}
	}
	return found
}

// Get returns an open source.
func (s *Sources) Get(id string) (source.Source, bool) {
	src, ok := (*s.current.Load())[id]
	return src, ok
}

// All returns the open sources by id. The caller must not change the map.
func (s *Sources) All() map[string]source.Source { return *s.current.Load() }

// connection names what a definition connects to, whatever it is called there: an embedded
// warehouse must not be opened twice, and its set-up is only for a new one.
func connection(d source.Definition) string {
	d.ID, d.Title = "", ""
	if d.DuckDB != nil {
		file := *d.DuckDB
		file.Setup, file.SetupSQL = nil, nil
		d.DuckDB = &file
	}
	b, err := json.Marshal(d)
	if err != nil {
		panic("project: encoding a source's definition: " + err.Error()) // only plain types are in it
	}
	return string(b)
}

// staged is the sources of a project that is not served yet.
type staged struct {
	of     *Sources
	all    []source.Definition
	byID   map[string]source.Source
	byLink map[string]source.Source
	fresh  []source.Source
}

func (s *staged) get(id string) (source.Source, bool) {
	src, ok := s.byID[id]
	return src, ok
}

// stage opens the sources that are not open yet and asks each whether it answers; failed holds the
// errors by id.
func (s *Sources) stage(ctx context.Context, definitions []source.Definition) (st *staged, failed map[string]error) {
	st = &staged{of: s, all: definitions, byID: map[string]source.Source{}, byLink: map[string]source.Source{}}
	failed = map[string]error{}
	for _, d := range definitions {
		link := connection(d)
		src, ok := st.byLink[link]
		if !ok {
			src, ok = s.reuse(link, st)
		}
		if !ok {
			var err error
			if src, err = s.open(ctx, d); err != nil {
				failed[d.ID] = err
				continue
			}
			st.fresh = append(st.fresh, src)
		}
		if _, err := src.Ping(ctx); err != nil {
			failed[d.ID] = err
		}
		st.byID[d.ID], st.byLink[link] = src, src
	}
	return st, failed
}

// reuse finds a connection among the open ones, also among those that wait to be closed.
func (s *Sources) reuse(link string, st *staged) (source.Source, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if src, ok := s.held[link]; ok {
		return src, true
	}
	old, ok := s.retired[link]
	if !ok || !old.timer.Stop() {
		return nil, false
	}
	delete(s.retired, link)
	s.closing.Done()
	st.fresh = append(st.fresh, old.Source)
	return old.Source, true
}

// commit serves the staged sources and closes, a little later, those that no id leads to any more.
func (st *staged) commit() {
	s := st.of
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current.Store(&st.byID)
	s.defined.Store(&st.all)
	for link, src := range s.held {
		if _, kept := st.byLink[link]; !kept {
			s.closing.Add(1)
			s.retired[link] = retiree{src, time.AfterFunc(closeAfter, func() { s.retire(link, src) })}
		}
	}
	s.held = st.byLink
}

func (s *Sources) retire(link string, src source.Source) {
	defer s.closing.Done()
	s.mu.Lock()
	if s.retired[link].Source == src {
		delete(s.retired, link)
	}
	s.mu.Unlock()
	_ = src.Close()
}

// discard closes what was opened for a project that is not taken over.
func (st *staged) discard() {
	for _, src := range st.fresh {
		_ = src.Close()
	}
}

// Close closes all sources, also those that wait for it. Nobody may use them any more.
func (s *Sources) Close() error {
	s.mu.Lock()
	held := s.held
	s.held = map[string]source.Source{}
	s.current.Store(&map[string]source.Source{})
	s.defined.Store(&[]source.Definition{})
	for link, old := range s.retired {
		if old.timer.Stop() {
			go s.retire(link, old.Source)
		}
	}
	s.mu.Unlock()
	var all []error
	for _, src := range held {
		all = append(all, src.Close())
	}
	s.closing.Wait()
	return errors.Join(all...)
}
