package aws_test

import (
	"crypto/ecdh"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	trailsdk "github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/google/go-cmp/cmp"

	"signet/aws"
	"signet/aws/awstest"
	"signet/aws/cloudtrail"
	"signet/aws/iam"
	"signet/aws/kms"
	"signet/aws/secretsmanager"
	"signet/aws/sts"
)

// call is one operation with what CloudTrail must say of it. Texts hold ${names} of what the answers before
// it gave; "*" in a record is anything but nothing.
type call struct {
	service, operation, in string
	request, response      string // "" for null
	resources              string // ARNs
	code                   string // of its failure
	reads                  bool
	keep                   map[string]string // name: expression whose group is found in the answer
}

// book is a run through a table of calls.
type book struct {
	*awstest.Server
	names map[string]string
}

func (b *book) fill(text string) string {
	for name, value := range b.names {
		text = strings.ReplaceAll(text, "${"+name+"}", value)
	}
	return text
}

// send sends a call as somebody.
func (b *book) send(as sdk.Credentials, c call, in string) (status int, answer string) {
	b.T.Helper()
	switch c.service {
	case "iam":
		return b.SendForm(as, c.service, "Version=2010-05-08&Action="+c.operation+"&"+in)
	case "sts":
		return b.SendForm(as, c.service, "Version=2011-06-15&Action="+c.operation+"&"+in)
	case "kms":
		return b.Send(as, c.service, "TrentService."+c.operation, in)
	case "secretsmanager":
		return b.Send(as, c.service, "secretsmanager."+c.operation, in)
	default:
		return b.Send(as, c.service, "CloudTrail_20131101."+c.operation, in)
	}
}

// do sends a call as the administrator, and keeps what its answer gives.
func (b *book) do(c call) (answer string) {
	b.T.Helper()
	if c.operation == "ImportKeyMaterial" {
		b.names["wrapped"] = wrap(b.names["wrapping"])
	}
	status, answer := b.send(b.Root, c, b.fill(c.in))
	if (status == 200) != (c.code == "") {
		b.T.Fatalf("%s %s: %d %s", c.operation, b.fill(c.in), status, answer)
	}
	for name, expression := range c.keep {
		found := regexp.MustCompile(expression).FindStringSubmatch(answer)
		if found == nil {
			b.T.Fatalf("%s: no %s in %s", c.operation, name, answer)
		}
		b.names[name] = found[1]
	}
	return answer
}

const (
	everyone = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"*","Resource":"*"}]}`
	lists    = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*"}]}`
	uuid1    = "11111111-1111-4111-8111-111111111111"
	uuid2    = "22222222-2222-4222-8222-222222222222"
	uuid3    = "33333333-3333-4333-8333-333333333333"
)

func quoted(text string) string { return string(awstest.Must(json.Marshal(text))) }

// secretCalls go through Secrets Manager.
func secretCalls() []call {
	arn, id := `{"arn":"${secret}"}`, `{"secretId":"${secret}"}`
	named := `{"arn":"${secret}","name":"app/db"}`
	of := func(more string) string { return `{"SecretId":"${secret}"` + more + `}` }
	all := []call{
		{operation: "CreateSecret", in: `{"Name":"app/db","Description":"d","SecretString":"` + mark + `","ClientRequestToken":"` + uuid1 + `","Tags":[{"Key":"team","Value":"sales"}]}`,
			request:  `{"name":"app/db","description":"d","clientRequestToken":"` + uuid1 + `","tags":[{"key":"team","value":"sales"}]}`,
			response: arn, keep: map[string]string{"secret": `"ARN":"([^"]+)"`}},
		{operation: "DescribeSecret", in: of(``), request: id, reads: true},
		{operation: "GetSecretValue", in: of(`,"VersionStage":"AWSCURRENT"`), request: `{"secretId":"${secret}","versionStage":"AWSCURRENT"}`, reads: true},
		{operation: "PutSecretValue", in: of(`,"SecretBinary":"` + base64.StdEncoding.EncodeToString([]byte(mark)) + `","ClientRequestToken":"` + uuid2 + `","VersionStages":["next"]`),
			request: `{"secretId":"${secret}","clientRequestToken":"` + uuid2 + `","versionStages":["next"]}`, response: arn},
		{operation: "UpdateSecret", in: of(`,"Description":"e","SecretString":"` + mark + `","ClientRequestToken":"` + uuid3 + `"`),
			request: `{"secretId":"${secret}","description":"e","clientRequestToken":"` + uuid3 + `"}`, response: arn},
		{operation: "UpdateSecretVersionStage", in: of(`,"VersionStage":"next","RemoveFromVersionId":"` + uuid2 + `","MoveToVersionId":"` + uuid1 + `"`),
			request: `{"secretId":"${secret}","versionStage":"next","removeFromVersionId":"` + uuid2 + `","moveToVersionId":"` + uuid1 + `"}`, response: named},
		{operation: "ListSecretVersionIds", in: of(`,"IncludeDeprecated":true,"MaxResults":10`), request: `{"secretId":"${secret}","includeDeprecated":true,"maxResults":10}`, reads: true},
		{operation: "TagResource", in: of(`,"Tags":[{"Key":"a","Value":"b"}]`), request: `{"secretId":"${secret}","tags":[{"key":"a","value":"b"}]}`, response: named},
		{operation: "UntagResource", in: of(`,"TagKeys":["a"]`), request: `{"secretId":"${secret}","tagKeys":["a"]}`, response: named},
		{operation: "PutResourcePolicy", in: of(`,"ResourcePolicy":` + quoted(everyone) + `,"BlockPublicPolicy":true`),
			request: `{"secretId":"${secret}","resourcePolicy":` + quoted(everyone) + `,"blockPublicPolicy":true}`, response: named},
		{operation: "GetResourcePolicy", in: of(``), request: id, reads: true},
		{operation: "ValidateResourcePolicy", in: of(`,"ResourcePolicy":` + quoted(everyone)), request: `{"secretId":"${secret}","resourcePolicy":` + quoted(everyone) + `}`, reads: true},
		{operation: "DeleteResourcePolicy", in: of(``), request: id, response: named},
		{operation: "RotateSecret", in: of(`,"ClientRequestToken":"` + uuid2 + `","RotationLambdaARN":"arn:aws:lambda:us-east-1:123456789012:function:SignetMySQLSingleUser","RotateImmediately":false,"RotationRules":{"AutomaticallyAfterDays":30}`),
			request:  `{"secretId":"${secret}","clientRequestToken":"` + uuid2 + `","rotationLambdaARN":"arn:aws:lambda:us-east-1:123456789012:function:SignetMySQLSingleUser","rotateImmediately":false,"rotationRules":{"automaticallyAfterDays":30}}`,
			response: named},
		{operation: "CancelRotateSecret", in: of(``), request: id, response: named},
		{operation: "DeleteSecret", in: of(`,"RecoveryWindowInDays":7`), request: `{"secretId":"${secret}","recoveryWindowInDays":7}`, response: `{"arn":"${secret}","name":"app/db","deletionDate":"*"}`},
		{operation: "RestoreSecret", in: of(``), request: id, response: named},
		{operation: "BatchGetSecretValue", in: `{"SecretIdList":["${secret}"]}`, request: `{"secretIdList":["${secret}"]}`, resources: "-", reads: true},
		{operation: "ListSecrets", in: `{"Filters":[{"Key":"name","Values":["app"]}],"SortOrder":"desc","MaxResults":5}`,
			request: `{"filters":[{"key":"name","values":["app"]}],"sortOrder":"desc","maxResults":5}`, resources: "-", reads: true},
		{operation: "GetRandomPassword", in: `{"PasswordLength":20,"ExcludeCharacters":"0O","ExcludePunctuation":true,"RequireEachIncludedType":false}`,
			request: `{"passwordLength":20,"excludeCharacters":"0O","excludePunctuation":true,"requireEachIncludedType":false}`, resources: "-", reads: true},
		{operation: "ReplicateSecretToRegions", in: of(`,"AddReplicaRegions":[{"Region":"eu-west-1"}]`), request: id, code: "UnsupportedOperationException"},
		{operation: "RemoveRegionsFromReplication", in: of(`,"RemoveReplicaRegions":["eu-west-1"]`), request: id, code: "UnsupportedOperationException"},
		{operation: "StopReplicationToReplica", in: of(``), request: id, code: "UnsupportedOperationException"},
		{operation: "DescribeSecret", in: `{"SecretId":"arn:aws:secretsmanager:us-east-1:123456789012:secret:none-abcdef"}`,
			request: `{"secretId":"arn:aws:secretsmanager:us-east-1:123456789012:secret:none-abcdef"}`, code: "ResourceNotFoundException", reads: true,
			resources: "arn:aws:secretsmanager:us-east-1:123456789012:secret:none-abcdef"},
	}
	return fill(all, "secretsmanager", "${secret}")
}

// fill sets the service, and what most calls touch.
func fill(all []call, service, resource string) []call {
	for i := range all {
		all[i].service = service
		if all[i].resources == "" {
			all[i].resources = resource
		}
	}
	return all
}

// keyCalls go through KMS.
func keyCalls() []call {
	of := func(more string) string { return `{"KeyId":"${key}"` + more + `}` }
	id, answered := `{"keyId":"${key}"}`, `{"keyId":"${key}"}`
	text := base64.StdEncoding.EncodeToString([]byte(mark))
	public := base64.StdEncoding.EncodeToString(awstest.Must(x509.MarshalPKIXPublicKey(awstest.Must(ecdh.P256().GenerateKey(rand.Reader)).PublicKey())))
	key := `"KeyMetadata":.*?"Arn":"([^"]+)"`
	all := []call{
		{operation: "CreateKey", in: `{"Description":"d","Tags":[{"TagKey":"team","TagValue":"sales"}]}`, request: `{"description":"d","tags":[{"tagKey":"team","tagValue":"sales"}]}`,
			response: "*", keep: map[string]string{"key": key}},
		{operation: "DescribeKey", in: of(``), request: id, reads: true},
		{operation: "CreateAlias", in: `{"AliasName":"alias/app","TargetKeyId":"${key}"}`, request: `{"aliasName":"alias/app","targetKeyId":"${key}"}`, response: answered, resources: "*"},
		{operation: "UpdateAlias", in: `{"AliasName":"alias/app","TargetKeyId":"${key}"}`, request: `{"aliasName":"alias/app","targetKeyId":"${key}"}`, response: answered, resources: "*"},
		{operation: "ListAliases", in: of(`,"Limit":10`), request: `{"keyId":"${key}","limit":10}`, resources: "-", reads: true},
		{operation: "ListKeys", in: `{"Limit":10}`, request: `{"limit":10}`, resources: "-", reads: true},
		{operation: "Encrypt", in: of(`,"Plaintext":"` + text + `","EncryptionContext":{"app":"quotes"}`),
			request: `{"keyId":"${key}","encryptionContext":{"app":"quotes"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}`, reads: true, keep: map[string]string{"blob": `"CiphertextBlob":"([^"]+)"`}},
		{operation: "Decrypt", in: `{"CiphertextBlob":"${blob}","EncryptionContext":{"app":"quotes"}}`,
			request: `{"keyId":"${key}","encryptionContext":{"app":"quotes"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}`, reads: true},
		{operation: "CreateKey", in: `{}`, request: ``, response: "*", resources: "${other}", keep: map[string]string{"other": key}},
		{operation: "ReEncrypt", in: `{"CiphertextBlob":"${blob}","SourceEncryptionContext":{"app":"quotes"},"DestinationKeyId":"${other}"}`,
			request: `{"sourceKeyId":"${key}","sourceEncryptionContext":{"app":"quotes"},"sourceEncryptionAlgorithm":"SYMMETRIC_DEFAULT","destinationKeyId":"${other}","destinationEncryptionAlgorithm":"SYMMETRIC_DEFAULT"}`,
			reads:   true, resources: "${key} ${other}"},
		{operation: "GenerateDataKey", in: of(`,"KeySpec":"AES_256"`), request: `{"keyId":"${key}","keySpec":"AES_256"}`, reads: true},
		{operation: "GenerateDataKeyWithoutPlaintext", in: of(`,"NumberOfBytes":16`), request: `{"keyId":"${key}","numberOfBytes":16}`, reads: true},
		{operation: "GenerateDataKeyPair", in: of(`,"KeyPairSpec":"ECC_NIST_P256"`), request: `{"keyId":"${key}","keyPairSpec":"ECC_NIST_P256"}`, reads: true},
		{operation: "GenerateDataKeyPairWithoutPlaintext", in: of(`,"KeyPairSpec":"ECC_NIST_P256"`), request: `{"keyId":"${key}","keyPairSpec":"ECC_NIST_P256"}`, reads: true},
		{operation: "GenerateRandom", in: `{"NumberOfBytes":8}`, request: `{"numberOfBytes":8}`, resources: "-", reads: true},
		{operation: "CreateGrant", in: of(`,"GranteePrincipal":"arn:aws:iam::123456789012:user/root","RetiringPrincipal":"arn:aws:iam::123456789012:user/root","Operations":["Decrypt"],"Name":"n"`),
			request:  `{"keyId":"${key}","granteePrincipal":"arn:aws:iam::123456789012:user/root","retiringPrincipal":"arn:aws:iam::123456789012:user/root","operations":["Decrypt"],"name":"n"}`,
			response: `{"keyId":"${key}","grantId":"${grant}"}`, keep: map[string]string{"grant": `"GrantId":"([^"]+)"`}},
		{operation: "ListGrants", in: of(``), request: id, reads: true},
		{operation: "ListRetirableGrants", in: `{"RetiringPrincipal":"arn:aws:iam::123456789012:user/root"}`, request: `{"retiringPrincipal":"arn:aws:iam::123456789012:user/root"}`, resources: "-", reads: true},
		{operation: "RevokeGrant", in: of(`,"GrantId":"${grant}"`), request: `{"keyId":"${key}","grantId":"${grant}"}`, response: answered},
		{operation: "CreateGrant", in: of(`,"GranteePrincipal":"arn:aws:iam::123456789012:user/root","Operations":["Decrypt"]`),
			request: `{"keyId":"${key}","granteePrincipal":"arn:aws:iam::123456789012:user/root","operations":["Decrypt"]}`, response: "*", keep: map[string]string{"grant": `"GrantId":"([^"]+)"`}},
		{operation: "RetireGrant", in: of(`,"GrantId":"${grant}"`), request: `{"keyId":"${key}","grantId":"${grant}"}`, response: answered},
		{operation: "GetKeyPolicy", in: of(`,"PolicyName":"default"`), request: `{"keyId":"${key}","policyName":"default"}`, reads: true},
		{operation: "ListKeyPolicies", in: of(``), request: id, reads: true},
		{operation: "PutKeyPolicy", in: of(`,"PolicyName":"default","Policy":` + quoted(strings.ReplaceAll(everyone, `"123456789012"`, `"arn:aws:iam::123456789012:root"`))),
			request: `{"keyId":"${key}","policyName":"default","policy":"*"}`, response: answered},
		{operation: "GetKeyRotationStatus", in: of(``), request: id, reads: true},
		{operation: "EnableKeyRotation", in: of(`,"RotationPeriodInDays":100`), request: `{"keyId":"${key}","rotationPeriodInDays":100}`, response: answered},
		{operation: "DisableKeyRotation", in: of(``), request: id, response: answered},
		{operation: "RotateKeyOnDemand", in: of(``), request: id, response: answered},
		{operation: "ListKeyRotations", in: of(``), request: id, reads: true},
		{operation: "TagResource", in: of(`,"Tags":[{"TagKey":"a","TagValue":"b"}]`), request: `{"keyId":"${key}","tags":[{"tagKey":"a","tagValue":"b"}]}`, response: answered},
		{operation: "ListResourceTags", in: of(``), request: id, reads: true},
		{operation: "UntagResource", in: of(`,"TagKeys":["a"]`), request: `{"keyId":"${key}","tagKeys":["a"]}`, response: answered},
		{operation: "UpdateKeyDescription", in: of(`,"Description":"e"`), request: `{"keyId":"${key}","description":"e"}`, response: answered},
		{operation: "DeleteAlias", in: `{"AliasName":"alias/app"}`, request: `{"aliasName":"alias/app"}`, response: answered, resources: "*"},
		{operation: "CreateKey", in: `{"KeySpec":"ECC_NIST_P256","KeyUsage":"SIGN_VERIFY"}`, request: `{"keySpec":"ECC_NIST_P256","keyUsage":"SIGN_VERIFY"}`, response: "*", resources: "${signer}", keep: map[string]string{"signer": key}},
		{operation: "GetPublicKey", in: `{"KeyId":"${signer}"}`, request: `{"keyId":"${signer}"}`, resources: "${signer}", reads: true},
		{operation: "Sign", in: `{"KeyId":"${signer}","Message":"` + text + `","SigningAlgorithm":"ECDSA_SHA_256"}`, request: `{"keyId":"${signer}","signingAlgorithm":"ECDSA_SHA_256","messageType":"RAW"}`,
			reads: true, resources: "${signer}", keep: map[string]string{"signature": `"Signature":"([^"]+)"`}},
		{operation: "Verify", in: `{"KeyId":"${signer}","Message":"` + text + `","Signature":"${signature}","SigningAlgorithm":"ECDSA_SHA_256"}`,
			request: `{"keyId":"${signer}","signingAlgorithm":"ECDSA_SHA_256","messageType":"RAW"}`, reads: true, resources: "${signer}"},
		{operation: "CreateKey", in: `{"KeySpec":"HMAC_256","KeyUsage":"GENERATE_VERIFY_MAC"}`, request: `{"keySpec":"HMAC_256","keyUsage":"GENERATE_VERIFY_MAC"}`, response: "*", resources: "${hmac}", keep: map[string]string{"hmac": key}},
		{operation: "GenerateMac", in: `{"KeyId":"${hmac}","Message":"` + text + `","MacAlgorithm":"HMAC_SHA_256"}`, request: `{"keyId":"${hmac}","macAlgorithm":"HMAC_SHA_256"}`,
			reads: true, resources: "${hmac}", keep: map[string]string{"mac": `"Mac":"([^"]+)"`}},
		{operation: "VerifyMac", in: `{"KeyId":"${hmac}","Message":"` + text + `","Mac":"${mac}","MacAlgorithm":"HMAC_SHA_256"}`, request: `{"keyId":"${hmac}","macAlgorithm":"HMAC_SHA_256"}`, reads: true, resources: "${hmac}"},
		{operation: "CreateKey", in: `{"KeySpec":"ECC_NIST_P256","KeyUsage":"KEY_AGREEMENT"}`, request: `{"keySpec":"ECC_NIST_P256","keyUsage":"KEY_AGREEMENT"}`, response: "*", resources: "${agreer}", keep: map[string]string{"agreer": key}},
		{operation: "DeriveSharedSecret", in: `{"KeyId":"${agreer}","KeyAgreementAlgorithm":"ECDH","PublicKey":"` + public + `"}`, request: `{"keyId":"${agreer}","keyAgreementAlgorithm":"ECDH"}`, reads: true, resources: "${agreer}"},
		{operation: "CreateKey", in: `{"Origin":"EXTERNAL"}`, request: `{"origin":"EXTERNAL"}`, response: "*", resources: "${external}", keep: map[string]string{"external": key}},
		{operation: "GetParametersForImport", in: `{"KeyId":"${external}","WrappingAlgorithm":"RSAES_OAEP_SHA_256","WrappingKeySpec":"RSA_2048"}`,
			request: `{"keyId":"${external}","wrappingAlgorithm":"RSAES_OAEP_SHA_256","wrappingKeySpec":"RSA_2048"}`, reads: true, resources: "${external}",
			keep: map[string]string{"token": `"ImportToken":"([^"]+)"`, "wrapping": `"PublicKey":"([^"]+)"`}},
		{operation: "ImportKeyMaterial", in: `{"KeyId":"${external}","ImportToken":"${token}","EncryptedKeyMaterial":"${wrapped}","ExpirationModel":"KEY_MATERIAL_DOES_NOT_EXPIRE"}`,
			request: `{"keyId":"${external}","expirationModel":"KEY_MATERIAL_DOES_NOT_EXPIRE"}`, response: `{"keyId":"${external}","keyMaterialId":"*"}`, resources: "${external}"},
		{operation: "DeleteImportedKeyMaterial", in: `{"KeyId":"${external}"}`, request: `{"keyId":"${external}"}`, response: `{"keyId":"${external}","keyMaterialId":"*"}`, resources: "${external}"},
		{operation: "DisableKey", in: of(``), request: id, response: answered},
		{operation: "EnableKey", in: of(``), request: id, response: answered},
		{operation: "ScheduleKeyDeletion", in: of(`,"PendingWindowInDays":7`), request: `{"keyId":"${key}","pendingWindowInDays":7}`,
			response: `{"keyId":"${key}","keyState":"PendingDeletion","pendingWindowInDays":7,"deletionDate":"*"}`},
		{operation: "CancelKeyDeletion", in: of(``), request: id, response: answered},
		{operation: "DescribeKey", in: `{"KeyId":"alias/none"}`, request: `{"keyId":"alias/none"}`, code: "NotFoundException", reads: true, resources: "arn:aws:kms:us-east-1:123456789012:alias/none"},
	}
	return fill(all, "kms", "${key}")
}

// peopleCalls go through IAM and STS.
func peopleCalls() []call {
	const (
		user, group, role = "arn:aws:iam::123456789012:user/ana", "arn:aws:iam::123456789012:group/sales", "arn:aws:iam::123456789012:role/auditor"
		builtin           = "arn:aws:iam::aws:policy/ReadOnlyAccess"
	)
	document := "PolicyDocument=" + url.QueryEscape(lists)
	tags := "Tags.member.1.Key=team&Tags.member.1.Value=north"
	said := `,"tags":[{"key":"team","value":"north"}]`
	list := `"policyDocument":` + quoted(lists)
	trust := quoted(trustAll)
	all := []call{
		{operation: "CreateUser", in: "UserName=ana&" + tags, request: `{"userName":"ana","path":"/"` + said + `}`,
			response: `{"user":{"userName":"ana","path":"/","arn":"` + user + `","userId":"*","createDate":"*"}}`, resources: user},
		{operation: "CreateGroup", in: "GroupName=sales", request: `{"groupName":"sales","path":"/"}`,
			response: `{"group":{"groupName":"sales","path":"/","arn":"` + group + `","groupId":"*","createDate":"*"}}`, resources: group},
		{operation: "CreateRole", in: "RoleName=auditor&AssumeRolePolicyDocument=" + url.QueryEscape(trustAll) + "&" + tags, request: `{"roleName":"auditor","path":"/","maxSessionDuration":3600,"assumeRolePolicyDocument":` + trust + said + `}`,
			response: `{"role":{"roleName":"auditor","path":"/","arn":"` + role + `","roleId":"*","createDate":"*"}}`, resources: role},
		{operation: "CreatePolicy", in: "PolicyName=lists&" + document, request: `{"policyName":"lists","path":"/",` + list + `}`,
			response:  `{"policy":{"policyName":"lists","path":"/","arn":"${policy}","policyId":"*","defaultVersionId":"v1","attachmentCount":0,"isAttachable":true,"createDate":"*","updateDate":"*"}}`,
			resources: "${policy}", keep: map[string]string{"policy": `<Arn>([^<]+)</Arn>`}},
		{operation: "CreatePolicyVersion", in: "PolicyArn=${policy}&SetAsDefault=true&" + document, request: `{"policyArn":"${policy}","setAsDefault":true,` + list + `}`,
			response: `{"policyVersion":{"versionId":"v2","isDefaultVersion":true,"createDate":"*"}}`, resources: "${policy}"},
		{operation: "SetDefaultPolicyVersion", in: "PolicyArn=${policy}&VersionId=v1", request: `{"policyArn":"${policy}","versionId":"v1"}`, resources: "${policy}"},
		{operation: "GetPolicy", in: "PolicyArn=${policy}", request: `{"policyArn":"${policy}"}`, resources: "${policy}", reads: true},
		{operation: "GetPolicyVersion", in: "PolicyArn=${policy}&VersionId=v2", request: `{"policyArn":"${policy}","versionId":"v2"}`, resources: "${policy}", reads: true},
		{operation: "ListPolicyVersions", in: "PolicyArn=${policy}", request: `{"policyArn":"${policy}"}`, resources: "${policy}", reads: true},
		{operation: "ListPolicies", in: "Scope=Local&OnlyAttached=true", request: `{"scope":"Local","onlyAttached":true}`, reads: true},
		{operation: "AddUserToGroup", in: "GroupName=sales&UserName=ana", request: `{"groupName":"sales","userName":"ana"}`, resources: group},
		{operation: "GetGroup", in: "GroupName=sales", request: `{"groupName":"sales"}`, resources: group, reads: true},
		{operation: "ListGroupsForUser", in: "UserName=ana", request: `{"userName":"ana"}`, resources: user, reads: true},
		{operation: "RemoveUserFromGroup", in: "GroupName=sales&UserName=ana", request: `{"groupName":"sales","userName":"ana"}`, resources: group},
		{operation: "ListGroups", reads: true},
		{operation: "ListUsers", in: "PathPrefix=/&MaxItems=7", request: `{"pathPrefix":"/","maxItems":7}`, reads: true},
		{operation: "ListRoles", reads: true},
		{operation: "GetUser", in: "UserName=ana", request: `{"userName":"ana"}`, resources: user, reads: true},
		{operation: "GetRole", in: "RoleName=auditor", request: `{"roleName":"auditor"}`, resources: role, reads: true},
		{operation: "UpdateRole", in: "RoleName=auditor&Description=looks", request: `{"roleName":"auditor","description":"looks"}`, resources: role},
		{operation: "UpdateAssumeRolePolicy", in: "RoleName=auditor&PolicyDocument=" + url.QueryEscape(trustAll), request: `{"roleName":"auditor","policyDocument":` + trust + `}`, resources: role},
		{operation: "TagRole", in: "RoleName=auditor&" + tags, request: `{"roleName":"auditor"` + said + `}`, resources: role},
		{operation: "ListRoleTags", in: "RoleName=auditor", request: `{"roleName":"auditor"}`, resources: role, reads: true},
		{operation: "UntagRole", in: "RoleName=auditor&TagKeys.member.1=team", request: `{"roleName":"auditor","tagKeys":["team"]}`, resources: role},
		{operation: "TagUser", in: "UserName=ana&" + tags, request: `{"userName":"ana"` + said + `}`, resources: user},
		{operation: "ListUserTags", in: "UserName=ana", request: `{"userName":"ana"}`, resources: user, reads: true},
		{operation: "UntagUser", in: "UserName=ana&TagKeys.member.1=team", request: `{"userName":"ana","tagKeys":["team"]}`, resources: user},
		{operation: "CreateAccessKey", in: "UserName=ana", request: `{"userName":"ana"}`, resources: user,
			response: `{"accessKey":{"userName":"ana","accessKeyId":"${access}","status":"Active","createDate":"*"}}`, keep: map[string]string{"access": `<AccessKeyId>([^<]+)<`}},
		{operation: "ListAccessKeys", in: "UserName=ana", request: `{"userName":"ana"}`, resources: user, reads: true},
		{operation: "GetAccessKeyLastUsed", in: "AccessKeyId=${access}", request: `{"accessKeyId":"${access}"}`, resources: user, reads: true},
		{operation: "UpdateAccessKey", in: "UserName=ana&AccessKeyId=${access}&Status=Inactive", request: `{"userName":"ana","accessKeyId":"${access}","status":"Inactive"}`, resources: user},
		{operation: "DeleteAccessKey", in: "UserName=ana&AccessKeyId=${access}", request: `{"userName":"ana","accessKeyId":"${access}"}`, resources: user},
		{operation: "ListEntitiesForPolicy", in: "PolicyArn=${policy}", request: `{"policyArn":"${policy}"}`, resources: "${policy}", reads: true},
		{operation: "GetUser", in: "UserName=nobody", request: `{"userName":"nobody"}`, code: "NoSuchEntityException", reads: true, resources: "arn:aws:iam::123456789012:user/nobody"},
		{operation: "CreateUser", in: "UserName=ana", request: `{"userName":"ana","path":"/"}`, code: "EntityAlreadyExistsException", resources: user},
	}
	for _, of := range []struct{ kind, field, name, arn string }{{"User", "userName", "ana", user}, {"Group", "groupName", "sales", group}, {"Role", "roleName", "auditor", role}} {
		in, who := strings.ToUpper(of.field[:1])+of.field[1:]+"="+of.name, `"`+of.field+`":"`+of.name+`"`
		all = append(all, []call{
			{operation: "Put" + of.kind + "Policy", in: in + "&PolicyName=p&" + document, request: `{` + who + `,"policyName":"p",` + list + `}`},
			{operation: "Get" + of.kind + "Policy", in: in + "&PolicyName=p", request: `{` + who + `,"policyName":"p"}`, reads: true},
			{operation: "List" + of.kind + "Policies", in: in, request: `{` + who + `}`, reads: true},
			{operation: "Delete" + of.kind + "Policy", in: in + "&PolicyName=p", request: `{` + who + `,"policyName":"p"}`},
			{operation: "Attach" + of.kind + "Policy", in: in + "&PolicyArn=" + builtin, request: `{` + who + `,"policyArn":"` + builtin + `"}`},
			{operation: "ListAttached" + of.kind + "Policies", in: in, request: `{` + who + `}`, reads: true},
			{operation: "Detach" + of.kind + "Policy", in: in + "&PolicyArn=" + builtin, request: `{` + who + `,"policyArn":"` + builtin + `"}`},
		}...)
		if of.kind != "Group" {
			all = append(all,
				call{operation: "Put" + of.kind + "PermissionsBoundary", in: in + "&PermissionsBoundary=" + builtin, request: `{` + who + `,"permissionsBoundary":"` + builtin + `"}`},
				call{operation: "Delete" + of.kind + "PermissionsBoundary", in: in, request: `{` + who + `}`})
		}
		for i := range all {
			if all[i].resources == "" && strings.Contains(all[i].in, in) {
				all[i].resources = of.arn
			}
		}
	}
	all = append(all,
		call{service: "sts", operation: "GetCallerIdentity", reads: true},
		call{service: "sts", operation: "GetSessionToken", in: "DurationSeconds=900", request: `{"durationSeconds":900}`, response: `{"credentials":{"accessKeyId":"*","expiration":"*"}}`},
		call{service: "sts", operation: "AssumeRole", in: "RoleArn=" + role + "&RoleSessionName=shift&PolicyArns.member.1.arn=" + builtin, request: `{"roleArn":"` + role + `","roleSessionName":"shift","durationSeconds":3600,"policyArns":[{"arn":"` + builtin + `"}]}`,
			response: `{"credentials":{"accessKeyId":"*","expiration":"*"},"assumedRoleUser":{"arn":"arn:aws:sts::123456789012:assumed-role/auditor/shift","assumedRoleId":"*"}}`, resources: role},
		call{operation: "DeleteRole", in: "RoleName=auditor", request: `{"roleName":"auditor"}`, resources: role},
		call{operation: "DeleteUser", in: "UserName=ana", request: `{"userName":"ana"}`, resources: user},
		call{operation: "DeleteGroup", in: "GroupName=sales", request: `{"groupName":"sales"}`, resources: group},
		call{operation: "DeletePolicyVersion", in: "PolicyArn=${policy}&VersionId=v2", request: `{"policyArn":"${policy}","versionId":"v2"}`, resources: "${policy}"},
		call{operation: "DeletePolicy", in: "PolicyArn=${policy}", request: `{"policyArn":"${policy}"}`, resources: "${policy}"},
		call{service: "cloudtrail", operation: "LookupEvents", in: `{"MaxResults":1}`, request: `{"MaxResults":1}`, reads: true},
	)
	for i := range all {
		if all[i].service == "" {
			all[i].service = "iam"
		}
		if all[i].resources == "" {
			all[i].resources = "-"
		}
	}
	return all
}

func allCalls() []call { return slices.Concat(keyCalls(), secretCalls(), peopleCalls()) }

// found is what a record of CloudTrail says.
type found struct {
	EventSource, EventName, ErrorCode, EventType, AwsRegion string
	SourceIPAddress, EventTime, EventID                     string
	UserIdentity                                            map[string]any
	RequestParameters, ResponseElements                     any
	AdditionalEventData                                     map[string]any
	Resources                                               []struct{ AccountID, Type, ARN string }
	ReadOnly                                                bool
}

// records are those of the administrator, oldest first.
func (b *book) records() []found {
	b.T.Helper()
	root := "root"
	in := &trailsdk.LookupEventsInput{LookupAttributes: []types.LookupAttribute{{AttributeKey: types.LookupAttributeKeyUsername, AttributeValue: &root}}}
	var all []found
	for {
		out := awstest.Must(trailsdk.NewFromConfig(b.Config(b.Root)).LookupEvents(b.T.Context(), in))
		for _, e := range out.Events {
			var f found
			if err := json.Unmarshal([]byte(*e.CloudTrailEvent), &f); err != nil {
				b.T.Fatal(err)
			}
			all = append(all, f)
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			slices.Reverse(all)
			return all
		}
	}
}

// Each operation of each service leaves one record, with what was asked and answered as CloudTrail writes
// it, and no more: no value, no key, no token.
func TestEveryOperationHasItsRecord(t *testing.T) {
	b := &book{awstest.Start(t, awstest.Options{}), map[string]string{}}
	var calls []call
	for _, c := range allCalls() {
		b.do(c)
		c.request, c.response, c.resources = b.fill(c.request), b.fill(c.response), b.fill(c.resources)
		calls = append(calls, c)
	}
	b.do(call{service: "kms", operation: "GenerateRandom", in: `{"NumberOfBytes":1}`}) // what came before it is written by then
	records := b.records()
	for _, c := range calls {
		at := slices.IndexFunc(records, func(f found) bool {
			return f.EventName == c.operation && strings.HasPrefix(f.EventSource, c.service+".")
		})
		if at < 0 {
			t.Errorf("%s %s is not on record", c.service, c.operation)
			continue
		}
		b.compare(c, records[at])
		records = slices.Delete(records, at, at+1)
	}
	complete(t, calls)
}

// A request that makes no sense leaves a record too, of any operation, also of those that are not supported:
// by whom, with the code of the failure and nothing of what was sent.
func TestRequestsWithoutSenseAreOnRecord(t *testing.T) {
	b := &book{awstest.Start(t, awstest.Options{}), map[string]string{}}
	sent := map[string]bool{}
	for _, s := range []aws.Service{sts.New(b.People), iam.New(b.People), cloudtrail.New(nil, ""), kms.New(nil), secretsmanager.New(nil)} {
		for name := range s.Operations {
			in := `{"` + mark + `":`
			if s.Name == "iam" || s.Name == "sts" {
				in = "" // what has no name
			}
			b.send(b.Root, call{service: s.Name, operation: name}, in)
			sent[s.Name+" "+name] = true
		}
	}
	b.do(call{service: "kms", operation: "GenerateRandom", in: `{"NumberOfBytes":1}`}) // what came before it is written by then
	have := map[string]int{"kms GenerateRandom": -1}
	for _, f := range b.records() {
		service, _, _ := strings.Cut(f.EventSource, ".")
		have[service+" "+f.EventName]++
		if service == "kms" && f.EventName != "GenerateRandom" && (f.ErrorCode == "" || f.UserIdentity["arn"] != awstest.UserARN("root")) {
			t.Errorf("%+v", f)
		}
	}
	for what := range sent {
		if have[what] != 1 {
			t.Errorf("%s has %d records", what, have[what])
		}
	}
}

// compare wants a record to be as the call says.
func (b *book) compare(c call, f found) {
	b.T.Helper()
	what := c.service + " " + c.operation
	if diff := cmp.Diff(want(c.request), f.RequestParameters, anything); diff != "" {
		b.T.Errorf("%s: request: %s", what, diff)
	}
	if diff := cmp.Diff(want(c.response), f.ResponseElements, anything); diff != "" {
		b.T.Errorf("%s: response: %s", what, diff)
	}
	var arns []string
	for _, r := range f.Resources {
		arns = append(arns, r.ARN)
		if r.AccountID != awstest.Account || !strings.HasPrefix(r.Type, "AWS::") {
			b.T.Errorf("%s: resource %+v", what, r)
		}
	}
	if got := strings.Join(arns, " "); c.resources != "*" && got != strings.TrimPrefix(c.resources, "-") || c.resources == "*" && got == "" {
		b.T.Errorf("%s: resources %q, want %q", what, got, c.resources)
	}
	if f.ReadOnly != c.reads || f.ErrorCode != c.code || f.EventType != "AwsApiCall" || f.SourceIPAddress != awstest.Origin || f.AwsRegion != "us-east-1" ||
		f.UserIdentity["arn"] != awstest.UserARN("root") || f.UserIdentity["type"] != "IAMUser" || f.EventTime == "" || f.EventID == "" {
		b.T.Errorf("%s: %+v", what, f)
	}
}

func want(text string) any {
	switch text {
	case "":
		return nil
	case "*":
		return "*"
	}
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		panic(text)
	}
	return v
}

// anything lets "*" stand for whatever is there.
var anything = cmp.FilterValues(func(a, b any) bool { return a == "*" || b == "*" }, cmp.Comparer(func(a, b any) bool { return a != nil && b != nil }))

func wrap(public string) string {
	key := awstest.Must(x509.ParsePKIXPublicKey(awstest.Must(base64.StdEncoding.DecodeString(public)))).(*rsa.PublicKey)
	return base64.StdEncoding.EncodeToString(awstest.Must(rsa.EncryptOAEP(sha256.New(), rand.Reader, key, []byte(mark[:32]), nil)))
}

// complete wants the table to have every operation that is served.
func complete(t *testing.T, calls []call) {
	t.Helper()
	have := map[string]bool{}
	for _, c := range calls {
		have[c.service+" "+c.operation] = true
	}
	w := newWorld(t)
	for _, s := range []aws.Service{sts.New(w.People), iam.New(w.People), cloudtrail.New(nil, ""), kms.New(nil), secretsmanager.New(nil)} {
		for _, name := range slices.Sorted(maps.Keys(s.Operations)) {
			if !have[s.Name+" "+name] && !slices.Contains(unserved, name) {
				t.Errorf("%s %s is not in the table", s.Name, name)
			}
		}
	}
}

// unserved are the operations of KMS that only say that they are not supported: they touch nothing.
var unserved = []string{
	"ConnectCustomKeyStore", "CreateCustomKeyStore", "DeleteCustomKeyStore", "DescribeCustomKeyStores", "DisconnectCustomKeyStore",
	"UpdateCustomKeyStore", "Decapsulate", "Encapsulate", "GetKeyLastUsage", "ReplicateKey", "UpdatePrimaryRegion",
}

const mark = "MARKED-value-0815-of-nobody-else-at-all!"
