package broker

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"
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
	out.tls, err = c.TLS.load()
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

func filePassword(name string) (secret, error) {
	if name == "" {
		return "", nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return "", fileFault("broker.password_file", err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	if line = strings.TrimSuffix(line, "\r"); line == "" {
		return "", &Fault{Kind: Invalid, What: "broker.password_file cannot be used", Why: "its first line is empty"}
	}
	return secret(line), nil
}

func (t TLSConfig) load() (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: t.Insecure}
	if t.CAFile != "" {
		pem, err := os.ReadFile(t.CAFile)
		if err != nil {
			return nil, fileFault("broker.tls.ca_file", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, &Fault{Kind: Invalid, What: "broker.tls.ca_file cannot be used", Why: "it holds no certificate in PEM form"}
		}
	}
	if t.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
		if err != nil {
			return nil, fileFault("broker.tls.cert_file and key_file", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

func fileFault(key string, err error) error {
	return &Fault{Kind: Invalid, What: fmt.Sprintf("%s cannot be used", key), Why: err.Error(), Err: err}
}
