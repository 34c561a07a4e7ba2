package secretsmanager

import (
	"context"

	"signet/aws"
	"signet/secrets"
)

type createSecretInput struct {
	Name, Description  string
	ClientRequestToken string
	KmsKeyID           string `json:"KmsKeyId"`
	valueIn
	Tags              []tag
	AddReplicaRegions present
	Type              present
}

func (s service) createSecret(ctx context.Context, c *aws.Call, in *createSecretInput) (*versionAnswer, error) {
	value, wrong := in.value()
	if err := first(need("name", in.Name), refuse(bool(in.Type), managedSecret), wrong); err != nil {
		return nil, err
	}
	return newVersion(s.secrets.CreateSecret(ctx, c.Caller, secrets.CreateSecretInput{
		Region: c.Region, Name: in.Name, Description: in.Description, ClientRequestToken: in.ClientRequestToken, KmsKeyID: in.KmsKeyID,
		Value: value, Tags: tags(in.Tags), AddReplicaRegions: bool(in.AddReplicaRegions),
	}))
}

// managedSecret is a secret that another company's service changes.
const managedSecret = "A managed external secret"
