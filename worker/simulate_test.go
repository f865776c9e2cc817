package worker

import (
	"bytes"
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"carousel/broker"
)

func simulator(t *testing.T, c SimulateConfig) simulate {
	t.Helper()
	if err := (HandlerConfig{Kind: "simulate", Simulate: c}).Validate(); err != nil {
		t.Fatal(err)
	}
	return newSimulate(c)
}

func TestSimulatePlansTheTasksOwnTimeFirst(t *testing.T) {
	own := 7 * time.Millisecond
	s := simulator(t, SimulateConfig{Work: "3ms", Dot: broker.Duration(time.Second)})
	noDots := simulator(t, SimulateConfig{Work: "3ms"})
	hourly := simulator(t, SimulateConfig{Work: "3ms", Dot: broker.Duration(dotCeiling)})
	for _, c := range []struct {
		name string
		by   simulate
		task broker.Task
		want time.Duration
	}{
		{"header", s, broker.Task{Body: []byte("..."), Work: &own}, own},
		{"dots", s, broker.Task{Body: []byte("a..b.")}, 3 * time.Second},
		{"more dots than a day has seconds", s, broker.Task{Body: bytes.Repeat([]byte{'.'}, 100_000)}, distCeiling},
		{"more dots than a duration holds", hourly, broker.Task{Body: bytes.Repeat([]byte{'.'}, 3_000_000)}, distCeiling},
		{"no dots", s, broker.Task{Body: []byte("abc")}, 3 * time.Millisecond},
		{"dots ignored", noDots, broker.Task{Body: []byte("...")}, 3 * time.Millisecond},
	} {
		if got, _ := c.by.plan(Try{Task: c.task}); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestSimulateRepeats(t *testing.T) {
	c := SimulateConfig{Work: "exp:10ms", Fail: 0.5, Seed: 42}
	first, second := simulator(t, c), simulator(t, c)
	c.Seed = 43
	other := simulator(t, c)
	same, attempts, fails := 0, 0, 0
	const n = 2000
	for _, task := range tasks(n) {
		work, failed := first.plan(Try{Task: task})
		if again, f := second.plan(Try{Task: task}); again != work || f != failed {
			t.Fatalf("%s: %v, %v then %v, %v", task.ID, work, failed, again, f)
		}
		if w, _ := other.plan(Try{Task: task}); w == work {
			same++
		}
		next := task
		next.Attempt = 2
		if w, _ := first.plan(Try{Task: next}); w == work {
			attempts++
		}
		if failed {
			fails++
		}
	}
	if same > n/100 || attempts > n/100 {
		t.Errorf("%d equal draws with another seed, %d with another attempt", same, attempts)
	}
	if share := float64(fails) / n; math.Abs(share-0.5) > 0.05 {
		t.Errorf("%v of the tries fail, want 0.5", share)
	}
}

func TestSimulateDrawsRedeliveriesAnew(t *testing.T) {
	s := simulator(t, SimulateConfig{Work: "0", Fail: 0.5, Seed: 1})
	try := Try{Task: tasks(1)[0], Redelivered: true}
	fails := 0
	for range 1000 {
		if _, failed := s.plan(try); failed {
			fails++
		}
	}
	if fails < 400 || fails > 600 {
		t.Errorf("%d of 1000 redeliveries failed, want about half", fails)
	}
}

func TestSimulateFailsByTheTasksOwnShare(t *testing.T) {
	s := simulator(t, SimulateConfig{Work: "0"})
	task := tasks(1)[0]
	if err := s.Handle(t.Context(), Try{Task: task}); err != nil {
		t.Errorf("without a share: %v", err)
	}
	task.Fail = 1
	if err := s.Handle(t.Context(), Try{Task: task}); !errors.Is(err, errSimulated) {
		t.Errorf("with share 1: %v", err)
	}
}

func TestSimulateEndsWithItsContext(t *testing.T) {
	s := simulator(t, SimulateConfig{Work: "10s"})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		if err := s.Handle(ctx, Try{Task: tasks(1)[0]}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Handle: %v", err)
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("took %v", took)
		}
	})
}
