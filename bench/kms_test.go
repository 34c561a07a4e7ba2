package bench_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"signet/internal/testenv"
)

// keyring is a server with a key, and who may use it.
type keyring struct {
	b      *bench
	server *testenv.Signet
	who    aws.Credentials
	key    string
}

// keys measures the KMS over the wire beside nothing but the cryptography of the same operations.
func (b *bench) keys() {
	b.t.Helper()
	k := b.newKeyring()
	defer k.server.Stop()
	sealed := k.sealed()
	seal, open := cryptography()
	for _, op := range []struct {
		name, body string
		peer       func()
	}{
		{"Encrypt", fmt.Sprintf(`{"KeyId":%q,"Plaintext":%q}`, k.key, base64.StdEncoding.EncodeToString(make([]byte, 32))), seal},
		{"Decrypt", fmt.Sprintf(`{"CiphertextBlob":%q}`, base64.StdEncoding.EncodeToString(sealed)), open},
		{"GenerateDataKey", fmt.Sprintf(`{"KeyId":%q,"KeySpec":"AES_256"}`, k.key), func() { _, _ = rand.Read(make([]byte, 32)); seal() }},
	} {
		request := k.signed(op.name, op.body)
		alone, peer := k.compare(request, op.peer)
		many := medianLoad(func() load { return k.send(request, 16) })
		b.add(result{Name: "KMS " + op.name + ", 1 client", Value: alone.perSecond, Unit: "1/s", Peer: peer, PeerName: "its cryptography alone, one core"},
			result{Name: "KMS " + op.name + " p50, 1 client", Value: alone.p50, Unit: "ms"},
			result{Name: "KMS " + op.name + " p99, 1 client", Value: alone.p99, Unit: "ms"},
			result{Name: "KMS " + op.name + ", 16 clients", Value: many.perSecond, Unit: "1/s", Peer: peer, PeerName: "its cryptography alone, one core"},
			result{Name: "KMS " + op.name + " p50, 16 clients", Value: many.p50, Unit: "ms"},
			result{Name: "KMS " + op.name + " p99, 16 clients", Value: many.p99, Unit: "ms"})
	}
	b.add(result{Name: "KMS DisableKey sent until Decrypt refused, p50", Value: k.disabling(sealed), Unit: "ms", reach: atMost(1000)})
}

func (b *bench) newKeyring() *keyring {
	b.t.Helper()
	k := &keyring{b: b, who: aws.Credentials{AccessKeyID: "AKIAQQQQWWWWEEEERRRR", SecretAccessKey: rand.Text() + rand.Text()[:14]}}
	k.server = testenv.NewSignet(b.t, b.binary, testenv.Project(b.t, ""))
	k.server.Env = []string{"SIGNET_ADMIN_ACCESS_KEY_ID=" + k.who.AccessKeyID, "SIGNET_ADMIN_SECRET_ACCESS_KEY=" + k.who.SecretAccessKey}
	k.server.Start(b.t)
	for end := time.Now().Add(10 * time.Second); ; { // the access key is made just after the server is ready
		made, err := k.client().CreateKey(b.t.Context(), &kms.CreateKeyInput{})
		if err == nil {
			k.key = *made.KeyMetadata.KeyId
			return k
		}
		if time.Now().After(end) {
			b.t.Fatal(err)
		}
	}
}

func (k *keyring) client() *kms.Client {
	url := "http://" + k.server.Address
	return kms.NewFromConfig(aws.Config{Region: "us-east-1", BaseEndpoint: &url, RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return k.who, nil })})
}

func (k *keyring) sealed() []byte {
	out, err := k.client().Encrypt(k.b.t.Context(), &kms.EncryptInput{KeyId: &k.key, Plaintext: make([]byte, 32)})
	if err != nil {
		k.b.t.Fatal(err)
	}
	return out.CiphertextBlob
}

// signed writes a request out, signed as the official clients sign. It can be sent again for five minutes.
func (k *keyring) signed(operation, body string) []byte {
	r, err := http.NewRequestWithContext(k.b.t.Context(), http.MethodPost, "http://"+k.server.Address+"/", strings.NewReader(body))
	if err != nil {
		k.b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "TrentService."+operation)
	sum := sha256.Sum256([]byte(body))
	if err := v4.NewSigner().SignHTTP(k.b.t.Context(), k.who, r, hex.EncodeToString(sum[:]), "kms", "us-east-1", time.Now()); err != nil {
		k.b.t.Fatal(err)
	}
	var written bytes.Buffer
	if err := r.Write(&written); err != nil {
		k.b.t.Fatal(err)
	}
	return written.Bytes()
}

// compare measures one client and the cryptography in turns.
func (k *keyring) compare(request []byte, peer func()) (load, float64) {
	var loads []load
	_, theirs := inTurns(func() float64 {
		loads = append(loads, k.send(request, 1))
		return loads[len(loads)-1].perSecond
	}, func() float64 { return k.b.repeat(peer) })
	return middle(loads), theirs
}

func medianLoad(measure func() load) load {
	var loads []load
	for range rounds {
		loads = append(loads, measure())
	}
	return middle(loads)
}

// middle is the median of each number.
func middle(loads []load) load {
	var rates, p50, p99 []float64
	for _, l := range loads {
		rates, p50, p99 = append(rates, l.perSecond), append(p50, l.p50), append(p99, l.p99)
	}
	return load{perSecond: median(rates), p50: median(p50), p99: median(p99)}
}

// send sends a request over and over from a number of connections.
func (k *keyring) send(request []byte, clients int) load {
	took := make([][]float64, clients)
	turn := k.b.turn / rounds
	var all sync.WaitGroup
	begin := time.Now()
	for i := range clients {
		conn := k.dial()
		all.Go(func() {
			defer conn.Close()
			for time.Since(begin) < turn {
				sent := time.Now()
				if status, answer, err := conn.Send(request); err != nil || status != http.StatusOK {
					k.b.t.Errorf("status %d, %v: %.300s", status, err, answer)
					return
				}
				took[i] = append(took[i], milliseconds(time.Since(sent)))
			}
		})
	}
	all.Wait()
	elapsed := time.Since(begin)
	var every []float64
	for _, t := range took {
		every = append(every, t...)
	}
	if k.b.t.Failed() {
		k.b.t.FailNow()
	}
	return load{perSecond: float64(len(every)) / elapsed.Seconds(), p50: quantile(every, 0.5), p99: quantile(every, 0.99)}
}

func (k *keyring) dial() *testenv.Conn {
	conn, err := k.server.Dial()
	if err != nil {
		k.b.t.Fatal(err)
	}
	return conn
}

// disabling is the time from sending DisableKey on one connection until Decrypt is refused on another,
// which asks without a pause.
func (k *keyring) disabling(sealed []byte) float64 {
	off, on := k.signed("DisableKey", fmt.Sprintf(`{"KeyId":%q}`, k.key)), k.signed("EnableKey", fmt.Sprintf(`{"KeyId":%q}`, k.key))
	decrypt := k.signed("Decrypt", fmt.Sprintf(`{"CiphertextBlob":%q}`, base64.StdEncoding.EncodeToString(sealed)))
	admin, user := k.dial(), k.dial()
	defer admin.Close()
	defer user.Close()
	var took []float64
	for range 20 {
		begin, done := time.Now(), make(chan error, 1)
		go func() {
			status, answer, err := admin.Send(off)
			if err == nil && status != http.StatusOK {
				err = fmt.Errorf("disabling: status %d: %.300s", status, answer)
			}
			done <- err
		}()
		for status := http.StatusOK; status == http.StatusOK; {
			var err error
			if status, _, err = user.Send(decrypt); err != nil {
				k.b.t.Fatal(err)
			}
		}
		took = append(took, milliseconds(time.Since(begin)))
		if err := <-done; err != nil {
			k.b.t.Fatal(err)
		}
		if status, answer, err := admin.Send(on); err != nil || status != http.StatusOK {
			k.b.t.Fatalf("enabling: status %d, %v: %.300s", status, err, answer)
		}
	}
	return median(took)
}

// cryptography is what Encrypt and Decrypt do with a message of 32 bytes: a key of its own by HKDF, and AES-GCM.
func cryptography() (seal, open func()) {
	material, salt := make([]byte, 32), make([]byte, 32)
	message := make([]byte, 32)
	one := func() (cipher.AEAD, []byte) {
		key, err := hkdf.Key(sha256.New, material, salt, "bench", 44)
		if err != nil {
			panic(err)
		}
		block, err := aes.NewCipher(key[:32])
		if err != nil {
			panic(err)
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			panic(err)
		}
		return aead, key[32:]
	}
	aead, nonce := one()
	sealed := aead.Seal(nil, nonce, message, nil)
	seal = func() {
		_, _ = rand.Read(make([]byte, 32)) // its salt; that of one stays, so that open works
		aead, nonce := one()
		aead.Seal(nil, nonce, message, nil)
	}
	open = func() {
		aead, nonce := one()
		if _, err := aead.Open(nil, nonce, sealed, nil); err != nil {
			panic(err)
		}
	}
	return seal, open
}
