package worker

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"carousel/broker"
)

// HTTPConfig is the [handler.http] table: where tasks are sent to, and what is made of the answers.
type HTTPConfig struct {
	URL            string           `toml:"url"`             // each task is POSTed to it; a login in it is sent as basic authentication
	Timeout        broker.Duration  `toml:"timeout"`         // for a whole try: connecting, sending, and all of the answer
	ConnectTimeout broker.Duration  `toml:"connect_timeout"` // for the connection alone, and for its TLS handshake
	Headers        []string         `toml:"headers"`         // "Name: value", sent with each task
	HeadersFile    string           `toml:"headers_file"`    // file with more of them, one a line; empty: none
	BearerFile     string           `toml:"bearer_file"`     // file whose first line is the token of "Authorization: Bearer"; empty: none
	RetryStatuses  []int            `toml:"retry_statuses"`  // of 400 to 499: those after which the task is tried again, as after 5xx
	RestMax        broker.Duration  `toml:"rest_max"`        // the longest rest of the pool while the endpoint is out; 0: none
	TLS            broker.TLSConfig `toml:"tls"`             // for an https:// address

	Bearer string `toml:"-"` // the token itself, in place of BearerFile; CAROUSEL_HTTP_BEARER
}

// The bounds of what [handler.http] may ask for.
const (
	httpTimeoutFloor = 10 * time.Millisecond
	httpTimeoutCeil  = 24 * time.Hour
	httpConnectCeil  = 2 * time.Minute
	httpRestCeil     = time.Hour
)

// defaultHTTPConfig is what an empty [handler.http] table means. It names no address.
func defaultHTTPConfig() HTTPConfig {
	return HTTPConfig{
		Timeout:        broker.Duration(30 * time.Second),
		ConnectTimeout: broker.Duration(5 * time.Second),
		RetryStatuses: []int{
			http.StatusRequestTimeout, http.StatusConflict, // 409: the same task is being done, by its Idempotency-Key
			http.StatusTooEarly, http.StatusTooManyRequests,
		},
		RestMax: broker.Duration(30 * time.Second),
	}
}

// validate reports every mistake. The address may only be missing where another handler is chosen.
func (c HTTPConfig) validate(chosen bool) error {
	var errs []error
	const table = "handler.http."
	if c.URL != "" || chosen {
		if _, err := parseTarget(c.URL); err != nil {
			errs = append(errs, fmt.Errorf(table+"url: %w", err))
		}
	}
	errs = append(errs,
		inRange(table+"timeout", c.Timeout.D(), httpTimeoutFloor, httpTimeoutCeil),
		inRange(table+"connect_timeout", c.ConnectTimeout.D(), httpTimeoutFloor, httpConnectCeil),
		inRange(table+"rest_max", c.RestMax.D(), 0, httpRestCeil))
	for i, line := range c.Headers {
		if _, _, err := parseHeader(line); err != nil {
			errs = append(errs, fmt.Errorf(table+"headers[%d]: %w", i, err))
		}
	}
	for i, status := range c.RetryStatuses {
		if status < 400 || status > 499 {
			errs = append(errs, fmt.Errorf(table+"retry_statuses[%d]: %d is out of range; allowed are 400 to 499", i, status))
		}
	}
	if (c.TLS.CertFile == "") != (c.TLS.KeyFile == "") {
		errs = append(errs, errors.New(table+"tls: cert_file and key_file go together; set both or neither"))
	}
	return errors.Join(append(errs, c.oneLogin())...)
}

// Address makes raw the address that tasks are sent to. The headers of the config go to another host than the one it named no
// more: they may be a login.
func (c *HTTPConfig) Address(raw string) {
	before, errBefore := parseTarget(c.URL)
	after, errAfter := parseTarget(raw)
	if c.URL != "" && (errBefore != nil || errAfter != nil || origin(before) != origin(after)) {
		c.Headers, c.HeadersFile, c.BearerFile = nil, "", ""
	}
	c.URL = raw
}

// HoldsSecret reports whether the config itself, not a file it names, holds what should not be seen by others.
func (c HTTPConfig) HoldsSecret() bool {
	target, err := parseTarget(c.URL)
	if err == nil && (target.User != nil || target.RawQuery != "") {
		return true
	}
	return slices.ContainsFunc(c.Headers, isLogin)
}

// isLogin reports whether a header of the config is an Authorization.
func isLogin(line string) bool {
	name, _, err := parseHeader(line)
	return err == nil && name == "Authorization"
}

// oneLogin refuses a second Authorization header: the endpoint would read one of them, and nobody could say which.
func (c HTTPConfig) oneLogin() error {
	var from []string
	if target, err := parseTarget(c.URL); err == nil && target.User != nil {
		from = append(from, "the login in url")
	}
	if c.BearerFile != "" {
		from = append(from, "bearer_file")
	}
	if c.Bearer != "" {
		from = append(from, "CAROUSEL_HTTP_BEARER")
	}
	if slices.ContainsFunc(c.Headers, isLogin) {
		from = append(from, "headers")
	}
	if len(from) < 2 {
		return nil
	}
	return fmt.Errorf("handler.http: %s each ask for an Authorization header; keep one", strings.Join(from, " and "))
}

// parseTarget reads the address that tasks are sent to. Its errors do not repeat it, since it may hold a secret.
func parseTarget(raw string) (*url.URL, error) {
	if raw == "" {
		return nil, errors.New("the http handler needs an address; name it with --post http://127.0.0.1:8080/tasks, or by url under [handler.http]")
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, errors.New("this is no address that can be read; write one such as \"https://host:8443/tasks\"")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("the address must begin with http:// or https://")
	case u.Hostname() == "":
		return nil, errors.New("the address names no host")
	case !isPort(u.Port()):
		return nil, errors.New("the address names a port that does not exist; allowed are 1 to 65535")
	case u.Fragment != "":
		return nil, errors.New("the address has a part after #, which is never sent; leave it out")
	}
	return u, nil
}

// isPort reports whether a port can be connected to; "" is the scheme's own.
func isPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && n > 0
}

// origin is what sentences call the endpoint: its address without what may be secret.
func origin(u *url.URL) string { return u.Scheme + "://" + u.Host }

// Dangers are sentences about the way to the endpoint that a person should know for as long as tasks take it.
func (c HTTPConfig) Dangers() (all []string) {
	u, err := parseTarget(c.URL)
	if err != nil {
		return nil
	}
	if c.TLS.Insecure && u.Scheme == "https" {
		all = append(all, "the certificate of "+origin(u)+" is not verified (insecure under [handler.http.tls]): anybody on the way can read and change tasks")
	}
	ip := net.ParseIP(u.Hostname())
	if u.Scheme == "http" && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		all = append(all, "tasks travel to "+origin(u)+" unencrypted; use https:// where the way is not your own")
	}
	return all
}
