package ui

import (
	"unsafe"

	"carousel/worker"
)

// Bounds of the tasks that the console remembers. Those that ended longest ago are let go of first.
const (
	maxTasks     = 10_000
	maxTaskBytes = 8_000_000
	maxTries     = 16 // of one task; the oldest are let go of first
)

// taskStore remembers tasks with all their tries, put together from the journal's events. Its memory is bounded whatever
// arrives. It belongs to the program's goroutine.
type taskStore struct {
	byID    map[string]*taskEntry
	inHand  map[int]*taskEntry // by worker
	running taskList
	ended   taskList
	names   map[int]string // of the workers
	keys    uint64
	bytes   int
	dropped uint64 // tasks let go of
	missed  uint64 // events that were overwritten before they were read
	changes uint64 // grows with every change
}

func newTaskStore() *taskStore {
	return &taskStore{byID: map[string]*taskEntry{}, inHand: map[int]*taskEntry{}, names: map[int]string{}}
}

// size is how many tasks are remembered.
func (s *taskStore) size() int { return s.running.n + s.ended.n }

// take takes a sample's events in, oldest first. The workers were looked at before the events.
func (s *taskStore) take(events []worker.Event, missed uint64, workers []worker.WorkerStatus) {
	s.learn(workers)
	var before []*taskEntry
	if missed > 0 {
		s.missed += missed
		for e := s.running.newest; e != nil; e = e.older {
			before = append(before, e)
		}
	}
	for i := range events {
		switch e := &events[i]; {
		case e.Kind == worker.TaskStarted:
			s.started(e)
		case e.Kind.Ended():
			s.endedBy(e)
		}
	}
	if len(before) > 0 {
		s.settleUnseen(before, workers)
	}
	s.trim()
}

// maxNames bounds the names of workers that have ended.
const maxNames = 4096

// learn notes the names of the workers, which events do not tell.
func (s *taskStore) learn(workers []worker.WorkerStatus) {
	if len(s.names) > maxNames {
		clear(s.names)
	}
	for i := range workers {
		if w := &workers[i]; s.names[w.ID] != w.Name {
			s.names[w.ID] = w.Name
		}
	}
}

func (s *taskStore) started(e *worker.Event) {
	if before := s.inHand[e.Worker]; before != nil {
		s.close(before, e.Worker) // a worker has one task at a time: the end of that one was missed
	}
	entry := s.entry(e)
	s.addTry(entry, e, try{state: taskRunning, start: e.At, run: -1})
	s.inHand[e.Worker] = entry
	s.file(entry)
}

func (s *taskStore) endedBy(e *worker.Event) {
	var t *try
	entry, untried := s.inHand[e.Worker], e.Kind == worker.TaskReturned && e.Run == 0
	switch {
	case untried:
		entry = s.entry(e)
	case entry != nil && entry.ref.ID == e.Task.ID:
		t = entry.tryOf(e.Worker, taskRunning)
		delete(s.inHand, e.Worker)
	default: // its end was given up too early, or its start was missed
		entry = s.entry(e)
		t = entry.tryOf(e.Worker, taskUnseen)
	}
	if t == nil {
		t = s.addTry(entry, e, try{start: e.At.Add(-max(0, e.Run))})
	}
	t.state, t.end, t.run, t.next, t.err = stateOf(e.Kind), e.At, e.Run, e.Next, e.Err
	entry.ref = e.Task
	s.weigh(entry)
	s.file(entry)
}

// entry is the task of an event, new where it is not known.
func (s *taskStore) entry(e *worker.Event) *taskEntry {
	if e.Task.ID != "" {
		if known := s.byID[e.Task.ID]; known != nil {
			return known
		}
	}
	s.keys++
	entry := &taskEntry{key: s.keys, ref: e.Task}
	s.ended.push(entry)
	if e.Task.ID != "" {
		s.byID[e.Task.ID] = entry
	}
	return entry
}

// addTry adds a try to a task, with what every event tells of it.
func (s *taskStore) addTry(entry *taskEntry, e *worker.Event, t try) *try {
	t.worker, t.name, t.wait, t.number, t.redelivered = e.Worker, s.names[e.Worker], e.Wait, max(1, e.Task.Attempt), e.Task.Redelivered
	if len(entry.tries) >= maxTries {
		entry.tries = append(entry.tries[:0], entry.tries[1:]...)
		entry.gone++
	}
	entry.tries = append(entry.tries, t)
	entry.ref = e.Task
	s.weigh(entry)
	return &entry.tries[len(entry.tries)-1]
}

// file puts a task that has changed at the head of the list that it belongs to.
func (s *taskStore) file(e *taskEntry) {
	s.list(e).remove(e)
	e.running = e.last().state == taskRunning
	s.list(e).push(e)
	e.judged = 0
	s.changes++
}

func (s *taskStore) list(e *taskEntry) *taskList {
	if e.running {
		return &s.running
	}
	return &s.ended
}

// settleUnseen looks after tasks that ran before events were missed: whose worker has no such task any more has ended
// unseen.
func (s *taskStore) settleUnseen(before []*taskEntry, workers []worker.WorkerStatus) {
	hands := make(map[int]string, len(workers))
	for i := range workers {
		if w := &workers[i]; w.HasTask {
			hands[w.ID] = w.Task.ID
		}
	}
	for _, e := range before {
		if !e.running {
			continue
		}
		if id, has := hands[e.last().worker]; !has || id != e.ref.ID {
			s.close(e, e.last().worker)
		}
	}
}

// close ends a task's try at a worker whose end was not seen.
func (s *taskStore) close(e *taskEntry, id int) {
	if t := e.tryOf(id, taskRunning); t != nil {
		t.state = taskUnseen
		s.file(e)
	}
	if s.inHand[id] == e {
		delete(s.inHand, id)
	}
}

// What a task takes beside its texts, with its places in the map and the list, and each of its tries.
const (
	entryBytes = int(unsafe.Sizeof(taskEntry{})) + 64
	tryBytes   = int(unsafe.Sizeof(try{}))
)

// weigh counts a task's bytes anew.
func (s *taskStore) weigh(e *taskEntry) {
	n := entryBytes + 2*len(e.ref.ID) + len(e.ref.Type) + len(e.ref.Preview) + cap(e.tries)*tryBytes
	for i := range e.tries {
		n += len(e.tries[i].err)
	}
	s.bytes += n - e.bytes
	e.bytes = n
}

// trim lets go of what is beyond the bounds. Tasks that run stay: there are no more of them than workers.
func (s *taskStore) trim() {
	for e := s.ended.oldest; e != nil && (s.size() > maxTasks || s.bytes > maxTaskBytes); e = s.ended.oldest {
		s.ended.remove(e)
		if s.byID[e.ref.ID] == e {
			delete(s.byID, e.ref.ID)
		}
		s.bytes -= e.bytes
		s.dropped++
		s.changes++
	}
}
