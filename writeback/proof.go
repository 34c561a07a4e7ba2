package writeback

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"

	"signet/audit"
	"signet/internal/fault"
	"signet/internal/value"
	"signet/policy"
)

// Proven is a receipt with its place in the audit log.
type Proven struct {
	Receipt  json.RawMessage `json:"receipt"`
	Audit    Place           `json:"audit"`
	Verified bool            `json:"verified"` // the log's event holds this receipt's digest and is in the signed tree
}

// Place is where the log recorded a write.
type Place struct {
	Log        string      `json:"log"`
	Index      audit.Index `json:"index"`
	Size       int64       `json:"size"`
	Root       string      `json:"root"`
	Time       time.Time   `json:"time"`
	Checkpoint string      `json:"checkpoint"`
	Status     string      `json:"status"` // recorded, or pending until the outcome is in the log
}

// File is the receipt file that `signet receipt verify` checks offline.
type File struct {
	Format  string          `json:"format"`
	Receipt json.RawMessage `json:"receipt"`
	Proof   audit.Proof     `json:"proof"`
}

// fileFormat names the receipt file and its version.
const fileFormat = "signet receipt v1"

// maxFile bounds a receipt file, in bytes.
const maxFile = 1 << 20

// Receipt returns a receipt to those who may see it: who submitted it, admins, and whoever the
// row policy lets see the written row. To all others there is none.
func (e *Engine) Receipt(ctx context.Context, caller policy.Caller, id string) (*Proven, error) {
	raw, r, err := e.find(ctx, caller, id)
	if err != nil {
		return nil, err
	}
	p := &Proven{Receipt: raw, Audit: Place{Status: "pending"}}
	proof, event, err := e.prove(ctx, r)
	if errors.Is(err, errPending) {
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	root, err := proof.Root()
	if err != nil {
		return nil, err
	}
	p.Audit = Place{Log: proof.Log, Index: proof.Index, Size: proof.Size, Root: root.String(), Time: event.Time, Checkpoint: proof.Checkpoint, Status: "recorded"}
	p.Verified = event.Detail["digest"] == digest(raw)
	return p, nil
}

// ReceiptFile returns the file that proves a receipt to somebody without access to the server.
func (e *Engine) ReceiptFile(ctx context.Context, caller policy.Caller, id string) ([]byte, error) {
	raw, r, err := e.find(ctx, caller, id)
	if err != nil {
		return nil, err
	}
	proof, _, err := e.prove(ctx, r)
	if errors.Is(err, errPending) {
		return nil, fault.New(fault.LogUnavailable, "The write is not in the audit log's signed tree yet. Try again in a moment.")
	}
	if err != nil {
		return nil, err
	}
	b, err := json.MarshalIndent(File{Format: fileFormat, Receipt: raw, Proof: proof}, "", "  ")
	return append(b, '\n'), err
}

// find reads a receipt from the ledger of whichever target holds it.
func (e *Engine) find(ctx context.Context, caller policy.Caller, id string) (json.RawMessage, *Receipt, error) {
	missing := fault.New(fault.NotFound, "There is no such receipt, or you may not see it.")
	op := policy.Operation{Action: "writeback:GetReceipt", Resource: "receipt/" + clip(id), ReadOnly: true, Allow: policy.Everyone}
	if err := e.cfg.Gate.View(ctx, caller, op); err != nil {
		return nil, nil, err
	}
	if len(id) != ticketIDLength {
		return nil, nil, missing
	}
	asked := map[string]bool{}
	for _, a := range *e.actions.Load() {
		src, err := e.source(a.dataset.Source())
		if err != nil || asked[a.dataset.Source()] {
			continue
		}
		asked[a.dataset.Source()] = true
		result, err := e.query(ctx, a, ledgerLookup(src.Dialect(), []string{id}))
		if err != nil {
			return nil, nil, err
		}
		row, ok := ledgerRows(result)[id]
		if !ok {
			continue
		}
		r, err := parseReceipt(row.receipt)
		if err != nil {
			return nil, nil, err
		}
		if !e.mayReadReceipt(caller, r) {
			return nil, nil, missing
		}
		return json.RawMessage(row.receipt), r, nil
	}
	return nil, nil, missing
}

func (e *Engine) mayReadReceipt(caller policy.Caller, r *Receipt) bool {
	p := caller.Principal()
	if p.ID == r.Who.ID || p.Role == policy.Admin {
		return true
	}
	ds, ok := e.cfg.Datasets.Get(r.Dataset)
	return ok && ds.Allows(caller, func(field string) (value.Value, bool) {
		for _, f := range r.Signed {
			if f.Name == field {
				return f.Value, true
			}
		}
		return value.Value{}, false
	})
}

// errPending says that an outcome is not in the log yet.
var errPending = errors.New("writeback: no outcome in the log")

// outcomeWindow is how many events after an attempt its outcome is looked for at once: the log is
// read forward from the attempt, whose index the receipt holds.
const outcomeWindow = 512

func (e *Engine) prove(ctx context.Context, r *Receipt) (audit.Proof, audit.Event, error) {
	for from := r.Attempt + 1; ; from += outcomeWindow {
		records, err := e.cfg.Log.Events(ctx, from, outcomeWindow)
		if err != nil {
			return audit.Proof{}, audit.Event{}, err
		}
		for _, record := range records {
			if record.Attempt == r.Attempt && record.Phase == audit.PhaseOutcome {
				proof, err := e.cfg.Log.Prove(ctx, record.Index)
				return proof, record.Event, err
			}
		}
		if len(records) < outcomeWindow {
			return audit.Proof{}, audit.Event{}, errPending
		}
	}
}

// Verified is what a receipt file proves.
type Verified struct {
	Receipt Receipt
	Event   audit.Event
	Proof   audit.Proof
}

// VerifyReceiptFile checks a receipt file by itself: the receipt's digest is in the event, the event
// is in the tree, and the tree is signed by one of the verifiers.
func VerifyReceiptFile(b []byte, verifiers note.Verifiers) (*Verified, error) {
	f, err := parseFile(b)
	if err != nil {
		return nil, err
	}
	event, err := audit.VerifyProof(f.Proof, verifiers)
	if err != nil {
		return nil, fmt.Errorf("the proof does not hold: %w", err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, f.Receipt); err != nil {
		return nil, fmt.Errorf("the receipt is not JSON: %w", err)
	}
	v := &Verified{Event: event, Proof: f.Proof}
	if err := strict(f.Receipt, &v.Receipt); err != nil {
		return nil, fmt.Errorf("the receipt is not whole: %w", err)
	}
	switch {
	case event.Detail["digest"] != digest(compact.Bytes()):
		return nil, errors.New("the receipt differs from the one that the log recorded")
	case event.Detail["receipt"] != v.Receipt.ID || event.Attempt != v.Receipt.Attempt || event.Result != audit.ResultOK:
		return nil, errors.New("the log's event is about another submission")
	}
	return v, nil
}

func parseFile(b []byte) (*File, error) {
	if len(b) > maxFile {
		return nil, fmt.Errorf("the file has %d bytes: a receipt file has at most %d", len(b), maxFile)
	}
	f := &File{}
	if err := strict(b, f); err != nil {
		return nil, fmt.Errorf("this is not a receipt file: %w", err)
	}
	if f.Format != fileFormat {
		return nil, fmt.Errorf("the file's format is %q: want %q", clip(f.Format), fileFormat)
	}
	return f, nil
}
