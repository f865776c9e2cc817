package brokertest

import (
	"fmt"
	"path/filepath"
)

// WithTLS makes the node serve AMQP and its management API over TLS too, and refuse AMQP clients without a certificate that
// the authority has signed. All three are in PEM form.
func WithTLS(authority, certificate, key []byte) Option {
	return func(o *options) { o.tls = &tlsFiles{authority, certificate, key} }
}

type tlsFiles struct{ authority, certificate, key []byte }

// contents are the files by their names in the node's folder.
func (f *tlsFiles) contents() map[string]string {
	return map[string]string{"ca.pem": string(f.authority), "cert.pem": string(f.certificate), "key.pem": string(f.key)}
}

func (n *Node) tlsConfig() []string {
	lines := []string{
		"listeners.ssl.local = " + n.TLSAddress(),
		"ssl_options.verify = verify_peer",
		"ssl_options.fail_if_no_peer_cert = true",
		"management.ssl.ip = 127.0.0.1",
		fmt.Sprintf("management.ssl.port = %d", n.ports.at(portManagementTLS)),
	}
	for _, scope := range []string{"ssl_options", "management.ssl"} {
		for key, file := range map[string]string{"cacertfile": "ca.pem", "certfile": "cert.pem", "keyfile": "key.pem"} {
			lines = append(lines, scope+"."+key+" = "+filepath.Join(n.inside(), file))
		}
	}
	return lines
}

// TLSAddress is host:port of the AMQP listener that speaks TLS; see WithTLS.
func (n *Node) TLSAddress() string { return loopback(n.ports.at(portTLS)) }

// ManagementTLSURL is the address of the management API over TLS, without a user; see WithTLS.
func (n *Node) ManagementTLSURL() string { return "https://" + loopback(n.ports.at(portManagementTLS)) }
