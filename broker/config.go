package broker

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Duration is a time.Duration that a config file spells as text: "250ms", "30s", "2m".
type Duration time.Duration

// UnmarshalText reads Go's duration syntax; a bare number is refused, since its unit would be a guess.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is not a duration; write a number with its unit, such as \"250ms\", \"30s\" or \"2m\"", text)
	}
	*d = Duration(v)
	return nil
}

// MarshalText writes the duration as UnmarshalText reads it.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// D is the plain duration.
func (d Duration) D() time.Duration { return time.Duration(d) }

// Config says where the broker is and which queue is worked. It is read-only after Validate.
type Config struct {
	URLs           []string `toml:"urls"`            // amqp:// or amqps:// addresses, tried in order
	Management     []string `toml:"management"`      // http(s):// addresses of the management API; empty: derived from URLs
	PasswordFile   string   `toml:"password_file"`   // file whose first line replaces the password of every URL
	Heartbeat      Duration `toml:"heartbeat"`       // AMQP heartbeat; a silent link is lost after about 1.5 of it
	ConnectTimeout Duration `toml:"connect_timeout"` // TCP, TLS and AMQP handshakes together
	RPCTimeout     Duration `toml:"rpc_timeout"`     // a call that takes longer cuts its connection
	Refresh        Duration `toml:"refresh"`         // how often the queue is looked at
	ReadOnly       bool     `toml:"read_only"`       // never publish, consume, declare or purge
	// ConsumerTimeout is the broker's own limit on how long a delivery may stay unacknowledged, for the warning that a task
	// comes near it; what the queue's arguments or policy say goes first. 0: no warning.
	ConsumerTimeout Duration  `toml:"consumer_timeout"`
	TLS             TLSConfig `toml:"tls"`

	Queue       QueueConfig `toml:"-"` // the [queue] table
	Connections int         `toml:"-"` // connections the workers share; workers.connections
	RetryWaits  []Duration  `toml:"-"` // waits of the retry queues to look at from the start; [failure] names them
}

// TLSConfig is the [broker.tls] table; it applies to amqps:// and https:// addresses.
type TLSConfig struct {
	CAFile   string `toml:"ca_file"`   // PEM; empty: the system's roots
	CertFile string `toml:"cert_file"` // PEM client certificate
	KeyFile  string `toml:"key_file"`  // PEM key of the client certificate
	Insecure bool   `toml:"insecure"`  // skip verification; shown on screen for as long as it is on
}

// QueueConfig is the [queue] table.
type QueueConfig struct {
	Name      string         `toml:"name"`
	Type      string         `toml:"type"`    // "classic" or "quorum"; used only when carousel declares the queue
	Durable   bool           `toml:"durable"` // used only when carousel declares the queue
	Declare   bool           `toml:"declare"` // declare the queue when it is missing
	Arguments map[string]any `toml:"arguments"`
}

// DefaultConfig is what an empty config file means. It names no broker: URLs is empty.
func DefaultConfig() Config {
	return Config{
		Heartbeat:      Duration(10 * time.Second),
		ConnectTimeout: Duration(5 * time.Second),
		RPCTimeout:     Duration(5 * time.Second),
		Refresh:        Duration(time.Second),
		// RabbitMQ's default.
		ConsumerTimeout: Duration(30 * time.Minute),
		Queue:           QueueConfig{Name: "task_queue", Type: "classic", Durable: true, Declare: true},
		Connections:     1,
	}
}

// ConfigFor is the default config for one queue of the broker at an address: amqp://user:password@host:5672/vhost, or amqps://.
func ConfigFor(url, queue string) Config {
	c := DefaultConfig()
	c.URLs, c.Queue.Name = []string{url}, queue
	return c
}

// Validate reports every mistake at once, each with the name of its key as the config file spells it.
func (c Config) Validate() error {
	var errs []error
	for i, u := range c.URLs {
		if _, err := ParseEndpoint(u); err != nil {
			errs = append(errs, fmt.Errorf("broker.urls[%d]: %w", i, err))
		}
	}
	for i, u := range c.Management {
		if _, err := parseManagement(u); err != nil {
			errs = append(errs, fmt.Errorf("broker.management[%d]: %w", i, err))
		}
	}
	within := func(key string, d Duration, low, high time.Duration) {
		if d.D() < low || d.D() > high {
			errs = append(errs, fmt.Errorf("%s: %s is out of range; allowed are %s to %s", key, d.D(), low, high))
		}
	}
	within("broker.heartbeat", c.Heartbeat, time.Second, 10*time.Minute)
	within("broker.connect_timeout", c.ConnectTimeout, 100*time.Millisecond, 2*time.Minute)
	within("broker.rpc_timeout", c.RPCTimeout, 100*time.Millisecond, 2*time.Minute)
	within("broker.refresh", c.Refresh, 100*time.Millisecond, time.Minute)
	if d := c.ConsumerTimeout.D(); d != 0 && (d < time.Minute || d > 24*time.Hour) {
		errs = append(errs, fmt.Errorf("broker.consumer_timeout: %s is out of range; allowed are 1m0s to 24h0m0s, and 0s for no warning", d))
	}
	if (c.TLS.CertFile == "") != (c.TLS.KeyFile == "") {
		errs = append(errs, errors.New("broker.tls: cert_file and key_file go together; set both or neither"))
	}
	if c.Connections < 1 || c.Connections > 64 {
		errs = append(errs, fmt.Errorf("workers.connections: %d is out of range; allowed are 1 to 64", c.Connections))
	}
	errs = append(errs, c.Queue.validate()...)
	return errors.Join(errs...)
}

func (q QueueConfig) validate() (errs []error) {
	if err := CheckQueueName(q.Name); err != nil {
		errs = append(errs, fmt.Errorf("queue.name: %w", err))
	}
	switch q.Type {
	case "classic", "quorum":
	default:
		errs = append(errs, fmt.Errorf("queue.type: %q is not known; allowed are \"classic\" and \"quorum\"", q.Type))
	}
	if q.Type == "quorum" && !q.Durable {
		errs = append(errs, errors.New("queue.durable: a quorum queue is always durable; remove durable = false"))
	}
	if _, err := argumentTable(q.Arguments); err != nil {
		errs = append(errs, fmt.Errorf("queue.arguments: %w", err))
	}
	return errs
}

// CheckQueueName refuses the names that RabbitMQ or its management API cannot handle.
func CheckQueueName(name string) error {
	if err := carried(name); err != nil {
		return err
	}
	switch {
	case name == "." || name == "..":
		return fmt.Errorf("a queue named %q cannot be reached through the management API; choose another name", name)
	case address.MatchString(name): // which may hold a password
		return errors.New("the queue's name looks like a broker's address; that is given with --url, or by urls under [broker]")
	case strings.HasPrefix(name, "amq."):
		return errors.New("names that start with \"amq.\" are RabbitMQ's own; choose another")
	}
	return nil
}

// carried refuses the names that would not reach the broker as they are: they would cut the connection, or mean another queue.
func carried(name string) error {
	switch {
	case name == "":
		return errors.New("the queue needs a name")
	case len(name) > maxShortString:
		return fmt.Errorf("the queue's name has %d bytes; AMQP allows 255", len(name))
	case !utf8.ValidString(name):
		return errors.New("the queue's name is not valid UTF-8; RabbitMQ would close the connection")
	case strings.ContainsAny(name, "\r\n"):
		return errors.New("the queue's name has a line break; RabbitMQ would declare it without, and store no task under it")
	}
	return nil
}
