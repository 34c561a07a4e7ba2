package dashboard

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"sync/atomic"
	"time"

	"signet/audit"
	"signet/dataset"
	"signet/internal/fault"
	"signet/internal/value"
	"signet/policy"
	"signet/writeback"
)

// Config is what a set works with.
type Config struct {
	Gate     *audit.Gate
	Datasets *dataset.Set
	Actions  *writeback.Engine
}

// Set is the dashboards that are served now.
type Set struct {
	cfg     Config
	current atomic.Pointer[Compiled]
}

// NewSet returns a set without dashboards.
func NewSet(c Config) *Set {
	s := &Set{cfg: c}
	s.current.Store(&Compiled{})
	return s
}

// Swap replaces all dashboards at once.
func (s *Set) Swap(c *Compiled) { s.current.Store(c) }

// Page is a page of the list of dashboards.
type Page struct {
	Items []Item `json:"items"`
	Next  string `json:"next,omitempty"`
}

// Item is a dashboard in the list.
type Item struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Visuals     int    `json:"visuals"`
	Actions     int    `json:"actions"`
}

// View is a dashboard as one caller sees it.
type View struct {
	ID          string       `json:"id"`
	Title       string       `json:"title"`
	Description string       `json:"description"`
	Version     string       `json:"version"`
	Filters     []FilterView `json:"filters"`
	Rows        []RowView    `json:"rows"`
	Links       []Link       `json:"links"`
}

// FilterView is a control.
type FilterView struct {
	ID       string     `json:"id"`
	Label    string     `json:"label"`
	Field    string     `json:"field"`
	Type     value.Kind `json:"type"`
	Control  Control    `json:"control"`
	Multiple bool       `json:"multiple"`
}

// RowView is a row of visuals.
type RowView struct {
	Height  int          `json:"height,omitempty"`
	Visuals []VisualView `json:"visuals"`
}

// VisualView is a visual without its data.
type VisualView struct {
	ID             string           `json:"id"`
	Type           Type             `json:"type"`
	Title          string           `json:"title"`
	Description    string           `json:"description,omitempty"`
	Dataset        string           `json:"dataset"`
	Width          int              `json:"width"`
	Columns        []Column         `json:"columns"`
	Sort           []Sort           `json:"sort,omitempty"`
	Highlight      string           `json:"highlight,omitempty"`
	HighlightLabel string           `json:"highlightLabel,omitempty"`
	Actions        []writeback.Info `json:"actions"`
	History        bool             `json:"history"`
	PageSize       int              `json:"pageSize"`
}

// Link leads to another dashboard.
type Link struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

const (
	defaultListLimit = 50
	maxListLimit     = 200
)

// List returns the dashboards that the caller may see, by title.
func (s *Set) List(_ context.Context, caller policy.Caller, after string, limit int) (*Page, error) {
	if !caller.Known() {
		return nil, fault.New(fault.Unauthenticated, "Sign in first.")
	}
	if limit < 0 || limit > maxListLimit {
		return nil, invalid("limit", "limit %d is out of range: want 1 to %d.", limit, maxListLimit)
	}
	if limit == 0 {
		limit = defaultListLimit
	}
	c := s.current.Load()
	ids := c.ids
	if after != "" {
		i := slices.Index(ids, after)
		if i < 0 {
			return nil, invalid("after", "after names no dashboard: start again without it.")
		}
		ids = ids[i+1:]
	}
	page := &Page{Items: []Item{}}
	for _, id := range ids {
		b := c.boards[id]
		if !b.def.Allow.Allows(caller) {
			continue
		}
		if len(page.Items) == limit {
			page.Next = page.Items[limit-1].ID
			break
		}
		page.Items = append(page.Items, b.item(caller))
	}
	return page, nil
}

func (b *board) item(caller policy.Caller) Item {
	it := Item{ID: b.def.ID, Title: b.def.Title, Description: b.def.Description, Visuals: len(b.visuals)}
	actions := map[string]bool{}
	for _, v := range b.visuals {
		for _, a := range v.actionsFor(caller) {
			actions[a.ID] = true
		}
	}
	it.Actions = len(actions)
	return it
}

// Get returns a dashboard as the caller sees it: actions and links that are not for them are left out.
func (s *Set) Get(ctx context.Context, caller policy.Caller, id string) (*View, error) {
	c := s.current.Load()
	b, err := s.board(ctx, c, caller, id)
	if err != nil {
		return nil, err
	}
	d := &b.def
	view := &View{ID: d.ID, Title: d.Title, Description: d.Description, Version: b.version, Filters: []FilterView{}, Links: []Link{}}
	for _, f := range b.filters {
		view.Filters = append(view.Filters, FilterView{f.ID, f.Label, f.Field, f.kind, f.Control, f.Multiple})
	}
	for _, row := range d.Rows {
		r := RowView{Height: row.Height}
		for i := range row.Visuals {
			r.Visuals = append(r.Visuals, b.visuals[row.Visuals[i].ID].view(caller))
		}
		view.Rows = append(view.Rows, r)
	}
	for _, id := range d.Links {
		if to := c.boards[id]; to.def.Allow.Allows(caller) {
			view.Links = append(view.Links, Link{ID: id, Title: to.def.Title})
		}
	}
	return view, nil
}

func (v *visual) view(caller policy.Caller) VisualView {
	d := &v.def
	return VisualView{ID: d.ID, Type: d.Type, Title: d.Title, Description: d.Description, Dataset: d.Dataset, Width: d.Width,
		Columns: v.columns, Sort: d.Sort, Highlight: d.Highlight, HighlightLabel: d.HighlightLabel,
		Actions: v.actionsFor(caller), History: d.History, PageSize: d.PageSize}
}

func (v *visual) actionsFor(caller policy.Caller) []writeback.Info {
	out := []writeback.Info{}
	for _, a := range v.actions {
		if a.Allow.Allows(caller) {
			out = append(out, writeback.Info{ID: a.ID, Title: a.Title, Label: a.Label, Tone: a.Tone})
		}
	}
	return out
}

// board finds a dashboard and records that the caller looked at it. One that the caller may not
// see and one that does not exist give the same answer; only the audit log tells them apart.
func (s *Set) board(ctx context.Context, c *Compiled, caller policy.Caller, id string) (*board, error) {
	missing := fault.New(fault.NotFound, "There is no dashboard %.80q, or it is not for you.", id)
	b, ok := c.boards[id]
	if !ok {
		return nil, missing
	}
	err := s.cfg.Gate.View(ctx, caller, policy.Operation{Action: "dashboard:Get", Resource: "dashboard/" + id, ReadOnly: true, Allow: b.def.Allow})
	if fault.CodeOf(err) == fault.Denied {
		return nil, missing
	}
	return b, err
}

func (s *Set) visual(ctx context.Context, caller policy.Caller, id, visual string) (*board, *visual, error) {
	b, err := s.board(ctx, s.current.Load(), caller, id)
	if err != nil {
		return nil, nil, err
	}
	v, ok := b.visuals[visual]
	if !ok {
		return nil, nil, fault.New(fault.NotFound, "The dashboard has no visual %.80q. It may have been changed; reload the page.", visual)
	}
	return b, v, nil
}

func invalid(field, format string, args ...any) *fault.Error {
	e := fault.New(fault.InvalidInput, format, args...)
	e.Fields = []fault.Field{{Field: field, Message: e.Detail}}
	return e
}

// digest is a dashboard's version: it changes with its definition.
func digest(d Definition) string {
	b, err := json.Marshal(d)
	if err != nil {
		panic("dashboard: encoding a definition: " + err.Error()) // only plain types are in it
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:6])
}

// VisualData is the answer to one visual's query.
type VisualData struct {
	AsOf    time.Time           `json:"asOf"`
	Columns []Column            `json:"columns"`
	Rows    [][]value.Value     `json:"rows"`
	Keys    []string            `json:"keys,omitempty"`
	Offered []writeback.Offered `json:"offered,omitempty"`
	Offers  [][]string          `json:"offers,omitempty"`
	Totals  *Totals             `json:"totals,omitempty"`
	Next    string              `json:"next,omitempty"`
}

// Totals are over all rows that the filters leave, not over the page.
type Totals struct {
	Count int64                  `json:"count"`
	Sums  map[string]value.Value `json:"sums"`
}
