package policy

import (
	"regexp"
	"strings"
)

// arn is an Amazon resource name, arn:partition:service:region:account:resource, in its six parts.
type arn struct{ partition, service, region, account, resource string }

// splitARN reports whether text has the six parts of an ARN. It does not look into them.
func splitARN(text string) (arn, bool) {
	p := strings.SplitN(text, ":", 6)
	if len(p) != 6 || p[0] != "arn" {
		return arn{}, false
	}
	return arn{p[1], p[2], p[3], p[4], p[5]}, true
}

var (
	accountID     = regexp.MustCompile(`^[0-9]{12}$`)
	serviceName   = regexp.MustCompile(`^[a-z0-9-]+$`)
	partitionForm = regexp.MustCompile(`^[a-z0-9*?\x{E000}-]+$`)
	regionForm    = regexp.MustCompile(`^[a-z0-9*?\x{E000}-]*$`)
	accountForm   = regexp.MustCompile(`^([0-9]{12}|aws|)$`)
)

// checkResource says what is wrong with the shape of a Resource; "" when nothing is.
func checkResource(shape string) string {
	if shape == "*" {
		return ""
	}
	p := strings.SplitN(shape, ":", 6)
	switch {
	case p[0] != "arn" || len(p) < 3:
		return `it must be an ARN (arn:partition:service:region:account:resource) or "*"`
	case !partitionForm.MatchString(p[1]):
		return "its partition must be a name such as aws"
	case strings.ContainsAny(p[2], "*?"):
		return "its service cannot have wildcards: name one service, such as kms"
	case !serviceName.MatchString(p[2]):
		return "its service must be a name in lower case, such as kms"
	case len(p) < 6 && (len(p) == 3 || !strings.HasSuffix(p[len(p)-1], "*")):
		return "it has too few parts for an ARN: write arn:partition:service:region:account:resource"
	}
	return checkPlace(p)
}

// checkPlace looks at region, account and resource, as far as they are there.
func checkPlace(p []string) string {
	switch {
	case !regionForm.MatchString(p[3]):
		return "its region must be a name such as us-east-1, empty, or a pattern"
	case len(p) > 4 && !accountForm.MatchString(p[4]) && !strings.ContainsAny(p[4], "*?"+variableMark):
		return "its account must have 12 digits, be empty, or be a pattern"
	case len(p) == 6 && p[5] == "":
		return "its last part, the resource, is missing"
	}
	return ""
}
