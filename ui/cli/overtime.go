package cli

import (
	"log/slog"
	"time"

	"carousel/broker"
	"carousel/worker"
)

// overtime warns once of each task that the broker is about to take back from its worker. The zero value is ready; one
// goroutine uses it.
type overtime struct {
	warned map[int]time.Time // the start of the task that its worker was warned of last, by worker
	rows   []worker.WorkerStatus
}

func (o *overtime) warn(log *slog.Logger, pool *worker.Pool, seen broker.Snapshot, now time.Time) {
	o.rows = pool.Workers(o.rows)
	for i := range o.rows {
		w := &o.rows[i]
		run := now.Sub(w.Started)
		if !w.HasTask || !seen.NearTimeout(run) || o.warned[w.ID].Equal(w.Started) {
			continue
		}
		if o.warned == nil {
			o.warned = map[int]time.Time{}
		}
		o.warned[w.ID] = w.Started
		log.Warn("task nears the consumer timeout, after which the broker takes it back and gives it to another worker",
			"worker", w.Name, "id", w.Task.ID, "running", run.Round(time.Second), "consumer_timeout", seen.ConsumerTimeout.Value)
	}
}
