package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"strings"

	"signet/internal/opaque"
)

// A token is a prefix, which says what it opens and lets scanners find leaked ones, and 32 random
// bytes in base64url.
const (
	sessionPrefix = "signet_s_"
	linkPrefix    = "signet_l_"
	prefixSize    = len(sessionPrefix)
	tokenSize     = prefixSize + 43
)

// digest is all that the store and the cache know of a token. A token is looked up by its digest, so
// no comparison runs over the token itself.
type digest [sha256.Size]byte

func newToken(prefix string) (opaque.Bytes, digest) {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails: it would end the process
	text := base64.RawURLEncoding.AppendEncode([]byte(prefix), raw[:])
	clear(raw[:])
	d, _ := digestOf(prefix, string(text))
	return opaque.New(text), d
}

// digestOf is false for everything that is no token of this kind.
func digestOf(prefix, token string) (digest, bool) {
	if len(token) != tokenSize || !strings.HasPrefix(token, prefix) {
		return digest{}, false
	}
	var text [tokenSize]byte
	copy(text[:], token)
	return sha256.Sum256(text[:]), true
}

// newID names a row for ever; it is no secret.
func newID(prefix string) string {
	var raw [15]byte
	_, _ = rand.Read(raw[:])
	return prefix + strings.ToLower(base32.StdEncoding.EncodeToString(raw[:]))
}
