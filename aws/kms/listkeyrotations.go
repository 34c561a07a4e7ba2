package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type listKeyRotationsInput struct {
	pageOfKey
	IncludeKeyMaterial string
}

type listKeyRotationsOutput struct {
	Rotations []rotation
	more
}

type rotation struct {
	KeyID                  string   `json:"KeyId"`
	KeyMaterialID          string   `json:"KeyMaterialId"`
	KeyMaterialDescription string   `json:",omitempty"`
	ImportState            string   `json:",omitempty"`
	KeyMaterialState       string   `json:",omitempty"`
	ExpirationModel        string   `json:",omitempty"`
	ValidTo                aws.Time `json:",omitzero"`
	RotationDate           aws.Time `json:",omitzero"`
	RotationType           string   `json:",omitempty"`
}

func (s service) listKeyRotations(ctx context.Context, c *aws.Call, in *listKeyRotationsInput) (*listKeyRotationsOutput, error) {
	list, err := in.of(c)
	if err != nil {
		return nil, err
	}
	p, err := s.kms.ListKeyRotations(ctx, c.Caller, kms.ListKeyRotationsInput{ListOfKeyInput: list, IncludeKeyMaterial: in.IncludeKeyMaterial})
	if err != nil {
		return nil, err
	}
	return &listKeyRotationsOutput{each(p.Items, newRotation), rest(p)}, nil
}

func newRotation(r kms.Rotation) rotation {
	return rotation{
		KeyID: r.KeyARN, KeyMaterialID: r.KeyMaterialID, KeyMaterialDescription: r.KeyMaterialDescription, ImportState: r.ImportState,
		KeyMaterialState: r.KeyMaterialState, ExpirationModel: r.ExpirationModel, ValidTo: aws.Time{Time: r.ValidTo},
		RotationDate: aws.Time{Time: r.RotationDate}, RotationType: r.RotationType,
	}
}
