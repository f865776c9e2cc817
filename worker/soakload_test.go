package worker

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"carousel/broker"
)

const publishers = 16

// soakFailure tries a task three times: some of them end in the dead-letter queue.
var soakFailure = FailureConfig{
	Attempts: 3, Backoff: broker.Duration(50 * time.Millisecond), BackoffMax: broker.Duration(100 * time.Millisecond),
	Jitter: 0.5, Then: ThenDeadLetter,
}

func (s *soak) startPool(n, prefetch int) *Pool {
	p := New(Config{Count: n, Max: soakMost, Prefetch: prefetch}, OnBroker(s.client), HandlerFunc(s.handle),
		Options{Queue: s.client.Queue(), Failure: soakFailure})
	p.Start(s.t.Context())
	return p
}

// handle works for up to 6 ms, and fails one try of six.
func (s *soak) handle(ctx context.Context, task Try) error {
	select {
	case <-time.After(rand.N(6 * time.Millisecond)):
	case <-ctx.Done():
		return ctx.Err()
	}
	if rand.IntN(6) == 0 {
		return errors.New("this try was to fail")
	}
	return s.ledger.finish(task.ID)
}

// publish feeds the queue until load ends, and returns when every outcome is known. The first publisher sends batches, the
// second gives its tasks up early, the others wait for each confirm.
func (s *soak) publish(load context.Context, index int) {
	const every = 20 * time.Millisecond // at most 1,250 tasks a second from all of them
	for load.Err() == nil {
		switch index {
		case 0:
			s.publishBatch()
		case 1:
			ctx, cancel := context.WithTimeout(s.ctx, 20*time.Millisecond)
			s.publishOne(ctx)
			cancel()
		default:
			s.publishOne(s.ctx)
		}
		select {
		case <-time.After(every):
		case <-load.Done():
		}
	}
}

func (s *soak) publishOne(ctx context.Context) {
	task := broker.NewTask([]byte("soak"))
	receipt, err := s.client.Publish(ctx, task)
	if err != nil && ctx.Err() == nil {
		s.t.Errorf("publish: %v", err)
	}
	s.ledger.published(task.ID, receipt.Outcome) // unsent after an error
}

// publishBatch sends ten tasks. The tally does not say which of them have which outcome: only one of all confirmed does.
func (s *soak) publishBatch() {
	const size = 10
	var ids []string
	next := func() (broker.Task, bool) {
		task := broker.NewTask([]byte("soak"))
		if len(ids) == size {
			return task, false
		}
		ids = append(ids, task.ID)
		return task, true
	}
	var progress broker.Progress
	if err := s.client.Enqueue(s.ctx, broker.Batch{Next: next}, &progress); err != nil && s.ctx.Err() == nil {
		s.t.Errorf("enqueue: %v", err)
	}
	outcome := broker.Unknown
	if progress.Read().Confirmed == size {
		outcome = broker.Confirmed
	}
	for _, id := range ids {
		s.ledger.published(id, outcome)
	}
}
