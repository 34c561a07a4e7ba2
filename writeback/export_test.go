package writeback

// ParseTemplate gives tests the parts of a computed value's query, with every name known.
func ParseTemplate(sql string) (text, names []string, err error) {
	t, err := parseTemplate(sql, func(string) bool { return true })
	return t.text, t.names, err
}
