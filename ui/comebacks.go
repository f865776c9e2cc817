package ui

import (
	"time"

	"carousel/worker"
)

// Bounds of what is remembered of tasks that came back.
const (
	mostComebacks  = 512
	poisonReturns  = 4                // from so many on a task is called one that keeps coming back
	poisonMemory   = 30 * time.Second // after so long without coming back it is not
	evictionChoice = 8                // entries to choose from when there is no room
)

// comebacks remembers the tasks that were handed out more than once, until they end. Its memory is bounded: where there is
// no room, a task that came back seldom gives way. The zero value is ready.
type comebacks struct{ tasks map[string]*comeback }

// comeback is one such task.
type comeback struct {
	id, kind, preview string
	times             int       // that it came back: as counted here, or as it says itself
	first, last       time.Time // that it was seen to
	why               string    // its newest error; may be empty
}

// name is how the task is called in a sentence.
func (c *comeback) name() string {
	if c.id == "" {
		return "one without an id"
	}
	return shortID(c.id)
}

// apply takes the journal's events in, oldest first.
func (c *comebacks) apply(events []worker.Event) {
	for i := range events {
		switch e := &events[i]; {
		case e.Kind == worker.TaskStarted:
			c.started(e)
		case e.Kind == worker.TaskDone, e.Kind == worker.TaskFailed:
			delete(c.tasks, keyOfTask(&e.Task))
		case e.Kind.Ended() && e.Err != "":
			if known := c.tasks[keyOfTask(&e.Task)]; known != nil {
				known.why = e.Err
			}
		}
	}
}

func (c *comebacks) started(e *worker.Event) {
	t := &e.Task
	if !t.Redelivered && t.Attempt <= 1 {
		return
	}
	key := keyOfTask(t)
	known := c.tasks[key]
	if known == nil {
		if c.tasks == nil {
			c.tasks = map[string]*comeback{}
		}
		c.makeRoom()
		known = &comeback{id: t.ID, kind: t.Type, preview: t.Preview, first: e.At}
		c.tasks[key] = known
	}
	known.times = max(known.times+1, t.Attempt-1)
	known.last = e.At
}

// makeRoom lets go of the least of a few entries, which the map's order draws by chance.
func (c *comebacks) makeRoom() {
	if len(c.tasks) < mostComebacks {
		return
	}
	least, looked := "", 0
	for key, task := range c.tasks {
		if looked == 0 || task.times < c.tasks[least].times {
			least = key
		}
		if looked++; looked == evictionChoice {
			break
		}
	}
	delete(c.tasks, least)
}

// worst is the task that came back most often of those that keep coming back, and how many these are; nil: none does.
func (c *comebacks) worst(now time.Time) (worst *comeback, n int) {
	for _, t := range c.tasks {
		if t.times < poisonReturns || now.Sub(t.last) > poisonMemory {
			continue
		}
		n++
		if worst == nil || t.times > worst.times || t.times == worst.times && t.id < worst.id {
			worst = t
		}
	}
	return worst, n
}

// keyOfTask tells tasks apart; those without an id by what they look like.
func keyOfTask(t *worker.TaskRef) string {
	if t.ID != "" {
		return t.ID
	}
	return "\x00" + t.Type + "\x00" + t.Preview
}
