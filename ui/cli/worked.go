package cli

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"carousel/worker"
)

// crew sums up the workers of one pool after another, by their names.
type crew struct{ rows []worker.WorkerStatus }

func (c *crew) add(rows []worker.WorkerStatus) {
	for _, r := range rows {
		if i := c.index(r.Name); i >= 0 {
			sum := &c.rows[i]
			sum.Done += r.Done
			sum.Failed += r.Failed
			sum.Dead += r.Dead
			sum.Unsettled += r.Unsettled
			sum.Returned += r.Returned
			sum.BusyTime += r.BusyTime
			sum.UpTime += r.UpTime
		} else {
			c.rows = append(c.rows, r)
		}
	}
}

func (c *crew) index(name string) int {
	for i := range c.rows {
		if c.rows[i].Name == name {
			return i
		}
	}
	return -1
}

func (c *crew) done() (n uint64) {
	for i := range c.rows {
		n += c.rows[i].Done
	}
	return n
}

// How a run may have ended, for worked.Event.
const (
	eventDrained  = "drained"   // the queue was found empty
	eventMaxTasks = "max-tasks" // as many tasks as wanted were taken, and finished
	eventStopped  = "stopped"
)

// worked is the result of the work command, as --json prints it.
type worked struct {
	Event         string         `json:"event"`
	Done          uint64         `json:"done"`
	Failed        uint64         `json:"failed"` // tries
	Dead          uint64         `json:"dead"`   // tasks that failed for good
	Unsettled     uint64         `json:"unsettled"`
	Seconds       float64        `json:"seconds"`
	FairnessBusy  float64        `json:"fairness_busy"`
	FairnessCount float64        `json:"fairness_count"`
	Workers       []workedWorker `json:"workers"`
}

type workedWorker struct {
	ID          string  `json:"id"`
	Done        uint64  `json:"done"`
	BusySeconds float64 `json:"busy_seconds"`
}

// result sums the run up, which ended in this event.
func (c *crew) result(event string, took time.Duration) worked {
	fair := worker.FairnessOf(c.rows)
	r := worked{
		Event: event, Done: c.done(), Seconds: round(took.Seconds()), Workers: []workedWorker{},
		FairnessBusy: round(fair.Busy), FairnessCount: round(fair.Count),
	}
	for _, row := range c.rows {
		r.Failed += row.Failed
		r.Dead += row.Dead
		r.Unsettled += row.Unsettled
		r.Workers = append(r.Workers, workedWorker{row.Name, row.Done, round(row.BusyTime.Seconds())})
	}
	return r
}

// event names how the run ended.
func (w *workRun) event(why error) string {
	switch {
	case why != nil:
		return eventStopped
	case w.spent():
		return eventMaxTasks
	case w.drain:
		return eventDrained
	}
	return eventStopped
}

// reportWork prints the result.
func (p *program) reportWork(r worked, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(p.Stdout).Encode(r)
	}
	_, err := fmt.Fprintf(p.Stdout, "%d done, %d failed tries, %d failed for good, %d unsettled in %.2f s (%s), fairness %.3f by busy time, %.3f by count\n",
		r.Done, r.Failed, r.Dead, r.Unsettled, r.Seconds, perSecond(r.Done, r.Seconds), r.FairnessBusy, r.FairnessCount)
	return err
}

// seconds is the time from the first task taken to the last one ended, or that of the run when there was none.
func (w *workRun) seconds() time.Duration {
	if w.first.IsZero() || w.last.IsZero() {
		return time.Since(w.began)
	}
	return w.last.Sub(w.first)
}

func perSecond(n uint64, seconds float64) string {
	if seconds <= 0 {
		return "–"
	}
	return fmt.Sprintf("%.0f/s", float64(n)/seconds)
}

// round keeps six digits after the point: microseconds.
func round(x float64) float64 { return math.Round(x*1e6) / 1e6 }
