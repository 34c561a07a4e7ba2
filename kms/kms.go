// Package kms keeps keys and uses them for others, as AWS KMS does. It guarantees that key material
// never leaves it but where the operation says so; that each use of a key passes the one gate and is
// on the log before it happens; that disabling a key, a change of its policy and the end of a grant
// hold for the next request in every process of the store; that what was encrypted under a key opens
// only under that key, with the same encryption context, unchanged; and that a deleted key is gone.
//
// Each operation is a method of Service, named as AWS names it, and takes who is calling and an
// input. gate.go is the way of every operation and record.go what the trail keeps of it; key.go and state.go keep keys, material.go and
// ciphertext.go their bytes. SPEC.md draws the formats.
package kms

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"signet/audit"
	"signet/internal/epoch"
	"signet/internal/opaque"
	"signet/internal/rootkey"
	"signet/internal/store"
	"signet/policy"
)

// topic is that of write transactions, and the name of the epoch.
const topic = "kms"

// Service is the KMS of one account.
type Service struct {
	db      *store.DB
	gate    *audit.Gate
	clock   func() time.Time
	account string

	materials, grantTokens, importTokens rootkey.Sealer
	ids                                  opaque.Bytes // makes the ids of key material
	delegating                           *policy.Document
	epoch                                *epoch.Shared
	cache                                cache
	outside                              outside
}

// Config says for whom the service keeps keys.
type Config struct {
	Account string // 12 digits
}

// Scope says where a request is made and through whom. Region is the one whose endpoint was called;
// the rest is set by Signet's own services, never from the text of a request.
type Scope struct {
	Region    string
	Via       string // the service that asks on the caller's behalf, such as secretsmanager
	SourceArn string // the resource on whose behalf a service asks
}

// Use is what the requests that use a key have in common.
type Use struct {
	Scope
	KeyID       string // id or ARN of a key, name or ARN of an alias
	GrantTokens []string
	DryRun      bool
}

var accountForm = regexp.MustCompile(`^[0-9]{12}$`)

// Open opens the service over a store.
func Open(ctx context.Context, db *store.DB, root *rootkey.Ring, gate *audit.Gate, clock func() time.Time, config Config) (*Service, error) {
	if !accountForm.MatchString(config.Account) {
		return nil, fmt.Errorf("kms: account %q: an account has 12 digits", config.Account)
	}
	s := &Service{db: db, gate: gate, clock: clock, account: config.Account, epoch: epoch.NewShared(db, topic)}
	var failed [4]error
	s.materials, failed[0] = root.Sealer(materialPurpose)
	s.grantTokens, failed[1] = root.Sealer(grantTokenPurpose)
	s.importTokens, failed[2] = root.Sealer(importTokenPurpose)
	s.ids, failed[3] = root.Lasting(materialIDs)
	if err := errors.Join(failed[:]...); err != nil {
		return nil, fmt.Errorf("opening the keys: %w", err)
	}
	var err error
	if s.delegating, err = parsePolicy(s.defaultPolicy()); err != nil {
		return nil, fmt.Errorf("opening the keys: %w", err)
	}
	if err := s.tryRootKey(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// tryRootKey opens one material, so that a wrong root key is found at the start.
func (s *Service) tryRootKey(ctx context.Context) error {
	var id string
	err := s.db.QueryRow(ctx, "SELECT key_id FROM kms_materials WHERE sealed IS NOT NULL LIMIT 1").Scan(&id)
	if store.IsNoRows(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("opening the keys: %w", err)
	}
	k, err := s.read(ctx, s.db, id, nil)
	if err != nil || k == nil {
		return err
	}
	for i := range k.materials {
		if m := &k.materials[i]; m.there(time.Time{}) {
			_, err := s.open(k, m)
			return err
		}
	}
	return nil
}
