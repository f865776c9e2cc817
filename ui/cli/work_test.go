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

func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFakeBroker(tasksOf(40, time.Second)...)
		status, r, stderr := runWork(t, b, nil, "--workers", "4", "--drain")
		if status != exitDone || r.Done != 40 || r.Failed != 0 || r.Unsettled != 0 || r.Event != "drained" {
			t.Errorf("status %d, %+v\n%s", status, r, stderr)
		}
		if r.Seconds != 10 || r.FairnessBusy != 1 || r.FairnessCount != 1 {
			t.Errorf("40 tasks of 1 s by 4 workers: %v s, fairness %v and %v; want 10 s and 1", r.Seconds, r.FairnessBusy, r.FairnessCount)
		}
		for i, id := range []string{"w01", "w02", "w03", "w04"} {
			if w := r.Workers[i]; w != (workedWorker{id, 10, 10}) {
				t.Errorf("worker %d: %+v", i, w)
			}
		}
		if b.acked != 40 {
			t.Errorf("%d acknowledged; want 40", b.acked)
		}
	})
}

func TestDrainOfAnEmptyQueueEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		status, r, _ := runWork(t, newFakeBroker(), nil, "--drain")
		if status != exitDone || r.Done != 0 || r.Seconds > 1 || r.FairnessBusy != 1 {
			t.Errorf("status %d, %+v", status, r)
		}
	})
}

func TestDrainGoesOnWhenTasksComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFakeBroker(tasksOf(3, time.Second)...)
		b.late = tasksOf(5, time.Second)
		status, r, stderr := runWork(t, b, nil, "--workers", "2", "--drain")
		if status != exitDone || r.Done != 8 || b.acked != 8 || len(r.Workers) != 2 {
			t.Errorf("status %d, %d acknowledged, %+v\n%s", status, b.acked, r, stderr)
		}
		if !strings.Contains(stderr, "tasks came back") {
			t.Errorf("not told that tasks came back:\n%s", stderr)
		}
	})
}

func TestDrainOutlastsPassingFaults(t *testing.T) {
	for _, kind := range []broker.Kind{broker.LinkLost, broker.TimedOut, broker.Unreachable, broker.Unreadable} {
		synctest.Test(t, func(t *testing.T) {
			b := newFakeBroker(tasksOf(4, time.Second)...)
			b.looks = func(n int) error { // the first of each, while tasks run and when they have ended
				if n%2 == 1 {
					return &broker.Fault{Kind: kind, What: "cannot look at queue task_queue"}
				}
				return nil
			}
			status, r, stderr := runWork(t, b, nil, "--workers", "2", "--drain")
			if status != exitDone || r.Done != 4 || !strings.Contains(stderr, "trying again") {
				t.Errorf("kind %d: status %d, %+v\n%s", kind, status, r, stderr)
			}
		})
	}
}

func TestDrainEndsAtAFaultThatLasts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFakeBroker(tasksOf(1, time.Second)...)
		b.looks = func(int) error { return &broker.Fault{Kind: broker.QueueMissing, What: "there is no queue task_queue"} }
		if status, _, stderr := runWork(t, b, nil, "--drain"); status == exitDone || !strings.Contains(stderr, "there is no queue") {
			t.Errorf("status %d\n%s", status, stderr)
		}
	})
}

func TestSignalEndsADrainThatCannotLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFakeBroker(tasksOf(1, time.Second)...)
		b.looks = func(int) error {
			return &broker.Fault{Kind: broker.TimedOut, What: "the broker did not answer within 5s"}
		}
		signals := make(chan os.Signal, 1)
		time.AfterFunc(time.Minute, func() { signals <- syscall.SIGTERM })
		status, r, stderr := runWork(t, b, signals, "--drain")
		if status != exitInterrupted || r.Done != 1 || strings.Count(stderr, "trying again") != 1 {
			t.Errorf("status %d, %+v\n%s", status, r, stderr)
		}
	})
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

// A drain outlasts the waits of failed tasks, and what is on its way from there.
func TestDrainWaitsForRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFakeBroker(tasksOf(1, time.Second)...)
		b.waits = broker.Waiting{Tasks: 1, Until: time.Now().Add(time.Minute)}
		back := func(waits broker.Waiting, tasks ...broker.Task) func() {
			return func() {
				b.put(tasks...)
				b.mu.Lock()
				defer b.mu.Unlock()
				b.waits = waits
			}
		}
		time.AfterFunc(40*time.Second, back(broker.Waiting{Until: time.Now().Add(time.Minute)}))
		time.AfterFunc(50*time.Second, back(broker.Waiting{}, tasksOf(1, time.Second)...))
		status, r, stderr := runWork(t, b, nil, "--drain")
		if status != exitDone || r.Done != 2 || r.Event != "drained" {
			t.Errorf("status %d, %+v", status, r)
		}
		if strings.Count(stderr, "wait for their retry") != 1 {
			t.Errorf("told:\n%s", stderr)
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

func TestDrainTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFakeBroker(tasksOf(1, time.Hour)...)
		signals := make(chan os.Signal, 1)
		time.AfterFunc(time.Second, func() { signals <- syscall.SIGTERM })
		start := time.Now()
		status, r, _ := runWork(t, b, signals)
		if took := time.Since(start); took < 31*time.Second || took > 32*time.Second {
			t.Errorf("took %v; want 1 s to the signal and 30 s of drain_timeout", took)
		}
		if status != exitInterrupted || r.Done != 0 || len(b.ready) != 1 {
			t.Errorf("status %d, %d ready, %+v", status, len(b.ready), r)
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
