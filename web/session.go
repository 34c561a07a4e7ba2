package web

import (
	"context"
	"net/http"
	"time"

	"signet/identity"
	"signet/internal/opaque"
	"signet/policy"
)

// me is the signed-in user, for the screen.
type me struct {
	ID          string      `json:"id"`
	Name        string      `json:"name"`
	DisplayName string      `json:"displayName"`
	Role        policy.Role `json:"role" enum:"admin,author,reader"`
	Groups      []string    `json:"groups" nullable:"false"`
	HasPassword bool        `json:"hasPassword"`
	May         may         `json:"may"`
	Instance    instance    `json:"instance"`
	ExpiresAt   time.Time   `json:"expiresAt"`
}

type instance struct {
	Version string `json:"version"`
	Demo    bool   `json:"demo"`
}

// may says which parts of the screen are for the user; each request decides for itself all the same.
type may struct {
	Keys    bool `json:"keys"`
	Secrets bool `json:"secrets"`
	Access  bool `json:"access"`
	Audit   bool `json:"audit" doc:"look into the audit log"`
}

// mayOf asks the policies of the AWS side, of which each is about a list as a whole.
func mayOf(c policy.Caller, account string) may {
	return may{
		Keys: asks(c, "kms:ListKeys", "*"), Secrets: asks(c, "secretsmanager:ListSecrets", "*"), Access: asks(c, "iam:ListUsers", "arn:aws:iam::"+account+":user/"),
		Audit: asks(c, "cloudtrail:LookupEvents", "*"),
	}
}

// asks is for what is offered or left out; it does nothing, so nothing is recorded.
func asks(c policy.Caller, action, resource string) bool {
	return policy.Decide(c, policy.Operation{Action: action, Resource: resource, Rules: &policy.Rules{Resource: resource}})
}

type meAnswer struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      me
}

type emptyRequest struct{}

type signInRequest struct {
	Body struct {
		Name     string `json:"name" maxLength:"200"`
		Password string `json:"password" maxLength:"1000"`
	}
}

type linkRequest struct {
	Body struct {
		Token string `json:"token" maxLength:"200"`
	}
}

type setupRequest struct {
	Body struct {
		Token       string `json:"token" maxLength:"200"`
		Name        string `json:"name" maxLength:"200"`
		DisplayName string `json:"displayName" maxLength:"400"`
		Password    string `json:"password" maxLength:"1000"`
	}
}

type passwordRequest struct {
	Body struct {
		Current  string `json:"current,omitempty" maxLength:"1000" doc:"not needed by a user without a password"`
		Password string `json:"password" maxLength:"1000"`
	}
}

// POST /session
func (s *Server) signIn(ctx context.Context, in *signInRequest) (*meAnswer, error) {
	token, _, err := s.cfg.Identity.SignIn(ctx, requestOf(ctx).origin, in.Body.Name, in.Body.Password)
	return s.begun(ctx, token, err)
}

// POST /session/link
func (s *Server) signInByLink(ctx context.Context, in *linkRequest) (*meAnswer, error) {
	token, _, err := s.cfg.Identity.UseLink(ctx, requestOf(ctx).origin, in.Body.Token)
	return s.begun(ctx, token, err)
}

// POST /setup
func (s *Server) setUp(ctx context.Context, in *setupRequest) (*meAnswer, error) {
	token, _, err := s.cfg.Identity.Setup(ctx, requestOf(ctx).origin, in.Body.Token, in.Body.Name, in.Body.DisplayName, in.Body.Password)
	return s.begun(ctx, token, err)
}

// begun answers with the user of a session that has just been made, and its cookie.
func (s *Server) begun(ctx context.Context, token opaque.Bytes, err error) (*meAnswer, error) {
	if err != nil {
		return nil, err
	}
	caller, session, err := s.cfg.Identity.Authenticate(ctx, string(token.Reveal()), requestOf(ctx).origin)
	if err != nil {
		return nil, err
	}
	return &meAnswer{SetCookie: sessionCookie(token, session.ExpiresAt, requestOf(ctx).secure), Body: s.me(caller, session)}, nil
}

// GET /session
func (s *Server) session(ctx context.Context, caller policy.Caller, _ *emptyRequest) (*body[me], error) {
	return &body[me]{Body: s.me(caller, signedIn(ctx).session)}, nil
}

func (s *Server) me(caller policy.Caller, session identity.Session) me {
	u := session.User
	groups := u.Groups
	if groups == nil {
		groups = []string{}
	}
	return me{
		ID: u.ID, Name: u.Name, DisplayName: u.DisplayName, Role: u.Role, Groups: groups, HasPassword: u.HasPassword,
		May: mayOf(caller, s.cfg.Identity.IAM().Account()), Instance: instance{Version: s.cfg.Version, Demo: s.cfg.Demo}, ExpiresAt: session.ExpiresAt,
	}
}

// cookieAnswer is an answer without a body that sets or drops the session's cookie.
type cookieAnswer struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

// DELETE /session
func (s *Server) signOut(ctx context.Context, caller policy.Caller, _ *emptyRequest) (*cookieAnswer, error) {
	if err := s.cfg.Identity.SignOut(ctx, caller); err != nil {
		return nil, err
	}
	return &cookieAnswer{SetCookie: noCookie(requestOf(ctx).secure)}, nil
}

// PUT /session/password: the user's other sessions end, and this one goes on under a new cookie.
func (s *Server) setPassword(ctx context.Context, caller policy.Caller, in *passwordRequest) (*cookieAnswer, error) {
	token, err := s.cfg.Identity.ChangePassword(ctx, caller, in.Body.Current, in.Body.Password)
	if err != nil {
		return nil, err
	}
	return &cookieAnswer{SetCookie: sessionCookie(token, signedIn(ctx).session.ExpiresAt, requestOf(ctx).secure)}, nil
}
