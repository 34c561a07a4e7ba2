package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type createKeyInput struct {
	KeySpec, CustomerMasterKeySpec string // the second is its name of old
	KeyUsage, Origin               string
	Description, Policy            string
	BypassPolicyLockoutSafetyCheck bool
	Tags                           []tag
	MultiRegion                    bool
	CustomKeyStoreID               string `json:"CustomKeyStoreId"`
	XksKeyID                       string `json:"XksKeyId"`
}

func (s service) createKey(ctx context.Context, c *aws.Call, in *createKeyInput) (*describedKey, error) {
	spec := in.KeySpec
	if spec == "" {
		spec = in.CustomerMasterKeySpec
	}
	if in.CustomerMasterKeySpec != "" && in.CustomerMasterKeySpec != spec {
		return nil, aws.Errorf(kms.ValidationException, "KeySpec and CustomerMasterKeySpec are two names of one member, and do not agree.")
	}
	k, err := s.kms.CreateKey(ctx, c.Caller, kms.CreateKeyInput{
		Scope: scope(c), KeySpec: spec, KeyUsage: in.KeyUsage, Origin: in.Origin, Description: in.Description, Policy: in.Policy,
		BypassPolicyLockoutSafetyCheck: in.BypassPolicyLockoutSafetyCheck, Tags: tags(in.Tags), MultiRegion: in.MultiRegion,
		CustomKeyStoreID: in.CustomKeyStoreID, XksKeyID: in.XksKeyID,
	})
	if err != nil {
		return nil, err
	}
	return &describedKey{newMetadata(k)}, nil
}
