package writeback

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"signet/internal/value"
)

// TestReceiptIsEncodedAsJSONWould compares the encoder with encoding/json on random receipts.
func TestReceiptIsEncodedAsJSONWould(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	texts := []string{"", "plain", `a"b\c`, "<&>", "tab\t", "\u2028", "Söhne", "\xff", "2026-01-31"}
	text := func() string { return texts[rng.IntN(len(texts))] }
	values := []value.Value{value.OfText(text()), value.Null(value.Decimal), value.OfInteger(-5), value.OfInteger(1 << 60), value.OfFloat(1e300), value.OfFloat(0.1),
		value.OfBoolean(true), value.OfDate(time.Now()), value.OfTimestamp(time.Now())}
	fields := func() []Field {
		if rng.IntN(4) == 0 {
			return nil
		}
		list := []Field{}
		for range rng.IntN(4) {
			v := values[rng.IntN(len(values))]
			list = append(list, Field{Name: text(), Label: text(), Type: v.Kind(), Format: text(), Value: v})
		}
		return list
	}
	for range 2000 {
		values[0] = value.OfText(text())
		r := &Receipt{Version: rng.IntN(3), ID: text(), Action: ActionRef{ID: text(), Title: text(), Version: text()}, Dataset: text(),
			Target: TargetRef{Source: text(), Table: text()}, Record: RecordRef{ID: text(), Status: text(), PreviousStatus: text()},
			Who: Person{ID: text(), Name: text()}, At: time.UnixMicro(rng.Int64N(1 << 52)).UTC(), Attempt: rng.Int64(),
			Signed: fields(), Inputs: fields(), Computed: fields(), Written: fields(), Before: fields()}
		want, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.encode(); string(got) != string(want) {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
	}
}
