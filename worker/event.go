package worker

import (
	"strings"
	"time"
	"unicode/utf8"

	"carousel/broker"
)

// EventKind is what happened.
type EventKind uint8

// The kinds of event.
const (
	TaskStarted   EventKind = iota + 1 // a handler has the task
	TaskDone                           // acknowledged
	TaskRetried                        // failed; it will be tried again (requeued, or a confirmed retry copy)
	TaskFailed                         // failed for good (rejected, or a confirmed dead-letter copy)
	TaskReturned                       // handed back unfinished or untried (drain, guard)
	TaskUnsettled                      // the link ended before the broker could be told: it runs again
	WorkerStarted
	WorkerStopped
	WorkerCrashed // on purpose: its channel was closed without an acknowledgement
	WorkerLost    // its channel ended by itself; Err says why
	WorkerPaused
	WorkerResumed
	PoolChanged // size, prefetch, pause, hold: Err says what, one sentence
)

// Ended reports whether the kind ends a task. Every TaskStarted is followed by exactly one such event with the same
// worker and task; a TaskReturned may also come without, for a task that was handed back untried.
func (k EventKind) Ended() bool { return k >= TaskDone && k <= TaskUnsettled }

// TaskRef is what the journal keeps of a task: enough to name it on a screen, little enough to keep many.
type TaskRef struct {
	ID          string
	Type        string
	Preview     string // the first bytes of the body, raw: clean it before it reaches a terminal
	Size        int    // bytes of the body
	Attempt     int
	Redelivered bool
	Made        time.Time // zero: unknown
	Queued      time.Time // since when it has waited for this try: made, or failed at the one before; zero: unknown
}

// previewSize is how many bytes of a body the journal keeps: about a screen's width.
const previewSize = 120

func refOf(d *broker.Delivery) TaskRef {
	t := &d.Task
	queued := t.Created
	if t.Failed != nil {
		queued = t.Failed.At
	}
	return TaskRef{
		ID: t.ID, Type: t.Type, Preview: preview(t.Body), Size: len(t.Body),
		Attempt: t.Attempt, Redelivered: d.Redelivered, Made: t.Created, Queued: queued,
	}
}

// preview copies the start of a body, so that the journal does not keep the whole of it alive.
func preview(body []byte) string {
	if len(body) <= previewSize {
		return string(body)
	}
	end := previewSize
	for end > previewSize-utf8.UTFMax && !utf8.RuneStart(body[end]) {
		end--
	}
	return string(body[:end])
}

// reasonSize is how many bytes of an error the journal keeps.
const reasonSize = 500

// oneLine is err as the journal keeps it: short, without line breaks; "" for nil.
func oneLine(err error) string {
	if err == nil {
		return ""
	}
	s := err.Error()
	if len(s) > reasonSize {
		s = s[:reasonSize] + "…"
	}
	return strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ").Replace(s)
}

// Outcome names how a task ended, in one word that figures are counted by; "" for an event that ends none.
func (e *Event) Outcome() string {
	switch {
	case !e.Kind.Ended():
		return ""
	case e.Kind == TaskUnsettled:
		return "unsettled"
	}
	return e.Settled.String()
}

// Outcomes are the words that Event.Outcome may give.
func Outcomes() []string {
	words := []string{"unsettled"}
	for s := Acked; s <= Returned; s++ {
		words = append(words, s.String())
	}
	return words
}

// Event is one entry of the journal.
type Event struct {
	Seq     uint64 // from 1, without gaps
	At      time.Time
	Kind    EventKind
	Settled Settlement // task ends: what the broker was told; 0: nothing reached it
	Worker  int        // WorkerStatus.ID; 0: the pool
	Task    TaskRef
	Wait    time.Duration // TaskStarted and later: from Task.Queued to the start; -1: unknown
	Run     time.Duration // task ends: time in the handler
	Next    time.Duration // TaskRetried: until the next try, at most; 0: at once
	Err     string        // why it failed, one line, raw
}
