package bench_test

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	fewSecrets  = 101     // a full first page, and one that is read
	manySecrets = 100_000 // in a full run
	shortFill   = 2_000   // in a short one
	makers      = 64      // connections that make them
)

// secrets measures Secrets Manager over the wire, and whether a store with many secrets is slower than one
// with few.
func (b *bench) secrets() {
	b.t.Helper()
	few := b.newKeyring()
	defer few.server.Stop()
	few.fillSecrets(fewSecrets)
	bao := b.newOpenBao()
	get := few.secret("GetSecretValue", `{"SecretId":"secret/0"}`)
	guess := 0.0 // more than can be written in a second
	for _, clients := range []int{1, 16} {
		b.beside("GetSecretValue", clients, func() load {
			l := few.send(get, clients)
			guess = max(guess, l.perSecond)
			return l
		}, bao.load("GetSecretValue", clients))
	}
	for _, clients := range []int{1, 16} {
		b.beside("PutSecretValue", clients, func() load { return few.puts(clients, int(guess)) }, bao.load("PutSecretValue", clients))
	}
	b.crowded(few)
}

// crowded measures a store with many secrets in turns with the one with few.
func (b *bench) crowded(few *keyring) {
	b.t.Helper()
	n := manySecrets
	if b.turn < fullSeconds*time.Second {
		n = shortFill
	}
	many := b.newKeyring()
	defer many.server.Stop()
	many.fillSecrets(n)
	for _, op := range []struct{ name, what, body string }{
		{"ListSecrets", "first page of secrets", "{}"}, {"GetSecretValue", "GetSecretValue", `{"SecretId":"secret/0"}`},
	} {
		ours, theirs := many.secret(op.name, op.body), few.secret(op.name, op.body)
		value, peer := inTurns(func() float64 { return many.send(ours, 1).p50 }, func() float64 { return few.send(theirs, 1).p50 })
		b.add(result{Name: fmt.Sprintf("%s p50, %d secrets", op.what, n), Value: value, Unit: "ms", Peer: peer,
			PeerName: fmt.Sprintf("the same with %d", fewSecrets), reach: atMostTimes(1.2)})
	}
}

// secret is a request to Secrets Manager.
func (k *keyring) secret(operation, body string) []byte {
	return k.signedFor("secretsmanager", "secretsmanager."+operation, body)
}

const benchValue = `{\"username\":\"app\",\"password\":\"0123456789abcdef0123456789abcdef\"}`

func (k *keyring) fillSecrets(n int) {
	k.fill(n, "secretsmanager", func(i int) (string, string) {
		return "secretsmanager.CreateSecret", fmt.Sprintf(`{"Name":"secret/%d","ClientRequestToken":"%036d","SecretString":"%s"}`, i, i, benchValue)
	})
}

// fill makes many things as clients do, each with the request that one returns: its target and its body.
func (k *keyring) fill(n int, service string, one func(i int) (target, body string)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range makers {
		conn := k.dial()
		all.Go(func() {
			defer conn.Close()
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				target, body := one(int(i))
				if status, answer, err := conn.Send(k.signedFor(service, target, body)); err != nil || status != http.StatusOK {
					k.b.t.Errorf("%s: status %d, %v: %.300s", target, status, err, answer)
					return
				}
			}
		})
	}
	if all.Wait(); k.b.t.Failed() {
		k.b.t.FailNow()
	}
}

// puts writes new versions to all secrets in turn. The requests are signed before the clock starts; guess is
// more than can be sent in a second.
func (k *keyring) puts(clients, guess int) load {
	requests := make([][]byte, 0, guess)
	token := time.Now().UnixNano()
	for i := range int(float64(guess)*(k.b.turn/rounds).Seconds()) + clients {
		requests = append(requests, k.secret("PutSecretValue",
			fmt.Sprintf(`{"SecretId":"secret/%d","ClientRequestToken":"%036d","SecretString":"%s"}`, i%fewSecrets, token+int64(i), benchValue)))
	}
	var next atomic.Int64
	return k.sendEach(func() []byte {
		if i := int(next.Add(1)) - 1; i < len(requests) {
			return requests[i]
		}
		return nil
	}, clients)
}
