package web

import (
	"context"
	"net/http"
	"time"

	"signet/identity"
	"signet/internal/fault"
	"signet/internal/opaque"
	"signet/policy"
)

const cookieName = "signet_session"

// visitor is who sent a request, as identity vouches for it.
type visitor struct {
	caller  policy.Caller
	session identity.Session
}

// signedIn returns the request's visitor. On a route that is closed to strangers there is one; the
// zero visitor's caller is nobody, whom every domain method refuses.
func signedIn(ctx context.Context) visitor {
	if r := requestOf(ctx); r != nil {
		return r.visitor
	}
	return visitor{}
}

// authenticate asks identity who holds the request's cookie. There is no other way in, and the
// stream of events uses this one too (threat A23).
func (s *Server) authenticate(r *http.Request) (visitor, error) {
	c, err := r.Cookie(cookieName)
	if err != nil || c.Value == "" {
		return visitor{}, fault.New(fault.Unauthenticated, "sign in first")
	}
	caller, session, err := s.cfg.Identity.Authenticate(r.Context(), c.Value, requestOf(r.Context()).origin)
	if err != nil {
		return visitor{}, err
	}
	return visitor{caller: caller, session: session}, nil
}

// cookie makes the session's cookie; the browser drops it when the session is over at the latest.
func sessionCookie(token opaque.Bytes, ends time.Time, secure bool) http.Cookie {
	return http.Cookie{Name: cookieName, Value: string(token.Reveal()), Path: "/", Expires: ends, HttpOnly: true, Secure: secure, SameSite: http.SameSiteStrictMode}
}

func noCookie(secure bool) http.Cookie {
	return http.Cookie{Name: cookieName, Path: "/", MaxAge: -1, HttpOnly: true, Secure: secure, SameSite: http.SameSiteStrictMode}
}
