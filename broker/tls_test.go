package broker

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carousel/broker/sandbox"
)

// authority signs certificates for one test.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	file        string // PEM, for ca_file
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a test's authority"}, IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(t, err)
	certificate, err := x509.ParseCertificate(der)
	must(t, err)
	file := filepath.Join(t.TempDir(), "ca.pem")
	must(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return authority{certificate, key, file}
}

// sign makes a certificate for 127.0.0.1 or for another host, which ends at the given time.
func (a authority) sign(t *testing.T, host string, end time.Time) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: end.Add(-2 * time.Hour), NotAfter: end}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	must(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// terminate serves TLS with the certificate in front of the broker at target, and returns its address.
func terminate(t *testing.T, certificate tls.Certificate, target string) string {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}})
	must(t, err)
	serve(t, l, func(client net.Conn) { bridge(client, target, 32<<10) })
	return l.Addr().String()
}

func TestTLS(t *testing.T) {
	t.Parallel()
	b, err := sandbox.Start(sandbox.Options{Management: "off"})
	must(t, err)
	t.Cleanup(func() { _ = b.Close() })
	plain := strings.TrimSuffix(strings.SplitN(b.URL(), "@", 2)[1], "/")
	trusted, stranger := newAuthority(t), newAuthority(t)
	soon := time.Now().Add(time.Hour)
	good := trusted.sign(t, "127.0.0.1", soon)
	for name, c := range map[string]struct {
		url  string
		tls  TLSConfig
		want string // "": it comes up
	}{
		"a trusted certificate": {"amqps://" + terminate(t, good, plain), TLSConfig{CAFile: trusted.file}, ""},
		"verification off":      {"amqps://" + terminate(t, stranger.sign(t, "elsewhere", soon), plain), TLSConfig{Insecure: true}, ""},
		"the wrong authority": {"amqps://" + terminate(t, good, plain), TLSConfig{CAFile: stranger.file},
			"is not trusted: x509: certificate signed by unknown authority"},
		"the system's authorities": {"amqps://" + terminate(t, good, plain), TLSConfig{}, "ca_file under [broker.tls]"},
		"another host": {"amqps://" + terminate(t, trusted.sign(t, "rabbit.example.org", soon), plain), TLSConfig{CAFile: trusted.file},
			"is for another host: x509: "},
		"expired": {"amqps://" + terminate(t, trusted.sign(t, "127.0.0.1", time.Now().Add(-time.Hour)), plain),
			TLSConfig{CAFile: trusted.file}, "is not valid: x509: certificate has expired"},
		"TLS to the plain port":      {"amqps://" + plain, TLSConfig{CAFile: trusted.file}, "does not speak TLS on this port; use amqp:// or the TLS port"},
		"plain AMQP to the TLS port": {"amqp://" + terminate(t, good, plain), TLSConfig{}, "a TLS port (usually 5671) wants amqps://"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := DefaultConfig()
			cfg.URLs, cfg.Management, cfg.TLS = []string{c.url}, []string{"http://127.0.0.1:1"}, c.tls
			client, err := Open(cfg, slog.New(slog.DiscardHandler))
			must(t, err)
			t.Cleanup(client.Close)
			eventually(t, "an outcome", func() bool { l := client.Links()[0]; return l.Status == LinkUp || l.Err != nil })
			l := client.Links()[0]
			if c.want == "" {
				if l.Status != LinkUp || l.TLS == false || l.Insecure != c.tls.Insecure {
					t.Errorf("got %+v", l)
				}
				return
			}
			if l.Err == nil || !strings.Contains(l.Err.Error(), c.want) || strings.Contains(l.Err.Error(), "\n") {
				t.Errorf("says %v; want %q in it", l.Err, c.want)
			}
			if refused := !strings.HasPrefix(c.url, "amqp://"); refused != (l.Status == LinkRefused) {
				t.Errorf("status %v of %v", l.Status, l.Err)
			}
		})
	}
}

// A file that is wrong is named before anything is dialled.
func TestTLSFilesAreCheckedBeforeDialling(t *testing.T) {
	t.Parallel()
	junk := filepath.Join(t.TempDir(), "junk.pem")
	must(t, os.WriteFile(junk, []byte("-----BEGIN NONSENSE-----\n"), 0o600))
	missing := filepath.Join(t.TempDir(), "missing.pem")
	for name, c := range map[string]struct {
		tls  TLSConfig
		want []string
	}{
		"junk":          {TLSConfig{CAFile: junk}, []string{"broker.tls.ca_file", "no certificate in PEM form"}},
		"missing":       {TLSConfig{CAFile: missing}, []string{"broker.tls.ca_file", missing, "no such file"}},
		"a directory":   {TLSConfig{CAFile: t.TempDir()}, []string{"broker.tls.ca_file", "is a directory"}},
		"junk for keys": {TLSConfig{CertFile: junk, KeyFile: junk}, []string{"cert_file and key_file", "PEM"}},
	} {
		cfg := DefaultConfig()
		cfg.URLs, cfg.TLS = []string{"amqps://127.0.0.1:1"}, c.tls
		client, err := Open(cfg, slog.New(slog.DiscardHandler))
		if err == nil {
			client.Close()
		}
		for _, want := range c.want {
			if KindOf(err) != Invalid || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v; want %q in it", name, err, want)
			}
		}
	}
}
