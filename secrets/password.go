package secrets

import (
	"context"
	"strings"

	"signet/internal/opaque"
	"signet/policy"
)

// What passwords are made of.
const (
	lower       = "abcdefghijklmnopqrstuvwxyz"
	upper       = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits      = "0123456789"
	punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
	space       = " "
)

const (
	usualPassword = 32
	maxPassword   = 4096
)

// GetRandomPasswordInput describes a password.
type GetRandomPasswordInput struct {
	Region                                                                 string
	PasswordLength                                                         int // 0 for 32
	ExcludeCharacters                                                      string
	ExcludeNumbers, ExcludePunctuation, ExcludeUppercase, ExcludeLowercase bool
	IncludeSpace                                                           bool
	AnyTypes                                                               bool // RequireEachIncludedType is false
}

// GetRandomPassword makes a password. It is not kept.
func (s *Service) GetRandomPassword(ctx context.Context, c policy.Caller, in GetRandomPasswordInput) (opaque.Bytes, error) {
	asked := in.params()
	if in.PasswordLength == 0 {
		in.PasswordLength = usualPassword
	}
	types, err := in.types()
	if err != nil {
		return opaque.Bytes{}, err
	}
	if _, err := s.look(ctx, c, request{region: in.Region, action: "GetRandomPassword", params: asked}); err != nil {
		return opaque.Bytes{}, err
	}
	if in.AnyTypes {
		return opaque.New(password(types, in.PasswordLength, false)), nil
	}
	return opaque.New(password(types, in.PasswordLength, true)), nil
}

func (in GetRandomPasswordInput) params() params {
	p := params{
		"passwordLength": in.PasswordLength, "excludeCharacters": in.ExcludeCharacters, "excludeNumbers": in.ExcludeNumbers,
		"excludePunctuation": in.ExcludePunctuation, "excludeUppercase": in.ExcludeUppercase, "excludeLowercase": in.ExcludeLowercase,
		"includeSpace": in.IncludeSpace,
	}
	if in.AnyTypes {
		p["requireEachIncludedType"] = new(false)
	}
	return p
}

// types are the alphabets that a password may use.
func (in GetRandomPasswordInput) types() ([]string, error) {
	if in.PasswordLength < 1 || in.PasswordLength > maxPassword {
		return nil, invalidParameter("PasswordLength must be between 1 and %d.", maxPassword)
	}
	if err := checkText("excludeCharacters", in.ExcludeCharacters, 0, 4096); err != nil {
		return nil, err
	}
	var types []string
	for _, t := range []struct {
		of   string
		none bool
	}{{lower, in.ExcludeLowercase}, {upper, in.ExcludeUppercase}, {digits, in.ExcludeNumbers}, {punctuation, in.ExcludePunctuation}, {space, !in.IncludeSpace}} {
		of := strings.Map(func(r rune) rune {
			if strings.ContainsRune(in.ExcludeCharacters, r) {
				return -1
			}
			return r
		}, t.of)
		if t.none {
			continue
		}
		if of != "" {
			types = append(types, of)
		}
	}
	if len(types) == 0 {
		return nil, invalidParameter("The request excludes all characters.")
	}
	if !in.AnyTypes && in.PasswordLength < len(types) {
		return nil, invalidParameter("The password length %d is too short for one character of each of %d types.", in.PasswordLength, len(types))
	}
	return types, nil
}

// password draws characters until each type is there. Throwing the others away leaves all passwords that
// fit equally likely, which putting the missing characters in by hand would not.
func password(types []string, length int, each bool) []byte {
	out := make([]byte, length)
	alphabet := strings.Join(types, "")
	for {
		drawInto(out, alphabet)
		if !each || hasEach(out, types) {
			return out
		}
	}
}

func hasEach(text []byte, types []string) bool {
	for _, of := range types {
		found := false
		for _, b := range text {
			found = found || strings.IndexByte(of, b) >= 0
		}
		if !found {
			return false
		}
	}
	return true
}
