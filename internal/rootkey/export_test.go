package rootkey

// The bridge for tests of the key's forms.

const Prefix = prefix

func Parse(text []byte) (Key, error) { return parse(text) }

func LinkPlace(id ID) []byte { return linkPlace(id) }

func KeptPlace(origin ID, use string) []byte { return keptPlace(derivation{origin, use}) }
