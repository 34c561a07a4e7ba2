package iam

import (
	"context"

	"signet/aws"
)

func (s service) updateRole(ctx context.Context, c *aws.Call, in *aws.Input) (*struct{}, error) {
	name := in.Need("RoleName")
	var description *string
	if text := in.Text("Description"); in.Has("Description") {
		description = &text
	}
	var longest *int
	if n := in.Int("MaxSessionDuration", 1, 1<<30); in.Has("MaxSessionDuration") {
		longest = &n
	}
	if err := in.Err(); err != nil {
		return nil, err
	}
	return &struct{}{}, s.iam.UpdateRole(ctx, c.Caller, name, description, longest)
}
