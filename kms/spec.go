package kms

import (
	"crypto"
	"crypto/elliptic"
	"maps"
	"slices"
	"strings"
)

// Usages of keys.
const (
	EncryptDecrypt    = "ENCRYPT_DECRYPT"
	SignVerify        = "SIGN_VERIFY"
	GenerateVerifyMac = "GENERATE_VERIFY_MAC"
	KeyAgreement      = "KEY_AGREEMENT"
)

var usages = []string{SignVerify, EncryptDecrypt, GenerateVerifyMac, KeyAgreement}

// Origins of key material.
const (
	FromKMS  = "AWS_KMS"
	External = "EXTERNAL"
)

// SymmetricDefault is the spec of keys that encrypt, and their only algorithm.
const SymmetricDefault = "SYMMETRIC_DEFAULT"

// family is what kind of material a spec has.
type family int

const (
	symmetric family = iota
	hmacKey
	rsaKey
	eccKey
	edwards
)

// spec is what a key of that name can do.
type spec struct {
	family family
	size   int // bytes of symmetric and HMAC keys, bits of RSA keys
	curve  elliptic.Curve
	usages []string
	sign   []string // signing algorithms
	mac    string   // MAC algorithm
}

var rsaSigning = []string{
	"RSASSA_PSS_SHA_256", "RSASSA_PSS_SHA_384", "RSASSA_PSS_SHA_512",
	"RSASSA_PKCS1_V1_5_SHA_256", "RSASSA_PKCS1_V1_5_SHA_384", "RSASSA_PKCS1_V1_5_SHA_512",
}

var (
	rsaUsages  = []string{EncryptDecrypt, SignVerify}
	eccUsages  = []string{SignVerify, KeyAgreement}
	signing    = []string{SignVerify}
	macs       = []string{GenerateVerifyMac}
	encrypting = []string{EncryptDecrypt}
)

// specs are those that the standard library has primitives for.
var specs = map[string]spec{
	SymmetricDefault: {family: symmetric, size: 32, usages: encrypting},

	"HMAC_224": {family: hmacKey, size: 28, usages: macs, mac: "HMAC_SHA_224"},
	"HMAC_256": {family: hmacKey, size: 32, usages: macs, mac: "HMAC_SHA_256"},
	"HMAC_384": {family: hmacKey, size: 48, usages: macs, mac: "HMAC_SHA_384"},
	"HMAC_512": {family: hmacKey, size: 64, usages: macs, mac: "HMAC_SHA_512"},

	"RSA_2048": {family: rsaKey, size: 2048, usages: rsaUsages, sign: rsaSigning},
	"RSA_3072": {family: rsaKey, size: 3072, usages: rsaUsages, sign: rsaSigning},
	"RSA_4096": {family: rsaKey, size: 4096, usages: rsaUsages, sign: rsaSigning},

	"ECC_NIST_P256":         {family: eccKey, curve: elliptic.P256(), usages: eccUsages, sign: []string{"ECDSA_SHA_256"}},
	"ECC_NIST_P384":         {family: eccKey, curve: elliptic.P384(), usages: eccUsages, sign: []string{"ECDSA_SHA_384"}},
	"ECC_NIST_P521":         {family: eccKey, curve: elliptic.P521(), usages: eccUsages, sign: []string{"ECDSA_SHA_512"}},
	"ECC_NIST_EDWARDS25519": {family: edwards, usages: signing, sign: []string{"ED25519_SHA_512", "ED25519_PH_SHA_512"}},
}

// missingSpecs are AWS's that no primitive here serves.
var missingSpecs = []string{"ECC_SECG_P256K1", "SM2", "ML_DSA_44", "ML_DSA_65", "ML_DSA_87"}

var rsaEncryption = []string{"RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"}

const agreement = "ECDH"

// findSpec returns a spec by name.
func findSpec(field, name string) (spec, error) {
	if sp, ok := specs[name]; ok {
		return sp, nil
	}
	if slices.Contains(missingSpecs, name) {
		return spec{}, NotSupported("The key spec " + name)
	}
	return spec{}, notOneOf(field, name, slices.Sorted(maps.Keys(specs)))
}

// algorithms are those that a key of the spec has for a usage.
func (sp spec) algorithms(usage string) []string {
	switch {
	case usage == GenerateVerifyMac:
		return []string{sp.mac}
	case usage == SignVerify:
		return sp.sign
	case usage == KeyAgreement:
		return []string{agreement}
	case sp.family == rsaKey:
		return rsaEncryption
	}
	return []string{SymmetricDefault}
}

// hashes are those of the algorithms, by the end of their names.
var hashes = map[string]crypto.Hash{
	"SHA_1": crypto.SHA1, "SHA_224": crypto.SHA224, "SHA_256": crypto.SHA256, "SHA_384": crypto.SHA384, "SHA_512": crypto.SHA512,
}

// hashOf finds an algorithm's hash. Every name in the tables ends in one.
func hashOf(algorithm string) crypto.Hash {
	for end, h := range hashes {
		if strings.HasSuffix(algorithm, end) {
			return h
		}
	}
	return 0
}

// serves checks that the key is for what the operation does, and knows the algorithm.
func (k *known) serves(operation, usage, algorithm string) error {
	if k.usage != usage {
		return fail(InvalidKeyUsageException, "%s key usage is %s which is not valid for %s.", k.arn, k.usage, operation)
	}
	if !slices.Contains(specs[k.spec].algorithms(usage), algorithm) {
		return fail(InvalidKeyUsageException, "Algorithm %s and key spec %s are incompatible.", clip(algorithm), k.spec)
	}
	return nil
}
