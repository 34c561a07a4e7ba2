package vault

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/openbao/openbao/api/v2"
)

// session is a token and what is known of it.
type session struct {
	client *api.Client
	own    bool          // the token was made by our login, so that it is ours to revoke
	first  time.Duration // how long it was to last; 0 for a token without an end
	until  time.Time     // guarded by Provider.mu; zero for a token without an end
	p      *Provider
}

// atMost is the end of something that lasts for d, and no longer than the token.
func (s *session) atMost(d time.Duration) time.Time {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	end := time.Now().Add(d)
	if !s.until.IsZero() && s.until.Before(end) {
		return s.until
	}
	return end
}

// known reports whether Vault knows the token. Where it does not answer, nothing speaks against the token.
func (s *session) known(ctx context.Context) bool {
	_, err := s.client.Auth().Token().LookupSelfWithContext(ctx)
	return status(err) != http.StatusForbidden
}

// session returns the one that is good now, and logs in where there is none.
func (p *Provider) session(ctx context.Context) (*session, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.now; s != nil && (s.until.IsZero() || time.Now().Before(s.until)) {
		return s, nil
	}
	return p.login(ctx)
}

// login makes a session and keeps it alive. The caller holds p.mu.
func (p *Provider) login(ctx context.Context) (*session, error) {
	client, err := p.connect()
	if err != nil {
		return nil, err
	}
	s := &session{client: client, p: p}
	var ttl time.Duration
	if p.cfg.TokenFile != "" {
		ttl, err = s.useToken(ctx, p.cfg.TokenFile)
	} else {
		ttl, err = s.useAppRole(ctx, p.cfg)
	}
	if err != nil {
		return nil, fmt.Errorf("logging in to Vault: %w", err)
	}
	if ttl > 0 {
		s.first, s.until = ttl, time.Now().Add(ttl)
	}
	p.now = s
	if ttl > 0 {
		p.jobs.Go(func() { p.keep(s) })
	}
	return s, nil
}

// connect makes a client from the settings alone: nothing of the environment is read.
func (p *Provider) connect() (*api.Client, error) {
	cfg := api.NewConfig()
	cfg.Address, cfg.DisableEnvironment, cfg.MaxRetries, cfg.MinRetryWait, cfg.MaxRetryWait = p.cfg.Address, true, 2, 100*time.Millisecond, time.Second
	if err := cfg.ConfigureTLS(&api.TLSConfig{CACert: p.cfg.CA}); err != nil {
		return nil, fmt.Errorf("reading the CA file of Vault: %w", err)
	}
	client, err := api.NewClient(cfg)
	if err == nil && p.cfg.Namespace != "" {
		client.SetNamespace(p.cfg.Namespace)
	}
	return client, err
}

// maxToken bounds the file of a token, in bytes.
const maxToken = 16 << 10

func readLine(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	b := make([]byte, maxToken)
	n, _ := f.Read(b)
	defer clear(b)
	if line := strings.TrimSpace(string(b[:n])); line != "" && n < maxToken {
		return line, nil
	}
	return "", fmt.Errorf("%s is empty or no token", file)
}

// useToken takes the token of a file, and returns how long it lasts, 0 for ever.
func (s *session) useToken(ctx context.Context, file string) (time.Duration, error) {
	token, err := readLine(file)
	if err != nil {
		return 0, err
	}
	s.client.SetToken(token)
	got, err := s.client.Auth().Token().LookupSelfWithContext(ctx)
	if err != nil {
		return 0, short(err)
	}
	ttl, err := got.TokenTTL()
	if err != nil {
		return 0, errors.New("how long the token lasts, Vault does not say")
	}
	return ttl, nil
}

// useAppRole logs in by AppRole.
func (s *session) useAppRole(ctx context.Context, c Config) (time.Duration, error) {
	id, err := readLine(c.SecretIDFile)
	if err != nil {
		return 0, err
	}
	got, err := s.client.Logical().WriteWithContext(ctx, "auth/"+c.AppRole+"/login", map[string]any{"role_id": c.RoleID, "secret_id": id})
	if err != nil {
		return 0, short(err)
	}
	if got == nil || got.Auth == nil {
		return 0, errors.New("no token in the answer")
	}
	s.client.SetToken(got.Auth.ClientToken)
	s.own = true
	return time.Duration(got.Auth.LeaseDuration) * time.Second, nil
}

// keep renews a token at half of its time, until another one has taken its place.
func (p *Provider) keep(s *session) {
	for wait := s.first / 2; ; {
		t := time.NewTimer(max(wait, minWait))
		select {
		case <-t.C:
		case <-p.ctx.Done():
			t.Stop()
			return
		}
		if wait = p.tend(s); wait == 0 {
			return
		}
	}
}

const (
	minWait = 50 * time.Millisecond
	// maxWait is how long a Vault is left alone that does not answer.
	maxWait = 15 * time.Second
	// answerWithin bounds one renewal.
	answerWithin = 10 * time.Second
)

// tend renews a token and returns when to come back, 0 for never. When it can have no more time, the next
// login takes its place while it is still good for what hangs on it.
func (p *Provider) tend(s *session) time.Duration {
	ctx, cancel := context.WithTimeout(p.ctx, answerWithin)
	defer cancel()
	got, err := s.client.Auth().Token().RenewSelfWithContext(ctx, int(s.first.Seconds()))
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.now != s {
		return 0
	}
	if err == nil && got != nil && got.Auth != nil {
		s.until = time.Now().Add(time.Duration(got.Auth.LeaseDuration) * time.Second)
	}
	left := time.Until(s.until)
	if left > s.first/2 {
		return left / 2
	}
	if p.unchanged(s) {
		return sooner(left) // nothing to replace it with: whoever writes the file may yet
	}
	if _, err := p.login(ctx); err != nil {
		return sooner(left)
	}
	return 0
}

// unchanged reports whether another login would give the same token again.
func (p *Provider) unchanged(s *session) bool {
	if p.cfg.TokenFile == "" {
		return false
	}
	token, err := readLine(p.cfg.TokenFile)
	return err != nil || token == s.client.Token()
}

// sooner is when to try again what has failed; 0 when it is too late, and the next who asks logs in.
func sooner(left time.Duration) time.Duration {
	if left <= 0 {
		return 0
	}
	return max(min(left/8, maxWait), minWait)
}

// forget drops a session that Vault does not know any more.
func (p *Provider) forget(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.now == s {
		p.now = nil
	}
}

// Close ends the session. Leases must be given back before.
func (p *Provider) Close() {
	p.stop()
	p.jobs.Wait()
	p.mu.Lock()
	s := p.now
	p.now = nil
	p.mu.Unlock()
	if s != nil && s.own {
		ctx, cancel := context.WithTimeout(context.Background(), answerWithin)
		defer cancel()
		_ = s.client.Auth().Token().RevokeSelfWithContext(ctx, "") // it ends by itself otherwise
	}
}
