package web

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"time"

	"signet/audit"
	"signet/internal/fault"
	"signet/policy"
)

// auditRecord is an event of the log in its place.
type auditRecord struct {
	Index     audit.Index       `json:"index"`
	ID        string            `json:"id"`
	Time      time.Time         `json:"time"`
	Phase     audit.Phase       `json:"phase" enum:"attempt,outcome,view,use,denial"`
	Action    string            `json:"action" doc:"service:Name"`
	Resource  string            `json:"resource"`
	Who       auditWho          `json:"who"`
	SourceIP  string            `json:"sourceIp"`
	RequestID string            `json:"requestId"`
	UserAgent string            `json:"userAgent"`
	ReadOnly  bool              `json:"readOnly"`
	Ending    audit.Ending      `json:"ending" enum:"ok,denied,failed" doc:"empty of an attempt, which does not say"`
	Result    string            `json:"result" doc:"ok, denied or the code of an error; empty of an attempt and a view"`
	Detail    map[string]string `json:"detail" nullable:"false"`
	Trail     *audit.Trail      `json:"trail,omitempty" doc:"what CloudTrail knows besides; not in lists"`
}

type auditWho struct {
	Type string `json:"type" enum:"user,system,nobody"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

type auditPage struct {
	Items []auditRecord `json:"items" nullable:"false" doc:"an outcome has its attempt's details too; a page may be short and go on"`
	Next  string        `json:"next,omitempty"`
	AsOf  time.Time     `json:"asOf"`
}

// auditSheet is one event with the other half of its operation.
type auditSheet struct {
	Event   auditRecord  `json:"event"`
	Attempt *auditRecord `json:"attempt,omitempty" doc:"that the event ends"`
	Outcome *auditRecord `json:"outcome,omitempty" doc:"that ends the event"`
	Place   auditPlace   `json:"place"`
}

// auditPlace is where the event stands in the tree that the newest checkpoint signs.
type auditPlace struct {
	Log        string      `json:"log"`
	Index      audit.Index `json:"index"`
	Size       int64       `json:"size"`
	Root       string      `json:"root"`
	Checkpoint string      `json:"checkpoint"`
}

type auditRequest struct {
	From     time.Time    `query:"from"`
	To       time.Time    `query:"to"`
	Who      string       `query:"who" maxLength:"1024" doc:"a user's name"`
	Source   string       `query:"source" maxLength:"128" doc:"a service, as kms"`
	Name     string       `query:"name" maxLength:"128" doc:"an operation, as Decrypt"`
	Resource string       `query:"resource" maxLength:"2048" doc:"as in the event, or an ARN"`
	Does     string       `query:"does" enum:"reads,changes"`
	Ending   audit.Ending `query:"ending" enum:"ok,denied,failed"`
	Limit    int          `query:"limit" minimum:"1" maximum:"200" default:"50"`
	After    string       `query:"after" maxLength:"100" doc:"next of the page before"`
}

type auditPath struct {
	Index audit.Index `path:"index" minimum:"0"`
}

// GET /audit/events
func (s *Server) auditEvents(ctx context.Context, caller policy.Caller, in *auditRequest) (*body[auditPage], error) {
	q, err := in.asked()
	if err != nil {
		return nil, err
	}
	asOf := time.Now().UTC()
	found, next, err := s.cfg.Gate.Lookup(ctx, caller, q, in.noted())
	return wrap(auditPage{Items: list(found, lineOf), Next: next, AsOf: asOf}, err)
}

// GET /audit/events/{index}
func (s *Server) auditEvent(ctx context.Context, caller policy.Caller, in *auditPath) (*body[auditSheet], error) {
	seen, err := s.cfg.Gate.Look(ctx, caller, in.Index)
	if err != nil {
		return nil, err
	}
	return wrap(sheetOf(seen))
}

// GET /audit/events/{index}/proof
func (s *Server) auditProof(w http.ResponseWriter, r *http.Request) {
	index, err := strconv.ParseInt(r.PathValue("index"), 10, 64)
	if err != nil || index < 0 {
		writeProblem(w, r, fault.New(fault.NotFound, "the audit log has no record %.20q", r.PathValue("index")))
		return
	}
	seen, err := s.cfg.Gate.Look(r.Context(), signedIn(r.Context()).caller, index)
	if err != nil {
		writeProblem(w, r, err)
		return
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="audit-record-%d.json"`, index))
	answer(w, r, http.StatusOK, seen.Proof, nil)
}

func (in *auditRequest) asked() (audit.Query, error) {
	q := audit.Query{
		From: in.From, To: in.To, User: in.Who, Source: in.Source, Name: in.Name, Resource: in.Resource,
		Ending: in.Ending, Limit: in.Limit, Token: in.After,
	}
	if !in.From.IsZero() && !in.To.IsZero() && in.From.After(in.To) {
		return q, &fault.Error{
			Code: fault.InvalidInput, Detail: "the time to which to look is before that from which",
			Fields: []fault.Field{{Field: "to", Message: "must not be before from"}},
		}
	}
	if in.Does != "" {
		reads := in.Does == "reads"
		q.ReadOnly = &reads
	}
	return q, nil
}

// noted is what the log keeps of a request to look into it.
func (in *auditRequest) noted() map[string]string {
	noted := map[string]string{
		"who": in.Who, "source": in.Source, "name": in.Name, "resource": in.Resource, "does": in.Does, "ending": string(in.Ending), "after": in.After,
	}
	for name, at := range map[string]time.Time{"from": in.From, "to": in.To} {
		if !at.IsZero() {
			noted[name] = at.UTC().Format(time.RFC3339)
		}
	}
	maps.DeleteFunc(noted, func(_, v string) bool { return v == "" })
	return noted
}

// lineOf is an event for a list: an outcome tells for its attempt too.
func lineOf(f audit.Found) auditRecord {
	r := recordOf(f.Record)
	for k, v := range f.Attempt.Detail {
		if _, ok := r.Detail[k]; !ok {
			r.Detail[k] = v
		}
	}
	return r
}

func recordOf(r audit.Record) auditRecord {
	detail := map[string]string{}
	maps.Copy(detail, r.Detail)
	return auditRecord{
		Index: r.Index, ID: r.ID, Time: r.Time, Phase: r.Phase, Action: r.Action, Resource: r.Resource, Who: auditWho(r.Who),
		SourceIP: r.SourceIP, RequestID: r.RequestID, UserAgent: r.UserAgent, ReadOnly: r.ReadOnly, Ending: r.Ending(), Result: r.Result, Detail: detail,
	}
}

// wholeOf is a record with its trail.
func wholeOf(r *audit.Record) (*auditRecord, error) {
	if r == nil {
		return nil, nil
	}
	whole := recordOf(*r)
	if r.AWS == "" {
		return &whole, nil
	}
	t, err := audit.ParseTrail(r.AWS)
	if err != nil {
		return nil, fmt.Errorf("reading the trail of record %d: %w", r.Index, err)
	}
	whole.Trail = &t
	return &whole, nil
}

func sheetOf(seen *audit.Seen) (auditSheet, error) {
	root, err := seen.Proof.Root()
	if err != nil {
		return auditSheet{}, err
	}
	p := seen.Proof
	sheet := auditSheet{Place: auditPlace{Log: p.Log, Index: p.Index, Size: p.Size, Root: root.String(), Checkpoint: p.Checkpoint}}
	event, err := wholeOf(&seen.Record)
	if err != nil {
		return sheet, err
	}
	sheet.Event = *event
	if sheet.Attempt, err = wholeOf(seen.Attempt); err != nil {
		return sheet, err
	}
	sheet.Outcome, err = wholeOf(seen.Outcome)
	return sheet, err
}
