package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"

	"signet/internal/opaque"
)

// checkTime compares whole seconds, as the signature has them and the messages print them.
func (s *Signature) checkTime(now time.Time) error {
	now = now.UTC().Truncate(time.Second)
	oldest, newest := now.Add(-s.lifetime), now.Add(Window)
	signed := s.Time.Format(timeLayout)
	switch {
	case s.Time.After(newest):
		return refuse(NotYetCurrent, "Signature not yet current: %s is still later than %s (%s + %s.)",
			signed, newest.Format(timeLayout), now.Format(timeLayout), minutes(Window))
	case s.Time.Before(oldest):
		kind := Expired
		if s.Presigned {
			kind = PresignedExpired
		}
		return refuse(kind, "Signature expired: %s is now earlier than %s (%s - %s.)",
			signed, oldest.Format(timeLayout), now.Format(timeLayout), minutes(s.lifetime))
	}
	return nil
}

// prove is the proof itself. With a session token in the query there are two requests that the
// client may have signed: some add the token afterwards.
func (s *Signature) prove(secret opaque.Bytes, payload string) error {
	if secret.Len() == 0 {
		return mismatch() // everybody knows the empty secret
	}
	key := signingKey(secret, s.Scope)
	if s.signedWith(key, s.canonicalRequest(payload, querySignature)) {
		return nil
	}
	if s.Presigned && s.SessionToken.Len() > 0 && s.signedWith(key, s.canonicalRequest(payload, querySignature, queryToken)) {
		return nil
	}
	return mismatch()
}

func (s *Signature) signedWith(key []byte, canonical string) bool {
	return hmac.Equal(s.mac, mac(key, s.stringToSign(canonical)))
}

func (s *Signature) stringToSign(canonical string) string {
	sum := sha256.Sum256([]byte(canonical))
	return Algorithm + "\n" + s.Time.Format(timeLayout) + "\n" + s.Scope.String() + "\n" + hex.EncodeToString(sum[:])
}

func signingKey(secret opaque.Bytes, scope Scope) []byte {
	first := append([]byte("AWS4"), secret.Reveal()...)
	defer clear(first)
	key := mac(first, scope.Date)
	for _, part := range []string{scope.Region, scope.Service, terminator} {
		key = mac(key, part)
	}
	return key
}

func mac(key []byte, message string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(message))
	return h.Sum(nil)
}

func minutes(d time.Duration) string {
	if d%time.Minute == 0 {
		return strconv.Itoa(int(d.Minutes())) + " min"
	}
	return strconv.Itoa(int(d.Seconds())) + " sec"
}
