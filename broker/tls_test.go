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
	"sync"
	"testing"
	"time"

	"carousel/broker/brokertest"
)

// authority signs certificates for a test.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, key: newKey(t)}
	a.cert = a.sign(&x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, a.key, nil)
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	return key
}

// sign completes a certificate for key; the authority's own is signed by itself.
func (a *authority) sign(template *x509.Certificate, key *ecdsa.PrivateKey, parent *x509.Certificate) *x509.Certificate {
	a.t.Helper()
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	must(a.t, err)
	template.SerialNumber = serial
	template.Subject = pkix.Name{CommonName: "carousel test " + serial.String()}
	if template.NotAfter.IsZero() {
		template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	}
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, a.key)
	must(a.t, err)
	cert, err := x509.ParseCertificate(der)
	must(a.t, err)
	return cert
}

// issue makes a certificate; change may be nil.
func (a *authority) issue(change func(*x509.Certificate)) tls.Certificate {
	a.t.Helper()
	template := &x509.Certificate{
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if change != nil {
		change(template)
	}
	key := newKey(a.t)
	return tls.Certificate{Certificate: [][]byte{a.sign(template, key, a.cert).Raw}, PrivateKey: key}
}

// caFile writes the authority's certificate to a file.
func (a *authority) caFile() string {
	return writePEM(a.t, "CERTIFICATE", a.cert.Raw)
}

// files writes a certificate and its key to two files.
func files(t *testing.T, c tls.Certificate) (cert, key string) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	must(t, err)
	return writePEM(t, "CERTIFICATE", c.Certificate[0]), writePEM(t, "PRIVATE KEY", der)
}

func writePEM(t *testing.T, kind string, der []byte) (path string) {
	t.Helper()
	return writeFile(t, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func writeFile(t *testing.T, content []byte) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(path, content, 0o600))
	return path
}

// serveTLS answers TLS handshakes until the test ends, and reads a little from each client. It returns its address.
func serveTLS(t *testing.T, config *tls.Config) string {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", config)
	must(t, err)
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer conn.Close()
				_, _ = conn.Read(make([]byte, 8)) // what matters here is what the handshake in it says
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		serving.Wait()
	})
	return l.Addr().String()
}

// Whatever keeps TLS from coming about is one line with a hint, and stops the retries: none of it mends itself.
func TestTLSFaults(t *testing.T) {
	ours, theirs := newAuthority(t), newAuthority(t)
	serve := func(c tls.Certificate) *tls.Config { return &tls.Config{Certificates: []tls.Certificate{c}} }
	expired := ours.issue(func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
	})
	elsewhere := ours.issue(func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"\x1b[2Jother.example"} })
	clientOnly := ours.issue(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} })
	self := newAuthority(t)
	own := self.sign(&x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}, self.key, nil)
	selfSigned := tls.Certificate{Certificate: [][]byte{own.Raw}, PrivateKey: self.key}
	mutual := serve(ours.issue(nil))
	mutual.ClientAuth, mutual.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
	mutual.ClientCAs.AddCert(ours.cert)
	foreignCert, foreignKey := files(t, theirs.issue(nil))
	plain := silent(t, "AMQP\x00\x00\x09\x01")

	for _, c := range []struct {
		name   string
		scheme string
		at     string
		change func(*TLSConfig)
		wants  []string
	}{
		{"another authority", "amqps", serveTLS(t, serve(theirs.issue(nil))), nil, []string{"unknown authority", "ca_file"}},
		{"no authority named", "amqps", serveTLS(t, serve(ours.issue(nil))), func(c *TLSConfig) { c.CAFile = "" }, []string{"unknown authority", "ca_file"}},
		{"self-signed", "amqps", serveTLS(t, serve(selfSigned)), nil, []string{"unknown authority", "ca_file"}},
		{"another host", "amqps", serveTLS(t, serve(elsewhere)), nil, []string{"127.0.0.1", "a name that the certificate is made out to"}},
		{"expired", "amqps", serveTLS(t, serve(expired)), nil, []string{"expired", "renewed"}},
		{"not for servers", "amqps", serveTLS(t, serve(clientOnly)), nil, []string{"another certificate"}},
		{"no client certificate", "amqps", serveTLS(t, mutual), nil, []string{"certificate required", "cert_file"}},
		{"a stranger's client certificate", "amqps", serveTLS(t, mutual), func(c *TLSConfig) { c.CertFile, c.KeyFile = foreignCert, foreignKey },
			[]string{"certificate required", "cert_file"}},
		{"a plain port", "amqps", plain, nil, []string{"does not speak TLS", "amqp://"}},
		{"a TLS port without TLS", "amqp", silent(t, "\x15\x03\x03\x00\x02\x02\x46"), nil, []string{"it speaks TLS", "amqps://"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := DefaultConfig()
			cfg.URLs = []string{c.scheme + "://me:hunter2@" + c.at}
			cfg.TLS.CAFile = ours.caFile()
			if c.change != nil {
				c.change(&cfg.TLS)
			}
			ends, err := cfg.resolve()
			must(t, err)
			_, err = dial(t.Context(), ends.amqp[0], &cfg, &ends, RoleWatch, 1)
			if err == nil || KindOf(err) != Refused {
				t.Fatalf("kind %v: %v", KindOf(err), err)
			}
			text := err.Error()
			for _, want := range append(c.wants, c.at) {
				if !strings.Contains(text, want) {
					t.Errorf("%q does not say %q", text, want)
				}
			}
			if Plain(text) != text || strings.Contains(text, "hunter2") {
				t.Errorf("raw or telling: %q", text)
			}
		})
	}
}

// Files that cannot be used are named with their key before anything is dialled.
func TestTLSFilesAreReadBeforeDialling(t *testing.T) {
	cert, key := files(t, newAuthority(t).issue(nil))
	_, otherKey := files(t, newAuthority(t).issue(nil))
	junk, none, dir := writeFile(t, []byte("junk")), filepath.Join(t.TempDir(), "no\x1b[2Jne"), t.TempDir()
	for _, c := range []struct {
		name  string
		tls   TLSConfig
		wants []string
	}{
		{"garbage", TLSConfig{CAFile: junk}, []string{"ca_file", junk, "no certificate in PEM form"}},
		{"missing", TLSConfig{CAFile: none}, []string{"ca_file", Plain(none), "no such file"}},
		{"a directory", TLSConfig{CAFile: dir}, []string{"ca_file", dir, "is a directory"}},
		{"never ends", TLSConfig{CAFile: "/dev/zero"}, []string{"ca_file", "/dev/zero", "larger than 1 MB"}},
		{"certificate missing", TLSConfig{CertFile: none, KeyFile: key}, []string{"cert_file", Plain(none)}},
		{"key missing", TLSConfig{CertFile: cert, KeyFile: none}, []string{"key_file", Plain(none)}},
		{"certificate is garbage", TLSConfig{CertFile: junk, KeyFile: key}, []string{"cert_file", junk}},
		{"another's key", TLSConfig{CertFile: cert, KeyFile: otherKey}, []string{"cert_file", cert, otherKey, "does not match"}},
	} {
		cfg := DefaultConfig()
		cfg.URLs, cfg.TLS = []string{"amqps://127.0.0.1:1"}, c.tls
		client, err := Open(cfg, slog.New(slog.DiscardHandler))
		if err == nil {
			client.Close()
			t.Errorf("%s: opened", c.name)
			continue
		}
		for _, want := range c.wants {
			if text := err.Error(); !strings.Contains(text, want) || Plain(text) != text || KindOf(err) != Invalid {
				t.Errorf("%s: %q does not say %q", c.name, text, want)
			}
		}
	}
}

// RabbitMQ over TLS, which demands a client certificate: with one, tasks go through and the management API's figures come;
// without one, and without TLS, it is said what is missing.
func TestTLSOnRabbitMQ(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	cert, key := files(t, ca.issue(nil))
	read := func(path string) []byte {
		text, err := os.ReadFile(path)
		must(t, err)
		return text
	}
	node := brokertest.Start(t, brokertest.WithTLS(read(ca.caFile()), read(cert), read(key)))
	secured := func(cfg *Config) {
		cfg.Management = []string{node.ManagementTLSURL()}
		cfg.TLS = TLSConfig{CAFile: ca.caFile(), CertFile: cert, KeyFile: key}
	}
	c := connect(t, node, "amqps://"+node.TLSAddress(), secured)
	r, err := c.Publish(within(t, 10*time.Second), NewTask([]byte("task")))
	if err != nil || r.Outcome != Confirmed {
		t.Fatalf("%v, %v", r, err)
	}
	eventually(t, "figures from the management API", func() bool { return c.Snapshot().Unacked.Known() })
	if l := c.Links()[0]; !l.TLS || l.Insecure || l.Status != LinkUp {
		t.Errorf("%+v", l)
	}
	for name, refused := range map[string]struct{ scheme, want string }{
		"no client certificate": {"amqps://", "cert_file"},
		"no TLS":                {"amqp://", "amqps://"},
	} {
		c := connect(t, node, refused.scheme+node.TLSAddress(), func(cfg *Config) {
			secured(cfg)
			cfg.TLS.CertFile, cfg.TLS.KeyFile = "", ""
		})
		eventually(t, "the refusal: "+name, func() bool { return c.Links()[0].Err != nil })
		if err := c.Links()[0].Err; !strings.Contains(err.Error(), refused.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The management API over TLS says what is wrong in the same words, and another port is told apart.
func TestManagementTLSFaults(t *testing.T) {
	ours, theirs := newAuthority(t), newAuthority(t)
	stranger := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{theirs.issue(nil)}})
	for address, want := range map[string]string{
		"https://" + stranger: "unknown authority; name the authority",
		"https://" + silent(t, "HTTP/1.1 400 Bad Request\r\n\r\n"): "is the management plugin on, and this its port (usually 15672)?",
		"http://" + silent(t, "AMQP\x00\x00\x09\x01"):              "is the management plugin on, and this its port (usually 15672)?",
	} {
		cfg := DefaultConfig()
		cfg.URLs, cfg.Management = []string{"amqp://me:hunter2@127.0.0.1:1"}, []string{address}
		cfg.TLS.CAFile = ours.caFile()
		ends, err := cfg.resolve()
		must(t, err)
		m := newManagement(t.Context(), ends)
		_, err = m.overview()
		m.close()
		if err == nil || !strings.Contains(err.Error(), want) || Plain(err.Error()) != err.Error() {
			t.Errorf("%s: %v; want %q", address, err, want)
		}
	}
}
