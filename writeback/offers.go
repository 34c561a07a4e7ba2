package writeback

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"signet/dataset"
	"signet/internal/value"
	"signet/policy"
	"signet/ticket"
)

// Offered is what the tickets of one action on one page have in common.
type Offered struct {
	Action    string `json:"action"`
	Head      string `json:"head"`
	ExpiresAt string `json:"expiresAt" format:"date-time"` // RFC 3339
}

// Offers are the tickets of a page. Rows has a list for each row, with its own part of the ticket of
// each action in Offered: "" where there is none, and the list may end early. A ticket is the head, a
// point, and the row's part.
type Offers struct {
	Offered []Offered
	Rows    [][]string
}

// Tokens puts the tickets of a row together, by action.
func (o *Offers) Tokens(row int) map[string]string {
	tokens := map[string]string{}
	for i, part := range o.Rows[row] {
		if part != "" {
			tokens[o.Offered[i].Action] = ticket.Token(o.Offered[i].Head, part)
		}
	}
	return tokens
}

// Offers signs, for each row of a page, a ticket for each of the named actions that the caller may
// run on it. whole holds all fields of each row, in the dataset's order, as the caller may see them.
func (e *Engine) Offers(_ context.Context, caller policy.Caller, ds *dataset.Dataset, actions []string, whole [][]value.Value) (Offers, error) {
	offers := Offers{Rows: make([][]string, len(whole))}
	for _, id := range actions {
		a, ok := (*e.actions.Load())[id]
		if !ok || a.Dataset != ds.ID() || a.dataset.Fingerprint() != ds.Fingerprint() || !a.Allow.Allows(caller) {
			continue
		}
		if err := e.offer(a, caller, whole, &offers); err != nil {
			return Offers{}, err
		}
	}
	return offers, nil
}

func (e *Engine) offer(a *action, caller policy.Caller, whole [][]value.Value, offers *Offers) error {
	keyID, secret, err := e.cfg.Keys.Current(TicketKey)
	if err != nil {
		return err
	}
	now := e.cfg.Clock().UTC().Truncate(time.Millisecond)
	h := ticket.Header{
		Instance: e.cfg.Instance, Action: a.ID, Version: a.version, Dataset: a.Dataset, Target: a.targetName(),
		Principal: caller.Principal().ID, Issued: now, Expires: now.Add(a.Expires),
	}
	page, err := ticket.NewPage(ticket.Key{ID: keyID, Secret: secret}, h, a.names)
	if err != nil {
		return err
	}
	of := len(offers.Offered)
	offers.Offered = append(offers.Offered, Offered{Action: a.ID, Head: page.Head(), ExpiresAt: h.Expires.Format(time.RFC3339Nano)})
	random := make([]byte, len(whole)*randomSize)
	_, _ = rand.Read(random) // never fails
	// A page's time is mostly hashing, and each row is on its own.
	var parts errgroup.Group
	step := max(minPart, (len(whole)+runtime.GOMAXPROCS(0)-1)/runtime.GOMAXPROCS(0))
	for from := 0; from < len(whole); from += step {
		to := min(from+step, len(whole))
		parts.Go(func() error { return a.sign(page, of, whole[from:to], random[from*randomSize:], offers.Rows[from:to]) })
	}
	return parts.Wait()
}

const (
	randomSize = ticket.NonceSize - 6
	minPart    = 40 // rows that are worth a goroutine
)

// sign adds a ticket, at the place of, for each row that gets one. random holds the nonces' random bits.
func (a *action) sign(page *ticket.Page, of int, whole [][]value.Value, random []byte, parts [][]string) error {
	signer, err := page.Signer()
	if err != nil {
		return err
	}
	signed, rest := make([]value.Value, len(a.signed)), make([]value.Value, len(a.rest))
	version := signer.RowVersion(nil, nil) // of a row that the ticket carries whole
	for i, row := range whole {
		if !a.matches(row) {
			continue
		}
		if len(a.rest) > 0 {
			version = signer.RowVersion(a.restName, pick(rest, row, a.rest))
		}
		nonce := page.Nonce([randomSize]byte(random[i*randomSize:]))
		for len(parts[i]) < of { // actions that are not offered on this row
			parts[i] = append(parts[i], "")
		}
		parts[i] = append(parts[i], signer.Sign(nonce, version, pick(signed, row, a.signed)))
	}
	return nil
}

// pick fills into with the values of row at the places.
func pick(into, row []value.Value, places []int) []value.Value {
	for i, at := range places {
		into[i] = row[at]
	}
	return into
}

// RowKeys returns, for each row of a page, the key under which History finds what was written for
// it: the record of the first of the named actions. "" means that there is none.
func (e *Engine) RowKeys(ds *dataset.Dataset, actions []string, whole [][]value.Value) []string {
	keys := make([]string, len(whole))
	a := e.historian(ds, actions)
	if a == nil {
		return keys
	}
	var b []byte
	for i, row := range whole {
		b = b[:0]
		for _, m := range a.match {
			b = appendKeyPart(b, row[a.signed[m]])
		}
		keys[i] = a.ID + "." + base64.RawURLEncoding.EncodeToString(b)
	}
	return keys
}

// historian is the first of the named actions that works on the dataset.
func (e *Engine) historian(ds *dataset.Dataset, actions []string) *action {
	for _, id := range actions {
		if a, ok := (*e.actions.Load())[id]; ok && a.Dataset == ds.ID() {
			return a
		}
	}
	return nil
}
