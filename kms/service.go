package kms

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"signet/policy"
)

var serviceForm = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

// servicePolicy lets a key be used through one service only, by whoever the account lets use it.
const servicePolicy = `{
  "Version" : "2012-10-17",
  "Id" : "auto-%[1]s-1",
  "Statement" : [ {
    "Sid" : "Allow access through the service for all principals in the account that are authorized to use it",
    "Effect" : "Allow",
    "Principal" : { "AWS" : "*" },
    "Action" : [ "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey" ],
    "Resource" : "*",
    "Condition" : { "StringEquals" : { "kms:ViaService" : "%[2]s", "kms:CallerAccount" : "%[3]s" } }
  }, {
    "Sid" : "Allow direct access to key metadata to the account",
    "Effect" : "Allow",
    "Principal" : { "AWS" : "arn:aws:iam::%[3]s:root" },
    "Action" : [ "kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant" ],
    "Resource" : "*"
  } ]
}`

// EnsureServiceKey returns the ARN of the key that a service of Signet's uses when people name none,
// alias/aws/SERVICE, and makes it at the first call. Nobody can disable, delete or change it.
func (s *Service) EnsureServiceKey(ctx context.Context, c policy.Caller, region, service string) (string, error) {
	if !serviceForm.MatchString(service) || !regionForm.MatchString(region) {
		return "", fmt.Errorf("kms: there is no service %q in a region %q", clip(service), clip(region))
	}
	alias := "alias/aws/" + service
	find := request{Scope: Scope{Region: region}, key: alias, byAlias: true}
	t, err := s.find(ctx, find)
	if err != nil || t.key != nil {
		return t.arn, err
	}
	k := &known{row: row{
		id: newKeyID(), region: region, manager: managed, state: Enabled, spec: SymmetricDefault, usage: EncryptDecrypt, origin: FromKMS,
		description:  "Default key that protects what " + service + " keeps when no other key is named",
		policyText:   fmt.Sprintf(servicePolicy, service, viaService(service, region), s.account),
		rotationDays: yearly, rotateAt: micros(s.clock().AddDate(0, 0, yearly)), createdAt: s.clock().UnixMicro(),
	}}
	k.arn = s.keyARN(region, k.id)
	rec := &policy.Record{}
	r := request{Scope: find.Scope, action: "CreateKey", keyless: true, record: rec, params: params{"description": k.description}}
	err = s.do(ctx, c, r, func(ctx context.Context, _ *known) (map[string]string, error) {
		if err := s.create(ctx, k, alias); err != nil {
			return nil, err
		}
		s.made(rec, k)
		return map[string]string{"key": k.arn, "alias": alias}, nil
	})
	if e, ok := errors.AsType[*Error](err); ok && e.Code == AlreadyExistsException { // another process was first
		t, err := s.find(ctx, find)
		return t.arn, err
	}
	return k.arn, err
}
