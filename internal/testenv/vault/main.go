// Command vault serves a Vault for tests: in memory, on a free port of this machine, with the engines kv,
// transit and database (for PostgreSQL) and the login of AppRole. It prints its address and its root token,
// one after the other on one line, and serves until it is stopped. Everything in it is gone then.
//
// It is a module of its own, so that nothing of Vault is in the product's module.
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"

	"github.com/hashicorp/go-hclog"
	kv "github.com/hashicorp/vault-plugin-secrets-kv"
	"github.com/hashicorp/vault/builtin/credential/approle"
	"github.com/hashicorp/vault/builtin/logical/database"
	"github.com/hashicorp/vault/builtin/logical/transit"
	vaulthttp "github.com/hashicorp/vault/http"
	"github.com/hashicorp/vault/internalshared/configutil"
	"github.com/hashicorp/vault/plugins/database/postgresql"
	"github.com/hashicorp/vault/sdk/helper/consts"
	"github.com/hashicorp/vault/sdk/logical"
	"github.com/hashicorp/vault/sdk/physical/inmem"
	"github.com/hashicorp/vault/vault"
)

func main() {
	if err := serve(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "vault:", err)
		os.Exit(1)
	}
}

func serve(ctx context.Context) error {
	log := hclog.New(&hclog.LoggerOptions{Level: hclog.Warn, Output: os.Stderr})
	core, token, err := start(ctx, log)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	handler := vaulthttp.Handler.Handler(&vault.HandlerProperties{Core: core, ListenerConfig: &configutil.Listener{}})
	fmt.Printf("http://%s %s\n", listener.Addr(), token)
	return http.Serve(listener, handler)
}

// start makes a Vault and opens it; token is that of its root.
func start(ctx context.Context, log hclog.Logger) (core *vault.Core, token string, err error) {
	storage, err := inmem.NewInmem(nil, log)
	if err != nil {
		return nil, "", err
	}
	core, err = vault.NewCore(&vault.CoreConfig{
		Physical: storage, StorageType: "inmem", Logger: log, DisableMlock: true, BuiltinRegistry: plugins{},
		LogicalBackends:    map[string]logical.Factory{"kv": kv.Factory, "transit": transit.Factory, "database": database.Factory},
		CredentialBackends: map[string]logical.Factory{"approle": approle.Factory},
	})
	if err != nil {
		return nil, "", err
	}
	one := &vault.SealConfig{SecretShares: 1, SecretThreshold: 1}
	made, err := core.Initialize(ctx, &vault.InitParams{BarrierConfig: one, RecoveryConfig: one})
	if err != nil {
		return nil, "", err
	}
	if _, err := core.Unseal(made.SecretShares[0]); err != nil {
		return nil, "", err
	}
	return core, made.RootToken, nil
}

// plugins is the one that the engine database needs.
type plugins struct{}

const postgres = "postgresql-database-plugin"

func (plugins) Get(name string, kind consts.PluginType) (func() (any, error), bool) {
	return postgresql.New, plugins{}.Contains(name, kind)
}

func (plugins) Contains(name string, kind consts.PluginType) bool {
	return name == postgres && kind == consts.PluginTypeDatabase
}

func (plugins) Keys(kind consts.PluginType) []string {
	if kind != consts.PluginTypeDatabase {
		return nil
	}
	return []string{postgres}
}

func (plugins) DeprecationStatus(name string, kind consts.PluginType) (consts.DeprecationStatus, bool) {
	return consts.Supported, plugins{}.Contains(name, kind)
}

func (plugins) IsBuiltinEntPlugin(string, consts.PluginType) bool { return false }
