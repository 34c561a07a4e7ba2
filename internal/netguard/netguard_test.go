package netguard_test

import (
	"errors"
	"net"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"signet/internal/netguard"
)

// A26: the ways to write an address that only the machine's own cloud answers.
func TestA26Addresses(t *testing.T) {
	for _, text := range []string{
		"169.254.169.254", "169.254.170.2", "169.254.0.1", "fe80::1", "fe80::1%eth0", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "::a9fe:a9fe",
		"fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "168.63.129.16", "192.0.0.192", "0.0.0.0", "0.1.2.3", "::", "224.0.0.1", "ff02::1", "255.255.255.255",
	} {
		if err := netguard.Check(netip.MustParseAddr(text)); !errors.Is(err, netguard.ErrRefused) {
			t.Errorf("%s passes", text)
		}
	}
	if err := netguard.Check(netip.Addr{}); !errors.Is(err, netguard.ErrRefused) {
		t.Error("no address passes")
	}
	for _, text := range []string{"127.0.0.1", "::1", "::ffff:127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.1", "fd00::1", "203.0.113.7", "2001:db8::1", "64:ff9b::cb00:7107"} {
		if err := netguard.Check(netip.MustParseAddr(text)); err != nil {
			t.Error(err)
		}
	}
}

// The dialer looks at what is dialled, and dials nothing but TCP.
func TestA26Dialer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	d := netguard.Dialer(time.Second)
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	conn, err := d.DialContext(t.Context(), "tcp", "localhost:"+port)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	for _, to := range []string{"169.254.169.254:80", "[fe80::1%1]:80", "[::ffff:169.254.169.254]:80", "0.0.0.0:" + port} {
		if _, err := d.DialContext(t.Context(), "tcp", to); !errors.Is(err, netguard.ErrRefused) {
			t.Errorf("%s: %v", to, err)
		}
	}
	socket := filepath.Join(t.TempDir(), "s")
	unix, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close() }()
	if _, err := d.DialContext(t.Context(), "unix", socket); !errors.Is(err, netguard.ErrRefused) {
		t.Errorf("a socket file: %v", err)
	}
}
