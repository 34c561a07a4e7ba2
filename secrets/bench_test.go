package secrets_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/secrets"
)

// fill adds secrets as they would lie in the store, without the way through KMS and the log.
func (m manager) fill(n int) {
	m.t.Helper()
	const batch = 5000
	for from := 0; from < n; from += batch {
		err := m.db.TxOn(context.Background(), "secretsmanager", func(tx *store.Tx) error {
			for i := from; i < min(n, from+batch); i++ {
				id := fmt.Sprintf("FILLED%020d", i*7919%n)
				if _, err := tx.Exec(context.Background(), `INSERT INTO sm_secrets SELECT ?, region, ?, arn_suffix, description, kms_key, tags, stages, policy, owning_service,
					revision, created_at + ?, changed_at + ?, accessed_at, deleted_at, delete_at, rotator, rotation_on, rotation_days, rotation_schedule,
					rotation_duration, rotation_token, rotation_failures, rotated_at, rotate_at, rotate_by, rotating_until FROM sm_secrets WHERE region = 'us-east-1' AND name = 'first'`,
					id, fmt.Sprintf("filled/%d", i), i, i); err != nil {
					return err
				}
				if _, err := tx.Exec(context.Background(), `INSERT INTO sm_versions SELECT ?, version_id, kind, sealed, kms_key, created_at, accessed_at FROM sm_versions v
					WHERE secret_id = (SELECT id FROM sm_secrets WHERE region = 'us-east-1' AND name = 'first')`, id); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			m.t.Fatal(err)
		}
	}
}

func BenchmarkSecrets(b *testing.B) {
	for _, n := range []int{1, 100_000} {
		folder := os.Getenv("SIGNET_BENCH_FOLDER")
		if folder == "" {
			folder = b.TempDir()
		}
		m := manage(b, storetest.Open(b, "sqlite:"+filepath.Join(folder, fmt.Sprintf("bench%d.db", n))))
		m.create("first", "one")
		for i := range 100 {
			m.create(fmt.Sprintf("own%d", i), "one")
		}
		if n > 1 {
			m.fill(n)
		}
		ctx := context.Background()
		b.Run(fmt.Sprintf("get/%d", n), func(b *testing.B) {
			for b.Loop() {
				m.want("first", "", "one")
			}
		})
		b.Run(fmt.Sprintf("get parallel/%d", n), func(b *testing.B) {
			b.SetParallelism(16)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					m.want("first", "", "one")
				}
			})
		})
		b.Run(fmt.Sprintf("list/%d", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := m.ListSecrets(ctx, ada, secrets.ListSecretsInput{Region: region}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("describe/%d", n), func(b *testing.B) {
			for b.Loop() {
				m.describe("first")
			}
		})
	}
}
