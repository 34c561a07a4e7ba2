package kms

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"

	"signet/internal/keeper"
	"signet/internal/opaque"
	"signet/internal/rootkey"
	"signet/policy"
)

// ExternalKeyStore is the origin of keys that live outside of Signet. Their material is never here: each
// message has a data key of its own, which the key's provider encrypts and decrypts for each request, so
// that what the provider refuses is refused here with the next request.
const ExternalKeyStore = "EXTERNAL_KEY_STORE"

// The ciphertext of keys outside; SPEC.md draws it.
const (
	outsideVersion  = 2
	outsidePurpose  = "signet kms outside ciphertext"
	outsideKey      = "signet kms data key v1"
	outsideHeader   = 1 + 16 + 2
	outsideOverhead = outsideHeader + nonceSize + tagSize
	maxWrappedKey   = 1536 // a provider's form of outsidePlain bytes; 512 is the longest that is known
	dataKeySize     = 32
	outsidePlain    = len(outsideKey) + 16 + dataKeySize
)

// outsideHead is the part of a ciphertext that says what opens it.
type outsideHead struct {
	key     [16]byte
	wrapped []byte
	bytes   []byte // all of the header
	nonce   []byte
	rest    []byte
}

// parseOutside cuts a ciphertext of a key outside. That it is genuine shows when it is opened.
func parseOutside(blob []byte) (h outsideHead, ok bool) {
	if len(blob) < outsideOverhead || blob[0] != outsideVersion {
		return h, false
	}
	n := int(binary.BigEndian.Uint16(blob[17:]))
	if n == 0 || n > maxWrappedKey || len(blob) < outsideOverhead+n {
		return h, false
	}
	copy(h.key[:], blob[1:])
	end := outsideHeader + n
	h.wrapped, h.bytes = blob[outsideHeader:end], blob[:end]
	h.nonce, h.rest = blob[end:end+nonceSize], blob[end+nonceSize:]
	return h, true
}

// sealOutside encrypts a message under its data key, which encrypts nothing else.
func sealOutside(key opaque.Bytes, id [16]byte, wrapped []byte, nonce [nonceSize]byte, arn string, pairs map[string]string, message []byte) ([]byte, error) {
	aead, err := gcm(key.Reveal())
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, outsideOverhead+len(wrapped)+len(message))
	out = append(append(out, outsideVersion), id[:]...)
	out = append(binary.BigEndian.AppendUint16(out, uint16(len(wrapped))), wrapped...)
	data := outsideData(out, arn, pairs)
	out = append(out, nonce[:]...)
	return aead.Seal(out, nonce[:], message, data), nil
}

func unsealOutside(key opaque.Bytes, h outsideHead, arn string, pairs map[string]string) (opaque.Bytes, error) {
	aead, err := gcm(key.Reveal())
	if err != nil {
		return opaque.Bytes{}, err
	}
	message, err := aead.Open(nil, h.nonce, h.rest, outsideData(h.bytes, arn, pairs))
	if err != nil {
		return opaque.Bytes{}, errTampered
	}
	return opaque.New(message), nil
}

// outsideData is what the tag covers beside the message.
func outsideData(header []byte, arn string, pairs map[string]string) []byte {
	return appendContext(rootkey.Place(outsidePurpose, string(header), arn), pairs)
}

// dataKeyFor frames a data key for the provider, so that nothing else that the same provider's key has
// encrypted passes for one, and no data key of another key does.
func dataKeyFor(id [16]byte, key opaque.Bytes) []byte {
	b := append(make([]byte, 0, outsidePlain), outsideKey...)
	return append(append(b, id[:]...), key.Reveal()...)
}

func readDataKey(id [16]byte, framed []byte) (opaque.Bytes, bool) {
	want := append([]byte(outsideKey), id[:]...)
	if len(framed) != outsidePlain || string(framed[:len(want)]) != string(want) {
		return opaque.Bytes{}, false
	}
	return opaque.New(append([]byte(nil), framed[len(want):]...)), true
}

func rawKeyID(id string) (raw [16]byte, err error) {
	n, err := hex.Decode(raw[:], []byte(strings.ReplaceAll(id, "-", "")))
	if err != nil || n != len(raw) {
		return raw, fmt.Errorf("kms: the key id %q is damaged", clip(id))
	}
	return raw, nil
}

// encryptOutside encrypts a message for a key that lives outside.
func (s *Service) encryptOutside(ctx context.Context, k *known, detail map[string]string, pairs map[string]string, message []byte) ([]byte, error) {
	id, err := rawKeyID(k.id)
	if err != nil {
		return nil, err
	}
	key := opaque.New(make([]byte, dataKeySize))
	defer key.Wipe()
	_, _ = rand.Read(key.Reveal()) // never fails: it would end the process
	framed := dataKeyFor(id, key)
	defer clear(framed)
	out, err := s.outside.open(ctx, k.url)
	if err != nil {
		return nil, outsideFailed(k, detail, err)
	}
	wrapped, err := out.Encrypt(ctx, framed)
	if err != nil {
		return nil, outsideFailed(k, detail, err)
	}
	if len(wrapped) > maxWrappedKey {
		return nil, fmt.Errorf("kms: the provider of %s makes %d bytes of a data key, more than %d", k.arn, len(wrapped), maxWrappedKey)
	}
	var nonce [nonceSize]byte
	_, _ = rand.Read(nonce[:])
	return sealOutside(key, id, wrapped, nonce, k.arn, pairs, message)
}

// decryptOutside opens a ciphertext of a key that lives outside.
func (s *Service) decryptOutside(ctx context.Context, k *known, detail map[string]string, pairs map[string]string, blob []byte) (opaque.Bytes, error) {
	h, ok := parseOutside(blob)
	if !ok {
		return opaque.Bytes{}, invalidCiphertext()
	}
	out, err := s.outside.open(ctx, k.url)
	if err != nil {
		return opaque.Bytes{}, outsideFailed(k, detail, err)
	}
	framed, err := out.Decrypt(ctx, h.wrapped)
	if err != nil {
		return opaque.Bytes{}, outsideFailed(k, detail, err)
	}
	defer clear(framed)
	key, ok := readDataKey(h.key, framed)
	if !ok {
		return opaque.Bytes{}, invalidCiphertext()
	}
	defer key.Wipe()
	message, err := unsealOutside(key, h, k.arn, pairs)
	if err != nil {
		return opaque.Bytes{}, invalidCiphertext()
	}
	return message, nil
}

// outsideFailed names a provider's failure as AWS names those of external key stores. What the provider said
// is for the log, not for the client.
func outsideFailed(k *known, detail map[string]string, err error) error {
	e, ok := errors.AsType[*keeper.Error](err)
	if !ok {
		return err
	}
	detail["provider"] = e.Error()
	switch {
	case e.Invalid:
		return invalidCiphertext()
	case e.Reached:
		return fail(KMSInvalidStateException, "%s lives outside, and its provider refused the request.", k.arn)
	}
	return fail(DependencyTimeoutException, "%s lives outside, and its provider did not answer in time.", k.arn)
}

// maxOutside bounds the keepers that are open.
const maxOutside = 256

// outside holds open keepers by URL: connections and credentials, and no key. The zero outside is ready.
type outside struct {
	mu     sync.Mutex
	opened map[string]*keeper.Keeper // guarded by mu
}

func (o *outside) open(ctx context.Context, url string) (*keeper.Keeper, error) {
	o.mu.Lock()
	k, ok := o.opened[url]
	o.mu.Unlock()
	if ok {
		return k, nil
	}
	k, err := keeper.Open(ctx, url) // not under the lock: another key need not wait for this one
	if err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.opened == nil || len(o.opened) >= maxOutside {
		o.opened = map[string]*keeper.Keeper{}
	}
	o.opened[url] = k
	return k, nil
}

// ConnectKeyInput describes a key that lives outside.
type ConnectKeyInput struct {
	Scope
	URL   string // as internal/keeper opens it
	Alias string // with "alias/"
}

// ConnectKey makes a key whose material lives outside, with an alias. Only the operator does, on the server: where
// a server sends its data keys is not for its clients to say. The key outside is tried first.
func (s *Service) ConnectKey(ctx context.Context, c policy.Caller, in ConnectKeyInput) (KeyMetadata, error) {
	if err := keeper.Check(in.URL); err != nil {
		return KeyMetadata{}, invalid("the URL of the key: %v", err)
	}
	k, err := s.draft(CreateKeyInput{Scope: in.Scope, Description: "Lives outside of Signet"})
	if err != nil {
		return KeyMetadata{}, err
	}
	k.origin, k.url = ExternalKeyStore, in.URL
	rec := &policy.Record{}
	r := request{Scope: in.Scope, action: "ConnectKey", keyless: true, record: rec, params: params{"origin": k.origin, "url": in.URL, "alias": in.Alias}}
	err = s.onAlias(ctx, c, AliasInput{Scope: in.Scope, AliasName: in.Alias}, "CreateAlias", func(ctx context.Context) error {
		return s.do(ctx, c, r, func(ctx context.Context, _ *known) (map[string]string, error) {
			detail := map[string]string{"key": k.arn, "spec": k.spec, "usage": k.usage, "origin": k.origin, "url": k.url}
			if k.policy, err = parsePolicy(k.policyText); err != nil {
				return nil, err
			}
			if err := s.tryOutside(ctx, k, detail); err != nil {
				return detail, err
			}
			if err := s.create(ctx, k, in.Alias); err != nil {
				return detail, err
			}
			s.made(rec, k)
			return detail, nil
		})
	})
	if err != nil {
		return KeyMetadata{}, err
	}
	return s.metadata(k, s.clock()), nil
}

// tryOutside encrypts and decrypts one message, for a key that cannot do both is of no use.
func (s *Service) tryOutside(ctx context.Context, k *known, detail map[string]string) error {
	const message = "a first message"
	blob, err := s.encryptOutside(ctx, k, detail, nil, []byte(message))
	if err == nil {
		var got opaque.Bytes
		if got, err = s.decryptOutside(ctx, k, detail, nil, blob); err == nil && string(got.Reveal()) != message {
			err = errors.New("it gives other bytes back than it was given")
		}
	}
	if err != nil && detail["provider"] != "" {
		return fmt.Errorf("%s (%w)", detail["provider"], err) // the operator may know, and mends it
	}
	return err
}
