package worker

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"carousel/broker"
)

// Config is the [workers] table.
type Config struct {
	Count        int             `toml:"count"`         // workers at the start
	Max          int             `toml:"max"`           // the pool never grows beyond it
	Prefetch     int             `toml:"prefetch"`      // unacknowledged tasks a worker may hold; 1 is fair dispatch
	Connections  int             `toml:"connections"`   // AMQP connections that the workers' channels are spread over
	DrainTimeout broker.Duration `toml:"drain_timeout"` // for running tasks to finish after the first signal
	AllowConsume []string        `toml:"allow_consume"` // queues whose foreign tasks the simulate handler may settle
	Autoscale    AutoscaleConfig `toml:"autoscale"`
}

// HandlerConfig is the [handler] table.
type HandlerConfig struct {
	Kind     string         `toml:"kind"` // one of handlerKinds
	Simulate SimulateConfig `toml:"simulate"`
	Exec     ExecConfig     `toml:"exec"`
	HTTP     HTTPConfig     `toml:"http"`
}

// The kinds of handler.
const (
	kindSimulate = "simulate" // tasks take time and do nothing
	kindExec     = "exec"     // a command for each task, or one for each worker
	kindHTTP     = "http"     // a POST to an address for each task
)

var handlerKinds = []string{kindSimulate, kindExec, kindHTTP}

// SimulateConfig is the [handler.simulate] table.
type SimulateConfig struct {
	Work string          `toml:"work"` // DIST used when neither the task nor its body's dots say; see ParseDist
	Dot  broker.Duration `toml:"dot"`  // work for each "." in the body; 0 ignores dots
	Fail float64         `toml:"fail"` // share of tries that fail, 0 to 1, where the task does not say
	Seed uint64          `toml:"seed"` // makes the drawn times and failures repeatable; 0: a fresh one each run
}

// FailureConfig is the [failure] table. Its zero value rejects every failed task at once.
type FailureConfig struct {
	Attempts   int             `toml:"attempts"`    // tries of a task in all; 1: none is repeated
	Backoff    broker.Duration `toml:"backoff"`     // wait before the second try; doubled before each further one
	BackoffMax broker.Duration `toml:"backoff_max"` // the wait never grows beyond it
	Jitter     float64         `toml:"jitter"`      // share of the wait that is random, 0 to 1
	Then       string          `toml:"then"`        // after the last try: "dead-letter", "reject" or "requeue"
}

// MaxWorkers is how many workers a pool takes at most: a connection carries 2,047 channels as the client negotiates it.
const MaxWorkers = 2000

// The bounds that the config and the pool's controls share.
const (
	maxPrefetch  = 65535 // AMQP sends the prefetch count as 16 bits
	drainCeiling = 24 * time.Hour
	dotCeiling   = time.Hour
	maxAttempts  = 1000
	backoffFloor = 10 * time.Millisecond
	backoffCeil  = 24 * time.Hour
)

// DefaultConfig is what an empty [workers] table means.
func DefaultConfig() Config {
	return Config{
		Count: 4, Max: MaxWorkers, Prefetch: 1, Connections: 1,
		DrainTimeout: broker.Duration(30 * time.Second), Autoscale: DefaultAutoscaleConfig(),
	}
}

// filled is c with the defaults for figures that are 0.
func (c Config) filled() Config {
	d := DefaultConfig()
	c.Count = cmp.Or(c.Count, d.Count)
	c.Max = cmp.Or(c.Max, max(d.Max, c.Count))
	c.Prefetch = cmp.Or(c.Prefetch, d.Prefetch)
	c.Autoscale = cmp.Or(c.Autoscale, d.Autoscale)
	return c
}

// DefaultHandlerConfig is what an empty [handler] table means: work long enough to be seen on a screen.
func DefaultHandlerConfig() HandlerConfig {
	return HandlerConfig{
		Kind:     kindSimulate,
		Simulate: SimulateConfig{Work: "lognormal:800ms,0.5", Dot: broker.Duration(time.Second)},
		Exec:     defaultExec(),
		HTTP:     defaultHTTPConfig(),
	}
}

// DefaultFailureConfig is what an empty [failure] table means.
func DefaultFailureConfig() FailureConfig {
	return FailureConfig{
		Attempts: 5, Backoff: broker.Duration(time.Second), BackoffMax: broker.Duration(5 * time.Minute), Jitter: 0.2,
		Then: ThenDeadLetter,
	}
}

// Validate reports every mistake at once, each with the name of its key as the config file spells it. Connections is
// left to broker.Config, which opens them and has the same figure.
func (c Config) Validate() error {
	most := c.Max
	errs := []error{inRange("workers.max", c.Max, 1, MaxWorkers)}
	if errs[0] != nil {
		most = MaxWorkers // judge the count by itself, not by a bound that is wrong
	}
	errs = append(errs,
		inRange("workers.count", c.Count, 1, most),
		inRange("workers.prefetch", c.Prefetch, 1, maxPrefetch),
		inRange("workers.drain_timeout", c.DrainTimeout.D(), 0, drainCeiling))
	if c.Autoscale != (AutoscaleConfig{}) { // a program may leave it out
		errs = append(errs, c.Autoscale.validate(most))
	}
	for i, name := range c.AllowConsume {
		if err := broker.CheckQueueName(name); err != nil {
			errs = append(errs, fmt.Errorf("workers.allow_consume[%d]: %w", i, err))
		}
	}
	return errors.Join(errs...)
}

// Allows reports whether the user named the queue as one whose foreign tasks may be settled.
func (c Config) Allows(queue string) bool { return slices.Contains(c.AllowConsume, queue) }

// Simulated reports whether tasks are settled without being worked on, so that a foreign one would be destroyed.
func (c HandlerConfig) Simulated() bool { return c.Kind == kindSimulate }

// Validate reports every mistake at once, each with the name of its key as the config file spells it.
func (c HandlerConfig) Validate() error {
	var errs []error
	if !slices.Contains(handlerKinds, c.Kind) {
		errs = append(errs, fmt.Errorf("handler.kind: %q is not known; allowed are %s", c.Kind, quotedList(handlerKinds)))
	}
	if _, err := ParseDist(c.Simulate.Work); err != nil {
		errs = append(errs, fmt.Errorf("handler.simulate.work: %w", err))
	}
	errs = append(errs, inRange("handler.simulate.dot", c.Simulate.Dot.D(), 0, dotCeiling))
	if !isShare(c.Simulate.Fail) {
		const form = "handler.simulate.fail: %v is out of range; allowed are 0 to 1"
		errs = append(errs, fmt.Errorf(form, c.Simulate.Fail))
	}
	// A program may leave out the tables of handlers that it does not use; a config file has their defaults.
	if chosen := c.Kind == kindExec; chosen || !reflect.ValueOf(c.Exec).IsZero() {
		errs = append(errs, c.Exec.validate(chosen))
	}
	if chosen := c.Kind == kindHTTP; chosen || !reflect.ValueOf(c.HTTP).IsZero() {
		errs = append(errs, c.HTTP.validate(chosen))
	}
	return errors.Join(errs...)
}

// quotedList puts names into a sentence: `"a", "b" and "c"`.
func quotedList(names []string) string {
	var b strings.Builder
	for i, name := range names {
		switch {
		case i == 0:
		case i == len(names)-1:
			b.WriteString(" and ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(strconv.Quote(name))
	}
	return b.String()
}

// Validate reports every mistake at once, each with the name of its key as the config file spells it.
func (c FailureConfig) Validate() error {
	errs := []error{
		inRange("failure.attempts", c.Attempts, 1, maxAttempts),
		inRange("failure.backoff", c.Backoff.D(), backoffFloor, backoffCeil),
		inRange("failure.backoff_max", c.BackoffMax.D(), backoffFloor, backoffCeil),
	}
	if c.BackoffMax < c.Backoff {
		errs = append(errs, fmt.Errorf("failure.backoff_max: %v is less than failure.backoff, %v", c.BackoffMax.D(), c.Backoff.D()))
	}
	if !isShare(c.Jitter) {
		errs = append(errs, fmt.Errorf("failure.jitter: %v is out of range; allowed are 0 to 1", c.Jitter))
	}
	switch c.Then {
	case ThenDeadLetter, ThenReject, ThenRequeue:
	default:
		errs = append(errs, fmt.Errorf("failure.then: %q is not known; allowed are %q, %q and %q",
			c.Then, ThenDeadLetter, ThenReject, ThenRequeue))
	}
	return errors.Join(errs...)
}

func inRange[T int | time.Duration](key string, v, low, high T) error {
	if v < low || v > high {
		return fmt.Errorf("%s: %v is out of range; allowed are %v to %v", key, v, low, high)
	}
	return nil
}

func isShare(x float64) bool { return !math.IsNaN(x) && x >= 0 && x <= 1 }
