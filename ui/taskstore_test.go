package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"carousel/worker"

	"pgregory.net/rapid"
)

// storing puts events into a store, one look each.
func storing(s *taskStore, events ...worker.Event) *taskStore {
	for i := range events {
		s.take(events[i:i+1], 0, nil)
	}
	return s
}

func storeStart(id string, by int, at time.Duration) worker.Event {
	return worker.Event{At: start.Add(at), Kind: worker.TaskStarted, Worker: by, Task: worker.TaskRef{ID: id, Attempt: 1}, Wait: -1}
}

func storeEnd(id string, by int, at time.Duration, kind worker.EventKind) worker.Event {
	return worker.Event{At: start.Add(at), Kind: kind, Worker: by, Task: worker.TaskRef{ID: id, Attempt: 1}, Wait: -1, Run: time.Second}
}

// story is a task's tries in short: worker and state.
func (s *taskStore) story(id string) string {
	e := s.byID[id]
	if e == nil {
		return "unknown"
	}
	var words []string
	for _, t := range e.tries {
		words = append(words, fmt.Sprintf("%d %s", t.worker, stateWords[t.state]))
	}
	return strings.Join(words, ", ")
}

func TestTaskStoreTellsTheStory(t *testing.T) {
	const s = time.Second
	for name, c := range map[string]struct {
		events []worker.Event
		want   string
	}{
		"done": {[]worker.Event{storeStart("a", 1, 0), storeEnd("a", 1, s, worker.TaskDone)}, "1 done"},
		"runs": {[]worker.Event{storeStart("a", 1, 0)}, "1 running"},
		"tried again elsewhere": {[]worker.Event{storeStart("a", 1, 0), storeEnd("a", 1, s, worker.TaskRetried), storeStart("a", 2, 3*s), storeEnd("a", 2, 4*s, worker.TaskFailed)},
			"1 retrying, 2 failed"},
		"start missed":                   {[]worker.Event{storeEnd("a", 1, s, worker.TaskDone)}, "1 done"},
		"end missed":                     {[]worker.Event{storeStart("a", 1, 0), storeStart("b", 1, 5*s)}, "1 unseen"},
		"given up too early":             {[]worker.Event{storeStart("a", 1, 0), storeStart("b", 1, 5*s), storeEnd("a", 1, 6*s, worker.TaskDone)}, "1 done"},
		"at two workers, the first last": {[]worker.Event{storeStart("a", 1, 0), storeStart("a", 2, s), storeEnd("a", 2, 2*s, worker.TaskDone)}, "1 running, 2 done"},
		"unsettled there, done here": {[]worker.Event{storeStart("a", 1, 0), storeStart("a", 2, s), storeEnd("a", 2, 2*s, worker.TaskDone), storeEnd("a", 1, 3*s, worker.TaskUnsettled)},
			"1 unsettled, 2 done"},
		"handed back untried": {[]worker.Event{storeStart("b", 1, 0), {At: start, Kind: worker.TaskReturned, Worker: 1, Task: worker.TaskRef{ID: "a"}, Wait: -1}},
			"1 returned"},
	} {
		if got := storing(newTaskStore(), c.events...).story("a"); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Tasks without ids cannot be told apart, but each is shown.
func TestTasksWithoutIDsAreOneEach(t *testing.T) {
	s := storing(newTaskStore(), storeStart("", 1, 0), storeStart("", 2, 0), storeEnd("", 1, 1, worker.TaskDone), storeEnd("", 2, 2, worker.TaskDone))
	if s.ended.n != 2 || s.running.n != 0 || len(s.byID) != 0 {
		t.Errorf("%d ended, %d running, %d by id", s.ended.n, s.running.n, len(s.byID))
	}
}

// Whose end was overwritten before it was read does not run for ever.
func TestMissedEventsEndWhatNoWorkerHas(t *testing.T) {
	s := storing(newTaskStore(), storeStart("a", 1, 0), storeStart("b", 2, 0))
	busy := worker.WorkerStatus{ID: 2, Name: "w02", HasTask: true, Task: worker.TaskRef{ID: "b"}}
	s.take([]worker.Event{storeStart("c", 3, 9*time.Second)}, 5, []worker.WorkerStatus{{ID: 1, Name: "w01"}, busy, {ID: 3, Name: "w03"}})
	if s.story("a") != "1 unseen" || s.story("b") != "2 running" || s.story("c") != "3 running" || s.missed != 5 {
		t.Errorf("a %s, b %s, c %s; %d missed", s.story("a"), s.story("b"), s.story("c"), s.missed)
	}
}

// Whatever happens, the bounds hold, what is counted is what is there, and a worker runs one task.
func TestTaskStoreIsBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newTaskStore()
		ids := rapid.SampledFrom([]string{"", "a", "b", "c", "d"})
		for range rapid.IntRange(0, 80).Draw(t, "looks") {
			var events []worker.Event
			for range rapid.IntRange(0, 4).Draw(t, "events") {
				e := worker.Event{
					Kind: worker.EventKind(rapid.IntRange(1, int(worker.PoolChanged)).Draw(t, "kind")), Worker: rapid.IntRange(1, 3).Draw(t, "worker"),
					Task: worker.TaskRef{ID: ids.Draw(t, "id")}, At: start, Wait: -1, Err: rapid.StringN(0, 5, -1).Draw(t, "error"),
					Run: time.Duration(rapid.IntRange(0, 1).Draw(t, "run")),
				}
				events = append(events, e)
			}
			s.take(events, uint64(rapid.IntRange(0, 1).Draw(t, "missed")), nil)
			checkStore(t, s)
		}
	})
	s := newTaskStore()
	for i := range maxTasks + 1000 {
		e := storeEnd(fmt.Sprint(i), 1, 0, worker.TaskFailed)
		e.Err = strings.Repeat("x", 400)
		storing(s, e)
	}
	checkStore(t, s)
	if s.dropped < 1000 || s.size()+int(s.dropped) != maxTasks+1000 {
		t.Errorf("%d are kept, %d dropped", s.size(), s.dropped)
	}
	for i := range 40 { // one that is tried for ever does not grow for ever
		storing(s, storeStart("loop", 2, 0), storeEnd("loop", 2, time.Duration(i), worker.TaskRetried))
	}
	if e := s.byID["loop"]; len(e.tries) != maxTries || e.gone != 40-maxTries {
		t.Errorf("%d tries are kept, %d are gone", len(e.tries), e.gone)
	}
}

func checkStore(t interface {
	Helper()
	Fatalf(string, ...any)
}, s *taskStore) {
	t.Helper()
	bytes, ids, running := 0, 0, map[int]bool{}
	for _, l := range []*taskList{&s.running, &s.ended} {
		n := 0
		for e := l.newest; e != nil; e = e.older {
			n++
			bytes += e.bytes
			if e.ref.ID != "" {
				ids++
			}
			if l == &s.running != (e.last().state == taskRunning) || e.running != (l == &s.running) {
				t.Fatalf("task %q is in the wrong list", e.ref.ID)
			}
			for i := range e.tries {
				if w := e.tries[i].worker; e.tries[i].state == taskRunning {
					if running[w] || s.inHand[w] != e {
						t.Fatalf("worker %d runs %q beside another", w, e.ref.ID)
					}
					running[w] = true
				}
			}
		}
		if n != l.n {
			t.Fatalf("a list of %d says that it has %d", n, l.n)
		}
	}
	if bytes != s.bytes || ids != len(s.byID) || bytes > maxTaskBytes || s.size() > maxTasks {
		t.Fatalf("%d bytes counted as %d, %d ids as %d, %d tasks", bytes, s.bytes, ids, len(s.byID), s.size())
	}
}

// BenchmarkTaskStore is what each event costs the screen once the store is full.
func BenchmarkTaskStore(b *testing.B) {
	s := newTaskStore()
	events := make([]worker.Event, 0, 2000)
	for i := range 1000 {
		id := fmt.Sprintf("0193c4f2-7a10-7c3e-9b1d-%012x", i)
		events = append(events, storeStart(id, i%64+1, 0), storeEnd(id, i%64+1, time.Second, worker.TaskDone))
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		for i := range events { // ids that were not there before
			events[i].Task.ID = fmt.Sprintf("%d-%d", n, i/2)
		}
		s.take(events, 0, nil)
		n++
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(events)), "ns/event")
}
