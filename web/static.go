package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"

	"signet/internal/fault"
)

const nonceMark = "__CSP_NONCE__"

// pages are the paths of the application; it routes them itself, from the one index.html.
var pages = []string{"/{$}", "/dashboards", "/dashboards/{id}", "/receipts/{id}", "/signin", "/setup", "/account",
	"/keys", "/keys/{id}", "/secrets", "/access", "/access/users/{name}", "/access/groups/{name}", "/access/roles/{name}", "/access/policy", "/audit"}

// static serves the built application: one page with a fresh nonce for each request, and files
// whose names change with their content.
type static struct {
	index [][]byte // index.html, cut at the nonce
	files map[string]*asset
}

type asset struct {
	body      []byte
	mime      string
	etag      string
	immutable bool
	compress  sync.Once // makes zipped on the first request, so that a start costs nothing
	zipped    []byte    // nil when compression gains nothing
}

// newStatic reads the build. A nil fsys is a server that was built without it.
func newStatic(fsys fs.FS) (*static, error) {
	s := &static{files: map[string]*asset{}}
	if fsys == nil {
		return s, nil
	}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		if name == "index.html" {
			s.index = bytes.Split(body, []byte(nonceMark))
			return nil
		}
		s.files["/"+name] = newAsset(name, body)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the built UI: %w", err)
	}
	return s, nil
}

func newAsset(name string, body []byte) *asset {
	kind := mime.TypeByExtension(path.Ext(name))
	if kind == "" {
		kind = "application/octet-stream"
	}
	sum := sha256.Sum256(body)
	return &asset{body: body, mime: kind, etag: `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`, immutable: strings.HasPrefix(name, "assets/")}
}

func (s *static) built() bool { return len(s.index) > 0 }

// page answers with the application, whatever the path.
func (s *static) page(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h["Cache-Control"] = noStore
		if !s.built() {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte(notBuilt))
			return
		}
		nonce := newNonce()
		h.Set("Content-Security-Policy", pagePolicy(nonce))
		w.WriteHeader(status)
		_, _ = w.Write(bytes.Join(s.index, []byte(nonce)))
	}
}

const notBuilt = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Signet</title></head>
<body><h1>Signet runs, but its screens are not built in</h1>
<p>This server was built without the UI. Run <code>make ui build</code>, then start it again. The API is under /api/v1.</p>
</body></html>
`

// rest answers for the files beside the page, such as its icon, and for paths that nothing has:
// the application says so itself.
func (s *static) rest(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		noRoute(w, r)
		return
	}
	if _, ok := s.files[r.URL.Path]; ok {
		s.file(w, r)
		return
	}
	s.page(http.StatusNotFound)(w, r)
}

// file answers with one file of the build.
func (s *static) file(w http.ResponseWriter, r *http.Request) {
	a, ok := s.files[r.URL.Path]
	if !ok {
		writeProblem(w, r, fault.New(fault.NotFound, "there is no such file"))
		return
	}
	h := w.Header()
	h.Set("ETag", a.etag)
	h.Set("Vary", "Accept-Encoding")
	if h.Set("Cache-Control", "no-cache"); a.immutable {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if strings.Contains(r.Header.Get("If-None-Match"), a.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := a.body
	if acceptsGzip(r) {
		a.compress.Do(a.zip)
		if a.zipped != nil {
			body = a.zipped
			h.Set("Content-Encoding", "gzip")
		}
	}
	h.Set("Content-Type", a.mime)
	h.Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

func (a *asset) zip() {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		panic(err) // the level is a constant
	}
	_, _ = z.Write(a.body) // a buffer takes everything
	_ = z.Close()
	if b.Len() < len(a.body)*9/10 {
		a.zipped = b.Bytes()
	}
}

// acceptsGzip understands the header as browsers send it; q=0 is a refusal.
func acceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name == "gzip" && strings.TrimSpace(q) != "q=0" {
			return true
		}
	}
	return false
}
