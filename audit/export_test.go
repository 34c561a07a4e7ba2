package audit

// Encode lets the fuzz test compare what decodes with what would be written.
func Encode(e Event) []byte { return encode(e.normal()) }

// SettleEvery lets a test write as many events as move the settled marks.
const SettleEvery = settleEvery
