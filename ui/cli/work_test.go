package cli

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"carousel/broker"
	"carousel/worker"
)

// worked runs "work" in a bubble of its own and returns the status, the last line of standard output, and standard error.
func runWork(t *testing.T, b *fakeBroker, signals chan os.Signal, args ...string) (status int, r worked, stderr string) {
	t.Helper()
	status, stdout, stderr := invocation{args: append([]string{"work", "--json"}, args...), broker: b, signals: signals}.run(t)
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatalf("standard output %q is no result: %v; standard error:\n%s", stdout, err, stderr)
	}
	if !b.closed {
		t.Error("the client was not closed")
	}
	return status, r, stderr
}

func TestFailedTasksAreCountedAndLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tasks := tasksOf(10, time.Second)
		for i := range tasks[:4] {
			tasks[i].Fail = 1
		}
		b := newFakeBroker(tasks...)
		status, r, stderr := runWork(t, b, nil, "--drain")
		if status != exitDone || r.Done != 6 || r.Failed != 4*5 || r.Dead != 4 || len(b.dead) != 4 {
			t.Errorf("status %d, %+v, %d dead letters", status, r, len(b.dead))
		}
		if n := strings.Count(stderr, "will be tried again"); n != 4*4 {
			t.Errorf("%d retries logged; want 16:\n%s", n, stderr)
		}
		if n := strings.Count(stderr, "task failed for good"); n != 4 {
			t.Errorf("%d failures logged; want 4:\n%s", n, stderr)
		}
	})
}

// Rejected tasks that nobody keeps are warned of before the first one fails.
func TestDroppingIsWarnedOf(t *testing.T) {
	for _, then := range []string{"reject", "dead-letter"} {
		path := writeConfig(t, "[failure]\nthen = \""+then+"\"\n")
		synctest.Test(t, func(t *testing.T) {
			b := newFakeBroker(tasksOf(3, time.Second)...)
			b.seen.DeadLetters = broker.Figure[bool]{At: time.Now(), From: "api"}
			_, _, stderr := runWork(t, b, nil, "--drain", "--config", path)
			if want := map[string]int{"reject": 1, "dead-letter": 0}[then]; strings.Count(stderr, "rejected tasks are dropped") != want {
				t.Errorf("%s: told\n%s", then, stderr)
			}
		})
	}
}

func TestFirstSignalFinishesSecondReturns(t *testing.T) {
	for _, c := range []struct {
		name    string
		stale   int             // tasks that are done again, before the first signal
		signals []time.Duration // when
		done    uint64
		told    string
	}{
		{"first", 0, []time.Duration{time.Second}, 2, "interrupted; every task in hand was finished"},
		{"second", 0, []time.Duration{time.Second, 2 * time.Second}, 0, "interrupted; 2 tasks that were in hand are in the queue again"},
		{"both at once", 0, []time.Duration{time.Second, time.Second}, 0, "interrupted; 2 tasks that were in hand are in the queue again"},
		{"first, after some were done again", 2, []time.Duration{21 * time.Second}, 4, "interrupted; every task in hand was finished"},
		{"second, after some were done again", 2, []time.Duration{21 * time.Second, 22 * time.Second}, 2,
			"interrupted; 2 tasks that were in hand are in the queue again"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newFakeBroker(tasksOf(6, 10*time.Second)...)
				b.stale = c.stale
				signals := make(chan os.Signal, 2)
				for _, at := range c.signals {
					time.AfterFunc(at, func() { signals <- syscall.SIGTERM })
				}
				status, r, stderr := runWork(t, b, signals, "--workers", "2")
				if status != exitInterrupted || r.Done != c.done || len(b.ready) != 6-int(c.done) {
					t.Errorf("status %d, %d ready, %+v", status, len(b.ready), r)
				}
				if !strings.Contains(stderr, c.told) {
					t.Errorf("%q is not told in\n%s", c.told, stderr)
				}
			})
		})
	}
}

// The broker takes a task back that stays unacknowledged for too long; the log says so in time, once for each task.
func TestConsumerTimeoutIsWarnedOfOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFakeBroker(append(tasksOf(2, 9*time.Minute), tasksOf(1, 7*time.Minute)...)...)
		b.seen.ConsumerTimeout = broker.Figure[time.Duration]{Value: 10 * time.Minute, At: time.Now(), From: "config"}
		status, r, stderr := runWork(t, b, nil, "--workers", "1", "--drain")
		if n := strings.Count(stderr, "nears the consumer timeout"); status != exitDone || r.Done != 3 || n != 2 {
			t.Errorf("status %d, %+v, warned %d times; want once for each of the two long tasks\n%s", status, r, n, stderr)
		}
		if !strings.Contains(stderr, "worker=w01") || !strings.Contains(stderr, "running=8m") || !strings.Contains(stderr, "consumer_timeout=10m0s") {
			t.Errorf("does not say which, for how long, of how much:\n%s", stderr)
		}
	})
}

func TestForeignTaskEndsTheWork(t *testing.T) {
	foreign := broker.Task{Body: []byte("somebody's real task"), Attempt: 1}
	t.Run("guarded", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := newFakeBroker(foreign)
			status, r, stderr := runWork(t, b, nil, "--drain")
			if status != exitFailed || r.Done != 0 || len(b.ready) != 1 {
				t.Errorf("status %d, %d ready, %+v", status, len(b.ready), r)
			}
			if !strings.Contains(stderr, "--allow-consume task_queue") {
				t.Errorf("not told what to do:\n%s", stderr)
			}
		})
	})
	t.Run("partly", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := newFakeBroker(append(tasksOf(1, time.Second), foreign)...)
			if status, r, _ := runWork(t, b, nil, "--workers", "1"); status != exitPartly || r.Done != 1 {
				t.Errorf("status %d, %+v", status, r)
			}
		})
	})
	t.Run("allowed", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := newFakeBroker(foreign)
			status, r, _ := runWork(t, b, nil, "--drain", "--allow-consume", "task_queue")
			if status != exitDone || r.Done != 1 || len(b.ready) != 0 {
				t.Errorf("status %d, %d ready, %+v", status, len(b.ready), r)
			}
		})
	})
}

func TestWorkWithoutABroker(t *testing.T) {
	b := newFakeBroker()
	b.link = broker.LinkState{Status: broker.LinkConnecting, Tries: 1, Err: &broker.Fault{
		Kind: broker.Unreachable, What: "cannot reach 127.0.0.1:5672", Why: "connection refused"}}
	status, stdout, stderr := invocation{args: []string{"work", "--drain"}, broker: b}.run(t)
	if status != exitFailed || stdout != "" || stderr != "carousel: cannot reach 127.0.0.1:5672: connection refused\n" {
		t.Errorf("status %d, stdout %q, stderr %q", status, stdout, stderr)
	}
}

func TestWorkSettingsReachTheBroker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFakeBroker()
		runWork(t, b, nil, "--drain", "--queue", "q", "--url", "amqp://localhost/a", "--url", "amqp://127.0.0.1/b", "--read-only")
		if c := b.opened; c.Queue.Name != "q" || !slices.Equal(c.URLs, []string{"amqp://localhost/a", "amqp://127.0.0.1/b"}) || !c.ReadOnly {
			t.Errorf("opened with %+v", c)
		}
	})
}

func TestCrewSumsUpWhatFairnessIsOf(t *testing.T) {
	var c crew
	c.add([]worker.WorkerStatus{{Name: "w01", BusyTime: 9 * time.Second, UpTime: 10 * time.Second}})
	c.add([]worker.WorkerStatus{{Name: "w01", BusyTime: time.Second, UpTime: 10 * time.Second},
		{Name: "w02", BusyTime: 5 * time.Second, UpTime: 10 * time.Second}})
	if r := c.result(eventDrained, time.Second); r.FairnessBusy != 1 { // each was busy for half of its time
		t.Errorf("%+v", r)
	}
}
