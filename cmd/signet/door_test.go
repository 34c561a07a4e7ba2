package main

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// One listener serves browsers and AWS clients, and the settings' access key works at once.
func TestOneDoorForBrowsersAndAWSClients(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("p0Yx2tq8RrW1vN5cZk7LmB3sHd9Jf4Gg6TaQeUiO\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := startIn(t, []string{"SIGNET_ADMIN_ACCESS_KEY_ID=AKIAQQQQWWWWEEEERRRR", "SIGNET_ADMIN_SECRET_ACCESS_KEY_FILE=" + secret, "SIGNET_REGION=eu-west-1", "SIGNET_ACCOUNT_ID=210987654321"},
		"Ready for sign-in", "serve", "--data", t.TempDir(), "--project", "../../examples/anycompany", "--listen", "127.0.0.1:0")
	client := sts.NewFromConfig(aws.Config{Region: "eu-west-1", BaseEndpoint: &p.base, Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "AKIAQQQQWWWWEEEERRRR", SecretAccessKey: "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"}, nil
	})})
	who, err := client.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil {
		t.Fatal(err)
	}
	if *who.Arn != "arn:aws:iam::210987654321:user/admin" {
		t.Errorf("%s", *who.Arn)
	}
	for path, want := range map[string]int{"/healthz": 200, "/api/v1/session": 401} {
		resp, err := http.Get(p.base + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
}
