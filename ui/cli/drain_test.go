package cli

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"carousel/broker"
)

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
