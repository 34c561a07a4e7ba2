package secrets

import (
	"crypto/rand"
	"regexp"
	"strings"
)

// unknownSuffix stands for the end of the ARN of a secret that is not there. Policies allow a name
// with any end, so they decide about it as about one that is.
const unknownSuffix = "??????"

const suffixSize = 6

var (
	accountForm = regexp.MustCompile(`^[0-9]{12}$`)
	regionForm  = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)
	nameForm    = regexp.MustCompile(`^[a-zA-Z0-9/_+=.@!-]{1,512}$`)
	suffixForm  = regexp.MustCompile(`^[a-zA-Z0-9]{6}$`)
)

// address is what a SecretId may mean, in the order in which it is looked up: a name with the end of
// its ARN, then a name.
type address struct {
	arn          string // in full when foreign, else ""
	name, suffix string // "" when the text is a name or has no such end
	plain        string
}

// parseAddress reads a SecretId: a name, an ARN, or an ARN without the six characters at its end. An ARN
// of another account, region or service is foreign: nothing here has it.
func parseAddress(account, region, text string) (address, error) {
	if text == "" || len(text) > 2048 {
		return address{}, constraint("secretId", "have length between 1 and 2048")
	}
	if !strings.HasPrefix(text, "arn:") {
		if !nameForm.MatchString(text) {
			return address{}, badName()
		}
		return address{plain: text}, nil
	}
	p := strings.SplitN(text, ":", 7)
	if len(p) != 7 || p[2] != "secretsmanager" || p[5] != "secret" || !nameForm.MatchString(p[6]) {
		return address{}, fail(ValidationException, "Invalid secret ARN: it must have the form arn:aws:secretsmanager:Region:Account:secret:Name.")
	}
	if p[1] != "aws" || p[3] != region || p[4] != account {
		return address{arn: text}, nil
	}
	a := address{plain: p[6]}
	if cut := len(p[6]) - suffixSize - 1; cut > 0 && p[6][cut] == '-' && suffixForm.MatchString(p[6][cut+1:]) {
		a.name, a.suffix = p[6][:cut], p[6][cut+1:]
	}
	return a, nil
}

func badName() *Error {
	return fail(ValidationException, "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!")
}

// arn is the ARN of a secret of this account.
func (s *Service) arn(region, name, suffix string) string {
	return "arn:aws:secretsmanager:" + region + ":" + s.account + ":secret:" + name + "-" + suffix
}

// missing is the ARN by which policies judge an address that leads nowhere.
func (s *Service) missing(region string, a address) string {
	switch {
	case a.arn != "":
		return a.arn
	case a.name != "":
		return s.arn(region, a.name, a.suffix)
	}
	return s.arn(region, a.plain, unknownSuffix)
}

// newSuffix is six random letters and digits.
func newSuffix() string { return draw(alphanumeric, suffixSize) }

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// draw takes n characters of an alphabet of at most 256, each as likely as any other.
func draw(alphabet string, n int) string {
	out := make([]byte, n)
	drawInto(out, alphabet)
	return string(out)
}

// drawInto refuses the random bytes above the last multiple of the alphabet's length: with them some
// characters would be more likely.
func drawInto(out []byte, alphabet string) {
	limit := 256 - 256%len(alphabet)
	var random [64]byte
	defer clear(random[:])
	for i := 0; i < len(out); {
		_, _ = rand.Read(random[:]) // never fails: it would end the process
		for _, b := range random {
			if int(b) < limit && i < len(out) {
				out[i] = alphabet[int(b)%len(alphabet)]
				i++
			}
		}
	}
}
