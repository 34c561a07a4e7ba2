package testenv

import (
	"net"
	"sync"
	"testing"
)

// Line stands between a client and its server and is cut where a test says.
type Line struct {
	server string
	l      net.Listener

	mu    sync.Mutex // guards cut
	cut   func(fromClient bool) (keep int, drop bool)
	ended sync.WaitGroup
}

// StartLine listens on a port of its own and leads to the server's address. It ends with the test.
func StartLine(t testing.TB, server string) *Line {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Line{server: server, l: l}
	p.ended.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.serve(c)
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		p.ended.Wait()
	})
	return p
}

func (p *Line) serve(client net.Conn) {
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		_ = client.Close()
		return
	}
	pump := func(from, to net.Conn, fromClient bool) {
		defer func() { _, _ = from.Close(), to.Close() }()
		buf := make([]byte, 1<<16)
		for {
			n, err := from.Read(buf)
			if err != nil {
				return
			}
			if keep, drop := p.drops(fromClient); drop {
				_, _ = to.Write(buf[:min(n, keep)])
				return
			}
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
	}
	p.ended.Go(func() { pump(client, server, true) })
	p.ended.Go(func() { pump(server, client, false) })
}

func (p *Line) drops(fromClient bool) (keep int, drop bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cut == nil {
		return 0, false
	}
	return p.cut(fromClient)
}

// Port is where the line begins, on 127.0.0.1.
func (p *Line) Port() int { return p.l.Addr().(*net.TCPAddr).Port }

// Cut cuts the line at the next bytes that come from one side, of which the first ones pass.
func (p *Line) Cut(atClient bool, keep int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = func(fromClient bool) (int, bool) {
		if fromClient != atClient {
			return 0, false
		}
		p.cut = nil
		return keep, true
	}
}
