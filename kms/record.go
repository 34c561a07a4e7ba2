package kms

import (
	"strings"

	"signet/policy"
)

// params is what the trail keeps of a request or of an answer. It never holds plaintexts, ciphertexts,
// messages, MACs, signatures, keys or tokens.
type params = policy.Params

// recordOf is what the trail keeps of a request about a target. An act may add to it.
func (r request) recordOf(t target) *policy.Record {
	rec := r.record
	if rec == nil {
		rec = &policy.Record{}
	}
	p := r.params
	if p == nil {
		p = params{}
	}
	if _, said := p[r.keyMember()]; !said && !r.keyless && !r.lookedUp {
		p[r.keyMember()] = r.key
	}
	if r.unnamed {
		p[r.keyMember()] = t.arn
	}
	rec.Request, rec.Resources = p.Tidy(), touched(t.arn)
	return rec
}

// keyMember is what AWS calls the member that names the key.
func (r request) keyMember() string {
	if r.member != "" {
		return r.member
	}
	return "keyId"
}

// touched are the resources behind an ARN; none for "*".
func touched(arn string) []policy.Resource {
	switch {
	case strings.Contains(arn, ":key/"):
		return []policy.Resource{{ARN: arn, Type: "AWS::KMS::Key"}}
	case strings.Contains(arn, ":alias/"):
		return []policy.Resource{{ARN: arn, Type: "AWS::KMS::Alias"}}
	}
	return nil
}

// made records a new key.
func (s *Service) made(rec *policy.Record, k *known) {
	rec.Resources, rec.Response = touched(k.arn), params{"keyMetadata": s.metadata(k, s.clock()).params()}
}

func (m KeyMetadata) params() params {
	p := params{
		"aWSAccountId": m.AccountID, "keyId": m.KeyID, "arn": m.ARN, "creationDate": policy.Timestamp(m.CreationDate),
		"description": m.Description, "keyUsage": m.KeyUsage, "keyState": m.KeyState, "origin": m.Origin,
		"keyManager": m.KeyManager, "keySpec": m.KeySpec, "customerMasterKeySpec": m.KeySpec,
		"encryptionAlgorithms": m.EncryptionAlgorithms, "signingAlgorithms": m.SigningAlgorithms,
		"keyAgreementAlgorithms": m.KeyAgreementAlgorithms, "macAlgorithms": m.MacAlgorithms,
		"currentKeyMaterialId": m.CurrentKeyMaterialID,
	}.Tidy()
	p["enabled"], p["multiRegion"] = m.Enabled, false
	return p
}

func (in CreateKeyInput) params() params {
	return params{
		"keySpec": in.KeySpec, "keyUsage": in.KeyUsage, "origin": in.Origin, "description": in.Description, "policy": in.Policy,
		"bypassPolicyLockoutSafetyCheck": in.BypassPolicyLockoutSafetyCheck, "tags": tagParams(in.Tags),
	}
}

func (in CreateGrantInput) params() params {
	return params{
		"name": in.Name, "granteePrincipal": in.GranteePrincipal, "retiringPrincipal": in.RetiringPrincipal,
		"granteeServicePrincipal": in.GranteeServicePrincipal, "retiringServicePrincipal": in.RetiringServicePrincipal,
		"operations": in.Operations, "dryRun": in.DryRun,
		"constraints": constraintParams(in.EncryptionContextEquals, in.EncryptionContextSubset, in.GrantSourceArn),
	}
}

func constraintParams(equals, subset map[string]string, source string) params {
	return params{"encryptionContextEquals": equals, "encryptionContextSubset": subset, "sourceArn": source}.Tidy()
}

func (in ReEncryptInput) params() params {
	return params{
		"sourceKeyId": in.SourceKeyID, "sourceEncryptionContext": in.SourceEncryptionContext,
		"sourceEncryptionAlgorithm": in.SourceEncryptionAlgorithm, "destinationKeyId": in.DestinationKeyID,
		"destinationEncryptionContext":   in.DestinationEncryptionContext,
		"destinationEncryptionAlgorithm": in.DestinationEncryptionAlgorithm, "dryRun": in.DryRun,
	}
}

func tagParams(tags []Tag) []params {
	out := make([]params, len(tags))
	for i, t := range tags {
		out[i] = params{"tagKey": t.Key, "tagValue": t.Value}
	}
	return out
}
