package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"signet/audit"
	"signet/internal/store"
	"signet/writeback"
)

func (t *terminal) auditCommand() *cobra.Command {
	names := append([]string{"key"}, trustSettings...)
	return group("audit", "Search and check the audit log", t.auditSearchCommand(), t.command(&cobra.Command{
		Use:   "verify [FILE]",
		Short: "Derive the whole audit log again and name the first bad record, or check one record's proof",
		Long: `Derive the whole audit log again from its bytes: every event, every hash, every signed checkpoint, and every
outcome's attempt. It prints the log's public key, which 'signet receipt verify' takes. A server may run meanwhile.
With FILE, a proof from the page of a record, it checks that one record and needs no server: the key comes from --key,
or from a data folder with --data. FILE may be - for standard input.`,
		Args:    cobra.MaximumNArgs(1),
		Example: "  signet audit verify audit-record-12.json --key 'signet-12ab34cd+...'\n  signet audit verify --data /var/lib/signet\n  signet audit verify --data /var/lib/signet --key 'signet-12ab34cd+...'",
	}, names, t.auditVerify))
}

func (t *terminal) auditVerify(ctx context.Context, cfg *config, args []string) error {
	if len(args) == 1 {
		return t.proofVerify(ctx, cfg, args[0])
	}
	if err := need(cfg.data, "data", "SIGNET_DATA"); err != nil {
		return err
	}
	f, db, err := openStore(ctx, cfg)
	if err != nil {
		return err
	}
	defer db.Close()
	key, err := t.publicKey(ctx, cfg, f, db)
	if err != nil {
		return err
	}
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return usage("--key: %v", err)
	}
	r, err := audit.Verify(ctx, db, note.VerifierList(verifier))
	if err != nil {
		return fmt.Errorf("reading the audit log: %w", err)
	}
	if r.Bad != nil {
		return fmt.Errorf("the audit log is bad from record %d on: %s", r.Bad.Index, r.Bad.What)
	}
	_, err = fmt.Fprintf(t.out, "The audit log is sound.\n  log          %s\n  events       %d\n  checkpoints  %d\n  root         %s\n  open         %d attempts without an outcome\n  key          %s\n",
		r.Log, r.Size, r.Checkpoints, r.Root, r.Open, key)
	return err
}

// proofVerify checks one record without its log.
func (t *terminal) proofVerify(ctx context.Context, cfg *config, file string) error {
	verifier, err := t.verifier(ctx, cfg)
	if err != nil {
		return err
	}
	b, err := t.read(file)
	if err != nil {
		return err
	}
	var p audit.Proof
	if err := json.Unmarshal(b, &p); err != nil {
		return fmt.Errorf("%s is no proof: %w", file, err)
	}
	e, err := audit.VerifyProof(p, note.VerifierList(verifier))
	if err != nil {
		return fmt.Errorf("%s does not hold: %w", file, err)
	}
	result := e.Result
	if result == "" {
		result = string(e.Phase)
	}
	_, err = fmt.Fprintf(t.out, "The proof holds.\n  action    %s\n  resource  %s\n  by        %s\n  at        %s\n  result    %s\n  log       record %d of %d, %s\n",
		e.Action, e.Resource, e.Who.Name, e.Time.Format(time.RFC3339), result, p.Index, p.Size, p.Log)
	return err
}

// openStore opens the store of an existing data folder, and nothing above it: a log that is bad
// must still be readable.
func openStore(ctx context.Context, cfg *config) (*folder, *store.DB, error) {
	f, err := existingFolder(cfg.data)
	if err != nil {
		return nil, nil, err
	}
	if err := existingStore(cfg, f); err != nil {
		return nil, nil, err
	}
	db, err := store.Open(ctx, storeURL(cfg, f))
	if err != nil {
		return nil, nil, fmt.Errorf("opening the store: %w", err)
	}
	return f, db, nil
}

// publicKey is the one that was given, so that a verifier need not trust the folder; else the folder's.
func (t *terminal) publicKey(ctx context.Context, cfg *config, f *folder, db *store.DB) (string, error) {
	if cfg.receiptKey != "" {
		return cfg.receiptKey, nil
	}
	if cfg.rootKey == "" && cfg.rootKeyURL == "" {
		if _, err := os.Stat(f.file("root.key")); err != nil {
			return "", fmt.Errorf("%s has no root.key: name one with --root-key-file or --root-key-url, or give the log's public key with --key", f.path)
		}
	}
	root, err := openRoot(ctx, cfg, f, db)
	if err != nil {
		return "", err
	}
	key, err := readLogKey(ctx, db, root, noLogKey)
	if err != nil {
		return "", err
	}
	return key.public, nil
}

func (t *terminal) receiptCommand() *cobra.Command {
	names := append([]string{"key"}, trustSettings...)
	return group("receipt", "Check receipts", t.command(&cobra.Command{
		Use:   "verify FILE",
		Short: "Check a receipt file without a server",
		Long: `Check a receipt file without a server: the receipt is the one that the log recorded, the record is in the
log's tree, and the tree is signed with the log's key. The key comes from --key, or from a data folder with --data.
FILE may be - for standard input.`,
		Example: "  signet receipt verify receipt-01J....json --key 'signet-12ab34cd+...'\n  signet receipt verify receipt-01J....json --data /var/lib/signet",
		Args:    cobra.ExactArgs(1),
	}, names, t.receiptVerify))
}

// maxReceiptFile is more than a receipt file ever has.
const maxReceiptFile = 4 << 20

func (t *terminal) receiptVerify(ctx context.Context, cfg *config, args []string) error {
	verifier, err := t.verifier(ctx, cfg)
	if err != nil {
		return err
	}
	b, err := t.read(args[0])
	if err != nil {
		return err
	}
	v, err := writeback.VerifyReceiptFile(b, note.VerifierList(verifier))
	if err != nil {
		return fmt.Errorf("%s does not hold: %w", args[0], err)
	}
	r := v.Receipt
	_, err = fmt.Fprintf(t.out, "The receipt holds.\n  receipt  %s\n  action   %s\n  record   %s, %s\n  target   %s in %s\n  by       %s\n  at       %s\n  log      record %d of %d, %s\n",
		r.ID, r.Action.Title, r.Record.ID, r.Record.Status, r.Target.Table, r.Target.Source, r.Who.Name, r.At.UTC().Format(time.RFC3339), v.Proof.Index, v.Proof.Size, v.Proof.Log)
	return err
}

// verifier is the log's public key, from --key or else from the data folder.
func (t *terminal) verifier(ctx context.Context, cfg *config) (note.Verifier, error) {
	key, err := t.receiptKey(ctx, cfg)
	if err != nil {
		return nil, err
	}
	v, err := note.NewVerifier(key)
	if err != nil {
		return nil, usage("--key: %v", err)
	}
	return v, nil
}

func (t *terminal) receiptKey(ctx context.Context, cfg *config) (string, error) {
	if cfg.receiptKey != "" {
		return cfg.receiptKey, nil
	}
	if cfg.data == "" {
		return "", usage("--key or --data is needed: a proof is worth something only against a key that you know")
	}
	f, db, err := openStore(ctx, cfg)
	if err != nil {
		return "", err
	}
	defer db.Close()
	return t.publicKey(ctx, cfg, f, db)
}

func (t *terminal) read(name string) ([]byte, error) {
	in := t.in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, maxReceiptFile+1))
	if err == nil && len(b) > maxReceiptFile {
		err = errors.New("the file is too large for a receipt or a proof")
	}
	return b, err
}
