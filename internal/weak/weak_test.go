package weak_test

import (
	"bytes"
	"crypto/rand"
	"testing"

	"signet/internal/weak"
)

func TestPattern(t *testing.T) {
	for _, b := range [][]byte{
		nil, make([]byte, 32), bytes.Repeat([]byte{0xff}, 32), []byte("aaaaaaaaaaaa"),
		[]byte("abcdefghijkl"), []byte("ponmlkjihgfe"), []byte("123456789012"), []byte("987654321098"),
		[]byte("abcabcabcabc"), []byte("deadbeefdeadbeef"), []byte("abcabcabcab"),
		{0, 2, 4, 6, 8, 10}, {250, 252, 254, 0, 2},
	} {
		if weak.Pattern(b) == "" {
			t.Errorf("%q passes", b)
		}
	}
	for range 1000 {
		b := make([]byte, 32)
		_, _ = rand.Read(b)
		if why := weak.Pattern(b); why != "" || weak.Text(b) || weak.Distinct(b) < 16 {
			t.Fatalf("random bytes %x refused: %s", b, why)
		}
	}
	if weak.Pattern([]byte("abcdefghijkm")) != "" {
		t.Error("a broken sequence is a sequence")
	}
}
