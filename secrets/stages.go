package secrets

import (
	"maps"
	"slices"
)

// The labels that Secrets Manager moves by itself.
const (
	Current  = "AWSCURRENT"
	Previous = "AWSPREVIOUS"
	Pending  = "AWSPENDING"
)

const (
	maxLabels = 20 // that people give to the versions of a secret
	maxLabel  = 256
)

// stages says which version each label of a secret is on.
type stages map[string]string

// of returns the labels of a version, sorted.
func (s stages) of(version string) []string {
	var labels []string
	for label, on := range s {
		if on == version {
			labels = append(labels, label)
		}
	}
	slices.Sort(labels)
	return labels
}

// byVersion returns the labels of each version that has some.
func (s stages) byVersion() map[string][]string {
	out := map[string][]string{}
	for _, label := range slices.Sorted(maps.Keys(s)) {
		out[s[label]] = append(out[s[label]], label)
	}
	return out
}

// put moves a label to a version. The version that loses AWSCURRENT becomes the previous one.
func (s stages) put(label, version string) {
	before, had := s[label]
	s[label] = version
	if label != Current || !had || before == version {
		return
	}
	s[Previous] = before
}

// putAll moves labels to a version, AWSCURRENT last: what it makes the previous version stays that.
func (s stages) putAll(labels []string, version string) error {
	for _, label := range labels {
		if label != Current {
			s.put(label, version)
		}
	}
	if slices.Contains(labels, Current) {
		s.put(Current, version)
	}
	if s.given() > maxLabels {
		return fail(LimitExceededException, "You can't have more than %d staging labels on the versions of a secret.", maxLabels)
	}
	return nil
}

// given counts the labels that people gave. The others do not count: they must always find a place.
func (s stages) given() int {
	n := len(s)
	for _, label := range []string{Current, Previous, Pending} {
		if s[label] != "" {
			n--
		}
	}
	return n
}

// rotating returns the version that a rotation is making: it has AWSPENDING and not AWSCURRENT.
func (s stages) rotating() string {
	if pending := s[Pending]; pending != s[Current] {
		return pending
	}
	return ""
}

// checkLabels wants labels that can be given; none stands for the usual one.
func checkLabels(labels []string, usual string) ([]string, error) {
	if len(labels) == 0 {
		return []string{usual}, nil
	}
	if len(labels) > maxLabels {
		return nil, constraint("versionStages", "have length less than or equal to %d", maxLabels)
	}
	for _, label := range labels {
		if err := checkLabel(label); err != nil {
			return nil, err
		}
	}
	return labels, nil
}

func checkLabel(label string) error {
	return checkText("versionStage", label, 1, maxLabel)
}
