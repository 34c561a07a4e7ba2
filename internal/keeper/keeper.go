// Package keeper opens keys that live outside of Signet, at AWS KMS, Google Cloud KMS, Azure Key Vault or
// Vault (and OpenBao) transit, and encrypts and decrypts a few bytes with them. It guarantees that an
// unknown kind of URL is refused by name, that each call ends with its context and within ten seconds,
// that nothing is cached but connections, and that an error says whether the provider refused or was not
// reached, without a secret in it.
//
// Credentials are the provider's own: its environment variables, files or instance roles. They are
// never in a URL.
package keeper

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/smithy-go"
	"github.com/hashicorp/vault/api"
	"gocloud.dev/gcerrors"
	"gocloud.dev/secrets"
)

// within bounds one call, with the provider's retries.
const within = 10 * time.Second

// maxBytes bounds what a provider may send back; each of them says less.
const maxBytes = 64 << 10

// openers are the kinds of URL.
var openers = map[string]func(context.Context, *url.URL) (*secrets.Keeper, error){
	"awskms": openAWS, "gcpkms": openGCP, "azurekeyvault": openAzure, "hashivault": openVault,
}

// examples are what a refusal shows.
var examples = map[string]string{
	"awskms":        "awskms:///alias/NAME?region=REGION",
	"gcpkms":        "gcpkms://projects/PROJECT/locations/PLACE/keyRings/RING/cryptoKeys/KEY",
	"azurekeyvault": "azurekeyvault://VAULT.vault.azure.net/keys/KEY/VERSION",
	"hashivault":    "hashivault://KEY",
}

// Keeper is an open key. It is safe for concurrent use.
type Keeper struct {
	url    string
	remote *secrets.Keeper
}

// Check reads the form of a URL, without asking anybody.
func Check(text string) error {
	_, err := parse(text)
	return err
}

func parse(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, errors.New("it is no URL") // the parser's error would repeat it
	case openers[u.Scheme] == nil:
		return nil, fmt.Errorf("%q is no kind of external key: known are %s", u.Scheme, strings.Join(known(), ", "))
	case u.User != nil:
		return nil, errors.New("a URL of a key holds no user or password: credentials come from the provider's own settings")
	case u.Host == "" && strings.Trim(u.Path, "/") == "":
		return nil, fmt.Errorf("it names no key: %s", examples[u.Scheme])
	}
	return u, nil
}

func known() []string {
	var all []string
	for _, scheme := range slices.Sorted(maps.Keys(examples)) {
		all = append(all, examples[scheme])
	}
	return all
}

// Open opens the key that a URL names. That it can be used shows with the first call.
func Open(ctx context.Context, text string) (*Keeper, error) {
	u, err := parse(text)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	remote, err := openers[u.Scheme](ctx, u)
	if err != nil {
		return nil, &Error{URL: text, Reached: true, err: err}
	}
	return &Keeper{url: text, remote: remote}, nil
}

// URL names the key.
func (k *Keeper) URL() string { return k.url }

// Close lets go of connections.
func (k *Keeper) Close() error { return k.remote.Close() }

// Encrypt encrypts a few bytes, such as a key.
func (k *Keeper) Encrypt(ctx context.Context, plaintext []byte) ([]byte, error) {
	return k.call(ctx, "encrypt", k.remote.Encrypt, plaintext)
}

// Decrypt opens what Encrypt gave.
func (k *Keeper) Decrypt(ctx context.Context, ciphertext []byte) ([]byte, error) {
	return k.call(ctx, decrypting, k.remote.Decrypt, ciphertext)
}

const decrypting = "decrypt"

type answer struct {
	bytes []byte
	err   error
}

// call waits for a provider no longer than it may. Not every driver heeds its context, and one of them
// panics when an answer is not what it expects: so each call has a goroutine, which ends by its own limit.
func (k *Keeper) call(ctx context.Context, what string, f func(context.Context, []byte) ([]byte, error), in []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	done := make(chan answer, 1)
	in = slices.Clone(in) // the caller may overwrite its own before an abandoned call is over
	go func() {
		var a answer
		defer func() {
			if p := recover(); p != nil {
				a = answer{err: errNoAnswer}
			}
			clear(in)
			done <- a
		}()
		a.bytes, a.err = f(ctx, in)
	}()
	var a answer
	select {
	case a = <-done:
	case <-ctx.Done():
		a.err = context.Cause(ctx)
	}
	if a.err == nil && (len(a.bytes) == 0 || len(a.bytes) > maxBytes) {
		a.err = errNoAnswer
	}
	if a.err != nil {
		return nil, &Error{URL: k.url, what: what, Reached: reached(a.err), Invalid: what == decrypting && invalid(a.err), err: a.err}
	}
	return a.bytes, nil
}

var errNoAnswer = errors.New("its answer is not that of such a key")

// Error is a failure of an external key.
type Error struct {
	URL     string
	Reached bool // the provider answered, and said no
	Invalid bool // because what it should decrypt is none of its own
	what    string
	err     error
}

// Error names the key and what happened.
func (e *Error) Error() string {
	switch {
	case e.what == "":
		return fmt.Sprintf("opening the external key %s: %s", e.URL, line(e.err))
	case e.Reached:
		return fmt.Sprintf("the provider of the external key %s refused to %s: %s", e.URL, e.what, line(e.err))
	}
	return fmt.Sprintf("the provider of the external key %s was not reached to %s: %s", e.URL, e.what, line(e.err))
}

// line is a driver's error in one line, without what the library puts before each.
func line(err error) string {
	return strings.TrimPrefix(strings.Join(strings.Fields(err.Error()), " "), "secrets (code=Unknown): ")
}

// Unwrap returns what the provider's driver said.
func (e *Error) Unwrap() error { return e.err }

// status is what answers over HTTP have in common, of which each driver has its own type.
type status interface {
	error
	HTTPStatusCode() int
}

// reached tells a refusal from an outage: a fault of the provider's own, or its asking to come again later,
// counts as an outage.
func reached(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return false
	}
	if code, ok := httpStatus(err); ok {
		return code >= 400 && code < 500 && code != 429 // 0 when there was no answer
	}
	switch gcerrors.Code(err) {
	case gcerrors.NotFound, gcerrors.InvalidArgument, gcerrors.FailedPrecondition, gcerrors.PermissionDenied:
		return true
	}
	return errors.Is(err, errNoAnswer)
}

// invalid reports whether the provider says that a ciphertext is not one of its key's.
func invalid(err error) bool {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return slices.Contains([]string{"InvalidCiphertextException", "IncorrectKeyException"}, e.ErrorCode())
	}
	if e, ok := errors.AsType[*api.ResponseError](err); ok { // transit has one status for all that is wrong
		return e.StatusCode == http.StatusBadRequest && !strings.Contains(strings.Join(e.Errors, " "), "not found")
	}
	return gcerrors.Code(err) == gcerrors.InvalidArgument
}
