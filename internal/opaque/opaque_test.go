package opaque_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"signet/internal/opaque"
)

func TestSecretDoesNotPrint(t *testing.T) {
	const mark = "marked-secret-4711"
	s := opaque.New([]byte(mark))
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", s, "in", struct{ K opaque.Bytes }{s})
	out := log.String()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q", "%d"} {
		out += fmt.Sprintf(verb, s) + fmt.Sprintf(verb, &s) + fmt.Sprintf(verb, struct{ K opaque.Bytes }{s})
	}
	hex := fmt.Sprintf("%x", mark)
	if strings.Contains(out, mark) || strings.Contains(out, hex) || strings.Contains(out, "109 97 114") {
		t.Errorf("the secret was printed: %s", out)
	}
	if b, err := json.Marshal(map[string]any{"k": s}); err == nil {
		t.Errorf("the secret was marshalled: %s", b)
	}
	if string(s.Reveal()) != mark || !s.Equal(opaque.New([]byte(mark))) {
		t.Error("the secret is not itself")
	}
	s.Wipe()
	if !bytes.Equal(s.Reveal(), make([]byte, len(mark))) {
		t.Error("not wiped")
	}
}
