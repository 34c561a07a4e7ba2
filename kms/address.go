package kms

import (
	"context"
	"crypto/rand"
	"fmt"
	"regexp"
	"strings"

	"signet/internal/store"
)

var (
	keyIDForm  = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	aliasForm  = regexp.MustCompile(`^alias/[a-zA-Z0-9/_-]{1,250}$`)
	regionForm = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)
)

// target is what a request is about: a key, or the ARN of one that is not there.
type target struct {
	arn   string
	alias string // by which it was named, or ""
	key   *known // nil when there is none
}

// missing says that there is no such key or alias. About a key that only a ciphertext names it says no
// more than to those who may not use it.
func (t target) missing(unnamed bool) error {
	if unnamed {
		return fail(AccessDeniedException, "The ciphertext refers to a customer master key that does not exist, "+
			"does not exist in this region, or you are not allowed to access.")
	}
	if strings.Contains(t.arn, ":alias/") {
		return fail(NotFoundException, "Alias %s is not found.", t.arn)
	}
	return notFound(t.arn)
}

func notFound(arn string) *Error { return fail(NotFoundException, "Key '%s' does not exist", arn) }

func (s *Service) arn(region, resource string) string {
	return "arn:aws:kms:" + region + ":" + s.account + ":" + resource
}

func (s *Service) keyARN(region, id string) string { return s.arn(region, "key/"+id) }

// find looks up what a request names: a key's id or ARN, and for some operations an alias or its ARN.
func (s *Service) find(ctx context.Context, r request) (target, error) {
	id, alias, err := s.address(r.Region, r.key)
	if err != nil {
		return target{}, err
	}
	if alias != "" {
		if !r.byAlias {
			return target{}, fail(NotFoundException, "Invalid keyId '%s'", clip(r.key))
		}
		err := s.db.QueryRow(ctx, "SELECT key_id FROM kms_aliases WHERE region = ? AND name = ?", r.Region, alias).Scan(&id)
		if store.IsNoRows(err) {
			return target{arn: s.arn(r.Region, alias), alias: alias}, nil
		}
		if err != nil {
			return target{}, fmt.Errorf("looking up %s: %w", alias, err)
		}
	}
	k, err := s.load(ctx, id)
	if err != nil {
		return target{}, err
	}
	if k == nil || k.region != r.Region || k.gone(s.clock()) && !r.ended {
		return target{arn: s.keyARN(r.Region, id), alias: alias}, nil
	}
	return target{arn: k.arn, alias: alias, key: k}, nil
}

// address reads a key's name. Only keys of this account and region have one.
func (s *Service) address(region, text string) (id, alias string, err error) {
	if !regionForm.MatchString(region) {
		return "", "", invalid("there is no region %q", clip(region))
	}
	name := text
	if strings.HasPrefix(text, "arn:") {
		p := strings.SplitN(text, ":", 6)
		switch {
		case len(p) != 6 || p[1] != "aws" || p[2] != "kms":
			return "", "", fail(InvalidArnException, "Invalid arn %s", clip(text))
		case p[3] != region:
			return "", "", fail(NotFoundException, "Invalid arn %s", clip(p[3]))
		case p[4] != s.account:
			return "", "", notFound(clip(text))
		}
		name = p[5]
		if rest, ok := strings.CutPrefix(name, "key/"); ok {
			name = rest
		} else if !strings.HasPrefix(name, "alias/") {
			return "", "", fail(InvalidArnException, "Invalid arn %s", clip(text))
		}
	}
	switch {
	case keyIDForm.MatchString(name):
		return name, "", nil
	case aliasForm.MatchString(name):
		return "", name, nil
	}
	return "", "", fail(NotFoundException, "Invalid keyId '%s'", clip(text))
}

// newKeyID makes a random UUID.
func newKeyID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: it would end the process
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return formatKeyID(b)
}

func formatKeyID(b [16]byte) string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
