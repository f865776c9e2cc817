package cli

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// reloading runs work in a bubble on a config file, has it reloaded after 10.5 s with another content, and ends it after 99.5 s.
func reloading(t *testing.T, b func() *fakeBroker, before, after string, args ...string) (r worked, stderr string) {
	t.Helper()
	path := writeConfig(t, before)
	synctest.Test(t, func(t *testing.T) {
		signals := make(chan os.Signal, 2)
		time.AfterFunc(10500*time.Millisecond, func() {
			if err := os.WriteFile(path, []byte(after), 0o600); err != nil {
				t.Error(err)
			}
			signals <- syscall.SIGHUP
		})
		time.AfterFunc(99500*time.Millisecond, func() { signals <- syscall.SIGTERM })
		var status int
		status, r, stderr = runWork(t, b(), signals, append([]string{"--config", path}, args...)...)
		if status != exitInterrupted {
			t.Errorf("status %d", status)
		}
	})
	return r, stderr
}

// tells checks what is in a log, and what is not.
func tells(t *testing.T, log string, wanted []string, unwanted ...string) {
	t.Helper()
	for _, text := range wanted {
		if !strings.Contains(log, text) {
			t.Errorf("%q is not in\n%s", text, log)
		}
	}
	for _, text := range unwanted {
		if strings.Contains(log, text) {
			t.Errorf("%q is in\n%s", text, log)
		}
	}
}

// What can be applied is, while the tasks go on.
func TestReloadApplies(t *testing.T) {
	long := func() *fakeBroker { return newFakeBroker(tasksOf(1000, time.Second)...) }
	before := "[workers]\ncount = 1\n"
	r, stderr := reloading(t, long, before, before+"prefetch = 5\ndrain_timeout = \"1m\"\n[log]\nlevel = \"debug\"\n[failure]\nattempts = 2\n")
	tells(t, stderr, []string{
		`msg="config reloaded" applied="workers.prefetch, workers.drain_timeout, failure.attempts, log.level"`,
		`"prefetch: 5, was 1"`, `msg="task done"`,
	}, "needs a restart")
	if len(r.Workers) != 1 || r.Done != 100 {
		t.Errorf("%+v", r)
	}
	r, stderr = reloading(t, long, before, "[workers]\ncount = 3\n")
	tells(t, stderr, []string{`applied=workers.count`, "workers: 3, were 1"}, `msg="task done"`, "needs a restart")
	if len(r.Workers) != 3 || r.Done < 250 {
		t.Errorf("%+v", r)
	}
}

// A failure policy and a handler's settings hold for the tasks that are begun from then on.
func TestReloadOfHandlerAndFailure(t *testing.T) {
	undecided := func() *fakeBroker {
		b := newFakeBroker(tasksOf(1000, time.Second)...)
		for i := range b.ready {
			b.ready[i].Work = nil
		}
		return b
	}
	before := "[workers]\ncount = 1\n[handler.simulate]\nwork = \"1s\"\n[failure]\nattempts = 1\n"
	r, stderr := reloading(t, undecided, before, strings.Replace(before, `"1s"`, "\"1s\"\nfail = 1.0", 1)+"then = \"reject\"\n")
	tells(t, stderr, []string{`applied="handler.simulate.fail, failure.then"`, "outcome=rejected"}, "outcome=dead-lettered")
	if r.Done != 11 || r.Dead != 89 {
		t.Errorf("%+v", r)
	}
}

// What cannot be applied is named, without its value, and stays as it was; each time anew.
func TestReloadNamesWhatNeedsARestart(t *testing.T) {
	after := "[broker]\nurls = [\"amqp://u:s3cret@h/\"]\n[queue]\nname = \"other\"\n[workers]\nconnections = 2\nmax = 3\ncount = 2\n" +
		"[metrics]\nlisten = \":1\"\n[log]\nformat = \"json\"\nfile = \"/nowhere/x\"\n[console]\nfps = 3\n"
	_, stderr := reloading(t, func() *fakeBroker { return newFakeBroker() }, "", after)
	for _, key := range []string{"broker.urls", "queue.name", "workers.connections", "workers.max", "metrics.listen", "log.format", "log.file"} {
		tells(t, stderr, []string{`level=WARN msg="` + key + ` changed: needs a restart"`})
	}
	tells(t, stderr, []string{"applied=workers.count"}, "s3cret", "console")
}

// What a flag says goes over the file, then as before.
func TestReloadLeavesFlagsUppermost(t *testing.T) {
	r, stderr := reloading(t, func() *fakeBroker { return newFakeBroker(tasksOf(1000, time.Second)...) }, "", "[workers]\ncount = 9\n", "--workers", "2")
	tells(t, stderr, []string{`msg="config reloaded" applied=""`})
	if len(r.Workers) != 2 {
		t.Errorf("%+v", r)
	}
}

// A config that cannot be used changes nothing, and says why.
func TestReloadOfABadConfig(t *testing.T) {
	r, stderr := reloading(t, func() *fakeBroker { return newFakeBroker(tasksOf(1000, time.Second)...) }, "[workers]\ncount = 1\n",
		"[workers]\ncount = 3\nprefetch = 0\n[log]\nlevel = \"loud\"\n[broker]\nurls = \"amqp://u:s3cret@h/\"\n")
	tells(t, stderr, []string{"the config is not reloaded, and nothing is changed", "3:1: workers.prefetch: 0 is out of range", "5:1: log.level: ",
		"7:1: broker.urls: wants a list"}, "config reloaded", "s3cret", "were 1")
	if len(r.Workers) != 1 || r.Done != 100 {
		t.Errorf("%+v", r)
	}
}

// Tasks of others are let in by a reload, and not shut out again.
func TestReloadOfAllowConsume(t *testing.T) {
	for _, c := range []struct{ before, after, want string }{
		{"", "[workers]\nallow_consume = [\"task_queue\"]\n", "applied=workers.allow_consume"},
		{"[workers]\nallow_consume = [\"task_queue\"]\n", "", "workers.allow_consume changed: needs a restart"},
		{"", "[workers]\nallow_consume = [\"q\"]\n", "applied=workers.allow_consume"},
	} {
		_, stderr := reloading(t, func() *fakeBroker { return newFakeBroker() }, c.before, c.after)
		tells(t, stderr, []string{c.want})
		if settles := strings.Contains(stderr, "tasks that carousel did not make are settled too"); settles != (c.want[0] == 'a' && strings.Contains(c.after, "task_queue")) {
			t.Errorf("%q to %q:\n%s", c.before, c.after, stderr)
		}
	}
}

// Keys are told as the config file spells them, and none that is linked from another table.
func TestChangedKeys(t *testing.T) {
	a, b := DefaultConfig(), DefaultConfig()
	if got := changedKeys("", reflect.ValueOf(a), reflect.ValueOf(b)); got != nil {
		t.Errorf("%q", got)
	}
	b.Broker.URLs, b.Broker.TLS.Insecure, b.Queue.Arguments = []string{"x"}, true, map[string]any{"a": 1}
	b.Handler.Simulate.Seed, b.Failure.Backoff, b.Console.FPS = 3, 5, 7
	want := []string{"broker.urls", "broker.tls.insecure", "queue.arguments", "handler.simulate.seed", "failure.backoff", "console.fps"}
	if got := changedKeys("", reflect.ValueOf(a), reflect.ValueOf(b)); !slices.Equal(got, want) {
		t.Errorf("%q; want %q", got, want)
	}
}

// A broker that is not there yet keeps no config from being read.
func TestReloadBeforeTheBrokerIsThere(t *testing.T) {
	path := writeConfig(t, "[workers]\ncount = 1\n")
	synctest.Test(t, func(t *testing.T) {
		b := newFakeBroker(tasksOf(4, time.Second)...)
		b.awaited = make(chan struct{})
		signals := make(chan os.Signal, 1)
		time.AfterFunc(10*time.Second, func() {
			if err := os.WriteFile(path, []byte("[workers]\ncount = 2\n[failure]\nattempts = 1\n[handler.simulate]\nseed = 1\n"), 0o600); err != nil {
				t.Error(err)
			}
			signals <- syscall.SIGHUP
		})
		time.AfterFunc(20*time.Second, func() { close(b.awaited) })
		status, r, stderr := runWork(t, b, signals, "--config", path, "--drain")
		if status != exitDone || len(r.Workers) != 2 || r.Done != 4 {
			t.Errorf("status %d, %+v", status, r)
		}
		tells(t, stderr, []string{`applied="workers.count, handler.simulate.seed, failure.attempts"`})
	})
}

// A reload switches autoscaling on, and the tasks that wait bring workers.
func TestReloadOfAutoscaling(t *testing.T) {
	before := "[workers]\ncount = 1\nmax = 20\n"
	after := before + "[workers.autoscale]\non = true\nmin = 3\nmax = 6\n"
	r, stderr := reloading(t, func() *fakeBroker { return newFakeBroker() }, before, after)
	tells(t, stderr, []string{`applied="workers.autoscale.on, workers.autoscale.min, workers.autoscale.max"`, "autoscaling: on, from 3 to 6 workers",
		"workers: 3, were 1; autoscaling: 3 is the least allowed"}, "needs a restart")
	if len(r.Workers) != 3 {
		t.Errorf("%+v", r)
	}
	_, stderr = reloading(t, func() *fakeBroker { return newFakeBroker() }, before, "[workers]\nmax = 50\ncount = 1\n[workers.autoscale]\non = true\nmax = 40\n")
	tells(t, stderr, []string{"workers.autoscale.max changed: needs a restart"}, "autoscaling: on")
}
