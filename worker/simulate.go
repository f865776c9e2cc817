package worker

import (
	"bytes"
	"context"
	"errors"
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// errSimulated is the failure that a simulated task was drawn to have.
var errSimulated = errors.New("simulated failure")

// simulate stands in for real work: it waits as long as the task says, and fails as often.
type simulate struct {
	work Dist
	dot  time.Duration
	fail float64
	seed uint64
}

// newSimulate wants a config that has passed Validate.
func newSimulate(c SimulateConfig) simulate {
	work, _ := ParseDist(c.Work)
	seed := c.Seed
	if seed == 0 {
		seed = rand.Uint64()
	}
	return simulate{work: work, dot: c.Dot.D(), fail: c.Fail, seed: seed}
}

// Handle waits for the task's time, then succeeds or fails. It returns ctx's error when ctx ends first.
func (s simulate) Handle(ctx context.Context, t Try) error {
	work, fails := s.plan(t)
	timer := time.NewTimer(work)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
	}
	if fails {
		return errSimulated
	}
	return nil
}

// plan draws how long the try takes and whether it fails. The time is the task's own; else one dot for each "." in the
// body, as in RabbitMQ's tutorial on work queues, 24 h at most; else drawn from the configured distribution.
func (s simulate) plan(t Try) (work time.Duration, fails bool) {
	rng := s.random(t)
	share := t.Fail
	if share == 0 {
		share = s.fail
	}
	fails = rng.Float64() < share
	if t.Work != nil {
		return *t.Work, fails
	}
	if dots := bytes.Count(t.Body, []byte{'.'}); s.dot > 0 && dots > 0 {
		dots = min(dots, int(distCeiling/s.dot)) // beyond it the product could overflow
		return time.Duration(dots) * s.dot, fails
	}
	return s.work.Sample(rng), fails
}

// random returns the source of a try's draws. The same seed, task and attempt give the same draws, so that a run
// repeats. A redelivery is no attempt of ours and carries no count on classic queues: its draws are fresh ones, or a
// requeued failure would fail for ever. So are those of a task without an id.
func (s simulate) random(t Try) *rand.Rand {
	if t.Redelivered || t.ID == "" {
		return rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	id := fnv.New64a()
	id.Write([]byte(t.ID))
	return rand.New(rand.NewPCG(s.seed^uint64(t.Attempt), id.Sum64()))
}
