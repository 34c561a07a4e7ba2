package kms

import (
	"context"
	"slices"
	"strings"
	"time"

	"signet/audit"
	"signet/policy"
)

// Usage is how often a key was used lately.
type Usage struct {
	Since time.Time // uses before it were not counted
	Hours []Hour    // those with a use or a refusal, oldest first
}

// Hour counts the uses of a key in an hour.
type Hour struct {
	Start time.Time // UTC
	Uses  int       // that succeeded
	Other int       // that were denied or failed
}

// Bounds of one Usage: counting reads each event.
const (
	usageDays   = 30
	usageEvents = 20_000
	usageTime   = 2 * time.Second
)

// Usage counts the uses of a key in the last thirty days, newest first and up to a bound: Since tells how far
// it came. It needs the permission for the key and for the audit log.
func (s *Service) Usage(ctx context.Context, c policy.Caller, in KeyInput) (Usage, error) {
	k, err := s.look(ctx, c, request{Scope: in.Scope, action: "DescribeKey", key: in.KeyID})
	if err != nil {
		return Usage{}, err
	}
	now := s.clock().UTC()
	out := Usage{Since: now.Truncate(24*time.Hour).AddDate(0, 0, 1-usageDays)}
	q := audit.Query{Resource: k.arn, Acts: true, From: out.Since, Limit: 1000}
	hours := map[time.Time]*Hour{}
	find := func(ctx context.Context, q audit.Query) ([]audit.Found, string, error) {
		return s.gate.Lookup(ctx, c, q, map[string]string{"resource": k.arn})
	}
	for read, end := 0, time.Now().Add(usageTime); ; find = s.gate.Log().Search { // the gate was asked once
		found, next, err := find(ctx, q)
		if err != nil {
			return Usage{}, err
		}
		for _, f := range found {
			count(hours, f)
		}
		if read += len(found); next == "" {
			break
		}
		if q.Token = next; len(found) > 0 && (read >= usageEvents || time.Now().After(end)) {
			out.Since = found[len(found)-1].Time.UTC()
			break
		}
	}
	for _, h := range hours {
		out.Hours = append(out.Hours, *h)
	}
	slices.SortFunc(out.Hours, func(a, b Hour) int { return a.Start.Compare(b.Start) })
	return out, nil
}

func count(hours map[time.Time]*Hour, f audit.Found) {
	if !slices.Contains(uses, strings.TrimPrefix(f.Action, "kms:")) {
		return
	}
	start := f.Time.UTC().Truncate(time.Hour)
	h := hours[start]
	if h == nil {
		h = &Hour{Start: start}
		hours[start] = h
	}
	if f.Result == audit.ResultOK {
		h.Uses++
	} else {
		h.Other++
	}
}
