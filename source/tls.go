package source

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
)

// TLSConfig returns how a connection to the server is encrypted; nil for one that is not.
func (p Postgres) TLSConfig() (*tls.Config, error) {
	mode := p.TLS
	if mode == "" {
		mode = "verify-full"
		if thisMachine(p.Host) {
			mode = "disable"
		}
	}
	if mode == "disable" {
		return nil, nil
	}
	cfg := &tls.Config{ServerName: p.Host, MinVersion: tls.VersionTLS12}
	if p.CA != "" {
		pem, err := os.ReadFile(p.CA)
		if err != nil {
			return nil, fmt.Errorf("reading the CA file: %v", err)
		}
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("the CA file %s holds no certificate", p.CA)
		}
	}
	switch mode {
	case "verify-full":
		return cfg, nil
	case "require":
		cfg.InsecureSkipVerify = true // the name is not checked, as the mode says
		if cfg.RootCAs != nil {
			cfg.VerifyConnection = chainOnly(cfg.RootCAs)
		}
		return cfg, nil
	}
	return nil, fmt.Errorf("the TLS mode %q is unknown: want disable, require or verify-full", mode)
}

// chainOnly checks that a certificate comes from one of the authorities, whatever its name.
func chainOnly(roots *x509.CertPool) func(tls.ConnectionState) error {
	return func(s tls.ConnectionState) error {
		if len(s.PeerCertificates) == 0 {
			return errors.New("the server shows no certificate")
		}
		between := x509.NewCertPool()
		for _, c := range s.PeerCertificates[1:] {
			between.AddCert(c)
		}
		_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between})
		return err
	}
}

func thisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasPrefix(host, "/") || ip != nil && ip.IsLoopback()
}
