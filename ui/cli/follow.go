package cli

import (
	"fmt"
	"sync"
	"time"

	"carousel/worker"
)

// How often the journal is read, so that no pool comes round it meanwhile, and the status line rewritten.
const (
	followEvery = 25 * time.Millisecond // 300,000 tasks a second
	statusEvery = time.Second
)

// follow logs what happens in the pool, and keeps the status line, until the returned function is called. That function
// reads the journal to its end; only then may first and last be read.
func (w *workRun) follow(pool *worker.Pool) (stop func()) {
	done := make(chan struct{})
	var following sync.WaitGroup
	following.Go(func() {
		reader := journalReader{journal: pool.Journal()}
		tick := time.NewTicker(followEvery)
		defer tick.Stop()
		var late overtime
		for next, look := time.Now(), time.Now(); ; {
			select {
			case <-done:
				reader.read(w, pool)
				return
			case now := <-tick.C:
				reader.read(w, pool)
				w.warnOfDropping(pool)
				if w.status != nil && !now.Before(next) {
					next = now.Add(statusEvery)
					w.status.show(w.line(pool))
				}
				if !now.Before(look) {
					look = now.Add(statusEvery)
					late.warn(w.log, pool, w.Snapshot(), now)
				}
			}
		}
	})
	return func() {
		close(done)
		following.Wait()
	}
}

// journalReader reads a journal from its start, each event once.
type journalReader struct {
	journal *worker.Journal
	cursor  uint64
	events  []worker.Event
}

func (r *journalReader) read(w *workRun, pool *worker.Pool) {
	var missed uint64
	r.events, r.cursor, missed = r.journal.Since(r.cursor, r.events[:0])
	if missed > 0 {
		w.log.Warn("some events came too fast to be logged", "events", missed)
	}
	w.service.meter.Count(r.events, missed)
	for i := range r.events {
		w.record(&r.events[i], pool)
	}
}

// record logs one event and keeps the times that the run's length is measured by. The pool and the links log what
// happens to them as a whole.
func (w *workRun) record(e *worker.Event, pool *worker.Pool) {
	if e.Kind == worker.TaskStarted && w.first.IsZero() {
		w.first = e.At
	}
	if e.Kind.Ended() {
		w.last = e.At
	}
	name := worker.Name(e.Worker)
	switch e.Kind {
	case worker.WorkerStarted:
		w.log.Info("worker started", "worker", name)
	case worker.WorkerStopped:
		w.log.Info("worker stopped", "worker", name)
	case worker.WorkerLost:
		w.log.Warn("worker lost its channel", "worker", name, "error", e.Err)
	case worker.TaskStarted:
		w.log.Debug("task started", "id", e.Task.ID, "type", e.Task.Type, "worker", name, "attempt", e.Task.Attempt)
	case worker.TaskDone:
		w.log.Debug("task done", taskAttrs(name, e)...)
	case worker.TaskRetried:
		w.log.Warn("task failed and will be tried again", append(taskAttrs(name, e), "next_in", e.Next)...)
	case worker.TaskFailed:
		w.log.Warn("task failed for good", taskAttrs(name, e)...)
		w.warnOfDropping(pool)
	case worker.TaskReturned:
		w.log.Info("task went back", taskAttrs(name, e)...)
	case worker.TaskUnsettled:
		w.log.Warn("task ended after its link did; the broker will deliver it again", taskAttrs(name, e)...)
	}
}

// warnOfDropping says once that the broker drops what is rejected, as soon as that is known.
func (w *workRun) warnOfDropping(pool *worker.Pool) {
	d := w.Snapshot().DeadLetters
	if w.warned || pool.Status().Then != worker.ThenReject || !d.Known() || d.Value {
		return
	}
	w.warned = true
	w.log.Warn("rejected tasks are dropped: the queue has no dead-letter exchange; give it one, or set then = \"dead-letter\" under [failure]")
}

// taskAttrs are a task's end, under the names that stay the same whatever the end was. What is not known is left out.
func taskAttrs(name string, e *worker.Event) []any {
	attrs := []any{"id", e.Task.ID, "type", e.Task.Type, "worker", name, "attempt", e.Task.Attempt, "redelivered", e.Task.Redelivered}
	if e.Wait >= 0 {
		attrs = append(attrs, "wait", e.Wait)
	}
	attrs = append(attrs, "run", e.Run, "outcome", e.Outcome())
	if e.Err != "" {
		attrs = append(attrs, "error", e.Err)
	}
	return attrs
}

// line is the status line: what the pool has done so far.
func (w *workRun) line(pool *worker.Pool) string {
	s, t := pool.Status(), pool.Totals()
	auto := ""
	if s.Auto.On {
		auto = fmt.Sprintf(" (auto %d–%d)", s.Auto.Min, s.Auto.Max)
	}
	return fmt.Sprintf("%s · %d workers%s · %d in hand · %d done · %d failed · %s", s.State, s.Size, auto, s.InHand,
		t.Done, t.Failed, time.Since(w.began).Round(time.Second))
}
