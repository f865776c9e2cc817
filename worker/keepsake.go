package worker

import (
	"slices"
	"sync"

	"carousel/broker"
)

// Keepsake keeps whole tasks, bodies included, as the workers were given them, with what was said at their tries: the newest, in
// so many bytes. A task that is larger than all of it is not kept. Keeping takes well under a microsecond and copies no body: a
// delivery's is not used again. Its methods may be called from any goroutine.
type Keepsake struct {
	budget int

	mu             sync.Mutex // guards what follows: workers keep, readers look up
	used           int
	byID           map[string]*keptTask
	newest, oldest *keptTask // a list, so that a task which comes again moves to its front
}

// keptTask is a task in the list.
type keptTask struct {
	task         broker.Task
	said         []Said // by try, oldest first; never changed, but replaced
	size         int
	newer, older *keptTask
}

// newKeepsake returns one of a number of bytes; nil, which keeps nothing, for 0.
func newKeepsake(budget int) *Keepsake {
	if budget <= 0 {
		return nil
	}
	return &Keepsake{budget: budget, byID: map[string]*keptTask{}}
}

// Budget is how many bytes of tasks are kept.
func (k *Keepsake) Budget() int {
	if k == nil {
		return 0
	}
	return k.budget
}

// Task returns the task with this id as it was last given to a worker, while it is kept. Its body and headers are shared,
// and only read.
func (k *Keepsake) Task(id string) (broker.Task, bool) {
	if k == nil {
		return broker.Task{}, false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	kept := k.byID[id]
	if kept == nil {
		return broker.Task{}, false
	}
	return kept.task, true
}

// Said returns what was said at the last tries of the task with this id, oldest first, while it is kept. It is shared, and only
// read.
func (k *Keepsake) Said(id string) []Said {
	if k == nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if kept := k.byID[id]; kept != nil {
		return kept.said
	}
	return nil
}

// add keeps a task, and lets go of the oldest for it. One without an id could not be found again.
func (k *Keepsake) add(t *broker.Task) {
	if k == nil || t.ID == "" {
		return
	}
	kept := &keptTask{task: *t}
	k.mu.Lock()
	defer k.mu.Unlock()
	if before := k.byID[t.ID]; before != nil {
		kept.said = before.said
		k.drop(before)
	}
	k.put(kept)
}

// saidTries is for how many tries of a task it is kept what was said.
const saidTries = 5

// say keeps what was said at a try of a task that is kept itself.
func (k *Keepsake) say(id string, s Said) {
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	before := k.byID[id]
	if before == nil {
		return
	}
	said := append(slices.Clone(before.said), s)
	k.drop(before)
	k.put(&keptTask{task: before.task, said: said[max(0, len(said)-saidTries):]})
}

// put keeps a task as the newest one; without what was said, from the oldest try on, as far as there is no room for it. The
// caller holds mu.
func (k *Keepsake) put(kept *keptTask) {
	kept.size = sizeOf(&kept.task)
	if kept.size > k.budget {
		return
	}
	for i := len(kept.said) - 1; i >= 0; i-- {
		size := saidOverhead + len(kept.said[i].Head) + len(kept.said[i].Tail)
		if kept.size+size > k.budget {
			kept.said = kept.said[i+1:]
			break
		}
		kept.size += size
	}
	for k.used+kept.size > k.budget {
		k.drop(k.oldest)
	}
	k.byID[kept.task.ID] = kept
	k.used += kept.size
	if kept.older = k.newest; k.newest != nil {
		k.newest.newer = kept
	} else {
		k.oldest = kept
	}
	k.newest = kept
}

// drop takes a task out. The caller holds mu.
func (k *Keepsake) drop(kept *keptTask) {
	delete(k.byID, kept.task.ID)
	k.used -= kept.size
	if kept.newer != nil {
		kept.newer.older = kept.older
	} else {
		k.newest = kept.older
	}
	if kept.older != nil {
		kept.older.newer = kept.newer
	} else {
		k.oldest = kept.newer
	}
}

// What a task takes beside its texts: itself with its place in the list and the map, a header, and a try's output.
const (
	taskOverhead   = 640
	headerOverhead = 64
	saidOverhead   = 128
)

// sizeOf estimates what keeping a task costs, in bytes. A body is counted with the room it was read into.
func sizeOf(t *broker.Task) int {
	n := taskOverhead + cap(t.Body)
	for _, s := range []string{t.ID, t.Type, t.ContentType, t.ContentEncoding, t.CorrelationID, t.ReplyTo, t.AppID, t.UserID} {
		n += len(s)
	}
	if t.Failed != nil {
		n += headerOverhead + len(t.Failed.Err) + len(t.Failed.Origin)
	}
	if len(t.Headers) > 0 { // on the wire they take less than in a map
		n += headerOverhead*len(t.Headers) + 2*broker.HeaderBytes(t.Headers)
	}
	return n
}
