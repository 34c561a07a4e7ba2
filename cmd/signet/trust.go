package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"signet/audit"
	"signet/identity"
	"signet/internal/opaque"
	"signet/internal/rootkey"
	"signet/internal/store"
	"signet/kms"
	"signet/secrets"
	"signet/writeback"
)

// trust is the storey below the product: the store, the keys, the secrets, the log and the people. Commands
// that only look after these open no more than this.
type trust struct {
	root     *rootkey.Ring
	db       *store.DB
	key      *logKey
	log      *audit.Log
	gate     *audit.Gate
	vault    *secrets.Vault
	kms      *kms.Service
	secrets  *secrets.Service
	identity *identity.Service

	references *secretReader
}

// operator is the caller of what is typed on the server: who can read the data folder is trusted.
var operator = identity.System("command")

// openTrust opens the storey, lowest first, and makes what a first start has to make.
func openTrust(ctx context.Context, cfg *config, f *folder, logger *slog.Logger) (_ *trust, err error) {
	t := &trust{}
	defer func() {
		if err != nil {
			t.close()
		}
	}()
	if t.db, err = store.Open(ctx, storeURL(cfg, f)); err != nil {
		return nil, fmt.Errorf("opening the store: %w", err)
	}
	if t.root, err = openRoot(ctx, cfg, f, t.db); err != nil {
		return nil, err
	}
	// The gate needs the log and the log needs this key, so it is made before there is a gate.
	if t.key, err = readLogKey(ctx, t.db, t.root, makeLogKey); err != nil {
		return nil, err
	}
	if t.log, err = audit.Open(ctx, t.db, t.key.signer, time.Now, audit.Options{}); err != nil {
		return nil, fmt.Errorf("opening the audit log: %w", err)
	}
	t.gate = audit.NewGate(t.log)
	if t.vault, err = secrets.Open(ctx, t.db, t.root, t.gate, time.Now); err != nil {
		return nil, err
	}
	if err = t.vault.Generate(ctx, identity.System("start"), writeback.TicketKey, ticketKeySize); err != nil {
		return nil, fmt.Errorf("making the ticket key: %w", err)
	}
	if err = t.vault.Generate(ctx, identity.System("start"), identity.AccessKeySecret, identity.AccessKeySecretSize); err != nil {
		return nil, fmt.Errorf("making the key of access keys: %w", err)
	}
	t.identity, err = identity.Open(ctx, identity.Config{
		DB: t.db, Gate: t.gate, Clock: time.Now, Log: logger, Keys: t.vault, Account: cfg.account, Region: cfg.region, SessionLife: cfg.sessionLife, SessionIdle: cfg.sessionIdle,
	})
	if err != nil {
		return nil, err
	}
	account := t.identity.IAM().Account()
	if t.kms, err = kms.Open(ctx, t.db, t.root, t.gate, time.Now, kms.Config{Account: account}); err != nil {
		return nil, err
	}
	t.secrets, err = secrets.OpenService(t.db, t.kms, t.gate, time.Now, secrets.Config{Account: account, KeyMaker: identity.System("secretsmanager")})
	if err != nil {
		return nil, err
	}
	t.references = openSecrets(cfg, t, logger)
	return t, nil
}

const ticketKeySize = 32

// close is openTrust backwards.
func (t *trust) close() {
	if t.references != nil {
		t.references.Close() // what it gives back is on the log
	}
	if t.identity != nil {
		_ = t.identity.Close() // what it could not write is when a session was last used
	}
	if t.log != nil {
		t.log.Close()
	}
	if t.db != nil {
		_ = t.db.Close()
	}
}

func storeURL(cfg *config, f *folder) string {
	if cfg.store != "" {
		return cfg.store
	}
	return "sqlite:" + f.file("signet.db")
}

// existingStore refuses to make a new store where a command expects the server's.
func existingStore(cfg *config, f *folder) error {
	if cfg.store != "" {
		return nil
	}
	if _, err := os.Stat(f.file("signet.db")); err != nil {
		return fmt.Errorf("%s has no signet.db: name the server's store with --store", f.path)
	}
	return nil
}

// logKeyName is the secret that signs the audit log's checkpoints.
const logKeyName = "audit-log-key"

// logKey signs the audit log. Its public half is what others verify receipts with.
type logKey struct {
	signer   note.Signer
	verifier note.Verifier
	public   string
}

func makeLogKey() ([]byte, error) {
	var name [4]byte
	_, _ = rand.Read(name[:]) // never fails
	private, _, err := note.GenerateKey(rand.Reader, "signet-"+hex.EncodeToString(name[:]))
	return []byte(private), err
}

// errNoLogKey says that nothing was ever logged in a store.
var errNoLogKey = errors.New("the store has no audit log yet: start the server once")

func noLogKey() ([]byte, error) { return nil, errNoLogKey }

func readLogKey(ctx context.Context, db *store.DB, root *rootkey.Ring, missing func() ([]byte, error)) (*logKey, error) {
	private, err := secrets.Bootstrap(ctx, db, root, logKeyName, missing)
	if err != nil {
		return nil, err
	}
	return parseLogKey(private)
}

func parseLogKey(private opaque.Bytes) (*logKey, error) {
	text := string(private.Reveal())
	signer, err := note.NewSigner(text)
	if err != nil {
		return nil, fmt.Errorf("reading the audit log's key: %w", err)
	}
	// PRIVATE+KEY+name+hash+key, where key is the algorithm's byte and the seed.
	parts := strings.SplitN(text, "+", 5)
	raw, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(raw) != 1+ed25519.SeedSize {
		return nil, errors.New("reading the audit log's key: it is not an Ed25519 key")
	}
	public, err := note.NewEd25519VerifierKey(signer.Name(), ed25519.NewKeyFromSeed(raw[1:]).Public().(ed25519.PublicKey))
	if err != nil {
		return nil, fmt.Errorf("reading the audit log's key: %w", err)
	}
	verifier, err := note.NewVerifier(public)
	if err != nil {
		return nil, fmt.Errorf("reading the audit log's key: %w", err)
	}
	return &logKey{signer: signer, verifier: verifier, public: public}, nil
}

// newLogger makes the log of what the server does; the audit log is another thing.
func newLogger(cfg *config, w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: cfg.logLevel}
	if cfg.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// withTrust runs a command on the trust of an existing data folder, which a server may have open.
func (t *terminal) withTrust(ctx context.Context, cfg *config, do func(*trust, *folder) error) error {
	if err := need(cfg.data, "data", "SIGNET_DATA"); err != nil {
		return err
	}
	f, err := existingFolder(cfg.data)
	if err != nil {
		return err
	}
	if err := hasRoot(cfg, f); err != nil {
		return err
	}
	if err := existingStore(cfg, f); err != nil {
		return err
	}
	tr, err := openTrust(ctx, cfg, f, newLogger(cfg, t.err))
	if err != nil {
		return err
	}
	defer tr.close()
	return do(tr, f)
}
