package web

import (
	"crypto/rand"
	"net/http"

	"signet/internal/fault"
)

// hardened sets the headers that hold for every answer. A page adds the part of the content
// policy that a page needs; what is no page may do nothing at all.
func (s *Server) hardened(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["X-Content-Type-Options"] = nosniff
		h["Referrer-Policy"] = noReferrer
		h["Cross-Origin-Opener-Policy"] = sameOrigin
		h["Cross-Origin-Resource-Policy"] = sameOrigin
		h["X-Frame-Options"] = denyFrames
		h["Permissions-Policy"] = permissions
		h["Content-Security-Policy"] = nothingPolicy
		if requestOf(r.Context()).secure {
			h["Strict-Transport-Security"] = oneYear
		}
		next.ServeHTTP(w, r)
	})
}

// Shared by all answers, so that a header costs no allocation. Never changed.
var (
	nosniff       = []string{"nosniff"}
	noReferrer    = []string{"no-referrer"}
	sameOrigin    = []string{"same-origin"}
	denyFrames    = []string{"DENY"}
	permissions   = []string{"accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), microphone=(), midi=(), payment=(), serial=(), usb=()"}
	nothingPolicy = []string{"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"}
	oneYear       = []string{"max-age=31536000; includeSubDomains"}
	noStore       = []string{"no-store"}
	jsonType      = []string{"application/json"}
)

// pagePolicy is the content policy of the one page. The nonce is for the style elements that the
// component libraries make; scripts come only from our own files.
func pagePolicy(nonce string) string {
	return "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-" + nonce + "'; img-src 'self' data:; font-src 'self'; " +
		"connect-src 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'"
}

func newNonce() string { return rand.Text() }

// sameSite refuses unsafe requests that another site's page may have made (threat A21). A request
// that names no origin at all is refused too: each browser that can hold our cookie sends one, and
// a script that signs in by cookie can.
func (s *Server) sameSite(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodGet, http.MethodHead, http.MethodOptions:
			next.ServeHTTP(w, r)
			return
		}
		if r.Header.Get("Origin") == "" && r.Header.Get("Sec-Fetch-Site") == "" {
			writeProblem(w, r, fault.New(fault.Denied, "a changing request must say which site made it: send an Origin header with this server's address"))
			return
		}
		if err := s.crossOrigin.Check(r); err != nil {
			writeProblem(w, r, fault.Wrap(err, fault.Denied, "the request comes from another site"))
			return
		}
		next.ServeHTTP(w, r)
	})
}
