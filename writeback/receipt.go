package writeback

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/crypto/blake2b"

	"signet/internal/value"
)

// Field is one value on the screen or in a receipt, with how to show it.
type Field struct {
	Name   string      `json:"name"`
	Label  string      `json:"label"`
	Type   value.Kind  `json:"type"`
	Format string      `json:"format,omitempty"`
	Value  value.Value `json:"value"`
}

// UnmarshalJSON reads what encoding/json writes of a Field, and refuses anything more.
func (f *Field) UnmarshalJSON(b []byte) error {
	var raw struct {
		Name   string     `json:"name"`
		Label  string     `json:"label"`
		Type   value.Kind `json:"type"`
		Format string     `json:"format"`
		Value  any        `json:"value"`
	}
	if err := strict(b, &raw); err != nil {
		return err
	}
	v, err := value.Parse(raw.Type, raw.Value)
	*f = Field{Name: raw.Name, Label: raw.Label, Type: raw.Type, Format: raw.Format, Value: v}
	return err
}

// Person is who did something: the stable id and the name at that time.
type Person struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// ActionRef names an action as it was when it ran.
type ActionRef struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Version string `json:"version,omitempty"`
}

// TargetRef is the table that was written.
type TargetRef struct {
	Source string `json:"source"`
	Table  string `json:"table"`
}

// RecordRef is the record that a row belongs to and the state it has there.
type RecordRef struct {
	ID             string `json:"id"`
	Status         string `json:"status"`
	PreviousStatus string `json:"previousStatus,omitempty"`
}

// Receipt says what one submission wrote. Its bytes stand in the ledger, in the transaction that
// wrote the row, and never change; the outcome event in the audit log holds their digest.
type Receipt struct {
	Version  int       `json:"version"`
	ID       string    `json:"id"` // also the ticket's id
	Action   ActionRef `json:"action"`
	Dataset  string    `json:"dataset"`
	Target   TargetRef `json:"target"`
	Record   RecordRef `json:"record"`
	Who      Person    `json:"who"`
	At       time.Time `json:"at"`
	Attempt  int64     `json:"attempt"` // index in the audit log of the event that announced the write
	Signed   []Field   `json:"signed"`
	Inputs   []Field   `json:"inputs"`
	Computed []Field   `json:"computed"`
	Written  []Field   `json:"written"`
	Before   []Field   `json:"before,omitempty"` // the record's newest row until then
}

const receiptVersion = 1

// parseReceipt reads a receipt from the ledger.
func parseReceipt(raw string) (*Receipt, error) {
	r := &Receipt{}
	if err := strict([]byte(raw), r); err != nil {
		return nil, fmt.Errorf("reading a receipt from the ledger: %w", err)
	}
	return r, nil
}

// strict decodes one JSON document and refuses unknown fields and anything behind it.
func strict(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something stands behind its end")
	}
	return nil
}

// digest fingerprints a receipt's bytes for the audit log.
func digest(receipt []byte) string {
	h, err := blake2b.New256(nil)
	if err != nil {
		panic("writeback: BLAKE2b without a key: " + err.Error())
	}
	h.Write([]byte("\x11signet receipt v1"))
	h.Write(receipt)
	return hex.EncodeToString(h.Sum(nil))
}

// Submission is the answer to a submit.
type Submission struct {
	Receipt  json.RawMessage `json:"receipt"`
	Replayed bool            `json:"replayed"` // the ticket was used before: this is its first receipt
}
