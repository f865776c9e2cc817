package worker

import (
	"math"
	"strings"
	"testing"
	"time"

	"carousel/broker"
)

func TestDefaultsAreValid(t *testing.T) {
	for _, err := range []error{
		DefaultConfig().Validate(), DefaultHandlerConfig().Validate(), DefaultFailureConfig().Validate(),
	} {
		if err != nil {
			t.Error(err)
		}
	}
}

func TestValidateNamesEveryKey(t *testing.T) {
	for _, c := range []struct {
		err  error
		want []string
	}{
		{Config{
			Count: 0, Max: 2000, Prefetch: 70000, DrainTimeout: -1, AllowConsume: []string{"ok", ""},
		}.Validate(), []string{
			"workers.count: 0 is out of range; allowed are 1 to 2000",
			"workers.prefetch: 70000 is out of range; allowed are 1 to 65535",
			"workers.drain_timeout: -1ns is out of range; allowed are 0s to 24h0m0s",
			"workers.allow_consume[1]: the queue needs a name",
		}},
		{Config{Count: 9, Max: 8, Prefetch: 1}.Validate(), []string{
			"workers.count: 9 is out of range; allowed are 1 to 8",
		}},
		{Config{Count: 9, Max: 2001, Prefetch: 1}.Validate(), []string{
			"workers.max: 2001 is out of range; allowed are 1 to 2000",
		}},
		{HandlerConfig{Kind: "magic", Simulate: SimulateConfig{
			Work: "slow", Dot: broker.Duration(2 * time.Hour), Fail: math.NaN(),
		}}.Validate(), []string{
			`handler.kind: "magic" is not known; allowed are "simulate", "exec" and "http"`,
			`handler.simulate.work: "slow" is not a distribution: "slow" is not a duration; write ` + distForms,
			"handler.simulate.dot: 2h0m0s is out of range; allowed are 0s to 1h0m0s",
			"handler.simulate.fail: NaN is out of range; allowed are 0 to 1",
		}},
		{FailureConfig{
			Backoff: broker.Duration(time.Minute), BackoffMax: broker.Duration(time.Second), Jitter: 1.5, Then: "drop",
		}.Validate(), []string{
			"failure.attempts: 0 is out of range; allowed are 1 to 1000",
			"failure.backoff_max: 1s is less than failure.backoff, 1m0s",
			"failure.jitter: 1.5 is out of range; allowed are 0 to 1",
			`failure.then: "drop" is not known; allowed are "dead-letter", "reject" and "requeue"`,
		}},
	} {
		if c.err == nil || c.err.Error() != strings.Join(c.want, "\n") {
			t.Errorf("got\n%v\nwant\n%s", c.err, strings.Join(c.want, "\n"))
		}
	}
}

func TestNewHandlerRefusesABadConfig(t *testing.T) {
	if _, err := NewHandler(HandlerConfig{Kind: "magic"}); err == nil {
		t.Error("accepted")
	}
	if _, err := NewHandler(DefaultHandlerConfig()); err != nil {
		t.Error(err)
	}
}
