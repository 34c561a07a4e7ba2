package identity

import (
	"fmt"
	"strings"

	"signet/policy"
)

// builtins are the managed policies that every account has, by the names that AWS gives them. They
// hold what makes sense here of what AWS's own hold.
var builtins = map[string]string{
	"AdministratorAccess": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`,
	"PowerUserAccess": `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","NotAction":["iam:*"],"Resource":"*"},
		{"Effect":"Allow","Action":["iam:ListRoles"],"Resource":"*"}]}`,
	"ReadOnlyAccess": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*","Action":[
		"cloudtrail:Describe*","cloudtrail:Get*","cloudtrail:List*","cloudtrail:LookupEvents",
		"iam:Get*","iam:List*","kms:Describe*","kms:Get*","kms:List*","quicksight:Describe*","quicksight:List*",
		"secretsmanager:Describe*","secretsmanager:List*","secretsmanager:GetResourcePolicy","sts:Get*"]}]}`,
	"IAMFullAccess":           `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}`,
	"IAMReadOnlyAccess":       `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:Get*","iam:List*"],"Resource":"*"}]}`,
	"SecretsManagerReadWrite": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["secretsmanager:*","kms:DescribeKey","kms:ListAliases","kms:ListKeys"],"Resource":"*"}]}`,
	"AWSKeyManagementServicePowerUser": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*","Action":[
		"kms:CreateAlias","kms:CreateKey","kms:DeleteAlias","kms:Describe*","kms:GenerateRandom","kms:Get*","kms:List*",
		"kms:TagResource","kms:UntagResource","iam:ListGroups","iam:ListRoles","iam:ListUsers"]}]}`,
	"AWSCloudTrail_ReadOnlyAccess": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*","Action":[
		"cloudtrail:Describe*","cloudtrail:Get*","cloudtrail:List*","cloudtrail:LookupEvents"]}]}`,
}

const builtinPrefix = "arn:aws:iam::aws:policy/"

// builtin returns the text of a built-in policy.
func builtin(arn string) (text string, ok bool) {
	name, ok := strings.CutPrefix(arn, builtinPrefix)
	if !ok {
		return "", false
	}
	text, ok = builtins[name]
	return text, ok
}

// administrator is what users with the role admin have without anybody attaching it.
var administrator = mustParse("AdministratorAccess")

func mustParse(name string) *policy.Document {
	d, err := policy.ParseDocument([]byte(builtins[name]), policy.Options{Kind: policy.IdentityPolicy, Name: builtinPrefix + name})
	if err != nil {
		panic(fmt.Sprintf("signet: the built-in policy %s: %v", name, err))
	}
	return d
}
