package aws_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"signet/aws/awstest"
)

// handedOut are the parts of answers that nobody else may ever see.
var handedOut = regexp.MustCompile(`(?:"(?:Plaintext|PrivateKeyPlaintext|SharedSecret|Mac|GrantToken|ImportToken|SecretString|SecretBinary|RandomPassword)":"|<(?:SecretAccessKey|SessionToken)>)([^"<]+)`)

// A25: marked values go through every operation of every service: as they should be, cut off in the middle, and
// by somebody who may do nothing. They are in no event, no line of the server's journal, no byte of the
// store and no answer but the one that they belong in; nor are the keys and tokens that answers hand out.
func TestA25MarkedValuesAreNowhere(t *testing.T) {
	b := &book{awstest.Start(t, awstest.Options{}), map[string]string{}}
	eve := b.User("eve")
	secrets := map[string]bool{mark: true, b.Root.SecretAccessKey: true, eve.SecretAccessKey: true}
	var refusals strings.Builder
	for _, c := range allCalls() {
		for _, found := range handedOut.FindAllStringSubmatch(b.do(c), -1) {
			secrets[found[1]] = true
		}
		in := b.fill(c.in)
		if c.service != "sts" { // everybody may ask who they are
			_, denied := b.send(eve, c, in)
			fmt.Fprintln(&refusals, denied)
		}
		if !strings.HasPrefix(in, "{") {
			continue
		}
		_, cut := b.send(b.Root, c, in[:len(in)/2]+mark)
		fmt.Fprintln(&refusals, cut)
		if strings.Contains(in, `"SecretString":"`) {
			_, twice := b.send(b.Root, c, strings.ReplaceAll(in, `"SecretString":"`, `"SecretString":1,"SecretString":"`))
			fmt.Fprintln(&refusals, twice)
		}
	}
	places := map[string][]byte{"events": fmt.Appendf(nil, "%+v", b.Events()), "journal": []byte(b.Text.String()), "refusals": []byte(refusals.String())}
	maps.Copy(places, b.Files())
	if len(secrets) < 15 || refusals.Len() < 10_000 || len(places["events"]) < 100_000 {
		t.Errorf("%d secrets, %d bytes of refusals, %d of events: the test saw too little", len(secrets), refusals.Len(), len(places["events"]))
	}
	for secret := range secrets {
		for place, content := range places {
			for _, form := range forms(secret) {
				if at := bytes.Index(content, form); at >= 0 {
					t.Errorf("%s: %.8s… is there: …%s…", place, secret, content[max(0, at-100):at])
				}
			}
		}
	}
}

// forms are the ways in which a secret could be written.
func forms(secret string) [][]byte {
	all := [][]byte{[]byte(secret), []byte(hex.EncodeToString([]byte(secret)))}
	for i := range 3 { // base64 at each offset, without what its neighbours change
		coded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(" ", i) + secret))
		all = append(all, []byte(coded[4:len(coded)-4]))
	}
	if raw, err := base64.StdEncoding.DecodeString(secret); err == nil && len(raw) >= 16 {
		all = append(all, raw, []byte(hex.EncodeToString(raw)), []byte(base64.RawURLEncoding.EncodeToString(raw)))
	}
	return slices.DeleteFunc(all, func(form []byte) bool { return len(form) < 8 })
}
