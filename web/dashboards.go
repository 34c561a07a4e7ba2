package web

import (
	"context"
	"time"

	"signet/dashboard"
	"signet/internal/fault"
	"signet/policy"
	"signet/project"
	"signet/writeback"
)

type dashboardRequest struct {
	ID string `path:"id" maxLength:"64"`
}

type filterRequest struct {
	ID     string `path:"id" maxLength:"64"`
	Filter string `path:"filter" maxLength:"64"`
	Search string `query:"search" maxLength:"200"`
}

type visualRequest struct {
	ID     string `path:"id" maxLength:"64"`
	Visual string `path:"visual" maxLength:"64"`
	Body   dashboard.QueryRequest
}

type historyRequest struct {
	ID     string `path:"id" maxLength:"64"`
	Visual string `path:"visual" maxLength:"64"`
	Key    string `query:"key" required:"true" maxLength:"2000"`
	After  string `query:"after" maxLength:"2000"`
}

// GET /dashboards
func (s *Server) dashboards(ctx context.Context, caller policy.Caller, in *listRequest) (*body[*dashboard.Page], error) {
	return wrap(s.cfg.Dashboards.List(ctx, caller, in.After, in.Limit))
}

// GET /dashboards/{id}
func (s *Server) dashboard(ctx context.Context, caller policy.Caller, in *dashboardRequest) (*body[*dashboard.View], error) {
	return wrap(s.cfg.Dashboards.Get(ctx, caller, in.ID))
}

// GET /dashboards/{id}/filters/{filter}/options
func (s *Server) options(ctx context.Context, caller policy.Caller, in *filterRequest) (*body[*dashboard.OptionList], error) {
	return wrap(s.cfg.Dashboards.Options(ctx, caller, in.ID, in.Filter, in.Search))
}

// POST /dashboards/{id}/visuals/{visual}/query: a POST because a filter can hold more than a URL.
func (s *Server) query(ctx context.Context, caller policy.Caller, in *visualRequest) (*body[*dashboard.VisualData], error) {
	return wrap(s.cfg.Dashboards.Query(ctx, caller, in.ID, in.Visual, in.Body))
}

// GET /dashboards/{id}/visuals/{visual}/history
func (s *Server) history(ctx context.Context, caller policy.Caller, in *historyRequest) (*body[*writeback.HistoryPage], error) {
	return wrap(s.cfg.Dashboards.History(ctx, caller, in.ID, in.Visual, in.Key, in.After))
}

type projectStatus struct {
	Version  string            `json:"version"`
	LoadedAt time.Time         `json:"loadedAt"`
	Problems []project.Problem `json:"problems" nullable:"false" doc:"of the last load; while there are any, the version before is served"`
}

// projectReaders may know what is wrong with the project's files.
var projectReaders = policy.Grant{Roles: []policy.Role{policy.Admin, policy.Author}}

// GET /project
func (s *Server) project(_ context.Context, caller policy.Caller, _ *emptyRequest) (*body[projectStatus], error) {
	if !projectReaders.Allows(caller) {
		return nil, fault.New(fault.Denied, "the project's state is for authors and administrators")
	}
	st := s.cfg.Project.Status()
	return &body[projectStatus]{projectStatus{st.Version, st.LoadedAt, append([]project.Problem{}, st.Problems...)}}, nil
}

// wrap makes an answer of what a domain call gave.
func wrap[T any](out T, err error) (*body[T], error) {
	if err != nil {
		return nil, err
	}
	return &body[T]{out}, nil
}
