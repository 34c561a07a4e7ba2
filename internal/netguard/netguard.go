// Package netguard keeps connections that people name away from addresses that only a machine's own cloud
// answers. It guarantees that no connection of its Dialer reaches a link-local address, a metadata
// service of a cloud, a multicast or an unspecified address: it looks at the address that is dialled,
// after the name was looked up, so that no answer of a name server gets around it.
//
// Loopback and private addresses pass: databases are there.
package netguard

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

// ErrRefused is the cause of every refusal.
var ErrRefused = errors.New("the address is one that no connection may go to: link-local, multicast, or a cloud's metadata service")

// metadata are the services of clouds that lie outside of the link-local addresses.
var metadata = []netip.Addr{
	netip.MustParseAddr("100.100.100.200"), // Alibaba
	netip.MustParseAddr("168.63.129.16"),   // Azure
	netip.MustParseAddr("192.0.0.192"),     // Oracle
	netip.MustParseAddr("fd00:ec2::254"),   // AWS
	netip.MustParseAddr("fd20:ce::254"),    // Google
}

var (
	thisNetwork = netip.MustParsePrefix("0.0.0.0/8")
	broadcast   = netip.MustParseAddr("255.255.255.255")
	// translated are the prefixes whose last 32 bits are an IPv4 address.
	translated = []netip.Prefix{netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("::/96")}
)

// Check refuses an address with ErrRefused.
func Check(address netip.Addr) error {
	a := address.WithZone("").Unmap()
	for _, prefix := range translated {
		if prefix.Contains(a) && !a.IsLoopback() {
			b := a.As16()
			a = netip.AddrFrom4([4]byte(b[12:]))
		}
	}
	refused := !a.IsValid() || a.IsUnspecified() || a.IsMulticast() || a.IsLinkLocalUnicast() || a == broadcast || thisNetwork.Contains(a)
	for _, service := range metadata {
		refused = refused || a == service
	}
	if refused {
		return fmt.Errorf("%s: %w", address, ErrRefused)
	}
	return nil
}

// Dialer returns a dialer that connects over TCP, and only to addresses that Check lets pass.
func Dialer(timeout time.Duration) *net.Dialer {
	return &net.Dialer{Timeout: timeout, Control: control}
}

// control is called with the address that the kernel is about to connect to.
func control(network, address string, _ syscall.RawConn) error {
	if !strings.HasPrefix(network, "tcp") {
		return fmt.Errorf("%s %s: %w", network, address, ErrRefused)
	}
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%s: %w", address, ErrRefused)
	}
	return Check(to.Addr())
}
