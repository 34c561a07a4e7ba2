package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

// refused are the operations that Signet does not have, with what they are about. They are named so
// that a client learns that, and not that the server is too old.
var refused = map[string]string{
	"ConnectCustomKeyStore":    "A custom key store",
	"CreateCustomKeyStore":     "A custom key store",
	"DeleteCustomKeyStore":     "A custom key store",
	"DescribeCustomKeyStores":  "A custom key store",
	"DisconnectCustomKeyStore": "A custom key store",
	"UpdateCustomKeyStore":     "A custom key store",
	"Decapsulate":              "Key encapsulation",
	"Encapsulate":              "Key encapsulation",
	"GetKeyLastUsage":          "The time of a key's last use",
	"ReplicateKey":             "A multi-Region key",
	"UpdatePrimaryRegion":      "A multi-Region key",
}

// refusals makes operations of them. They read nothing of the request: it may hold a password.
func refusals() map[string]aws.Operation {
	operations := map[string]aws.Operation{}
	for name, what := range refused {
		operations[name] = func(context.Context, *aws.Call) ([]byte, error) { return nil, kms.NotSupported(what) }
	}
	return operations
}
