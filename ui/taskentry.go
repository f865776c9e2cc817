package ui

import (
	"time"

	"carousel/worker"
)

// taskState is how a task stands: how its newest try ended, or that it runs.
type taskState uint8

const (
	taskRunning taskState = iota
	taskDone
	taskRetrying
	taskFailed
	taskReturned
	taskUnsettled
	taskUnseen // its end was not seen
)

func stateOf(k worker.EventKind) taskState {
	switch k {
	case worker.TaskDone:
		return taskDone
	case worker.TaskRetried:
		return taskRetrying
	case worker.TaskFailed:
		return taskFailed
	case worker.TaskReturned:
		return taskReturned
	}
	return taskUnsettled
}

// try is one try of a task at a worker.
type try struct {
	state       taskState
	redelivered bool
	number      int // which try it is, from 1
	worker      int
	name        string    // of the worker; "" unknown
	start, end  time.Time // end is zero while it runs, or unseen
	wait, run   time.Duration
	next        time.Duration // until the next try, at most
	err         string
}

// taskEntry is one task with its tries. Where tasks have no ids, each try is one.
type taskEntry struct {
	key   uint64 // from 1, in the order in which they were first seen
	ref   worker.TaskRef
	tries []try // oldest first, at least one
	gone  int   // older tries that are no longer kept
	bytes int

	running      bool // which list it is in
	newer, older *taskEntry

	judged  uint32 // by which filter of the screen it was looked at last; 0: by none since it changed
	matched bool
}

// last is the try that tells how the task stands: the newest that runs, or else the newest.
func (e *taskEntry) last() *try {
	for i := len(e.tries) - 1; i >= 0; i-- {
		if e.tries[i].state == taskRunning {
			return &e.tries[i]
		}
	}
	return &e.tries[len(e.tries)-1]
}

// ran is how long the telling try took, or has been running.
func (e *taskEntry) ran(now time.Time) time.Duration {
	t := e.last()
	if t.state == taskRunning {
		return max(0, now.Sub(t.start))
	}
	return t.run
}

// taskList is a list of tasks, the one that changed last at its head.
type taskList struct {
	newest, oldest *taskEntry
	n              int
}

func (l *taskList) push(e *taskEntry) {
	e.newer, e.older = nil, l.newest
	if l.newest != nil {
		l.newest.newer = e
	} else {
		l.oldest = e
	}
	l.newest = e
	l.n++
}

func (l *taskList) remove(e *taskEntry) {
	if e.newer != nil {
		e.newer.older = e.older
	} else {
		l.newest = e.older
	}
	if e.older != nil {
		e.older.newer = e.newer
	} else {
		l.oldest = e.newer
	}
	e.newer, e.older = nil, nil
	l.n--
}

// tryOf is the newest try of a task at a worker that is in that state.
func (e *taskEntry) tryOf(id int, state taskState) *try {
	for i := len(e.tries) - 1; i >= 0; i-- {
		if t := &e.tries[i]; t.worker == id && t.state == state {
			return t
		}
	}
	return nil
}
