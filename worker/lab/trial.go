package lab

import (
	"context"
	"slices"
	"sync"
)

// Trial is a study that is being measured, one strategy after the other. Its methods may be called from any goroutine; all but
// Wait return at once.
type Trial struct {
	cancel context.CancelFunc
	ended  chan struct{} // closed when the trial's goroutine has returned

	mu   sync.Mutex
	rows []Row // what their pointers and slices hold is never written again
}

// Start begins to measure a study on a floor, in a goroutine of its own, after the model has predicted every row. A row that
// fails does not keep the others from being measured. The trial ends after the last row, or soon after ctx does; whoever
// starts it waits for it.
func Start(ctx context.Context, s Study, f Floor) *Trial {
	ctx, cancel := context.WithCancel(ctx)
	t := &Trial{cancel: cancel, ended: make(chan struct{}), rows: make([]Row, len(s.Strategies))}
	for i, x := range s.Strategies {
		t.rows[i].Strategy = x
	}
	go func() {
		defer close(t.ended)
		defer cancel()
		t.run(ctx, s, f)
	}()
	return t
}

// Rows is a copy of the rows as they stand, in the order of the study's strategies. Predictions are in it when the model has
// made them, a moment after Start. It costs next to nothing, for what the rows point to is shared: it is read only.
func (t *Trial) Rows() []Row {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.rows)
}

// Cancel ends the trial: the row under way and those after it are Cancelled. Wait tells when nothing is left of it.
func (t *Trial) Cancel() { t.cancel() }

// Wait blocks until the trial has ended and its queues are deleted; that is about a second after Cancel when the broker does
// not answer.
func (t *Trial) Wait() { <-t.ended }

// Ended is closed when Wait would return at once.
func (t *Trial) Ended() <-chan struct{} { return t.ended }

func (t *Trial) run(ctx context.Context, s Study, f Floor) {
	rows := s.Rows()
	t.mu.Lock()
	t.rows = rows
	t.mu.Unlock()
	for i, x := range s.Strategies {
		if ctx.Err() != nil {
			t.change(i, func(r *Row) { r.State = Cancelled })
			continue
		}
		t.change(i, func(r *Row) { r.State = Running })
		run, err := Measure(ctx, s.Experiment(x), f, func(sofar Run) {
			done := sofar.done()
			t.change(i, func(r *Row) { r.Run, r.Done = &sofar, done })
		})
		t.conclude(ctx, i, run, err)
	}
}

// conclude notes how a row ended.
func (t *Trial) conclude(ctx context.Context, i int, run Run, err error) {
	row := t.Rows()[i]
	row.Run, row.Done = &run, run.done()
	switch {
	case err == nil:
		figures := run.Figures()
		row.State, row.Measured = Finished, &figures
		row.Why = Explain(row)
	case ctx.Err() != nil:
		row.State = Cancelled
	default:
		row.State, row.Err = Failed, err
	}
	t.change(i, func(r *Row) { *r = row })
}

func (t *Trial) change(i int, f func(*Row)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f(&t.rows[i])
}

// done is how many tasks are done.
func (r Run) done() (n int) {
	for _, s := range r.Stints {
		if s.End > 0 && !s.Lost {
			n++
		}
	}
	return n
}
