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
		{HandlerConfig{Kind: kindExec, Simulate: DefaultHandlerConfig().Simulate, Exec: ExecConfig{
			Timeout: -1, Grace: broker.Duration(time.Hour), Output: 1 << 20, Dir: "a\x00", Pass: []string{"A=B", "carousel_url"},
			Env: map[string]string{"": "x", "N": "\x00"}, Retry: []int{0, 75}, Dead: []int{75, 256}, Others: "stop",
		}}.Validate(), []string{
			"handler.exec.timeout: -1ns is out of range; allowed are 0s to 24h0m0s",
			"handler.exec.grace: 1h0m0s is out of range; allowed are 0s to 10m0s",
			"handler.exec.output: 1048576 is out of range; allowed are 0 to 65536",
			"handler.kind: exec needs a command; give it after --, as in --handler exec -- convert - out.png, or as handler.exec.command in the config",
			"handler.exec.dir: a folder's name cannot hold a NUL byte",
			`handler.exec.pass[0]: a variable's name can hold neither "=" nor a NUL byte`,
			"handler.exec.pass[1]: variables that begin with CAROUSEL_ tell a command of its task, and nothing else",
			`handler.exec.env: "": a variable needs a name`,
			`handler.exec.env: "N": a variable cannot hold a NUL byte`,
			"handler.exec.retry[0]: 0 is out of range; allowed are 1 to 255",
			"handler.exec.dead[0]: 75 is in handler.exec.retry too",
			"handler.exec.dead[1]: 256 is out of range; allowed are 1 to 255",
			`handler.exec.others: "stop" is not known; allowed are "retry" and "dead-letter"`,
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
