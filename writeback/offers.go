package writeback

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"time"

	"signet/dataset"
	"signet/internal/value"
	"signet/policy"
	"signet/ticket"
)

// Offer is a ticket as the browser gets it.
type Offer struct {
	Action    string    `json:"action"`
	Ticket    string    `json:"ticket"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// Offers signs, for each row of a page, a ticket for each of the named actions that the caller may
// run on it. whole holds all fields of each row, in the dataset's order, as the caller may see them.
// The result has one list for each row.
func (e *Engine) Offers(_ context.Context, caller policy.Caller, ds *dataset.Dataset, actions []string, whole [][]value.Value) ([][]Offer, error) {
	offers := make([][]Offer, len(whole))
	for _, id := range actions {
		a, ok := (*e.actions.Load())[id]
		if !ok || a.Dataset != ds.ID() || a.dataset.Fingerprint() != ds.Fingerprint() || !a.Allow.Allows(caller) {
			continue
		}
		if err := e.offer(a, caller, whole, offers); err != nil {
			return nil, err
		}
	}
	return offers, nil
}

func (e *Engine) offer(a *action, caller policy.Caller, whole [][]value.Value, offers [][]Offer) error {
	keyID, secret, err := e.cfg.Keys.Current(TicketKey)
	if err != nil {
		return err
	}
	now := e.cfg.Clock().UTC().Truncate(time.Millisecond)
	h := ticket.Header{
		Instance: e.cfg.Instance, Action: a.ID, Version: a.version, Dataset: a.Dataset, Target: a.targetName(),
		Principal: caller.Principal().ID, Issued: now, Expires: now.Add(a.Expires),
	}
	signer, err := ticket.NewSigner(ticket.Key{ID: keyID, Secret: secret}, h, a.names)
	if err != nil {
		return err
	}
	random := make([]byte, len(whole)*(ticket.NonceSize-6))
	_, _ = rand.Read(random) // never fails
	signed := make([]value.Value, len(a.signed))
	for i, row := range whole {
		bits := [ticket.NonceSize - 6]byte(random[i*(ticket.NonceSize-6):])
		if !a.matches(row) {
			continue
		}
		for j, at := range a.signed {
			signed[j] = row[at]
		}
		token := signer.Sign(ticket.NewNonce(now, bits), signer.RowVersion(a.fields, row), signed)
		offers[i] = append(offers[i], Offer{Action: a.ID, Ticket: token, ExpiresAt: h.Expires})
	}
	return nil
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
