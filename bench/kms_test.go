package bench_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
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

// keys measures the KMS over the wire, beside OpenBao's transit engine where there is one.
func (b *bench) keys() {
	b.t.Helper()
	k := b.newKeyring()
	defer k.server.Stop()
	sealed := k.sealed()
	bao := b.newOpenBao()
	for _, op := range []struct{ name, body string }{
		{"Encrypt", fmt.Sprintf(`{"KeyId":%q,"Plaintext":%q}`, k.key, base64.StdEncoding.EncodeToString(make([]byte, 32)))},
		{"Decrypt", fmt.Sprintf(`{"CiphertextBlob":%q}`, base64.StdEncoding.EncodeToString(sealed))},
		{"GenerateDataKey", fmt.Sprintf(`{"KeyId":%q,"KeySpec":"AES_256"}`, k.key)},
	} {
		request := k.signed(op.name, op.body)
		for _, clients := range []int{1, 16} {
			b.beside("KMS "+op.name, clients, func() load { return k.send(request, clients) }, bao.load(op.name, clients))
		}
	}
	b.add(result{Name: "KMS DisableKey sent until Decrypt refused, p50", Value: k.disabling(sealed), Unit: "ms", reach: atMost(1000)})
	b.manyKeys(k)
}

const (
	fewKeys  = 100    // a full first page
	manyKeys = 10_000 // in a full run
	someKeys = 1_000  // in a short one
)

// manyKeys measures a store with many keys in turns with one that has few.
func (b *bench) manyKeys(few *keyring) {
	b.t.Helper()
	n := manyKeys
	if b.turn < fullSeconds*time.Second {
		n = someKeys
	}
	many := b.newKeyring()
	defer many.server.Stop()
	few.fill(fewKeys, "kms", func(int) (string, string) { return "TrentService.CreateKey", "{}" })
	many.fill(n, "kms", func(int) (string, string) { return "TrentService.CreateKey", "{}" })
	for _, op := range []struct{ name, what, body string }{
		{"ListKeys", "first page of keys", "{}"},
		{"DescribeKey", "KMS DescribeKey", `{"KeyId":%q}`},
		{"Encrypt", "KMS Encrypt", `{"KeyId":%q,"Plaintext":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}`},
	} {
		of := func(k *keyring) []byte {
			return k.signed(op.name, strings.Replace(op.body, "%q", strconv.Quote(k.key), 1))
		}
		ours, theirs := of(many), of(few)
		value, peer := inTurns(func() float64 { return many.send(ours, 1).p50 }, func() float64 { return few.send(theirs, 1).p50 })
		b.add(result{Name: fmt.Sprintf("%s p50, %d keys", op.what, n), Value: value, Unit: "ms", Peer: peer,
			PeerName: fmt.Sprintf("the same with %d", fewKeys), reach: atMostTimes(1.2)})
	}
}

// beside measures a load in turns with that of a peer, when there is one.
func (b *bench) beside(name string, clients int, measure, peer func() load) {
	b.t.Helper()
	people := fmt.Sprintf("%d clients", clients)
	if clients == 1 {
		people = "1 client"
	}
	var ours, theirs []load
	inTurns(func() float64 { ours = append(ours, measure()); return 0 }, func() float64 {
		if peer != nil {
			theirs = append(theirs, peer())
		}
		return 0
	})
	l, rate := middle(ours), result{Name: name + ", " + people, Unit: "1/s"}
	if rate.Value = l.perSecond; peer != nil {
		rate.Peer, rate.PeerName, rate.reach = middle(theirs).perSecond, "OpenBao", atLeastTimes(2)
	}
	b.add(rate, result{Name: name + " p50, " + people, Value: l.p50, Unit: "ms"}, result{Name: name + " p99, " + people, Value: l.p99, Unit: "ms"})
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

// signed is a request to KMS.
func (k *keyring) signed(operation, body string) []byte {
	return k.signedFor("kms", "TrentService."+operation, body)
}

// signedFor writes a request out, signed as the official clients sign. It can be sent again for five minutes.
func (k *keyring) signedFor(service, target, body string) []byte {
	r, err := http.NewRequestWithContext(k.b.t.Context(), http.MethodPost, "http://"+k.server.Address+"/", strings.NewReader(body))
	if err != nil {
		k.b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", target)
	sum := sha256.Sum256([]byte(body))
	if err := v4.NewSigner().SignHTTP(k.b.t.Context(), k.who, r, hex.EncodeToString(sum[:]), service, "us-east-1", time.Now()); err != nil {
		k.b.t.Fatal(err)
	}
	var written bytes.Buffer
	if err := r.Write(&written); err != nil {
		k.b.t.Fatal(err)
	}
	return written.Bytes()
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
	return k.sendEach(func() []byte { return request }, clients)
}

// sendEach sends the requests that next returns, until it returns none or the turn is over.
func (k *keyring) sendEach(next func() []byte, clients int) load {
	return k.b.drive(k.server.Dial, next, clients)
}

// drive sends requests from a number of connections until next returns none or the turn is over.
func (b *bench) drive(dial func() (*testenv.Conn, error), next func() []byte, clients int) load {
	took := make([][]float64, clients)
	turn := b.turn / rounds
	var all sync.WaitGroup
	begin := time.Now()
	for i := range clients {
		conn, err := dial()
		if err != nil {
			b.t.Fatal(err)
		}
		all.Go(func() {
			defer conn.Close()
			for time.Since(begin) < turn {
				request := next()
				if request == nil {
					return
				}
				sent := time.Now()
				if status, answer, err := conn.Send(request); err != nil || status != http.StatusOK {
					b.t.Errorf("status %d, %v: %.300s", status, err, answer)
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
	if b.t.Failed() {
		b.t.FailNow()
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
