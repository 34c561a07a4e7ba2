package rootkey

// The bridge for tests of the key's forms.

const Prefix = prefix

func Parse(text []byte) (Key, error) { return parse(text) }
