package kms

import (
	"encoding/base64"
	"fmt"

	"signet/internal/rootkey"
)

const (
	maxGrantTokens = 10
	maxGrantToken  = 8192
	keyIDSize      = 36
	grantIDSize    = 64
)

// grantToken names a grant without saying so. Each one is another text.
func (s *Service) grantToken(keyID, grantID string) (string, error) {
	sealed, err := s.grantTokens.Seal(s.tokenPlace(), []byte(keyID+grantID))
	if err != nil {
		return "", fmt.Errorf("kms: making a grant token: %w", err)
	}
	return base64.StdEncoding.EncodeToString(sealed), nil
}

func (s *Service) tokenPlace() []byte { return rootkey.Place(s.account) }

// readGrantToken reads a token. Only this installation makes any that pass.
func (s *Service) readGrantToken(token string) (keyID, grantID string, ok bool) {
	if len(token) > maxGrantToken {
		return "", "", false
	}
	sealed, err := base64.StdEncoding.Strict().DecodeString(token)
	if err != nil {
		return "", "", false
	}
	value, err := s.grantTokens.Open(s.tokenPlace(), sealed)
	if err != nil || value.Len() != keyIDSize+grantIDSize {
		return "", "", false
	}
	text := string(value.Reveal())
	return text[:keyIDSize], text[keyIDSize:], true
}

// checkGrantTokens refuses tokens that are none. A good one changes nothing: grants hold at once.
func (s *Service) checkGrantTokens(tokens []string) error {
	if len(tokens) > maxGrantTokens {
		return invalid("At most %d grant tokens are allowed.", maxGrantTokens)
	}
	for _, token := range tokens {
		if _, _, ok := s.readGrantToken(token); !ok {
			return fail(InvalidGrantTokenException, "The grant token is not valid.")
		}
	}
	return nil
}
