package keeper

import (
	"context"
	"errors"
	"net/url"
	"os"

	"github.com/hashicorp/vault/api"
	"gocloud.dev/gcp"
	"gocloud.dev/secrets"
	"gocloud.dev/secrets/awskms"
	"gocloud.dev/secrets/azurekeyvault"
	"gocloud.dev/secrets/gcpkms"
	"gocloud.dev/secrets/hashivault"
)

// openAWS takes region, endpoint, profile, role and context_NAME in the URL's query.
func openAWS(ctx context.Context, u *url.URL) (*secrets.Keeper, error) {
	return new(awskms.URLOpener).OpenKeeperURL(ctx, u)
}

// openGCP uses the application default credentials. Unlike the library's own opener it asks for them
// each time, so that a first failure is not for ever.
func openGCP(ctx context.Context, u *url.URL) (*secrets.Keeper, error) {
	ctx = context.WithoutCancel(ctx) // the token source lives as long as the keeper
	creds, err := gcp.DefaultCredentials(ctx)
	if err != nil {
		return nil, err
	}
	client, _, err := gcpkms.Dial(ctx, creds.TokenSource)
	if err != nil {
		return nil, err
	}
	return (&gcpkms.URLOpener{Client: client}).OpenKeeperURL(ctx, u)
}

func openAzure(ctx context.Context, u *url.URL) (*secrets.Keeper, error) {
	return (&azurekeyvault.URLOpener{ClientMaker: azurekeyvault.DefaultClientMaker}).OpenKeeperURL(ctx, u)
}

// openVault takes VAULT_ADDR, VAULT_TOKEN, VAULT_NAMESPACE and VAULT_CACERT from the environment, and
// engine in the URL's query.
func openVault(ctx context.Context, u *url.URL) (*secrets.Keeper, error) {
	if os.Getenv("VAULT_ADDR") == "" {
		return nil, errors.New("VAULT_ADDR is not set: it names the Vault server, and VAULT_TOKEN what opens it")
	}
	config := api.DefaultConfig() // reads the environment
	if config.Error != nil {
		return nil, config.Error
	}
	config.Timeout, config.MaxRetries = within, 1
	client, err := api.NewClient(config)
	if err != nil {
		return nil, err
	}
	return (&hashivault.URLOpener{Client: client}).OpenKeeperURL(ctx, u)
}

// httpStatus returns the status of an answer that a driver took for an error.
func httpStatus(err error) (int, bool) {
	if e, ok := errors.AsType[*api.ResponseError](err); ok {
		return e.StatusCode, true
	}
	if e, ok := errors.AsType[status](err); ok {
		return e.HTTPStatusCode(), true
	}
	return 0, false
}
