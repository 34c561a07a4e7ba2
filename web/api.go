package web

import (
	"context"
	"net/http"
	"path"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"signet/internal/value"
	"signet/policy"
)

const apiPath = "/api/v1"

// bySession is the one way to be allowed into the API: the session's cookie.
var bySession = []map[string][]string{{"session": {}}}

// body is an answer that is only a body.
type body[T any] struct{ Body T }

// listRequest asks for one page of a list.
type listRequest struct {
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	After string `query:"after" maxLength:"2000" doc:"next of the page before"`
}

// doors lets huma hang its handlers where ours are: behind mount.
type doors struct{ s *Server }

// Handle is called by huma for each operation.
func (d doors) Handle(op *huma.Operation, handler func(huma.Context)) {
	d.s.mount(op, func(w http.ResponseWriter, r *http.Request) { handler(humago.NewContext(op, r, w)) })
}

// ServeHTTP completes huma.Adapter.
func (d doors) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.s.mux.ServeHTTP(w, r) }

func newAPI(s *Server, version string) huma.API {
	cfg := huma.DefaultConfig("Signet", version)
	cfg.OpenAPIPath, cfg.DocsPath, cfg.SchemasPath, cfg.CreateHooks = "", "", "", nil
	cfg.NoFormatFallback = false
	cfg.Info.Description = "The API behind Signet's screens. Errors are RFC 9457 problem documents; unsafe methods must name their origin."
	cfg.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"session": {Type: "apiKey", In: "cookie", Name: cookieName}}
	// A value is a scalar of any JSON type; the column's or input's type tells which.
	cfg.Components.Schemas.RegisterTypeAlias(reflect.TypeFor[value.Value](), reflect.TypeFor[any]())
	return huma.NewAPI(cfg, doors{s})
}

// schemaName names the type of another package after both: several have a Field or a Problem.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if from := path.Base(t.PkgPath()); t.Name() != "" && from != "." && from != "web" {
		return strings.ToUpper(from[:1]) + from[1:] + name
	}
	return name
}

func operation(id, pattern, summary string) huma.Operation {
	method, where, _ := strings.Cut(pattern, " ")
	return huma.Operation{OperationID: id, Method: method, Path: apiPath + where, Summary: summary, Security: bySession, MaxBodyBytes: bodyBytes}
}

// open registers an operation for everybody; status is that of success, 0 for the usual one.
func open[I, O any](s *Server, id, pattern, summary string, status int, do func(context.Context, *I) (*O, error)) {
	op := operation(id, pattern, summary)
	op.Security, op.DefaultStatus = nil, status
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := do(ctx, in)
		if err != nil {
			return nil, problemOf(ctx, err)
		}
		return out, nil
	})
}

// closed registers an operation for people who are signed in.
func closed[I, O any](s *Server, id, pattern, summary string, do func(context.Context, policy.Caller, *I) (*O, error)) {
	huma.Register(s.api, operation(id, pattern, summary), func(ctx context.Context, in *I) (*O, error) {
		out, err := do(ctx, signedIn(ctx).caller, in)
		if err != nil {
			return nil, problemOf(ctx, err)
		}
		return out, nil
	})
}

// plain registers a handler of our own, for people who are signed in, and documents it from the
// types of its body and answer.
func plain[I, O any](s *Server, id, pattern, summary string, k kind, do http.HandlerFunc) {
	op := operation(id, pattern, summary)
	schemas := s.api.OpenAPI().Components.Schemas
	for part := range strings.SplitSeq(op.Path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			op.Parameters = append(op.Parameters, &huma.Param{Name: strings.TrimSuffix(name, "}"), In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}})
		}
	}
	if t := reflect.TypeFor[I](); t != reflect.TypeFor[emptyRequest]() {
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: schemas.Schema(t, true, "")}}}
	}
	op.Responses = map[string]*huma.Response{
		"200":     {Description: "OK", Content: map[string]*huma.MediaType{k.produces: {Schema: schemas.Schema(reflect.TypeFor[O](), true, "")}}},
		"default": {Description: "Error", Content: map[string]*huma.MediaType{problemType: {Schema: schemas.Schema(reflect.TypeFor[problem](), true, "")}}},
	}
	for status, description := range k.also {
		op.Responses[status] = &huma.Response{Description: description, Content: op.Responses["200"].Content}
	}
	op.MaxBodyBytes = k.limit
	s.api.OpenAPI().AddOperation(&op)
	s.mount(&op, do)
}

// kind is what differs between routes with a handler of our own.
type kind struct {
	produces string
	limit    int64             // bytes of a body
	also     map[string]string // further statuses with the body of 200
}

var (
	asJSON     = kind{produces: "application/json", limit: bodyBytes}
	asEvents   = kind{produces: "text/event-stream"}
	submission = kind{produces: "application/json", limit: submitBytes, also: map[string]string{"201": "Written; 200 is the first receipt of a used ticket"}}
)

// mount puts an operation on the mux behind what holds for all: who calls is known before
// anything is read, and nobody sends more than the operation takes. An operation is closed unless
// it says that it needs no session.
func (s *Server) mount(op *huma.Operation, do http.HandlerFunc) {
	pattern := op.Method + " " + op.Path
	route, public, limit := s.metrics.route(pattern, op.OperationID == "events"), op.Security == nil, op.MaxBodyBytes
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		rec := requestOf(r.Context())
		rec.route = route
		w.Header()["Cache-Control"] = noStore
		if !public {
			who, err := s.authenticate(r)
			if err != nil {
				writeProblem(w, r, err)
				return
			}
			rec.visitor = who
		}
		// One byte more, so that huma, which has this limit too, finds the excess itself.
		r.Body = http.MaxBytesReader(w, r.Body, limit+1)
		do(w, r)
	})
}

// outside puts a handler that is no part of the API on the mux.
func (s *Server) outside(pattern string, do http.HandlerFunc) {
	route := s.metrics.route(pattern, false)
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		requestOf(r.Context()).route = route
		do(w, r)
	})
}
