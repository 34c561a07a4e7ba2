package audit

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// purpose begins the first line of every checkpoint, so that no other note signed with the same key
// can pass for one. The signer's name follows.
const purpose = "signet-audit-v1/"

// checkpoint is what a signature vouches for: the log's name, its size and the root of its tree.
type checkpoint struct {
	origin string
	size   int64
	root   tlog.Hash
}

func (c checkpoint) text() string {
	return c.origin + "\n" + strconv.FormatInt(c.size, 10) + "\n" + c.root.String() + "\n"
}

// sign returns the signed note.
func (c checkpoint) sign(signer note.Signer) ([]byte, error) {
	signed, err := note.Sign(&note.Note{Text: c.text()}, signer)
	if err != nil {
		return nil, fmt.Errorf("audit: signing a checkpoint: %w", err)
	}
	return signed, nil
}

// parseCheckpoint reads the text of a note. It does not look at signatures.
func parseCheckpoint(text string) (checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" || !strings.HasPrefix(lines[0], purpose) {
		return checkpoint{}, fmt.Errorf("audit: this is not a checkpoint of an audit log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 {
		return checkpoint{}, fmt.Errorf("audit: a checkpoint has the size %q", lines[1])
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return checkpoint{}, fmt.Errorf("audit: a checkpoint has the root %q", lines[2])
	}
	c := checkpoint{origin: lines[0], size: size, root: root}
	if c.text() != text {
		return checkpoint{}, fmt.Errorf("audit: a checkpoint is not in canonical form")
	}
	return c, nil
}

// openCheckpoint verifies a signed checkpoint. Exactly one signature, by a known key whose name is
// the log's, in its one spelling: so no byte of a good checkpoint can be changed.
func openCheckpoint(signed []byte, verifiers note.Verifiers) (checkpoint, error) {
	n, err := note.Open(signed, verifiers)
	if err != nil {
		return checkpoint{}, fmt.Errorf("audit: opening a checkpoint: %w", err)
	}
	c, err := parseCheckpoint(n.Text)
	if err != nil {
		return checkpoint{}, err
	}
	if len(n.Sigs) != 1 || len(n.UnverifiedSigs) != 0 || c.origin != purpose+n.Sigs[0].Name {
		return checkpoint{}, fmt.Errorf("audit: the checkpoint of %s is not signed by that log alone", c.origin)
	}
	sig, err := base64.StdEncoding.Strict().DecodeString(n.Sigs[0].Base64)
	if err != nil || !bytes.Equal(signed, signedNote(n.Text, n.Sigs[0].Name, sig)) {
		return checkpoint{}, fmt.Errorf("audit: a checkpoint is not in canonical form")
	}
	return c, nil
}

func signedNote(text, name string, sig []byte) []byte {
	return []byte(text + "\n— " + name + " " + base64.StdEncoding.EncodeToString(sig) + "\n")
}

// peekCheckpoint reads a signed checkpoint without a verifier.
func peekCheckpoint(signed []byte) (checkpoint, error) {
	text, _, found := strings.Cut(string(signed), "\n\n")
	if !found {
		return checkpoint{}, fmt.Errorf("audit: this is not a signed checkpoint")
	}
	return parseCheckpoint(text + "\n")
}
