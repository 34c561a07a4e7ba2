package main

import (
	"context"
	"fmt"

	"signet/identity"
	"signet/internal/fault"
	"signet/kms"
	"signet/policy"
)

// demoAdmin looks after the demo. She is no part of the example's files, so that a server on them has no
// administrator whom nobody asked for.
const demoAdmin = "ada"

// furnish gives a new demo what the pages about trust need to be tried: an administrator, and a key that
// the people of the group sales may use by a policy. It makes no history.
func furnish(ctx context.Context, s *system) error {
	if _, err := s.identity.Find(ctx, starter, demoAdmin); fault.CodeOf(err) != fault.NotFound {
		return err
	}
	iam := s.identity.IAM()
	key, err := s.kms.CreateNamedKey(ctx, starter, kms.CreateKeyInput{
		Scope: kms.Scope{Region: iam.Region()}, Description: "To be tried: encrypt with it, then disable it. Nothing of the demo depends on it.",
		BypassPolicyLockoutSafetyCheck: true, // the server itself never changes it
	}, "alias/anycompany")
	if err != nil {
		return fmt.Errorf("making the demo's key: %w", err)
	}
	use, err := iam.CreatePolicy(ctx, starter, identity.Policy{Name: "UseTheDemoKey", Description: "Encrypt and decrypt with the key anycompany"}, fmt.Sprintf(`{
  "Version": "2012-10-17",
  "Statement": [{ "Sid": "Use", "Effect": "Allow", "Action": ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"], "Resource": %q }]
}`, key.ARN))
	if err != nil {
		return fmt.Errorf("making the demo's policy: %w", err)
	}
	if _, err := iam.CreateGroup(ctx, starter, "sales", "/"); err != nil {
		return fmt.Errorf("making the demo's group: %w", err)
	}
	if err := iam.Attach(ctx, starter, identity.AGroup, "sales", use.ARN); err != nil {
		return fmt.Errorf("attaching the demo's policy: %w", err)
	}
	_, err = s.identity.Create(ctx, starter, identity.NewUser{Name: demoAdmin, DisplayName: "Ada Novak", Role: policy.Admin})
	return err
}
