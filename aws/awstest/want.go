package awstest

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/smithy-go"
)

// Wants fails the test unless err is the API's error of type E, with texts in its message.
func Wants[E smithy.APIError](t testing.TB, what string, err error, texts ...string) {
	t.Helper()
	e, ok := errors.AsType[E](err)
	if !ok {
		t.Errorf("%s: %v", what, err)
		return
	}
	for _, text := range texts {
		if !strings.Contains(e.ErrorMessage(), text) {
			t.Errorf("%s: %q lacks %q", what, e.ErrorMessage(), text)
		}
	}
}

// Code fails the test unless err has the code. It is for those that the SDK has no type for.
func Code(t testing.TB, what string, err error, want string, texts ...string) {
	t.Helper()
	Wants[smithy.APIError](t, what, err, texts...)
	if e, ok := errors.AsType[smithy.APIError](err); ok && e.ErrorCode() != want {
		t.Errorf("%s: %s, want %s", what, e.ErrorCode(), want)
	}
}

// Must is for calls in a test that cannot go on without them.
func Must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
