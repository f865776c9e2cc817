package broker

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
)

// endpoints are the addresses of one Config, with the password file and the TLS files read.
type endpoints struct {
	amqp       []Endpoint
	management []Endpoint
	file       string      // the password file, or ""
	tls        *tls.Config // never handed out: cloned for each dial, since the client library writes to it
}

// resolve reads all that a Config refers to. It touches files, not the network.
func (c Config) resolve() (endpoints, error) {
	out := endpoints{file: c.PasswordFile}
	password, err := filePassword(c.PasswordFile)
	if err != nil {
		return out, err
	}
	for _, raw := range c.URLs {
		e, err := ParseEndpoint(raw)
		if err != nil {
			return out, &Fault{Kind: Invalid, What: "the broker's URL is wrong", Why: err.Error(), Err: err}
		}
		if password != "" {
			e.password = password
		}
		out.amqp = append(out.amqp, e)
	}
	for _, raw := range c.Management {
		m, err := parseManagement(raw)
		if err != nil {
			return out, &Fault{Kind: Invalid, What: "the management API's URL is wrong", Why: err.Error(), Err: err}
		}
		if m.User == "" {
			m.User, m.password = out.amqp[0].User, out.amqp[0].password
		} else if password != "" {
			m.password = password
		}
		out.management = append(out.management, m)
	}
	if len(out.management) == 0 {
		for _, e := range out.amqp {
			out.management = append(out.management, e.management())
		}
	}
	out.tls, err = c.TLS.Load(tlsTable)
	return out, err
}

// renewed is an address with the password that the file holds now: it may have been corrected, or the password rotated, since
// it was read. A file that cannot be read leaves the password as it was.
func (ends *endpoints) renewed(e Endpoint) Endpoint {
	if password, err := filePassword(ends.file); err == nil && password != "" {
		e.password = password
	}
	return e
}

// filePassword is the first line of the password file, without its end, and otherwise as it is: spaces belong to it. It is ""
// for no file.
func filePassword(name string) (secret, error) {
	if name == "" {
		return "", nil
	}
	const key = "broker.password_file"
	text, err := readSmall(name)
	if err != nil {
		return "", fileFault(key, err)
	}
	line, _, _ := bytes.Cut(bytes.TrimPrefix(text, []byte(utf8BOM)), []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	switch {
	case len(line) == 0:
		return "", fileFault(key, errors.New("the first line of "+name+" is empty"))
	case bytes.IndexByte(line, 0) >= 0:
		return "", fileFault(key, errors.New("the first line of "+name+" holds a NUL byte, which no login can carry"))
	}
	return secret(line), nil
}

// utf8BOM is what some editors begin a file with.
const utf8BOM = "\xef\xbb\xbf"

// maxSmall is far above any password, certificate or key, in bytes.
const maxSmall = 1 << 20

// readSmall reads a file that a person wrote; one that never ends is refused.
func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSmall+1))
	if err == nil && len(text) > maxSmall {
		err = errors.New(path + " is larger than 1 MB")
	}
	return text, err
}

// tlsTable is where the config file says how the broker is trusted.
const tlsTable = "broker.tls"

// Load reads the files that the config names. table is the config's table that it was read from, for the errors, which are
// *Fault of Kind Invalid. It touches files, not the network.
func (t TLSConfig) Load(table string) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: t.Insecure}
	if t.CAFile != "" {
		key := table + ".ca_file"
		pem, err := readSmall(t.CAFile)
		if err != nil {
			return nil, fileFault(key, err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fileFault(key, errors.New(t.CAFile+" holds no certificate in PEM form"))
		}
	}
	if t.CertFile != "" {
		pair, err := t.clientCertificate(table)
		if err != nil {
			return nil, err
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

func (t TLSConfig) clientCertificate(table string) (tls.Certificate, error) {
	certificate, err := readSmall(t.CertFile)
	if err != nil {
		return tls.Certificate{}, fileFault(table+".cert_file", err)
	}
	key, err := readSmall(t.KeyFile)
	if err != nil {
		return tls.Certificate{}, fileFault(table+".key_file", err)
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		err = fmt.Errorf("%s and %s do not make a client certificate: %w", t.CertFile, t.KeyFile, err)
		return tls.Certificate{}, fileFault(table+".cert_file and key_file", err)
	}
	return pair, nil
}

func fileFault(key string, err error) error {
	return &Fault{Kind: Invalid, What: key + " cannot be used", Why: Plain(err.Error()), Err: err}
}
