package rootkey

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"signet/internal/weak"
)

// examples are keys that are printed in standards; people copy them into configurations. Keys that
// count up, also often printed, are refused as patterns.
var examples = []string{
	"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", // NIST SP 800-38A, AES-256
	"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", // NIST GCM
	"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", // RFC 8032, test 1
	"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", // RFC 8032, test 2
	"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", // RFC 8032, test 3
	"5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb", // RFC 7748, Bob
	"85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b", // RFC 8439, Poly1305
	"1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0", // RFC 8439, A.2
}

// passphrases are words whose SHA-256 people use as "a 32-byte key".
var passphrases = []string{
	"", "a", "admin", "changeme", "change-me", "changeit", "default", "demo", "dev", "example", "foobar", "hello", "key",
	"letmein", "master", "my-secret", "mysecret", "mysecretkey", "none", "password", "root", "secret", "secretkey", "secret-key",
	"signet", "supersecret", "test", "testkey", "test-key", "thisisasecret", "thisismysecret",
}

// checkStrength refuses keys that somebody could guess. What it passes was most likely random.
func checkStrength(raw []byte) error {
	if len(raw) < size {
		return fmt.Errorf("%d bytes are too few, %d are needed; %s", len(raw), size, mend)
	}
	why := weak.Pattern(raw)
	switch {
	case why != "":
	case isExample(raw):
		why = "it is a published example"
	case weak.Text(raw):
		why = "it is text that somebody typed"
	case weak.Distinct(raw) < 16:
		why = "it has fewer than 16 different bytes"
	}
	if why != "" {
		return fmt.Errorf("the key is weak: %s; %s", why, mend)
	}
	return nil
}

func isExample(raw []byte) bool {
	if slices.Contains(examples, hex.EncodeToString(raw)) {
		return true
	}
	return slices.ContainsFunc(passphrases, func(word string) bool {
		sum := sha256.Sum256([]byte(word))
		return slices.Equal(sum[:], raw)
	})
}
