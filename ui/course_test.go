package ui

import (
	"testing"
	"time"

	"carousel/broker"
	"carousel/worker"
)

// said plays a queue's depth, a look a second, at a pool of four that finishes two tasks a second, and returns the short words of
// the verdict, each once where it changes, with the second in which it came.
func said(seconds int, depth func(second int) int64) (words []string, at []int) {
	s := newScene(true, false)
	b, p := busyBroker(), busyPool(4)
	p.status.Target, p.status.Size, p.events = 4, 4, nil
	for second := range seconds {
		now := start.Add(time.Duration(second) * time.Second)
		for i := range p.workers {
			w := &p.workers[i]
			w.Started, w.UpTime, w.BusyTime = now, time.Duration(second)*time.Second, time.Duration(second)*980*time.Millisecond
			w.Done = uint64(second*2/4) + 1
		}
		n := sample{now: now, links: b.links, queue: b.queue, pool: p.status, workers: p.workers}
		n.queue.Ready, n.queue.Consumers = known(depth(second), now), known(int64(4), now)
		n.queue.API.At, n.queue.Totals.At = now, now
		s.take(n)
		if len(words) == 0 || words[len(words)-1] != s.verdict.short {
			words, at = append(words, s.verdict.short), append(at, second)
		}
	}
	return words, at
}

// A queue is called overloaded when its growth lasts, once, and not for a burst; and no verdict comes and goes.
func TestCourseOverTime(t *testing.T) {
	for name, c := range map[string]struct {
		depth func(second int) int64
		want  []string
	}{
		"growth from the start": {func(s int) int64 { return int64(100 + 3*s) }, []string{"watching", "overloaded"}},
		"a burst that drains":   {burst, []string{"watching", "keeping up", "watching", "draining", "keeping up"}},
		"a steady backlog":      {func(s int) int64 { return int64(100 + s%3) }, []string{"watching", "holding"}},
		"growth that ends":      {func(s int) int64 { return 100 + 3*int64(min(s, 40)) }, []string{"watching", "overloaded", "holding"}},
		"growth at the edge of its swing": {func(s int) int64 { return 2000 + int64(float64(s)*0.5) + int64(s%2) },
			[]string{"watching", "overloaded"}},
	} {
		words, at := said(140, c.depth)
		if len(words) != len(c.want) {
			t.Errorf("%s: said %q at %v, want %q", name, words, at, c.want)
			continue
		}
		for i := range words {
			if words[i] != c.want[i] {
				t.Errorf("%s: said %q at %v, want %q", name, words, at, c.want)
				break
			}
			if words[i] == "overloaded" && at[i] < int(burstWindow/time.Second)-1 {
				t.Errorf("%s: overloaded after %d s", name, at[i])
			}
		}
	}
}

// burst is a depth of nothing, and 150 tasks at 20 s, of which two are finished a second.
func burst(second int) int64 {
	if second < 20 {
		return 1
	}
	return max(1, int64(150-2*(second-20)))
}

// Tasks that trickle in one by one are no reason to call the queue idle between them, nor are retries to call it busy.
func TestIdleIsNotBetweenTwoTasks(t *testing.T) {
	s := judgedScene(func(s *scene) {
		s.queue.Ready.Value, s.queue.Unacked.Value, s.pool.InHand, s.queue.Retrying.Value, s.queue.Dead.Value = 0, 0, 0, 0, 0
		s.trending, s.symptoms.worked = true, start.Add(-time.Second)
	})
	if got := s.judge().short; got != "keeping up" {
		t.Errorf("just after a task: %q", got)
	}
	s.symptoms.worked = start.Add(-restAfter)
	if got := s.judge().short; got != "idle" {
		t.Errorf("a while after it: %q", got)
	}
	s.symptoms.retryDue = start.Add(time.Second)
	if got := s.judge(); got.text != "Only retries: 1 failed task will be tried again, the next in 4 s." {
		t.Errorf("after one that failed: %q", got.text)
	}
	s.pool.InHand, s.workers = 1, []worker.WorkerStatus{{HasTask: true, State: worker.StateRunning, Task: worker.TaskRef{Attempt: 2}, Started: start}}
	if got := s.judge(); got.text != "Nothing but retries: 1 in hand, 0 to be tried again, the next in 4 s." {
		t.Errorf("in hand again: %q", got.text)
	}
}

// A queue that was empty from the first look on is idle at once: that it was not known before is no task.
func TestIdleFromTheFirstLook(t *testing.T) {
	b, p := busyBroker(), busyPool(2)
	b.queue.Ready, b.queue.Unacked = broker.Figure[int64]{}, broker.Figure[int64]{}
	b.queue.Retrying, b.queue.Dead = broker.Figure[int64]{}, broker.Figure[int64]{}
	p.status.InHand, p.events = 0, nil
	for i := range p.workers {
		p.workers[i].State, p.workers[i].HasTask = worker.StateIdle, false
	}
	a := newTestApp(t, 100, 30, b, p)
	if got := a.scene.judge().short; got == "idle" || got == "keeping up" {
		t.Errorf("nothing is known, and it says %q", got)
	}
	at := start.Add(250 * time.Millisecond)
	b.queue.Ready, b.queue.Unacked = broker.Figure[int64]{At: at, From: "amqp"}, broker.Figure[int64]{At: at, From: "api"}
	look(a, at)
	if got := a.scene.judge().short; got != "idle" {
		t.Errorf("the queue is empty, and it says %q", got)
	}
}

// What may not be done from here is not offered, and no key is named that a recording has not.
func TestVerdictNamesKeysThatAct(t *testing.T) {
	missing := func(s *scene) { s.queue.Missing = true }
	for _, c := range []struct {
		name string
		set  func(*scene)
		want string
	}{
		{"read-only", func(s *scene) { missing(s); s.readOnly = true }, `There is no queue "task_queue" in vhost "/".`},
		{"recording", func(s *scene) { s.pool.State, s.taped = worker.PoolPaused, true }, "Paused: the workers take no tasks, 1 284 tasks wait."},
		{"refused in a recording", func(s *scene) {
			s.links[0].Status, s.links[0].Err, s.taped = broker.LinkRefused, refusedFault, true
		}, "Guest may not log in: wrong password; check the URL."},
	} {
		if got := judgedScene(c.set).judge().text; got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	s := judgedScene(func(s *scene) { missing(s); s.readOnly = true })
	if _, at := s.judged(); readingOf(s, at).todo != "Correct --queue or the vhost at the end of the URL; this console is read-only and declares none." {
		t.Errorf("to do: %q", readingOf(s, at).todo)
	}
}

// An overloaded pool whose workers are not busy, or have finished nothing, says so instead of a number of workers.
func TestReliefOfAnOverload(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*scene)
		want string
	}{
		{"busy", func(*scene) {}, "10 workers would hold it."},
		{"short tasks", func(s *scene) {
			s.rates.busy = 0.1
			for i := range s.workers {
				s.workers[i].RunP50 = time.Millisecond
			}
		}, "They are busy for only 10 % of their time: with tasks this short a higher prefetch (p) helps."},
		{"idle for another reason", func(s *scene) { s.rates.busy = 0.1 }, "They are busy for only 10 % of their time (v)."},
		{"nothing finished", func(s *scene) { s.rates.finish, s.rates.each, s.rates.eachKnown = 0, 0, false },
			"How many would hold it shows when a task has finished."},
		{"some paused", func(s *scene) { s.rates.busy, s.workers[1].Paused, s.workers[3].Paused = 0.1, true, true },
			"2 workers paused (s lets one go on)."},
	} {
		s := judgedScene(func(s *scene) { s.trend, s.trending = 12, true; c.set(s) })
		if got := s.relief(85); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
