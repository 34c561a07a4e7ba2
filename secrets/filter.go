package secrets

import (
	"slices"
	"strings"
)

// Filter narrows a list: a secret passes when one of the values fits. A value with "!" before it fits
// those that do not match the rest.
type Filter struct {
	Key    string
	Values []string
}

const (
	maxFilters     = 10
	maxFilterValue = 512
)

// filterKeys say which texts of a secret a filter looks at. All but "all" look at how the text begins;
// only "description" and "all" take upper and lower case for the same.
var filterKeys = map[string]func(*record) []string{
	"name":           func(r *record) []string { return []string{r.name} },
	"description":    func(r *record) []string { return []string{strings.ToLower(r.description)} },
	"primary-region": func(r *record) []string { return []string{r.region} },
	"owning-service": func(r *record) []string { return []string{r.owner} },
	"tag-key":        func(r *record) []string { return tagParts(r, true, false) },
	"tag-value":      func(r *record) []string { return tagParts(r, false, true) },
	"all": func(r *record) []string {
		texts := append(tagParts(r, true, true), r.name, r.description, r.region, r.owner)
		for i, t := range texts {
			texts[i] = strings.ToLower(t)
		}
		return texts
	},
}

func tagParts(r *record, keys, values bool) []string {
	var out []string
	for key, value := range r.tags {
		if keys {
			out = append(out, key)
		}
		if values {
			out = append(out, value)
		}
	}
	return out
}

func checkFilters(filters []Filter) error {
	if len(filters) > maxFilters {
		return constraint("filters", "have length less than or equal to %d", maxFilters)
	}
	for _, f := range filters {
		if filterKeys[f.Key] == nil {
			return constraint("filters.key", "satisfy enum value set: [description, name, tag-key, tag-value, primary-region, owning-service, all]")
		}
		if len(f.Values) == 0 || len(f.Values) > maxFilters {
			return invalidParameter("Invalid filter values for key: %s", f.Key)
		}
		for _, v := range f.Values {
			if err := checkText("filters.values", v, 1, maxFilterValue); err != nil {
				return err
			}
		}
	}
	return nil
}

// passes reports whether a secret passes all filters.
func passes(r *record, filters []Filter) bool {
	return !slices.ContainsFunc(filters, func(f Filter) bool { return !f.passes(r) })
}

func (f Filter) passes(r *record) bool {
	texts := filterKeys[f.Key](r)
	return slices.ContainsFunc(f.Values, func(value string) bool {
		value, not := strings.CutPrefix(value, "!")
		return f.matches(texts, value) != not
	})
}

// matches reports whether a value, without its "!", fits.
func (f Filter) matches(texts []string, value string) bool {
	if f.Key == "all" {
		return allWords(texts, strings.Fields(strings.ToLower(value)))
	}
	if f.Key == "description" {
		value = strings.ToLower(value)
	}
	return slices.ContainsFunc(texts, func(text string) bool { return strings.HasPrefix(text, value) })
}

// allWords reports whether each word is somewhere in the texts.
func allWords(texts, words []string) bool {
	for _, word := range words {
		if !slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, word) }) {
			return false
		}
	}
	return true
}
