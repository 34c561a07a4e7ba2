package secrets

import (
	"regexp"
	"slices"
	"strings"
)

// rotator is one built-in way to rotate a secret.
type rotator struct {
	engines     []string
	alternating bool // two users take turns
}

// rotators are named like functions: arn:aws:lambda:REGION:ACCOUNT:function:NAME.
var rotators = map[string]rotator{
	"SignetPostgreSQLSingleUser": {engines: []string{enginePostgres}},
	"SignetPostgreSQLMultiUser":  {engines: []string{enginePostgres}, alternating: true},
	"SignetMySQLSingleUser":      {engines: []string{engineMySQL, engineMariaDB}},
	"SignetMySQLMultiUser":       {engines: []string{engineMySQL, engineMariaDB}, alternating: true},
}

var functionForm = regexp.MustCompile(`^arn:aws:lambda:[a-z0-9-]{1,32}:[0-9]{12}:function:[A-Za-z0-9_-]{1,64}$`)

// parseRotator finds the rotator of an ARN. There are no others than the built-in ones, in the account
// and region of the secret.
func parseRotator(region, account, arn string) (rotator, error) {
	if !functionForm.MatchString(arn) {
		return rotator{}, constraint("rotationLambdaARN", "be the ARN of a function")
	}
	p := strings.Split(arn, ":")
	r, ok := rotators[p[6]]
	if !ok || p[3] != region || p[4] != account {
		return rotator{}, fail(AccessDeniedException, "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.")
	}
	return r, nil
}

// serves checks that the rotator is for the database of a secret.
func (r rotator) serves(c credentials) error {
	if !slices.Contains(r.engines, c.engine) {
		return invalidParameter("The secret's engine is not one of its rotation function: %s.", strings.Join(r.engines, ", "))
	}
	return nil
}
