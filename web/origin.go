package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// peer is the address that the connection comes from: the client or a proxy.
func peer(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	addr, _ := netip.ParseAddr(host)
	return addr.Unmap()
}

func (s *Server) trusted(a netip.Addr) bool {
	for _, p := range s.cfg.TrustedProxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// clientAddress is the address of the client. Forwarded addresses count only from a trusted proxy,
// and of those the last one that no trusted proxy has: what stands before it anyone can write.
func (s *Server) clientAddress(r *http.Request) string {
	from := peer(r)
	if len(s.cfg.TrustedProxies) > 0 && s.trusted(from) {
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for i := len(hops) - 1; i >= 0; i-- {
			a, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
			if err != nil {
				break
			}
			from = a.Unmap()
			if !s.trusted(from) {
				break
			}
		}
	}
	if !from.IsValid() {
		return ""
	}
	return from.String()
}

// Origin is where a request came from, for the other doors of the same listener.
func (s *Server) Origin(r *http.Request) (address string, secure bool) {
	return s.clientAddress(r), s.secure(r)
}

// secure reports whether the client reached us, or our trusted proxy, over TLS.
func (s *Server) secure(r *http.Request) bool {
	return r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" && s.trusted(peer(r))
}
