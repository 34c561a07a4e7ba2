package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"signet/internal/fault"
)

func TestCodeOf(t *testing.T) {
	wrapped := fmt.Errorf("submitting: %w", fault.New(fault.RowGone, "the row is gone"))
	for _, c := range []struct {
		err    error
		want   fault.Code
		status int
	}{
		{wrapped, fault.RowGone, 409},
		{errors.New("boom"), fault.Internal, 500},
		{fault.New("made_up", ""), "made_up", 500},
	} {
		if got := fault.CodeOf(c.err); got != c.want || got.Status() != c.status {
			t.Errorf("CodeOf(%v) = %s, %d; want %s, %d", c.err, got, got.Status(), c.want, c.status)
		}
	}
	if fault.CodeOf(nil) != "" {
		t.Error("nil has a code")
	}
}
