package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"signet/internal/store"
)

// Keys outlive a restart. A key whose waiting period ended meanwhile is destroyed at the start, and one
// whose rotation is due gets new material.
func TestKeysAreTendedAtTheStart(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("p0Yx2tq8RrW1vN5cZk7LmB3sHd9Jf4Gg6TaQeUiO\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	begin := func() (*process, *kms.Client) {
		p := startIn(t, []string{"SIGNET_ADMIN_ACCESS_KEY_ID=AKIAQQQQWWWWEEEERRRR", "SIGNET_ADMIN_SECRET_ACCESS_KEY_FILE=" + secret},
			"Ready for sign-in", "serve", "--data", data, "--project", example, "--listen", "127.0.0.1:0")
		return p, kms.NewFromConfig(aws.Config{Region: "us-east-1", BaseEndpoint: &p.base, Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIAQQQQWWWWEEEERRRR", SecretAccessKey: "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"}, nil
		})})
	}
	ctx := t.Context()
	p, c := begin()
	key := func() *string {
		k, err := c.CreateKey(ctx, &kms.CreateKeyInput{})
		if err != nil {
			t.Fatal(err)
		}
		return k.KeyMetadata.KeyId
	}
	gone, kept := key(), key()
	sealed, err := c.Encrypt(ctx, &kms.EncryptInput{KeyId: kept, Plaintext: []byte("over a restart")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.EnableKeyRotation(ctx, &kms.EnableKeyRotationInput{KeyId: kept}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: gone}); err != nil {
		t.Fatal(err)
	}
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}

	db, err := store.Open(ctx, "sqlite:"+filepath.Join(data, "signet.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	past := time.Now().Add(-time.Minute).UnixMicro()
	for column, id := range map[string]string{"delete_at": *gone, "rotate_at": *kept} {
		if _, err := db.Exec(ctx, "UPDATE kms_keys SET "+column+" = ? WHERE id = ?", past, id); err != nil {
			t.Fatal(err)
		}
	}
	_, c = begin()
	until := func(what, query string, want int) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); ; {
			var n int
			if err := db.QueryRow(ctx, query).Scan(&n); err != nil {
				t.Fatal(err)
			}
			if n == want {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("%s: %d, want %d", what, n, want)
			}
		}
	}
	until("keys", "SELECT COUNT(*) FROM kms_keys", 1)
	until("materials", "SELECT COUNT(*) FROM kms_materials", 2)
	got, err := c.Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob})
	if err != nil || string(got.Plaintext) != "over a restart" {
		t.Errorf("%v", err)
	}
}
