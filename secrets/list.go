package secrets

import (
	"context"
	"encoding/json"
	"math"

	"signet/policy"
)

// ListSecretsInput asks for one page of secrets.
type ListSecretsInput struct {
	Region                 string
	Filters                []Filter
	IncludePlannedDeletion bool
	SortOrder              string // asc (usual) or desc
	SortBy                 string // created-date (usual), last-changed-date, last-accessed-date or name
	MaxResults             int    // 0 for 100
	NextToken              string
}

// ListSecretsOutput is one page. NextToken asks for the next; it is "" on the last. With filters a page
// may be short, or empty, before the list ends.
type ListSecretsOutput struct {
	Secrets   []Description
	NextToken string
}

// sorts are the columns that a list can be sorted by.
var sorts = map[string]string{
	"": "created_at", "created-date": "created_at", "last-changed-date": "changed_at", "last-accessed-date": "accessed_at", "name": "name",
}

// What is read for one page. More than maxScanned secrets are not looked at for one answer, so that a
// filter that nothing fits does not hold the store.
const (
	scanned    = 250
	maxScanned = 5000
)

// ListSecrets lists secrets, without their values.
func (s *Service) ListSecrets(ctx context.Context, c policy.Caller, in ListSecretsInput) (ListSecretsOutput, error) {
	w, err := in.walk()
	if err != nil {
		return ListSecretsOutput{}, err
	}
	if _, err := s.look(ctx, c, request{region: in.Region, action: "ListSecrets", params: in.params()}); err != nil {
		return ListSecretsOutput{}, err
	}
	found, next, err := s.page(ctx, w)
	if err != nil {
		return ListSecretsOutput{}, err
	}
	out := ListSecretsOutput{NextToken: next}
	for _, r := range found {
		out.Secrets = append(out.Secrets, s.describe(r))
	}
	return out, nil
}

func (in ListSecretsInput) params() params {
	return params{"filters": filterParams(in.Filters), "includePlannedDeletion": in.IncludePlannedDeletion, "sortOrder": in.SortOrder,
		"sortBy": in.SortBy, "maxResults": in.MaxResults, "nextToken": in.NextToken}
}

// walk is a way through the secrets of a region.
type walk struct {
	region  string
	filters []Filter
	planned bool               // those that wait for their deletion too
	only    func(*record) bool // nil for all
	column  string
	down    bool
	most    int
	cursor  cursor
	after   position // id is the name in a list that is sorted by it
}

func (in ListSecretsInput) walk() (walk, error) {
	most, err := limit(in.MaxResults, 100, 100)
	if err != nil {
		return walk{}, err
	}
	if err := checkFilters(in.Filters); err != nil {
		return walk{}, err
	}
	column, ok := sorts[in.SortBy]
	if !ok {
		return walk{}, constraint("sortBy", "satisfy enum value set: [created-date, last-accessed-date, last-changed-date, name]")
	}
	if in.SortOrder != "" && in.SortOrder != "asc" && in.SortOrder != "desc" {
		return walk{}, constraint("sortOrder", "satisfy enum value set: [desc, asc]")
	}
	w := walk{region: in.Region, filters: in.Filters, planned: in.IncludePlannedDeletion, column: column, down: in.SortOrder == "desc", most: most}
	text, err := json.Marshal(in.Filters)
	if err != nil {
		return walk{}, err
	}
	w.cursor = cursorOf("ListSecrets", in.Region, string(text), flagText(w.planned), column, flagText(w.down))
	w.after, err = w.cursor.open(in.NextToken)
	return w, err
}

// page reads secrets until the page is full, the list ends, or enough was looked at.
func (s *Service) page(ctx context.Context, w walk) (found []*record, next string, err error) {
	now := s.clock()
	for looked := 0; ; {
		batch, err := s.batch(ctx, w, min(scanned, w.most+1))
		if err != nil {
			return nil, "", err
		}
		for _, r := range batch {
			fits := !r.gone(now) && (w.planned || !r.deleteAt.Valid) && passes(r, w.filters) && (w.only == nil || w.only(r))
			if fits && len(found) == w.most {
				return found, w.cursor.close(w.after), nil
			}
			if fits {
				found = append(found, r)
			}
			w.after = w.positionOf(r)
		}
		looked += len(batch)
		if len(batch) < min(scanned, w.most+1) {
			return found, "", nil
		}
		if looked >= maxScanned {
			return found, w.cursor.close(w.after), nil
		}
	}
}

func (w walk) positionOf(r *record) position {
	switch w.column {
	case "name":
		return position{0, r.name}
	case "changed_at":
		return position{r.changed, r.id}
	case "accessed_at":
		return position{r.accessed, r.id}
	}
	return position{r.created, r.id}
}

// batch reads the next secrets. The texts are few: one for each column and direction.
func (s *Service) batch(ctx context.Context, w walk, n int) ([]*record, error) {
	query, args := w.query()
	rows, err := s.db.Query(ctx, query, append(append([]any{w.region}, args...), n)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*record
	for rows.Next() {
		r, err := scanRecord(rows.Scan)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

func (w walk) query() (string, []any) {
	compare, order := ">", ""
	if w.down {
		compare, order = "<", " DESC"
	}
	query := "SELECT " + recordColumns + " FROM sm_secrets WHERE region = ?"
	if w.column == "name" {
		var args []any
		if w.after != start {
			query, args = query+" AND name "+compare+" ?", []any{w.after.id}
		}
		return query + " ORDER BY name" + order + " LIMIT ?", args
	}
	after := w.after
	if w.down && after == start {
		after.at = math.MaxInt64
	}
	return query + " AND (" + w.column + ", id) " + compare + " (?, ?) ORDER BY " + w.column + order + ", id" + order + " LIMIT ?", []any{after.at, after.id}
}
