package broker

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Endpoint is one address of a broker or of its management API. It prints without its password.
type Endpoint struct {
	TLS   bool
	Host  string
	Port  int
	User  string
	VHost string // AMQP only

	password  secret
	path      string        // management only: what stands before /api
	heartbeat time.Duration // AMQP only; 0: the config's
}

// ParseEndpoint reads an AMQP URL (https://www.rabbitmq.com/docs/uri-spec). As RabbitMQ's own clients do, it takes
// "amqp://host/" for the vhost "/". Its errors never hold a part of the URL that could belong to a password.
func ParseEndpoint(raw string) (Endpoint, error) {
	u, err := parseURL(raw, "amqp", "amqps")
	if err != nil {
		return Endpoint{}, err
	}
	e := Endpoint{TLS: u.Scheme == "amqps", VHost: "/"}
	if err := e.setAuthority(u, 5672, 5671); err != nil {
		return Endpoint{}, err
	}
	if path := strings.TrimPrefix(u.EscapedPath(), "/"); path != "" {
		if e.VHost, err = url.PathUnescape(path); err != nil {
			return Endpoint{}, errors.New("the vhost at the end of the URL is badly percent-encoded")
		}
	}
	for key, values := range u.Query() {
		seconds, err := strconv.Atoi(values[0])
		switch {
		case key != "heartbeat":
			return Endpoint{}, fmt.Errorf("the URL has %s; only heartbeat is read, the rest has its key under [broker]", parameter(key))
		case err != nil || seconds < 1 || seconds > 600:
			return Endpoint{}, errors.New("the URL's heartbeat must be 1 to 600 seconds")
		}
		e.heartbeat = time.Duration(seconds) * time.Second
	}
	return e, nil
}

// parameter names a parameter of RabbitMQ's URLs; any other could be the rest of a password.
func parameter(key string) string {
	switch key {
	case "channel_max", "frame_max", "connection_timeout", "auth_mechanism", "cacertfile", "certfile", "keyfile", "verify",
		"fail_if_no_peer_cert", "server_name_indication", "password":
		return "the parameter " + key
	}
	return "a parameter"
}

// parseManagement reads the address of a management API: "http://host:15672", with a path where a proxy adds one.
func parseManagement(raw string) (Endpoint, error) {
	u, err := parseURL(raw, "http", "https")
	if err != nil {
		return Endpoint{}, err
	}
	e := Endpoint{TLS: u.Scheme == "https", path: strings.TrimSuffix(strings.TrimRight(u.EscapedPath(), "/"), "/api")}
	if u.RawQuery != "" || u.Fragment != "" {
		return Endpoint{}, errors.New("the management address takes no parameters")
	}
	return e, e.setAuthority(u, 15672, 15671)
}

func parseURL(raw, plain, tls string) (*url.URL, error) {
	scheme, _, ok := strings.Cut(raw, "://")
	if !ok || (scheme != plain && scheme != tls) {
		return nil, fmt.Errorf("the URL must begin with %s:// or %s://", plain, tls)
	}
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" || u.Fragment != "" || strings.ContainsAny(raw, " \t\r\n") || strayLogin(raw) {
		// The parser's own words would quote the password.
		return nil, fmt.Errorf("the URL cannot be read; it has the form %s://user:password@host:port, and in a user or password "+
			"the characters %% / ? # @ : and space are written %%25 %%2F %%3F %%23 %%40 %%3A %%20", plain)
	}
	return u, nil
}

// strayLogin reports whether an @ stands behind the host. The parser takes "amqp://u:12/34@h" for the host u with the vhost
// "34@h", and half a password would be shown as that.
func strayLogin(raw string) bool {
	_, rest, _ := strings.Cut(raw, "://")
	host := strings.IndexAny(rest, "/?#")
	return host >= 0 && strings.Contains(rest[host:], "@")
}

func (e *Endpoint) setAuthority(u *url.URL, port, tlsPort int) error {
	e.Host, e.Port = u.Hostname(), port
	if e.Host == "" {
		e.Host = "localhost"
	}
	if e.TLS {
		e.Port = tlsPort
	}
	if p := u.Port(); p != "" {
		n, err := strconv.Atoi(p)
		if err != nil || n < 1 || n > 65535 {
			return errors.New("the URL's port must be 1 to 65535")
		}
		e.Port = n
	}
	if u.User != nil {
		password, _ := u.User.Password()
		if strings.ContainsRune(u.User.Username()+password, 0) { // it would end the user's name within the login
			return errors.New("the URL's user or password holds a NUL byte, which no login can carry")
		}
		e.User, e.password = u.User.Username(), secret(password)
	} else if u.Scheme == "amqp" || u.Scheme == "amqps" {
		e.User, e.password = "guest", "guest" // what every AMQP client assumes
	}
	return nil
}

// Address is host:port.
func (e Endpoint) Address() string { return net.JoinHostPort(e.Host, strconv.Itoa(e.Port)) }

// String is user@host:port.
func (e Endpoint) String() string { return e.User + "@" + e.Address() }

// Format prints String for every verb: fmt would print the fields, the password among them, for the verbs that do not ask
// for it.
func (e Endpoint) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, e.String()) }

// Loopback reports whether the address can only be this machine, by its name alone: nothing is looked up.
func (e Endpoint) Loopback() bool {
	if strings.EqualFold(e.Host, "localhost") {
		return true
	}
	ip := net.ParseIP(e.Host)
	return ip != nil && ip.IsLoopback()
}

// HasPassword reports whether the URL itself holds a password that somebody chose: guest's is no secret.
func (e Endpoint) HasPassword() bool {
	return e.password != "" && (e.User != "guest" || e.password != "guest")
}

// management is where RabbitMQ's management API usually is for this AMQP endpoint.
func (e Endpoint) management() Endpoint {
	m := Endpoint{TLS: e.TLS, Host: e.Host, Port: 15672, User: e.User, password: e.password}
	if e.TLS {
		m.Port = 15671
	}
	return m
}

// base is the URL before "/api", without a login.
func (e Endpoint) base() string {
	scheme := "http://"
	if e.TLS {
		scheme = "https://"
	}
	return scheme + e.Address() + e.path
}
