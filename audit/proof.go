package audit

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"signet/internal/fault"
)

// proofFormat is the purpose and version of a proof's JSON form.
const proofFormat = "signet-audit-proof-v1"

// Proof shows that an event is in a log: whoever trusts the log's key can check it, without the log.
//
//	checkpoint --signature--> log name, size, root <--hashes-- leaf at index
type Proof struct {
	Log        string // the log's name
	Index      Index
	Size       int64 // of the log at the checkpoint
	Leaf       []byte
	Hashes     []tlog.Hash // from the leaf's sibling up
	Checkpoint string      // signed note
}

var errGone = errors.New("it is missing, though the log's head covers it")

// Prove returns the proof for an event, against the newest signed checkpoint.
func (l *Log) Prove(ctx context.Context, index Index) (Proof, error) {
	p := Proof{Log: l.Name(), Index: index}
	var signed []byte
	if err := l.db.QueryRow(ctx, "SELECT size, checkpoint FROM audit_head WHERE id = 1").Scan(&p.Size, &signed); err != nil {
		return Proof{}, fmt.Errorf("audit: reading the head: %w", err)
	}
	if index < 0 || index >= p.Size {
		return Proof{}, fault.New(fault.NotFound, "the audit log has no record %d", index)
	}
	p.Checkpoint = string(signed)
	leaf, found, err := readLeaf(ctx, l.db, index)
	if err == nil && !found {
		err = errGone
	}
	if err != nil {
		return Proof{}, fmt.Errorf("audit: reading record %d: %w", index, err)
	}
	p.Leaf = bytes.Clone(leaf) // and not the whole block
	hashes, err := tlog.ProveRecord(p.Size, index, storedHashes(ctx, l.db))
	if err != nil {
		return Proof{}, fmt.Errorf("audit: proving record %d: %w", index, err)
	}
	p.Hashes = hashes
	return p, nil
}

// Root is the root of the tree that the proof's checkpoint names. VerifyProof says whether to believe it.
func (p Proof) Root() (tlog.Hash, error) {
	c, err := peekCheckpoint([]byte(p.Checkpoint))
	return c.root, err
}

// VerifyProof checks a proof with nothing but the log's public key and returns the event proven.
func VerifyProof(p Proof, verifiers note.Verifiers) (Event, error) {
	c, err := openCheckpoint([]byte(p.Checkpoint), verifiers)
	if err != nil {
		return Event{}, err
	}
	if c.origin != p.Log || c.size != p.Size {
		return Event{}, fmt.Errorf("audit: the proof is for %s at size %d, its checkpoint for %s at size %d", p.Log, p.Size, c.origin, c.size)
	}
	if p.Index < 0 || p.Index >= p.Size {
		return Event{}, fmt.Errorf("audit: the proof is for record %d of a log of size %d", p.Index, p.Size)
	}
	if err := tlog.CheckRecord(p.Hashes, c.size, c.root, p.Index, tlog.RecordHash(p.Leaf)); err != nil {
		return Event{}, fmt.Errorf("audit: record %d is not what the log holds: %w", p.Index, err)
	}
	e, err := DecodeEvent(p.Leaf)
	if err != nil {
		return Event{}, fmt.Errorf("audit: record %d: %w", p.Index, err)
	}
	return e, nil
}

type proofWire struct {
	Format     string      `json:"format"`
	Log        string      `json:"log"`
	Index      Index       `json:"index"`
	Size       int64       `json:"size"`
	Leaf       []byte      `json:"leaf"`
	Hashes     []tlog.Hash `json:"hashes"`
	Checkpoint string      `json:"checkpoint"`
}

// MarshalJSON gives the form that SPEC.md describes.
func (p Proof) MarshalJSON() ([]byte, error) {
	hashes := p.Hashes
	if hashes == nil {
		hashes = []tlog.Hash{}
	}
	return json.Marshal(proofWire{proofFormat, p.Log, p.Index, p.Size, p.Leaf, hashes, p.Checkpoint})
}

// UnmarshalJSON reads that form and nothing else: every field once, no others, base64 in its one spelling.
func (p *Proof) UnmarshalJSON(data []byte) error {
	found, err := fields(data, "format", "log", "index", "size", "leaf", "hashes", "checkpoint")
	if err != nil {
		return fmt.Errorf("audit: reading a proof: %w", err)
	}
	var w struct {
		format, leaf string
		hashes       []string
	}
	read := Proof{}
	for name, into := range map[string]any{
		"format": &w.format, "log": &read.Log, "index": &read.Index, "size": &read.Size,
		"leaf": &w.leaf, "hashes": &w.hashes, "checkpoint": &read.Checkpoint,
	} {
		if bytes.Equal(found[name], []byte("null")) {
			return fmt.Errorf("audit: reading a proof: field %q is null", name)
		}
		if err := json.Unmarshal(found[name], into); err != nil {
			return fmt.Errorf("audit: reading a proof: field %q: %w", name, err)
		}
	}
	if w.format != proofFormat {
		return fmt.Errorf("audit: reading a proof: its format is %q, known is %q", w.format, proofFormat)
	}
	if read.Leaf, err = exactBase64(w.leaf); err != nil {
		return fmt.Errorf("audit: reading a proof: field \"leaf\": %w", err)
	}
	if len(w.hashes) > 64 {
		return fmt.Errorf("audit: reading a proof: %d hashes are more than any tree needs", len(w.hashes))
	}
	for i, text := range w.hashes {
		h, err := exactBase64(text)
		if err != nil || len(h) != tlog.HashSize {
			return fmt.Errorf("audit: reading a proof: hash %d is malformed", i)
		}
		read.Hashes = append(read.Hashes, tlog.Hash(h))
	}
	*p = read
	return nil
}

// exactBase64 refuses line breaks and stray bits, which the strict decoder lets through or not.
func exactBase64(s string) ([]byte, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err == nil && base64.StdEncoding.EncodeToString(b) != s {
		err = fmt.Errorf("it is not canonical base64")
	}
	return b, err
}
